"""Every parser that reads what strangers send, on bytes that were bent at random.

What it may do is say no, in the way it is documented to. Anything else, or taking long, is a fault.
The ordinary run gives each a moment and always the same bytes; `script/fuzz` ten minutes each and
new ones: it prints what broke a parser, to be put among its seeds."""

import asyncio
import os
import random
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

sys.path.insert(0, str(Path(__file__).parent))  # `import mailed`: importmode=importlib adds none

from mailed import MAILED

from raw_asgi import receiver, scope
from whimbrel.accounts import agents, emails, verify
from whimbrel.accounts.auth import cookie_of
from whimbrel.core import words
from whimbrel.core.abroad import address_of
from whimbrel.core.errors import WhimbrelError
from whimbrel.core.http import request as requests
from whimbrel.core.http.paging import page_of, window
from whimbrel.core.http.params import query_params, read_params
from whimbrel.core.http.redirects import foreign, own
from whimbrel.core.ids import id_of
from whimbrel.core.text import parse
from whimbrel.core.text.clean import clean, to_plain
from whimbrel.core.text.html import to_html
from whimbrel.core.text.markdown import markdown_html
from whimbrel.core.text.parse import count
from whimbrel.core.webpush import keys_of
from whimbrel.exit.kit import box, recovery
from whimbrel.federation import handles, multikey, reading, synchronize
from whimbrel.federation.incoming.activity import read_activity
from whimbrel.federation.incoming.actor import read_actor
from whimbrel.federation.incoming.note import read_note
from whimbrel.federation.incoming.poll import read_poll
from whimbrel.federation.signatures import crypto, digests, proofs, rfc9421
from whimbrel.federation.signatures import verify as signatures
from whimbrel.federation.signatures.message import Request
from whimbrel.media import serve
from whimbrel.media.process.sniff import sniff
from whimbrel.moderation import blocklist
from whimbrel.posts.preview import head
from whimbrel.timelines import operators, sheets

LONG = bool(os.environ.get("WHIMBREL_LONG"))
# For each parser; 0 = a few rounds.
SECONDS = float(os.environ.get("WHIMBREL_FUZZ_SECONDS") or (600 if LONG else 0))
ROUNDS = 150
SLOW = 2.0  # seconds of the processor that no input may take
LARGEST = 20_000  # bytes that a mutation grows to
NO = (WhimbrelError, ValueError)  # how a parser says no; UnicodeError and JSON's errors are those
TOKENS = (
    *(
        b"\x00",
        b"\xff",
        b"\xc3",
        b"\xed\xa0\x80",
        b"\r\n",
        b"%00",
        b"%",
        b"\\u0000",
        b"\\ud800",
        b"'",
    ),
    *(
        b'"',
        b"{",
        b"}",
        b"[",
        b"]",
        b"<",
        b">",
        b"&",
        b"#",
        b"@",
        b"//",
        b"../",
        b":",
        b";",
        b",",
        b"=",
    ),
    *(
        b"-1",
        b"0",
        b"9" * 40,
        b"1e999",
        b"NaN",
        b"null",
        b"true",
        b"__proto__",
        b"e" * 300,
        b"\xf0\x9f",
    ),
    *(
        "\u202e".encode(),
        "ß".encode(),
        "İ".encode(),
        "\u200d".encode(),
        b"xn--",
        b"--",
        b"\n\n",
        b"  ",
    ),
)


WORDS = "babab " * 8 + "tajid"
KIT = box.seal(
    box.Kit("https://a.example/1", "a@b", 1, "", b"", b"", [("x", "y")], ["c@d"]),
    recovery.public(recovery.secret(WORDS)),
)


class Parser(NamedTuple):
    """What reads, and something for it to begin with."""

    read: Callable[[bytes], Any]
    seeds: tuple[bytes, ...]
    says: tuple[type[Exception], ...] = NO


