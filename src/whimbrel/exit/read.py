#!/usr/bin/env python3
"""Read and verify bags of a Whimbrel server with nothing but Python's own library (3.9 or newer).

    python3 read.py BAG [NEXT_BAG ...]           verify: files, commitments, signature, chain
    python3 read.py --list BAG [NEXT_BAG ...]    and list the posts that are there at the end
    python3 read.py --key HEX BAG                and demand this public key

Bags are given in the order of their chain. Exit 0: all is well. 1: something is not; each thing in
a line. It imports nothing of Whimbrel and is shipped with each bag: FORMAT.md says what it reads.
What is sealed to a recipient is verified as far as one can without their key: its bytes."""

from __future__ import annotations

import argparse
import hashlib
import json
import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

_PATH = re.compile(r"[A-Za-z0-9._-]+(/[A-Za-z0-9._-]+)*\Z")
_TAGS = {"bagit.txt", "bag-info.txt", "manifest-sha256.txt", "export.json", "read.py"}


class Wrong(Exception):
    """What is wrong with a bag, and with which file."""


# --- Ed25519 (RFC 8032), for one signature at a time ----------------------------------------------

P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT = pow(2, (P - 1) // 4, P)


Point = tuple[int, int, int, int]


def _x_of(y: int, sign: int) -> int | None:
    if y >= P:
        return None
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * ROOT % P
    if (x * x - square) % P or (x == 0 and sign):
        return None
    return P - x if x & 1 != sign else x


def _point(raw: bytes) -> Point | None:
    number = int.from_bytes(raw, "little")
    y = number & ((1 << 255) - 1)
    x = _x_of(y, number >> 255)
    return None if x is None else (x, y, 1, x * y % P)


def _add(p: Point, q: Point) -> Point:
    a, b = (p[1] - p[0]) * (q[1] - q[0]) % P, (p[1] + p[0]) * (q[1] + q[0]) % P
    c, d = 2 * p[3] * q[3] * D % P, 2 * p[2] * q[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return (e * f % P, g * h % P, f * g % P, e * h % P)


def _times(scalar: int, p: Point) -> Point:
    found: Point = (0, 1, 1, 0)
    while scalar:
        if scalar & 1:
            found = _add(found, p)
        p = _add(p, p)
        scalar >>= 1
    return found


def is_signed(public: bytes, message: bytes, signature: bytes) -> bool:
    """Whether `signature` (64 bytes) of `message` was made with the key of `public` (32 bytes)."""
    if len(public) != 32 or len(signature) != 64:
        return False
    key, r = _point(public), _point(signature[:32])
    s = int.from_bytes(signature[32:], "little")
    if key is None or r is None or s >= ORDER:
        return False
    y = 4 * pow(5, P - 2, P) % P
    x = _x_of(y, 0) or 0
    digest = hashlib.sha512(signature[:32] + public + message).digest()
    left = _times(s, (x, y, 1, x * y % P))
    right = _add(r, _times(int.from_bytes(digest, "little") % ORDER, key))
    same_x = (left[0] * right[2] - right[0] * left[2]) % P == 0
    return same_x and (left[1] * right[2] - right[1] * left[2]) % P == 0


# --- one bag --------------------------------------------------------------------------------------


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file, read in pieces."""
    found = hashlib.sha256()
    with path.open("rb") as file:
        for block in iter(lambda: file.read(1 << 20), b""):
            found.update(block)
    return found.hexdigest()


def _lines(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        for line in file:
            yield line[:-1] if line.endswith(b"\n") else line


def _files(root: Path, folder: Path | None = None) -> Iterator[str]:
    for path in sorted((folder or root).iterdir()):
        name = path.relative_to(root).as_posix()
        if path.is_symlink():
            raise Wrong(name + ": a link, not a file")
        if path.is_dir():
            yield from _files(root, path)
        else:
            yield name


def _manifest(root: Path, name: str) -> set[str]:
    """The names and hashes of a manifest, as it is read; each file is held against it."""
    listed: set[str] = set()
    for line in _lines(root / name):
        digest, _, path = line.decode("utf-8", "replace").partition("  ")
        if not _PATH.match(path) or ".." in path.split("/") or path in listed:
            raise Wrong(name + ": no line of a manifest: " + path[:80])
        listed.add(path)
        try:
            found = sha256_of(root / path)
        except OSError:
            raise Wrong(path + ": is missing") from None
        if found != digest:
            raise Wrong(path + ": was changed")
        if path.startswith("data/media/") and path != "data/media/" + digest:
            raise Wrong(path + ": is not called by its hash")
    return listed


def canonical(statement: Any) -> bytes:
    """The bytes that are signed."""
    return json.dumps(statement, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def statement_of(root: Path) -> tuple[Any, str, str]:
    """The statement of a bag and its hash.

    Raises Wrong: it is not signed by the key that it names, or is none."""
    try:
        with (root / "export.json").open("rb") as file:
            said = json.loads(file.read(1 << 26).decode())
        statement, key = said["statement"], bytes.fromhex(said["key"])
        signed = is_signed(key, canonical(statement), bytes.fromhex(said["signature"]))
        first, last = int(statement["first"]), int(statement["last"])
        lines = sum(int(each["lines"]) for each in statement["files"])
        if statement["format"] != "whimbrel-bag/1":
            raise Wrong("export.json: of another format")
    except (OSError, ValueError, KeyError, TypeError):
        raise Wrong("export.json: is missing or no statement") from None
    if not signed:
        raise Wrong("export.json: the signature is wrong")
    if last - first + 1 != lines:
        raise Wrong("export.json: its numbers do not agree")
    return statement, hashlib.sha256(canonical(statement)).hexdigest(), key.hex()


def tag_of(path: str) -> str:
    """Where the commitments of a file of records are."""
    name = path[len("data/") :]
    return "commitments/" + name[: name.index(".jsonl")] + ".txt"


def _committed(root: Path, held: Any) -> int:
    """Hold a file of records against its commitments, and those against the statement. How many
    lines were dropped."""
    path, dropped, count = held["path"], 0, 0
    found = hashlib.sha256()
    sealed = path.endswith(".sealed")
    records = None if sealed else _lines(root / path)
    tag = tag_of(path)
    for line in _lines(root / tag):
        digest, _, salt = line.decode("ascii", "replace").partition(" ")
        found.update(digest.encode() + b"\n")
        count += 1
        if records is None:
            continue
        record = next(records, None)
        if record is None:
            raise Wrong(path + ": is too short")
        if salt == "-" and record == b"":
            dropped += 1
            continue
        try:
            salted = bytes.fromhex(salt) + record
        except ValueError:
            raise Wrong(f"{tag}: line {count} is none") from None
        if hashlib.sha256(salted).hexdigest() != digest:
            raise Wrong(f"{path}: line {count} is not what was signed")
    if records is not None and next(records, None) is not None:
        raise Wrong(path + ": is too long")
    if count != held["lines"] or found.hexdigest() != held["root"]:
        raise Wrong(tag + ": is not what was signed")
    return dropped


def verify(
    root: Path, previous: str | None = None, key: str | None = None
) -> tuple[Any, str, str, int]:
    """Verify a bag. Its statement, its hash, its key, and how many lines were dropped.

    Args:
        previous: the hash of the bag before it, to be held against; None = whatever it names.
        key: the public key it must be signed with (hex).
    Raises Wrong, naming the file."""
    with (root / "bagit.txt").open("rb") as file:
        if file.read(100) != b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n":
            raise Wrong("bagit.txt: no bag of BagIt 1.0")
    statement, digest, public = statement_of(root)
    tags = _manifest(root, "tagmanifest-sha256.txt")
    payload = _manifest(root, "manifest-sha256.txt")
    there = set(_files(root))
    for name in sorted(there - payload - tags - {"tagmanifest-sha256.txt"}):
        raise Wrong(name + ": is in no manifest")
    for name in sorted(_TAGS - tags):
        raise Wrong(name + ": is in no manifest")
    held = {each["path"] for each in statement["files"]}
    for name in sorted({each for each in payload if ".jsonl" in each} ^ held):
        raise Wrong(name + ": is not as the statement says")
    for name, said in statement["also"].items():
        if sha256_of(root / name) != said:
            raise Wrong(name + ": is not what was signed")
    if key is not None and public != key:
        raise Wrong("export.json: signed with another key: " + public)
    if previous is not None and statement["previous"] != previous:
        raise Wrong("export.json: does not follow the bag before")
    dropped = sum(_committed(root, each) for each in statement["files"])
    for name in _named_files(root, statement):
        if "data/media/" + name not in payload:
            raise Wrong("data/media/" + name + ": is missing")
    return statement, digest, public, dropped


def records(root: Path, statement: Any, part: str) -> Iterator[Any]:
    """The records of one part that is not sealed, as they stand in the bag."""
    for held in statement["files"]:
        if held["path"].startswith("data/" + part + "-") and held["path"].endswith(".jsonl"):
            for line in _lines(root / held["path"]):
                if line:
                    yield json.loads(line.decode())


def _named_files(root: Path, statement: Any) -> Iterator[str]:
    for record in records(root, statement, "posts"):
        if record["table"] == "files" and record["row"].get("sha256"):
            yield record["row"]["sha256"]


# --- a chain --------------------------------------------------------------------------------------


def verify_chain(
    roots: Iterable[Path], key: str | None = None
) -> tuple[list[tuple[Path, Any]], list[str]]:
    """Verify bags that follow each other. (root, statement) of each, and what is to be said."""
    found: list[tuple[Path, Any]] = []
    said: list[str] = []
    previous = None
    for root in roots:
        statement, digest, public, dropped = verify(root, previous, key)
        if previous is None and statement["previous"] is not None:
            said.append(f"{root}: builds on a bag that was not given")
        said.append(
            f"{root}: whole; {statement['first']} to {statement['last']} of "
            f"{statement['instance']}, signed with {public}"
        )
        if dropped:
            said.append(f"{root}: {dropped} lines were dropped since it was signed")
        found.append((root, statement))
        previous, key = digest, public
    return found, said


def posts(bags: Iterable[tuple[Path, Any]]) -> list[Any]:
    """The posts that are there after the last bag, oldest first."""
    there: dict[int, Any] = {}
    for root, statement in bags:
        for stone in records(root, statement, "tombstones"):
            if stone["table"] == "posts":
                there.pop(stone["key"][0], None)
        for record in records(root, statement, "posts"):
            if record["table"] == "posts":
                there[record["key"][0]] = record
    return [there[id_] for id_ in sorted(there)]


def _line(post: Any) -> str:
    said = post.get("object") or {}
    if said.get("type") == "Announce":
        return f"{said.get('published')}  boosts {said.get('object')}"
    text = re.sub(r"<[^>]*>", " ", said.get("content") or "")
    at = said.get("published") or str(post["row"]["at"])
    where = said.get("id") or post["row"].get("uri") or ""
    return f"{at}  {where}  {' '.join(text.split())[:100]}"


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument(
        "bags", nargs="+", type=Path, metavar="BAG", help="folders, in the order of the chain"
    )
    parser.add_argument("--list", action="store_true", help="list the posts")
    parser.add_argument("--key", help="the public key that the bags must be signed with (hex)")
    asked = parser.parse_args()
    try:
        bags, said = verify_chain(asked.bags, asked.key)
    except Wrong as wrong:
        sys.stderr.write(f"{wrong}\n")
        return 1
    except OSError as error:
        sys.stderr.write(f"{error.filename}: {error.strerror}\n")
        return 1
    for line in said:
        sys.stderr.write(line + "\n")
    if asked.list:
        for post in posts(bags):
            sys.stdout.write(_line(post) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
