#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Makes a temporary certificate authority (CA), and certificates of servers and devices ("leaves"): good ones,
and ones with one fault each.

    authority = certs.Authority(folder)          # kind of key: one of KINDS, by default "ec"
    leaf = authority.leaf("expired")             # any name of RECIPES
    authority.ca, leaf.chain, leaf.key           # paths of PEM files
    certs.server_context(leaf)                   # an ssl.SSLContext that also serves weak ones

As a program it checks that OpenSSL refuses each leaf for the reason that its recipe names. With the name of
a folder it instead makes a CA of each kind there, for firmware images that contain the CAs that they trust.
All certificates are made anew in each run, so none in the repository can expire.
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

BOARD_NAME = "emr-serverless.test"  # a board resolves this name; .test is reserved for tests, RFC 2606
OUR_NAMES = ("localhost", "127.0.0.1", "::1", BOARD_NAME)
KINDS = ("ec", "p384", "rsa", "rsa-4096")
MAKING = threading.RLock()  # cases that run at the same time may need the same leaf
ROOT_DAYS = (-30, 3650)  # long, because firmware images contain such a CA
SERVER = ExtendedKeyUsageOID.SERVER_AUTH
CLIENT = ExtendedKeyUsageOID.CLIENT_AUTH


@dataclass(frozen=True)
class Recipe:
    """How a leaf is made. The defaults make a good one."""

    about: str
    refusal: int = 0  # the X509_V_ERR_* of OpenSSL 3 that it must get; 0: accepted
    names: tuple[str, ...] = OUR_NAMES
    days: tuple[int, int] = (-2, 2)  # valid from and until, in days from now
    usage: x509.ObjectIdentifier = SERVER
    issuer: str = "ca"  # ca, stranger, impostor, self, leaf
    intermediates: int = 0
    crossed: bool = False  # the chain also has the root, signed by an older root, and the older root, signed by a third
    sent: bool = True  # whether the chain has the intermediates
    key: str = ""  # kind of key; "": the authority's
    weak_hash: str = ""  # "": SHA-256


RECIPES = {
    "good": Recipe("nothing wrong"),
    "intermediate": Recipe("nothing wrong, one intermediate, sent", intermediates=1),
    # As AWS sends it: four certificates. The third is a root that older clients do not know yet.
    "four": Recipe("nothing wrong, four certificates", intermediates=1, crossed=True),
    "deep": Recipe("nothing wrong, ten intermediates, sent", intermediates=10),
    # Its common name is still localhost: a client that checks the common name accepts it, and fails the test.
    "wrong-name": Recipe("for other host names", 62, names=("elsewhere.example", "192.0.2.1")),
    "expired": Recipe("expired yesterday", 10, days=(-20, -1)),
    "ended-long-ago": Recipe("expired years ago", 10, days=(-4000, -3000)),
    "not-yet-valid": Recipe("valid from tomorrow", 9, days=(1, 2)),
    "other-ca": Recipe("signed by an untrusted authority", 20, issuer="stranger"),
    "impostor-ca": Recipe("signed by an untrusted authority with the trusted one's name", 20, issuer="impostor"),
    "self-signed": Recipe("signed by itself", 18, issuer="self"),
    "issuer-not-ca": Recipe("signed by another server's leaf", 79, issuer="leaf"),
    "missing-intermediate": Recipe("its intermediate is not sent", 20, intermediates=1, sent=False),
    "client-only": Recipe("meant for clients only (clientAuth)", 26, usage=CLIENT),
    "sha1": Recipe("signed over SHA-1", 68, issuer="self", weak_hash="sha1"),
    "rsa-1024": Recipe("its key is RSA with 1024 bits", 66, key="rsa-1024"),
}

# Chains with wrong signatures that take long to check: the kinds of keys of the certificates after the leaf.
# These certificates all have the name of the trusted CA, so mbedTLS tries each of them as the issuer.
COSTLY = {
    "one RSA key with an exponent of 4095 bits": ("rsa-exponent",),
    "one RSA key of 8192 bits": ("rsa-8192",),
    "one key on brainpoolP512r1": ("brainpool",),
    "one key on secp256k1": ("koblitz",),
    "eight keys on P-384": ("p384",) * 8,
    "three keys on P-384 by one name": ("p384",) * 3,
}

# The chain that takes images the longest to check, with four certificates after the leaf. The images trust
# CAs on P-384 and P-256. They try each signature with the key of the next certificate, and with the key of
# the trusted CA that has its name. At most two certificates may have the same name.
# (name, kind of key); name "": that of the trusted CA on P-384.
MOST_COSTLY = [("", "p384"), ("", "p384"), *[("emrs throw-away CA ec", "p384")] * 2]


@dataclass(frozen=True)
class Leaf:
    """A certificate with its chain and its key: paths of PEM files."""

    name: str
    chain: Path
    key: Path


@dataclass(frozen=True)
class Pair:
    """A certificate with its private key."""

    certificate: x509.Certificate
    key: object


