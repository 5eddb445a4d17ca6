#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Tests profiles, shared files, credential_process and the search for credentials.

    test_profiles.py EMRS_BINARY [SEED] [COUNT]

First each rule and each refusal is tested. Then botocore and emrs read COUNT random and hostile pairs
of files, each with a random environment. Both must find the same region, endpoint, user agent and
credentials, or refuse for the same reason. The intended differences are in DIFFERS, and each must
occur. The files are in a temporary folder; nothing leaves this machine.
"""
from __future__ import annotations

import contextlib
import hmac
import json
import os
import random
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

sys.dont_write_bytecode = True

import botocore.configprovider  # noqa: E402
import botocore.session  # noqa: E402
from botocore.exceptions import (  # noqa: E402
    BotoCoreError,
    ConfigParseError,
    CredentialRetrievalError,
    InvalidConfigError,
    PartialCredentialsError,
    ProfileNotFound,
)

import tap  # noqa: E402
from running import REFUSED, leak, scratch  # noqa: E402
from scripted import (  # noqa: E402
    AS_JSON,
    AS_TEXT,
    IDS,
    KEY_ID,
    LEAK_SIZE,
    RUN_S,
    SECRET,
    TOKEN,
    Answer,
    Bench,
    Server,
    environment,
    field_of,
    finish,
    http,
    says,
)
from tap import want  # noqa: E402

WORKERS = 4
SEED, COUNT = 1, 2000
DRY = (*IDS, "--dry-run")
NO_KEYS = {"AWS_ACCESS_KEY_ID": None, "AWS_SECRET_ACCESS_KEY": None, "AWS_REGION": None,
           "AWS_CONFIG_FILE": None, "AWS_SHARED_CREDENTIALS_FILE": None,
           "AWS_EC2_METADATA_DISABLED": "true"}
KEYS = f"aws_access_key_id = AKIDFILE\naws_secret_access_key = {SECRET}\n"
REGION = "region = eu-west-1\n"

CASES = tap.Cases()
case, each = CASES.case, CASES.each


# Runs with files of their own


@dataclass
class Home:
    """A home folder with the two files. {home} in a text is its path."""

    bench: Bench
    path: Path

    def write(self, name: str, text: str | bytes | None, mode: int = 0o600) -> Path:
        path = self.path / ".aws" / name
        path.parent.mkdir(exist_ok=True)
        if text is not None:
            content = text if isinstance(text, bytes) else text.replace(
                "{home}", str(self.path)).encode()
            path.write_bytes(content)
            path.chmod(mode)
        return path

    def run(self, *options: str, env: dict | None = None, **more: object) -> Answer:
        changes = {**NO_KEYS, "HOME": str(self.path), **(env or {})}
        changes = {name: value.replace("{home}", str(self.path)) if value else value
                   for name, value in changes.items()}
        return self.bench.run(*(options or DRY), env=changes, **more)


@contextlib.contextmanager
def home(bench: Bench, config: str | bytes | None = None,
         credentials: str | bytes | None = None, mode: int = 0o600) -> Iterator[Home]:
    with scratch("profiles") as folder:
        made = Home(bench, folder)
        made.write("config", config, mode)
        made.write("credentials", credentials, mode)
        yield made


@dataclass(frozen=True)
class Shown:
    """What --dry-run shows."""

    key_id: str
    region: str
    host: str
    tls: bool
    agent: str
    token_size: int
    date: str
    string_to_sign: str
    signature: str

    def is_signed_with(self, secret: str) -> bool:
        key = b"AWS4" + secret.encode()
        for part in (self.date[:8], self.region, "emr-serverless", "aws4_request"):
            key = hmac.digest(key, part.encode(), "sha256")
        return hmac.digest(key, self.string_to_sign.encode(), "sha256").hex() == self.signature


def shown(answer: Answer) -> Shown:
    text = answer.out.decode().replace("\r\n", "\n")
    where = re.search(r"is sent\) to (\S+) port (\d+)( over TLS)?", text)
    want(answer.code == 0 and where, "a dry run", answer)
    scope = re.search(r"Credential=([^/]+)/(\d+)/([^/]*)/", text)
    agent = re.search(r"^User-Agent: emrs/\S+(?: app/(.*))?$", text, re.M)
    token = re.search(r"\[session token: (\d+) bytes", text)
    sign = re.search(r"String to sign:\n\n(.*)\n\nSignature: (\w+)$", text, re.S | re.M)
    date = re.search(r"^X-Amz-Date: (\S+)", text, re.M)
    return Shown(scope[1], scope[3], f"{where[1]}:{where[2]}", bool(where[3]), agent[1] or "",
                 int(token[1]) if token else 0, date[1], sign[1], sign[2])


def want_refusal(answer: Answer, *needles: str, code: int = 253) -> None:
    want(answer.code == code, f"exit {code}", answer)
    want(answer.out == b"", "nothing on stdout", answer)
    for needle in needles:
        want(needle in answer.err.decode(), f"{needle!r} on stderr", answer)
    want("Nothing was sent." in answer.err.decode() or code == 252, "nothing was sent", answer)


# Which profile

FILES = (f"[default]\nregion = us-west-1\n[profile p]\nregion = eu-west-1\n"
         f"[profile q]\nregion = eu-west-2\n[profile \"my p\"]\nregion = eu-west-3\n",
         "".join(f"[{name}]\naws_access_key_id = AKID{mark}\naws_secret_access_key = {SECRET}\n"
                 for name, mark in (("default", "D"), ("p", "P"), ("q", "Q"), ("my p", "M"))))
ENV_KEYS = {"AWS_ACCESS_KEY_ID": KEY_ID, "AWS_SECRET_ACCESS_KEY": SECRET}


@each("the profile", [
    ("is default if none is named", (), {}, "AKIDD", "us-west-1"),
    ("--profile", ("--profile", "p"), {}, "AKIDP", "eu-west-1"),
    ("with a space", ("--profile", "my p"), {}, "AKIDM", "eu-west-3"),
    ("AWS_PROFILE", (), {"AWS_PROFILE": "p"}, "AKIDP", "eu-west-1"),
    ("AWS_DEFAULT_PROFILE", (), {"AWS_DEFAULT_PROFILE": "p"}, "AKIDP", "eu-west-1"),
    ("AWS_PROFILE before AWS_DEFAULT_PROFILE", (), {"AWS_PROFILE": "p", "AWS_DEFAULT_PROFILE": "q"},
     "AKIDP", "eu-west-1"),
    ("an empty AWS_PROFILE counts as not set", (), {"AWS_PROFILE": ""}, "AKIDD", "us-west-1"),
    ("--profile before AWS_PROFILE", ("--profile", "q"), {"AWS_PROFILE": "p"}, "AKIDQ",
     "eu-west-2"),
    ("--profile before the environment's keys", ("--profile", "p"), ENV_KEYS, "AKIDP", "eu-west-1"),
    ("the environment's keys before AWS_PROFILE", (), {"AWS_PROFILE": "p", **ENV_KEYS}, KEY_ID,
     "eu-west-1"),
    ("AWS_REGION before the profile's region", ("--profile", "p"), {"AWS_REGION": "eu-north-1"},
     "AKIDP", "eu-north-1"),
])
def which(bench: Bench, options: tuple, env: dict, key_id: str, region: str) -> None:
    with home(bench, *FILES) as here:
        seen = shown(here.run(*DRY, *options, env=env))
        want((seen.key_id, seen.region) == (key_id, region), f"{key_id} in {region}", seen)
        want(seen.is_signed_with(SECRET), "the secret", seen)


@each("a profile that does not exist", [
    ("--profile", ("--profile", "none"), {}), ("AWS_PROFILE", (), {"AWS_PROFILE": "none"}),
    ("AWS_PROFILE with keys", (), {"AWS_PROFILE": "none", **ENV_KEYS})])
def no_profile(bench: Bench, options: tuple, env: dict) -> None:
    with home(bench, *FILES) as here:
        want_refusal(here.run(*DRY, *options, env=env),
                     "The config profile (none) could not be found: it is neither in "
                     f"{here.path}/.aws/config nor in {here.path}/.aws/credentials.")
    with home(bench) as here:
        want_refusal(here.run(*DRY, *options, env=env), "The config profile (none)",
                     ".aws/config (no such file) nor in ", ".aws/credentials (no such file).")


@case("an empty --profile is refused: a script's empty variable must not choose another identity")
def empty_profile(bench: Bench) -> None:
    with home(bench, *FILES) as here:
        want_refusal(here.run(*DRY, "--profile", ""), "profile (--profile '') must have a name",
                     code=252)


# Where the files are


@each("the files", [
    ("in HOME", {}),
    ("by variables", {"HOME": "/no/such", "AWS_CONFIG_FILE": "{home}/.aws/config",
                      "AWS_SHARED_CREDENTIALS_FILE": "{home}/.aws/credentials"}),
    ("with ~", {"AWS_CONFIG_FILE": "~/.aws/config",
                "AWS_SHARED_CREDENTIALS_FILE": "~/.aws/credentials"}),
    ("with $NAME and ${NAME}", {"HOME": "/no/such", "X": "{home}", "AWS_CONFIG_FILE":
                                "$X/.aws/config", "AWS_SHARED_CREDENTIALS_FILE":
                                "${X}/.aws/credentials"}),
    ("with a slash at the end of HOME", {"HOME": "{home}/"}),
])
def where(bench: Bench, env: dict) -> None:
    with home(bench, *FILES) as here:
        want(shown(here.run(env=env)).key_id == "AKIDD", "the keys", env)


@case("without HOME the home folder comes from the system's list of users")
def no_home(bench: Bench) -> None:
    with home(bench) as here:
        answer = here.run(env={"HOME": None, "AWS_PROFILE": "no-such-profile-of-emrs"})
        folder = os.path.expanduser("~" + os.popen("id -un").read().strip())
        want_refusal(answer, f"neither in {folder}/.aws/config")


@each("a path that is not a regular file", [
    ("a folder", "{home}", "it is a directory, not a regular file"),
    ("a pipe", "{home}/pipe", "it is a pipe, a socket or a device, not a regular file"),
    ("a device", "/dev/zero", "it is a pipe, a socket or a device, not a regular file")])
def no_file(bench: Bench, path: str, why: str) -> None:
    with home(bench) as here:
        os.mkfifo(here.path / "pipe")
        for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
            want_refusal(here.run(env={name: path}), f"named by {name} {why}.")


@case("/dev/null is read as an empty file")
def null(bench: Bench) -> None:
    with home(bench, *FILES) as here:
        env = {"AWS_CONFIG_FILE": "/dev/null", "AWS_REGION": "us-east-1"}
        want(shown(here.run(env=env)).region == "us-east-1", "no region of the file", env)


@case("a file of more than 1 MB is refused, one of 1 MB is read")
def large(bench: Bench) -> None:
    start = b"[default]\n" + REGION.encode() + KEYS.encode()
    for size, is_good in ((1 << 20, True), ((1 << 20) + 1, False)):
        with home(bench, start + b"#" * (size - len(start))) as here:
            answer = here.run()
            if is_good:
                want(shown(answer).key_id == "AKIDFILE", "the keys", answer)
            else:
                want_refusal(answer, "/.aws/config is larger than 1 MB.")


NOBODY = 65534


@case("a file that cannot be read: a warning, and the search for credentials ends there")
def unreadable(bench: Bench) -> None:
    with home(bench, FILES[0], FILES[1], 0) as here:
        shell = ""
        if os.geteuid() == 0:  # root can read every file
            here.path.chmod(0o755)
            here.bench = Bench(shutil.copy(bench.binary, here.path / "emrs"))
            code = f"import os, sys; os.setuid({NOBODY}); os.execv(sys.argv[1], sys.argv[1:])"
            shell = f"exec {sys.executable} -c '{code}' \"$@\""
        want_refusal(here.run(env={"AWS_REGION": "us-east-1"}, shell=shell),
                     f"emrs: {here.path}/.aws/config cannot be read: Permission denied\n",
                     f"\n{here.path}/.aws/credentials cannot be read: Permission denied\n")
        seen = shown(here.run(env={"AWS_REGION": "us-east-1", **ENV_KEYS}, shell=shell))
        want(seen.key_id == KEY_ID, "the environment's keys", seen)


@each("a file with keys that", [("every user can read: a warning", 0o644, True), ("the owner can read", 0o600, False),
                                ("the group can read", 0o640, False)])
def readers(bench: Bench, mode: int, is_told: bool) -> None:
    with home(bench, REGION.join(["[default]\n", ""]), "[default]\n" + KEYS, mode) as here:
        answer = here.run()
        line = (f"emrs: {here.path}/.aws/credentials holds a secret that every user of this "
                "machine can read: chmod 600")
        want((line in answer.lines) == is_told, "a warning" if is_told else "no warning", answer)


@each("a profile whose section is written as in the other file: file and line are printed", [
    ("in the config file", ("config", "[jobs2]\n"), "jobs2", "write [profile jobs2] there."),
    ("in the config file, with a space", ("config", "[my jobs]\n"), "my jobs", 'write [profile "my jobs"] there.'),
    ("in the credentials file", ("credentials", "[profile jobs2]\n"), "jobs2", "write [jobs2] there."),
    ("in the credentials file, quoted", ("credentials", '[profile "my jobs"]\n'), "my jobs", "write [my jobs] there."),
])  # fmt: skip
def misnamed(bench: Bench, file: tuple, name: str, step: str) -> None:
    """AWS CLI does not find it either: botocore.configloader.build_profile_map."""
    text = f"[profile other]\n{REGION}{file[1]}{REGION}{KEYS}"
    files = (text, None) if file[0] == "config" else (None, text)
    with home(bench, *files) as here:
        told = f" {here.path}/.aws/{file[0]} line 3 is {file[1].strip()}: {step}"
        for options, env in ((("--profile", name), {}), ((), {"AWS_PROFILE": name})):
            want_refusal(here.run(*DRY, *options, env=env), f"The config profile ({name}) could not be found", told)
    if file[0] == "config":
        with home(bench, f"[{name}]\n{REGION}", f"[{name}]\n{KEYS}") as here:
            want_refusal(here.run(*DRY, "--profile", name), "You must specify a region", f"/.aws/config line 1 is [{name}]: {step}")
        with home(bench, text, f"[{name}]\n{REGION}") as here:
            want_refusal(here.run(*DRY, "--profile", name), f"profile {name} has no credentials in ",
                         f". {here.path}/.aws/config line 3 is [{name}]: {step}")


@case("the default profile in the credentials file, written as in the config file: file and line are printed")
def misnamed_default(bench: Bench) -> None:
    with home(bench, f"[default]\n{REGION}", f"[profile default]\n{KEYS}") as here:
        want_refusal(here.run(), "/.aws/credentials line 1 is [profile default]: write [default] there.")


# What is wrong in a file

BAD_LINES = [
    ("no key and value", "bad", "is neither a [section] nor key = value"),
    ("a value without a key", "= v", "has no key before its '=' or ':'"),
    ("a section that is there already", "[profile p]", "begins a section that the file has already"),
    ("a key that is there already", "REGION = x", "repeats the key of line 4"),
    ("a block with a faulty line", "s3 =\n  x", "begins a block in which a line has no '='"),
    ("a byte that is not UTF-8", b"k = \xff", "is not UTF-8"),
    ("a NUL", b"k = \0", "holds a NUL byte"),
]


@each("a line that cannot be read, in the profile: refused with file and line", BAD_LINES)
def bad_line(bench: Bench, line: str | bytes, why: str) -> None:
    bad = line if isinstance(line, bytes) else line.encode()
    config = b"[profile o]\nregion = x\n[profile p]\nregion = eu-west-1\n" + bad + b"\n"
    with home(bench, config + KEYS.encode()) as here:
        want_refusal(here.run(*DRY, "--profile", "p"), f"{here.path}/.aws/config line 5 {why}.")


@each("a line that cannot be read, in another profile: ignored", BAD_LINES)
def bad_elsewhere(bench: Bench, line: str | bytes, why: str) -> None:
    bad = line if isinstance(line, bytes) else line.encode()
    other = b"[profile o]\nregion = x\nregion = y\n" + bad + b"\n[profile o]\n"
    config = other + b"[default]\n" + REGION.encode() + b"[o2]\n" + bad + b"\n"
    with home(bench, config, b"[o]\n" + bad + b"\n[default]\n" + KEYS.encode()) as here:
        seen = shown(here.run())
        want((seen.key_id, seen.region) == ("AKIDFILE", "eu-west-1"), "the profile", seen)


NO_SECTION = "begins with '[', but is no [section] with a name and both brackets"


@each("a section's line that cannot be read is refused: the next lines could be the profile's", [
    ("[default", "[default"), ("[profile default", "[profile default"), ("[]", "[]")])
def bad_header(bench: Bench, line: str) -> None:
    """Without this profile the search would go on to the instance's role."""
    config = f"[profile o]\n{REGION}{line}\n{KEYS}"
    for files in ((config, None), (f"[default]\n{REGION}", config)):
        with home(bench, *files) as here:
            answer = here.run(env={"AWS_REGION": "eu-west-1"})
            name = "config" if files[1] is None else "credentials"
            want_refusal(answer, f"{here.path}/.aws/{name} line 3 {NO_SECTION}.")


