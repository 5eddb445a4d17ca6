#!/bin/sh
# SPDX-License-Identifier: MIT
# If there is no PROGRAM on PATH, unpacks Debian's PACKAGE into FOLDER, with a link to the program. It is not installed,
# because a server would then start, now and at every boot.
# usage: tests/peer/unpack.sh PROGRAM PACKAGE FOLDER
set -eu
program=${1:?usage: tests/peer/unpack.sh PROGRAM PACKAGE FOLDER} package=$2 folder=$3
[ ! -x "$folder/$program" ] && ! PATH=$PATH:/usr/sbin command -v "$program" >/dev/null || exit 0
mkdir -p "$folder"
folder=$(cd "$folder" && pwd)
echo "$program: Debian's package $package, into $folder" >&2
(cd "$folder" && apt-get -qq -oAPT::Sandbox::User=root download "$package")
dpkg-deb -x "$folder/$package"_*.deb "$folder/root"
for path in "root/usr/sbin/$program" "root/usr/bin/$program"; do
    [ ! -x "$folder/$path" ] || ln -sf "$path" "$folder/$program"
done
"$folder/$program" -v 2>/dev/null || { echo "$program: what was fetched does not run here" >&2; rm -f "$folder/$program"; exit 1; }
