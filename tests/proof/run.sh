#!/bin/sh
# SPDX-License-Identifier: MIT
# Runs each harness in three ways (README.md): proved, reached, and with controls. As many run at a time as there are
# processors, the longest first. Prints TAP, and writes the table.
# usage: tests/proof/run.sh CBMC TABLE [X...]   runs only prove_X.c and eva_X.c
#
# CONTROLS  the most controls per harness (1)
cd "$(dirname "$0")/../.." || exit 2
cbmc=$1 table=$2
shift 2
[ -x "$cbmc" ] || { echo "ok 1 - the proofs # SKIP there is no $cbmc"; exit 0; }
mkdir -p build
scratch=$(mktemp -d build/proof.XXXXXX) || exit 2 # a new folder, because another run may be under way
trap 'rm -rf "$scratch"' EXIT
trap 'exit 1' HUP INT TERM
last=tests/proof/RESULTS.md
count=0 status=0 most=${CONTROLS:-1}

verdict() { # verdict STATUS NAME [LOG]
    count=$((count + 1))
    if [ "$1" -eq 0 ]; then echo "ok $count - $2"; else
        echo "not ok $count - $2"
        [ -z "${3:-}" ] || grep -E ': (FAILURE|UNKNOWN)$|(PARSING|CONVERSION) ERROR|^error| error:|eva:alarm' "$3" |
            head -n 12 | sed 's/^/    /'
        status=1
    fi
}
field() { # field NAME: prints this field of $harness
    sed -n "s/^[ /]\* $1: //p" "tests/proof/$harness.c"
}

harnesses=
for file in tests/proof/prove_*.c tests/proof/eva_*.c; do
    harness=$(basename "$file" .c)
    case " $* " in "  " | *" ${harness#*_} "*) ;; *) continue ;; esac
    if [ "${harness%%_*}" = eva ] && ! command -v frama-c >/dev/null; then
        count=$((count + 1))
        echo "ok $count - $harness: proved by Eva too # SKIP there is no frama-c (Debian 12 has it: frama-c-base)"
        continue
    fi
    harnesses="$harnesses $harness"
done
for harness in $harnesses; do
    seconds=$(sed -nE "s/^\| \`$harness\` .* ([0-9]+) \|$/\1/p" $last)
    echo "0 ${seconds:-100} $harness proved"
    [ "${harness%%_*}" = eva ] || echo "1 ${seconds:-100} $harness reached"
    for control in $(seq "$(field control | head -n "$most" | grep -c .)"); do echo "1 ${seconds:-100} $harness $control"; done
done | sort -k1,1n -k2,2nr | cut -d' ' -f3- |
    xargs -P "$(nproc)" -L 1 tests/proof/one.sh "$cbmc" "$scratch"

rows=$scratch/rows
: >"$rows"
for harness in $harnesses; do
    log=$scratch/$harness.proved.log
    [ "$(cat "$scratch/$harness.proved.status")" = 0 ]
    verdict $? "$harness is proved" "$log"
    if [ "${harness%%_*}" = eva ]; then # statements that the analysis did not reach were not checked
        checks=-
        statements='In these functions, ([0-9]+) statements reached \(out of ([0-9]+)\): ([0-9]+)%.*'
        reached=$(sed -nE "s/^ *$statements/\1 of \2/p" "$log")
        percent=$(sed -nE "s/^ *$statements/\3/p" "$log")
        [ "${percent:-0}" -ge 95 ]
        verdict $? "$harness reaches ${reached:-no} statements"
    else
        checks=$(sed -nE 's/^\*\* [0-9]* of ([0-9]*) failed.*/\1/p' "$log" | tail -n 1)
        log=$scratch/$harness.reached.log
        wanted=$(grep -c '^ *REACHED(' "tests/proof/$harness.c")
        reached=$(grep -c 'reached: .*: FAILURE$' "$log")
        [ "$wanted" -gt 0 ] && [ "$reached" -eq "$wanted" ]
        verdict $? "$harness reaches $reached of $wanted places" "$log"
        grep 'reached: .*: SUCCESS$' "$log" | sed 's/^/    /'
    fi

    controls=$(field control | head -n "$most" | grep -c .)
    for control in $(seq "$controls"); do
        # Status 10: a property fails. If the defect does not compile, or the run takes too long, the status is another.
        [ "$(cat "$scratch/$harness.$control.status")" = 10 ]
        verdict $? "$harness fails at: $(cat "$scratch/$harness.$control.control")" "$scratch/$harness.$control.log"
    done
    [ "$controls" -gt 0 ] || verdict 1 "$harness has a control"
    seconds=$(cat "$scratch/$harness.proved.seconds")
    all=$(cat "$scratch/$harness".*.seconds | awk '{ sum += $1 } END { print sum }')
    echo "| \`$harness\` | $(field function) | $(field method) | $(field bound) | $checks | $reached | $controls | $all | $seconds |" >>"$rows"
    echo "# $harness: ${checks:-no} checks, $reached reached, in $seconds s; with its controls $all s"
done
[ -s "$rows" ] || verdict 1 "there is a harness"
{
    echo "# What was proved, and how long it took"
    echo
    echo "Written by \`make prove\`, never by hand. The seconds are processor time: \"s\" of the proof alone, \"all s\" with"
    echo "reachability and controls. SOUNDNESS.md says what it means."
    echo
    echo "| harness | functions | method | bound | checks | reached | controls | all s | s |"
    echo "|---|---|---|---|---|---|---|---|---|"
    cat "$rows"
    echo
    echo "By CBMC $("$cbmc" --version | sed 's/ .*//'), and Eva of Frama-C $(frama-c -version 2>/dev/null || echo '(not here: skipped)')."
} >"$table"
echo "1..$count"
exit $status
