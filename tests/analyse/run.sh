#!/bin/sh
# SPDX-License-Identifier: MIT
# Static analysis: one line per tool, with its first findings if it fails. The firmware's sources are analysed if the
# sources of lwIP and a compiler exist. Prints TAP.
# usage: tests/analyse/run.sh [TOOL...]   all of: pmccabe gcc clang-tidy scan-build cppcheck
# usage: tests/analyse/run.sh --look TOOL FILE FOLDER   prints what one tool finds in one file; xargs calls it
cd "$(dirname "$0")/../.." || exit 2
export LC_ALL=C MBEDTLS="${MBEDTLS_DIR:-build/deps/mbedtls}" LWIP="${LWIP_DIR:-build/deps/lwip}"

# How each source is compiled: the compiler, its options, and clang's target.
flags() { # flags FILE: sets cc, target and options
    cc=gcc target='' options="-std=c99 -Iinclude"
    case $1 in
    core/*) ;;
    port/lwip/sockets.c) # needs an lwIP with threads
        options="$options -Itests/lwip -isystem $LWIP/src/include \
-isystem $LWIP/contrib/ports/unix/port/include -D_POSIX_C_SOURCE=200809L" ;;
    port/lwip/* | boards/bare/* | boards/qemu/* | boards/*/ethernet.c)
        cc="arm-none-eabi-gcc -mcpu=cortex-m3 -mthumb" target="--target=thumbv7m-none-eabi -isystem /usr/include/newlib"
        options="$options -Iboards/bare -isystem $MBEDTLS/include \
-isystem $LWIP/src/include -DMBEDTLS_CONFIG_FILE=<emrs_mbedtls.h> -DBOARD_NAME=\"board\" -DBOARD_CPU_HZ=12500000u -DBARE_IDENTITY" ;;
    *) options="$options -D_POSIX_C_SOURCE=200809L" ;;
    esac
}
look() { # look TOOL FILE FOLDER: prints what the tool finds; a crash of the tool is a finding too
    object=$3/$(echo "$2" | tr / _)
    flags "$2"
    # shellcheck disable=SC2086 # many words
    case $1 in
    gcc) # with -O2 the analyser finds most; with -O0 the call graph has each call of the source
        $cc -O2 -fanalyzer -Wvla -Walloca $options -c -o "$object.o" "$2" &&
            $cc -O0 -w -fcallgraph-info $options -c -o "$object.o" "$2" || echo "$2: error: exit status $?" ;;
    clang-tidy) clang-tidy --quiet "$2" -- $target $options >"$object.log" 2>&1 ||
        { grep -E ' error: |Stack dump' "$object.log" || echo "$2: error: exit status $?"; } ;;
    esac 2>&1
}
if [ "${1:-}" = --look ]; then
    look "$2" "$3" "$4"
    exit 0
fi

mkdir -p build
scratch=$(mktemp -d build/analyse.XXXXXX) || exit 2
trap 'rm -rf "$scratch"' EXIT
trap 'exit 1' HUP INT TERM
count=0 status=0
skip() { # skip NAME WHY
    count=$((count + 1))
    echo "ok $count - $1 # SKIP $2"
}
# The code has no findings with one version of each tool (KNOWN). Another version may find more. Its first finding is
# printed, and the case counts as skipped.
verdict() { # verdict NAME FILE [VERSION KNOWN]: fails if the file has findings
    count=$((count + 1))
    if [ ! -s "$2" ]; then
        echo "ok $count - $1"
    elif [ "${3:-}" != "${4:-}" ]; then
        echo "ok $count - $1 # SKIP version $4 finds nothing; this is version $3, which finds: $(head -n 1 "$2")"
    else
        echo "not ok $count - $1"
        head -n 12 "$2" | sed 's/^/    /'
        status=1
    fi
}
here() { command -v "$1" >/dev/null; }
major() { "$@" 2>/dev/null | sed -nE '1,2s/.*[^0-9.]([0-9]+)\.[0-9].*/\1/p' | head -n 1; }

