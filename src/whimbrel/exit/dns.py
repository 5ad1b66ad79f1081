"""Asking one DNS server, on the wire (RFC 1035): what a system's own look-up does not tell, such as
who serves a zone, how long an answer may be kept, and whether it is the authority's own."""

import asyncio
import secrets
import struct
from collections.abc import Iterator, Sequence
from contextlib import suppress
from ipaddress import IPv4Address, IPv6Address, ip_address
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from whimbrel.core.errors import Invalid

SECONDS = 3.0  # for an answer
_TRIES = 2
_LARGEST = 4096  # bytes of a datagram
_POINTERS = 32  # followed in one name
_NAME, _LABEL = 255, 63
KINDS = {"A": 1, "NS": 2, "CNAME": 5, "MX": 15, "AAAA": 28}
_KIND_OF = {number: kind for kind, number in KINDS.items()}
_RESPONSE, _AUTHORITATIVE, _TRUNCATED, _RECURSE = 0x8000, 0x0400, 0x0200, 0x0100
_NO_SUCH_NAME = 3


class NoAnswer(Exception):
    """The server did not answer, would not, or answered what nobody can read."""


class Record(NamedTuple):
    """`value`: an address, or the name that is led to. `ttl`: in seconds."""

    name: str
    kind: str
    ttl: int
    value: str


class Answer(NamedTuple):
    """`authoritative`: from the zone itself, so that each `ttl` is the whole one."""

    records: tuple[Record, ...]
    authoritative: bool


class Server(NamedTuple):
    """A DNS server."""

    address: str
    port: int = 53


def named(text: str) -> Server:
    """`9.9.9.9`, `127.0.0.1:5300` or `[::1]:5300`. Raises Invalid: no address."""
    inside = f"[{text}]" if text.count(":") > 1 and not text.startswith("[") else text
    try:
        parts = urlsplit(f"//{inside}")
        found = Server(str(ip_address(parts.hostname or "")), parts.port or 53)
    except ValueError:
        raise Invalid(f"{text}: write the address of a DNS server, such as 9.9.9.9.") from None
    return found


def configured(path: Path = Path("/etc/resolv.conf")) -> Server | None:
    """The first server that this machine asks; None where there is none."""
    with suppress(OSError):
        for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
            words = line.split()
            if len(words) > 1 and words[0] == "nameserver":
                return Server(words[1])
    return None


async def ask(server: Server, name: str, kind: str, recurse: bool = True) -> Answer:
    """What `server` says of `name`. No such name, or nothing of that kind: no records.

    Args:
        kind: one of `KINDS`.
        recurse: whether it may ask others.
    Raises:
        NoAnswer.
    """
    number = secrets.randbits(16)
    asked = question(number, name, kind, recurse)
    try:
        packet = await _by_datagram(server, asked)
        if len(packet) > 3 and packet[2] & (_TRUNCATED >> 8):
            packet = await _by_stream(server, asked)
    except (OSError, TimeoutError, asyncio.IncompleteReadError) as error:
        raise NoAnswer(f"{server.address} does not answer") from error
    if packet[:2] != asked[:2]:
        raise NoAnswer(f"{server.address} answers another question")
    return read(packet, name, kind)


def question(number: int, name: str, kind: str, recurse: bool) -> bytes:
    """The packet that asks. Raises NoAnswer: not a name that can be asked for."""
    labels = [label.encode("ascii", "replace") for label in name.rstrip(".").split(".")]
    if len(name) > _NAME - 2 or not all(0 < len(label) <= _LABEL for label in labels):
        raise NoAnswer(f"{name} is no name")
    head = struct.pack("!6H", number, _RECURSE if recurse else 0, 1, 0, 0, 0)
    body = b"".join(bytes([len(label)]) + label for label in labels)
    return head + body + b"\0" + struct.pack("!2H", KINDS[kind], 1)


