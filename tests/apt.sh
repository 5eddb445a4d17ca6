# SPDX-License-Identifier: MIT
# Functions for scripts that fetch packages from Debian. Use them with `. tests/apt.sh`. They return non-zero if
# something is missing.

# Prints the Debian mirror that this machine already uses.
debian_mirror() {
    mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Component: main' 2>/dev/null |
        grep -v security | head -n 1)
    [ -n "$mirror" ] || { echo "apt has no Debian mirror: run apt-get update first" >&2; return 1; }
    echo "$mirror"
}

# newer_apt KIND FOLDER: sets FOLDER up as the state of an apt that has only Debian 13's binary packages (KIND
# deb) or source packages (deb-src). apt verifies all that it fetches: the archive's signed InRelease, then the
# index, then each file; an older Debian's keyring has the newer release's key. The system's own apt state is
# not touched.
newer_apt() {
    keyring=/usr/share/keyrings/debian-archive-keyring.gpg
    [ "$(. /etc/os-release && echo "$ID")" = debian ] && [ -e $keyring ] || return 1
    mirror=$(debian_mirror) || return 1
    mkdir -p "$2/lists/partial" "$2/cache/archives/partial"
    apt=$(cd "$2" && pwd)
    echo "$1 [signed-by=$keyring] $mirror trixie main" >"$apt/sources.list"
    newer_apt_get update
}

# newer_apt_get COMMAND...: apt-get with the state that newer_apt made.
newer_apt_get() {
    apt-get -qq -oDir::Etc::sourcelist="$apt/sources.list" -oDir::Etc::sourceparts=/dev/null \
        -oDir::State::Lists="$apt/lists" -oDir::Cache="$apt/cache" -oAPT::Sandbox::User=root "$@"
}
