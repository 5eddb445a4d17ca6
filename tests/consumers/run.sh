#!/bin/sh
# SPDX-License-Identifier: MIT
# Builds an application in each way that README.md names, with the commands of README.md. The application is outside of the
# tree, which is a copy. Each application then makes a call (test_call.py). Also checks `make install`, the man page, the
# completion, and the command of `make static` (test_static.py). Prints TAP.
# usage: tests/consumers/run.sh
cd "$(dirname "$0")/../.." || exit 2
tree=$(pwd)
scratch=$(mktemp -d) || exit 2
trap 'rm -rf "$scratch"' EXIT
status=0
unset MAKEFLAGS MFLAGS # set if make runs this script
for package in pkgconf cmake mandoc musl-tools git; do
    tests/install.sh $package >&2 || echo "# no package $package: what needs it is skipped"
done

# check NAME COMMAND...: ok if the command succeeds
check() {
    checked=$1
    shift
    if "$@" >"$scratch/log" 2>&1; then
        echo "ok - $checked"
    else
        echo "not ok - $checked"
        tail -n 30 "$scratch/log" | sed 's/^/    /'
        status=1
        false
    fi
}
# has PROGRAM NAME...: if PROGRAM is not installed, prints each of the cases as skipped
has() {
    program=$1
    command -v "$program" >/dev/null && return
    shift
    for name in "$@"; do echo "ok - $name # SKIP there is no $program"; done
    false
}

# A copy like a new clone, with the name that the README gives it.
emrs=$scratch/emrs
mkdir -p "$emrs" "$scratch/programs"
tar -cf - --exclude=./build --exclude=./.git . | tar -xf - -C "$emrs"
(cd "$emrs" && git init -q && git add -A . && git -c user.name=emrs -c user.email=emrs@localhost commit -qm copy) || exit 2
make="make -s -C $emrs CFLAGS=-O0"

# From the README: the one line for a program with its own TLS stack, the change of that line for a program with its own hash,
# the settings of CMake, and the rows of the table.
line=$(sed -n 's/^    \(emrs=.*\|cc .*cancel\.c .*\)/\1/p' README.md)
line_with_hash=${line%)}" $(sed -n 's/.*`\(| grep -v .*) sha256\.c\)`.*/\1/p' README.md)"
without_tls=$(sed -n 's/.*`\(set(EMRS_TLS [^`]*\)`.*/\1/p' README.md)
with_hash=$(sed -n 's/.*`\(set(EMRS_SHA256 [^`]*\)`.*/\1/p' README.md)
row() { # row WAY: prints the commands of that way, one per line
    sed -n "s/^| $1 | \(.*\) |\$/\1/p" README.md | sed 's/` `/\n/g; s/`//g'
}
# The README's example, with an endpoint added.
application() { # application FOLDER
    mkdir -p "$1"
    awk '/^```c$/ { count++; on = count == 1; next } /^```$/ { on = 0 } on' README.md |
        sed 's/\.region = /.endpoint = endpoint, &/' >"$1/example.c"
    cp tests/consumers/main.c "$1/app.c"
}
# An application whose TLS is not mbedTLS.
application_with_tls() { # application_with_tls FOLDER
    mkdir -p "$1"
    cp tests/consumers/cancel.c "$1"
}
hash_of_its_own() { # hash_of_its_own FOLDER
    cp tests/consumers/sha256.c "$1"
    cp core/sha256.c "$1/plain.c"
}

# Runs a command where mbedTLS cannot be included: compilers search CPATH before the system's folders.
without_mbedtls() {
    mkdir -p "$scratch/poison/mbedtls" "$scratch/poison/psa"
    for header in $(grep -rhoE '(mbedtls|psa)/[a-z0-9_]+\.h' core port include boards | sort -u); do
        echo "#error no $header here" >"$scratch/poison/$header"
    done
    application_with_tls "$scratch/beside"
    hash_of_its_own "$scratch/beside"
    (cd "$scratch/beside" && CPATH=$scratch/poison sh -c "$1")
}
name="the one line of cc, with neither make nor mbedTLS"
check "$name: builds" without_mbedtls "$line -Wall -Wextra -pedantic -Werror" &&
    mv "$scratch/beside/cancel" "$scratch/programs/$name"
