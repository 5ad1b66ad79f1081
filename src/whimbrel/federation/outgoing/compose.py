"""What a letter says, at the moment when it is sent: words are nowhere kept for it."""

from typing import Any

import msgspec

from whimbrel.core.ids import iso
from whimbrel.core.tx import Tx
from whimbrel.posts import poll as asked
from whimbrel.posts.rules import Visibility

from .. import vocabulary
from ..queries import actors, posts, reach, received
from ..rules import REQUEST, Kind, Letter
from ..vocabulary import activities, with_context
from . import flags

_encode, _decode = msgspec.json.encode, msgspec.json.decode


def body_of(tx: Tx, id_: int, letter: Letter) -> bytes | None:
    """The JSON of an activity; None where what it is about is no more."""
    if letter.kind == Kind.PASSED:
        waits = received.waiting(tx, letter.subject)
        return None if waits is None else waits.body
    activity = _activity(tx, id_, letter)
    return None if activity is None else _encode(with_context(activity))


class _Audience(msgspec.Struct):
    to: list[str] | str = ""
    cc: list[str] | str = ""


_audience = msgspec.json.Decoder(_Audience).decode


def _told(body: bytes) -> set[str]:
    said = _audience(body)
    return {
        name for each in (said.to, said.cc) for name in ([each] if isinstance(each, str) else each)
    }


def is_for_everybody(body: bytes) -> bool:
    """Whether an activity is for everybody to read."""
    return vocabulary.PUBLIC in _told(body)


def is_for_followers(body: bytes) -> bool:
    """Whether an activity is for its actor's followers and for whoever it names, alone."""
    everybody = _told(body)
    followers = any(each.endswith("/followers") for each in everybody)
    return followers and vocabulary.PUBLIC not in everybody


def _activity(tx: Tx, id_: int, letter: Letter) -> dict[str, Any] | None:
    if letter.kind == Kind.VOTE:
        return _vote(tx, id_, letter)
    if letter.said is not None:
        kept: dict[str, Any] = _decode(letter.said)
        return kept
    if letter.kind == Kind.ACTOR:
        return _actor(tx, id_, letter.owner)
    if letter.kind == Kind.FLAG:
        return flags.flag(tx, id_, letter.subject)
    found = posts.one(tx, letter.owner, letter.subject, letter.owner)
    if found is None or found.post.visibility is Visibility.WITHHELD:
        return None  # what waits for a server that is away is not told after it was hidden
    links = posts.links(tx, [found])
    if letter.kind == Kind.POST:
        return vocabulary.create(tx.instance, *found, links, tx.ms)
    note = vocabulary.note(tx.instance, *found, links, tx.ms)
    if letter.kind == Kind.SHOWN:  # others take it for newer than that it was hidden
        note["updated"] = iso(tx.ms)
    if letter.kind == Kind.QUOTE:
        return _request(note, links.quoted.get(letter.subject))
    return activities.update(f"{note['id']}#updates/{id_}", note["attributedTo"], note)


def _actor(tx: Tx, id_: int, owner: int) -> dict[str, Any] | None:
    found = actors.by_id(tx, owner)
    account, public = found or (None, None)
    if account is None or public is None:
        return None
    said = vocabulary.actor(tx.instance, account, public, actors.others(tx, owner))
    about = {**said, "to": [vocabulary.PUBLIC], "cc": [said["followers"]]}
    return activities.update(f"{said['id']}#updates/{id_}", said["id"], about)


def _request(note: dict[str, Any], quoted: str | None) -> dict[str, Any] | None:
    """None where what was to be quoted is no more."""
    if quoted is None:
        return None
    actor, id_ = note["attributedTo"], f"{note['id']}{REQUEST}"
    return activities.quote_request(actor, quoted, note, id_)


def _vote(tx: Tx, id_: int, letter: Letter) -> dict[str, Any] | None:
    """The words are those of who asks: they are looked up in the post."""
    found = reach.post_of(tx, letter.owner, letter.subject)
    options = asked.options_of(tx, letter.subject)
    choice: int = _decode(letter.said or b"-1", type=int)
    if found is None or not 0 <= choice < len(options):
        return None
    uri, pair = found
    return vocabulary.vote(f"{pair.actor}#votes/{id_}", pair.actor, pair.whom, uri, options[choice])
