"""More that reads what strangers send: letters of hosts, archives, rules, and what a keeper hears.

Each is a name, what reads, and something for it to begin with; see `test_parsers`."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import msgspec

from whimbrel.core.settings import Instance, Settings
from whimbrel.exit import mastodon
from whimbrel.exit.keeper import wire
from whimbrel.moderation.automation import expression
from whimbrel.moderation.letters import reading

HERE = Instance.of(Settings(domain="social.example"))
NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)

PLAIN = (
    b"From: abuse@host.example\r\nDate: Wed, 25 Nov 2026 03:00:00 +0100\r\n"
    b"Subject: =?utf-8?q?24_h?=\r\n\r\n"
    b"Remove hxxps://social[.]example/@ada/117689427780805952 "
    b"within 24 hours, or by 27 Nov 2026 17:00 CET.\r\n"
    b'It says "all of them should be put where the sun never shines".\r\n'
)
ARF = (
    b"From: a@b.example\r\nMIME-Version: 1.0\r\n"
    b"Content-Type: multipart/report; report-type=feedback-report;"
    b' boundary="x"\r\n\r\n--x\r\nContent-Type: text/plain\r\n\r\nhi\r\n--x\r\n'
    b"Content-Type: message/feedback-report\r\n\r\nFeedback-Type: abuse\r\nVersion: 1\r\n"
    b"Reported-URI: https://social.example/@ada\r\n"
    b"Arrival-Date: Wed, 25 Nov 2026 03:00:00 +0100\r\n\r\n"
    b"--x\r\nContent-Type: message/rfc822\r\n\r\nFrom: c@d.example\r\n\r\nspam\r\n--x--\r\n"
)
XARF = (
    b'{"Version":"1","ReporterInfo":{"ReporterOrg":"Host","ReporterOrgEmail":"a@b.example"},'
    b'"Report":{"ReportClass":"Content","ReportType":"violence","Date":"2026-11-25T03:00:00Z",'
    b'"SourceUri":"https://social.example/@ada/1"}}'
)
TABLE = b'url,quote\nhttps://social.example/@ada/1,"so it says"\n\'=1+1,x\n'
PAGE = (
    b"From: a@b.example\r\nContent-Type: text/html; charset=utf-16\r\n\r\n\xff\xfe<\x00p\x00>\x00"
)
DATED = PLAIN.replace(b"25 Nov", b"9" * 400 + b" Nov", 1)  # broke it
OPEN = PAGE.partition(b"\r\n\r\n")[0].replace(b"utf-16", b"utf-8") + b"\r\n\r\n" + b"<a <" * 4000
ITEM = (
    b'{"type":"Create","published":"2020-02-29T12:00:00Z",'
    b'"object":{"id":"https://a.example/1","type":"Question",'
    b'"published":"2020-02-29T12:00:00Z","updated":"2021-01-01T00:00:00Z",'
    b'"content":"<p>hi <a href=\\"x\\">y</a></p>",'
    b'"summary":"x","sensitive":true,"contentMap":{"en":"hi"},'
    b'"to":["as:Public"],"cc":[],"inReplyTo":null,'
    b'"tag":[{"type":"Hashtag","name":"#a"}],"attachment":[{"type":"Document",'
    b'"url":"/media/a.png","mediaType":"image/png",'
    b'"name":"b"}],"oneOf":[{"name":"a","replies":{"totalItems":1}}],"votersCount":2}}'
)
RULE = b'text contains "sell" and (account.age_days < 7 or links > 3) and not followed'


def _letter(raw: bytes) -> None:
    reading.read(raw, HERE, NOW)


def _item(raw: bytes) -> None:
    try:
        item: Any = msgspec.json.decode(raw)
    except RecursionError:  # as a whole list of them is read: that is no archive
        return
    if mastodon.is_own(item):
        mastodon.read(item, 1_764_000_000_000)


def _rule(raw: bytes) -> None:
    expression.read(raw.decode("utf-8", "replace"))


async def _heard(raw: bytes) -> None:
    reader = asyncio.StreamReader()
    reader.feed_data(raw)
    reader.feed_eof()
    while True:
        try:
            _, held = await wire.read(reader)
        except asyncio.IncompleteReadError:  # the other side is gone
            return
        wire.numbers(held)


MAILED: dict[str, tuple[Callable[[bytes], Any], tuple[bytes, ...]]] = {
    "letter": (_letter, (PLAIN, PLAIN.partition(b"\r\n\r\n")[2], PAGE, DATED, OPEN)),
    "letter of a form": (_letter, (ARF, XARF, TABLE)),
    "archive": (_item, (ITEM,)),
    "rule": (_rule, (RULE,)),
    "keeper": (
        lambda raw: asyncio.run(_heard(raw)),
        (wire.message(wire.Word.SHRED, wire.packed((1, 2))), wire.message(wire.Word.GET, b"\0")),
    ),
}
