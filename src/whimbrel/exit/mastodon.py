"""Archives as Mastodon makes them, read with distrust: a ZIP or TAR of files of which only those
that are asked for by name are opened, each up to a limit, and what they say is looked at as if a
stranger had sent it."""

import tarfile
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import IO, Any, NamedTuple

import msgspec

from whimbrel.core.errors import Invalid
from whimbrel.core.ids import millis
from whimbrel.core.text import clean, tag_key, tidy, to_plain
from whimbrel.core.words import say
from whimbrel.posts.rules import MOST_TAGS, Visibility

ENTRIES = 100_000  # files of an archive
OUTBOX = 128 << 20  # bytes of all that was said, unpacked
POSTS = 100_000
WORDS = 100_000  # characters of a post, markup included
SPOILER = 1000
OPTIONS = 20
FILES = 16  # on a post
ALT = 10_000
_PUBLIC = ("https://www.w3.org/ns/activitystreams#Public", "as:Public", "Public")
_OLDEST = millis(datetime(2000, 1, 1, tzinfo=UTC))
_KINDS = ("Note", "Question", "Article")


class Attached(NamedTuple):
    """A file on a post: where it lies in the archive."""

    path: str
    alt: str


class Said(NamedTuple):
    """A post of an archive."""

    uri: str
    html: str
    text: str
    spoiler: str
    sensitive: bool
    language: str | None
    visibility: Visibility
    at: int  # ms
    edited_at: int | None
    reply_to: str | None
    tags: tuple[str, ...]  # as written
    options: tuple[tuple[str, int], ...]  # of a poll, with its votes
    voters: int
    multiple: bool
    media: tuple[Attached, ...]

    @property
    def keys(self) -> tuple[str, ...]:
        """The tags, folded."""
        return tuple(dict.fromkeys(tag_key(tag) for tag in self.tags))


