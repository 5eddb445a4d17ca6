#!/bin/sh
# SPDX-License-Identifier: MIT
# Fetches the sources of mbedTLS 3.6 and lwIP 2.2 as Debian 13's source packages, with Debian's patches. If MBEDTLS_DIR
# or LWIP_DIR names a source tree, it is used instead.
# usage: tests/deps.sh FOLDER
#
# apt verifies all files (apt.sh).
set -eu
folder=${1:?usage: tests/deps.sh FOLDER}

# take NAME FILE DIR: links FOLDER/NAME to the source tree DIR, if DIR is not empty. Else adds NAME to $missing, unless
# FOLDER/NAME has FILE.
missing=
take() {
    if [ -n "$3" ]; then
        [ -e "$3/$2" ] || { echo "deps: there is no $2 in $3" >&2; exit 1; }
        mkdir -p "$folder"
        ln -sfn "$(cd "$3" && pwd)" "$folder/$1"
    elif [ ! -e "$folder/$1/$2" ]; then
        missing="$missing $1"
    fi
}
take mbedtls library/ssl_tls.c "${MBEDTLS_DIR:-}"
take lwip src/core/tcp.c "${LWIP_DIR:-}"
[ -n "$missing" ] || exit 0

if [ "$(. /etc/os-release && echo "$ID")" != debian ]; then
    echo "deps: missing:$missing. Source packages are fetched on Debian only. Elsewhere name your own source" >&2
    echo "deps: trees: MBEDTLS_DIR=mbedtls-3.6 LWIP_DIR=lwip-2.2" >&2
    exit 1
fi
here=$(dirname "$0")
. "$here/apt.sh"
"$here/install.sh" dpkg-dev
newer_apt deb-src "$folder/apt"
for name in $missing; do
    echo "deps: $name, Debian's source package, into $folder/$name" >&2
    (cd "$apt" && newer_apt_get source --download-only "$name")
    rm -rf "${folder:?}/$name"
    # dpkg-source cannot check the uploader's key and warns; apt has already checked the files against the signed index.
    dpkg-source -x "$apt/$name"_*.dsc "$folder/$name" >"$apt/log" 2>&1 || { cat "$apt/log" >&2; exit 1; }
done
rm -rf "$apt"
# dpkg-source leaves a link to the archive.
rm -f "$folder"/*.orig.tar.*
