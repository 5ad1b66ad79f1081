"""A letter opened: what was pasted, a mail, a list as CSV, a complaint as ARF (RFC 5965) or XARF 4
(JSON), as one text and its pictures. Nothing in it is run, rendered or fetched."""

import base64
import csv
import io
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage, Message
from email.utils import parseaddr
from typing import Any

import msgspec

from whimbrel.core.errors import Invalid
from whimbrel.core.text import tidy
from whimbrel.core.text.clean import LONGEST, clean, to_plain
from whimbrel.core.words import say

MOST_BYTES = 25 << 20  # a letter with its pictures
MOST_PARTS = 200
MOST_CHARS = 200_000  # of text; what is beyond is named as unread
MOST_PICTURES = 50
_DEEPEST = 8  # mails within mails
_FEEDBACK = "message/feedback-report"
_PICTURES = {
    b"\x89PNG\r\n": "png",
    b"\xff\xd8\xff": "jpeg",
    b"GIF8": "gif",
    b"RIFF": "webp",
}
# What the library for mail raises where something is none.
_NO_MAIL = (
    *(ValueError, LookupError, AttributeError, TypeError, ArithmeticError),
    *(AssertionError, RecursionError),
)
_LINK = re.compile(r"<a href=\"([^\"]*+)\"")
_PICTURE = re.compile(r"<img[\s/][^<>]{1,4000}+>", re.IGNORECASE)
_SOURCE = re.compile(r"\ssrc\s{0,9}=\s{0,9}[\"']?([^\s\"'<>]{1,2000})", re.IGNORECASE)
_MAIL = re.compile(rb"\A(?:From |(?:[A-Za-z][A-Za-z0-9-]{1,60}:[ \t\r\n]))")


class Opened(msgspec.Struct, kw_only=True):
    """What is in a letter."""

    form: str  # mail · arf · xarf · list · text
    sender: str = ""  # an address of mail
    name: str = ""  # of whoever wrote
    subject: str = ""
    reference: str = ""  # what the sender calls it: a message id, a report id
    sent: datetime | None = None  # as the letter claims, in the writer's own zone
    text: str = ""
    pictures: list[bytes] = msgspec.field(default_factory=list)
    unread: list[str] = msgspec.field(default_factory=list)  # what is in it that was not read


def opened(data: bytes) -> Opened:
    """A letter, whatever its form: its content says what it is.

    Raises:
        Invalid: too large, or empty.
    """
    if len(data) > MOST_BYTES:
        raise Invalid(say("A letter has at most %(most)s MB.", most=MOST_BYTES >> 20))
    if data.lstrip()[:1] == b"{" and (xarf := _xarf(data)) is not None:
        letter = xarf
    elif _MAIL.match(data.lstrip()) and (mail := _mail(data)) is not None:
        letter = mail
    elif kind := _picture(data):
        letter = Opened(form="text", pictures=[data], subject=kind)
    else:
        text = _decoded(data)
        letter = Opened(form="list" if _is_list(text) else "text", text=text)
    letter.text, rest = letter.text[:MOST_CHARS], letter.text[MOST_CHARS:]
    if rest:
        letter.unread.append(f"text, {len(rest)} more characters")
    letter.text = tidy(letter.text)
    if not (letter.text or letter.pictures or letter.unread):
        raise Invalid(say("The letter is empty."))
    return letter


def _decoded(data: bytes) -> str:
    for encoding in ("utf-16",) if data[:2] in (b"\xff\xfe", b"\xfe\xff") else ("utf-8-sig",):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            break
    return data.decode("cp1252", "replace")


def _picture(data: bytes) -> str:
    return next((kind for start, kind in _PICTURES.items() if data.startswith(start)), "")


def _is_list(text: str) -> bool:
    """Whether it is a table: the same two columns or more in every line of the first ones."""
    lines = [line for line in text.splitlines() if line.strip()][:20]
    try:
        dialect = csv.Sniffer().sniff("\n".join(lines), ",;\t")
    except csv.Error:
        return False
    widths = {len(row) for row in csv.reader(io.StringIO("\n".join(lines)), dialect)}
    return len(lines) > 1 and len(widths) == 1 and widths.pop() > 1


# ------------------------------------------------------------------------------ mail


def _mail(data: bytes) -> Opened | None:
    """A mail; None where nothing says that it is one."""
    try:
        mail = message_from_bytes(data.lstrip(), policy=policy.default.clone(max_line_length=None))
    except _NO_MAIL:
        return None
    if not (_header(mail, "from") or _header(mail, "subject")):
        return None
    name, sender = parseaddr(_header(mail, "from"))
    letter = Opened(
        form="mail",
        sender=sender,
        name=name,
        subject=_header(mail, "subject"),
        reference=_header(mail, "message-id"),
        sent=_sent(mail),
    )
    texts: list[str] = []
    try:
        for count, part in enumerate(_parts(mail)):
            if count >= MOST_PARTS:
                letter.unread.append(f"more than {MOST_PARTS} parts")
                break
            _take(part, letter, texts)
    except _NO_MAIL as error:
        letter.unread.append(f"the rest, which is no mail as it should be ({type(error).__name__})")
        texts.append(_decoded(data))
    letter.text = "\n\n".join(filter(None, (letter.subject, *texts)))
    return letter


