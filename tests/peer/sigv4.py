# SPDX-License-Identifier: MIT
"""Signature Version 4 by Python's own hmac: of any request, and of the one that emrs should send with
the key of scripted.py."""
from __future__ import annotations

import hashlib
import hmac

from scripted import KEY_ID, REGION, SECRET, derived_keys

EMPTY_HASH = hashlib.sha256(b"").hexdigest()


def canonical_request(
    method: str, path: str, query: str, headers: list[tuple[str, str]], body_hash: str = EMPTY_HASH
) -> str:
    """Of the headers that are signed, in their order. Path and query are encoded as they are signed."""
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
    """The signature of a string to sign, by our secret unless another is given."""
    key = derived_keys(scope or scope_of(date), secret)[-1]
    return hmac.digest(key, text.encode(), "sha256").hex()


def request(target: str, host: str, date: str, token: str = "", agent: str = "") -> bytes:
    """Every byte of the request that emrs should send."""
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
