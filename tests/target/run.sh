#!/bin/sh
# SPDX-License-Identifier: MIT
# Builds the vectors for a target, and runs them there under an emulator. Prints TAP.
# usage: tests/target/run.sh NAME [MBEDTLS_DIR]   NAME: mps2-an385, lm3s6965evb, powerpc
cd "$(dirname "$0")/../.." || exit 2
name=${1:?usage: tests/target/run.sh NAME [MBEDTLS_DIR]}
mbedtls=${2:-build/deps/mbedtls}
image=build/target/$name
case $name in
powerpc)
    compiler=powerpc-linux-gnu-gcc words="words of 32 bits, big-endian, char unsigned"
    set -- qemu-ppc "$image"
    ;;
mps2-an385 | lm3s6965evb)
    compiler=arm-none-eabi-gcc words="words of 32 bits, little-endian, char unsigned"
    set -- qemu-system-arm -M "$name" -display none -monitor none -serial none -nic none \
        -semihosting-config enable=on,target=native -kernel "$image"
    ;;
*) echo "run: no target $name" >&2 && exit 2 ;;
esac
for tool in $compiler "$1"; do
    command -v "$tool" >/dev/null || { echo "ok 1 - the vectors on $name # SKIP there is no $tool"; exit 0; }
done
source=$mbedtls/library/sha256.c
[ -e "$source" ] || { echo "ok 1 - the vectors on $name # SKIP there is no $source (make deps)"; exit 0; }
log=$(mktemp) || exit 2
trap 'rm -f "$log"' EXIT
# Two targets share objects, so one is built at a time.
mkdir -p build/target
if ! flock build/target make --no-print-directory -s -j"${JOBS:-$(nproc)}" WERROR=1 MBEDTLS_DIR="$mbedtls" "target-$name" \
    >"$log" 2>&1; then
    echo "not ok 1 - the vectors build for $name"
    sed 's/^/    /' "$log"
    exit 1
fi
timeout 300 "$@" >"$log" 2>&1 </dev/null
status=$?
grep -E '^(ok|not ok|#|Bail out)' "$log"
# Status 1 means that a row is not ok, which is printed above. Any other status, or a wrong number of
# rows, means that the image died. It also prints its word size and byte order, which must fit its name.
count=$(grep -cE '^(not )?ok ' "$log")
if [ $status -le 1 ] && grep -q "^1\.\.$count$" "$log" && grep -q "^# $words$" "$log"; then
    echo "ok $((count + 1)) - $name ran to its end: $words"
else
    echo "not ok $((count + 1)) - $name ran to its end: $words: exit status $status"
    tail -n 3 "$log" | sed 's/^/    /'
    status=1
fi
echo "1..$((count + 1))"
exit $status