{ cat core/sources.txt port/sources.txt port/*/sources.txt; find boards port/template -name '*.c'; } >"$scratch/sources"
why=
[ -e "$LWIP/src/include/lwip/tcp.h" ] && [ -e "$MBEDTLS/include" ] || why="no sources of lwIP and mbedTLS (make deps)"
here arm-none-eabi-gcc || why="no arm-none-eabi-gcc"
if [ -n "$why" ]; then
    sed -i -e '/^port\/lwip\//d' -e '/^boards\/bare\//d' -e '/^boards\/qemu\//d' -e '/ethernet\.c$/d' "$scratch/sources"
    skip "the firmware and port/lwip are analysed" "$why"
fi
each() { # each TOOL: prints all that it finds in all sources
    xargs -P "$(nproc)" -I{} tests/analyse/run.sh --look "$1" {} "$scratch" <"$scratch/sources"
}

# A switch counts as one branch, because its cases are read like the rows of a table.
pmccabe_says() {
    { cat "$scratch/sources"; find include core port boards -name '*.h' ! -name jsmn.h; } | xargs pmccabe >"$scratch/functions"
    awk '$1 > 8 || $5 > 60 { print $6 " " $7 ": complexity " $1 ", " $5 " lines" }' "$scratch/functions" >"$scratch/log"
    grep -q ': emrs_step$' "$scratch/functions" || echo "pmccabe sees no emrs_step" >>"$scratch/log"
    verdict "no function is more than 8 complex, or longer than 60 lines" "$scratch/log"
}

gcc_says() {
    each gcc >"$scratch/log"
    verdict "gcc -fanalyzer finds nothing, no VLA, no alloca" "$scratch/log" "$(gcc -dumpversion)" 12
    # Direct calls only. tests/size/size.py lists the calls through pointers, and fails at a cycle too.
    sed -nE 's/^edge: \{ sourcename: "([^"]*)" targetname: "([^"]*)".*/\1 \2/p' "$scratch"/*.ci | sort -u >"$scratch/calls"
    {
        awk '$1 == $2 { print $1 " calls itself" }' "$scratch/calls"
        awk '$1 != $2' "$scratch/calls" | tsort 2>&1 >/dev/null | sed 's/^tsort: //'
        grep -q '^emrs_step ' "$scratch/calls" || echo "the graph has no emrs_step"
    } >"$scratch/log"
    verdict "no function calls itself, directly or by others" "$scratch/log"
}

clang_tidy_says() {
    each clang-tidy >"$scratch/log"
    verdict "clang-tidy finds nothing" "$scratch/log" "$(major clang-tidy --version)" 14
}

# With the system's mbedTLS. If mbedTLS were built from source, scan-build would analyse it too.
scan_build_says() {
    : >"$scratch/log"
    scan-build --status-bugs -o "$scratch/scan" \
        make -s --no-print-directory -j"$(nproc)" BUILD="$scratch/build" CFLAGS=-O0 MBEDTLS_DIR= all \
        >"$scratch/scanned" 2>&1 ||
        { grep -E ' (warning|error): ' "$scratch/scanned" || tail -n 3 "$scratch/scanned"; } >"$scratch/log"
    [ -x "$scratch/build/emrs" ] || echo "nothing was built" >>"$scratch/log"
    verdict "scan-build finds nothing" "$scratch/log" "$(major clang --version)" 14
}

cppcheck_says() {
    version=$(cppcheck --version | sed 's/.* //')
    cppcheck -j"$(nproc)" -q --std=c99 --enable=warning,portability,performance,style --addon=misra \
        --suppress=missingInclude --suppressions-list=tests/analyse/cppcheck.txt --template='{file}:{line}: {message} [{id}]' \
        -Iinclude -Icore -Iport -Iboards/bare -Iboards/host core port boards 2>&1 | sort -u >"$scratch/all"
    grep -v '\[misra-c2012-' "$scratch/all" >"$scratch/log"
    verdict "cppcheck finds nothing" "$scratch/log" "$version" 2.10
    # The rules with findings must be exactly those of MISRA.md, and none may be mandatory.
    sed -nE 's/^\| ([0-9]+\.[0-9]+) \|.*/\1/p' tests/analyse/MISRA.md | sort -u >"$scratch/page"
    grep -E '^(include|core|port)/.*\[misra-c2012-' "$scratch/all" |
        sed -E 's/^([^ ]*) .*\[misra-c2012-([0-9.]+)\]$/\2 \1/' | sort >"$scratch/misra"
    cut -d' ' -f1 "$scratch/misra" | uniq -c | sort -rn >"$scratch/counts"
    {
        join -v 1 "$scratch/misra" "$scratch/page" | sed -E 's/(.*) (.*)/\2 deviates from rule \1, which is not in MISRA.md/'
        join -v 2 "$scratch/misra" "$scratch/page" | sed 's/.*/nothing deviates from rule & any more: delete it from MISRA.md/'
        grep -xE '9\.1|12\.5|13\.6|17\.[346]|19\.1|21\.(13|17|18|19|20)|22\.[2456]' "$scratch/page" | sed 's/.*/rule & is mandatory/'
    } >"$scratch/log"
    verdict "MISRA C:2012, except the deviations in MISRA.md" "$scratch/log" "$version" 2.10
    echo "# deviations:$(awk '{ printf "%s %s times %s", comma, $2, $1; comma = "," }' "$scratch/counts")"
}

[ $# -gt 0 ] || set -- pmccabe gcc clang-tidy scan-build cppcheck
for tool in "$@"; do
    if here "$tool"; then "$(echo "$tool" | tr - _)_says"; else skip "$tool" "there is no $tool"; fi
done
echo "1..$count"
exit $status
