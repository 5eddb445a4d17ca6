#!/bin/sh
# SPDX-License-Identifier: MIT
# Runs each harness three ways: everything is proved; whatever it says is reached, is; and with each of its
# controls, a defect planted in the core, it is not proved. As many runs at a time as there are processors,
# the longest first. Prints TAP, and writes the table.
# usage: tests/proof/run.sh CBMC TABLE JSMN_DIR [HARNESS...]   a HARNESS is the X of prove_X.c
cd "$(dirname "$0")/../.." || exit 2
cbmc=$1 table=$2 jsmn=$3
shift 3
[ -x "$cbmc" ] || { echo "ok 1 - the proofs # SKIP there is no $cbmc"; exit 0; }
mkdir -p build
scratch=$(mktemp -d build/proof.XXXXXX) || exit 2 # a run of its own: another may be under way
trap 'rm -rf "$scratch"' EXIT
trap 'exit 1' HUP INT TERM
last=tests/proof/RESULTS.md
count=0 status=0

verdict() { # verdict STATUS NAME [LOG]
    count=$((count + 1))
    if [ "$1" -eq 0 ]; then echo "ok $count - $2"; else
        echo "not ok $count - $2"
        [ -z "${3:-}" ] || grep -E ': (FAILURE|UNKNOWN)$|(PARSING|CONVERSION) ERROR|error' "$3" | head -n 12 | sed 's/^/    /'
        status=1
    fi
}
field() { # field NAME: of the harness at hand
    sed -n "s/^[ /]\* $1: //p" "tests/proof/prove_$name.c"
}

names=
for harness in tests/proof/prove_*.c; do
    name=$(basename "$harness" .c)
    name=${name#prove_}
    case " $* " in "  " | *" $name "*) names="$names $name" ;; esac
done
for name in $names; do
    seconds=$(sed -nE "s/^\| \`$name\` .* ([0-9]+) \|$/\1/p" $last)
    echo "0 ${seconds:-100} $name proved"
    echo "1 ${seconds:-100} $name reached"
    for control in $(seq "$(field control | grep -c .)"); do echo "1 ${seconds:-100} $name $control"; done
done | sort -k1,1n -k2,2nr | cut -d' ' -f3- |
    xargs -P "$(nproc)" -L 1 tests/proof/one.sh "$cbmc" "$jsmn" "$scratch"

rows=$scratch/rows
: >"$rows"
for name in $names; do
    log=$scratch/$name.proved.log
    grep -q '^VERIFICATION SUCCESSFUL' "$log" && [ "$(cat "$scratch/$name.proved.status")" = 0 ]
    verdict $? "$name is proved" "$log"
    checks=$(sed -n 's/^\*\* [0-9]* of \([0-9]*\) failed.*/\1/p' "$log" | tail -n 1)

    log=$scratch/$name.reached.log
    wanted=$(grep -c '^ *REACHED(' "tests/proof/prove_$name.c")
    reached=$(grep -c 'reached: .*: FAILURE$' "$log")
    [ "$wanted" -gt 0 ] && [ "$reached" -eq "$wanted" ]
    verdict $? "$name reaches $reached of $wanted places"
    grep 'reached: .*: SUCCESS$' "$log" | sed 's/^/    /'

    controls=$(field control | grep -c .)
    for control in $(seq "$controls"); do
        # 10 is a property that fails; a defect that does not compile, or needs too long, is another number.
        [ "$(cat "$scratch/$name.$control.status")" = 10 ]
        verdict $? "$name fails at: $(cat "$scratch/$name.$control.control")" "$scratch/$name.$control.log"
    done
    [ "$controls" -gt 0 ] || verdict 1 "$name has a control"
    seconds=$(cat "$scratch/$name.proved.seconds")
    all=$(cat "$scratch/$name".*.seconds | awk '{ sum += $1 } END { print sum }')
    echo "| \`$name\` | $(field function) | $(field method) | $(field bound) | $checks | $reached | $controls | $seconds |" >>"$rows"
    echo "# $name: $checks checks in $seconds s; with its controls $all s"
done
[ -s "$rows" ] || verdict 1 "there is a harness"
{
    echo "# What was proved, and how long it took"
    echo
    echo "Written by \`make prove\`, never by hand; the seconds are one processor's. What it means: SOUNDNESS.md."
    echo
    echo "| harness | functions | method | bound | checks | reached | controls | seconds |"
    echo "|---|---|---|---|---|---|---|---|"
    cat "$rows"
    echo
    echo "By CBMC $("$cbmc" --version | sed 's/ .*//')."
} >"$table"
echo "1..$count"
exit $status
