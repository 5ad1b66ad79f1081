"""A small DNS server on loopback: a cache that others ask, and the zones' own server beside it."""

import selectors
import socket
import struct
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from ipaddress import ip_address

CACHE, AUTHORITY = "127.0.0.1", "127.77.0.1"
AGED = 200  # seconds for which the cache has had all that it says
KINDS = {"A": 1, "NS": 2, "CNAME": 5, "MX": 15, "AAAA": 28}
DATAGRAM = 512

Zones = Mapping[tuple[str, str], list[tuple[int, str]]]


def wire(name: str) -> bytes:
    labels = [label.encode() for label in name.split(".") if label]
    return b"".join(bytes([len(label)]) + label for label in labels) + b"\0"


def _value(kind: str, value: str) -> bytes:
    if kind in ("A", "AAAA"):
        return ip_address(value).packed
    return (struct.pack("!H", 10) if kind == "MX" else b"") + wire(value)


class Names:
    """`records`: (name, kind) to (TTL, value). `broken`: names of which the cache knows only that
    it failed. `mute`: the zones' own server answers nobody."""

    def __init__(self, records: Zones, broken: frozenset[str] = frozenset(), mute: bool = False):
        self.records, self.broken, self.mute = records, broken, mute
        self.port = 0

    def answer(self, asked: bytes, own: bool, most: int) -> bytes:
        name, at = [], 12
        while length := asked[at]:
            name.append(asked[at + 1 : at + 1 + length].decode())
            at += 1 + length
        number = struct.unpack_from("!H", asked, at + 1)[0]
        kind = next(kind for kind, each in KINDS.items() if each == number)
        title = ".".join(name)
        found = list(self._found(title, kind))
        flags = 0x8000 | (0x0400 if own else 0x0080) | (2 if title in self.broken else 0)
        body = b"".join(
            # The first owner is said by a pointer to the question, as servers do.
            (b"\xc0\x0c" if owner == title else wire(owner))
            + struct.pack("!2HIH", KINDS[each], 1, ttl if own else max(1, ttl - AGED), len(value))
            + value
            for owner, each, ttl, value in found
        )
        if len(body) > most:
            flags, body, found = flags | 0x0200, b"", []
        head = struct.pack("!6H", *struct.unpack_from("!H", asked), flags, 1, len(found), 0, 0)
        return head + asked[12 : at + 5] + body

    def _found(self, name: str, kind: str) -> Iterator[tuple[str, str, int, bytes]]:
        for ttl, target in self.records.get((name, "CNAME"), []):
            yield name, "CNAME", ttl, _value("CNAME", target)
            yield from self._found(target, kind)
        for ttl, value in self.records.get((name, kind), []):
            yield name, kind, ttl, _value(kind, value)


def _sockets() -> tuple[int, list[socket.socket]]:
    """A port that is free four times: on each address, by datagram and by stream."""
    while True:
        port, made = 0, []
        try:
            for host in (CACHE, AUTHORITY):
                for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM):
                    made.append(sock := socket.socket(socket.AF_INET, kind))
                    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                    sock.bind((host, port))
                    port = sock.getsockname()[1]
                    if kind == socket.SOCK_STREAM:
                        sock.listen()
        except OSError:  # somebody else has it
            for sock in made:
                sock.close()
        else:
            return port, made


@contextmanager
def served(names: Names) -> Iterator[Names]:
    """Answer, by datagram and by stream, until the block ends."""
    waiting, over = selectors.DefaultSelector(), threading.Event()
    names.port, sockets = _sockets()
    for sock in sockets:
        waiting.register(sock, selectors.EVENT_READ, sock.getsockname()[0] == AUTHORITY)

    def serve() -> None:
        while not over.is_set():
            for key, _ in waiting.select(0.05):
                sock, own = key.fileobj, key.data
                if sock.type == socket.SOCK_STREAM:
                    peer, _ = sock.accept()
                    with peer:
                        asked = peer.recv(DATAGRAM)[2:]
                        said = names.answer(asked, own, 65_535)
                        peer.sendall(struct.pack("!H", len(said)) + said)
                else:
                    asked, peer = sock.recvfrom(DATAGRAM)
                    if not (own and names.mute):
                        sock.sendto(names.answer(asked, own, DATAGRAM), peer)

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield names
    finally:
        over.set()
        thread.join()
        for sock in sockets:
            sock.close()