def text(read: Callable[[str], Any]) -> Callable[[bytes], Any]:
    """One that reads text: of bytes that are none, what is left."""
    return lambda raw: read(raw.decode("utf-8", "replace"))


def body(kind: str) -> Callable[[bytes], Any]:
    """An HTTP body of this content type, as every route reads it."""

    def read(raw: bytes) -> None:
        asked = scope("/", "POST", headers={"content-type": kind, "content-length": str(len(raw))})
        asyncio.run(_read(asked, raw))

    return read


async def _read(asked: Any, raw: bytes) -> None:
    params = await read_params(asked, receiver(raw), scratch=Path(tempfile.gettempdir()))
    for name, value in list(params.items()):
        if hasattr(value, "path"):
            value.path.unlink(missing_ok=True)
        elif isinstance(value, str):
            params.text(name)


def headers(name: str, use: Callable[[Any], Any]) -> Callable[[bytes], Any]:
    """A header, as something reads it from the scope."""
    return lambda raw: use({**scope("/"), "headers": [(name.encode(), raw)]})


def signed(raw: bytes) -> Any:
    """A request whose headers are lines of these bytes."""
    lines = [line.partition(b":") for line in raw.split(b"\n")]
    found = {k.strip().lower().decode("latin-1"): v.strip().decode("latin-1") for k, _, v in lines}
    return signatures.read(
        Request("POST", "https://a.example", "/inbox", found, b"{}"), 1_764_000_000
    )


def activity(raw: bytes) -> None:
    """What another server posts: whatever it is, all that reads such a thing reads it."""
    read_activity(raw)
    said = reading.parse(raw)
    for each in (read_actor, read_note, read_poll):
        try:
            each(said)
        except NO:
            continue


def written(said: str) -> None:
    parsed = parse(said)
    count(parsed)
    to_plain(to_html(parsed, {}, lambda name: f"/tags/{name}"))


def followed(said: str) -> None:
    synchronize.read(said)
    rfc9421.wished({"accept-signature": said}, Request("POST", "https://a.example", "/i", {}))


