"""Another server's inbox, as strict about a Move as the rules that are published for it. It shares
no code with ours where it judges.

Source: docs.joinmastodon.org, ActivityPub (Move) and Security (signatures, Date, Digest);
draft-cavage-http-signatures-12"""

import calendar
import json
import re
import threading
import time
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from signing import pair, private

from whimbrel.federation.signatures import Request, sign_draft

TYPE = "application/activity+json"
WINDOW = 12 * 3600  # seconds that a Date may be off
COOLDOWN = 7 * 86_400  # seconds between two moves of somebody


class Refused(Exception):
    """The status, and why."""


class Strict:
    """`keys` is what it knows from before: PEMs by key id. `fetch` gives an actor as it is now."""

    def __init__(self) -> None:
        self.keys: dict[str, str] = {}
        self.fetch: Callable[[str], dict[str, Any]] = dict
        self.now: Callable[[], float] = time.time
        self.moved: dict[str, tuple[float, str]] = {}  # by old actor: when, and where to
        self.seen: set[str] = set()  # ids of activities
        self.said: list[str] = []  # of each delivery, what was thought of it
        self.port = 0

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def eve(self) -> str:
        """Whoever asks in this server's name."""
        return f"{self.origin}/users/eve"

    def signed(self, url: str) -> dict[str, str]:
        """The headers with which it asks for something."""
        parts = urlsplit(url)
        request = Request("GET", f"{parts.scheme}://{parts.netloc}", parts.path, {"accept": TYPE})
        return dict(sign_draft(request, private(), f"{self.eve}#main-key", self.now()))

    def judge(self, path: str, headers: dict[str, str], body: bytes) -> None:
        """Raises Refused."""
        actor = self._signer(path, headers, body)
        move = json.loads(body)
        if move["actor"] != actor or move["object"] != actor or move["type"] != "Move":
            raise Refused(401, "somebody else moves")
        if move["id"] in self.seen:
            raise Refused(403, "replayed")
        since, _ = self.moved.get(actor, (0.0, ""))
        if self.now() - since < COOLDOWN:
            raise Refused(403, "moved a short while ago")
        if actor not in self.fetch(move["target"]).get("alsoKnownAs", ()):
            raise Refused(403, "the target does not name the old account")
        self.seen.add(move["id"])
        self.moved[actor] = self.now(), move["target"]

    def _signer(self, path: str, headers: dict[str, str], body: bytes) -> str:
        given = dict(re.findall(r'(\w+)="([^"]*)"', headers.get("signature", "")))
        covered = given.get("headers", "").split()
        if not {"(request-target)", "host", "date", "digest"} <= set(covered):
            raise Refused(401, "too little is signed")
        digest = f"SHA-256={b64encode(sha256(body).digest()).decode()}"
        if headers["digest"] != digest:
            raise Refused(401, "the digest is wrong")
        if headers["host"] != f"127.0.0.1:{self.port}":
            raise Refused(401, "meant for another server")
        made = time.strptime(headers["date"], "%a, %d %b %Y %H:%M:%S GMT")
        if abs(self.now() - calendar.timegm(made)) > WINDOW:
            raise Refused(401, "too old")
        values = {**headers, "(request-target)": f"post {path}"}
        base = "\n".join(f"{name}: {values[name]}" for name in covered).encode()
        pem = self.keys.get(given["keyId"])
        if pem is None:
            raise Refused(401, "a key that cannot be had")
        key = load_pem_public_key(pem.encode())
        assert isinstance(key, RSAPublicKey)
        try:
            key.verify(b64decode(given["signature"]), base, padding.PKCS1v15(), SHA256())
        except InvalidSignature:
            raise Refused(401, "the signature does not hold") from None
        return given["keyId"].partition("#")[0]

    def person(self) -> dict[str, Any]:
        key = {"id": f"{self.eve}#main-key", "owner": self.eve, "publicKeyPem": pair().public.rsa}
        about = {"id": self.eve, "type": "Person", "preferredUsername": "eve", "publicKey": key}
        context = ["https://www.w3.org/ns/activitystreams", "https://w3id.org/security/v1"]
        return {"@context": context, **about, "inbox": f"{self.eve}/inbox"}


@contextmanager
def strict() -> Iterator[Strict]:
    """Such a server for the length of the block."""
    made = Strict()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found = self.path == "/users/eve"
            self.answer(200 if found else 404, json.dumps(made.person()).encode() if found else b"")

        def do_POST(self) -> None:
            headers = {name.lower(): value for name, value in self.headers.items()}
            body = self.rfile.read(int(headers["content-length"]))
            try:
                made.judge(self.path, headers, body)
            except Refused as refused:
                status, why = refused.args
                made.said.append(why)
                return self.answer(status, b"")
            made.said.append("taken")
            return self.answer(202, b"")

        def answer(self, status: int, body: bytes) -> None:
            self.send_response(status)
            self.send_header("content-type", TYPE)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: object) -> None:
            """Nothing is printed."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    made.port = server.server_address[1]
    serving = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    serving.start()
    try:
        yield made
    finally:
        server.shutdown()
        serving.join()
        server.server_close()
