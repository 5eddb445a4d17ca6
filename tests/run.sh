#!/bin/sh
# SPDX-License-Identifier: MIT
# Runs test programs that print TAP ("ok 1 - name", "not ok 1 - name", "ok 1 - name # SKIP why"), several side by side.
# Prints one row per program when it ends, with its failures below. At the end prints all failures again, and one line
# with the counts.
# usage: tests/run.sh COMMAND...   each COMMAND is one word or a quoted shell command
#        tests/run.sh -            the commands are the lines of stdin
#
# JOBS   how many run side by side; the default is one more than the number of processors, because many of them wait.
#        For the programs themselves JOBS is 1
# SKIPS  a file with the names of the cases that may be skipped, one per line; any other skip is a failure
export CMOCKA_MESSAGE_OUTPUT=TAP
export ASAN_OPTIONS=detect_stack_use_after_return=0 UBSAN_OPTIONS=print_stacktrace=1
folder=$(mktemp -d) || exit 2
trap 'rm -rf "$folder"' EXIT
trap 'exit 130' INT TERM
jobs=${JOBS:-$(($(nproc) + 1))}
passed=0 failed=0 skipped=0

# For a skipped case cmocka 1.1.5 prints "not ok 1 # SKIP name", later versions "ok 1 # SKIP name".
unnamed_skips() { # prints the lines of $folder/skips that SKIPS does not name
    [ -n "${SKIPS:-}" ] || return 0
    sed -E 's/^(not )?ok *[0-9]*[ -]*//; s/^# *SKIP *//I; s/ *# *SKIP.*//I' "$folder/skips" | grep -vxF -f "$SKIPS" |
        sed "s|.*|not ok - skipped, and $SKIPS does not name it: &|"
}
# Prints each "not ok" line with the details that follow it. If a program crashed without such a line, prints the
# message of a sanitizer, a compiler or Python.
failures() { # failures LOG
    {
        grep -vi '^not ok .*# skip' "$1" | awk '/^not ok / { more = 12; print; next }
            /^ok / || /^1\.\./ { more = 0 }
            more-- > 0'
        cat "$folder/unnamed"
        grep -q '^not ok ' "$1" || grep -E -m 5 'ERROR: |runtime error: |Error: |error: |\*\*\* ' "$1"
    } | cut -c 1-2000 | head -n 100
}
report() { # report NUMBER: prints the row of the program of that number, which has ended, and counts its cases
    log=$folder/$1.log command=$(cat "$folder/$1.command") status=$(cat "$folder/$1.status")
    grep -iE '^(not )?ok .*# skip' "$log" >"$folder/skips"
    unnamed_skips >"$folder/unnamed"
    unnamed=$(grep -c '' "$folder/unnamed")
    skip=$(($(grep -c '' "$folder/skips") - unnamed))
    ok=$(grep '^ok ' "$log" | grep -vci '# skip')
    not_ok=$(($(grep '^not ok ' "$log" | grep -vci '# skip') + unnamed))
    planned=$(awk '/^1\.\.[0-9]/ { sum += substr($0, 4) } END { print sum + 0 }' "$log")
    # A program fails if it crashed, ran nothing, or ended before all its planned cases, whatever it printed before;
    # also if its status could not be written, as on a full disk.
    if [ "$status" != 0 ] && [ "$not_ok" -eq 0 ]; then not_ok=1; fi
    if [ "$((ok + skip + not_ok))" -lt "$planned" ] && [ "$not_ok" -eq 0 ]; then not_ok=1 status="$status, early"; fi
    if [ "$((ok + skip + not_ok))" -eq 0 ]; then not_ok=1 status=none; fi
    row=$(printf '%-52s %5d passed %3d failed %3d skipped' "${command#*tests/}" $ok $not_ok $skip)
    echo "$row"
    if [ "$not_ok" -gt 0 ]; then
        {
            failures "$log"
            echo "exit status: $status; the end of what it printed:"
            tail -n 30 "$log" | cut -c 1-2000
        } | sed 's/^/    /' | tee "$folder/shown"
        { echo "$row"; cat "$folder/shown"; } >>"$folder/failed"
    else
        grep '^# ' "$log" | grep -vE '^# (not )?ok ' | sed 's/^/    /'
    fi
    sed 's/^not /    /; s/^ok/    ok/' "$folder/skips"
    passed=$((passed + ok)) failed=$((failed + not_ok)) skipped=$((skipped + skip))
}

number=0
{ if [ "$*" = - ]; then cat; else printf '%s\n' "$@"; fi; } >"$folder/commands"
while IFS= read -r command; do
    number=$((number + 1))
    printf '%s\n' "$command" >"$folder/$number.command"
done <"$folder/commands"
# Programs start in the given order. Each prints its number when it has ended.
# shellcheck disable=SC2016  # the inner shell expands it
seq "$number" | JOBS=1 xargs -P "$jobs" -I {} sh -c '
    sh -c "$(cat "$1/{}.command")" >"$1/{}.log" 2>&1
    echo $? >"$1/{}.status"; echo {}' sh "$folder" | {
    ended=0
    while read -r which; do
        report "$which"
        ended=$((ended + 1))
    done
    if [ "$ended" -lt "$number" ]; then
        failed=$((failed + number - ended))
        echo "$((number - ended)) of $number programs did not run to their end" | tee -a "$folder/failed"
    fi
    if [ -s "$folder/failed" ]; then
        echo "What failed:"
        cat "$folder/failed"
    fi
    echo "$passed passed, $failed failed, $skipped skipped"
    [ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
}
