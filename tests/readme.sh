#!/bin/sh
# SPDX-License-Identifier: MIT
# Checks that the README's examples compile with the README's command and run, that its example for a board compiles
# for a Cortex-M3, and port/README.md's for a board without keys. Prints TAP.
# usage: tests/readme.sh   after make
cd "$(dirname "$0")/.." || exit 2
scratch=$(mktemp -d) || exit 2
trap 'rm -rf "$scratch"' EXIT
status=0
block() { # block NUMBER [FILE]: prints the C block of this number
    awk -v want="$1" '/^```c$/ { count++; on = count == want; next } /^```$/ { on = 0 } on' "${2:-README.md}"
}
block 1 >"$scratch/example.c"
# Adds an endpoint, which is a port where nothing listens. The rest of the example is not changed.
sed -i 's|\.region = |.endpoint = EMRS_TEXT("https://localhost:1"), &|' "$scratch/example.c"
cat >>"$scratch/example.c" <<'C'
int main(void)
{
    mbedtls_x509_crt trust;
    mbedtls_x509_crt_init(&trust);
    cancel(&(emrs_credentials){EMRS_TEXT("AKID"), EMRS_TEXT("secret"), EMRS_TEXT(""), 0, 0}, &trust);
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
if [ "$said" = "could not connect, or the connection was lost; no whole request was sent: the job run was not cancelled" ]; then
    echo "ok 2 - the README's example runs"
else
    echo "not ok 2 - the README's example runs: $said"
    status=1
fi
name="ok 3 - the README's example of cancelling and looking compiles and runs"
{
    echo '#include <stdio.h>
#include "emrs_posix.h"'
    block 2
    cat <<'C'
int main(void)
{
    static char work[EMRS_WORK_SIZE];
    emrs_posix_tcp tcp;
    emrs_client client;
    emrs_result result;
    const emrs_credentials credentials = {EMRS_TEXT("AKID"), EMRS_TEXT("secret"), EMRS_TEXT(""), 0, 0};
    const emrs_config config = {.region = EMRS_TEXT("us-east-1"), .credentials = &credentials, .attempt_count = 1,
                                .endpoint = EMRS_TEXT("http://localhost:1"), .work = work, .work_size = sizeof work};
    emrs_posix_tcp_init(&tcp);
    const emrs_port port = {.stream = &tcp.stream, .now = emrs_posix_now, .wait = emrs_posix_wait};
    if (emrs_init(&client, &config, &result) != EMRS_DONE)
        return 2;
    look(&client, &port);
    return cancel_and_wait(&client, &port) == EMRS_OUTCOME_NOT_SENT ? 0 : 1;
}
C
} >"$scratch/stop.c"
command=$(printf '%s' "$command" | sed "s|example.c|stop.c|")
if sh -c "$command -Wall -Wextra -Werror -o $scratch/stop" >"$scratch/log" 2>&1 && "$scratch/stop" >>"$scratch/log" 2>&1; then
    echo "$name"
else
    echo "not $name"
    sed 's/^/    /' "$scratch/log"
    status=1
fi
name="ok 4 - the README's example for a board compiles for a Cortex-M3"
if ! command -v arm-none-eabi-gcc >/dev/null || [ ! -e build/deps/lwip ]; then
    echo "$name # SKIP no compiler for Cortex-M, or no sources (make deps)"
else
    {
        echo '#include "emrs_lwip_raw.h"
#include "emrs_tls.h"
static emrs_lwip_raw raw; static emrs_tls tls; static emrs_tls_config tls_config; static emrs_client client;
static emrs_config config; static emrs_call call; static emrs_cancel_job_run_input input; static emrs_result result;
static emrs_port port; static emrs_report report; static int what;
void poll_the_network_and_do_everything_else(void); void board(void);
void board(void) {'
        block 3
        echo '}'
    } >"$scratch/board.c"
    if arm-none-eabi-gcc -mcpu=cortex-m3 -mthumb -std=c99 -Wall -Wextra -Werror -fsyntax-only -Iinclude \
        -Iboards/bare -isystem build/deps/mbedtls/include -isystem build/deps/lwip/src/include \
        '-DMBEDTLS_CONFIG_FILE=<emrs_mbedtls.h>' "$scratch/board.c" >"$scratch/log" 2>&1; then
        echo "$name"
    else
        echo "not $name"
        sed 's/^/    /' "$scratch/log"
        status=1
    fi
fi
name="ok 5 - port/README.md's example of a board without keys compiles"
{
    echo '#include "emrs_renew.h"
#include "emrs_tls.h"
static emrs_client client; static emrs_tls_config tls_config;
emrs_now now(void *context);
emrs_report renew(void *context, uint32_t until_ms);
int start_iot(const unsigned char *certificate, size_t size);'
    block 1 port/README.md
} >"$scratch/iot.c"
if ${CC:-cc} -std=c99 -Wall -Wextra -Werror -Iinclude -c -o "$scratch/iot.o" "$scratch/iot.c" >"$scratch/log" 2>&1; then
    echo "$name"
else
    echo "not $name"
    sed 's/^/    /' "$scratch/log"
    status=1
fi
echo "1..5"
exit $status
