#!/bin/sh
# SPDX-License-Identifier: MIT
# Runs a target that takes too long for every change, and stores its result in tests/LONG.md: its lines that begin with
# "# ", and its last line. If the run fails, nothing is stored.
# usage: tests/long.sh TARGET [VARIABLE=VALUE...]
set -eu
cd "$(dirname "$0")/.."
target=${1:?usage: tests/long.sh TARGET [VARIABLE=VALUE...]}
page=tests/LONG.md
commit=$(git describe --always --dirty --abbrev=8)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
start=$(date +%s)
{ make --no-print-directory "$@" && : >"$scratch/green"; } | tee "$scratch/log"
[ -e "$scratch/green" ] || { echo "long: make $* failed: $page stays as it was" >&2; exit 1; }
seconds=$(($(date +%s) - start))

[ -e "$page" ] || cat >"$page" <<'END'
# The long targets, and their last results

Written by `tests/long.sh TARGET`, never by hand. These targets take too long to run for every change. Run one before a
release, and after a change to the code that it tests.
END
# One section per target, the newest run last.
awk -v heading="## make $target" '$0 == heading { skip = 1; next } /^## / { skip = 0 } !skip' "$page" >"$scratch/page"
{
    sed -e :a -e '/^\n*$/{$d;N;ba' -e '}' "$scratch/page"
    printf '\n## make %s\n\n%s, commit %s, %d s%s\n\n' "$target" "$(date -u +%Y-%m-%d)" "$commit" "$seconds" \
        "$([ $# -eq 1 ] || echo ": make $*")"
    { grep -E '^ *# ' "$scratch/log" | sed 's/^ *//'; grep -E '^[0-9]+ passed' "$scratch/log" | tail -n 1; } |
        grep -vE '^# (not )?ok ' | sed 's/^/    /'
} >"$page"
