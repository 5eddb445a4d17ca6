#!/bin/sh
# SPDX-License-Identifier: MIT
# Runs the tests of `make test`: one program per line of the list below, several side by side (run.sh). The longest come
# first, so that no processor is idle at the end.
# usage: tests/test.sh [WORDS...]          after make test-programs; runs only the lines that contain one of WORDS
#        tests/test.sh --list [WORDS...]   prints the lines instead
cd "$(dirname "$0")/.." || exit 2

list() {
    cat <<'END'
tests/optional.sh $fw/lm3s6965evb.elf tests/images.sh
tests/optional.sh $fw/lm3s6965evb.elf $python tests/peer/test_board.py $fw/trust $fw/lm3s6965evb.elf $fw/lm3s6965evb-tls13.elf $fw/mps2-an385.elf
tests/optional.sh $fw/lm3s6965evb-iot.elf $python tests/peer/test_board_identity.py $fw/trust $fw/lm3s6965evb-iot.elf $fw/mps2-an385-iot.elf
tests/optional.sh $fw/lm3s6965evb-iot.elf $python tests/peer/test_power_cut.py $fw/trust $fw/lm3s6965evb-iot.elf $fw/mps2-an385-iot.elf
tests/optional.sh $fw/lm3s6965evb-iot.elf $python tests/peer/test_board_stop.py $fw/trust $fw/lm3s6965evb-iot.elf $fw/mps2-an385-iot.elf
tests/size/size.sh
tests/consumers/run.sh
$python tests/peer/test_profiles.py build/host/emrs
$python tests/peer/test_awscli.py build/host/emrs
$python tests/peer/test_emr_serverless.py build/host/emrs
tests/optional.sh build/lwip/test_names build/lwip/test_names
tests/optional.sh build/deps/lwip/src/core/tcp.c tests/lwip/builds.sh build/deps/lwip
tests/optional.sh build/lwip/plain/device $python tests/lwip/test_sockets.py build/lwip/plain/device
tests/optional.sh build/lwip/asan/device $python tests/lwip/test_sockets.py build/lwip/asan/device
tests/optional.sh build/lwip/tsan/device $python tests/lwip/test_sockets.py build/lwip/tsan/device
$python tests/peer/test_faults.py build/host/tests/peer/caller
tests/optional.sh build/36/tests/peer/caller $python tests/peer/test_faults.py build/36/tests/peer/caller tls=13
$python tests/peer/test_checker.py build/host/tests/peer/checked
tests/matrix.sh build/deps/mbedtls gcc-36
tests/matrix.sh build/deps/mbedtls clang-36
tests/matrix.sh build/deps/mbedtls gcc-system
tests/matrix.sh build/deps/mbedtls clang-system
tests/secrets/run.sh
END
    for test in tests/unit/test_*.c; do echo "build/check/${test%.c}"; done
    cat <<'END'
tests/rules.sh
tests/headers.sh
tests/readme.sh
tests/template.sh
tests/optional.sh build/roots/tests/unit/test_tls build/roots/tests/unit/test_tls
END
    for row in small-gcc tight-gcc wide-gcc small-clang tight-clang wide-clang; do
        for test in test_raw test_call; do
            echo "tests/optional.sh build/lwip-raw/$row/$test build/lwip-raw/$row/$test"
        done
    done
    cat <<'END'
$python tests/peer/test_sign.py build/host/tests/peer/signer
$python tests/peer/test_endpoint.py build/host/tests/peer/resolver
$python tests/peer/test_get_job_run.py build/host/tests/peer/looker
$python tests/peer/test_moto.py build/host/emrs
tests/optional.sh build/36/emrs $python tests/peer/test_moto.py build/36/emrs
$python tests/peer/test_tls.py build/host/emrs
tests/optional.sh build/36/emrs $python tests/peer/test_tls.py build/36/emrs
$python tests/peer/test_calls.py build/host/tests/peer/caller
tests/optional.sh build/36/tests/peer/caller $python tests/peer/test_calls.py build/36/tests/peer/caller
$python tests/peer/test_provider.py build/host/tests/peer/renewer
tests/optional.sh build/36/tests/peer/renewer $python tests/peer/test_provider.py build/36/tests/peer/renewer
$python tests/peer/test_identity.py build/host/tests/peer/caller
tests/optional.sh build/36/tests/peer/caller $python tests/peer/test_identity.py build/36/tests/peer/caller
$python tests/peer/test_command.py build/host/emrs
$python tests/peer/test_get_job_run_command.py build/host/emrs
$python tests/peer/test_drill.py build/host/emrs
$python tests/peer/test_readme.py build/host/emrs
$python tests/peer/test_wait.py build/host/emrs
$python tests/peer/test_sources.py build/host/emrs
tests/optional.sh build/36/emrs $python tests/peer/test_sources.py build/36/emrs
$python tests/peer/test_iam.py build/host/emrs
$python tests/peer/test_addresses.py build/host/emrs $fw/trust $fw/lm3s6965evb.elf
$python tests/peer/test_proxy.py build/host/emrs build/host/tests/peer/chooser
build/check/tests/sim/sim 1 100000 2
build/check/tests/sim/stop 1 100000 2
build/host/tests/sim/fleet build/fleet.svg && cmp build/fleet.svg tests/sim/fleet.svg
tests/target/run.sh powerpc
tests/target/run.sh mps2-an385
tests/target/run.sh lm3s6965evb
END
}

only_listed=
if [ "${1:-}" = --list ]; then only_listed=yes && shift; fi
[ $# -gt 0 ] || set -- ""
chosen=$(list | grep -F "$(printf '%s\n' "$@")") || { echo "test: no line contains: $*" >&2; exit 2; }
if [ -n "$only_listed" ]; then printf '%s\n' "$chosen" && exit; fi

# Looks for Python once. If there is none, each test that needs it is skipped and named.
case $chosen in
*'$python'*)
    EMRS_PYTHON=$(tests/peer/python.sh) || echo "test: no Python with moto: tests that need it are skipped" >&2
    export EMRS_PYTHON
    ;;
esac
export python="${EMRS_PYTHON:-tests/optional.sh Python-with-moto}" fw=build/firmware
printf '%s\n' "$chosen" | tests/run.sh -
