#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A throw-away certificate authority, one good leaf, and leaves that are each wrong in one way.

    authority = certs.Authority(folder)          # kind: a key of KINDS, "ec" if not told
    leaf = authority.leaf("expired")             # any name of RECIPES
    authority.ca, leaf.chain, leaf.key           # paths of PEM files
    certs.server_context(leaf)                   # an ssl.SSLContext that serves even the weak ones

Run it as a program to see that OpenSSL refuses each leaf for the reason its recipe names; with a
folder's name, to make a CA of each kind there, for images that carry their trust with them.
Everything is made anew each time: nothing here is a fixture, nothing expires in the repository.
"""
from __future__ import annotations

import datetime
import ipaddress
import os
import secrets
import ssl
import subprocess
import threading
import types
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

import running
import tap

BOARD_NAME = "emr-serverless.test"  # what a board asks its resolver for; .test is nobody's
OUR_NAMES = ("localhost", "127.0.0.1", "::1", BOARD_NAME)
KINDS = ("ec", "p384", "rsa", "rsa-4096")
MAKING = threading.RLock()  # cases that run beside each other ask for the same leaf
ROOT_DAYS = (-30, 3650)  # one that is built into an image outlives the image
SERVER = ExtendedKeyUsageOID.SERVER_AUTH
CLIENT = ExtendedKeyUsageOID.CLIENT_AUTH


@dataclass(frozen=True)
class Recipe:
    """What a leaf is made of; the defaults are a good one."""

    about: str
    refusal: int = 0  # OpenSSL 3's X509_V_ERR_* for it, 0: accepted
    names: tuple[str, ...] = OUR_NAMES
    days: tuple[int, int] = (-2, 2)  # valid from and until, in days from now
    usage: x509.ObjectIdentifier = SERVER
    issuer: str = "ca"  # ca, stranger, impostor, self, leaf
    intermediates: int = 0
    crossed: bool = False  # the root goes along too, signed by an older one, and that by another
    sent: bool = True  # whether the intermediates go into the chain
    key: str = ""  # "": the authority's kind
    weak_hash: str = ""  # "": SHA-256


RECIPES = {
    "good": Recipe("nothing wrong"),
    "intermediate": Recipe("nothing wrong, one intermediate, sent", intermediates=1),
    # As AWS's: four certificates, the third of them a root that older clients do not know yet.
    "four": Recipe("nothing wrong, four certificates", intermediates=1, crossed=True),
    "deep": Recipe("nothing wrong, ten intermediates, sent", intermediates=10),
    # Its common name is localhost all the same: a client that falls back on it is caught.
    "wrong-name": Recipe("made out to others", 62, names=("elsewhere.example", "192.0.2.1")),
    "expired": Recipe("ended yesterday", 10, days=(-20, -1)),
    "ended-long-ago": Recipe("ended years ago", 10, days=(-4000, -3000)),
    "not-yet-valid": Recipe("begins tomorrow", 9, days=(1, 2)),
    "other-ca": Recipe("signed by an authority nobody trusts", 20, issuer="stranger"),
    "impostor-ca": Recipe("signed by another authority of the same name", 20, issuer="impostor"),
    "self-signed": Recipe("signed by itself", 18, issuer="self"),
    "issuer-not-ca": Recipe("signed by another server's leaf", 79, issuer="leaf"),
    "missing-intermediate": Recipe("its intermediate is not sent", 20, intermediates=1, sent=False),
    "client-only": Recipe("meant for clients only (clientAuth)", 26, usage=CLIENT),
    "sha1": Recipe("signed over SHA-1", 68, issuer="self", weak_hash="sha1"),
    "rsa-1024": Recipe("its key is RSA with 1024 bits", 66, key="rsa-1024"),
}

# Chains with wrong signatures that take long to check: the keys of the certificates behind the leaf.
# All have the name of the trusted CA, so mbedTLS tries each.
COSTLY = {
    "one RSA key with an exponent of 4095 bits": ("rsa-exponent",),
    "one RSA key of 8192 bits": ("rsa-8192",),
    "one key on brainpoolP512r1": ("brainpool",),
    "one key on secp256k1": ("koblitz",),
    "eight keys on P-384": ("p384",) * 8,
    "three keys on P-384 by one name": ("p384",) * 3,
}

# The costliest chain of four certificates behind a leaf that images check which trust CAs on P-384 and
# P-256: for each signature the next certificate is tried, and the trusted CA of its name. At most two
# certificates may have one name. (name, kind of key); "": the trusted CA's on P-384.
MOST_COSTLY = [("", "p384"), ("", "p384"), *[("emrs throw-away CA ec", "p384")] * 2]


@dataclass(frozen=True)
class Leaf:
    """One certificate as a server needs it: paths of PEM files."""

    name: str
    chain: Path
    key: Path


@dataclass(frozen=True)
class Pair:
    """A certificate with its private key."""

    certificate: x509.Certificate
    key: object


class Authority:
    """A throw-away CA whose files live in `folder`; leaves are made when first asked for."""

    def __init__(self, folder: Path, kind: str = "ec"):
        self.folder = Path(folder)
        self.kind = kind
        self.ca = self.folder / f"ca-{kind}.pem"
        self._root = self._issuer(f"emrs throw-away CA {kind}", days=ROOT_DAYS)
        self._others: dict[str, Pair] = {}
        self.ca.write_bytes(_pem(self._root.certificate))

    @classmethod
    def kept(cls, folder: Path, kind: str, home: Path) -> Authority:
        """The one that was kept in `folder`; its leaves go to `home`."""
        authority = cls.__new__(cls)
        authority.folder, authority.kind = Path(home), kind
        authority.ca, key = Path(folder) / f"ca-{kind}.pem", Path(folder) / f"ca-{kind}.key"
        certificate = x509.load_pem_x509_certificate(authority.ca.read_bytes())
        private = serialization.load_pem_private_key(key.read_bytes(), None)
        authority._root = Pair(certificate, private)
        authority._others = {}
        return authority

    def keep(self) -> None:
        """Its key too, beside its certificate."""
        _write_private(self.folder / f"ca-{self.kind}.key", self._root.key)

    def leaf(self, name: str) -> Leaf:
        """Makes the leaf of RECIPES[name]: its chain as sent, and its key."""
        recipe = RECIPES[name]
        files = Leaf(
            name, self.folder / f"{name}-{self.kind}.pem", self.folder / f"{name}-{self.kind}.key"
        )
        with MAKING:
            if not files.key.exists():
                self._write(files, recipe)
        return files

    def costly(self, name: str) -> Leaf:
        """Makes the chain of COSTLY[name], and a leaf with a key of its own before it."""
        return self.unsigned(name.replace(" ", "-"), [("", kind) for kind in COSTLY[name]])

    def most_costly(self) -> Leaf:
        """Makes the chain that takes longest to check of all that are accepted for checking."""
        return self.unsigned("most-costly", MOST_COSTLY)

    def unsigned(self, title: str, issuers: list[tuple[str, str]]) -> Leaf:
        """A good leaf and (name, kind of key) of each certificate behind it: each says that the next
        signed it, the last that the trusted CA did, and no signature is right. "": the trusted CA's name."""
        ours, liar = self._root.certificate.subject, ec.generate_private_key(ec.SECP384R1())
        names = [_name(name) if name else ours for name, _ in issuers] + [ours]
        keys = [_new_key(self.kind)] + [_public_key(kind) for _, kind in issuers]
        subjects = [_name("localhost"), *names]
        chain = []
        for number, key in enumerate(keys):
            parent = Pair(types.SimpleNamespace(subject=names[number]), liar)
            builder = _builder(subjects[number], key, parent, (-2, 2))
            builder = builder.add_extension(x509.BasicConstraints(ca=number > 0, path_length=None), True)
            if number == 0:
                alternatives = x509.SubjectAlternativeName([_general_name(each) for each in OUR_NAMES])
                builder = builder.add_extension(alternatives, False)
            chain.append(builder.sign(liar, hashes.SHA384()))
        files = Leaf(title, self.folder / f"{title}.pem", self.folder / f"{title}.key")
        with MAKING:
            if not files.key.exists():
                files.chain.write_bytes(b"".join(_pem(each) for each in chain))
                _write_private(files.key, keys[0])
        return files

    def _write(self, files: Leaf, recipe: Recipe) -> None:
        parent = self._parent(recipe.issuer)
        chain = [parent.certificate] if recipe.issuer == "leaf" else []
        for number in range(recipe.intermediates):
            parent = self._issuer(f"emrs throw-away intermediate {number + 1}", parent)
            chain.insert(0, parent.certificate)
        if recipe.crossed:
            chain += self._crossed()
        pair = _leaf(recipe, parent, _new_key(recipe.key or self.kind))
        sent = [pair.certificate] + (chain if recipe.sent else [])
        files.chain.write_bytes(b"".join(_pem(certificate) for certificate in sent))
        _write_private(files.key, pair.key)
        if recipe.weak_hash:
            self._sign_again(files.chain, recipe.weak_hash)

    def _crossed(self) -> list[x509.Certificate]:
        """Our root's name and key under an older root, and that one under the oldest."""
        oldest = self._issuer("emrs throw-away class 2 root")
        older = self._issuer("emrs throw-away services root", oldest)
        ours = self._issuer(self._root.certificate.subject, older, self._root.key)
        return [ours.certificate, older.certificate]

    def _sign_again(self, path: Path, digest: str) -> None:
        """By OpenSSL's command line: Python's cryptography no longer signs over SHA-1.

        OpenSSL signs again only what had signed itself, and keeps the extensions it had."""
        key = self.folder / f"ca-{self.kind}.key"
        more = self.folder / "more.cnf"
        _write_private(key, self._root.key)
        more.write_text("authorityKeyIdentifier = keyid\n", encoding="ascii")
        command = ["openssl", "x509", "-in", path, f"-{digest}", "-days", "2", "-extfile", more]
        command += ["-CA", self.ca, "-CAkey", key, "-set_serial", "1"]
        # No configuration: some distributions' forbids SHA-1 signatures, which are the point here.
        environment = dict(os.environ, OPENSSL_CONF=os.devnull)
        path.write_bytes(subprocess.check_output(command, env=environment))

    def _parent(self, issuer: str) -> Pair | None:
        """None for a leaf that signs itself."""
        if issuer == "ca":
            return self._root
        if issuer == "self":
            return None
        if issuer not in self._others:
            self._others[issuer] = self._other(issuer)
        return self._others[issuer]

    def _other(self, issuer: str) -> Pair:
        if issuer == "leaf":
            return _leaf(RECIPES["good"], self._root, _new_key(self.kind))
        ours = self._root.certificate.subject
        return self._issuer("emrs unknown CA" if issuer == "stranger" else ours)

    def _issuer(
        self,
        name: str | x509.Name,
        parent: Pair | None = None,
        key: object = None,
        days: tuple[int, int] = (-30, 30),
    ) -> Pair:
        key = key or _new_key(self.kind)
        # Longer than any leaf: an expired leaf must be refused for its own date, not its CA's.
        builder = _builder(name, key, parent, days)
        builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), True)
        builder = builder.add_extension(_key_usage(signs_certificates=True), True)
        return Pair(builder.sign(parent.key if parent else key, hashes.SHA256()), key)


