#!/bin/sh
# SPDX-License-Identifier: MIT
# Runs test programs that print TAP ("ok 1 - name", "not ok 1 - name", "ok 1 - name # SKIP why"), one
# after the other, shows what is not ok, and closes with one countable line.
# usage: tests/run.sh COMMAND...   each COMMAND is one word or a quoted shell command
export CMOCKA_MESSAGE_OUTPUT=TAP
export ASAN_OPTIONS=detect_stack_use_after_return=0 UBSAN_OPTIONS=print_stacktrace=1
log=$(mktemp) || exit 2
trap 'rm -f "$log"' EXIT
passed=0 failed=0 skipped=0
for command in "$@"; do
    sh -c "$command" >"$log" 2>&1
    status=$?
    # cmocka 1.1.5 says "not ok 1 # SKIP name" of what it skipped, later ones "ok 1 # SKIP".
    skip=$(grep -ciE '^(not )?ok .*# skip' "$log")
    ok=$(grep '^ok ' "$log" | grep -vci '# skip')
    not_ok=$(grep '^not ok ' "$log" | grep -vci '# skip')
    # A program that died, or ran nothing, is a failure whatever it printed before.
    if [ "$status" -ne 0 ] && [ "$not_ok" -eq 0 ]; then not_ok=1; fi
    if [ "$((ok + skip + not_ok))" -eq 0 ]; then not_ok=1; status=none; fi
    printf '%-52s %5d passed %3d failed %3d skipped\n' "${command#*tests/}" $ok $not_ok $skip
    if [ "$not_ok" -gt 0 ]; then sed 's/^/    /' "$log" | tail -n 60; echo "    exit status: $status"; fi
    grep -iE '^(not )?ok .*# skip' "$log" | sed 's/^not /    /; s/^ok/    ok/'
    grep '^# ' "$log" | grep -vE '^# (not )?ok ' | sed 's/^/    /'
    passed=$((passed + ok)) failed=$((failed + not_ok)) skipped=$((skipped + skip))
done
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
