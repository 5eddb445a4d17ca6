#!/bin/sh
# SPDX-License-Identifier: MIT
# The README's example compiles with the README's command, and does what it says. Prints TAP.
# usage: tests/readme.sh   after make
cd "$(dirname "$0")/.." || exit 2
scratch=$(mktemp -d) || exit 2
trap 'rm -rf "$scratch"' EXIT
status=0
sed -n '/^```c$/,/^```$/p' README.md | sed '/^```/d' >"$scratch/example.c"
# Nobody listens there; everything else is the example's own.
sed -i 's|\.region = |.endpoint = EMRS_TEXT("https://127.0.0.1:1"), &|' "$scratch/example.c"
cat >>"$scratch/example.c" <<'C'
int main(void)
{
    mbedtls_x509_crt trust;
    mbedtls_x509_crt_init(&trust);
    cancel(&(emrs_credentials){EMRS_TEXT("AKID"), EMRS_TEXT("secret"), EMRS_TEXT("")}, &trust);
    return 0;
}
C
command=$(sed -n 's/^    \(cc .*example\.c.*\)/\1/p' README.md | sed "s|example.c|$scratch/example.c|")
if sh -c "$command -Wall -Wextra -Werror -o $scratch/example" >"$scratch/log" 2>&1; then
    echo "ok 1 - the README's example compiles with the README's command"
else
    echo "not ok 1 - the README's example compiles with the README's command"
    sed 's/^/    /' "$scratch/log"
    status=1
fi
said=$("$scratch/example" 2>&1)
if [ "$said" = "could not connect, or the connection was lost; nothing was sent: the job run was not cancelled" ]; then
    echo "ok 2 - the README's example runs"
else
    echo "not ok 2 - the README's example runs: $said"
    status=1
fi
echo "1..2"
exit $status