def read(packet: bytes, name: str, kind: str) -> Answer:
    """The answer in `packet`. Raises NoAnswer: refused, or not an answer to that."""
    try:
        _, flags, questions, answers, _, _ = struct.unpack_from("!6H", packet)
        asked, at = _name(packet, 12)
        asked_kind, _ = struct.unpack_from("!2H", packet, at)
        if (
            not flags & _RESPONSE
            or questions != 1
            or (asked, asked_kind) != (name.rstrip(".").lower(), KINDS[kind])
        ):
            raise NoAnswer("an answer to another question")
        if flags & 0xF not in (0, _NO_SUCH_NAME):
            raise NoAnswer(f"refused (code {flags & 0xF})")
        found = tuple(_records(packet, at + 4, answers))
    except (struct.error, IndexError, ValueError) as error:
        raise NoAnswer("an answer that nobody can read") from error
    return Answer(found, bool(flags & _AUTHORITATIVE))


def _records(packet: bytes, at: int, many: int) -> Iterator[Record]:
    for _ in range(many):
        name, at = _name(packet, at)
        number, _, ttl, length = struct.unpack_from("!2HIH", packet, at)
        at += 10
        if at + length > len(packet):
            raise ValueError("cut short")
        kind = _KIND_OF.get(number)
        if kind is not None:
            yield Record(name, kind, ttl, _value(packet, kind, at, length))
        at += length


def _value(packet: bytes, kind: str, at: int, length: int) -> str:
    if kind == "A":
        return str(IPv4Address(packet[at : at + length]))
    if kind == "AAAA":
        return str(IPv6Address(packet[at : at + length]))
    return _name(packet, at + 2 if kind == "MX" else at)[0]


def _name(packet: bytes, at: int) -> tuple[str, int]:
    """The name at `at`, and where what follows it begins."""
    labels: list[str] = []
    end, followed = 0, 0
    while length := packet[at]:
        if length >= 0xC0:
            end = end or at + 2
            at = (length & 0x3F) << 8 | packet[at + 1]
            followed += 1
        elif length > _LABEL:
            raise ValueError("no label")
        else:
            labels.append(packet[at + 1 : at + 1 + length].decode("latin-1").lower())
            at += 1 + length
        if followed > _POINTERS or len(labels) > _NAME // 2:
            raise ValueError("no end")
    return ".".join(labels), end or at + 1


class _Datagram(asyncio.DatagramProtocol):
    """Takes the first packet that comes."""

    def __init__(self) -> None:
        self.came: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()

    def datagram_received(self, data: bytes, addr: object) -> None:
        if not self.came.done():
            self.came.set_result(data)

    def error_received(self, exc: Exception) -> None:
        if not self.came.done():
            self.came.set_exception(exc)


async def _by_datagram(server: Server, asked: bytes) -> bytes:
    loop = asyncio.get_running_loop()
    for left in reversed(range(_TRIES)):
        transport, protocol = await loop.create_datagram_endpoint(_Datagram, remote_addr=server)
        try:
            transport.sendto(asked)
            return await asyncio.wait_for(protocol.came, SECONDS)
        except TimeoutError:
            if not left:
                raise
        finally:
            transport.close()
    raise TimeoutError


async def _by_stream(server: Server, asked: bytes) -> bytes:
    async with asyncio.timeout(SECONDS):
        reader, writer = await asyncio.open_connection(*server)
        try:
            writer.write(struct.pack("!H", len(asked)) + asked)
            (length,) = struct.unpack("!H", await reader.readexactly(2))
            return await reader.readexactly(length)
        finally:
            writer.close()


def addresses(records: Sequence[Record]) -> tuple[str, ...]:
    """The addresses among `records`."""
    return tuple(record.value for record in records if record.kind in ("A", "AAAA"))


def is_address(text: str) -> bool:
    """Whether `text` is an address and no name."""
    with suppress(ValueError):
        return bool(ip_address(text))
    return False


def is_global(address: str) -> bool:
    """Whether `address` is of the public internet."""
    return ip_address(address).is_global