@each("a line before the first section is refused", [
    ("a key", "region = x\n", "stands before the first [section]"),
    ("a section without its bracket", "[default\nregion = x\n", NO_SECTION),
    ("a section without its bracket, and a value", "[default = x\n", NO_SECTION),
    ("an empty section", "[]\n", NO_SECTION),
    ("a byte order mark", b"\xef\xbb\xbf[default]\n",
     "begins with a byte order mark: save the file as UTF-8 without it")])
def before_sections(bench: Bench, line: str | bytes, why: str) -> None:
    with home(bench, line) as here:
        want_refusal(here.run(env=ENV_KEYS), f"/.aws/config line 1 {why}.")
    with home(bench, None, line) as here:
        want_refusal(here.run(env=ENV_KEYS), f"/.aws/credentials line 1 {why}.")


@case("a profile may have 256 settings")
def many_settings(bench: Bench) -> None:
    for count in (256 - 3, 256 - 2):
        lines = "".join(f"k{number} = v\n" for number in range(count))
        with home(bench, f"[default]\n{REGION}{KEYS}{lines}") as here:
            answer = here.run()
            if count == 253:
                want(shown(answer).key_id == "AKIDFILE", "the keys", answer)
            else:
                want_refusal(answer, "line 258 is one setting too many: a profile may have 256.")
    lines = "".join(f"k{number} = v\n" for number in range(256 - 3))
    for more, is_good in (("region = x\nk1 = w\n", True), ("role_arn = x\n", False)):
        with home(bench, f"[DEFAULT]\n{more}[default]\n{REGION}{KEYS}{lines}") as here:
            answer = here.run()
            if is_good:
                want(shown(answer).region == "eu-west-1", "the profile's region", answer)
            else:
                want_refusal(answer, "line 2 is one setting too many: a profile may have 256.")


