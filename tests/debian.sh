#!/bin/sh
# SPDX-License-Identifier: MIT
# Runs `make demo` and `make test` in a fresh Debian tree, on the commit that is checked out. They must install all that
# they need, and can reach only Debian's packages: pip finds no index. Debian 13 has newer compilers, and mbedTLS 3.6.
# usage: tests/debian.sh RELEASE FOLDER [COMMAND...]
#
# RELEASE  bookworm or trixie
# FOLDER   where the tree is made; what was there is deleted
# COMMAND  what runs in the tree; the default is "make demo" "make test"
#
# Run it as root. The tree becomes the root folder of a new mount namespace. A chroot would not do, since the tests
# could not make namespaces in it. The mounts end with the process.
set -eu
usage='usage: tests/debian.sh RELEASE FOLDER [COMMAND...]'
release=${1:?$usage} tree=${2:?$usage}
shift 2
[ $# -gt 0 ] || set -- "make demo" "make test"
[ "$(id -u)" -eq 0 ] || { echo "debian: run it as root: it makes a tree with debootstrap and changes into it" >&2; exit 1; }
[ "$(. /etc/os-release && echo "$ID")" = debian ] || { echo "debian: run it on Debian: debootstrap needs Debian's keyring" >&2; exit 1; }
tests/install.sh debootstrap util-linux git
. tests/apt.sh
mirror=$(debian_mirror)

rm -rf --one-file-system "$tree"
mkdir -p "$tree"
tree=$(cd "$tree" && pwd)
echo "debian: makes a fresh tree of $release in $tree (2 minutes)" >&2
debootstrap --variant=minbase --include=git,make,ca-certificates "$release" "$tree" "$mirror" >"$tree.log" 2>&1 ||
    { tail -n 5 "$tree.log" >&2; echo "debian: debootstrap failed, see $tree.log" >&2; exit 1; }
# Debian's installer writes this; debootstrap does not.
printf '127.0.0.1 localhost\n::1 localhost ip6-localhost ip6-loopback\n' >"$tree/etc/hosts"
git clone -q --no-hardlinks . "$tree/emrs"
[ -z "$(git status --porcelain)" ] || echo "debian: the tree does not have your changes that are not committed" >&2

status=0
for command in "$@"; do
    echo "debian: $command"
    # shellcheck disable=SC2016  # the inner shell expands it
    unshare --mount --propagation private sh -c '
        mount --rbind "$1" "$1" && cd "$1" &&
        mount --rbind /dev dev && mount --rbind /sys sys && mount -t proc proc proc && mount -t tmpfs tmpfs run &&
        pivot_root . mnt && umount -l /mnt && cd /emrs &&
        exec env -i HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 PIP_NO_INDEX=1 sh -c "$2"
    ' sh "$tree" "$command" || status=1
done
exit $status
