#!/bin/sh
# SPDX-License-Identifier: MIT
# Installs Debian packages that are missing, through sudo when not root, and says which.
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
# A package list may be old or absent; try first, as fetching it anew takes longer than most installs.
$sudo apt-get install -y -qq --no-install-recommends $missing >/dev/null 2>&1 ||
    { $sudo apt-get update -qq &&
        $sudo apt-get install -y -qq --no-install-recommends $missing >/dev/null; }