@case("a token of 16 KB in one line is read, one of 20 KB is refused")
def long_token(bench: Bench) -> None:
    for size in (4096, 16384, 20480):
        token = (TOKEN * 60)[:size]
        with home(bench, f"[default]\n{REGION}", f"[default]\n{KEYS}aws_session_token = {token}\n"
                  ) as here:
            answer = here.run()
            if size < 20000:
                want(shown(answer).token_size == size, f"{size} bytes", answer)
            else:
                want_refusal(answer, "aws_session_token in ", "/.aws/credentials line 4 is too long")


# Keys of a file


@each("keys, refused", [
    ("no secret", "aws_access_key_id = AKID\n", "Partial credentials found in "
     "shared-credentials-file, missing: aws_secret_access_key (profile default in "),
    ("an empty secret", "aws_access_key_id = AKID\naws_secret_access_key =\n",
     "missing: aws_secret_access_key"),
    ("an empty id", f"aws_access_key_id =\naws_secret_access_key = {SECRET}\n",
     "missing: aws_access_key_id"),
    ("swapped", f"aws_access_key_id = {SECRET}\naws_secret_access_key = AKID\n",
     "access key id (aws_access_key_id in "),
    ("a comment after the secret", f"aws_access_key_id = AKID\naws_secret_access_key = {SECRET} # x"
     "\n", "secret access key (aws_secret_access_key in "),
    ("a secret of two lines", f"aws_access_key_id = AKID\naws_secret_access_key = {SECRET}\n  x\n",
     "/.aws/credentials line 3 has more than one line."),
    ("a token with a blank", f"{KEYS}aws_session_token = a b\n",
     "session token (aws_session_token in "),
])
def bad_keys(bench: Bench, keys: str, why: str) -> None:
    with home(bench, f"[default]\n{REGION}", f"[default]\n{keys}") as here:
        for more in ((), ("--debug",)):
            want_refusal(here.run(*IDS, *more), why, "/.aws/credentials")


@case("an access key id without a secret in the config file")
def bad_config_keys(bench: Bench) -> None:
    with home(bench, f"[default]\n{REGION}aws_access_key_id = AKID\n") as here:
        want_refusal(here.run(), "Partial credentials found in config-file, missing: "
                     "aws_secret_access_key (profile default in ")


# Settings


def reached(config: str, env: dict | None = None, options: tuple = (),
            ) -> tuple[str, str, dict, tuple]:
    return config, "", env or {}, options


SETTINGS = [
    ("region", "region = eu-west-1", {}, ("region", "eu-west-1")),
    ("a fips region", "region = fips-us-east-1", {},
     ("host", "emr-serverless-fips.us-east-1.amazonaws.com:443")),
    ("endpoint_url", "region = us-east-1\nendpoint_url = http://127.0.0.1:9", {},
     ("host", "127.0.0.1:9")),
    ("use_fips_endpoint", "region = us-east-1\nuse_fips_endpoint = TRUE", {},
     ("host", "emr-serverless-fips.us-east-1.amazonaws.com:443")),
    ("AWS_USE_FIPS_ENDPOINT before use_fips_endpoint",
     "region = us-east-1\nuse_fips_endpoint = true", {"AWS_USE_FIPS_ENDPOINT": "false"},
     ("host", "emr-serverless.us-east-1.amazonaws.com:443")),
    ("use_dualstack_endpoint", "region = us-east-1\nuse_dualstack_endpoint = true", {},
     ("host", "emr-serverless.us-east-1.api.aws:443")),
    ("ignore_configured_endpoint_urls",
     "region = us-east-1\nendpoint_url = http://127.0.0.1:9\nservices = none\n"
     "ignore_configured_endpoint_urls = true", {},
     ("host", "emr-serverless.us-east-1.amazonaws.com:443")),
    ("sdk_ua_app_id", "region = us-east-1\nsdk_ua_app_id = gateway-7", {}, ("agent", "gateway-7")),
    ("AWS_SDK_UA_APP_ID before sdk_ua_app_id", "region = us-east-1\nsdk_ua_app_id = gateway-7",
     {"AWS_SDK_UA_APP_ID": "x"}, ("agent", "x")),
    ("services", "region = us-east-1\nservices = s\nendpoint_url = http://127.0.0.1:8\n"
     "[services s]\nemr_serverless =\n  endpoint_url = http://127.0.0.1:9\n", {},
     ("host", "127.0.0.1:9")),
    ("services without this service", "region = us-east-1\nservices = s\n"
     "endpoint_url = http://127.0.0.1:8\n[services s]\ns3 =\n  endpoint_url = http://127.0.0.1:9\n",
     {}, ("host", "127.0.0.1:8")),
    ("AWS_ENDPOINT_URL before services", "region = us-east-1\nservices = s\n"
     "[services s]\nemr_serverless =\n  endpoint_url = http://127.0.0.1:9\n",
     {"AWS_ENDPOINT_URL": "http://127.0.0.1:7"}, ("host", "127.0.0.1:7")),
    ("an empty value counts as not set", "region =\nregion2 = x\nendpoint_url =", {"AWS_REGION": "us-east-2"},
     ("host", "emr-serverless.us-east-2.amazonaws.com:443")),
]


@each("a setting of the profile", SETTINGS)
def settings(bench: Bench, config: str, env: dict, seen: tuple) -> None:
    with home(bench, f"[profile p]\n{config}\n", f"[p]\n{KEYS}") as here:
        found = shown(here.run(*DRY, "--profile", "p", env=env))
        want(getattr(found, seen[0]) == seen[1], seen, found)


@each("a setting of the profile, refused", [
    ("use_fips_endpoint", "use_fips_endpoint = 1", "use_fips_endpoint in {home}/.aws/config line 3 "
     "must be true or false."),
    ("use_dualstack_endpoint", "use_dualstack_endpoint = yes", "must be true or false."),
    ("ignore_configured_endpoint_urls", "ignore_configured_endpoint_urls = 0",
     "must be true or false."),
    ("a URL of two lines", "endpoint_url = a\n  b",
     "endpoint_url in {home}/.aws/config line 3 must be a single line."),
    ("a block", "endpoint_url =\n  a = b", "must be a single line."),
    ("too long", "endpoint_url = " + "x" * 17000, "endpoint_url in {home}/.aws/config line 3 is too "
     "long."),
    ("a bad URL", "endpoint_url = nonsense", "endpoint (endpoint_url in {home}/.aws/config line 3 "
     "'nonsense')"),
    ("services that are not there", "services = s", "The profile p uses the services section s "
     "({home}/.aws/config line 3), which does not exist in {home}/.aws/config, or is empty."),
    ("services of two lines", "services = s\n  t", "services must be one name."),
    ("a service that is no block", "services = s\n[services s]\nemr_serverless = x",
     "line 5: emr_serverless must begin a block of settings."),
    ("a fault in services", "services = s\n[services s]\nx",
     "line 5 is neither a [section] nor key = value."),
])
def bad_settings(bench: Bench, config: str, why: str) -> None:
    with home(bench, f"[profile p]\nregion = us-east-1\n{config}\n", f"[p]\n{KEYS}") as here:
        want_refusal(here.run(*IDS, "--profile", "p"), why.replace("{home}", str(here.path)))


@case("no region anywhere")
def no_region(bench: Bench) -> None:
    with home(bench, None, f"[default]\n{KEYS}") as here:
        want_refusal(here.run(), "You must specify a region: --region, AWS_REGION or "
                     "AWS_DEFAULT_REGION, or region in the profile.")


@each("a setting that does not end the command: one warning or none, and the job run is cancelled", [
    ("output = yaml", "output = yaml", "output in {home}/.aws/config line 3 is neither json nor text:"
     " json is used"),
    ("output = table", "output = table", "json is used"),
    ("output = text", "output = text", ""),
    ("output of two lines", "output = text\n  more", "output in {home}/.aws/config line 3 has more than "
     "one line: the first is used"),
    ("sdk_ua_app_id that is a block", "sdk_ua_app_id =\n  a = b", "has more than one line: the first is"
     " used"),
    ("sdk_ua_app_id that is too long", "sdk_ua_app_id = " + "x" * 17000, "is too long: it is not used"),
    ("retry_mode = adaptive", "retry_mode = adaptive", "retry_mode in {home}/.aws/config line 3 is "
     "not standard: standard is used"),
    ("max_attempts = 0", "max_attempts = 0", "max_attempts in {home}/.aws/config line 3 is less than"
     " 1: 1 is used"),
    ("max_attempts = many", "max_attempts = many", "is not a whole number: 3 is used"),
    ("sdk_ua_app_id", "sdk_ua_app_id = a b", "sdk_ua_app_id in {home}/.aws/config line 3 holds bytes"
     " that are not allowed: each is sent as -"),
    ("cli_pager and others have no effect", "cli_pager = less\ncli_timestamp_format = none\n"
     "cli_auto_prompt = on\ncli_binary_format = base64\ns3 =\n  x = y\nplugins = z", ""),
])
def unsupported(bench: Bench, config: str, why: str) -> None:
    with home(bench, f"[default]\n{REGION}{config}\n", f"[default]\n{KEYS}") as here, \
            Server() as server:
        answer = here.run(*IDS, "--endpoint-url", server.url, env={"AWS_MAX_ATTEMPTS": None})
        out = AS_TEXT if config.startswith("output = text") else AS_JSON
        want(answer.code == 0 and answer.out == out, "accepted", answer)
        warnings = [line for line in answer.lines if line]
        expected = ["emrs: " + why.replace("{home}", str(here.path))] if why else []
        want(len(warnings) == len(expected) and all(why.split("{home}")[-1] in line
                                                    for line in warnings), expected, answer)


