#!/bin/sh
# SPDX-License-Identifier: MIT
# Installs Debian packages that are missing, with sudo if not root, and prints their names.
# usage: tests/install.sh PACKAGE...
set -eu
missing=
for package in "$@"; do
    status=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true)
    [ "$status" = installed ] || missing="$missing $package"
done
[ -n "$missing" ] || exit 0
sudo=
if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || { echo "install: run as root, or install sudo:$missing" >&2; exit 1; }
    sudo=sudo
fi
echo "install:$missing" >&2
export DEBIAN_FRONTEND=noninteractive
# The package list may be old or absent. Fetching it takes longer than most installs, so this tries without it first.
$sudo apt-get install -y -qq --no-install-recommends $missing >/dev/null 2>&1 ||
    { $sudo apt-get update -qq &&
        $sudo apt-get install -y -qq --no-install-recommends $missing >/dev/null; }
