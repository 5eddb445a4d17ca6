#!/bin/sh
# SPDX-License-Identifier: MIT
# Checks the public headers as users compile them: each alone, as C99 and C++11, with gcc and clang; in a C++ program that
# makes a call; beside the system's headers; and with a configuration file, which must not change the size of a struct.
# Prints TAP.
# usage: tests/headers.sh [TREE]
#
# MBEDTLS_DIR, LWIP_DIR  their sources, instead of the system's mbedTLS and build/deps/lwip
cd "${1:-$(dirname "$0")/..}" || exit 2
scratch=$(mktemp -d) || exit 2
trap 'rm -rf "$scratch"' EXIT
lwip=${LWIP_DIR:-build/deps/lwip}
mbedtls=${MBEDTLS_DIR:+-isystem $MBEDTLS_DIR/include}
strict="-Wall -Wextra -pedantic -Werror"
# ... | verdict NAME: reads findings; no findings means ok. At the end of a pipe it runs in a subshell, so it uses files.
verdict() {
    echo "$1" >>"$scratch/rows"
    findings=$(cat)
    number=$(wc -l <"$scratch/rows")
    case $findings in
    "") echo "ok $number - $1" ;;
    "SKIP "*) echo "ok $number - $1 # $findings" ;;
    *)
        echo "not ok $number - $1"
        echo "$findings" | head -n 20 | sed 's/^/    /'
        : >"$scratch/broken"
        ;;
    esac
}
# Sets $options to what a header needs besides -Iinclude. If that is missing, prints the reason and fails.
needs() { # needs HEADER
    options=
    case $1 in
    emrs_tls.h)
        options=$mbedtls
        echo '#include <mbedtls/ssl.h>' | cc $options -E - >"$scratch/out" 2>/dev/null || { echo "no headers of mbedTLS"; return 1; }
        ;;
    emrs_lwip*.h)
        [ -e "$lwip" ] || { echo "no sources of lwIP"; return 1; }
        case $1 in *_raw.h) options=-Itests/lwip/raw ;; *) options="-Itests/lwip -D_POSIX_C_SOURCE=200809L" ;; esac
        options="$options -isystem $lwip/src/include -isystem $lwip/contrib/ports/unix/port/include"
        ;;
    esac
}
headers=$(ls include | grep '\.h$')
echo "$headers" | grep -c . | awk '$1 < 8 { print "only", $1 }' | verdict "the public headers are found"

# Each header alone
for compiler in "gcc c" "clang c" "g++ c++" "clang++ c++"; do
    language=${compiler#* } compiler=${compiler% *}
    case $language in c) standard="-std=c99 -Wmissing-prototypes -Wstrict-prototypes" ;; *) standard=-std=c++11 ;; esac
    for header in $headers; do
        name="$header alone, by $compiler as ${standard%% *}"
        if ! command -v "$compiler" >/dev/null; then
            echo "SKIP no $compiler"
        elif ! needs "$header" >"$scratch/why"; then
            echo "SKIP $(cat "$scratch/why")"
        else # included twice, to test the include guard
            printf '#include "%s"\n#include "%s"\nextern int x;\n' "$header" "$header" |
                "$compiler" -x "$language" $standard $strict -Iinclude $options -fsyntax-only - 2>&1
        fi | verdict "$name"
    done
done

# Compiles the core once, for the C++ programs below.
for source in $(cat core/sources.txt); do
    cc -std=c99 -w -Iinclude $mbedtls -c -o "$scratch/$(basename "$source").o" "$source" 2>&1
done | verdict "the core compiles with -Iinclude"
cat >"$scratch/program.cpp" <<'PROGRAM'
#include "emrs.h"
#include "emrs_text.h"

static char work[EMRS_WORK_SIZE];
static emrs_client client;
static emrs_call call;
static const emrs_text region = EMRS_TEXT_INIT("us-east-1");

static int step(uint32_t ms, emrs_report report, emrs_move *move)
{
    emrs_now now;
    now.ms = ms;
    now.utc_s = EMRS_BUILD_TIME_S;
    now.random = 0;
    return emrs_step(&call, now, report, move);
}