@case("max_attempts of the profile is used, unless AWS_MAX_ATTEMPTS is set")
def attempts(bench: Bench) -> None:
    with home(bench, f"[default]\n{REGION}max_attempts = 2\n", f"[default]\n{KEYS}") as here:
        for env, count in (({"AWS_MAX_ATTEMPTS": None}, 2), ({"AWS_MAX_ATTEMPTS": "1"}, 1)):
            with Server(says(http(500))) as server:
                answer = here.run(*IDS, "--endpoint-url", server.url, env=env)
                want(answer.code == 254 and server.connections() == count, f"{count} attempts",
                     answer)


@case("ca_bundle of the profile is used, unless AWS_CA_BUNDLE is set")
def ca_bundle(bench: Bench) -> None:
    url = ("--endpoint-url", "https://127.0.0.1:9")
    with home(bench, f"[default]\n{REGION}ca_bundle = /no/such\n", f"[default]\n{KEYS}") as here:
        want_refusal(here.run(*IDS, *url), "CA bundle (ca_bundle in ", "line 3 '/no/such')")
        want_refusal(here.run(*IDS, *url, env={"AWS_CA_BUNDLE": "/nor/this"}),
                     "CA bundle (AWS_CA_BUNDLE '/nor/this')")


# The search for credentials

SECOND = ('Let AWS CLI 2 fetch them: add to the config file\n[profile {0}{1}-emrs{0}]\n'
          'credential_process = aws configure export-credentials --profile {0}{1}{0} --format process\n'
          '{2}and use it: --profile {0}{1}-emrs{0}\n')


@each("a profile that needs another service is refused, and a second profile that works is printed", [
    (f"{key}{', with keys' if keys else ''}", key, keys, name)
    for key, keys in (("role_arn", False), ("role_arn", True), ("web_identity_token_file", True),
                      ("sso_account_id", True), ("sso_role_name", True), ("login_session", False),
                      ("sso_session", False), ("sso_start_url", False))
    for name in ("p", "my p")])
def foreign(bench: Bench, key: str, keys: bool, name: str) -> None:
    quote = '"' if " " in name else ""
    config = f"[profile {quote}{name}{quote}]\n{REGION}{key} = x\n"
    with home(bench, config, f"[{name}]\n{KEYS}" if keys else None) as here:
        for options, env in ((("--profile", name), {}), ((), {"AWS_PROFILE": name})):
            want_refusal(here.run(*DRY, *options, env=env),
                         f"The credentials come from {key} of profile {name} ({here.path}/.aws/config"
                         " line 3), which emrs does not support.", SECOND.format(quote, name, REGION))


@case("the second profile has each setting of the first that emrs uses, but no password")
def second_settings(bench: Bench) -> None:
    used = ("region = eu-west-1\nendpoint_url = https://emr.example:8443\nservices = s\n"
            "ignore_configured_endpoint_urls = false\nuse_fips_endpoint = false\nuse_dualstack_endpoint = false\n"
            "ca_bundle = /etc/ssl/own.pem\nmax_attempts = 2\noutput = text\nsdk_ua_app_id = gateway-17\n")
    rest = "[services s]\nemr_serverless =\n  endpoint_url = https://emr.example:8443\n"
    with home(bench, f"[profile p]\nrole_arn = x\nduration_seconds = 900\n{used}{rest}") as here:
        want_refusal(here.run(*DRY, "--profile", "p"), SECOND.format("", "p", used))
    secret = "https://user:hunter2@emr.example"
    with home(bench, f"[profile p]\nrole_arn = x\n{REGION}endpoint_url = {secret}\nca_bundle =\n") as here:
        answer = here.run(*DRY, "--profile", "p")
        want_refusal(answer, SECOND.format("", "p", REGION))
        want(b"hunter2" not in answer.err, "no password", answer)
    with home(bench, f"[default]\n{REGION}ca_bundle = /etc/ssl/own.pem\n") as here:
        want_refusal(here.run(env={"AWS_WEB_IDENTITY_TOKEN_FILE": "/no/such"}), "--format process\n"
                     f"{REGION}ca_bundle = /etc/ssl/own.pem\nand use it: --profile web-identity-emrs\n")
    with home(bench, f"[profile p]\nrole_arn = x\n{REGION}", f"[p]\nregion = us-west-2\n") as here:
        want_refusal(here.run(*DRY, "--profile", "p"), SECOND.format("", "p", "region = us-west-2\n"))


@case("keys of the credentials file are used before login_session, as in botocore")
def login_after_keys(bench: Bench) -> None:
    with home(bench, f"[default]\n{REGION}login_session = x\n", f"[default]\n{KEYS}") as here:
        want(shown(here.run()).key_id == "AKIDFILE", "the keys", "")


@each("web identity in the environment", [
    ("with a role", {"AWS_ROLE_ARN": "arn:aws:iam::1:role/x"}), ("without", {})])
def web_identity(bench: Bench, env: dict) -> None:
    env = {"AWS_WEB_IDENTITY_TOKEN_FILE": "/no/such", **env}
    with home(bench, *FILES) as here:
        want_refusal(here.run(env=env), "The credentials come from AWS_WEB_IDENTITY_TOKEN_FILE, which "
                     "emrs does not support.", "[profile web-identity-emrs]\ncredential_process = aws "
                     "configure export-credentials --format process\nregion = us-west-1\nand use it: "
                     "--profile web-identity-emrs\n")
        want(shown(here.run(env={**env, **ENV_KEYS})).key_id == KEY_ID, "the keys come first", "")
        want(shown(here.run(*DRY, "--profile", "p", env=env)).key_id == "AKIDP", "--profile", "")


IOT = {"AWS_IOT_CORE_CREDENTIAL_ENDPOINT": "x.credentials.iot.invalid",
       "AWS_IOT_CORE_ROLE_ALIAS": "alias", "AWS_IOT_CORE_CERT": "/c", "AWS_IOT_CORE_PRIVATE_KEY": "/k"}


@each("AWS IoT Core: some variables without the others", [
    *((f"without {name}", {**IOT, name: None}, next(other for other in IOT if other != name), name)
      for name in IOT),
    ("the thing name alone", {"AWS_IOT_CORE_THING_NAME": "t"}, "AWS_IOT_CORE_THING_NAME",
     "AWS_IOT_CORE_CREDENTIAL_ENDPOINT")])
def iot_partial(bench: Bench, env: dict, first: str, missing: str) -> None:
    with home(bench, *FILES) as here:
        want_refusal(here.run(env=env), f"{first} is set, but {missing} is missing.")
        want(shown(here.run(env={**env, **ENV_KEYS})).key_id == KEY_ID, "the keys come first", "")
        want(shown(here.run(*DRY, "--profile", "p", env=env)).key_id == "AKIDP", "--profile", "")


@case("a search without result names every source, and why it gave nothing")
def nothing(bench: Bench) -> None:
    with home(bench, f"[default]\n{REGION}[profile p]\n{REGION}") as here:
        want_refusal(
            here.run(), "Unable to locate credentials. Tried:\n"
            "  environment: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not set\n"
            "  AWS IoT Core: AWS_IOT_CORE_CREDENTIAL_ENDPOINT is not set\n"
            "  web identity: AWS_WEB_IDENTITY_TOKEN_FILE is not set\n"
            f"  profile: profile default has no credentials in {here.path}/.aws/config and "
            f"{here.path}/.aws/credentials\n"
            "  container: AWS_CONTAINER_CREDENTIALS_RELATIVE_URI and "
            "AWS_CONTAINER_CREDENTIALS_FULL_URI are not set\n"
            "  instance role: AWS_EC2_METADATA_DISABLED is true\n")
        want_refusal(here.run(*DRY, "--profile", "p", env=ENV_KEYS),
                     "  environment: not used, because --profile is given\n",
                     "  AWS IoT Core: not used, because --profile is given\n",
                     "  profile: profile p has no credentials in ")
    with home(bench) as here:
        want_refusal(here.run(env={"AWS_REGION": "us-east-1"}),
                     f"  profile: there is no profile default in {here.path}/.aws/config (no such "
                     f"file) and {here.path}/.aws/credentials (no such file)\n")


SOURCES = [
    ("the environment", {**ENV_KEYS, "AWS_REGION": "us-east-1"}, (),
     "AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN (not set)"),
    ("a token", {**ENV_KEYS, "AWS_SESSION_TOKEN": TOKEN, "AWS_REGION": "us-east-1"}, (),
     "AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN"),
    ("a profile", {}, ("--profile", "p"), "profile p ({home}/.aws/credentials line 5)"),
    ("a process", {}, ("--profile", "x"),
     "credential_process of profile x ({home}/.aws/config line 11)"),
]
DENIED = http(403, '{"message": "User is not authorized"}', "x-amzn-ErrorType: AccessDeniedException")


@each("where the credentials came from: with --debug, and when access is denied", SOURCES)
def told(bench: Bench, env: dict, options: tuple, words: str) -> None:
    config = FILES[0] + f"[profile x]\n{REGION}credential_process = {{home}}/p\n"
    with home(bench, config, FILES[1]) as here, Server(says(DENIED)) as server:
        script(here, answer_of())
        words = words.replace("{home}", str(here.path))
        answer = here.run(*IDS, "--endpoint-url", server.url, *options, env=env)
        want(answer.code == 254 and REFUSED in answer.err.decode(), "refused", answer)
        want(f"The credentials came from {words}. To use another profile: --profile NAME"
             in answer.lines, words, answer)
        answer = here.run(*IDS, "--endpoint-url", server.url, *options, "--debug", env=env)
        want(any(re.fullmatch(rf"emrs: \d+ ms: credentials: {re.escape(words)}", line)
                 for line in answer.lines), words, answer)


# credential_process


def answer_of(**changes: object) -> str:
    whole = {"Version": 1, "AccessKeyId": "AKIDPROCESS", "SecretAccessKey": SECRET,
             "SessionToken": TOKEN}
    return json.dumps({name: value for name, value in {**whole, **changes}.items()
                       if value is not None})


