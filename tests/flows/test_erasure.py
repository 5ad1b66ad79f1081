"""What is deleted is gone: from every file of ours, for whoever has them all and the keyring too.

A real server is used as people use it; then every byte of the data folder, of PostgreSQL and of the
object store is searched. Sealed bytes may lie about, and do; what opens them must be nowhere."""

import asyncio
import base64
import io
import json
import random
import sqlite3
import sys
import threading
import time
from collections.abc import Callable, Iterator
from hashlib import blake2b
from http.client import HTTPException
from pathlib import Path
from typing import Any, NamedTuple
from urllib.error import HTTPError, URLError
from urllib.request import Request
from uuid import uuid4

import psycopg
import pytest
from PIL import Image

sys.path.insert(0, str(Path(__file__).parent))  # `import needles`: importmode=importlib adds none

from needles import Needles

import services
from server import Server, fetched
from whimbrel.core.keyring import SLOT, Keyring, Shredded, Slot
from whimbrel.core.objects import open_store
from whimbrel.core.search import Words
from whimbrel.core.text import tag_key

WORDS = "Xylofonquark Grünspechtwurz\n„Zwölfboxkämpfer“ quillwortish"
LATER = "Yttriumbrotdose Käsekrähenfuß mumblecrust"
TAG, LATER_TAG = "Nebelkrähenzunft", "Moospolsterbund"
ALT = "Quetzalknödel vor Zinnoberrübe"
NAME = "wolpertinger-0815.png"
SETTLED = 30  # seconds until what follows from a deletion must be done


class House(NamedTuple):
    """A server, and where all of its bytes are."""

    server: Server
    folders: tuple[Path, ...]
    rows: Callable[[str], list[Any]]  # SQL to its rows
    flush: Callable[[], object]  # what a database does every few minutes by itself
    writes_tokens: bool  # whether a live search index is on the disk; elsewhere in memory at first

    def key_of(self, slot: int) -> bytes:
        """The secret in a slot of the keyring, as it is now."""
        with (self.server.data / "keyring.bin").open("rb") as file:
            file.seek(slot * SLOT)
            return file.read(SLOT)

    def holding(self, needles: dict[str, bytes]) -> dict[str, list[str]]:
        """Which files hold any of these, by the needle's name."""
        self.flush()
        found: dict[str, list[str]] = {}
        known = Needles(needles)
        for folder in self.folders:
            for path in folder.rglob("*"):
                if path.is_file():
                    for name in known.within(path.read_bytes()):
                        found.setdefault(name, []).append(str(path.relative_to(folder)))
        return found


@pytest.fixture(params=("sqlite and a folder", "postgresql and s3"))
def house(
    request: pytest.FixtureRequest, tmp_path: Path, mailbox: services.Mailbox
) -> Iterator[House]:
    data, mail = tmp_path / "data", {"WHIMBREL_SMTP": mailbox.url}
    if request.param.startswith("sqlite"):
        server = Server(data, **mail)

        def look(statement: str) -> list[Any]:
            with sqlite3.connect(f"file:{data}/whimbrel.db?mode=ro", uri=True) as connection:
                return connection.execute(statement).fetchall()

        yield House(server.start(), (data,), look, lambda: None, True)
        server.kill()
        return
    cluster: services.Postgres = request.getfixturevalue("postgres")
    name = f"erasure_{uuid4().hex[:12]}"  # its own: what other tests deleted may lie about in it
    url = cluster.create(name, request.getfixturevalue("postgres_template"))
    request.addfinalizer(lambda: cluster.drop(name))
    objects: services.S3 = request.getfixturevalue("s3")
    bucket = f"s3://erasure-{uuid4().hex[:12]}?endpoint={objects.endpoint}&region={objects.region}"
    asyncio.run(_make_bucket(bucket, objects))
    server = Server(
        data,
        url,
        **mail,
        WHIMBREL_OBJECTS=bucket,
        WHIMBREL_S3_KEY=objects.key,
        WHIMBREL_S3_SECRET=objects.secret,
    )

    def ask(statement: str) -> list[Any]:
        with psycopg.connect(url) as connection:
            return connection.execute(statement.encode()).fetchall()

    def checkpoint() -> None:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("CHECKPOINT")

    folders = (data, cluster.folder, objects.folder)
    yield House(server.start(), folders, ask, checkpoint, False)
    server.kill()


async def _make_bucket(url: str, s3: services.S3) -> None:
    store: Any = open_store(url, Path(), s3.key, s3.secret)
    await store.make_bucket()
    await store.close()


