#!/bin/sh
# SPDX-License-Identifier: MIT
# Checks rules that a compiler does not check: lists of sources, which file may include which, which symbols the core may
# use, licence lines, READMEs. Prints TAP.
# usage: tests/rules.sh [TREE]
cd "${1:-$(dirname "$0")/..}" || exit 2
scratch=$(mktemp -d) || exit 2
trap 'rm -rf "$scratch"' EXIT
# ... | verdict NAME: reads findings; no findings means ok. At the end of a pipe it runs in a subshell, so it uses files.
verdict() {
    echo "$1" >>"$scratch/rules"
    findings=$(cat)
    number=$(wc -l <"$scratch/rules")
    if [ -z "$findings" ]; then
        echo "ok $number - $1"
    else
        echo "not ok $number - $1"
        echo "$findings" | sed 's/^/    /'
        : >"$scratch/broken"
    fi
}
sources() {
    find include core port boards tests -name '*.[ch]' ! -path core/jsmn.h | sort
}

# The lists of sources. port/template is copied, not built into a library, so it has none.
listed() { # listed FOLDER...: what their lists name
    for folder in "$@"; do sed "s|^|$folder |" "$folder/sources.txt"; done
}
lists=$(find core port -name sources.txt -exec dirname {} \; | sort)
{
    listed $lists | while read -r folder file; do
        [ "${file%/*}" = "$folder" ] && [ -e "$file" ] || echo "$folder/sources.txt names $file, which is not in $folder"
    done
    listed $lists | sort | uniq -d | sed 's/.* \(.*\)/\1 is listed twice/'
    find core port -name '*.c' ! -path 'port/template/*' | while read -r file; do
        grep -qxF "$file" "${file%/*}/sources.txt" || echo "$file is not in the sources.txt of its folder"
    done
} 2>&1 | verdict "each .c file of core and port is listed once in the sources.txt of its folder, which names nothing else"
# Many build systems put all objects into one folder, so names must differ. A program has only one of the two ports for
# a system, and one of the two hashes.
for port in port/posix port/lwip; do
    for hash in core/sha256.c port/mbedtls/sha256.c; do
        { listed $lists | sed 's/.* //'; ls port/template/*.c; } | grep -v -e "^$port/" -e "^$hash" | sed 's|.*/||' | sort | uniq -d
    done
done | sort -u | verdict "two files that one program may link have different names"
scripts() {
    find . -path ./build -prune -o -path ./.git -prune -o -type f \( -name '*.sh' -o -name '*.mk' -o -name '*.py' -o \
        -name '*.cmake' -o -name CMakeLists.txt -o -name Makefile -o -path './.ci/*' \) -print | sort
}
scripts | grep -v -e /rules.sh -e /selftest.sh | while read -r file; do # selftest.sh names a file per defect
    grep -nE '\b(core|port)(/[a-z]+)?/\*\.(c([^:a-z]|$)|\[ch\])' "$file" | grep -v -e port/template/ -e src/core/ | sed "s|^|$file:|"
    grep -oE '\b(core|port)/[a-z0-9_/]+\.c\b' "$file" | sort -u | awk -v file="$file" 'END { if (NR > 3) print file " names " NR " sources" }'
done | verdict "no script or make file has a list of core's or port's sources of its own"

# Includes: a file may include public headers, and files of its own folder with the same or a lower level.
level() {
    case $1 in
    text.c | sha256.c | operation.h) echo 0 ;;
    id.[ch] | endpoint.[ch] | sign.[ch] | sieve.[ch] | clock.[ch] | effect.[ch] | retry.[ch] | hint.c | mask.c) echo 1 ;;
    request.[ch] | response.[ch] | json.[ch] | errors.[ch] | client.[ch]) echo 2 ;;
    call.c) echo 9 ;;
    *) echo 3 ;; # one file per operation
    esac
}
for file in $(ls core/*.[ch] | grep -v jsmn.h); do
    own=$(level "${file#core/}")
    sed -n 's/^#include *["<]\([^">]*\)[">].*/\1/p' "$file" | while read -r name; do
        case $name in
        emrs.h | emrs_config.h | emrs_text.h | emrs_sha256.h | emrs_sign.h | emrs_provider.h | emrs_job_run.h | emrs_stop.h | string.h | stdbool.h | stddef.h | stdint.h) ;;
        jsmn.h) [ "$file" = core/json.c ] || echo "$file includes $name" ;;
        *)
            if [ ! -e "core/$name" ]; then echo "$file includes $name"
            elif [ "$(level "$name")" -gt "$own" ]; then echo "$file includes $name, which has a higher level"
            fi
            ;;
        esac
    done