def script(here: Home, out: str | None = None, code: str = "", name: str = "p",
           mode: int = 0o700) -> Path:
    """A program in the home folder: prints `out`, after it ran `code`."""
    path = here.path / name
    text = f"#!/bin/sh\n{code}\n"
    if out is not None:
        (here.path / f"{name}.out").write_text(out)
        text += f"cat {shlex.quote(str(here.path / name))}.out\n"
    path.write_text(text)
    path.chmod(mode)
    return path


def wait_for(path: Path) -> str:
    """The number that a program writes into a file."""
    for _ in range(100 * RUN_S):
        if path.exists() and path.read_text().endswith("\n"):
            return path.read_text().strip()
        time.sleep(0.01)
    raise tap.Failed(f"no {path}")


@contextlib.contextmanager
def process(bench: Bench, out: str | None = None, code: str = "", command: str = "{home}/p",
            where: str = "config") -> Iterator[Home]:
    settings = f"[default]\n{REGION}credential_process = {command}\n"
    with home(bench, settings if where == "config" else f"[default]\n{REGION}",
              settings if where != "config" else None) as here:
        script(here, out, code)
        yield here


@each("a process gives the credentials", [
    ("of the config file", {}, "{home}/p"), ("of the credentials file", {"where": "c"}, "{home}/p"),
    ("with words", {}, '{home}/p "a b" \'c\' d\\ e'), ("by PATH", {}, "cat {home}/p.out"),
    ("of two lines", {}, "cat\n  # a comment\n  {home}/p.out"),
    ("through env, which clears its variables", {}, "/usr/bin/env -i {home}/p"),
])
def process_good(bench: Bench, more: dict, command: str) -> None:
    with process(bench, answer_of(), command=command, **more) as here:
        answer = here.run()
        seen = shown(answer)
        want(seen.key_id == "AKIDPROCESS" and seen.token_size == len(TOKEN), "the answer", answer)
        want(seen.is_signed_with(SECRET), "the secret", answer)


@case("a process gets its arguments, stdin and the environment, and no file descriptor of ours")
def process_child(bench: Bench) -> None:
    code = ('for word; do echo "<$word>"; done >"$HOME/seen"; cat >>"$HOME/seen"\n'
            'env | sort >"$HOME/variables"; ls /proc/self/fd >"$HOME/descriptors"; '
            'ulimit -c >"$HOME/core"; trap "" PIPE; trap >"$HOME/traps"')
    with process(bench, answer_of(), code, "{home}/p a 'b  c' $HOME \"\" ~ * ;x") as here:
        env = {**NO_KEYS, "HOME": str(here.path), "MINE": "1", "AWS_SESSION_TOKEN": "not used"}
        (here.path / "in").write_text("a code\n")
        with (here.path / "in").open() as stdin, (here.path / "in").open() as more:
            os.set_inheritable(more.fileno(), True)
            child = bench.start(*DRY, env=env, stdin=stdin, close_fds=False)
            answer = finish(child)
        want(answer.code == 0, "a dry run", answer)
        lines = (here.path / "seen").read_text().splitlines()
        want(lines == ["<a>", "<b  c>", "<$HOME>", "<>", "<~>", "<*>", "<;x>", "a code"], "words",
             lines)
        variables = (here.path / "variables").read_text().splitlines()
        names = {line.partition("=")[0] for line in variables} - {"PWD", "_", "OLDPWD", "SHLVL"}
        given = {name for name, value in {**{"PATH": "", "LC_ALL": "", "AWS_MAX_ATTEMPTS": ""},
                                          **env}.items() if value is not None}
        given |= {name for name in os.environ if name.endswith("SAN_OPTIONS")}
        want(names == given, given, names)
        descriptors = (here.path / "descriptors").read_text().split()
        want(len(descriptors) == 4, "0, 1, 2 and that of ls", descriptors)
        want((here.path / "core").read_text() == "0\n", "no core file", "")


EXPIRED = http(403, '{"message": "m"}', "x-amzn-ErrorType: ExpiredTokenException")
PROCESS = "credential_process of profile default ({home}/.aws/config line 3) "


@each("a process that fails", [
    ("exit status", None, "echo 'no MFA device' >&2; exit 3", "ended with exit status 3: no MFA "
     "device"),
    ("exit status without a message", None, "exit 1", "ended with exit status 1\n"),
    ("a signal", None, "kill -9 $$", "was ended by signal 9\n"),
    *((name, out, "", f"gave no credentials: {why}") for name, out, why in (
        ("not JSON", "sorry", "its answer is not JSON\n"),
        ("nothing", "", "its answer is not JSON\n"),
        ("JSON that is cut", answer_of()[:-9], "its answer is not JSON\n"),
        ("an array", "[]", "its answer is not JSON\n"),
        ("no version", answer_of(Version=None), "Version in the answer is missing or empty"),
        ("version 2", answer_of(Version=2), "Version in the answer must be 1"),
        ("version \"1\"", answer_of(Version="1"), "Version in the answer must be 1"),
        ("no access key id", answer_of(AccessKeyId=None), "access key id is missing or empty"),
        ("an access key id with a slash", answer_of(AccessKeyId="a/b"), "access key id may hold"),
        ("no secret", answer_of(SecretAccessKey=None), "secret access key is missing or empty"),
        ("a secret that is a number", answer_of(SecretAccessKey=5),
         "secret access key is not a text"),
        ("a token with a line end", answer_of(SessionToken="a\nb"), "session token holds a space"),
        ("an expiration that is no date", answer_of(Expiration="soon"),
         "expiration in the answer is not a date"))),
    ("a token that is too long", answer_of(SessionToken="t" * 30000), "",
     "gave keys that are too long: they may have 20 KB in all"),
    ("a megabyte", None, "head -c 1000000 /dev/zero", "printed more than 64 KB"),
    ("megabytes without an end", None, "while :; do echo {0}; done".format("y" * 500),
     "printed more than 64 KB"),
    ("control bytes in its errors", None, "printf 'a\\033[2J\\nb' >&2; exit 1",
     "ended with exit status 1: a?[2J\nb"),
    ("more on stderr than is kept", None, "head -c 100000 /dev/zero | tr '\\0' x >&2; exit 1",
     "ended with exit status 1: xxx"),
])
def process_bad(bench: Bench, out: str | None, code: str, why: str) -> None:
    with process(bench, out, code) as here:
        for more in (("--dry-run",), ("--debug",)):
            want_refusal(here.run(*IDS, *more), PROCESS.replace("{home}", str(here.path)) + why)


@each("a command that cannot be run", [
    ("no such file", "/no/such x", "cannot be started: No such file or directory"),
    ("a folder", "{home}", "cannot be started: "),
    ("not a program", "{home}/.aws/config", "cannot be started: Permission denied"),
    ("a quotation mark", "'a", "has a quotation mark without a second one"),
    ("a backslash", "a \\", "ends with a backslash"),
    ("nothing", "", "is empty"), ("too many words", "a " * 512, "is too long: 16 KB and 511 words"),
    ("too long", "a" * 17000, "is too long: 16 KB and 511 words are allowed"),
])
def process_none(bench: Bench, command: str, why: str) -> None:
    with process(bench, command=command) as here:
        want_refusal(here.run(), PROCESS.replace("{home}", str(here.path)) + why)


@case("a secret that a process prints on stdout and stderr is not shown when it fails")
def process_secret(bench: Bench) -> None:
    other = "another+secret/of+this+process/0123456789"
    code = f"echo '{answer_of(SecretAccessKey=other)}' | tee /dev/stderr; exit 1"
    with process(bench, None, code) as here:
        answer = here.run()
        want_refusal(answer, "ended with exit status 1: *****")
        seen = leak(other.encode(), answer.err, LEAK_SIZE)
        want(not seen, "no secret", seen)


@case("a secret of a file or a process is masked when the service sends it back")
def echoed(bench: Bench) -> None:
    other = "another+secret/of+this+process/0123456789"
    body = json.dumps({"message": f"the secret {other} is wrong"})
    with process(bench, answer_of(SecretAccessKey=other)) as here, Server(
            says(http(403, body, "x-amzn-ErrorType: AccessDenied"))) as server:
        for more in ((), ("--debug",)):
            answer = here.run(*IDS, "--endpoint-url", server.url, *more)
            want(answer.code == 254 and b"the secret ****" in answer.err, "masked", answer)
            seen = leak(other.encode(), answer.err, LEAK_SIZE)
            want(not seen, "no secret", seen)


@case("a process that hangs is killed with its group, at --timeout")
def process_hangs(bench: Bench) -> None:
    code = 'sleep 300 & echo $! >"$HOME/pid"; wait'
    with process(bench, None, code) as here:
        answer = here.run(*DRY, "--timeout", "5")
        want_refusal(answer, PROCESS.replace("{home}", str(here.path)) + "did not end within 5 s")
        pid = int((here.path / "pid").read_text())
        for _ in range(500):
            state = Path(f"/proc/{pid}/stat")
            if not state.exists() or state.read_text().split()[2] == "Z":
                return
            time.sleep(0.01)
        want(False, "no process is left", pid)


@case("a signal while a process runs is passed on, and ends the command")
def process_signalled(bench: Bench) -> None:
    for code, most in (("trap 'touch \"$HOME/told\"; exit 7' TERM; ", 1), ("trap '' TERM; ", 2)):
        code += 'echo $$ >"$HOME/pid"; while :; do sleep 0.05; done'
        with process(bench, None, code) as here:
            child = bench.start(*DRY, env={**NO_KEYS, "HOME": str(here.path)})
            pid = wait_for(here.path / "pid")
            child.send_signal(signal.SIGTERM)
            answer = finish(child)
            want_refusal(answer, PROCESS.replace("{home}", str(here.path))
                         + "was ended, because a signal interrupted this command", code=128 + signal.SIGTERM)
            want((here.path / "told").exists() == (most == 1), "told", answer)
            want(not Path(f"/proc/{pid}").exists(), "no process is left", pid)


