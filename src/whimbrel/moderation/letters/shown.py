"""Letters as the desk shows them, and how far each is. Values for pages and JSON; nothing is
decided here."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from whimbrel.accounts import queries as people
from whimbrel.accounts.rules import Permission, Viewer
from whimbrel.core.ids import iso
from whimbrel.core.tx import Tx

from ..queries import cases as stored
from ..queries import complaint_items as items
from ..queries import complaints as queries
from ..queries import hashes
from ..queries import verdicts as decided
from ..queries.complaint_items import Counted, Item
from ..queries.complaints import Complaint
from ..queries.hashes import Like
from ..queries.verdicts import Verdict
from ..rules import MINUTE, Act, require

SHOWN = 20_000  # characters of a letter on its page
PAGE = 40
NOTHING = Counted(0, 0, 0)


def listed(tx: Tx, viewer: Viewer, below: int | None = None) -> list[dict[str, Any]]:
    """The letters that wait for an answer; or, those before `below`, that are done with. Raises
    Forbidden."""
    require(viewer, Permission.MANAGE_REPORTS)
    found = queries.live(tx) if below is None else queries.closed(tx, below, PAGE)
    counted = items.counts(tx, [each.id for each in found])
    return [row(tx, each, counted.get(each.id, NOTHING)) for each in found]


def row(tx: Tx, complaint: Complaint, counted: Counted) -> dict[str, Any]:
    """A letter in a list."""
    span = max(1, complaint.due - complaint.received)
    left = complaint.due - tx.ms
    part = max(0, min(100, round(100 * left / span)))
    return {
        "id": str(complaint.id),
        "source": complaint.source,
        "state": complaint.state,
        "received": complaint.received,
        "due": complaint.due,
        "confirmed": complaint.confirmed_at is not None,
        "answered": complaint.answered_at,
        "sender": complaint.head.sender or complaint.head.order.authority,
        "subject": complaint.head.subject,
        "left": left // MINUTE,
        "part": part,
        "tone": "late" if part < 25 else "soon" if part < 50 else "",
        "half_gone": part < 50 and complaint.state != "closed",
        "all": counted.all,
        "done": counted.done,
        "missing": counted.missing,
    }


def pressing(tx: Tx) -> list[dict[str, Any]]:
    """Letters that nobody answered while half of their time went: the host may be next to act."""
    rows = [row(tx, each, NOTHING) for each in queries.live(tx) if each.source == "host"]
    return [each for each in rows if each["half_gone"]]


def one(tx: Tx, viewer: Viewer, id_: int) -> dict[str, Any]:
    """A letter, whole: what it says, names and wants. Raises Forbidden, NotFound."""
    require(viewer, Permission.MANAGE_REPORTS)
    complaint = queries.one(tx, id_)
    named = _with_likes(tx, id_, outcomes(tx, complaint))
    counted = items.counts(tx, [id_]).get(id_, NOTHING)
    text, head = queries.words(tx, complaint), complaint.head
    by = people.by_ids(tx, [complaint.confirmed_by]) if complaint.confirmed_by else {}
    return {
        "letter": row(tx, complaint, counted)
        | {
            "form": head.form,
            "name": head.name,
            "reference": head.reference,
            "text": text[:SHOWN],
            "cut": len(text) > SHOWN,
            "unread": head.unread,
            "candidates": head.candidates,
            "confirmed_by": next((each.acct for each in by.values()), None),
            "confirmed_at": complaint.confirmed_at,
            "order": head.order,
            "country": complaint.country or "",
            "silent_until": complaint.silent_until,
        },
        "items": named,
    }


def _with_likes(tx: Tx, id_: int, named: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The same, with what of ours its pictures are like: `likes`, the nearest first."""
    by: dict[int, list[Like]] = defaultdict(list)
    for like in hashes.likes(tx, id_):
        by[like.number].append(like)
    whose = {like.account for some in by.values() for like in some}
    faces = people.by_ids(tx, whose) if whose else {}
    return [
        each | {"likes": [_like(tx, like, faces) for like in by.get(each["number"], ())]}
        for each in named
    ]


def _like(tx: Tx, like: Like, faces: dict[int, Any]) -> dict[str, Any]:
    who = faces.get(like.account)
    at = f"{tx.instance.origin}/ap/users/{like.account}"
    return {
        "acct": None if who is None else who.acct,
        "post": like.post,
        "address": at if like.post is None else f"{at}/statuses/{like.post}",
        "distance": like.distance,
    }


def outcomes(tx: Tx, complaint: Complaint) -> list[dict[str, Any]]:
    """What a letter names, a row each, with what was done about it.

    Returns:
        `state`: done, waiting, missing (not found here, somebody has to look), answered (somebody
        did), gone (its author erased it). `acts` and `at` (ms) of what was decided, `statement`:
        where that says why.
    """
    named = items.of(tx, complaint)
    whose = {item.account for item in named if item.account is not None}
    faces = people.by_ids(tx, whose) if whose else {}
    ids = {item.case for item in named if item.case is not None}
    verdicts = decided.of_cases(tx, sorted(ids)) if ids else []
    undone = {each.undoes for each in verdicts}
    standing = [each for each in verdicts if each.id not in undone and each.undoes is None]
    open_ = {id_ for id_, each in stored.many(tx, ids).items() if each.state in ("open", "paused")}
    return [_outcome(item, faces, standing, open_) for item in named]


def _outcome(
    item: Item, faces: dict[int, Any], standing: Sequence[Verdict], open_: set[int]
) -> dict[str, Any]:
    verdict, acts = _deeds(item, standing)
    who = faces.get(item.account or 0)
    return {
        "number": item.number,
        "kind": item.kind,
        "written": item.written,
        "acct": None if who is None else who.acct,
        "post": None if item.post is None else str(item.post),
        "case": None if item.case is None else str(item.case),
        "state": _state(item, bool(acts), item.case in open_),
        "acts": acts,
        "at": verdict.id >> 16 if verdict is not None and acts else item.resolved_at,
        "automated": bool(acts and verdict is not None and verdict.automated),
        "statement": None if verdict is None or (item.erased and not acts) else verdict.statement,
        "answer": item.answer,
    }


def _deeds(item: Item, standing: Sequence[Verdict]) -> tuple[Verdict | None, tuple[Act, ...]]:
    """The last decision in the case of a thing, and what of it was done to that thing."""
    theirs = [each for each in standing if each.case == item.case]
    for verdict in reversed(theirs):
        acts = [deed.act for deed in verdict.done if deed.target in (item.post, item.account)]
        if acts:
            return verdict, tuple(acts)
    return (theirs[-1] if theirs else None), ()


def _state(item: Item, acted: bool, waits: bool) -> str:
    if item.answered_at is not None:
        return "answered"
    if not item.found:
        return "missing"
    if not acted and (item.erased or (item.report is None and item.account is None)):
        return "gone"
    if item.resolved_at is not None:
        return "done"
    return "acted" if acted and waits else "waiting"


def as_json(letter: dict[str, Any], named: Sequence[dict[str, Any]] = ()) -> dict[str, Any]:
    """A letter as programs get it."""
    kept = ("id", "source", "state", "sender", "subject", "confirmed", "all", "done", "missing")
    told = {name: letter[name] for name in kept}
    told |= {"received_at": iso(letter["received"]), "due_at": iso(letter["due"])}
    if "candidates" in letter:
        told["deadlines"] = [
            {"at": iso(each.due), "words": each.words} for each in letter["candidates"]
        ]
        told["items"] = [
            {name: each[name] for name in ("number", "kind", "written", "state", "case", "acts")}
            for each in named
        ]
    return told
