#!/bin/sh
# SPDX-License-Identifier: MIT
# Runs a test program if a file that it needs exists. Otherwise the program is skipped. FILE may also be a name
# that is no file, as in test.sh: then the program is always skipped, and the message has this name.
# usage: tests/optional.sh FILE COMMAND...
file=$1
shift
[ ! -e "$file" ] || exec "$@"
echo "ok 1 - $* # SKIP there is no $file"