@case("a signal while a process renews credentials ends both, and the effect is printed")
def renewal_signalled(bench: Bench) -> None:
    code = ('if [ -e "$HOME/once" ]; then echo $$ >"$HOME/pid"; while :; do sleep 0.05; done; fi; '
            'touch "$HOME/once"')
    with process(bench, answer_of(), code) as here, Server(says(EXPIRED)) as server:
        child = bench.start(*IDS, "--endpoint-url", server.url,
                            env={**NO_KEYS, "HOME": str(here.path), "AWS_MAX_ATTEMPTS": "3"})
        pid = wait_for(here.path / "pid")
        begin_s = time.monotonic()
        child.send_signal(signal.SIGTERM)
        answer = finish(child)
        want(answer.code == 254 and time.monotonic() - begin_s < 20, "the service's refusal, at once", answer)
        want("was not cancelled" in answer.err.decode(), "the effect", answer)
        want(not Path(f"/proc/{pid}").exists(), "no process is left", pid)


@case("no process is started once the command is interrupted")
def interrupted_before(bench: Bench) -> None:
    """The call would ask for other credentials at once, as these have expired."""
    code = 'echo x >>"$HOME/count"; trap "" TERM; kill -TERM $PPID'
    with process(bench, answer_of(Expiration="2020-01-01T00:00:00Z"), code) as here, Server() as server:
        answer = here.run(*IDS, "--endpoint-url", server.url)
        want(answer.code == 128 + signal.SIGTERM and not server.heads, "143", answer)
        want("renewed" not in answer.err.decode(), "no renewal", answer)
        want((here.path / "count").read_text() == "x\n", "one run of the process", "")


@case("a program that a process leaves behind is not waited for")
def process_leaves(bench: Bench) -> None:
    with process(bench, answer_of(), 'sleep 30 >&2 & echo $! >"$HOME/pid"') as here:
        try:
            want(shown(here.run()).key_id == "AKIDPROCESS", "the answer", "")
        finally:
            os.kill(int((here.path / "pid").read_text()), 9)


@case("a process can ask for a code on the terminal")
def process_terminal(bench: Bench) -> None:
    """If it had its own process group, it would be stopped when it reads from the terminal."""
    code = 'read -r code </dev/tty && [ "$code" = 123456 ] || exit 9'
    spawn = "import os, pty, sys; sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))"
    with process(bench, answer_of(), code) as here:
        words = [sys.executable, "-c", spawn, bench.binary, "cancel-job-run", *DRY]
        child = subprocess.run(words, env=environment({**NO_KEYS, "HOME": str(here.path)}),
                               input=b"123456\n", capture_output=True, timeout=RUN_S, check=False)
        want(child.returncode == 0 and b"Credential=AKIDPROCESS" in child.stdout, "the answer", child)


@case("credentials of a process that have expired by our clock are sent: the service decides")
def process_expired(bench: Bench) -> None:
    for answer, code in ((http(200, AS_JSON.decode()), 0), (EXPIRED, 254)):
        with process(bench, answer_of(Expiration="2020-01-01T00:00:00Z"),
                     'echo x >>"$HOME/count"') as here, Server(says(answer)) as server:
            seen = here.run(*IDS, "--endpoint-url", server.url, env={"AWS_MAX_ATTEMPTS": "9"})
            want(seen.code == code and server.connections() <= 2, f"exit {code}", seen)
            started = (here.path / "count").read_text().count("x")
            want(started <= 3, "few runs of the process", started)


@case("the exit status of a process is read even if our parent process has ignored SIGCHLD")
def process_ignored(bench: Bench) -> None:
    with process(bench, answer_of()) as here:
        ignore = ("import os, signal, sys; signal.signal(signal.SIGCHLD, signal.SIG_IGN); "
                  "os.execv(sys.argv[1], sys.argv[1:])")
        answer = here.run(shell=f"exec {sys.executable} -c '{ignore}' \"$@\"")
        want(shown(answer).key_id == "AKIDPROCESS", "the answer", answer)


@case("the time that a process takes is part of --timeout")
def process_time(bench: Bench) -> str:
    """If it were not, a run would take 11 s at least; a busy machine has three tries to be faster."""
    with process(bench, answer_of(), "sleep 5") as here, Server(
            lambda peer, head: time.sleep(30)) as server:
        for _ in range(3):
            begin_s = time.monotonic()
            answer = here.run(*IDS, "--endpoint-url", server.url, "--timeout", "6")
            took_s = time.monotonic() - begin_s
            want(answer.code in (253, 255), "a time-out", answer)
            if took_s < 11:
                return f"{took_s:.1f} s with --timeout 6"
    raise tap.Failed(f"{took_s:.1f} s with --timeout 6")


@each("a process of a file that others may write is not started", [
    ("the group", 0o620, None), ("every user", 0o602, None), ("another owner", 0o600, 12345)])
def process_writers(bench: Bench, mode: int, owner: int | None) -> None:
    with process(bench, answer_of(), 'touch "$HOME/started"') as here:
        path = here.path / ".aws" / "config"
        path.chmod(mode)
        if owner is not None:
            if os.geteuid() != 0:
                raise tap.Skipped("only root can give a file to another user")
            os.chown(path, owner, -1)
        want_refusal(here.run(), f"credential_process ({path} line 3) was not started: the file must "
                     "belong to you or to root, and nobody else may write it: chmod go-w")
        want(not (here.path / "started").exists(), "not started", "")
        path.chmod(0o644)
        if owner is None:
            want(shown(here.run()).key_id == "AKIDPROCESS", "others may read", "")


@case("credentials that expire during a call are fetched again from the process")
def renewed(bench: Bench) -> None:
    code = 'echo x >>"$HOME/count"; n=$(wc -l <"$HOME/count"); sed -i "s/AKID[A-Z0-9]*/AKIDN$n/" "$0.out"'
    with process(bench, answer_of(Expiration="2035-01-01T00:00:00Z"), code) as here:
        answers = [EXPIRED]

        def script_of(peer: object, head: bytes) -> None:
            peer.sendall(answers.pop() if answers else http(200, AS_JSON.decode()))

        with Server(script_of) as server:
            answer = here.run(*IDS, "--endpoint-url", server.url, env={"AWS_MAX_ATTEMPTS": "3"})
            want(answer.code == 0 and len(server.heads) == 2, "accepted at the second attempt", answer)
            ids = [field_of(head, "Authorization").partition("Credential=")[2].partition("/")[0]
                   for head in server.heads]
            want(ids == ["AKIDN1", "AKIDN2"], "fresh credentials", ids)


@case("a renewal that fails is reported, and the call ends")
def renewal_fails(bench: Bench) -> None:
    code = 'if [ -e "$HOME/once" ]; then echo gone >&2; exit 4; fi; touch "$HOME/once"'
    with process(bench, answer_of(), code) as here, Server(says(EXPIRED)) as server:
        answer = here.run(*IDS, "--endpoint-url", server.url, env={"AWS_MAX_ATTEMPTS": "3"})
        want(answer.code != 0 and len(server.heads) == 1, "one request", answer)
        want("emrs: the credentials could not be renewed: credential_process of profile default "
             f"({here.path}/.aws/config line 3) ended with exit status 4: gone" in answer.lines,
             "why", answer)


# botocore and emrs read the same files


@dataclass
class Question:
    """Two files, an environment and an option."""

    config: bytes
    credentials: bytes
    env: dict[str, str]
    profile: str | None

    def __repr__(self) -> str:
        return (f"config {self.config!r} credentials {self.credentials!r} {self.env!r} "
                f"--profile {self.profile!r}")


@dataclass
class Outcome:
    """`kind` is "values", or why there are none: one of REASONS, "unknown" if emrs gives another reason, or
    "broken" if botocore fails with an exception that is no refusal."""

    kind: str
    values: dict[str, str | None] = field(default_factory=dict)
    text: str = ""


# The variables that AWS CLI v2 sets up in botocore (awscli/botocore/configprovider.py).
VARIABLES = {"region": ("region", ["AWS_REGION", "AWS_DEFAULT_REGION"], None, None),
             "profile": (None, ["AWS_PROFILE", "AWS_DEFAULT_PROFILE"], None, None)}
FOREIGN = ("assume-role", "assume-role-with-web-identity", "sso", "login")


