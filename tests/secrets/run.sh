#!/bin/sh
# SPDX-License-Identifier: MIT
# Checks that no branch and no array index depends on a secret. The core, with its normal options, makes calls under
# memcheck, which tracks the secrets (poisoned.c). The controls are planted defects, which must be found. Prints TAP.
# usage: tests/secrets/run.sh
cd "$(dirname "$0")/../.." || exit 2
scratch=$(mktemp -d) || exit 2
trap 'rm -rf "$scratch"' EXIT
count=0 status=0

# The lines that may depend on a secret: they use only the one-bit result of a comparison or a scan.
allowed() {
    cat <<'EOF'
if (is_same(key->origin, origin))
return difference == 0;
return (outside >> 31) != 0 ? EMRS_RULE_BYTE : EMRS_RULE_NONE;
EOF
}
verdict() { # verdict STATUS NAME: prints the end of the log if STATUS is not 0
    count=$((count + 1))
    if [ "$1" -eq 0 ]; then echo "ok $count - $2"; return; fi
    echo "not ok $count - $2"
    tail -n 40 "$scratch/log" | sed 's/^/    /'
    status=1
}
# run CORE COMPILER FLAGS [HASH]: writes the findings that are not allowed to $scratch/bad; returns 1 if there are any.
# HASH is another hash than the core's, with its library.
run() {
    files=$(sed "s|^core/|$1/|" core/sources.txt)
    [ -z "${4:-}" ] || files="$(echo "$files" | grep -v '/sha256\.c$') $4"
    # shellcheck disable=SC2086 # flags and files are words
    "$2" -std=c99 $3 -gdwarf-4 -Iinclude -iquote "$1" \
        -Wl,--wrap=emrs_secret_check -o "$scratch/poisoned" tests/secrets/poisoned.c $files \
        >"$scratch/log" 2>&1 || return 3
    valgrind --fullpath-after= --error-limit=no --log-file="$scratch/valgrind" "$scratch/poisoned" >"$scratch/log" 2>&1
    code=$?
    cat "$scratch/valgrind" >>"$scratch/log"
    grep -q 'ERROR SUMMARY' "$scratch/valgrind" || return 4
    # Writes the source line of each finding, or its place if there is no source.
    awk '/ (Conditional jump|Use of uninit|Invalid|Syscall)/ { wanted = 1; next } wanted { print; wanted = 0 }' \
        "$scratch/valgrind" | sed -n 's/.* at 0x[0-9A-F]*: //p' | while read -r place; do
        source=${place##*(} line=${place##*:}
        source=${source%:*} line=${line%)}
        text=$(sed -n "${line}s/^ *//p" "$source" 2>/dev/null)
        echo "${text:-$place}"
    done | sort -u >"$scratch/findings"
    allowed >"$scratch/allowed"
    grep -vxFf "$scratch/allowed" "$scratch/findings" >"$scratch/bad"
    sed 's/^/finding: /' "$scratch/bad" >>"$scratch/log"
    [ "$code" -eq 0 ] && [ ! -s "$scratch/bad" ]
}

if ! command -v valgrind >/dev/null || [ ! -e /usr/include/valgrind/memcheck.h ]; then
    echo "ok 1 - no branch on a secret # SKIP there is no valgrind"
    exit 0
fi
for compiler in gcc clang; do
    command -v "$compiler" >/dev/null || continue
    for level in -O2 -Os -O3; do
        run core "$compiler" "$level"
        verdict $? "$compiler $level: no branch and no index on a secret, except on the one-bit result of a comparison"
    done
done
run core gcc -O2 "port/mbedtls/sha256.c -lmbedcrypto"
verdict $? "gcc -O2 with mbedTLS's hash: no branch and no index on a secret, as above"

# The controls show that the marks arrive at these places, and that a use of them is reported.
plant() { # plant FILE SED WHAT: a core with a defect
    rm -rf "$scratch/core"
    cp -r core "$scratch/core"
    sed -i "$2" "$scratch/core/$1"
    cmp -s "core/$1" "$scratch/core/$1" && echo "the defect changes nothing" >"$scratch/log" && verdict 1 "$3" && return
    run "$scratch/core" gcc -O2
    [ $? -eq 1 ] # reported by memcheck or by the program; a build or a run that failed does not count
    verdict $? "the control: $3 is reported"
}
plant sign.c 's/difference |= .*/if (a[i] != b[i]) return false;/' "a comparison that ends early"
plant id.c 's/outside |= .*/if (byte < 0x21u || byte > 0x7eu) return EMRS_RULE_BYTE;/' "a scan that ends early"
plant sha256.c 's/constants\[t\]/constants[(t + word) % 64u]/' "a hash that takes a constant by its bytes"
plant text.c 's/return (char)(.0. + digit .*/return "0123456789abcdef"[digit];/' "a digit from a table"
plant call.c 's/^    emrs_wipe((char .)config->work + call->kept_size, config->work_size - call->kept_size);//' "a signature that stays"
plant client.c 's/emrs_wipe(&client->key, sizeof client->key)/emrs_wipe(\&client->key, 8)/' "a key that is not forgotten"
echo "1..$count"
exit $status