def _header(mail: Message, name: str) -> str:
    try:
        return " ".join(str(mail.get(name, "")).split())[:300]
    except _NO_MAIL:
        return ""


def _sent(mail: Message) -> datetime | None:
    try:
        sent = getattr(mail["date"], "datetime", None)
    except _NO_MAIL:
        return None
    return sent if sent is None or sent.tzinfo else sent.replace(tzinfo=UTC)


def _parts(mail: Message, depth: int = 0) -> Iterator[Message]:
    """The leaves, those of mails within this one as well."""
    if depth > _DEEPEST:
        return
    if mail.is_multipart() and mail.get_content_type() != _FEEDBACK:
        for part in mail.iter_parts() if isinstance(mail, EmailMessage) else mail.get_payload():
            if isinstance(part, Message):
                yield from _parts(part, depth + 1)
    else:
        yield mail


def _take(part: Message, letter: Opened, texts: list[str]) -> None:
    """Add this part to its letter."""
    kind, name = part.get_content_type(), part.get_filename() or ""
    data = part.get_payload(decode=True)
    data = data if isinstance(data, bytes) else b""
    if kind == _FEEDBACK:
        letter.form = "arf"
        texts.append(part.as_string().partition("\n\n")[2])
    elif kind in ("application/json", "text/json") and (xarf := _xarf(data)) is not None:
        letter.form, letter.reference = "xarf", xarf.reference or letter.reference
        texts.append(xarf.text)
        letter.pictures += xarf.pictures
        letter.unread += xarf.unread
    elif kind == "text/html":
        html = _charset(part, data)
        texts.append(_from_html(html))
        if len(html) > LONGEST:
            letter.unread.append(f"HTML, {len(html) - LONGEST:,} more characters")
    elif kind.startswith("text/") or kind == "application/json":
        texts.append(_charset(part, data))
    elif _picture(data) and len(letter.pictures) < MOST_PICTURES:
        letter.pictures.append(data)
    elif data:
        letter.unread.append(f"{name or kind}, {len(data):,} bytes")


def _charset(part: Message, data: bytes) -> str:
    try:
        return data.decode(part.get_content_charset() or "utf-8")
    except (LookupError, UnicodeDecodeError):
        return _decoded(data)


def _from_html(html: str) -> str:
    """What a mail of HTML says, and where its links lead."""
    html = clean(_PICTURE.sub(_source, html[:LONGEST]))
    return to_plain(_LINK.sub(r" \1 \g<0>", html).replace("<blockquote>", "<br>&gt; "))


def _source(picture: re.Match[str]) -> str:
    found = _SOURCE.search(picture[0])
    return f" {found[1]} " if found else " "


# ------------------------------------------------------------------------------ XARF


def _xarf(data: bytes) -> Opened | None:
    """A report in XARF's shape, of version 4 or before; None where it is another JSON."""
    try:
        report = msgspec.json.decode(data)
    except (msgspec.DecodeError, RecursionError):
        return None
    if not isinstance(report, dict):
        return None
    folded = {str(key).casefold(): value for key, value in report.items()}
    if not (
        {"xarf_version", "reporterinfo"} & folded.keys() or {"reporter", "type"} <= set(folded)
    ):
        return None
    letter = Opened(form="xarf", reference=str(folded.get("report_id", ""))[:300])
    reporter = folded.get("reporter") or folded.get("reporterinfo")
    if isinstance(reporter, dict):
        said = {str(key).casefold(): value for key, value in reporter.items()}
        letter.sender = str(said.get("contact") or said.get("reportercontactemail") or "")[:300]
        letter.name = str(said.get("org") or said.get("reporterorg") or "")[:300]
    letter.subject = " · ".join(str(folded[key]) for key in ("category", "type") if key in folded)
    letter.sent = _instant(folded.get("timestamp"))
    letter.text = "\n".join((letter.subject, *_leaves(report, letter)))
    return letter


def _instant(value: Any) -> datetime | None:
    try:
        return msgspec.convert(value, datetime)
    except msgspec.ValidationError:
        return None


def _leaves(value: Any, letter: Opened) -> Iterator[str]:
    """Every text of a report, each on a line; what is packed as evidence is opened."""
    if isinstance(value, dict):
        payload = value.get("payload")
        if isinstance(payload, str) and "content_type" in value:
            yield from _evidence(payload, str(value["content_type"]), letter)
            value = {key: inner for key, inner in value.items() if key != "payload"}
        for key, inner in value.items():
            for text in _leaves(inner, letter):
                yield f"{key}: {text}"
    elif isinstance(value, list):
        for inner in value:
            yield from _leaves(inner, letter)
    elif isinstance(value, str):
        yield value


def _evidence(payload: str, kind: str, letter: Opened) -> Iterator[str]:
    try:
        data = base64.b64decode(payload, validate=True)
    except ValueError:
        yield payload  # as it is: some write it plainly
        return
    if _picture(data) and len(letter.pictures) < MOST_PICTURES:
        letter.pictures.append(data)
    elif kind.startswith(("text/", "message/")):
        yield _decoded(data)
    else:
        letter.unread.append(f"{kind}, {len(data):,} bytes")