done | verdict "core includes C99, the public headers of the core, jsmn, and its own headers of the same or a lower level"
grep -nE '#include *"(\.\./)*(boards|port|posix|tls|host)' core/*.[ch] include/*.h | verdict "core/ and include/ use no header of port and boards"
grep -rnE '#include *"(\.\./)*(boards|host)' port | verdict "port uses no header of boards"
for file in $(find port boards -name '*.[ch]'); do
    sed -n 's/^#include *["<]\([^">]*\)[">].*/\1/p' "$file" | while read -r name; do
        case $name in
        core/* | */core/*) echo "$file includes $name" ;;
        *) [ ! -e "core/${name##*/}" ] || [ -e "${file%/*}/$name" ] || echo "$file includes $name" ;;
        esac
    done
done | verdict "port and boards include public headers of emrs, and none of core/"
grep -rnE 'cancel_job_run|CancelJobRun' port --include='*.[ch]' | grep -v '^port/template/cancel.c:' |
    verdict "port names no operation, except in the template's example of a call"
grep -nE '#include *["<](emrs|port|\.\.|(retry|effect|clock|response|request|operation)\.h)' \
    tests/sim/answer.[ch] tests/sim/job.[ch] tests/sim/network.[ch] tests/sim/random.h tests/sim/service.[ch] tests/sim/source.[ch] |
    verdict "the simulated network, service and sources use no header of emrs"
grep -nE '\bmbedtls_' include/*.h | grep -v '^include/emrs_tls.h:' | verdict "no public header but emrs_tls.h names a type of mbedTLS"

# Which symbols the objects use, in a build without sanitizers and other instrumentation.
objects() {
    for source in "$@"; do
        "${CC:-cc}" -std=c99 -Os -fno-pic -fno-stack-protector -Iinclude \
            ${MBEDTLS_DIR:+-isystem "$MBEDTLS_DIR/include"} -c -o "$scratch/$(echo "$source" | tr / _).o" "$source" ||
            echo "$source does not compile"
    done
}
objects $(cat core/sources.txt) | verdict "the core compiles alone"
# The control: without objects, the checks below would find nothing.
{ nm "$scratch"/core_*.o | grep -q ' T emrs_step$' || echo "emrs_step is not there"; } |
    verdict "nm lists the symbols of the core"
nm -A "$scratch"/core_*.o | grep ' U ' |
    grep -vE ' U (emrs_[a-z0-9_]+|mem(cpy|cmp|chr|set|move)|strlen)$' |
    sed "s|$scratch/||" | verdict "the core refers to nothing but mem* and strlen: no malloc, printf, errno, locale, time"
nm -A "$scratch"/core_*.o | grep -E ' [bBdDCsS] ' | sed "s|$scratch/||" | verdict "the core has no mutable static"
nm -A "$scratch"/core_*.o | grep -E ' [TRD] ' | grep -vE ' emrs_[a-z0-9_]+$' | sed "s|$scratch/||" |
    verdict "every symbol of the core begins with emrs_"
objects $(cat port/sources.txt port/*/sources.txt | grep -v '^port/lwip/') port/template/*.c | verdict "the ports compile alone" # tests/lwip/builds.sh compiles port/lwip
for file in port/posix/*.c; do
    "${CC:-cc}" -std=c99 -Wall -Wextra -pedantic -Werror -Iinclude -fsyntax-only "$file" 2>&1 | head -n 1
done | verdict "each file of port/posix defines the feature macros that it needs"
# A version.h that is found before the real one, and says 4.
mkdir -p "$scratch/four/mbedtls"
printf '#include_next <mbedtls/version.h>\n#undef MBEDTLS_VERSION_NUMBER\n#define MBEDTLS_VERSION_NUMBER 0x04000000\n' \
    >"$scratch/four/mbedtls/version.h"
for file in port/tls/*.c; do
    "${CC:-cc}" -std=c99 -I"$scratch/four" -Iinclude ${MBEDTLS_DIR:+-isystem "$MBEDTLS_DIR/include"} -fsyntax-only "$file" 2>&1 |
        grep -m1 error | grep -q 'error.*mbedTLS 4' || echo "$file"
done | verdict "with mbedTLS 4 the compiler's error for each file of port/tls says that mbedTLS 4 is not supported"
nm -A "$scratch"/port_*.o | grep -E ' U _*(malloc|calloc|realloc|free|reallocarray|strdup|aligned_alloc)$' |
    sed "s|$scratch/||" | verdict "the ports refer to no malloc, calloc, realloc, free"
nm -A "$scratch"/port_*.o | grep -E ' [TBDRC] ' | grep -vE ' (emrs|yours)_[a-z0-9_]+$' | sed "s|$scratch/||" |
    verdict "every symbol of the ports begins with emrs_, the template's with yours_"
# These must also run on targets with almost no libc.
nm -A "$scratch"/port_checker_*.o "$scratch"/port_verified_*.o "$scratch"/port_template_*.o \
    "$scratch"/port_trace_*.o "$scratch"/port_proxy_*.o | grep ' U ' |
    grep -vE ' U (emrs_[a-z0-9_]+|yours_[a-z_]+|mem(cpy|cmp|chr|set|move)|strlen)$' |
    sed "s|$scratch/||" | verdict "checker, verified, proxy, trace and template refer to nothing but emrs, mem* and strlen"

# The text of the files.
licence='SPDX-License-Identifier: MIT'
files=$(sources; scripts; find boards port tests -name '*.mjs' -o -name '*.ld')
{
    grep -L "$licence" $files
    awk -v licence="$licence" 'FNR == 1 { first = $0 } FNR == 2 && first $0 !~ licence { print FILENAME }' $files
} | sort -u | verdict "every source says its licence first"
sources | xargs awk 'length($0) > 100 { print FILENAME ":" FNR ": " length($0) " columns" }' | verdict "no line is longer than 100 columns"
grep -v '^#include' core/hint.c | grep -E '"[^"]*(--[a-z]|AWS_|\<aws |\.(md|c|h)\>|\<(core|port|boards)/)' |
    verdict "core/hint.c names no option, variable, command line or file, since not every device has them"
grep -rnE 'assert *\(' core | verdict "the core has no assert"
grep -rnE '# *include *<jsmn\.h>' core port boards tests --include='*.[ch]' | verdict "no file includes the system's jsmn.h"
find core port boards tests -type d ! -name __pycache__ | while read -r folder; do
    [ "$(find "$folder" -maxdepth 1 -type f ! -name README.md | wc -l)" -gt 1 ] && [ ! -s "$folder/README.md" ] || continue
    above=$(dirname "$folder")
    grep -qsF "\`${folder##*/}/\`" "$above/README.md" "${above%/*}/README.md" || echo "$folder"
done | verdict "each folder with more than one file has a README, or a row in that of the folder above"
for file in core/*.[ch]; do
    grep -q "${file#core/}" core/README.md || echo "$file is not in core/README.md"
done 2>/dev/null | verdict "core/README.md names every file of the core"
# SECURITY.md: each promise names a test, and each test that is named exists.
promised() {
    sed -n '/^| promise /,/^$/p' SECURITY.md | grep -oE '`tests/[^`]+: [^`]+`' | tr -d '`'
}
is_there() { # is_there FILE NAME: a function of that name, or in a script those words
    case $1 in
    *.c) grep -qE "^(static )?[a-z].*[ *]$2\\(" "$1" ;;
    *.py) grep -qE "^def $2\\(" "$1" ;;
    *) grep -qF "$2" "$1" ;;
    esac 2>/dev/null
}
promised | while IFS= read -r test; do
    is_there "${test%%: *}" "${test#*: }" || echo "there is no $test"
done | verdict "each test that SECURITY.md names exists"
{
    [ "$(promised | wc -l)" -gt 40 ] || echo "SECURITY.md names few tests, or its table was not found"
    sed -n '/^| promise /,/^$/p' SECURITY.md | tail -n +3 | grep -v '^$' | grep -v '`tests/'
    is_there tests/rules.sh "$(printf 'no test %s' 'of this name')" && echo "a test that does not exist is found"
} | verdict "each promise of SECURITY.md names a test"
echo "1..$(wc -l <"$scratch/rules")"
[ ! -e "$scratch/broken" ]
