#!/bin/sh
# SPDX-License-Identifier: MIT
# Both of the README's commands in a fresh Debian 13 tree, of the commit that is checked out: newer compilers,
# mbedTLS 3.6 as the system's library, and nothing installed that the commands do not install themselves.
# usage: tests/debian13.sh FOLDER [COMMAND...]   the tree, made anew; "make demo" "make test"
#
# As root: it makes a tree, and the tree its root: in a mere chroot the tests could make no namespaces. Mounts
# end with the process: they are in a namespace of its own.
set -eu
tree=${1:?usage: tests/debian13.sh FOLDER [COMMAND...]}
shift
[ $# -gt 0 ] || set -- "make demo" "make test"
[ "$(id -u)" -eq 0 ] || { echo "debian13: run it as root: it makes a tree with debootstrap and changes into it" >&2; exit 1; }
[ "$(. /etc/os-release && echo "$ID")" = debian ] || { echo "debian13: debootstrap takes Debian's keyring: on Debian only" >&2; exit 1; }
tests/install.sh debootstrap util-linux git
# The mirror this machine already uses.
mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Component: main' |
    grep -v security | head -n 1)
[ -n "$mirror" ] || { echo "debian13: apt knows no Debian mirror: run apt-get update first" >&2; exit 1; }

rm -rf --one-file-system "$tree"
mkdir -p "$tree"
tree=$(cd "$tree" && pwd)
echo "debian13: a fresh tree in $tree, two minutes" >&2
debootstrap --variant=minbase --include=git,make,ca-certificates trixie "$tree" "$mirror" >"$tree.log" 2>&1 ||
    { tail -n 5 "$tree.log" >&2; echo "debian13: debootstrap failed, see $tree.log" >&2; exit 1; }
git clone -q --no-hardlinks . "$tree/emrs"
[ -z "$(git status --porcelain)" ] || echo "debian13: what is not committed is not in it" >&2

status=0
for command in "$@"; do
    echo "debian13: $command"
    # shellcheck disable=SC2016  # the inner shell's own
    unshare --mount --propagation private sh -c '
        mount --rbind "$1" "$1" && cd "$1" &&
        mount --rbind /dev dev && mount --rbind /sys sys && mount -t proc proc proc && mount -t tmpfs tmpfs run &&
        pivot_root . mnt && umount -l /mnt && cd /emrs &&
        exec env -i HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 sh -c "$2"
    ' sh "$tree" "$command" || status=1
done
exit $status
