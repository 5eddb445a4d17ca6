#!/bin/sh
# SPDX-License-Identifier: MIT
# boards/SIZE.md is what its command writes, and keeps within its limits. Figures of running images are not
# compared here. Prints TAP.
# usage: tests/size.sh [MBEDTLS_DIR JSMN_DIR]
cd "$(dirname "$0")/.." || exit 2
mbedtls=${1:-build/deps/mbedtls} jsmn=${2:-build/deps/jsmn}
kept=boards/SIZE.md
scratch=$(mktemp -d) || exit 2
trap 'rm -rf "$scratch"' EXIT
skip() {
    echo "ok 1 - $kept # SKIP $1"
    exit 0
}
size() { # size FILE [FLAG]
    make --no-print-directory -s size SIZE_OUT="$1" SIZE_FLAGS="${2:-}" MBEDTLS_DIR="$mbedtls" JSMN_DIR="$jsmn"
}
static() { # all that needs no image
    sed '/^<!-- measured in images: begin -->$/,/^<!-- measured in images: end -->$/d' "$1"
}
command -v arm-none-eabi-gcc >/dev/null || skip "there is no arm-none-eabi-gcc"
for source in "$mbedtls/library/sha256.c" "$jsmn/jsmn.h"; do
    [ -e "$source" ] || skip "there is no $source (make deps)"
done
title=$(size none --title) || exit 1
status=0
if ! size "$scratch/now" 2>"$scratch/log"; then
    echo "not ok 1 - make size"
    sed 's/^/    /' "$scratch/log"
    exit 1
fi
other= # versions are not our doing, nor is what they make larger
if [ "$title" != "$(head -n 1 $kept)" ]; then
    other=" # SKIP of other versions than $kept: $title"
    echo "ok 1 - every size is the one in $kept$other"
elif static $kept >"$scratch/kept" && static "$scratch/now" | diff -U 0 "$scratch/kept" - >"$scratch/log"; then
    echo "ok 1 - every size is the one in $kept"
else
    echo "not ok 1 - every size is the one in $kept: explain what grew or shrank, run 'make size', commit it"
    sed 's/^/    /' "$scratch/log"
    status=1
fi
# Rows with a limit: "| what | bytes | limit | margin |". One at least: a look at nothing finds nothing.
sed -nE 's/^\| ([^|]*) \| ([0-9]+) \| ([0-9]+) \| -?[0-9]+ \|$/\2 \3 \1/p' "$scratch/now" >"$scratch/limits"
number=1
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
if [ $number -eq 1 ]; then
    echo "not ok 2 - there is a row with a limit"
    number=2 status=1
fi
echo "1..$number"
exit $status
