#!/bin/sh
# SPDX-License-Identifier: MIT
# Fetches the sources that are built with, as Debian 13's source packages, patches included.
# usage: boards/deps.sh FOLDER
#
# apt verifies all of it: the archive's signed InRelease, from there the index, from there each file. An
# older Debian's keyring knows the newer release's key. Nothing of the system's own apt state is touched.
set -eu
folder=${1:?usage: boards/deps.sh FOLDER}
release=trixie
[ -e "$folder/mbedtls/library/ssl_tls.c" ] && exit 0

keyring=/usr/share/keyrings/debian-archive-keyring.gpg
if [ "$(. /etc/os-release && echo "$ID")" != debian ] || [ ! -e $keyring ]; then
    echo "deps: source packages are fetched on Debian only. Elsewhere name your own copy:" >&2
    echo "deps: MBEDTLS_DIR=/path/to/mbedtls-3.6 (a release's source tree)" >&2
    exit 1
fi
# The mirror this machine already uses.
mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Component: main' |
    grep -v security | head -n 1)
[ -n "$mirror" ] || { echo "deps: apt knows no Debian mirror: run apt-get update first" >&2; exit 1; }

mkdir -p "$folder/apt/lists/partial" "$folder/apt/cache/archives/partial"
apt=$(cd "$folder/apt" && pwd)
echo "deb-src [signed-by=$keyring] $mirror $release main" >"$apt/sources.list"
fetch() {
    apt-get -qq -oDir::Etc::sourcelist="$apt/sources.list" -oDir::Etc::sourceparts=/dev/null \
        -oDir::State::Lists="$apt/lists" -oDir::Cache="$apt/cache" \
        -oAPT::Sandbox::User=root "$@"
}
fetch update
cd "$folder"
echo "deps: mbedTLS, Debian's source package, into $folder/mbedtls" >&2
(cd apt && fetch source --download-only mbedtls)
rm -rf mbedtls
# Its warning is about the uploader's key: apt has already checked the file against the signed index.
dpkg-source -x apt/mbedtls_3.6*.dsc mbedtls >apt/log 2>&1 || { cat apt/log >&2; exit 1; }
rm -rf apt