# ------------------------------------------------------------------------------ what is looked for


def spelled(name: str, text: str) -> dict[str, bytes]:
    """Every unusual word of a text in the ways in which software writes words down."""
    found = {}
    for word in text.replace("„", " ").replace("“", " ").split():
        if len(word) < 8:
            continue
        plain = word.encode()
        found[f"{name} {word}"] = plain
        found[f"{name} {word} lower"] = word.lower().encode()
        found[f"{name} {word} utf-16"] = word.encode("utf-16-le")
        found[f"{name} {word} utf-16-be"] = word.encode("utf-16-be")
        found[f"{name} {word} escaped"] = json.dumps(word)[1:-1].encode()
        for shift in range(3):
            inside = base64.b64encode(b"." * shift + plain)[4:-4]  # whatever stands around it
            found[f"{name} {word} base64+{shift}"] = inside
    return found


def pieces(name: str, file: bytes) -> dict[str, bytes]:
    """Some stretches of a file."""
    return {f"{name} at {at}": file[at : at + 40] for at in range(60, len(file) - 40, 997)}


def picture(seed: int) -> bytes:
    """Pixels like no others."""
    noise = random.Random(seed).randbytes(96 * 96 * 3)
    png = io.BytesIO()
    Image.frombytes("RGB", (96, 96), noise).save(png, "PNG")
    return png.getvalue()


class Secrets:
    """What is known of a post before it is deleted: its words, and the keys they were sealed by."""

    def __init__(self, house: House, needles: dict[str, bytes]) -> None:
        self.house, self.needles = house, needles
        self.keys: dict[str, bytes] = {}
        self.sealed: list[tuple[Slot, bytes]] = []
        self.tags: list[int] = []

    def note(self, post: str) -> None:
        """Look up the sealed columns of the post and of its media, and their keys."""
        for slot, author, content in self.house.rows(
            "SELECT posts.slot, accounts.slot, content FROM posts"
            f" JOIN accounts ON accounts.id = author WHERE posts.id = {int(post)}"
        ):
            self._note("post", Slot(slot, author, int(post), "posts.content"), content)
        for slot, author, id_, alt in self.house.rows(
            f"SELECT slot, author_slot, id, alt FROM media WHERE post = {int(post)}"
        ):
            self._note("media", Slot(slot, author, id_, "media.alt"), alt)
        for id_, name, slot, shelf in self.house.rows(
            "SELECT tags.id, name, tags.slot, tag_shelves.slot FROM tags"
            " JOIN post_tags ON tag = tags.id JOIN tag_shelves ON tag_shelves.shelf = tags.shelf"
            f" WHERE post = {int(post)}"
        ):
            self.tags.append(id_)
            self._note("tag", Slot(slot, slot, id_, "tags.name"), name)
            self.keys[f"key of shelf in slot {shelf}"] = self.house.key_of(shelf)

    def _note(self, name: str, slot: Slot, sealed: Any) -> None:
        with_keys = Keyring.open(self.house.server.data / "keyring.bin")
        assert with_keys.unseal(slot, bytes(sealed))  # we do know how to open it
        with_keys.close()
        self.keys[f"key of {name} in slot {slot.number}"] = self.house.key_of(slot.number)
        self.sealed.append((slot, bytes(sealed)))

    def opened(self) -> list[Slot]:
        """What of the sealed bytes can still be opened."""
        keyring, found = Keyring.open(self.house.server.data / "keyring.bin"), []
        for slot, sealed in self.sealed:
            try:
                keyring.unseal(slot, sealed)
                found.append(slot)
            except Shredded:
                pass
        keyring.close()
        return found


def guesses(house: House, *words: str) -> dict[str, bytes]:
    """What these tags would be stored and found by, for whoever has the keyring and knows them."""
    keyring, found = Keyring.open(house.server.data / "keyring.bin"), {}
    known = Words(keyring)
    for word in map(tag_key, words):
        found[f"MAC of {word}"] = keyring.mac("tag shelf", word.encode())
        for end in range(8, len(word) + 1):
            found[f"token of {word[:end]}"] = known.facet("tag", word[:end]).encode()
        for shelf, slot in house.rows("SELECT shelf, slot FROM tag_shelves"):
            secret = keyring.key(Slot(slot, slot, shelf, "tags.key"))
            found[f"{word} on shelf {shelf}"] = blake2b(
                word.encode(), key=secret, digest_size=16
            ).digest()
    keyring.close()
    return found