class Theirs:
    """Asks botocore, in this process, one question at a time."""

    def __init__(self, folder: Path):
        self._folder = folder

    def answer(self, question: Question) -> Outcome:
        (self._folder / "config").write_bytes(question.config)
        (self._folder / "credentials").write_bytes(question.credentials)
        kept = dict(os.environ)
        os.environ.clear()
        os.environ.update({"PATH": kept["PATH"], **question.env})
        try:
            return self._resolve(question.profile)
        except ConfigParseError as error:
            return Outcome("parse", text=str(error))
        except ProfileNotFound:
            return Outcome("profile")
        except PartialCredentialsError as error:
            return Outcome("foreign" if error.kwargs["provider"] in FOREIGN else "partial")
        except InvalidConfigError as error:
            return Outcome("services" if "services" in str(error) else "foreign", text=str(error))
        except (CredentialRetrievalError, ValueError) as error:  # ValueError: shlex cannot split a command
            return Outcome("process", text=str(error))
        except (BotoCoreError, AttributeError, TypeError, OSError) as error:
            return Outcome("broken", text=repr(error))
        finally:
            os.environ.clear()
            os.environ.update(kept)

    def _resolve(self, profile: str | None) -> Outcome:
        session = botocore.session.Session(session_vars=VARIABLES)
        if profile is not None:
            session.set_config_variable("profile", profile)
        scoped = session.get_scoped_config()
        url = None
        if not session.get_config_variable("ignore_configured_endpoint_urls"):
            url = botocore.configprovider.ConfiguredEndpointProvider(
                session.full_config, scoped, "emr-serverless").provide()
        credentials = session.get_credentials()
        if credentials is not None and credentials.method in FOREIGN:
            return Outcome("foreign")
        return Outcome("values" if credentials else "none", {
            "region": session.get_config_variable("region"), "url": url,
            "fips": session.get_config_variable("use_fips_endpoint") or False,
            "dualstack": session.get_config_variable("use_dualstack_endpoint") or False,
            "agent": session.get_config_variable("user_agent_appid"),
            "output": scoped.get("output"),
            **({"id": credentials.access_key, "secret": credentials.secret_key,
                "token": credentials.token} if credentials else {})})


REASONS = [("parse", r" line \d+ (is |has no|begins|repeats|stands|holds a NUL)"),
           ("profile", r"The config profile \(.*could not be found"),
           ("partial", r"Partial credentials found"),
           ("foreign", r"which emrs does not support"),
           ("none", r"Unable to locate credentials"),
           ("process", r"credential_process of profile"),
           ("services", r"services section|emr_serverless must begin|services must be one name"),
           ("value", r"must be true or false|must be a single line|has more than one line|"
                     r"emrs: (region|endpoint|access key id|secret access key|session token)|"
                     r"You must specify a region|Invalid Configuration")]


def ours(bench: Bench, folder: Path, question: Question) -> Outcome:
    (folder / "config").write_bytes(question.config)
    (folder / "credentials").write_bytes(question.credentials)
    env = {**{name: None for name in NO_KEYS}, **question.env}
    options = ("--profile", question.profile) if question.profile is not None else ()
    answer = finish(bench.start(*DRY, *options, env=env))
    text = answer.err.decode("latin-1")
    if answer.code == 253 or (answer.code == 252 and question.profile == ""):
        kind = next((kind for kind, words in REASONS if re.search(words, text)), "unknown")
        return Outcome(kind, text=text)
    if answer.code != 0:
        return Outcome("unknown", text=text)
    return Outcome("values", vars(shown(answer)) | {"shown": shown(answer)}, text)


def agent_of(text: str | None) -> str:
    """The app id as emrs sends it."""
    first = text.split("\n")[0] if isinstance(text, str) else ""
    data = first.encode()[:60].decode("latin-1")
    return re.sub(r"[^A-Za-z0-9!$%&'*+\-.^_`|~,]", "-", data)


def host_of(values: dict) -> str:
    if values["url"]:
        return values["url"].removeprefix("http://")
    name = "emr-serverless-fips" if values["fips"] else "emr-serverless"
    suffix = "api.aws" if values["dualstack"] else "amazonaws.com"
    return f"{name}.{values['region']}.{suffix}:443"


def mismatch(theirs: Outcome, mine: Outcome) -> str:
    """ret: what differs; empty if both are the same"""
    if theirs.kind != mine.kind:
        return f"botocore: {theirs.kind} {theirs.text}, emrs: {mine.kind}"
    if theirs.kind != "values":
        return ""
    wanted, seen = theirs.values, mine.values
    pairs = {"region": wanted["region"], "key_id": wanted["id"], "host": host_of(wanted),
             "agent": agent_of(wanted["agent"]), "token_size": len(wanted["token"] or "")}
    for name, value in pairs.items():
        if seen[name] != value:
            return f"{name}: botocore {value!r}, emrs {seen[name]!r}"
    return "" if seen["shown"].is_signed_with(wanted["secret"]) else "another secret"


def is_bad_value(question: Question, theirs: Outcome, mine: Outcome) -> bool:
    """Whether botocore accepts a value that emrs refuses: no region, a byte that cannot be in a
    credential or a URL, a line end."""
    if theirs.kind not in ("values", "none") or mine.kind != "value":
        return False
    values = theirs.values
    region, url = values["region"], values["url"]
    if not region or not re.fullmatch(r"[a-z0-9-]{1,63}", str(region)):
        return True
    if url and not re.fullmatch(r"http://127\.0\.0\.1:\d+", str(url)):
        return True
    if url and (values["fips"] or values["dualstack"]):
        return True
    if theirs.kind == "none":
        return False
    return not re.fullmatch(r"\w{1,128}", str(values["id"]), re.A) or any(
        not re.fullmatch(r"[!-~]*", str(text or ""))
        for text in (values["secret"], values["token"]))


def is_utf8(question: Question) -> bool:
    try:
        return bool((question.config + b"\n" + question.credentials).decode()) or True
    except UnicodeDecodeError:
        return False


OTHERS = re.compile(r"^\s*(\[ default\]|\[\]\]|\[profile \"default\]|\[services )", re.M)
OTHERS_OF_CREDENTIALS = re.compile(OTHERS.pattern + r"|^\s*\[profile ", re.M)


def has_others(question: Question) -> bool:
    """Whether a file has a section of another name than the profile's."""
    if question.profile is None and {"AWS_PROFILE", "AWS_DEFAULT_PROFILE"} & set(question.env):
        return True
    config, credentials = (data.decode("latin-1").replace("\r", "\n")
                           for data in (question.config, question.credentials))
    return bool(OTHERS.search(config) or OTHERS_OF_CREDENTIALS.search(credentials))


SWITCH_OF_LINES = re.compile(r"\n(use_|ignore_c)\w+ in .* must be a single line")


def switches(question: Question) -> list[bytes]:
    found = re.findall(rb"(?im)^\s*(?:use_\w+_endpoint|ignore_configured\w+)\s*[=:][ \t]*([^\r\n]*)",
                       (question.config + b"\n" + question.credentials).replace(b"\r", b"\n"))
    return [value.strip().lower() for value in found]


DIFFERS = [
    ("a value that cannot be sent is refused", is_bad_value),
    ("a switch that is neither true nor false is refused",
     lambda q, theirs, mine: bool(SWITCH_OF_LINES.search(mine.text)) or (
         "must be true or false" in mine.text
         and any(value not in (b"true", b"false") for value in switches(q)))),
    ("a NUL byte is refused", lambda q, theirs, mine: "holds a NUL byte" in mine.text),
    ("a setting that is a block, or a block that is a setting, is refused where botocore fails with an exception",
     lambda q, theirs, mine: theirs.kind == "broken" and mine.kind in ("value", "services")),
    ("bytes that are not UTF-8 stop only the profile that they are in, and are allowed in a comment",
     lambda q, theirs, mine: theirs.kind == "parse" and not is_utf8(q)),
    ("a line that cannot be read in another section is ignored",
     lambda q, theirs, mine: theirs.kind == "parse" and mine.kind != "parse" and has_others(q)),
    ("an empty key in a file is a missing key", lambda q, theirs, mine: mine.kind == "partial"
     and theirs.kind == "values" and not (theirs.values["id"] and theirs.values["secret"])),
    ("a secret alone in the environment ends the search",
     lambda q, theirs, mine: mine.kind == "partial" and "found in env" in mine.text
     and not q.env.get("AWS_ACCESS_KEY_ID")),
    ("sso_ settings without an account end the search, where botocore goes on to the instance's role",
     lambda q, theirs, mine: theirs.kind == "none" and mine.kind == "foreign"
     and "come from sso_" in mine.text.lower()),
    ("settings are checked before credentials", lambda q, theirs, mine: theirs.kind in (
        "partial", "foreign", "process", "none", "services") and mine.kind == "value"),
]