check "$name: mbedTLS cannot be included there" sh -c \
    "! echo '#include <mbedtls/ssl.h>' | CPATH=$scratch/poison cc -fsyntax-only -x c -"
name="the line of cc with its own hash"
check "$name: builds" without_mbedtls "$line_with_hash" && mv "$scratch/beside/cancel" "$scratch/programs/$name"

# in_folder FOLDER COMMAND: runs the command, which must make ./app
in_folder() { (cd "$1" && sh -c "$2" && [ -x app ]); }

name="the library of make"
build_by_make() {
    application "$scratch/make"
    ln -s "$emrs" "$scratch/make/emrs"
    $make all && in_folder "$scratch/make" "$(row 'the library of `make`')"
}
check "$name: builds" build_by_make && cp "$scratch/make/app" "$scratch/programs/$name"

name="make install and pkg-config"
build_by_pkg_config() {
    application "$scratch/pkg-config"
    $make install PREFIX="$scratch/prefix" &&
        PKG_CONFIG_PATH=$scratch/prefix/lib/pkgconfig in_folder "$scratch/pkg-config" "$(row '`make install` and pkg-config')"
}
has pkg-config "$name: builds" && check "$name: builds" build_by_pkg_config &&
    cp "$scratch/pkg-config/app" "$scratch/programs/$name"

# build_by_cmake FOLDER LINES [OPTION...]
build_by_cmake() {
    folder=$1
    {
        echo "cmake_minimum_required(VERSION 3.16)"
        echo "project(app LANGUAGES C)"
        echo "$2"
    } >"$folder/CMakeLists.txt"
    shift 2
    cmake -S "$folder" -B "$folder/build" "$@" && cmake --build "$folder/build" -j2
}
with_targets=$(sed -n 's/^and with CMake `\([^`]*\)`.*/\1/p' README.md)
by_subdirectory() {
    application "$scratch/subdirectory"
    ln -s "$emrs" "$scratch/subdirectory/emrs"
    build_by_cmake "$scratch/subdirectory" "set(sources app.c) # a name that emrs uses too
add_compile_definitions(JSMN_HEADER JSMN_STATIC JSMN_STRICT JSMN_PARENT_LINKS) # of a project with a jsmn of its own
$(row 'CMake, a copy in your tree')
add_executable(app \${sources})
$with_targets" &&
        ! grep 'C_FLAGS = .' "$scratch/subdirectory/build/CMakeFiles/app.dir/flags.make" # no flag of ours
}
by_fetch() {
    application "$scratch/fetch"
    lines=$(row 'CMake, fetched' | sed "s|<this repository>|file://$emrs|; s|<a commit>|$(git -C "$emrs" rev-parse HEAD)|")
    build_by_cmake "$scratch/fetch" "add_executable(app app.c)
$lines
$with_targets"
}
by_package() {
    application "$scratch/find_package"
    cmake -S "$emrs" -B "$scratch/cmake" && cmake --build "$scratch/cmake" -j2 &&
        cmake --install "$scratch/cmake" --prefix "$scratch/package" &&
        build_by_cmake "$scratch/find_package" "add_executable(app app.c)
$(row 'CMake, after `cmake --install`')
$with_targets" -DCMAKE_PREFIX_PATH="$scratch/package"
}
has_one_hash() { [ "$(nm "$1/build/emrs/libemrs.a" | grep -c ' T emrs_sha256_init$')" = 1 ]; } # has_one_hash FOLDER
by_subdirectory_with_hash() {
    application "$scratch/hash"
    hash_of_its_own "$scratch/hash"
    ln -s "$emrs" "$scratch/hash/emrs"
    build_by_cmake "$scratch/hash" "add_executable(app app.c)
$with_hash
$(row 'CMake, a copy in your tree')
$with_targets" && has_one_hash "$scratch/hash"
}
# emrs::emrs alone, with emrs's own SHA-256 or the application's.
by_core() { # by_core FOLDER [LINE]
    application_with_tls "$scratch/$1"
    hash_of_its_own "$scratch/$1"
    ln -s "$emrs" "$scratch/$1/emrs"
    CPATH=$scratch/poison build_by_cmake "$scratch/$1" "add_executable(app cancel.c)
$without_tls
$2
$(row 'CMake, a copy in your tree')
target_link_libraries(app PRIVATE emrs::emrs)" && has_one_hash "$scratch/$1"
}
cmake_way() { # cmake_way NAME FOLDER FUNCTION...
    way=$1 made=$scratch/$2/build/app
    shift 2
    has cmake "$way: builds" && check "$way: builds" "$@" && cp "$made" "$scratch/programs/$way"
}
cmake_way "CMake with add_subdirectory" subdirectory by_subdirectory
cmake_way "CMake with FetchContent" fetch by_fetch
cmake_way "CMake with find_package" find_package by_package
cmake_way "CMake with mbedTLS and its own hash" hash by_subdirectory_with_hash
cmake_way "CMake without mbedTLS" core by_core core
cmake_way "CMake without mbedTLS, with its own hash" core_hash by_core core_hash "$with_hash"

