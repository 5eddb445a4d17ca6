#!/bin/sh
# SPDX-License-Identifier: MIT
# Runs a test program if a file that it needs exists. Otherwise the program is skipped. FILE may also be the name of
# something else that is missing.
# usage: tests/optional.sh FILE COMMAND...
file=$1
shift
[ ! -e "$file" ] || exec "$@"
echo "ok 1 - $* # SKIP there is no $file"