class Maker:
    """Makes random files. A structured pair is valid, as people write it. A hostile pair is a list of random
    lines in the one profile that is read, so that each wrong line matters."""

    def __init__(self, seed: int):
        self.random = random.Random(seed)

    def pick(self, *choices: object) -> object:
        return self.random.choice(choices)

    def chance(self, part: float) -> bool:
        return self.random.random() < part

    def value(self, key: str) -> str:
        number = self.random.randrange(100)
        return str({
            "region": self.pick("us-east-1", "eu-west-1", "ap-south-1", "us-west-2"),
            "endpoint_url": f"http://127.0.0.1:{9000 + number}",
            "use_fips_endpoint": self.pick("true", "false", "TRUE", "False"),
            "use_dualstack_endpoint": self.pick("true", "false", "False"),
            "ignore_configured_endpoint_urls": self.pick("true", "false"),
            "services": "svc", "output": self.pick("json", "text"),
            "sdk_ua_app_id": self.pick("gw", "a=b", "x # y", "q;r", "\"quoted\"", "a:b", "a  b"),
            "aws_access_key_id": f"AKID{number}",
            "aws_secret_access_key": self.pick("s3cr3t/" + "x" * 20, "abc=def==", "\"q#;uoted\"",
                                               ":lead", "a[b]c", ""),
            "aws_session_token": self.pick("", "token" * 9, "t=="), "aws_security_token": "older",
            "role_arn": "arn:aws:iam::1:role/r", "source_profile": "default",
            "sso_account_id": "1", "sso_session": "s", "web_identity_token_file": "/no",
            "credential_process": "cat {answer}",
        }.get(key, "v"))

    def item(self, key: str) -> list[str]:
        name = self.pick(key, key, key, key.upper(), key.title())
        sign = self.pick(" = ", "=", ": ", " :", "\t=\t", "\u00a0=\u2003")
        end = self.pick("", "", "", " ", "\t")
        return [f"{name}{sign}{self.value(key)}{end}"]

    def noise(self) -> list[str]:
        return [str(self.pick("", "", "# comment", "; comment", "   # indented", " ", "\t;x = y"))]

    def body(self, is_config: bool) -> list[str]:
        lines: list[str] = []
        likely = {"region": .6, "aws_access_key_id": .5, "aws_session_token": .2, "output": .2,
                  "aws_security_token": .05, "sdk_ua_app_id": .4, "endpoint_url": .15,
                  "use_fips_endpoint": .1, "use_dualstack_endpoint": .1, "services": .15,
                  "ignore_configured_endpoint_urls": .1, "role_arn": .03, "sso_account_id": .02,
                  "sso_session": .02, "web_identity_token_file": .02, "credential_process": .05,
                  "other": .3}
        keys = [key for key, part in likely.items() if self.chance(part)]
        if "aws_access_key_id" in keys and not self.chance(.05):
            keys.append("aws_secret_access_key")
        self.random.shuffle(keys)
        for key in keys:
            lines += self.item(key)
            if self.chance(.1):
                lines += ["s3 =" if "s3 =" not in lines else "", *[
                    f"  {self.pick('x', 'y')} = {self.pick('1', 'a=b')}" for _ in range(2)]] \
                    if "s3 =" not in lines else []
            if self.chance(.2):
                lines += self.noise()
        indent = str(self.pick("", "", "", "  ", "\t"))
        return [indent + line if line else line for line in lines]

    def header(self, name: str, is_config: bool) -> str:
        if not is_config:
            return f"[{name}]"
        shown_name = str(self.pick(f'"{name}"', f"'{name}'")) if " " in name or self.chance(.3) \
            else name
        full = str(self.pick(f"[profile {shown_name}]", f"[profile\t{shown_name} ]"))
        return str(self.pick("[default]", full)) if name == "default" else full

    def file(self, is_config: bool) -> str:
        names = [name for name in ("default", "p", "my p") if self.chance(.85)]
        sections = [[self.header(name, is_config), *self.noise(), *self.body(is_config)]
                    for name in names]
        if is_config and self.chance(.2) and "default" in names:  # the same section in its other form
            sections += [[header, *self.body(True)] for header in ("[default]", "[profile default]")
                         if header not in [section[0] for section in sections]]
        if self.chance(.1):
            sections.append(["[DEFAULT]", *self.body(is_config)])
        if is_config and self.chance(.6):
            sections.append(["[services svc]", str(self.pick("emr_serverless =", "S3 =", "EMR_Serverless =",
                                                             "emr_serverless = x")),
                             f"  endpoint_url = http://127.0.0.1:{self.random.randrange(9, 99)}",
                             "  # no", "  other = x"])
        self.random.shuffle(sections)
        end = str(self.pick("\n", "\n", "\n", "\r\n", "\r"))
        return end.join(line for section in sections for line in section) + str(self.pick("", end))

    def structured(self) -> tuple[bytes, bytes, str | None]:
        profile = self.pick(None, None, None, "default", "p", "my p", "p", "none")
        return self.file(True).encode(), self.file(False).encode(), profile

    HOSTILE = [
        "[default]", "[default] x", "[default", "[]", "[ default]", " [default]", "region = eu-west-1",
        "region=us-east-1", "REGION = x", "region", "= v", ": v", "bad", "  more", "\tmore = x",
        "s3 =", "  a = b", "  c", "region =", "sdk_ua_app_id = a", "sdk_ua_app_id = a # b ; c",
        "sdk_ua_app_id : a = b", " sdk_ua_app_id = a", "sdk_ua_app_id =\u00a0x\u2003", "# comment",
        "\u00a0# comment", "", " ", "\u3000", "\x0c", "\x1f", "k\x85 = v", "\u200b", "\ufeff",
        "aws_access_key_id = AKID1", "aws_secret_access_key = secret#;=:[x]", "aws_session_token = tok-1",
        "aws_session_token =", "aws_access_key_id =", "aws_secret_access_key =", "endpoint_url =",
        "endpoint_url = http://127.0.0.1:9", "services = svc", "services =", "use_fips_endpoint = true",
        "use_fips_endpoint = maybe", "use_fips_endpoint =", "[DEFAULT]", "[profile default]",
        "[profile 'default']", '[profile "default]', "[services svc]", "emr_serverless =",
        "emr_serverless = x", "  endpoint_url = http://127.0.0.1:8", "emr_serverless =\n  x", "[]]",
        "\x00", "k = \x00", "\udcff", "# \udcff", "k = \udcff", "sso_session = s", "sso_account_id = 1",
        "role_arn = a", "credential_process = cat {answer}", "credential_process = 'x",
    ]

    def hostile(self) -> tuple[bytes, bytes, str | None]:
        texts = []
        for header, others in (("[default]", OTHERS), ("[default]", OTHERS_OF_CREDENTIALS)):
            count = self.random.randrange(0, 14)
            lines = [line for line in self.random.choices(self.HOSTILE, k=count)
                     if not (re.search("[\x00\udcff]", line) or others.search(line))
                     or self.chance(.15)]  # few of these lines, because after one of them there is less to compare
            good = ["region = eu-west-1", "aws_access_key_id = AKIDGOOD",
                    "aws_secret_access_key = good"]
            start = [header, *(good if self.chance(.5) else [])] if self.chance(.9) else []
            if self.chance(.6):  # few wrong lines, so that the rest is compared too
                seen: set[str] = set()
                kept = []
                for line in lines:
                    key = re.split("[=:]", line.lower())[0].strip()
                    if key and key not in seen and key not in "\n".join(start).lower() and (
                            "=" in line or line.startswith("#")):
                        kept.append(line)
                        seen.add(key)
                lines = kept
            end = str(self.pick("\n", "\n", "\r\n", "\r"))
            texts.append(end.join([*start, *lines]).encode("utf-8", "surrogateescape"))
        return texts[0], texts[1], self.pick(None, None, "default")

    def environment(self, folder: Path) -> dict[str, str]:
        env = {"HOME": str(folder), "AWS_EC2_METADATA_DISABLED": "true",
               "AWS_CONFIG_FILE": str(folder / "config"),
               "AWS_SHARED_CREDENTIALS_FILE": str(folder / "credentials")}
        for name, value, part in (
                ("AWS_REGION", "sa-east-1", .1), ("AWS_DEFAULT_REGION", "ca-central-1", .2),
                ("AWS_PROFILE", "p", .1), ("AWS_DEFAULT_PROFILE", "my p", .05),
                ("AWS_ENDPOINT_URL", "http://127.0.0.1:77", .05),
                ("AWS_ENDPOINT_URL_EMR_SERVERLESS", "http://127.0.0.1:78", .05),
                ("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true", .05),
                ("AWS_USE_FIPS_ENDPOINT", "false", .05), ("AWS_SDK_UA_APP_ID", "env", .05),
                ("AWS_ACCESS_KEY_ID", "AKIDENV", .1), ("AWS_SECRET_ACCESS_KEY", "env/secret", .1),
                ("AWS_SESSION_TOKEN", "envtoken", .05),
                ("AWS_WEB_IDENTITY_TOKEN_FILE", "/no/such", .02)):
            if self.chance(part):
                env[name] = value
        if "AWS_ACCESS_KEY_ID" in env and self.chance(.9):
            env["AWS_SECRET_ACCESS_KEY"] = "env/secret"
        return env

    def question(self, folder: Path, answer: Path) -> Question:
        is_hostile = self.chance(.5)
        config, credentials, profile = self.hostile() if is_hostile else self.structured()
        place = str(answer).encode()
        env = self.environment(folder)
        if is_hostile and self.chance(.9):  # its files have only [default]
            env = {name: value for name, value in env.items() if not name.endswith("PROFILE")}
        return Question(config.replace(b"{answer}", place), credentials.replace(b"{answer}", place),
                        env, profile)


def compare(binary: str, seed: int, count: int) -> bool:
    bench, maker = Bench(binary), Maker(seed)
    met: dict[str, int] = {name: 0 for name, _ in DIFFERS}
    kinds: dict[str, int] = {}
    with scratch("differential") as folder:
        theirs = Theirs(folder)
        answer = folder / "answer.json"
        answer.write_text(json.dumps({"Version": 1, "AccessKeyId": "AKIDPROCESS",
                                      "SecretAccessKey": "process/secret"}))
        for number in range(count):
            question = maker.question(folder, answer)
            wanted, seen = theirs.answer(question), ours(bench, folder, question)
            kinds[wanted.kind] = kinds.get(wanted.kind, 0) + 1
            difference = mismatch(wanted, seen)
            if not difference:
                continue
            row = next((name for name, holds in DIFFERS if holds(question, wanted, seen)), None)
            if row is None:
                return tap.not_ok(f"botocore and emrs read the same files (seed {seed})",
                                  f"{number}: {difference}; {question!r}; {seen.text}")
            met[row] += 1
    tap.note(f"seed {seed}, {count} questions, by botocore's outcome: {kinds}")
    for name, times in met.items():
        tap.note(f"differs: {name}: {times}")
    ok = tap.ok(f"botocore and emrs read {count} random and hostile pairs of files alike")
    stale = [name for name, times in met.items() if times == 0]
    if stale and count >= COUNT:
        ok = tap.not_ok("each intended difference occurred", str(stale))
    return ok


def run(binary: str, seed: str = str(SEED), count: str = str(COUNT)) -> bool:
    alone = CASES.run(Bench(os.path.abspath(binary)), WORKERS)
    return compare(os.path.abspath(binary), int(seed), int(count)) and alone


if __name__ == "__main__":
    tap.main("test_profiles.py EMRS_BINARY [SEED] [COUNT]", run)
