#!/bin/sh
# SPDX-License-Identifier: MIT
# `make demo`: installs and builds what tests/peer/demo.py needs, and runs it. Without the board's compiler, sources
# or emulator, the demo runs on this computer alone.
set -e
cd "$(dirname "$0")/.."
image=build/firmware/lm3s6965evb.elf
tests/install.sh gcc libc6-dev libmbedtls-dev openssl
build() { make --no-print-directory -s -j"$(nproc)" "$@"; }
build all
build firmware-packages && tests/deps.sh build/deps && build $image ||
    { echo "demo: no firmware here: this computer only" >&2; image=; }
python=$(tests/peer/python.sh) || { echo "demo: skipped: there is no Python with moto here (see above)" >&2; exit 0; }
if [ -n "$image" ]; then
    exec "$python" tests/peer/demo.py build/firmware/trust build/host/emrs $image
fi
exec "$python" tests/peer/demo.py - build/host/emrs
