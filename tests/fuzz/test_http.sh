#!/bin/sh
# SPDX-License-Identifier: MIT
# Runs test_http.py on the seeds, with a Python that has h11 if there is one. Prints TAP.
# usage: tests/fuzz/test_http.sh [COUNT [SEED]]   after make fuzz-programs
cd "$(dirname "$0")/../.." || exit 2
scratch=$(mktemp -d) || exit 2
trap 'rm -rf "$scratch"' EXIT
for file in tests/fuzz/fuzz_*.c; do
    name=${file##*/fuzz_}
    mkdir "$scratch/${name%.*}"
done
build/fuzz/tests/fuzz/seeds "$scratch" || exit 1
python=python3
for each in python3 /usr/bin/python3; do
    if $each -c 'import h11' 2>/dev/null; then python=$each; break; fi
done
$python tests/fuzz/test_http.py build/fuzz/tests/fuzz/reader "$scratch/response" "$@"