def _upload(server: Server, token: str, file: bytes, alt: str) -> Any:
    parts = [
        f'--x\r\nContent-Disposition: form-data; name="description"\r\n\r\n{alt}\r\n'.encode(),
        f'--x\r\nContent-Disposition: form-data; name="file"; filename="{NAME}"\r\n\r\n'.encode(),
        file,
        b"\r\n--x--\r\n",
    ]
    headers = {
        "Authorization": f"Bearer {token}",
        "Content-Type": "multipart/form-data; boundary=x",
    }
    request = Request(server.url + "/api/v2/media", b"".join(parts), headers, method="POST")
    return json.loads(fetched(request))


RECEIPTS, DONE = "/api/whimbrel/v1/receipts", "unreadable_at"


def _until(true: Callable[[], Any]) -> Any:
    until = time.monotonic() + SETTLED
    while not (found := true()):
        assert time.monotonic() < until, "it does not come"
        time.sleep(0.1)
    return found


def _settle(house: House) -> None:
    """Wait for all that follows from what was done."""
    soon = int(time.time() * 1000) + 60_000  # later ones are clocks
    _until(lambda: not house.rows(f"SELECT 1 FROM jobs WHERE due < {soon} LIMIT 1"))


# ------------------------------------------------------------------------------ the stories


def test_a_deleted_post_with_a_photo_is_in_no_file(house: House) -> None:
    """ "Deleted" elsewhere has meant a flag on a row, and a copy of all of it for whoever came."""
    server = house.server
    tokens = server.people("ada", "bob")
    ada, bob = tokens["ada"], tokens["bob"]
    me = server.call(ada, "GET", "/api/v1/accounts/verify_credentials")
    server.call(bob, "POST", f"/api/v1/accounts/{me['id']}/follow")
    kept = server.call(ada, "POST", "/api/v1/statuses", status="Immerdaswort stays #Bleibtag")
    # Neighbours: two tags in three have one on their shelf, whose key lives on.
    for n in range(0, 300, 50):
        server.call(
            ada, "POST", "/api/v1/statuses", status=" ".join(f"#t{n + i}" for i in range(50))
        )
    photo = picture(1)
    medium = _upload(server, ada, photo, ALT)
    made = server.call(
        ada,
        "POST",
        "/api/v1/statuses",
        status=f"{WORDS} #{TAG}",
        media_ids=[medium["id"]],
        spoiler_text="eek",
    )
    post, path = made["id"], f"/api/v1/statuses/{made['id']}"
    secrets = Secrets(house, spelled("words", f"{WORDS} {TAG}") | spelled("alt", ALT))
    secrets.note(post)
    _until(
        lambda: [
            each for each in server.call(bob, "GET", "/api/v1/timelines/home") if each["id"] == post
        ]
    )
    server.call(bob, "POST", f"{path}/favourite")
    before = {name for name in secrets.keys if "tag" in name or "shelf" in name}
    later = f"{LATER} #{LATER_TAG}"
    server.call(ada, "PUT", path, status=later, media_ids=[medium["id"]], spoiler_text="eek")
    _settle(house)
    secrets.note(post)
    _until(
        lambda: server.call(ada, "GET", "/api/v2/search", q="Yttriumbrotdose", type="statuses")[
            "statuses"
        ]
    )
    fetched(f"{server.url}/@ada/{post}")
    shown = server.call(bob, "GET", path)["media_attachments"][0]
    keyring = Keyring.open(server.data / "keyring.bin")
    tokens_of = Words(keyring).of(f"{WORDS} {LATER} {ALT} {TAG} {LATER_TAG}")
    keyring.close()
    secrets.needles |= spelled("later", later.replace("#", "")) | {"file name": NAME.encode()}
    indexed = {f"token {each}": each.encode() for each in tokens_of}
    secrets.needles |= indexed
    assert house.holding(indexed) or not house.writes_tokens, "what is there is found"
    assert house.holding(guesses(house, LATER_TAG)), "and so is a tag that is guessed"
    found = server.call(ada, "GET", "/api/v2/search", q=f"#{LATER_TAG[:5]}", type="hashtags")
    assert [tag["name"] for tag in found["hashtags"]] == [LATER_TAG.lower()]
    sealed = {"sealed": secrets.sealed[-1][1][:32]}
    held = house.holding(secrets.keys | sealed)
    assert held.keys() == (secrets.keys.keys() - before) | {"sealed"}, (
        "the former words until the post goes; a tag at once"
    )
    secrets.needles |= pieces("upload", photo) | {"blur": shown["blurhash"].encode()}
    for variant in ("url", "preview_url"):
        secrets.needles |= pieces(variant, fetched(shown[variant]))

    server.call(ada, "DELETE", path + "?delete_media=true")

    assert secrets.opened() == [], "the answer has come, and the words can still be read"
    with pytest.raises(HTTPError):
        fetched(shown["url"])
    _settle(house)
    receipts = _until(lambda: [each for each in server.call(ada, "GET", RECEIPTS) if each[DONE]])
    assert [(each["subject_id"], each["files"]) for each in receipts] == [(post, 2)]
    assert server.call(bob, "GET", f"/api/v1/statuses/{kept['id']}")["content"]
    assert server.call(bob, "GET", "/api/v1/timelines/tag/bleibtag")[0]["id"] == kept["id"]
    gone = ", ".join(map(str, secrets.tags))
    assert len(secrets.tags) == 2 and not house.rows(f"SELECT 1 FROM tags WHERE id IN ({gone})")
    secrets.needles |= guesses(house, TAG, LATER_TAG)
    assert server.stop() == 0
    assert house.holding(secrets.needles | secrets.keys) == {}
    # And so says the command that is there for whoever wants to see it: of the database and its
    # log, the objects, the index and what the server printed.
    words = ("--text=Grünspechtwurz", "--text=Zinnoberrübe")
    server.cli("privacy", "verify-erasure", *house.folders, *words)