int main()
{
    emrs_credentials credentials = emrs_credentials();
    credentials.access_key_id = EMRS_TEXT("AKIDEXAMPLE");
    credentials.secret_access_key = EMRS_TEXT("secret");
    emrs_config config = emrs_config();
    config.region = region;
    config.credentials = &credentials;
    config.work = work;
    config.work_size = sizeof work;
    emrs_cancel_job_run_input input = emrs_cancel_job_run_input();
    input.application_id = EMRS_TEXT("00fabcdefg123456");
    input.job_run_id = EMRS_TEXT("00fhijklmn789012");
    emrs_result result;
    emrs_move move;
    if (emrs_init(&client, &config, &result) != EMRS_OK
        || emrs_cancel_job_run_start(&call, &client, &input, &result) != EMRS_OK)
        return 1;
    const emrs_report reports[] = {emrs_report_of(EMRS_NEWS_PENDING), emrs_connecting(EMRS_PHASE_TLS),
                                   emrs_moved(EMRS_NEWS_SENT, 1)};
    for (int i = 0; i < 3; i++)
        if (step(0, reports[i], &move) != EMRS_MOVE_CONNECT || !move.tls)
            return 2;
    if (step(1, emrs_failed(EMRS_REASON_NAME_UNKNOWN, 7), &move) != EMRS_MOVE_CLOSE || result.native != 7)
        return 3;
    if (step(2, emrs_report_of(EMRS_NEWS_CLOSED), &move) != EMRS_E_RESOLVE)
        return 4;
    if (emrs_cancel_job_run_start(&call, &client, &input, &result) != EMRS_OK
        || step(3, emrs_report_of(EMRS_NEWS_PENDING), &move) != EMRS_MOVE_CONNECT
        || step(3, emrs_connected(EMRS_PEER_UNVERIFIED), &move) != EMRS_MOVE_CLOSE)
        return 5;
    return step(3, emrs_report_of(EMRS_NEWS_CLOSED), &move) == EMRS_E_INSECURE
                   && result.effect == EMRS_EFFECT_NONE
               ? 0
               : 6;
}
PROGRAM
for compiler in g++ clang++; do
    if ! command -v $compiler >/dev/null; then
        echo "SKIP no $compiler"
    else
        $compiler -std=c++11 $strict -Iinclude -o "$scratch/program" "$scratch/program.cpp" "$scratch"/*.c.o 2>&1 &&
            { "$scratch/program" || echo "the program ends with $?"; }
    fi | verdict "a C++ program makes a call, by $compiler"
done

# Many build systems have one list of include folders for all files. With core/ and include/ in it, <errno.h> and others must
# still be the system's headers.
{
    for name in assert ctype errno error limits math signal stdio stdlib string time unistd; do echo "#include <$name.h>"; done
    for header in $headers; do
        case $header in emrs_tls.h | emrs_lwip*) ;; *) echo "#include \"$header\"" ;; esac
    done
    echo "int errors = CHAR_MAX + EOF; time_t now;"
} >"$scratch/beside.c"
cc -std=c99 $strict -D_DEFAULT_SOURCE -Icore -Iinclude -M "$scratch/beside.c" >"$scratch/depends" 2>&1 &&
    cc -std=c99 $strict -D_DEFAULT_SOURCE -Icore -Iinclude -fsyntax-only "$scratch/beside.c" >"$scratch/out" 2>&1 ||
    echo "it does not compile" >>"$scratch/out"
{
    cat "$scratch/out"
    grep -oE '(^| )core/[^ ]*' "$scratch/depends"
    grep -q '/limits\.h' "$scratch/depends" || echo "no <limits.h> was included"
} | verdict "with -Icore -Iinclude the system's headers are the system's"

# The configuration file. Here it sets each macro that may be set to its default plus 1. Then each value must differ, but
# no type may change its size.
sed -nE '/^#ifndef EMRS_[A-Z_]+$/ { s/^#ifndef //; p; }' include/emrs_config.h | grep -v '^EMRS_CONFIG_H$' >"$scratch/names"
while read -r name; do
    value=$(sed -nE "s|^#define $name ([^ /]*).*|\1|p" include/emrs_config.h)
    [ -z "$value" ] || echo "#define $name ($value + 1u)"
done <"$scratch/names" >"$scratch/set.h"
[ "$(wc -l <"$scratch/names")" -gt 10 ] && [ "$(wc -l <"$scratch/set.h")" = "$(wc -l <"$scratch/names")" ] ||
    echo "names: $(wc -l <"$scratch/names"), with a default: $(wc -l <"$scratch/set.h")" >"$scratch/out.names"
cat "$scratch/out.names" 2>/dev/null | verdict "each figure that may be set has a default"
grep -nE '^ *# *(if|elif)' include/*.h | grep -vE ':#ifndef EMRS_[A-Z0-9_]*H$|:#ifdef __cplusplus$|:#ifdef EMRS_CONFIG_FILE$' |
    grep -v '^include/emrs_config.h:[0-9]*:#ifndef EMRS_' | verdict "no public header depends on another option of a build"
configured="-DEMRS_CONFIG_FILE=\"$scratch/set.h\""
while read -r name; do
    for option in -Uemrs "$configured"; do
        printf '#include "emrs_config.h"\n%s\n' "$name" | cc -std=c99 -Iinclude "$option" -E -P - | tail -n 1
    done | uniq | wc -l | grep -qx 2 || echo "$name is not taken from the file"
done <"$scratch/names" | verdict "EMRS_CONFIG_FILE sets each of these figures"
for source in $(cat core/sources.txt); do
    cc -std=c99 -Iinclude $mbedtls "$configured" -fsyntax-only "$source" 2>&1
done | verdict "the core compiles with the file"

# sizes HEADER... OPTION: the size of every type that the headers define, without and with the file
sizes() {
    for header in $1; do echo "#include \"$header\""; done >"$scratch/sizes.c"
    (cd include && cat $1) | sed -nE 's/^\} (emrs_[a-z0-9_]+);.*/\1/p' | while read -r type; do
        echo "extern char size_of_$type[sizeof($type)]; char size_of_$type[sizeof($type)];"
    done >>"$scratch/sizes.c"
    for option in -Uemrs "$configured"; do
        cc -std=c99 -Iinclude $options "$option" -c -o "$scratch/sizes.o" "$scratch/sizes.c" 2>&1 &&
            nm -S "$scratch/sizes.o" | awk '$4 { print $4, $2 }' | sort >"$scratch/sizes.$(echo "$option" | cut -c 2)"
    done
    [ "$(wc -l <"$scratch/sizes.U")" -ge "${2:-1}" ] || echo "only $(wc -l <"$scratch/sizes.U") types"
    diff "$scratch/sizes.U" "$scratch/sizes.D"
}
plain=$(echo "$headers" | grep -vE '^emrs_(tls|lwip.*)\.h$')
options=
sizes "$plain" 25 | verdict "no size of a type depends on the file"
for header in emrs_tls.h emrs_lwip.h emrs_lwip_raw.h; do
    if needs $header >"$scratch/why"; then sizes $header; else echo "SKIP $(cat "$scratch/why")"; fi |
        verdict "no size of a type of $header depends on the file"
