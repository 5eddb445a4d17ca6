#!/bin/sh
# SPDX-License-Identifier: MIT
# Runs each harness three ways: everything is proved; whatever it says is reached, is; and with each of its
# controls, a defect planted in the core, it is not proved. Prints TAP, and writes the table.
# usage: tests/proof/run.sh CBMC TABLE JSMN_DIR [HARNESS...]   a HARNESS is the X of prove_X.c
cd "$(dirname "$0")/../.." || exit 2
cbmc=$1 table=$2 jsmn=$3
shift 3
[ -x "$cbmc" ] || { echo "ok 1 - the proofs # SKIP there is no $cbmc"; exit 0; }
mkdir -p build
scratch=$(mktemp -d build/proof.XXXXXX) || exit 2 # a run of its own: another may be under way
trap 'rm -rf "$scratch"' EXIT
trap 'exit 1' HUP INT TERM
limit=120 # seconds a run; none of them takes as long alone on a core
count=0 status=0

verdict() { # verdict STATUS NAME [LOG]
    count=$((count + 1))
    if [ "$1" -eq 0 ]; then echo "ok $count - $2"; else
        echo "not ok $count - $2"
        [ -z "${3:-}" ] || grep -E ': (FAILURE|UNKNOWN)$|(PARSING|CONVERSION) ERROR| error' "$3" | head -n 12 | sed 's/^/    /'
        status=1
    fi
}
# Every member of the state that is an array: CBMC is told its bounds at each index (proof.h).
members=$(sed -nE 's/^ .* \*?([a-z_]+)\[[^]]+\];.*/\1/p' include/emrs_state.h | sort -u | paste -sd'|')
instrument() { # instrument FOLDER: the core, indices said aloud
    sed -i -E "s/(([a-z_]+(->|\.))+)($members)\[([^][]+)\]/\1\4[proof_index(\5, sizeof \1\4 \/ sizeof *\1\4)]/g" \
        "$1"/*.c
}
field() { # field NAME: of the harness at hand
    sed -n "s/^[ /]\* $1: //p" "$harness"
}
prove() { # prove LOG CORE OPTIONS...
    log=$1 core=$2
    shift 2
    # shellcheck disable=SC2046
    timeout $limit "$cbmc" "$harness" --function proof -I include -I "$core" -I tests/proof -I "$jsmn" \
        --pointer-overflow-check $(field options) --unwind "$(field unwind)" "$@" >"$log" 2>&1
}

mkdir $scratch/core
cp core/*.[ch] $scratch/core
instrument $scratch/core
grep -q 'proof_index' $scratch/core/response.c && grep -q 'proof_index' $scratch/core/call.c
verdict $? "indices into members are said aloud: $members"

rows=$scratch/rows
: >$rows
for harness in tests/proof/prove_*.c; do
    name=$(basename "$harness" .c)
    name=${name#prove_}
    case " $* " in "  " | *" $name "*) ;; *) continue ;; esac
    log=$scratch/$name.log
    start=$(date +%s)
    prove "$log" $scratch/core && grep -q '^VERIFICATION SUCCESSFUL' "$log"
    verdict $? "$name is proved" "$log"
    seconds=$(($(date +%s) - start))
    checks=$(sed -n 's/^\*\* [0-9]* of \([0-9]*\) failed.*/\1/p' "$log")

    wanted=$(grep -c '^ *REACHED(' "$harness")
    prove "$scratch/$name.reached" $scratch/core -DREACH --no-standard-checks
    reached=$(grep -c 'reached: .*: FAILURE$' "$scratch/$name.reached")
    [ "$wanted" -gt 0 ] && [ "$reached" -eq "$wanted" ]
    verdict $? "$name reaches $reached of $wanted places"
    grep 'reached: .*: SUCCESS$' "$scratch/$name.reached" | sed 's/^/    /'

    controls=0
    field control >$scratch/controls
    while read -r file defect; do
        controls=$((controls + 1))
        rm -rf $scratch/planted
        mkdir $scratch/planted
        cp core/*.[ch] $scratch/planted
        sed -i "$defect" "$scratch/planted/$file"
        if cmp -s "core/$file" "$scratch/planted/$file"; then
            verdict 1 "$name: the control changes nothing: $file $defect"
            continue
        fi
        instrument $scratch/planted
        # 10 is a property that fails; a defect that does not compile is another number.
        # shellcheck disable=SC2046
        prove $scratch/$name.planted $scratch/planted --stop-on-fail $(field claims) </dev/null
        [ $? -eq 10 ]
        verdict $? "$name fails at: $file: $defect"
    done <$scratch/controls
    [ $controls -gt 0 ] || verdict 1 "$name has a control"
    echo "| \`$name\` | $(field function) | $(field method) | $(field bound) | $checks | $reached | $controls | $seconds |" >>$rows
    echo "# $name: $checks checks in $seconds s"
done
[ -s $rows ] || verdict 1 "there is a harness"
{
    echo "# What was proved, and how long it took"
    echo
    echo "Written by \`make prove\`, never by hand; the seconds are one machine's. What it means: SOUNDNESS.md."
    echo
    echo "| harness | functions | method | bound | checks | reached | controls | seconds |"
    echo "|---|---|---|---|---|---|---|---|"
    cat $rows
    echo
    echo "By CBMC $("$cbmc" --version | sed 's/ .*//')."
} >"$table"
echo "1..$count"
exit $status
