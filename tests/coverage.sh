#!/bin/sh
# SPDX-License-Identifier: MIT
# Checks that the unit programs, which have just run in BUILD, execute every line and branch of core/. There are no
# exceptions: code that cannot be reached is deleted, or a test is written for it. Prints TAP.
# usage: tests/coverage.sh BUILD   made with --coverage
cd "$(dirname "$0")/.." || exit 2
objects=$1/core
# Reads gcovr's columns by name, because versions of gcovr have different ones. Reads only the counts of the core's own
# objects, because tests include core's headers too.
counted() { gcovr --root . --filter core/ --exclude core/jsmn.h "$@" -- "$objects"; }
counted --csv | awk -F, -v want="$(grep -c . core/sources.txt)" '
    NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
    {
        file = $at["filename"]
        lines = $at["line_total"]; line = $at["line_covered"]
        branches = $at["branch_total"]; branch = $at["branch_covered"]
        bad = lines == 0 || line != lines || branch != branches
        print (bad ? "not " : "") "ok - " file ": lines " line "/" lines ", branches " branch "/" branches
        red += bad; sources += file ~ /\.c$/
        all_lines += lines; all_line += line; all_branches += branches; all_branch += branch
    }
    END {
        if (sources != want) { print "not ok - " sources + 0 " of " want " sources were counted"; red++ }
        print "# core: lines " all_line "/" all_lines ", branches " all_branch "/" all_branches ", exceptions 0"
        exit red > 0
    }'
status=$?
if [ $status -ne 0 ]; then
    counted --txt
    counted --txt --branches
fi | sed -n '/ 100%/d; / --%/d; s/^core/    &/p'
exit $status
