# SPDX-License-Identifier: MIT
# Arm MPS2 board with AN385: Cortex-M3 at 25 MHz with megabytes of RAM. Its image is for debugging: lwIP checks its
# asserts. boards/README.md explains the variables.

mps2-an385.cpu_hz = 25000000
mps2-an385.stack_size = 8192
mps2-an385.sources = boards/qemu/semihosting.c

IMAGES += mps2-an385
mps2-an385.tls = 1.3
mps2-an385.lwip = lwip-asserts
mps2-an385.roots = test

# The same with a certificate of this device: for AWS IoT's credentials provider.
IMAGES += mps2-an385-iot
mps2-an385-iot.board = mps2-an385
mps2-an385-iot.identity = yes
mps2-an385-iot.looks = yes
mps2-an385-iot.sources = boards/qemu/semihosting.c boards/qemu/element.c