def server_context(leaf: Leaf) -> ssl.SSLContext:
    """Serves the leaf whatever its strength: what is tested is the client's judgement, not ours."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers("DEFAULT:@SECLEVEL=0")
    context.load_cert_chain(leaf.chain, leaf.key)
    return context


def refusal(authority: Authority, leaf: Leaf, name: str = "localhost") -> int:
    """OpenSSL's reason to refuse the leaf when `name` was called, 0 if it accepts.

    The handshake runs between two buffers in memory: no socket, no port, no wait."""
    judge = ssl.create_default_context(cafile=str(authority.ca))
    judge.set_ciphers("DEFAULT:@SECLEVEL=2")  # not every build of OpenSSL starts there
    up, down = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = judge.wrap_bio(down, up, server_hostname=name)
    server = server_context(leaf).wrap_bio(up, down, server_side=True)
    try:
        while not (_step(client) & _step(server)):
            pass
    except ssl.SSLCertVerificationError as error:
        return error.verify_code
    return 0


def _step(side: ssl.SSLObject) -> bool:
    """Whether this side has finished its handshake."""
    try:
        side.do_handshake()
        return True
    except ssl.SSLWantReadError:
        return False


def _leaf(recipe: Recipe, parent: Pair | None, key: object) -> Pair:
    builder = _builder("localhost", key, parent, recipe.days)
    builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), True)
    builder = builder.add_extension(_key_usage(signs_certificates=False), True)
    builder = builder.add_extension(x509.ExtendedKeyUsage([recipe.usage]), False)
    names = [_general_name(name) for name in recipe.names]
    builder = builder.add_extension(x509.SubjectAlternativeName(names), False)
    return Pair(builder.sign(parent.key if parent else key, hashes.SHA256()), key)


def _builder(
    name: str | x509.Name, key: object, parent: Pair | None, days: tuple[int, int]
) -> x509.CertificateBuilder:
    now = datetime.datetime.now(datetime.timezone.utc)
    begin, end = (now + datetime.timedelta(days=day) for day in days)
    if isinstance(name, str):
        name = _name(name)
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(parent.certificate.subject if parent else name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(end)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False)
    )
    if parent is None:
        return builder
    issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(parent.key.public_key())
    return builder.add_extension(issuer, False)


def _new_key(kind: str) -> object:
    curve = {"ec": ec.SECP256R1(), "p384": ec.SECP384R1()}.get(kind)
    if curve:
        return ec.generate_private_key(curve)
    size = {"rsa": 2048, "rsa-1024": 1024, "rsa-4096": 4096}[kind]
    return rsa.generate_private_key(public_exponent=65537, key_size=size)


@dataclass(frozen=True)
class Half:
    """The public half of a key that has no private one."""

    public: object

    def public_key(self) -> object:
        return self.public


def _public_key(kind: str) -> object:
    curve = {"brainpool": ec.BrainpoolP512R1(), "koblitz": ec.SECP256K1()}.get(kind)
    if curve:
        return ec.generate_private_key(curve)
    if kind not in ("rsa-exponent", "rsa-8192"):
        return _new_key(kind)
    bits, exponent = (8192, 65537) if kind == "rsa-8192" else (4096, _odd(4095))
    return Half(rsa.RSAPublicNumbers(exponent, _odd(bits)).public_key())


def _odd(bits: int) -> int:
    return 1 << (bits - 1) | secrets.randbits(bits - 1) | 1


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _key_usage(signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _general_name(name: str) -> x509.GeneralName:
    """Makes an IP address name for an address, unless "dns:" stands before it."""
    if name.startswith("dns:"):
        return x509.DNSName(name[4:])
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


def _write_private(path: Path, key: object) -> None:
    text = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(text)


def _show_refusals(authority: Authority) -> bool:
    """ret: whether OpenSSL's answer to each leaf is its recipe's"""
    good = True
    for name, recipe in RECIPES.items():
        seen = refusal(authority, authority.leaf(name))
        verdict = tap.ok if seen == recipe.refusal else tap.not_ok
        good &= verdict(
            f"{authority.kind} {name}: {recipe.about}"
            f" (OpenSSL's answer {seen}, expected {recipe.refusal})"
        )
    return good


def _keep_all(folder: Path) -> bool:
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("ca-*"):
        old.unlink()
    for kind in KINDS:
        Authority(folder, kind).keep()
    return True


def _run(folder: str = "") -> bool:
    if folder:
        return _keep_all(Path(folder))
    with running.scratch("certs") as scratch:
        return all([_show_refusals(Authority(scratch, kind)) for kind in ("ec", "rsa")])


if __name__ == "__main__":
    tap.main("certs.py [FOLDER]", _run)