# emrs::lwip is compiled in the user's target, here a library, with the user's lwIP and its lwipopts.h.
lwip=$tree/build/deps/lwip
by_lwip() { # by_lwip FOLDER SYMBOL: FOLDER has lwipopts.h; the library must define SYMBOL
    mkdir -p "$scratch/$2"
    echo '#include "emrs.h"' >"$scratch/$2/app.c"
    ln -s "$emrs" "$scratch/$2/emrs"
    build_by_cmake "$scratch/$2" "$(row 'CMake, a copy in your tree')
add_library(app STATIC app.c)
target_include_directories(app PRIVATE $1 $lwip/src/include $lwip/contrib/ports/unix/port/include)
target_link_libraries(app PRIVATE emrs::lwip)" && nm "$scratch/$2/build/libapp.a" | grep " T $2\$"
}
for way in tests/lwip:emrs_lwip_tcp_init tests/lwip/raw:emrs_lwip_raw_init; do
    name="CMake with the lwipopts.h of ${way%:*}: builds"
    if [ ! -e "$lwip" ]; then
        echo "ok - $name # SKIP no sources of lwIP (make deps)"
    else
        has cmake "$name" && check "$name" by_lwip "$tree/${way%:*}" "${way#*:}"
    fi
done

python=$(tests/peer/python.sh) || python=
name="an application makes a call"
if [ -z "$python" ]; then
    echo "ok - $name # SKIP there is no Python with moto"
else
    "$python" tests/consumers/test_call.py "$scratch/programs" || status=1
fi

# All that is installed is below DESTDIR, and uninstall removes all of it.
installs() {
    $make install PREFIX=/usr DESTDIR="$scratch/root" && (cd "$scratch/root" && find . -type f | sort) >"$scratch/installed"
    {
        printf './usr/%s\n' bin/emrs lib/libemrs.a lib/pkgconfig/emrs.pc share/man/man1/emrs.1 \
            share/bash-completion/completions/emrs
        ls include | grep -v lwip | sed 's|^|./usr/include/emrs/|'
    } | sort | diff - "$scratch/installed"
}
uninstalls() { $make uninstall PREFIX=/usr DESTDIR="$scratch/root" && [ -z "$(find "$scratch/root" -type f)" ]; }
works() {
    "$scratch/root/usr/bin/emrs" --version &&
        [ "$(sed -n 's/^Version: //p' "$scratch/root/usr/lib/pkgconfig/emrs.pc")" = \
            "$("$scratch/root/usr/bin/emrs" --version | sed 's|emrs/\([^ ]*\) .*|\1|')" ]
}
check "make install puts the command, library, headers, emrs.pc, man page and completion below DESTDIR" installs
check "the installed command runs, and emrs.pc has its version" works

