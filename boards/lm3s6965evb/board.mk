# SPDX-License-Identifier: MIT
# Stellaris LM3S6965 evaluation board: Cortex-M3 at 12.5 MHz, 64 KB of RAM, 256 KB of flash. boards/README.md
# explains the variables.

lm3s6965evb.cpu_hz = 12500000
lm3s6965evb.stack_size = 3072
lm3s6965evb.sources = boards/qemu/semihosting.c

# The board's image, for tests: TLS 1.2, and it also trusts test CAs.
IMAGES += lm3s6965evb
lm3s6965evb.roots = test

# The same image with TLS 1.3.
IMAGES += lm3s6965evb-tls13
lm3s6965evb-tls13.board = lm3s6965evb
lm3s6965evb-tls13.tls = 1.3
lm3s6965evb-tls13.stack_size = 6144

# The same as the first, but it trusts only the five Amazon roots.
IMAGES += lm3s6965evb-production
lm3s6965evb-production.board = lm3s6965evb
lm3s6965evb-production.roots = production

# The same as the first, with a certificate of this device: for AWS IoT's credentials provider.
IMAGES += lm3s6965evb-iot
lm3s6965evb-iot.board = lm3s6965evb
lm3s6965evb-iot.roots = test
lm3s6965evb-iot.identity = yes
lm3s6965evb-iot.looks = yes
lm3s6965evb-iot.sources = boards/qemu/semihosting.c boards/qemu/element.c