PERSON = (
    b'{"@context":"https://www.w3.org/ns/activitystreams","id":"https://a.example/u/1","type":"Person",'
    b'"preferredUsername":"ada","inbox":"https://a.example/i","publicKey":{"id":"https://a.example/u/1#k",'
    b'"owner":"https://a.example/u/1","publicKeyPem":"x"},"attachment":[{"type":"PropertyValue",'
    b'"name":"a","value":"<a href=\\"https://b.example\\">b</a>"}],"icon":{"type":"Image","url":"https://a.example/p.png"}}'
)
NOTE = (
    b'{"id":"https://a.example/1","type":"Create","actor":"https://a.example/u/1","to":["as:Public"],'
    b'"object":{"id":"https://a.example/n/1","type":"Question","attributedTo":"https://a.example/u/1",'
    b'"content":"<p>hi</p>","published":"2026-01-01T00:00:00Z","tag":[{"type":"Mention","href":"https://b.example/u"}],'
    b'"oneOf":[{"type":"Note","name":"a","replies":{"totalItems":1}}],"endTime":"2026-01-02T00:00:00Z"}}'
)
FORM = (
    b'--x\r\nContent-Disposition: form-data; name="status"\r\n\r\nhi\r\n--x\r\n'
    b'Content-Disposition: form-data; name="media[]"; filename="a.png"\r\n'
    b"Content-Type: image/png\r\n\r\n"
    b"\x89PNG\r\n--x--\r\n"
)
SIGNATURE = (
    b'date: Mon, 24 Nov 2025 16:00:00 GMT\nhost: a.example\ndigest: SHA-256=abc=\nsignature: keyId="https://b.example/k",'
    b'algorithm="rsa-sha256",headers="(request-target) host date digest",signature="YWJj"'
)
NEWER = (
    b'signature-input: sig1=("@method" "@target-uri" "content-digest");created=1764000000;keyid="https://b.example/k"'
    b"\nsignature: sig1=:YWJj:\ncontent-digest: sha-256=:YWJj:"
)
PARSERS: dict[str, Parser] = {
    "json body": Parser(
        body("application/json"), (b'{"status":"hi","poll":{"options":["a","b"]}}',)
    ),
    "form body": Parser(
        body("application/x-www-form-urlencoded"), (b"status=hi&poll[options][]=a&a[0][b]=c&x=%41",)
    ),
    "multipart": Parser(body("multipart/form-data; boundary=x"), (FORM,)),
    "query": Parser(
        lambda raw: page_of(query_params({**scope("/"), "query_string": raw})),
        (b"max_id=1&limit=40&min_id=2026-01-01", b"id[]=1&id[]=2"),
    ),
    "cursor": Parser(
        text(lambda said: window(page_of({"max_id": said, "since_id": said, "limit": said}))),
        (b"1", b"2026-01-01T00:00:00Z"),
    ),
    "recovery key": Parser(text(recovery.raw), (b"whimbrel-recovery-" + b"A" * 43,)),
    "recovery words": Parser(text(recovery.secret), (b"babab " * 8 + b"tajid",)),
    "recovery kit": Parser(lambda raw: box.unseal(raw, WORDS), (KIT,)),
    "id": Parser(text(id_of), (b"117689427780805952",)),
    "activity": Parser(activity, (PERSON, NOTE)),
    "signature": Parser(signed, (SIGNATURE, NEWER)),
    "digest": Parser(
        text(lambda said: (digests.check_old(said, b""), digests.check_new(said, b""))),
        (b"SHA-256=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=", b"sha-256=:YWJj:"),
    ),
    "proof": Parser(
        lambda raw: proofs.read(reading.plain(raw), 1_764_000_000),
        (
            b'{"proof":{"type":"DataIntegrityProof","cryptosuite":"eddsa-jcs-2022","proofValue":"z3"}}',
        ),
    ),
    "key": Parser(
        text(crypto.public_key), (b"-----BEGIN PUBLIC KEY-----\nMIIB\n-----END PUBLIC KEY-----",)
    ),
    "multikey": Parser(text(multikey.read), (b"z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK",)),
    "synchronization": Parser(
        text(followed),
        (b'collectionId="https://a.example/f", url="https://a.example/s", digest="00"',),
    ),
    "handle": Parser(
        text(lambda said: (handles.handle_of(said), handles.domain_of(said))),
        (b"@ada@a.example", b"acct:ada@a.example:8443"),
    ),
    "address": Parser(
        text(address_of),
        (b"https://a.example:443/x?y#z", b"http://[::ffff:7f00:1]/", b"http://[::1]a@/"),
    ),
    "html": Parser(
        text(lambda said: to_plain(clean(said))),
        (b'<p>a <a href="https://b.example">b</a><br></p>',),
    ),
    "text": Parser(text(written), (b"@ada@b.example #tag https://a.example/x?y (:smile:)",)),
    "markdown": Parser(text(markdown_html), (b"# a\n\n* [b](https://c.example) `d`\n\n> e",)),
    "page head": Parser(
        text(head.read),
        (
            b'<html><head><title>a</title><meta property="og:image" content="/p.png">',
            "<html><t\u0130tle><meta>".encode(),
        ),
    ),
    "page encoding": Parser(
        lambda raw: head.decoded(raw, "text/html; charset=" + raw[:20].decode("latin-1")),
        (b'<meta charset="utf-8">',),
    ),
    "rel=me": Parser(
        text(lambda said: verify.leads_back(said, frozenset({"https://a.example/@ada"}))),
        (b'<a rel="me" href="https://a.example/@ada">x</a>',),
    ),
    "search": Parser(
        text(operators.read), (b'from:ada has:image -"two words" before:2026-01-01 #tag',)
    ),
    **{
        f"csv {kind}": Parser(
            lambda raw, kind=kind: sheets.read(kind, raw),  # type: ignore[misc]
            (
                b"Account address,Show boosts\nada@a.example,true\n",
                b"#keyword,phrase\n\xef\xbb\xbf",
            ),
        )
        for kind in ("follows", "mutes", "lists", "bookmarks", "filters")
    },
    "blocklist": Parser(
        blocklist.read, (b"#domain,#severity\na.example,suspend\n", b"\na.example")
    ),
    "sniff": Parser(
        sniff, (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff\xe0", b"RIFF0000WEBPVP8 ", b"\0\0\0 ftypheic")
    ),
    "range": Parser(
        headers("range", lambda s: serve._range(s, b"tag", 1000)),
        (b"bytes=0-99", b"bytes=-5", b"bytes=900-"),
        (serve.Unsatisfiable,),
    ),
    "push keys": Parser(
        text(lambda said: keys_of(said, said)),
        (
            b"BNcRdreALRFXTkOOUHK1EtK2wtaz5Ry4YfYCA_0QTpQtUbVlUls0VJXg7A8u-Ts1XbjhazAkj7I99e8QcYP7DkM",
        ),
    ),
    "cookie": Parser(headers("cookie", lambda s: cookie_of(s, "whimbrel")), (b"a=b; whimbrel=c",)),
    "authorization": Parser(headers("authorization", requests.bearer), (b"Bearer whb_abc",)),
    "accept": Parser(headers("accept", requests.prefers_html), (b"text/html;q=0.9, */*;q=0.1",)),
    "forwarded": Parser(
        headers(
            "x-forwarded-for",
            lambda s: requests.client_address(s, requests.networks(["0.0.0.0/0"])),
        ),
        (b"192.0.2.1, [2001:db8::1]:80",),
    ),
    "language": Parser(words.wanted, (b"de-AT,de;q=0.8,en;q=0.5",)),
    "agent": Parser(
        text(agents.named), (b"Mozilla/5.0 (X11; Linux x86_64; rv:1.0) Gecko Firefox/1.0",)
    ),
    "email": Parser(text(emails.fold), (b"Ada.Lovelace+x@sub.example.org",)),
    "redirect": Parser(text(lambda said: (own(said), foreign(said))), (b"/home?x=y", b"app://x")),
    **{name: Parser(*rest) for name, rest in MAILED.items()},
}


def bent(seed: bytes, by: random.Random) -> bytes:
    """A seed with a few things done to it."""
    made = bytearray(seed)
    for _ in range(by.randrange(1, 9)):
        at = by.randrange(len(made) + 1)
        how = by.random()
        if how < 0.25:
            made[at:at] = by.choice(TOKENS) * by.choice((1, 1, 1, 2, 50))
        elif how < 0.45:
            del made[at : at + by.randrange(1, 12)]
        elif how < 0.65 and made:
            made[by.randrange(len(made))] = by.randrange(256)
        elif how < 0.85:
            end = min(len(made), at + by.randrange(1, 40))
            made[at:at] = made[at:end] * by.choice((1, 1, 2, 100))
        else:
            made[at:at] = by.randbytes(by.randrange(1, 12))
    return bytes(made[:LARGEST])


@pytest.mark.parametrize("name", PARSERS)
def test_what_strangers_send_is_read_or_refused(name: str) -> None:
    """A traceback tells too much, and one that takes a minute stops everybody."""
    parser = PARSERS[name]
    by = random.Random(None if SECONDS else name)
    for seed in parser.seeds:
        _try(parser, seed)
    until, rounds = time.process_time() + SECONDS, 0
    while rounds < ROUNDS or time.process_time() < until:
        _try(parser, bent(by.choice(parser.seeds), by))
        rounds += 1


def _try(parser: Parser, raw: bytes) -> None:
    began = time.process_time()
    try:
        parser.read(raw)
    except parser.says:
        pass  # a no
    except Exception as error:
        error.add_note(f"it read {raw!r}")
        raise
    took = time.process_time() - began
    assert took < SLOW, f"{took:.1f} s for {raw!r}"
