# SPDX-License-Identifier: MIT
"""Computes Signature Version 4 with Python's hmac: of any request, and of the request that emrs should send
with the credentials of scripted.py."""
from __future__ import annotations

import hashlib
import hmac

from scripted import KEY_ID, REGION, SECRET, derived_keys

EMPTY_HASH = hashlib.sha256(b"").hexdigest()


def canonical_request(
    method: str, path: str, query: str, headers: list[tuple[str, str]], body_hash: str = EMPTY_HASH
) -> str:
    """in: path and query, encoded as they are signed; headers: the signed ones, in their order"""
    lines = [f"{name}:{value}" for name, value in headers]
    names = ";".join(name for name, _ in headers)
    return "\n".join([method, path, query, *lines, "", names, body_hash])


def canonical(target: str, host: str, date: str, token: str = "", method: str = "DELETE") -> str:
    path, _, query = target.partition("?")
    values = dict(zip(("host", "x-amz-date", "x-amz-security-token"), (host, date, token)))
    headers = [(name, values[name]) for name in signed_headers(token).split(";")]
    return canonical_request(method, path, query, headers)


def signed_headers(token: str) -> str:
    return "host;x-amz-date" + (";x-amz-security-token" if token else "")


def scope_of(date: str, region: str = REGION) -> str:
    return f"{date[:8]}/{region}/emr-serverless/aws4_request"


def string_to_sign(date: str, text: str, scope: str = "") -> str:
    hashed = hashlib.sha256(text.encode()).hexdigest()
    return f"AWS4-HMAC-SHA256\n{date}\n{scope or scope_of(date)}\n{hashed}"


def sign(date: str, text: str, scope: str = "", secret: str = SECRET) -> str:
    """ret: the signature of a string to sign, by default with the secret of scripted.py"""
    key = derived_keys(scope or scope_of(date), secret)[-1]
    return hmac.digest(key, text.encode(), "sha256").hex()


def request(target: str, host: str, date: str, token: str = "", agent: str = "") -> bytes:
    """ret: every byte of the request that emrs should send, with VERSION for its version"""
    signature = sign(date, string_to_sign(date, canonical(target, host, date, token)))
    lines = [
        f"DELETE {target} HTTP/1.1",
        f"Host: {host}",
        f"X-Amz-Date: {date}",
        f"Authorization: AWS4-HMAC-SHA256 Credential={KEY_ID}/{scope_of(date)}, "
        f"SignedHeaders={signed_headers(token)}, Signature={signature}",
        f"User-Agent: emrs/VERSION{agent}",
        "Content-Length: 0",
    ]
    lines += [f"X-Amz-Security-Token: {token}"] if token else []
    return "\r\n".join([*lines, "", ""]).encode()