def test_an_erased_account_leaves_no_word_and_no_address(house: House) -> None:
    """Somebody who leaves takes along what they wrote, and what was noted about them."""
    server = house.server
    tokens = server.people("yolanthe", "bob")
    her, bob = tokens["yolanthe"], tokens["bob"]
    me = server.call(her, "GET", "/api/v1/accounts/verify_credentials")
    him = server.call(bob, "GET", "/api/v1/accounts/verify_credentials")
    made = server.call(her, "POST", "/api/v1/statuses", status=WORDS)
    server.call(her, "POST", f"/api/v1/accounts/{him['id']}/note", comment=LATER)
    server.call(bob, "POST", f"/api/v1/accounts/{me['id']}/note", comment=ALT)
    secrets = Secrets(house, {})
    for name, text in (("words", WORDS), ("her note", LATER), ("his note", ALT)):
        secrets.needles |= spelled(name, text)
    secrets.needles["address"] = b"yolanthe@example.org"
    (server.data / "people.csv").unlink()  # how the test made her
    secrets.note(made["id"])
    for slot, email in house.rows(
        "SELECT accounts.slot, email FROM users JOIN accounts ON accounts.id = users.account"
        f" WHERE account = {me['id']}"
    ):
        secrets._note("address", Slot(slot, slot, int(me["id"]), "users.email"), email)

    server.cli("account", "delete", "yolanthe", "--yes")

    assert secrets.opened() == []
    _until(lambda: not house.rows(f"SELECT 1 FROM posts WHERE author = {me['id']}"))
    _until(lambda: not house.rows(f"SELECT 1 FROM notes WHERE target = {me['id']}"))
    with pytest.raises(HTTPError):
        server.call(bob, "GET", f"/api/v1/statuses/{made['id']}")
    assert server.stop() == 0
    assert house.holding(secrets.needles | secrets.keys) == {}


def test_a_crash_in_the_middle_of_deleting_leaves_nothing_half_erased(house: House) -> None:
    """A row that is gone while its key lives on would be readable in every old copy, for ever."""
    server = house.server
    ada = server.people("ada")["ada"]
    acknowledged: set[str] = set()
    for _ in range(4):
        ids = [
            server.call(ada, "POST", "/api/v1/statuses", status=f"{WORDS} {n}")["id"]
            for n in range(30)
        ]
        slots = dict(house.rows("SELECT id, slot FROM posts"))
        stopper = threading.Timer(random.uniform(0.02, 0.15), server.kill)
        for id_ in ids:
            try:
                server.call(ada, "DELETE", f"/api/v1/statuses/{id_}")
                acknowledged.add(id_)
                if id_ == ids[0]:  # a busy machine may not have answered anything sooner
                    stopper.start()
            except (URLError, HTTPException, ConnectionError, TimeoutError):
                break
        stopper.join()
        server.start()
        left = {id_ for (id_,) in house.rows("SELECT id FROM posts")}
        keyring = Keyring.open(server.data / "keyring.bin")
        for id_, slot in slots.items():
            assert keyring.alive(slot) == (id_ in left), "a row and its key go together"
        keyring.close()
        assert not left & {int(id_) for id_ in acknowledged}
    assert acknowledged
    assert server.stop() == 0
