"""Who may speak to a keeper: certificates of a small authority of its own, which nobody else has.

A server may send and shred. Only who restores may fetch, with a certificate that lasts for days: so
who takes a server over gets nothing from its keepers that it had not already."""

import os
import ssl
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from whimbrel.core.errors import Conflict, Invalid, NotFound

from .wire import RESTORE, SERVER

AUTHORITY, OWN = "authority.pem", "keeper.pem"
NAME = "keeper.invalid"  # what each keeper's certificate says, wherever it is reached
YEARS = timedelta(days=3650)
DAYS = timedelta(days=7)  # of a certificate to restore with
_END = "-----END CERTIFICATE-----\n"


def init(folder: Path) -> None:
    """Make the authority of a keeper and its own certificate.

    Raises:
        Conflict: there is one already.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if (folder / AUTHORITY).exists():
        raise Conflict(f"{folder} has an authority already. To lock all out, remove {AUTHORITY}.")
    key = Ed25519PrivateKey.generate()
    name = _name("whimbrel keeper")
    made = (
        _builder(name, name, key, YEARS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs=True), critical=True)
        .sign(key, None)
    )
    own = _issued(key, made, NAME, ExtendedKeyUsageOID.SERVER_AUTH, YEARS)
    _put(folder / OWN, own + _pem(made), anew=True)
    _put(folder / AUTHORITY, _key_pem(key) + _pem(made))


def pair(folder: Path, to: Path, *, restore: bool) -> None:
    """Make the file with which a server calls on this keeper.

    Args:
        restore: it is to fetch with, and lasts for a week.
    Raises:
        NotFound: there is no authority here.
        Conflict: `to` is there already.
        Invalid: the authority was not made by `init`.
    """
    if not (folder / AUTHORITY).exists():
        raise NotFound(f"There is no keeper in {folder}: whimbrel keeper init --data {folder}")
    held = (folder / AUTHORITY).read_bytes()
    key, authority = load_pem_private_key(held, None), x509.load_pem_x509_certificate(held)
    if not isinstance(key, Ed25519PrivateKey):
        raise Invalid(f"{folder / AUTHORITY} was not made by whimbrel keeper init.")
    who, lasts = (RESTORE, DAYS) if restore else (SERVER, YEARS)
    made = _issued(key, authority, who, ExtendedKeyUsageOID.CLIENT_AUTH, lasts)
    _put(to, made + _pem(authority))


def serving(folder: Path) -> ssl.SSLContext:
    """For the keeper: it takes nobody without a certificate of its authority. Raises NotFound."""
    return _context(ssl.PROTOCOL_TLS_SERVER, folder / OWN)


def calling(paired: Path) -> ssl.SSLContext:
    """For who calls on it, with the file that `pair` made. Raises NotFound, Invalid."""
    return _context(ssl.PROTOCOL_TLS_CLIENT, paired)


def who(peer: Mapping[str, Any]) -> str:
    """Whom the certificate of a connection is for, from `getpeercert`."""
    names = dict(pair for part in peer["subject"] for pair in part)
    return str(names.get("commonName", ""))


def _context(protocol: int, file: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(protocol)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.verify_mode = ssl.CERT_REQUIRED
    try:
        if file.stat().st_mode & 0o077:
            raise Invalid(f"{file} can be read by others. Mend: chmod 600 {file}")
        authority = file.read_text().rstrip().split(_END)[-1]
        context.load_verify_locations(cadata=authority)
        context.load_cert_chain(file)
    except FileNotFoundError:
        raise NotFound(f"{file} is not there: whimbrel keeper pair makes it.") from None
    except (ssl.SSLError, ValueError):
        raise Invalid(f"{file} was not made by whimbrel keeper pair.") from None
    return context


def _issued(
    key: Ed25519PrivateKey,
    authority: x509.Certificate,
    name: str,
    use: x509.ObjectIdentifier,
    lasts: timedelta,
) -> bytes:
    """A key of its own, and the certificate that the authority gives to it."""
    own = Ed25519PrivateKey.generate()
    made = (
        _builder(_name(name), authority.subject, own, lasts)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([use]), critical=True)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key()), critical=False
        )
        .sign(key, None)
    )
    return _key_pem(own) + _pem(made)


def _builder(
    subject: x509.Name, issuer: x509.Name, key: Ed25519PrivateKey, lasts: timedelta
) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))  # clocks differ
        .not_valid_after(now + lasts)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _usage(*, signs: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(Encoding.PEM)


def _key_pem(key: Ed25519PrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _put(path: Path, held: bytes, *, anew: bool = False) -> None:
    """Write a new file that nobody else may read. Raises Conflict."""
    how = os.O_TRUNC if anew else os.O_EXCL
    try:
        fd = os.open(path, os.O_WRONLY | os.O_CREAT | how | os.O_CLOEXEC, 0o600)
    except FileExistsError:
        raise Conflict(f"{path} is there already.") from None
    with os.fdopen(fd, "wb") as out:
        out.write(held)
