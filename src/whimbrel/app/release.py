"""Whether files are what was released, and whether what runs here is what is in them.

A release is a folder: the wheel, the source archive, the list of what a server is made of, what is
new, SHA256SUMS over these four, and its signature, as `ssh-keygen -Y sign` makes it with an Ed25519
key. Whose key is to be believed is for whoever asks: none comes with the program, which could not
vouch for itself.

Source: openssh-portable, PROTOCOL.sshsig; Binary distribution format (packaging.python.org)"""

import base64
import binascii
import csv
import hashlib
import io
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from .. import __version__
from ..core.errors import Invalid

SUMS, SIGNATURE = "SHA256SUMS", "SHA256SUMS.sig"
NAMESPACE = (
    b"whimbrel-release"  # of the signature: a key that signs other things too signs no release
)
_KIND = b"ssh-ed25519"
_MAGIC = b"SSHSIG"
_HASHES = {b"sha256": hashlib.sha256, b"sha512": hashlib.sha512}
_ARMOR = re.compile(
    r"-----BEGIN SSH SIGNATURE-----\n([A-Za-z0-9+/=\n]{1,4000})-----END SSH SIGNATURE-----\n?"
)
_SUM = re.compile(r"([0-9a-f]{64})  (whimbrel-(\d{1,6}(?:\.\d{1,6}){1,3})[a-z0-9.-]{3,20})")
_ENDINGS = ("-py3-none-any.whl", ".cdx.json", ".md", ".tar.gz")
_BLOCK = 1 << 20
_TOLD = 5  # differences


class Release(NamedTuple):
    """What was verified. `by`: fingerprint of the key, as OpenSSH shows it."""

    version: str
    by: str
    files: tuple[Path, ...]


def verify(target: Path, keys: Path, *, older: bool = False) -> Release:
    """A whole release, or one file of it that lies beside its SHA256SUMS.

    Args:
        target: the folder, or the file.
        keys: OpenSSH public keys that are believed, one in a line.
        older: it may be of an older version than this program.
    Raises:
        Invalid: it is not what was released, and why.
    """
    folder = target if target.is_dir() else target.parent
    sums = _read(folder / SUMS)
    by = _signer(sums, _read(folder / SIGNATURE), _believed(_read(keys)))
    version, hashes = _manifest(sums)
    if not older and _ordered(version) < _ordered(__version__):
        raise Invalid(f"This release, {version}, is older than what runs here, {__version__}.")
    names = sorted(hashes)
    if target.is_dir():
        _refuse_others({path.name for path in folder.iterdir()}, {*names, SUMS, SIGNATURE})
    elif target.name in hashes:
        names = [target.name]
    else:
        raise Invalid(f"{target.name} is no part of this release.")
    for name in names:
        if _sha256(folder / name) != hashes[name]:
            raise Invalid(f"{name} is not what was released.")
        if name.endswith(".whl"):
            _refuse_torn(folder / name, version)
        if name.endswith(".md") and not _read(folder / name).startswith(_title(version)):
            raise Invalid(f"{name} tells what is new in another version.")
    return Release(version, by, tuple(folder / name for name in names))


def compare(release: Release, package: Path) -> int:
    """Hold an installed package against the wheel of a release. Byte code that Python made is not
    looked at.

    Args:
        package: its folder.
    Returns:
        How many files are the same: all of them.
    Raises:
        Invalid: what is not as it was released.
    """
    wheel = next((path for path in release.files if path.name.endswith(".whl")), None)
    if wheel is None:
        raise Invalid("To compare what runs here takes the wheel, or the whole folder.")
    prefix = f"{package.name}/"
    with zipfile.ZipFile(wheel) as opened:
        released = {
            name.removeprefix(prefix): hashlib.sha256(opened.read(name)).hexdigest()
            for name in opened.namelist()
            if name.startswith(prefix)
        }
    here = {str(path.relative_to(package)): _sha256(path) for path in _sources(package)}
    differ = sorted(name for name in {*here, *released} if here.get(name) != released.get(name))
    if differ:
        told = ", ".join(f"{name} ({_how(name, here, released)})" for name in differ[:_TOLD])
        more = f" and {len(differ) - _TOLD} more" if len(differ) > _TOLD else ""
        raise Invalid(f"What runs here is not {release.version} as released: {told}{more}.")
    return len(here)


def _how(name: str, here: dict[str, str], released: dict[str, str]) -> str:
    if name not in here:
        return "missing"
    return "changed" if name in released else "added"


def _sources(package: Path) -> Iterator[Path]:
    for path in package.rglob("*"):
        if path.is_file() and path.parent.name != "__pycache__":
            yield path


# ------------------------------------------------------------------------------- the manifest


def _manifest(sums: bytes) -> tuple[str, dict[str, str]]:
    """Version, and hash by name. Raises Invalid: anything else than one release."""
    found = [_SUM.fullmatch(line) for line in sums.decode("utf-8", "replace").splitlines()]
    hashes = {each[2]: each[1] for each in found if each is not None}
    versions = {each[3] for each in found if each is not None}
    version = next(iter(versions), "")
    whole = {f"whimbrel-{version}{ending}" for ending in _ENDINGS}
    if len(found) != len(_ENDINGS) or hashes.keys() != whole:
        raise Invalid(f"{SUMS} does not list one release.")
    return version, hashes


