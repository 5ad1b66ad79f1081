"""What our people do, as other servers are told of it: ids and addresses alone, never words.

Source: ActivityPub, sections 6 and 7"""

from collections.abc import Sequence
from typing import Any

from ..rules import Act
from .terms import PUBLIC


def _activity(id_: str, kind: str, actor: str, about: Any, to: Sequence[str]) -> dict[str, Any]:
    return {"id": id_, "type": kind, "actor": actor, "to": list(to), "object": about}


def update(id_: str, actor: str, about: dict[str, Any]) -> dict[str, Any]:
    """Something is not as it was: the whole of it, to whoever it was for."""
    to, cc = about.get("to", [PUBLIC]), about.get("cc", [f"{actor}/followers"])
    return {"id": id_, "type": "Update", "actor": actor, "to": to, "cc": cc, "object": about}


def tombstone(uri: str) -> dict[str, Any]:
    """What is left of something."""
    return {"id": uri, "type": "Tombstone"}


def delete(actor: str, uri: str, to: Sequence[str]) -> dict[str, Any]:
    """A post is no more."""
    return _activity(f"{uri}#delete", "Delete", actor, tombstone(uri), to)


def delete_actor(actor: str) -> dict[str, Any]:
    """Somebody is no more, and nothing of theirs."""
    return _activity(f"{actor}#delete", "Delete", actor, actor, [PUBLIC])


def undo_announce(actor: str, uri: str, to: Sequence[str]) -> dict[str, Any]:
    """A boost is taken back. What it repeated is not named: it may be no more."""
    boost = {"id": uri, "type": "Announce", "actor": actor}
    return _activity(f"{uri}#undo", "Undo", actor, boost, to)


def like(id_: str, actor: str, post: str, author: str) -> dict[str, Any]:
    """Somebody likes a post."""
    return _activity(id_, "Like", actor, post, [author])


def follow(id_: str, actor: str, whom: str) -> dict[str, Any]:
    """Somebody wants to follow somebody."""
    return _activity(id_, "Follow", actor, whom, [whom])


def block(id_: str, actor: str, whom: str) -> dict[str, Any]:
    """Somebody wants nothing to do with somebody."""
    return _activity(id_, "Block", actor, whom, [whom])


def undo(said: dict[str, Any]) -> dict[str, Any]:
    """That is taken back: whoever does not know its id finds it by what it says."""
    return _activity(f"{said['id']}#undo", "Undo", said["actor"], said, said["to"])


def flag(id_: str, actor: str, about: Sequence[str], words: str) -> dict[str, Any]:
    """Somebody is reported, first of all that is named. For their server alone."""
    return {**_activity(id_, "Flag", actor, list(about), [about[0]]), "content": words}


def add(id_: str, actor: str, about: str, target: str) -> dict[str, Any]:
    """Something is put on top of somebody's profile."""
    to, cc = [PUBLIC], [f"{actor}/followers"]
    said = {"id": id_, "type": "Add", "actor": actor, "to": to, "cc": cc}
    return {**said, "object": about, "target": target}


def remove(id_: str, actor: str, about: str, target: str) -> dict[str, Any]:
    """And is taken down."""
    return {**add(id_, actor, about, target), "type": "Remove"}


def move(id_: str, actor: str, target: str) -> dict[str, Any]:
    """Somebody goes on as another account: their followers are asked to follow that one."""
    return {**_activity(id_, "Move", actor, actor, [f"{actor}/followers"]), "target": target}


def answer(id_: str, kind: str, actor: str, follow_id: str, follower: str) -> dict[str, Any]:
    """A follow is let in or turned away. Args: `kind` is Accept or Reject."""
    asked = {"id": follow_id, "type": "Follow", "actor": follower, "object": actor}
    return _activity(id_, kind, actor, asked, [follower])


def quote_request(actor: str, quoted: str, note: dict[str, Any], id_: str) -> dict[str, Any]:
    """Somebody wants to quote a post. Args: `note`: what quotes it."""
    return {
        "id": id_,
        "type": "QuoteRequest",
        "actor": actor,
        "object": quoted,
        "instrument": note,
    }


def quote_answer(
    id_: str, actor: str, asker: str, request: str, what: tuple[str, str], stamp: str | None
) -> dict[str, Any]:
    """They may, or may not.

    Args:
        what: the post that quotes, and the quoted one.
        stamp: where it is said that they may.
    """
    quoting, quoted = what
    asked = quote_request(asker, quoted, {}, request) | {"instrument": quoting}
    said = _activity(id_, "Reject" if stamp is None else "Accept", actor, asked, [asker])
    return said if stamp is None else {**said, "result": stamp}


def request(
    id_: str, act: Act, who: tuple[str, str], target: str, instrument: dict[str, Any] | str
) -> dict[str, Any]:
    """Somebody wants to do something with a post whose author wants to be asked.

    Args:
        who: that one, and the author.
        instrument: what they would do; its id alone may be said.
    """
    said = _activity(id_, f"{act.word}Request", who[0], target, [who[1]])
    return {**said, "instrument": instrument}


def answered(
    id_: str, kind: str, actor: str, asked: dict[str, Any], stamp: str | None
) -> dict[str, Any]:
    """They may, or may not. Args: `kind` is Accept or Reject; `stamp`: where that is said."""
    said = _activity(id_, kind, actor, asked, [asked["actor"]])
    return said if stamp is None else {**said, "result": stamp}


def approved(act: Act, stamp: str) -> dict[str, str]:
    """What something carries that its author was asked about, in new words and in old."""
    return {f"{act.word.lower()}Authorization": stamp, "approvedBy": stamp}


def delete_stamp(actor: str, stamp: str, to: Sequence[str]) -> dict[str, Any]:
    """They may no more."""
    return _activity(f"{stamp}#delete", "Delete", actor, stamp, to)
