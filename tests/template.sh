#!/bin/sh
# SPDX-License-Identifier: MIT
# Checks the port's template: it compiles without a warning, for this host and for a Cortex-M3. While parts of it are
# still missing, the call fails cleanly. Prints TAP.
# usage: tests/template.sh   after make
cd "$(dirname "$0")/.." || exit 2
scratch=$(mktemp -d) || exit 2
trap 'rm -rf "$scratch"' EXIT
count=0 status=0
verdict() { # verdict STATUS NAME
    count=$((count + 1))
    if [ "$1" -eq 0 ]; then echo "ok $count - $2"; return; fi
    echo "not ok $count - $2"
    sed 's/^/    /' "$scratch/log"
    status=1
}
flags="-std=c99 -Os -Wall -Wextra -Wconversion -Wshadow -Wvla -pedantic -Werror -Iinclude"
compile() { # compile COMPILER SOURCE...: compiles each into $scratch, with only -Iinclude and its own folder, as a user's build does
    compiler=$1
    shift
    for source in "$@"; do
        # shellcheck disable=SC2086 # words
        $compiler $flags -iquote "$(dirname "$source")" -c -o "$scratch/$(basename "$source" .c).o" \
            "$source" || return 1
    done
}

# sha256_slots.c compiles to nothing unless YOURS_ENGINE is 1.
mkdir "$scratch/engine"
sed 's/^#define YOURS_ENGINE 0/#define YOURS_ENGINE 1/' port/template/sha256_slots.c >"$scratch/engine/engine.c"
compile "${CC:-cc}" port/template/*.c "$scratch/engine/engine.c" >"$scratch/log" 2>&1
verdict $? "the template compiles without a warning"
arm="arm-none-eabi-gcc -mcpu=cortex-m3 -mthumb"
if command -v arm-none-eabi-gcc >/dev/null; then
    # shellcheck disable=SC2046 # words
    compile "$arm" port/template/*.c "$scratch/engine/engine.c" $(cat port/sources.txt port/checker/sources.txt port/verified/sources.txt port/trace/sources.txt) \
        >"$scratch/log" 2>&1
    verdict $? "template, checker, verified and trace compile for a Cortex-M3 without a warning"
else
    count=$((count + 1))
    echo "ok $count - for a Cortex-M3 # SKIP no arm-none-eabi-gcc"
fi

# The commands of port/README.md, on a copy of the template beside a tree called emrs.
mkdir "$scratch/guide" && ln -s "$PWD" "$scratch/guide/emrs"
sed -n 's/^    \(cp -r port.*\|cc .*\|grep -n TODO.*\|echo .*\)/\1/p' port/README.md >"$scratch/guide/commands"
(cd -P "$scratch/guide" && cp -r emrs/port/template yours && cd yours &&
    sh -e -c "$(grep -v '^cp' ../commands)") >"$scratch/log" 2>&1
[ $? -eq 0 ] && [ "$(wc -l <"$scratch/guide/commands")" -eq 6 ] && grep -q TODO: "$scratch/log"
verdict $? "the guide's commands compile a copy of the template, list the lines to write, and build the checker"
timeout 60 "$scratch/guide/yours/check" >"$scratch/log" 2>&1
[ $? -eq 1 ]
verdict $? "the checker that the guide builds finds errors in the unchanged copy"

# Most marks take at most three lines, so 30 marks are about 90 lines to write.
grep -c TODO: port/template/yours.[ch] port/template/check_port.c port/template/sha256_slots.c >"$scratch/log"
[ "$(awk -F: '{ sum += $2 } END { print sum }' "$scratch/log")" -le 30 ]
verdict $? "the port, its hash and its checks have at most 30 marked lines to write"
grep -rn TODO: port/template | grep -v '/\* TODO: .* \*/$' >"$scratch/log"
[ ! -s "$scratch/log" ]
verdict $? "only lines to write are marked, so that the list is empty when all are written"

# C++ that calls the port
printf '#include "yours.h"\nint main()\n{\n    emrs_result result;\n%s\n}\n' \
    '    return yours_start(&result) + yours_cancel(&result) + yours_check() + (yours_port() == 0);' >"$scratch/engine/main.cpp"
