#!/bin/sh
# SPDX-License-Identifier: MIT
# `make demo`: installs and builds what tests/peer/demo.py needs, and runs it. Without the board's compiler, sources
# or emulator, the demo runs on this computer alone.
set -e
cd "$(dirname "$0")/.."
images="build/firmware/lm3s6965evb.elf build/firmware/lm3s6965evb-iot.elf"
tests/install.sh gcc libc6-dev libmbedtls-dev openssl
build() { make --no-print-directory -s -j"$(nproc)" "$@"; }
build all
# shellcheck disable=SC2086 # one word an image
build firmware-packages && tests/deps.sh build/deps && build $images ||
    { echo "demo: no firmware here: this computer only" >&2; images=; }
python=$(tests/peer/python.sh) || { echo "demo: skipped: there is no Python with moto here (see above)" >&2; exit 0; }
if [ -n "$images" ]; then
    # shellcheck disable=SC2086
    exec "$python" tests/peer/demo.py build/firmware/trust build/host/emrs $images
fi
exec "$python" tests/peer/demo.py - build/host/emrs