class Archive:
    """An open archive. Use it in a `with`, in a thread: it reads from the disk."""

    def __init__(self, path: Path) -> None:
        """Raises Invalid: no archive, or one with too many files."""
        self._zip: zipfile.ZipFile | None = None
        self._tar: tarfile.TarFile | None = None
        try:
            if zipfile.is_zipfile(path):
                self._zip = zipfile.ZipFile(path)
                names = [each.filename for each in self._zip.infolist() if not each.is_dir()]
            else:
                self._tar = tarfile.open(path)  # noqa: SIM115 (closed by close)
                names = list(self._members(self._tar))
        except (zipfile.BadZipFile, tarfile.TarError, OSError, EOFError, ValueError):
            raise Invalid(say("This is no archive: a ZIP or TAR file is wanted.")) from None
        if len(names) > ENTRIES:
            self.close()
            raise Invalid(say("This archive has too many files."))
        # By the path below the folder that all may lie in.
        root = next((n for n in names if PurePosixPath(n).name == "outbox.json"), "")
        self._below = root.removesuffix("outbox.json")
        self._names = frozenset(names)

    def __enter__(self) -> "Archive":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the file."""
        for each in (self._zip, self._tar):
            if each is not None:
                each.close()

    @staticmethod
    def _members(tar: tarfile.TarFile) -> Iterator[str]:
        for count, member in enumerate(tar):
            if count > ENTRIES:
                return
            if member.isfile():
                yield member.name

    def _open(self, name: str) -> IO[bytes] | None:
        for wanted in (self._below + name, f"./{name}", name):
            if wanted in self._names:
                if self._zip is not None:
                    return self._zip.open(wanted)
                return self._tar.extractfile(wanted) if self._tar is not None else None
        return None

    def read(self, name: str, most: int) -> bytes | None:
        """A file of the archive; None: it is not there, or cannot be read.

        Raises:
            Invalid: it has more than `most` bytes.
        """
        try:
            file = self._open(name)
            if file is None:
                return None
            with file:
                content = file.read(most + 1)
        except (zipfile.BadZipFile, tarfile.TarError, OSError, EOFError, ValueError):
            return None
        except (NotImplementedError, RuntimeError):  # an unknown packing, or a password
            return None
        if len(content) > most:
            raise Invalid(say("A file in this archive is too big."))
        return content

    def posts(self) -> list[Any]:
        """What was said, as it stands there, oldest first.

        Raises:
            Invalid: there is no such list, or it is too long.
        """
        raw = self.read("outbox.json", OUTBOX)
        try:
            items = msgspec.json.decode(raw or b"")["orderedItems"]
        except (msgspec.MsgspecError, KeyError, TypeError, RecursionError):
            items = None
        if not isinstance(items, list):
            raise Invalid(say("There is no outbox.json in this archive, or it cannot be read."))
        if len(items) > POSTS:
            raise Invalid(say("An archive has at most %(most)s posts.", most=f"{POSTS:,}"))
        return items


def is_own(item: Any) -> bool:
    """Whether it is something that somebody wrote: boosts and the rest are passed over."""
    return (
        isinstance(item, dict)
        and item.get("type") == "Create"
        and isinstance(item.get("object"), dict)
        and item["object"].get("type") in _KINDS
    )


def read(item: Any, now: int) -> Said | None:
    """A post, made harmless; None where it is none that can be taken in.

    Args:
        now: ms; nothing is from later.
    """
    note = item["object"]
    html, uri = note.get("content") or "", note.get("id")
    at = _at(note.get("published"))
    if not (isinstance(uri, str) and 0 < len(uri) <= 2048 and isinstance(html, str)):
        return None
    if at is None or not at >= _OLDEST or len(html) > WORDS:
        return None
    options = tuple(_options(note))
    media = tuple(_media(note))
    html = clean(html)
    text = to_plain(html)
    if not (text.strip() or options or media):
        return None
    edited = _at(note.get("updated"))
    language = next(iter(note["contentMap"]), None) if _is_map(note) else None
    voters = note.get("votersCount")
    return Said(
        uri=uri,
        html=html,
        text=text,
        spoiler=_spoiler(note.get("summary")),
        sensitive=note.get("sensitive") is True,
        language=language,
        visibility=_visibility(note),
        at=min(at, now),
        edited_at=edited if edited is not None and edited > at else None,
        reply_to=note["inReplyTo"] if isinstance(note.get("inReplyTo"), str) else None,
        tags=tuple(_tags(note)),
        options=options,
        voters=voters if isinstance(voters, int) and 0 <= voters < 1 << 31 else 0,
        multiple="anyOf" in note,
        media=media,
    )


def _is_map(note: Any) -> bool:
    found = note.get("contentMap")
    return isinstance(found, dict) and all(isinstance(k, str) and len(k) <= 12 for k in found)


def _at(value: Any) -> int | None:
    try:
        found = datetime.fromisoformat(value)
        return millis(found if found.tzinfo else found.replace(tzinfo=UTC))
    except (ValueError, TypeError, OverflowError):
        return None


def _spoiler(value: Any) -> str:
    return tidy(to_plain(value)).replace("\n", " ")[:SPOILER] if isinstance(value, str) else ""


def _texts(value: Any) -> list[str]:
    found = value if isinstance(value, list) else [value]
    return [each for each in found if isinstance(each, str)]


def _visibility(note: Any) -> Visibility:
    """What was for followers or for some was said to others than would read it here."""
    if any(each in _PUBLIC for each in _texts(note.get("to"))):
        return Visibility.PUBLIC
    if any(each in _PUBLIC for each in _texts(note.get("cc"))):
        return Visibility.UNLISTED
    return Visibility.DIRECT


def _dicts(value: Any) -> list[dict[str, Any]]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def _tags(note: Any) -> Iterator[str]:
    found = (
        each["name"].removeprefix("#")
        for each in _dicts(note.get("tag"))
        if each.get("type") == "Hashtag" and isinstance(each.get("name"), str)
    )
    yield from [tag for tag in found if 0 < len(tag) <= 100 and tag_key(tag)][:MOST_TAGS]


def _options(note: Any) -> Iterator[tuple[str, int]]:
    for each in _dicts(note.get("anyOf") or note.get("oneOf"))[:OPTIONS]:
        replies = each.get("replies")
        votes = replies.get("totalItems") if isinstance(replies, dict) else 0
        if isinstance(each.get("name"), str):
            named = tidy(each["name"]).replace("\n", " ")[:200]
            yield named, votes if isinstance(votes, int) and 0 <= votes < 1 << 31 else 0


def _media(note: Any) -> Iterator[Attached]:
    for each in _dicts(note.get("attachment"))[:FILES]:
        url, alt = each.get("url"), each.get("name")
        if isinstance(url, str) and url and "://" not in url:
            path = url.lstrip("/")
            if ".." not in PurePosixPath(path).parts:
                yield Attached(path, alt[:ALT] if isinstance(alt, str) else "")