if command -v "${CXX:-c++}" >/dev/null; then
    compile "${CC:-cc}" port/template/*.c >"$scratch/log" 2>&1 &&
        "${CXX:-c++}" -std=c++11 -Iinclude -Iport/template "$scratch/engine/main.cpp" "$scratch"/yours.o "$scratch"/cancel.o \
            "$scratch"/check_port.o "$scratch"/sha256_slots.o build/host/libemrs.a -lmbedtls -lmbedx509 -lmbedcrypto -pthread \
            -o "$scratch/engine/main" >>"$scratch/log" 2>&1
    verdict $? "a C++ program calls the template"
else
    count=$((count + 1))
    echo "ok $count - a C++ program calls the template # SKIP no C++ compiler"
fi

# Writes the marked lines one after the other, as a user does, and runs the program after each.
cp port/template/*.[ch] "$scratch"
write() { # write FILE PATTERN WITH: replaces PATTERN in the marked lines
    cp "$scratch/$1" "$scratch/before"
    sed -i "/TODO:/s|$2|$3|" "$scratch/$1"
    ! cmp -s "$scratch/$1" "$scratch/before" || echo "no marked line has $2 in $1" >>"$scratch/missing"
}
cat >"$scratch/main.c" <<'C'
#include <stdio.h>
#include "yours.h"
int main(int count, char **words)
{
    emrs_result result;
    (void)words;
    if (count > 2) { /* an open stream stays open when yours_port is called again */
        const emrs_stream *stream = yours_port()->stream;
        emrs_move move = {.host = "", .tls = true, .send = "x", .size = 1};
        while (stream->connect(stream->context, &move).news == EMRS_NEWS_CONNECTING) {
        }
        int reason = yours_port()->stream->send(stream->context, &move).detail;
        return printf("%s\n", emrs_reason_words((emrs_reason)reason)) < 0;
    }
    if (count > 1)
        return printf("%s\n", yours_check() > 0 ? "checks failed" : "no check failed") < 0;
    int code = yours_start(&result);
    for (int i = 0; i < 2 && code >= EMRS_DONE; i++)
        code = yours_cancel(&result);
    return printf("%s; %s\n", emrs_code_words(code), emrs_effect_words(result.effect)) < 0;
}
C
says() { # says WHAT NAME [ARGUMENT]
    # shellcheck disable=SC2086 # words
    "${CC:-cc}" -std=c99 -D_POSIX_C_SOURCE=200809L -Iinclude "$scratch"/*.c build/host/libemrs.a \
        -lmbedtls -lmbedx509 -lmbedcrypto -pthread -o "$scratch/program" >"$scratch/log" 2>&1 &&
        timeout 60 "$scratch/program" $3 >"$scratch/log" 2>&1
    [ "$(cat "$scratch/log")" = "$1" ]
    verdict $? "$2"
}
nothing="no whole request was sent: the job run was not cancelled"
says "invalid input; $nothing" "unchanged, the call fails because there are no credentials"
says "checks failed" "unchanged, the checker finds errors" check
write cancel.c 'access_key_id = EMRS_TEXT("")' 'access_key_id = EMRS_TEXT("AKID")'
write cancel.c 'secret_access_key = EMRS_TEXT("")' 'secret_access_key = EMRS_TEXT("secret")'
says "the clock is not set; $nothing" "with credentials, it fails because there is no time"
write yours.c '.*include.*' '#include "emrs_posix.h"'
write yours.c 'ms = 0;' 'ms = emrs_posix_now(NULL).ms;'
write yours.c 'utc_s = 0;' 'utc_s = emrs_posix_now(NULL).utc_s;'
says "the endpoint is not secure; $nothing" "with the time, it fails because .confirmation is not set"
write yours.c 'EMRS_NOT_CONFIRMED' 'EMRS_CONFIRMED_CHAIN_NAME_AND_DATES'
says "TLS failed; $nothing" "with .confirmation set, it fails because there is no TLS stack"
says "checks failed" "then the checker still finds errors" check
write yours.c 'return -1; /\* TODO: 1 open' 'return 1; /* TODO: 1 open'
says "TLS protocol error" "the port is made once, so an open stream stays open" "port twice"
write sha256_slots.c 'YOURS_ENGINE 0' 'YOURS_ENGINE 1'
says "this device has no socket, memory, entropy or CA, or its hash failed; $nothing" "with YOURS_ENGINE 1, it fails because there is no hash engine"
cat "$scratch/missing" >"$scratch/log" 2>/dev/null
[ ! -s "$scratch/log" ]
verdict $? "each line that this test wrote is marked in the template"
echo "1..$count"
exit $status
