"""Whoever has every byte that is left, and every key that is left, and wants what was deleted."""

import contextlib
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from whimbrel.core.keyring import DEAD, SLOT, Keyring, Slot
from whimbrel.core.sealed import CHUNK, HEADER, TAG
from whimbrel.exit.sealing import MAGIC, Opener
from whimbrel.privacy.traces import spellings, traces


class Lost(NamedTuple):
    """Something that was deleted, as its sealed bytes were; who looks for it has a copy of them."""

    what: str
    slot: Slot
    sealed: bytes

    def opens(self, key: bytes) -> bool:
        """Whether this is the key."""
        nonce, text, place = self.sealed[:12], self.sealed[12:], self.slot.place
        if self.slot.column != "posts.content":  # in chunks: the first one
            head, whole = self.sealed[:HEADER], len(self.sealed) <= HEADER + CHUNK + TAG
            nonce = head[-7:] + bytes(4) + (b"\x01" if whole else b"\x00")
            text, place = self.sealed[HEADER : HEADER + CHUNK + TAG], head + place
        try:
            ChaCha20Poly1305(key).decrypt(nonce, text, place)
        except InvalidTag:
            return False
        return True


class _Guess(Keyring):
    """A keyring in which any 32 bytes stand where somebody supposes them."""

    def __init__(self) -> None:
        self.supposed: dict[int, bytes] = {}

    def _secret(self, number: int) -> bytes:
        return self.supposed[number]


def files(places: Mapping[str, Path]) -> Iterator[tuple[str, Path]]:
    """Every file, and where it lies. Some come and go meanwhile."""
    for name, folder in places.items():
        for at, _, names in os.walk(folder):
            for each in names:
                path = Path(at) / each
                if path.is_file() and not path.is_symlink():
                    yield f"{name}: {path.relative_to(folder)}", path


def words(places: Mapping[str, Path], mark: str, opener: Opener) -> list[str]:
    """Where `mark` stands, however it is spelled or packed, sealed bags opened."""
    found, looked_for = [], {mark: spellings(mark)}
    for name, path in files(places):
        with contextlib.suppress(FileNotFoundError), path.open("rb") as file:
            found += [f"{name} ({each.spelled})" for each in traces(file, looked_for)]
            file.seek(0)
            if file.read(len(MAGIC)) == MAGIC and mark.encode() in b"".join(opener.chunks(path)):
                found.append(f"{name}, unsealed")
    return found


def holding(places: Mapping[str, Path], wanted: Mapping[str, bytes]) -> list[str]:
    """Where these bytes stand, by what each is called."""
    found = []
    for name, path in files(places):
        with contextlib.suppress(FileNotFoundError):
            held = path.read_bytes()
            found += [f"{name}, {what}" for what, each in wanted.items() if each in held]
    return found


def keys(ring: bytes, dead: list[int]) -> dict[str, bytes]:
    """What stood in a keyring, as it was before, in the place of these slots."""
    held = {f"key {n}": ring[n * SLOT : (n + 1) * SLOT] for n in dead}
    return {name: key for name, key in held.items() if key not in (DEAD, b"")}


def left(places: Mapping[str, Path], own: bytes) -> tuple[set[bytes], list[str]]:
    """Every key that still exists, and the files that have them: those with the server's own."""
    found: set[bytes] = set()
    holders = []
    for name, path in files(places):
        with contextlib.suppress(FileNotFoundError):
            held = path.read_bytes()
            if own in held:
                holders.append(name)
                start = held.index(own) % SLOT
                found |= {held[at : at + SLOT] for at in range(start, len(held), SLOT)}
    return {key for key in found - {DEAD} if len(key) == SLOT}, holders


def opened(lost: list[Lost], ring: bytes, remaining: set[bytes], dead: set[int]) -> list[str]:
    """What opens by any key that remains. One half of each is given away as it was before."""
    found, guess = [], _Guess()
    for each in lost:
        slot = each.slot
        halves = {n: ring[n * SLOT : (n + 1) * SLOT] for n in (slot.number, slot.author)}
        guess.supposed = dict(halves)
        assert each.opens(guess.key(slot)), f"{each.what} did not open before it was deleted"
        for half in {slot.number, slot.author} & dead:
            for key in remaining:
                guess.supposed = {**halves, half: key}
                if each.opens(guess.key(slot)):
                    found.append(f"{each.what}: opens")
                    break
    return found
