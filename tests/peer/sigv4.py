# SPDX-License-Identifier: MIT
"""The request that emrs should send with the key of scripted.py, signed by Python's own hmac."""
from __future__ import annotations

import hashlib
import hmac

from scripted import KEY_ID, REGION, derived_keys

EMPTY_HASH = hashlib.sha256(b"").hexdigest()


def canonical(target: str, host: str, date: str, token: str = "", method: str = "DELETE") -> str:
    path, _, query = target.partition("?")
    lines = [method, path, query, f"host:{host}", f"x-amz-date:{date}"]
    lines += [f"x-amz-security-token:{token}"] if token else []
    return "\n".join([*lines, "", signed_headers(token), EMPTY_HASH])


def signed_headers(token: str) -> str:
    return "host;x-amz-date" + (";x-amz-security-token" if token else "")


def scope_of(date: str, region: str = REGION) -> str:
    return f"{date[:8]}/{region}/emr-serverless/aws4_request"


def string_to_sign(date: str, text: str) -> str:
    hashed = hashlib.sha256(text.encode()).hexdigest()
    return f"AWS4-HMAC-SHA256\n{date}\n{scope_of(date)}\n{hashed}"


def sign(date: str, text: str) -> str:
    """The signature of a string to sign, by our secret."""
    key = derived_keys(scope_of(date))[-1]
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
