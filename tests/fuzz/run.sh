#!/bin/sh
# SPDX-License-Identifier: MIT
# Runs one fuzz target: with a fixed number of runs, always the same ones; or for a given time, from its seeds and
# earlier findings. Keeps findings in build/fuzz/found. Prints TAP.
# usage: tests/fuzz/run.sh TARGET [SECONDS]   after make fuzz-programs
cd "$(dirname "$0")/../.." || exit 2
target=$1 seconds=${2:-}
programs=build/fuzz/tests/fuzz
scratch=$(mktemp -d) || exit 2
trap 'rm -rf "$scratch"' EXIT
case $target in # about five seconds each
call) runs=10000 ;;
response) runs=40000 ;;
provider | job_run) runs=20000 ;;
*) runs=60000 ;;
esac
mkdir -p build/fuzz/found "build/fuzz/corpus/$target" "$scratch/new"
for name in "$programs"/fuzz_*; do
    name=${name##*/fuzz_}
    mkdir -p "$scratch/seeds/${name%.*}"
done
"$programs/seeds" "$scratch/seeds" || { echo "not ok 1 - seeds"; exit 1; }
if [ -n "$seconds" ]; then
    set -- -max_total_time="$seconds" "build/fuzz/corpus/$target"
else # without the findings of earlier runs, so that all runs are the same
    set -- -runs="$runs" -seed=1 "$scratch/new"
fi
"$programs/fuzz_$target" -max_len=4096 -timeout=20 -print_final_stats=1 -artifact_prefix=build/fuzz/found/"$target"- \
    "$@" "$scratch/seeds/$target" >"$scratch/log" 2>&1
status=$?
executed=$(sed -n 's/^stat::number_of_executed_units: *//p' "$scratch/log")
if [ $status -ne 0 ]; then
    echo "not ok 1 - $target"
    grep -vE '^#[0-9]+' "$scratch/log" | tail -n 40 | sed 's/^/    /'
elif [ "${executed:-0}" -lt 1000 ]; then
    echo "not ok 1 - $target: ${executed:-0} executions are too few"
    status=1
else
    echo "ok 1 - $target"
fi
echo "# $target: ${executed:-0} executions from $(ls "$scratch/seeds/$target" | wc -l) seeds$(
    sed -n 's/.*\(DONE\) *cov: \([0-9]*\) ft: \([0-9]*\) corp: \([0-9]*\).*/, \2 edges, \4 inputs kept/p' "$scratch/log")"
echo "1..1"
exit $status
