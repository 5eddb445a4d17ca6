#!/bin/sh
# SPDX-License-Identifier: MIT
# `make demo`: installs and builds what tests/peer/demo.py needs, and runs it. Without the board's compiler, sources
# or emulator, the demo runs on this computer alone. Without moto the service is our own, tests/peer/emr_serverless.py.
set -e
cd "$(dirname "$0")/.."
images="build/firmware/lm3s6965evb.elf build/firmware/lm3s6965evb-iot.elf"
tests/install.sh gcc libc6-dev libmbedtls-dev openssl
build() { make --no-print-directory -s -j"$(nproc)" "$@"; }
build all
# shellcheck disable=SC2086 # one word per image
build firmware-packages && tests/deps.sh build/deps && build $images ||
    { echo "demo: no firmware can be built or run here: the demo runs on this computer only" >&2; images=; }
without=
python=$(tests/peer/python.sh) || {
    without=--without-moto
    python=$(command -v python3) && "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
        { echo "demo: skipped: there is no Python 3.11 here" >&2; exit 0; }
    echo "demo: there is no moto here (see above): our own EMR Serverless takes its place" >&2
}
trust=-
[ -z "$images" ] || trust=build/firmware/trust
# shellcheck disable=SC2086
exec "$python" tests/peer/demo.py $without $trust build/host/emrs $images