def _ordered(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.split(".")))


def _title(version: str) -> bytes:
    return f"# Whimbrel {version}\n".encode()


def _refuse_others(found: set[str], wanted: set[str]) -> None:
    for name in sorted(wanted - found):
        raise Invalid(f"{name} is missing.")
    for name in sorted(found - wanted):
        raise Invalid(f"{name} is no part of this release.")


def _refuse_torn(wheel: Path, version: str) -> None:
    """What a wheel says is in it has to be, and nothing else."""
    info = f"whimbrel-{version}.dist-info"
    try:
        with zipfile.ZipFile(wheel) as opened:
            names = opened.namelist()
            record = io.StringIO(opened.read(f"{info}/RECORD").decode())
            said = {name: (digest, size) for name, digest, size in csv.reader(record)}
            told = opened.read(f"{info}/METADATA").decode().partition("\n\n")[0].splitlines()
            same = len(names) == len(said) and {*names} == said.keys()
            for name in names if same else ():
                content = opened.read(name)
                same = same and said[name] in (_recorded(content), ("", ""))
    except (zipfile.BadZipFile, KeyError, ValueError) as error:
        raise Invalid(f"{wheel.name} cannot be read.") from error
    if not same or {name for name in said if said[name] == ("", "")} != {f"{info}/RECORD"}:
        raise Invalid(f"{wheel.name} holds something else than its RECORD says.")
    if f"Version: {version}" not in told:
        raise Invalid(f"{wheel.name} is of another version.")


def _recorded(content: bytes) -> tuple[str, str]:
    digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).decode().rstrip("=")
    return f"sha256={digest}", str(len(content))


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise Invalid(f"{path} cannot be read: {error.strerror}.") from error


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    try:
        with path.open("rb") as file:
            while block := file.read(_BLOCK):
                digest.update(block)
    except OSError as error:
        raise Invalid(f"{path} cannot be read: {error.strerror}.") from error
    return digest.hexdigest()


# ------------------------------------------------------------------------------ the signature


def _believed(text: bytes) -> set[bytes]:
    """The keys of a file, as they are in signatures. Raises Invalid: what is none."""
    keys = set()
    for line in text.decode("utf-8", "replace").splitlines():
        words = line.split()
        if not words or words[0].startswith("#"):
            continue
        try:
            blob = base64.b64decode(words[1], validate=True)
            kind, raw = _strings(blob, 2)
        except (IndexError, ValueError):
            kind, raw = b"", b""
        if words[0].encode() != _KIND or kind != _KIND or len(raw) != 32:
            raise Invalid(f"Keys are lines of `ssh-ed25519 ...`: {line[:40]!r} is none.")
        keys.add(blob)
    if not keys:
        raise Invalid("There is no key to believe.")
    return keys


def _signer(message: bytes, armored: bytes, believed: set[bytes]) -> str:
    """Fingerprint of who signed. Raises Invalid: nobody who is believed."""
    try:
        found = _ARMOR.fullmatch(armored.decode("ascii"))
        body = base64.b64decode(found[1].replace("\n", ""), validate=True) if found else b""
        if body[:10] != _MAGIC + b"\0\0\0\1":
            raise ValueError
        key, namespace, reserved, hashed, signature = _strings(body[10:], 5)
        kind, raw = _strings(signature, 2)
        digest = _HASHES[hashed](message).digest()
    except (ValueError, KeyError, binascii.Error) as error:
        raise Invalid(f"{SIGNATURE} is no signature by an Ed25519 key of OpenSSH.") from error
    if key not in believed:
        raise Invalid(f"This release is signed by {_fingerprint(key)}, whom you do not believe.")
    signed = _MAGIC + b"".join(map(_packed, (namespace, reserved, hashed, digest)))
    try:
        Ed25519PublicKey.from_public_bytes(_strings(key, 2)[1]).verify(raw, signed)
    except InvalidSignature as error:
        raise Invalid(f"{SUMS} is not what was signed.") from error
    if kind != _KIND or namespace != NAMESPACE:
        raise Invalid(f"{SIGNATURE} was made for something else.")
    return _fingerprint(key)


def _fingerprint(key: bytes) -> str:
    return f"SHA256:{base64.b64encode(hashlib.sha256(key).digest()).decode().rstrip('=')}"


def _strings(body: bytes, count: int) -> list[bytes]:
    """So many strings and nothing else, each after its length (RFC 4251, 5). Raises ValueError."""
    found = []
    for _ in range(count):
        size = int.from_bytes(body[:4])
        if len(body) < 4 + size:
            raise ValueError
        found.append(body[4 : 4 + size])
        body = body[4 + size :]
    if body:
        raise ValueError
    return found


def _packed(text: bytes) -> bytes:
    return len(text).to_bytes(4) + text
