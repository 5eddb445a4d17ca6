#!/bin/sh
# SPDX-License-Identifier: MIT
# Checks that tests/SIZE.md is what `make size` writes, and that no limit is exceeded. Figures of running images may
# differ by 3 %, instructions by 10 %, because keys are new in each run and only two digits are written. Prints TAP.
# usage: tests/size/size.sh [MBEDTLS_DIR]
cd "$(dirname "$0")/../.." || exit 2
mbedtls=${1:-build/deps/mbedtls}
kept=tests/SIZE.md
scratch=$(mktemp -d) || exit 2
trap 'rm -rf "$scratch"' EXIT
skip() {
    echo "ok 1 - $kept # SKIP $1"
    exit 0
}
size() { # size FILE [FLAG]
    make --no-print-directory -s size-table SIZE_OUT="$1" SIZE_FLAGS="${2:-}" MBEDTLS_DIR="$mbedtls"
}
static() { # static FILE: prints the part that needs no image
    sed '/^<!-- measured in images: begin -->$/,/^<!-- measured in images: end -->$/d' "$1"
}
measured() { # measured FILE: prints one figure of the images per line, after its name
    sed -n '/^<!-- measured in images: begin -->$/,/^<!-- measured in images: end -->$/p' "$1" |
        awk -F'|' '/^\|/ {
            name = NF
            for (i = 2; i < NF; i++) if ($i !~ /^ *[0-9]*  *$/) name = name $i
            for (i = 3; i < NF; i++) if ($i ~ /^ *[0-9]+ *$/) print name "column " i "|" $i + 0
        }' | sort
}
command -v arm-none-eabi-gcc >/dev/null || skip "there is no arm-none-eabi-gcc"
[ -e "$mbedtls/library/sha256.c" ] || skip "there is no $mbedtls/library/sha256.c (make deps)"
python=$(tests/peer/python.sh 2>/dev/null) || skip "there is no Python with moto"
title=$(size none --title) || exit 1
status=0
rm -f build/firmware/*.json
if command -v qemu-system-arm >/dev/null && [ -e build/firmware/lm3s6965evb.elf ]; then
    "$python" tests/peer/measure_board.py build/firmware/trust build/firmware/*.elf >"$scratch/log" 2>&1 ||
        { echo "not ok 1 - the images can be measured"; sed 's/^/    /' "$scratch/log"; exit 1; }
fi
if ! size "$scratch/now" 2>"$scratch/log"; then
    echo "not ok 1 - make size"
    sed 's/^/    /' "$scratch/log"
    exit 1
fi
other= # with other versions of the tools no size is a failure
if [ "$title" != "$(head -n 1 $kept)" ]; then
    other=" # SKIP with other versions than $kept: $title"
    echo "ok 1 - every size is the one in $kept$other"
elif static $kept >"$scratch/kept" && static "$scratch/now" | diff -U 0 "$scratch/kept" - >"$scratch/log"; then
    echo "ok 1 - every size is the one in $kept"
else
    echo "not ok 1 - every size is the one in $kept: explain what grew or shrank, run 'make size', commit it"
    sed 's/^/    /' "$scratch/log"
    status=1
fi
if [ -n "$other" ] || ! ls build/firmware/*.json >/dev/null 2>&1; then
    echo "ok 2 - the figures of the images are those in $kept # SKIP no images of the same versions"
else
    measured $kept >"$scratch/kept"
    measured "$scratch/now" >"$scratch/new"
    join -t'|' -a1 -a2 -e0 -o 0,1.2,2.2 "$scratch/kept" "$scratch/new" |
        awk -F'|' '{ d = $3 - $2; if (d < 0) d = -d; if (d > $2 * ($2 < 1000000 ? 0.03 : 0.10)) print $1 ": " $2 " -> " $3 }' >"$scratch/log"
    if [ -s "$scratch/kept" ] && [ ! -s "$scratch/log" ]; then
        echo "ok 2 - the figures of the images are those in $kept"
    else
        echo "not ok 2 - the figures of the images are those in $kept: explain what grew or shrank, run 'make size', commit it"
        sed 's/^/    /' "$scratch/log"
        status=1
    fi
fi
# Rows with a limit: "| what | bytes | limit | margin |". There must be at least one, or nothing would be checked.
sed -nE 's/^\| ([^|]*) \| ([0-9]+) \| ([0-9]+) \| -?[0-9]+ \|$/\2 \3 \1/p' "$scratch/now" >"$scratch/limits"
number=2
while read -r bytes limit what; do
    number=$((number + 1))
    if [ "$bytes" -le "$limit" ]; then
        echo "ok $number - $bytes of $limit bytes: $what"
    elif [ -n "$other" ]; then
        echo "ok $number - $bytes of $limit bytes: $what$other"
    else
        echo "not ok $number - $bytes of $limit bytes: $what"
        status=1
    fi
done <"$scratch/limits"
if [ $number -eq 2 ]; then
    echo "not ok 3 - there is a row with a limit"
    number=3 status=1
fi
echo "1..$number"
exit $status