done
for figure in "EMRS_BUILD_TIME_S 0u" "EMRS_BUILD_TIME_S 0x100000000u" "EMRS_WORK_SIZE 1024u" "EMRS_MESSAGE_SIZE_MIN 0u" \
    "EMRS_MESSAGE_SIZE_MIN 4000u" "EMRS_MESSAGE_SIZE_MAX 511u" "EMRS_HEAD_SIZE_MAX 65536u" \
    "EMRS_BODY_SIZE_MAX 0x10000000u" "EMRS_TIMEOUT_DEFAULT_MS 0u" "EMRS_IDLE_DEFAULT_MS 86400001u" \
    "EMRS_BACKOFF_PERSISTENT_MAX_MS 86400001u" "EMRS_PHASE_MIN_MS 30001u" "EMRS_ATTEMPT_COUNT_DEFAULT 256u"; do
    echo "#define $figure" >"$scratch/wrong.h"
    cc -std=c99 -Iinclude "-DEMRS_CONFIG_FILE=\"$scratch/wrong.h\"" -fsyntax-only core/client.c >"$scratch/out" 2>&1
    grep -q 'error.*emrs_assert_' "$scratch/out" || echo "$figure compiles"
done | verdict "figures that do not fit each other do not compile"
echo "1..$(wc -l <"$scratch/rows")"
[ ! -e "$scratch/broken" ]
