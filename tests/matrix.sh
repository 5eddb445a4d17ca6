#!/bin/sh
# SPDX-License-Identifier: MIT
# Checks that everything builds without a warning with each compiler and each mbedTLS, and runs the unit tests of each
# build. Prints TAP.
# usage: tests/matrix.sh MBEDTLS_3_6_DIR [NAME...]   only the rows of these names
mbedtls36=${1:?usage: tests/matrix.sh MBEDTLS_3_6_DIR [NAME...]}
shift
wanted=" $* "
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
row() { # row NAME COMPILER MBEDTLS_DIR FLAGS
    case $wanted in "  " | *" $1 "*) ;; *) return ;; esac
    build=build/matrix/$1
    label="$2 $4, mbedTLS of this system"
    [ -z "$3" ] || label="$2 $4, mbedTLS 3.6"
    if [ -n "$3" ] && [ ! -e "$3/library" ]; then
        count=$((count + 1))
        echo "ok $count - $label # SKIP no sources of mbedTLS 3.6 (make deps)"
        return
    fi
    # Only our code is checked, so mbedTLS is not compiled again if `make test` has done it.
    old=
    if [ -n "$3" ] && [ -e build/36/libmbedtls.a ]; then
        mkdir -p "$build" && cp -p build/36/libmbedtls.a "$build" && old="-o $build/libmbedtls.a"
    fi
    # shellcheck disable=SC2086 # to be split into words
    make -j"${JOBS:-$(nproc)}" -s $old BUILD="$build" CC="$2" MBEDTLS_DIR="$3" WERROR=1 CFLAGS="$4" \
        unit-programs "$build/emrs" "$build/libemrs.a" >"$log" 2>&1
    verdict $? "$label: no warning"
    # shellcheck disable=SC2046 # one word per program
    tests/run.sh $(ls "$build"/tests/unit/test_* | grep -v '\.[od]$') >"$log" 2>&1
    verdict $? "$label: $(tail -n 1 "$log")"
}
row gcc-system gcc "" -O2
row clang-system clang "" -O3
row gcc-36 gcc "$mbedtls36" -Os
row clang-36 clang "$mbedtls36" -O2
echo "1..$count"
exit $status
