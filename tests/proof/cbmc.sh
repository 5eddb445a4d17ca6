#!/bin/sh
# SPDX-License-Identifier: MIT
# Makes the command FOLDER/cbmc: CBMC 6, as in Debian 13. If it is installed, or apt offers it, that one is used.
# Otherwise its package and libraries are unpacked into FOLDER and started with their own loader, and nothing is
# installed.
# usage: tests/proof/cbmc.sh FOLDER
#
# apt verifies what is fetched: the archive's signed InRelease, from there the index, from there each file.
set -eu
folder=${1:?usage: tests/proof/cbmc.sh FOLDER}
release=trixie
packages="cbmc minisat libc6 libgcc-s1 libstdc++6 zlib1g"

is_six() {
    [ -x "$1" ] && "$1" --version 2>/dev/null | grep -q '^6\.'
}
is_six "$folder/cbmc" && exit 0
mkdir -p "$folder"
folder=$(cd "$folder" && pwd)
if apt-cache policy cbmc 2>/dev/null | grep -q 'Candidate: 6\.'; then
    "$(dirname "$0")/../install.sh" cbmc
fi
installed=$(command -v cbmc || true)
if is_six "$installed"; then
    ln -sf "$installed" "$folder/cbmc"
    exit 0
fi

keyring=/usr/share/keyrings/debian-archive-keyring.gpg
if [ "$(. /etc/os-release && echo "$ID")" != debian ] || [ ! -e $keyring ]; then
    echo "cbmc: there is no CBMC 6 here, and packages are fetched on Debian only: install it" >&2
    exit 1
fi
# The mirror that this machine already uses.
mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Component: main' |
    grep -v security | head -n 1)
[ -n "$mirror" ] || { echo "cbmc: apt has no Debian mirror: run apt-get update first" >&2; exit 1; }

apt=$folder/apt
mkdir -p "$apt/lists/partial" "$apt/cache/archives/partial"
: >"$apt/status"
echo "deb [signed-by=$keyring] $mirror $release main" >"$apt/sources.list"
fetch() {
    apt-get -qq -oDir::Etc::sourcelist="$apt/sources.list" -oDir::Etc::sourceparts=/dev/null \
        -oDir::State::Lists="$apt/lists" -oDir::State::status="$apt/status" -oDir::Cache="$apt/cache" \
        -oAPT::Sandbox::User=root "$@"
}
echo "cbmc: Debian 13's package and its libraries, into $folder" >&2
fetch update
(cd "$apt" && fetch download $packages)
root=$folder/root
rm -rf "$root"
for package in "$apt"/*.deb; do
    dpkg-deb -x "$package" "$root"
done
rm -rf "$apt"
# The loader's name and the libraries' folder depend on the architecture.
loader=$(find "$root/usr" -name 'ld-linux*.so.*' | sort | head -n 1)
libraries=$(dirname "$(find "$root/usr/lib" -name 'libc.so.6' | head -n 1)"):$root/usr/lib
cat >"$folder/cbmc" <<END
#!/bin/sh
exec $loader --library-path $libraries $root/usr/bin/cbmc "\$@"
END
chmod +x "$folder/cbmc"
is_six "$folder/cbmc" || { echo "cbmc: the CBMC that was fetched does not run here" >&2; exit 1; }
