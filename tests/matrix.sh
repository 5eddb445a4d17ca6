#!/bin/sh
# SPDX-License-Identifier: MIT
# Builds everything without a warning with each compiler against each mbedTLS, and runs the unit tests of
# each build. Prints TAP.
# usage: tests/matrix.sh MBEDTLS_3_6_DIR
mbedtls36=${1:?usage: tests/matrix.sh MBEDTLS_3_6_DIR}
jobs=$(nproc)
count=0 status=0
log=$(mktemp) || exit 2
trap 'rm -f "$log"' EXIT
verdict() { # verdict STATUS NAME
    count=$((count + 1))
    if [ "$1" -eq 0 ]; then echo "ok $count - $2"; return; fi
    echo "not ok $count - $2"
    tail -n 30 "$log" | sed 's/^/    /'
    status=1
}
# one NAME COMPILER MBEDTLS_DIR FLAGS: the library's own objects are built once a compiler and set of flags
one() {
    build=build/matrix/$1
    make -j"$jobs" -s BUILD="$build" CC="$2" MBEDTLS_DIR="$3" WERROR=1 CFLAGS="$4" \
        unit-programs "$build/emrs" "$build/libemrs.a" >"$log" 2>&1
    verdict $? "$2, mbedTLS ${3:+3.6}${3:-of this system}, $4: no warning" | sed "s|3.6$3|3.6|"
    programs=$(ls "$build"/tests/unit/test_* | grep -v '\.[od]$')
    # shellcheck disable=SC2086 # one word a program
    tests/run.sh $programs >"$log" 2>&1
    verdict $? "$2, mbedTLS ${3:+3.6}${3:-of this system}, $4: $(tail -n 1 "$log")" | sed "s|3.6$3|3.6|"
}
one gcc-system gcc "" -O2
one clang-system clang "" -O3
one gcc-36 gcc "$mbedtls36" -Os
one clang-36 clang "$mbedtls36" -O2
echo "1..$count"
exit $status