class Authority:
    """A temporary CA, with its files in `folder`. A leaf is made when leaf() first needs it."""

    def __init__(self, folder: Path, kind: str = "ec"):
        self.folder = Path(folder)
        self.kind = kind
        self.ca = self.folder / f"ca-{kind}.pem"
        self._root = self._issuer(f"emrs throw-away CA {kind}", days=ROOT_DAYS)
        self._others: dict[str, Pair] = {}
        self.ca.write_bytes(_pem(self._root.certificate))

    @classmethod
    def kept(cls, folder: Path, kind: str, home: Path) -> Authority:
        """Loads the authority that keep() wrote into `folder`. Writes its leaves into `home`."""
        authority = cls.__new__(cls)
        authority.folder, authority.kind = Path(home), kind
        authority.ca, key = Path(folder) / f"ca-{kind}.pem", Path(folder) / f"ca-{kind}.key"
        certificate = x509.load_pem_x509_certificate(authority.ca.read_bytes())
        private = serialization.load_pem_private_key(key.read_bytes(), None)
        authority._root = Pair(certificate, private)
        authority._others = {}
        return authority

    def keep(self) -> None:
        """Writes its private key next to its certificate, for kept()."""
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
        """Makes a leaf, followed by the chain of COSTLY[name]."""
        return self.unsigned(name.replace(" ", "-"), [("", kind) for kind in COSTLY[name]])

    def most_costly(self) -> Leaf:
        """Makes the chain that takes the longest to check, of all that are not refused as too costly."""
        return self.unsigned("most-costly", MOST_COSTLY)

    def unsigned(self, title: str, issuers: list[tuple[str, str]]) -> Leaf:
        """Makes a leaf and a chain in which every signature is wrong. Each certificate names the next one as its
        issuer, and the last one names the trusted CA.
        in: issuers: (name, kind of key) of each certificate after the leaf; name "": the trusted CA's"""
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
        """ret: our root, signed by an older root; and that root, signed by the oldest"""
        oldest = self._issuer("emrs throw-away class 2 root")
        older = self._issuer("emrs throw-away services root", oldest)
        ours = self._issuer(self._root.certificate.subject, older, self._root.key)
        return [ours.certificate, older.certificate]

    def _sign_again(self, path: Path, digest: str) -> None:
        """Signs the certificate again, with OpenSSL's command line: Python's cryptography no longer signs over SHA-1.

        The certificate must be self-signed, because OpenSSL signs only such a one again. Its extensions stay."""
        key = self.folder / f"ca-{self.kind}.key"
        more = self.folder / "more.cnf"
        _write_private(key, self._root.key)
        more.write_text("authorityKeyIdentifier = keyid\n", encoding="ascii")
        command = ["openssl", "x509", "-in", path, f"-{digest}", "-days", "2", "-extfile", more]
        command += ["-CA", self.ca, "-CAkey", key, "-set_serial", "1"]
        # Without a configuration file, because some distributions forbid SHA-1 signatures there.
        environment = dict(os.environ, OPENSSL_CONF=os.devnull)
        path.write_bytes(subprocess.check_output(command, env=environment))

    def _parent(self, issuer: str) -> Pair | None:
        """ret: None: the leaf is self-signed"""
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
        # Valid for longer than any leaf: an expired leaf must be refused for its own date, not for its CA's.
        builder = _builder(name, key, parent, days)
        builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), True)
        builder = builder.add_extension(_key_usage(signs_certificates=True), True)
        return Pair(builder.sign(parent.key if parent else key, hashes.SHA256()), key)


def server_context(leaf: Leaf) -> ssl.SSLContext:
    """Serves weak certificates too: the client, not the server, must refuse them."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers("DEFAULT:@SECLEVEL=0")
    context.load_cert_chain(leaf.chain, leaf.key)
    return context


def refusal(authority: Authority, leaf: Leaf, name: str = "localhost") -> int:
    """Lets OpenSSL verify the leaf for the host `name`. ret: its reason to refuse it; 0: accepted

    The handshake runs between two buffers in memory, without a socket."""
    judge = ssl.create_default_context(cafile=str(authority.ca))
    judge.set_ciphers("DEFAULT:@SECLEVEL=2")  # the default level of OpenSSL differs between builds
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
    """ret: whether this side has finished its handshake"""
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
    """A public key without its private key."""

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
    """Makes an IP address name for an address, and a DNS name for all else. "dns:" before an address: a DNS name."""
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
    """ret: whether OpenSSL's result for each leaf is the one of its recipe"""
    good = True
    for name, recipe in RECIPES.items():
        seen = refusal(authority, authority.leaf(name))
        verdict = tap.ok if seen == recipe.refusal else tap.not_ok
        good &= verdict(
            f"{authority.kind} {name}: {recipe.about}"
            f" (OpenSSL's result {seen}, expected {recipe.refusal})"
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
