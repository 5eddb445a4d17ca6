#!/bin/sh
# SPDX-License-Identifier: MIT
# Checks that the images have no libc heap and the right roots, and do not link if something is missing. Checks faults,
# the stack and the clock with small programs under the emulator. Prints TAP.
# usage: tests/images.sh   after make images
cd "$(dirname "$0")/.." || exit 2
cross=${CROSS:-arm-none-eabi-}
folder=build/firmware
command -v "${cross}gcc" >/dev/null || { echo "ok 1 - images # SKIP there is no ${cross}gcc"; exit 0; }
scratch=$(mktemp -d) || exit 2
trap 'rm -rf "$scratch"' EXIT
count=0 status=0
verdict() { # verdict STATUS NAME [DETAIL]
    count=$((count + 1))
    if [ "$1" -eq 0 ]; then echo "ok $count - $2"; else
        echo "not ok $count - $2: $3"
        status=1
    fi
}

for image in $folder/*.elf; do
    name=$(basename "$image" .elf)
    heap=$("${cross}nm" "$image" | grep -E ' [TtWw] _?(malloc|calloc|realloc|free|_malloc_r|_free_r|_sbrk|sbrk)$')
    [ -z "$heap" ]
    verdict $? "$name has no malloc, calloc, realloc, free, sbrk" "$heap"
    "${cross}nm" "$image" | grep -q ' emrs_operation_cancel_job_run$'
    verdict $? "nm lists the symbols of $name" "no emrs_operation_cancel_job_run"
    looks=$("${cross}nm" "$image" | grep ' emrs_operation_get_job_run$')
    case $name in *-iot) [ -n "$looks" ] ;; *) [ -z "$looks" ] ;; esac
    verdict $? "$name has GetJobRun if it is an -iot image, and only then" "$looks"
done

# Finds the roots of an image by the bytes in its flash.
roots() { # roots IMAGE: prints one SHA-256 per line
    "${cross}objcopy" -O binary --only-section=.text "$1" "$scratch/text"
    "${cross}nm" -S "$1" | sed -n 's/^\([0-9a-f]*\) \([0-9a-f]*\) [rRtT] root_[0-9]*$/\1 \2/p' |
        while read -r at size; do
            tail -c +$((0x$at + 1)) "$scratch/text" | head -c $((0x$size)) | sha256sum | cut -d' ' -f1
        done | sort
}
# amazontrust.com/repository: Amazon Root CA 1 to 4, Starfield Services Root G2
cat >"$scratch/amazon" <<'EOF'
18ce6cfe7bf14e60b2e347b8dfe868cb31d02ebb3ada271569f50343b46db3a4
1ba5b2aa8c65401a82960118f80bec4f62304d83cec4713a19c39c011ea46db4
568d6905a2c88708a4b3025190edcfedb1974a606a13c6e5290fcb2ae63edab5
8ecde6884f3d87b1125ba31ac3fcb13d7016de7f57cc904fe1cb97c6ae98196e
e35d28419ed02025cfa69038cd623962458da5c695fbdea3c22b0bfb25897092
EOF
for image in $folder/*.elf; do
    name=$(basename "$image" .elf)
    roots "$image" >"$scratch/roots"
    case $name in
    *-production)
        cmp -s "$scratch/roots" "$scratch/amazon"
        verdict $? "$name trusts the five Amazon roots and no other CA" "$(cat "$scratch/roots")"
        ! strings "$image" | grep -q 'throw-away'
        verdict $? "$name carries no test CA" "one is there"
        ;;
    *)
        [ "$(comm -12 "$scratch/roots" "$scratch/amazon" | wc -l)" -eq 5 ] && strings "$image" | grep -q 'throw-away'
        verdict $? "$name trusts the Amazon roots and test CAs" "$(cat "$scratch/roots")"
        ;;
    esac
done

# The limit for the flash of the small board's production image.
most=$((108 * 1024))
flash=$("${cross}size" $folder/lm3s6965evb-production.elf | awk 'NR == 2 { print $1 + $2 }')
[ "${flash:-$((most + 1))}" -le $most ]
verdict $? "lm3s6965evb-production takes $flash of $most bytes of flash" "too much"

# The conditions of bare.ld: a program that meets them links, and one that does not, does not link.
link() { # link SOURCE [STACK_SIZE]
    echo "$1" >"$scratch/try.c"
    "${cross}gcc" -mcpu=cortex-m3 -mthumb -Os -nostartfiles --specs=nano.specs -Wl,--gc-sections \
        -Wl,--defsym=STACK_SIZE="${2:-1024}" -Lboards/bare -Tboards/lm3s6965evb/board.ld -o "$scratch/try.elf" \
        "$scratch/try.c" >"$scratch/log" 2>&1
}
entropy='int board_entropy(void) { return 0; }'
link "$entropy int reset(void); int reset(void) { return board_entropy(); }"
verdict $? "a program with an entropy source links" "$(tail -n 3 "$scratch/log")"
link 'int reset(void); int reset(void) { return 0; }'
[ $? -ne 0 ] && grep -q 'no entropy source: write board_entropy' "$scratch/log"
verdict $? "a program without an entropy source does not link, and the message says what to write" "$(tail -n 3 "$scratch/log")"
link "#include <stdlib.h>
$entropy void *reset(void); void *reset(void) { return malloc((size_t)board_entropy()); }"
[ $? -ne 0 ] && grep -q 'uses the libc heap' "$scratch/log"
verdict $? "a program that calls malloc does not link, and the message says why" "$(tail -n 3 "$scratch/log")"

link "$entropy int reset(void); int reset(void) { return board_entropy(); }" 1020
[ $? -ne 0 ] && grep -q 'STACK_SIZE is no multiple of 8' "$scratch/log"
verdict $? "a stack of 1020 bytes does not link" "$(tail -n 3 "$scratch/log")"
link "$entropy static volatile char most[50000]; int reset(void); int reset(void) { return board_entropy() + most[0]; }"
[ $? -ne 0 ] && grep -q 'RAM is left for TLS' "$scratch/log"
verdict $? "a program that leaves TLS no RAM does not link" "$(tail -n 3 "$scratch/log")"

# Runs small programs on the boards' startup.c, and checks what they print and how they end.
start() { # start BOARD: links $scratch/try.c with 3072 bytes of stack, and runs it      out: $code, $scratch/log
    code=none
    "${cross}gcc" -std=c99 -mcpu=cortex-m3 -mthumb -Os -flto -nostartfiles --specs=nano.specs -Wl,--gc-sections -Iboards/bare \
        -DBOARD_CPU_HZ=12500000u -Wl,--defsym=STACK_SIZE=3072 -Lboards/bare -Tboards/"$1"/board.ld -o "$scratch/try.elf" \
        "$scratch/try.c" boards/bare/startup.c boards/qemu/semihosting.c boards/bare/tick.c boards/bare/string.c >"$scratch/log" 2>&1 || return
    timeout 60 qemu-system-arm -M "$1" -kernel "$scratch/try.elf" -display none -monitor none -serial none -nic none \
        -semihosting-config enable=on,target=native >"$scratch/log" 2>&1
    code=$?
}
for board in lm3s6965evb mps2-an385; do
    if ! command -v qemu-system-arm >/dev/null; then
        count=$((count + 1))
        echo "ok $count - programs on $board # SKIP there is no qemu-system-arm"
        continue
    fi
    cat >"$scratch/try.c" <<'EOF'
int main(void);
int main(void)
{
    __asm__ volatile("mov sp, %0\n udf #0" : : "r"(NO_RAM));
    return 0;
}
EOF
    # The address below the stack. The emulator faults there when it pushes an exception frame, but not at a write.
    no_ram=0x1ffffff0u
    [ $board = lm3s6965evb ] || no_ram=0xfffffff0u
    sed -i "1i #define NO_RAM $no_ram" "$scratch/try.c"
    start $board
    [ "$code" = 99 ] && grep -q '^fault: ' "$scratch/log"
    verdict $? "a stack overflow on $board ends with a line that begins with fault: and with exit code 99" "code $code, $(tail -n 1 "$scratch/log")"
    cat >"$scratch/try.c" <<'EOF'
#include "board.h"
#include "startup.h"
#include "tick.h"
int main(void);
int main(void)
{
    size_t size = stack_size(), used = stack_used();
    volatile uint32_t kept[200];
    tick_start();
    for (uint32_t i = 0; i < 200; i++)
        kept[i] = i;
    while (tick_ms() < 3) {
    }
    for (uint32_t i = 0; i < 200; i++)
        if (kept[i] != i)
            return 1;
    if (size != 3072 || stack_size() != size)
        return 2;
    return stack_used() < sizeof kept || stack_used() < used || stack_used() > size ? 3 : 0;
}
EOF
    start $board
    [ "$code" = 0 ]
    verdict $? "the stack is painted below main's frame on $board" "code $code, $(tail -n 1 "$scratch/log")"
    cat >"$scratch/try.c" <<'EOF'
#include <stdint.h>
#include <string.h>
int main(void);
static uint8_t is[64], must[64], before[64];
static int moves(size_t to, size_t from, size_t size)
{
    for (size_t i = 0; i < sizeof is; i++)
        is[i] = must[i] = before[i] = (uint8_t)(i * 7 + 1);
    for (size_t i = 0; i < size; i++)
        must[to + i] = before[from + i];
    void *back = to + size <= from || from + size <= to ? memcpy(is + to, is + from, size)
                                                        : memmove(is + to, is + from, size);
    return back == is + to && memcmp(is, must, sizeof is) == 0;
}
int main(void)
{
    volatile char text[] = "abc";
    const char *abc = (const char *)text;
    for (size_t to = 0; to < 20; to++)
        for (size_t from = 0; from < 20; from++)
            for (size_t size = 0; size < 20; size++)
                if (!moves(to, from, size))
                    return 1;
    is[40] = 0xff;
    if (memcmp(is, must, 40) != 0 || memcmp(is, must, 64) <= 0 || memcmp(must, is, 64) >= 0)
        return 2;
    if (memset(is, 0x1ff, 3) != is || is[2] != 0xff || is[3] != must[3] || memchr(is, 0x1ff, 0) != NULL)
        return 3;
    if (memchr(must, must[5], 5) != NULL || memchr(must, must[5], 6) != must + 5 || strlen(abc) != 3)
        return 4;
    if (strchr(abc, 'c') != abc + 2 || strchr(abc, 0) != abc + 3 || strchr(abc, 'd') != NULL)
        return 5;
    return strcmp(abc, "abc") != 0 || strcmp(abc, "abd") >= 0 || strcmp(abc, "ab") <= 0;
}
EOF
    start $board
    [ "$code" = 0 ]
    verdict $? "memcpy and others do what the C standard says on $board" "code $code, $(tail -n 1 "$scratch/log")"
    cat >"$scratch/try.c" <<'EOF'
#include "tick.h"
int main(void);
int main(void)
{
    return tick_us(12499999u) != 999999u || tick_us(12u) != 0 || tick_us(13u) != 1
           || tick_us(0xffffffffu) != 343597383u;
}
EOF
    start $board
    [ "$code" = 0 ]
    verdict $? "cycles are converted to microseconds on $board" "code $code, $(tail -n 1 "$scratch/log")"
done

# Follows "Adding a board" of boards/README.md in a copy of the tree, without the emulator's services.
copy=$scratch/tree
mkdir -p "$copy/build" && tar -cf - Makefile README.md boards core include port tests | tar -xf - -C "$copy"
ln -s "$PWD/build/deps" "$copy/build/deps"
mkdir "$copy/build/firmware" # the libraries' objects are not built again
for each in lwip mbedtls-1.2 roots-production.c; do ln -s "$PWD/$folder/$each" "$copy/$folder/$each"; done
mkdir "$copy/boards/yours" && cp boards/lm3s6965evb/board.ld boards/lm3s6965evb/ethernet.c "$copy/boards/yours"
sed -n 's/^ *\(IMAGES += yours\|yours\..*\)/\1/p' boards/README.md >"$copy/boards/yours/board.mk"
make_yours() {
    make -C "$copy" --no-print-directory -s -j2 build/firmware/yours.elf >"$scratch/log" 2>&1
}
make_yours
[ $? -ne 0 ] && grep -q 'no entropy source: write board_entropy' "$scratch/log"
verdict $? "a new board with board.ld and ethernet.c alone does not link, and the message says what to write" "$(tail -n 3 "$scratch/log")"
sed 's|/dev/urandom|/dev/random|g' boards/qemu/semihosting.c >"$copy/boards/yours/services.c"
make_yours && strings "$copy/$folder/yours.elf" | grep -q /dev/random
verdict $? "the services in a new board's folder are linked" "$(tail -n 3 "$scratch/log")"

echo "1..$count"
exit $status
