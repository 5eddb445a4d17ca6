#!/bin/sh
# SPDX-License-Identifier: MIT
# If there is no nginx on PATH, unpacks Debian's package into FOLDER. It is not installed, because it would then start on
# port 80, now and at every boot.
# usage: tests/peer/nginx.sh FOLDER
set -eu
folder=${1:?usage: tests/peer/nginx.sh FOLDER}
[ ! -x "$folder/nginx" ] && ! PATH=$PATH:/usr/sbin command -v nginx >/dev/null || exit 0
mkdir -p "$folder"
folder=$(cd "$folder" && pwd)
echo "nginx: Debian's package, into $folder" >&2
(cd "$folder" && apt-get -qq -oAPT::Sandbox::User=root download nginx)
dpkg-deb -x "$folder"/nginx_*.deb "$folder/root"
ln -sf root/usr/sbin/nginx "$folder/nginx"
"$folder/nginx" -v 2>/dev/null || { echo "nginx: what was fetched does not run here" >&2; rm -f "$folder/nginx"; exit 1; }