# The options of `emrs --help`, without those of the `aws` command that it mentions.
"$scratch/root/usr/bin/emrs" --help | grep -v export-credentials | grep -oE -e '--[a-z][a-z-]+' | sort -u >"$scratch/options"
has_all() { [ "$(wc -l <"$scratch/options")" -gt 15 ] && diff "$scratch/options" -; }
man=$scratch/root/usr/share/man/man1/emrs.1
in_man() {
    sed -n '/^\.Sh DESCRIPTION/,/^\.Sh ENVIRONMENT/s/^\.\(It \)\{0,1\}Fl -\([a-z-]*\).*/--\2/p' "$man" | sort -u | has_all
}
check "the man page has the options of --help" in_man
# Each variable that the command reads, by the names in its sources, and each exit code.
variables() {
    grep -ohE '"([A-Z]+_)*(AWS_[A-Z0-9_]+|[A-Z]+_PROXY|[a-z]+_proxy|[A-Z]+_CA_BUNDLE|SSL_CERT_FILE|TERM)"' boards/host/*.c | tr -d '"' | sort -u >"$scratch/variables"
    sed -n '/^\.Sh ENVIRONMENT/,/^\.Sh FILES/p' "$man" | grep -oE '([A-Z][A-Z0-9]*_)+[A-Z0-9_]+|[a-z]+_proxy|TERM' | sort -u | diff "$scratch/variables" -
}
check "the man page has the variables that the command reads" variables
codes() {
    "$scratch/root/usr/bin/emrs" --help | sed -n '/^Exit codes:/,$p' | grep -oE '\b[0-9]+\b' | sort -u >"$scratch/codes"
    sed -n '/^\.Sh EXIT STATUS/,/^\.Sh EXAMPLES/s/^\.It //p' "$man" | grep -oE '[0-9]+' | sort -u | diff "$scratch/codes" -
}
check "the man page has the exit codes of --help" codes
has mandoc "mandoc reports nothing about the man page" &&
    check "mandoc reports nothing about the man page" mandoc -T lint "$man"

completes() { # completes WORD...: prints the completions of the last word
    bash -c '. "$0"; COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)); _emrs; printf "%s\n" "${COMPREPLY[@]}"' \
        "$scratch/root/usr/share/bash-completion/completions/emrs" emrs "$@"
}
in_completion() {
    completes -- | sort -u | has_all && [ "$(completes c)" = cancel-job-run ] && [ "$(completes --output t)" = text ] &&
        [ "$(cd "$emrs" && completes --ca-bundle README)" = README.md ]
}
in_completion_of() { # after a command its options are offered, and as the first word the command's name
    for command in cancel-job-run get-job-run drill; do
        {
            "$scratch/root/usr/bin/emrs" "$command" --help | grep -oE -e '^  --[a-z][a-z-]+' | tr -d ' '
            printf -- '--%s\n' no-cli-pager no-cli-auto-prompt no-paginate color
        } | sort -u >"$scratch/of-command"
        completes "$command" -- | sort -u | diff "$scratch/of-command" - || return
        completes "$command" | grep -x -e "$command" || return
    done
}
has bash "the completion for bash has the options of --help" &&
    check "the completion for bash has the options of --help" in_completion
has bash "the completion for bash has the options of each command" &&
    check "the completion for bash has the options of each command" in_completion_of
check "make uninstall removes all that make install has put there" uninstalls
# make splits a name with a space into two, and the first could be a file of the user.
refuses_spaces() {
    echo kept >"$scratch/two"
    for setting in PREFIX="$scratch/two words" DESTDIR="$scratch/two words" DESTDIR="$scratch/two " BINDIR="$scratch/two words"; do
        for target in install uninstall; do
            ! $make $target "$setting" >"$scratch/spaces" 2>&1 && grep 'has a space' "$scratch/spaces" || return
        done
    done
    [ "$(cat "$scratch/two")" = kept ] && [ ! -e "$scratch/two words" ]
}
check "make install and make uninstall refuse a folder with a space in its name" refuses_spaces
refuses_what_misleads() { # with these settings emrs.pc could not describe the library
    for setting in PREFIX=usr MBEDTLS_DIR=build/deps/mbedtls; do
        ! $make install DESTDIR="$scratch/misled" "$setting" >"$scratch/misleads" 2>&1 || return
    done
    grep 'leave MBEDTLS_DIR out' "$scratch/misleads" && [ ! -e "$scratch/misled" ]
}
check "make install refuses a relative PREFIX, and MBEDTLS_DIR" refuses_what_misleads

# The static command
name="make static"
if [ ! -e build/deps/mbedtls ]; then
    echo "ok - $name # SKIP no sources of mbedTLS 3.6 (make deps)"
elif has musl-gcc "$name" && check "$name" make -s static; then
    if [ -z "$python" ]; then
        echo "ok - $name: in an empty root folder # SKIP there is no Python with moto"
    elif ! unshare $([ "$(id -u)" = 0 ] || echo --user --map-root-user) --root / true 2>/dev/null; then
        echo "ok - $name: in an empty root folder # SKIP unshare --root does not work here"
    else
        "$python" tests/consumers/test_static.py build/static/emrs || status=1
    fi
fi
exit $status
