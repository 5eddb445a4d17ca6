#!/bin/sh
# SPDX-License-Identifier: MIT
# Runs one harness one way. Leaves FOLDER/X.WAY.log, .status (what the tool said, as a number) and .seconds (of
# the processor, so that a busy machine changes nothing).
# usage: tests/proof/one.sh CBMC JSMN_DIR FOLDER X WAY   WAY: proved, reached, or N: with its Nth control planted
cbmc=$1 jsmn=$2 folder=$3 name=$4 way=$5
harness=tests/proof/prove_$name.c
out=$folder/$name.$way
core=$folder/core.$name.$way
field() { # field NAME: of the harness
    sed -n "s/^[ /]\* $1: //p" "$harness"
}

mkdir "$core"
cp core/*.[ch] "$core"
case $way in
proved) set -- ;;
reached) set -- -DREACH --no-standard-checks ;;
*)
    field control | sed -n "${way}p" >"$out.control"
    read -r file defect <"$out.control"
    sed -i "$defect" "$core/$file"
    if cmp -s "core/$file" "$core/$file"; then
        echo "the control changes nothing: error" >"$out.log"
        echo changes-nothing >"$out.status"
        exit 0
    fi
    # shellcheck disable=SC2046
    set -- --stop-on-fail $(field claims)
    ;;
esac
# Every member of the state that is an array: CBMC is told its bounds at each index (proof.h).
members=$(sed -nE 's/^ .* \*?([a-z_]+)\[[^]]+\];.*/\1/p' include/emrs_state.h | sort -u | paste -sd'|')
sed -i -E "s/(([a-z_]+(->|\.))+)($members)\[([^][]+)\]/\1\4[proof_index(\5, sizeof \1\4 \/ sizeof *\1\4)]/g" \
    "$core"/*.c

ulimit -t 240
# shellcheck disable=SC2046
"$cbmc" "$harness" --function proof -I include -I "$core" -I tests/proof -I "$jsmn" \
    --pointer-overflow-check $(field options) --unwind "$(field unwind)" "$@" >"$out.log" 2>&1
echo $? >"$out.status"
times >"$out.times" # the second line: of those it waited for
sed -nE '2s/^([0-9]+)m([0-9]+).*/\1 \2/p' "$out.times" |
    { read -r minutes seconds && echo $((minutes * 60 + seconds)) >"$out.seconds"; }
rm -rf "$core"
