#!/bin/sh
# SPDX-License-Identifier: MIT
# Runs one harness in one way. Writes FOLDER/HARNESS.WAY.log, .status (the exit status of the tool) and .seconds
# (processor time, which does not depend on how busy the machine is).
# usage: tests/proof/one.sh CBMC FOLDER HARNESS WAY
#        WAY: proved, reached, or N: with its Nth control planted
cbmc=$1 folder=$2 harness=$3 way=$4
source=tests/proof/$harness.c
out=$folder/$harness.$way
core=$folder/core.$harness.$way
field() { # field NAME: prints this field of the harness's head comment
    sed -n "s/^[ /]\* $1: //p" "$source"
}

mkdir "$core"
# shellcheck disable=SC2046 # one word per file
cp $(cat core/sources.txt) core/*.h include/*.h "$core"
field instead | while read -r file change; do
    cp "$core/$file" "$core/before"
    sed -i "$change" "$core/$file"
    ! cmp -s "$core/before" "$core/$file" || echo "#error instead: changes nothing" >>"$core/$file"
done
options=
case $way in
proved) ;;
reached) options="-DREACH --no-standard-checks" ;;
*)
    options="--stop-on-fail $(field claims)"
    field control | sed -n "${way}p" >"$out.control"
    read -r file defect <"$out.control"
    cp "$core/$file" "$core/before"
    sed -i "$defect" "$core/$file"
    if cmp -s "$core/before" "$core/$file"; then
        echo "error: the control changes nothing" >"$out.log"
        echo none >"$out.status"
        exit 0
    fi
    ;;
esac

ulimit -t 240
case $harness in
eva_*) # it links the core's own files, and sees an index that leaves a member
    # shellcheck disable=SC2046
    frama-c -eva -eva-precision 3 -machdep gcc_x86_64 -cpp-extra-args="-I$core" -main proof "$source" \
        $(field sources | tr ' ' '\n' | sed "s|^|$core/|") >"$out.log" 2>&1
    status=$?
    if [ "$status" -eq 0 ] && ! grep -q ' 0 alarms generated' "$out.log"; then status=10; fi
    ;;
*)
    # Puts a check of the bounds at each index into a member array of the state (proof.h).
    members=$(sed -nE 's/^ .* \*?([a-z_]+)\[[^]]+\];.*/\1/p' include/emrs_state.h include/emrs_sha256.h | sort -u | paste -sd'|')
    sed -i -E "s/(([a-z_]+(->|\.))+)($members)\[([^][]+)\]/\1\4[proof_index(\5, sizeof \1\4 \/ sizeof *\1\4)]/g" \
        "$core"/*.c
    # shellcheck disable=SC2046,SC2086
    "$cbmc" "$source" --function proof -I "$core" -I tests/proof \
        --pointer-overflow-check $(field options) --unwind "$(field unwind)" $options >"$out.log" 2>&1
    status=$?
    ;;
esac
echo $status >"$out.status"
times >"$out.times" # its second line has the times of the child processes
sed -nE '2s/^([0-9]+)m([0-9]+).*/\1 \2/p' "$out.times" |
    { read -r minutes seconds && echo $((minutes * 60 + seconds)) >"$out.seconds"; }
rm -rf "$core"
