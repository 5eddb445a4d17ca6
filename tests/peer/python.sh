#!/bin/sh
# SPDX-License-Identifier: MIT
# Prints the path of a Python that has moto (the service) and boto3 (AWS's own client). Uses the first of these that
# works:
#   1. an interpreter that has them, or that an earlier run made in build/;
#   2. Debian 13's packages, installed by apt;
#   3. on Debian 12, which has no moto and too old a botocore: four packages of Debian 13 (newer_packages below),
#      fetched and checked by apt (tests/apt.sh) and unpacked into build/python; apt installs what they need;
#   4. a virtual environment at build/venv, filled by pip.
# The only line on stdout is the path. What was used or installed is printed on stderr.
#
# EMRS_PYTHON  the result of an earlier run, which is printed again; empty if that run found none
set -eu
if [ -n "${EMRS_PYTHON+set}" ]; then
    [ -n "$EMRS_PYTHON" ] && echo "$EMRS_PYTHON" && exit
    exit 1
fi

root=$(cd "$(dirname "$0")/../.." && pwd)
venv=$root/build/venv
unpacked=$root/build/python
debian_packages='python3-moto python3-boto3 python3-flask-cors'
newer_packages='python3-moto python3-boto3 python3-botocore python3-s3transfer'
# The packages that these four need at run time; Debian 12 has them all.
their_packages='python3 python3-cryptography python3-dateutil python3-flask python3-flask-cors
    python3-jinja2 python3-jmespath python3-requests python3-responses python3-six python3-urllib3
    python3-werkzeug python3-xmltodict'

# Imports moto's server too, because moto can be imported without flask and flask_cors, but its server cannot.
probe='
import sys
import boto3, flask, flask_cors, moto, moto.server
from moto.emrserverless.models import EMRServerlessBackend
EMRServerlessBackend.cancel_job_run
print("path", sys.executable)
print("what", f"moto {moto.__version__}, boto3 {boto3.__version__}")
'

say() { echo "python.sh: $*" >&2; }

# take PYTHON NOTE: if this interpreter has moto and boto3, prints its path. The path is the interpreter's own
# sys.executable, because the program on PATH may be a wrapper.
take() {
    [ -x "$1" ] || return 1
    found=$("$1" -c "$probe" 2>/dev/null) || return 1
    path=$(printf '%s\n' "$found" | sed -n 's/^path //p')
    [ -n "$path" ] || return 1
    say "$path: $(printf '%s\n' "$found" | sed -n 's/^what //p')$2"
    printf '%s\n' "$path"
}

take_from_path() {
    saved_ifs=$IFS
    IFS=:
    for folder in $PATH; do
        for python in "$folder"/python3 "$folder"/python3.[0-9] "$folder"/python3.[0-9][0-9]; do
            IFS=$saved_ifs
            take "$python" '' && return 0
        done
    done
    IFS=$saved_ifs
    return 1
}

as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@" >&2
    elif command -v sudo >/dev/null 2>&1; then
        sudo "$@" >&2
    else
        say "not root and no sudo here: cannot run: $*"
        return 1
    fi
}

install() { "$root/tests/install.sh" "$@" >&2; }

# A fresh container image has no package lists: without them apt knows no package at all.
apt_knows() {
    command -v apt-get >/dev/null 2>&1 || return 1
    if ! apt-cache show python3 >/dev/null 2>&1; then
        as_root apt-get update || return 1
    fi
    apt-cache show "$1" >/dev/null 2>&1
}

take_from_debian() {
    apt_knows python3-moto || return 1
    # shellcheck disable=SC2086  # a list of names
    install $debian_packages || return 1
    take /usr/bin/python3 ' (Debian packages)'
}

# Makes an environment that uses the four packages before the system's. pip is not used.
take_from_newer_debian() {
    apt_knows python3 || return 1
    . "$root/tests/apt.sh"
    mkdir -p "$root/build"
    scratch=$(mktemp -d "$root/build/apt.XXXXXX") || return 1
    # shellcheck disable=SC2086  # lists of names
    newer_apt deb "$scratch" >&2 && say "unpacking Debian 13's packages in $unpacked: $newer_packages" &&
        (cd "$scratch" && newer_apt_get download $newer_packages >&2) && install $their_packages &&
        unpack "$scratch"/*.deb
    status=$?
    rm -rf "$scratch"
    [ $status -eq 0 ] && take "$unpacked/bin/python3" " (Debian 13's packages, in build/python)"
}

unpack() {
    rm -rf "$unpacked"
    /usr/bin/python3 -m venv --without-pip --system-site-packages "$unpacked" || return 1
    folder=$("$unpacked/bin/python3" -c 'import sysconfig; print(sysconfig.get_path("purelib"))') || return 1
    for package in "$@"; do dpkg-deb -x "$package" "$unpacked/packages" || return 1; done
    rmdir "$folder" && ln -s "$unpacked/packages/usr/lib/python3/dist-packages" "$folder"
}

# --clear: removes what a failed attempt left behind, because it must not be used as an environment.
make_venv() {
    command -v python3 >/dev/null 2>&1 && python3 -m venv --clear "$venv" >/dev/null 2>&1 && return
    apt_knows python3-venv || return 1
    install python3-venv || return 1
    # The full path, because apt installed venv for the system's python3, which may not be the first on PATH.
    /usr/bin/python3 -m venv --clear "$venv" >&2
}

take_from_venv() {
    say "making a virtual environment at $venv and installing there by pip: moto[server], boto3"
    mkdir -p "$root/build"
    make_venv || return 1
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check \
        'moto[server]>=5.1,<6' boto3 >&2 || return 1
    take "$venv/bin/python" ' (build/venv)'
}

take_from_path && exit
take /usr/bin/python3 '' && exit
take "$unpacked/bin/python3" " (Debian 13's packages, in build/python)" && exit
take "$venv/bin/python" ' (build/venv)' && exit
take_from_debian && exit
take_from_newer_debian && exit
take_from_venv && exit
say "no Python here has moto with its server, and boto3, and installing them failed (see above)." \
    "Install them for python3: on Debian 13 'apt-get install $debian_packages'; elsewhere" \
    "'python3 -m venv build/venv' and 'build/venv/bin/pip install \"moto[server]\" boto3'."
exit 1
