"""What the desk shows: the queue with the reason for each place, and a case with all that is known
of it. Values for templates; nothing is decided here."""

from collections.abc import Sequence
from typing import Any

import msgspec

from whimbrel.accounts import queries as people
from whimbrel.accounts.rules import Permission, Viewer, permitted
from whimbrel.core.tx import Tx
from whimbrel.core.words import Said, say
from whimbrel.posts import serialize as statuses

from . import clusters as alike
from . import queue
from .queries import cases as stored
from .queries import clusters as queries
from .queries import eyes, hashes, notes, notices
from .queries import queue as waiting
from .queries import reports as filed
from .queries import verdicts as decided
from .queries.clusters import Cluster
from .rules import (
    ACTS,
    AROUND,
    DAY,
    MINUTE,
    OF_OURS,
    OF_POSTS,
    OF_SERVER,
    STALE,
    Act,
    Case,
    may,
    require,
    require_class,
)

REPORTS = 50  # of a case, on its page
NOTES = 50
RECORDS = 10  # of those who reported it
KINDS: dict[str, Said] = {
    "L0": say("Legal order"),
    "V1": say("Threat to life"),
    "H1": say("Complaint of a host"),
    "N1": say("Intimate pictures or an address"),
    "D1": say("Against the law"),
    "U1": say("Against the rules"),
    "S1": say("Spam"),
    "A1": say("Appeal"),
}


def rows(tx: Tx, viewer: Viewer) -> list[dict[str, Any]]:
    """The queue, a row each. Raises Forbidden."""
    found = queue.board(tx, viewer)
    posts = statuses.statuses(tx, Viewer(), [card for _, each in found for card in each.cards])
    shown = []
    for place, seen in found:
        post = posts.get(seen.cards[0][0]) if seen.cards else None
        row = _row(tx, viewer, place.case, seen.people)
        row |= {
            "reports": seen.reports,
            "posts": seen.posts,
            "status": None if post is None else msgspec.json.decode(post),
            "takes": max(1, round(place.p80 / MINUTE)),
            "spare": place.slack // MINUTE,
            "mine_not": place.case.appeal is not None and seen.decider == viewer.id,
        }
        shown.append(row)
    return shown


def _row(tx: Tx, viewer: Viewer, case: Case, faces: dict[int, str]) -> dict[str, Any]:
    holder = case.held_by(tx.ms)
    return {
        "id": str(case.id),
        "klass": case.klass,
        "kind": KINDS[case.klass],
        "state": case.state,
        "status": None,
        "acct": faces.get(case.target or 0),
        "received": case.received,
        "due": case.due,
        "left": (case.due - tx.ms) // MINUTE,
        "part": max(0, min(100, round(100 * queue.left(case, tx.ms)))),
        "tone": queue.tone(case, tx.ms),
        "closed": case.closed_at,
        "holder": faces.get(holder or 0),
        "mine": holder == viewer.id,
        "lease": 0 if case.lease is None else max(0, -(-(case.lease - tx.ms) // MINUTE)),
    }


def _faces(tx: Tx, cases: Sequence[Case], more: Sequence[int | None] = ()) -> dict[int, str]:
    wanted = {id_ for case in cases for id_ in (case.target, case.claimed_by)} | set(more)
    found = people.by_ids(tx, [id_ for id_ in wanted if id_ is not None])
    return {id_: each.acct for id_, each in found.items()}


def _posts(tx: Tx, ids: Sequence[int]) -> dict[int, dict[str, Any]]:
    found = statuses.statuses(tx, Viewer(), filed.reported_cards(tx, ids))
    return {id_: msgspec.json.decode(raw) for id_, raw in found.items()}


def closed(tx: Tx, viewer: Viewer, found: Sequence[Case]) -> list[dict[str, Any]]:
    """Cases that are decided, or whose clock stands, a row each."""
    faces = _faces(tx, found)
    return [_row(tx, viewer, case, faces) for case in found]


def above(tx: Tx) -> dict[str, Any]:
    """What stands over the queue: the letter whose time ends first, and what is wrong with how the
    staff can be called, as the last practice showed: "nobody" answered, or so many days ago."""
    found = waiting.above(tx)
    letter = tried = None
    if found.letter is not None and found.due is not None:
        left = (found.due - tx.ms) // MINUTE
        letter = {"id": str(found.letter), "left": left, "due": found.due}
    if found.practice is not None:
        age = (tx.ms - (found.practice >> 16)) // DAY
        tried = "nobody" if found.answered_at is None else age if age > STALE else None
    return {"letter": letter, "tried": tried}


COMMON: dict[str, Said] = {
    "media": say("The same picture"),
    "link": say("Links to the same place"),
    "text": say("Nearly the same words"),
}


def clusters(tx: Tx, viewer: Viewer) -> list[dict[str, Any]]:
    """The largest clusters, a row each, with one of their posts. Raises Forbidden."""
    return _clusters(tx, alike.biggest(tx, viewer))


def _clusters(tx: Tx, found: Sequence[Cluster]) -> list[dict[str, Any]]:
    named = queries.posts_of(tx, [each.first for each in found])
    posts = _posts(tx, list(named.values()))
    return [
        {
            "trait": str(each.trait),
            "common": COMMON[each.kind],
            "size": each.size,
            "due": each.due,
            "status": posts.get(named.get(each.first, 0)),
        }
        for each in found
    ]


def cluster(tx: Tx, viewer: Viewer, trait: int) -> dict[str, Any]:
    """One of them, every case in it with its post. Raises Forbidden, NotFound."""
    found = alike.show(tx, viewer, trait)
    named = queries.posts_of(tx, [each.id for each in found.cases])
    posts, faces = _posts(tx, list(named.values())), _faces(tx, found.cases)
    rows = []
    for each in found.cases:
        row = _row(tx, viewer, each, faces)
        row["status"] = posts.get(named.get(each.id, 0))
        rows.append(row)
    ours = all("@" not in (row["acct"] or "") for row in rows)
    can = [act for act in ACTS if may(viewer, act) and act not in AROUND]
    return {
        "trait": str(trait),
        "common": COMMON[found.kind],
        "cases": rows,
        "can": [act for act in can if ours or act not in OF_OURS],
    }


def case(tx: Tx, viewer: Viewer, id_: int) -> dict[str, Any]:
    """A case, whole. Raises Forbidden, NotFound."""
    require(viewer, Permission.TRIAGE)
    found = stored.one(tx, id_)
    require_class(viewer, found.klass)
    reports = filed.last_of(tx, id_, REPORTS)
    verdicts = decided.of_cases(tx, [id_])
    appeal = against = None
    about = found.id
    if found.appeal is not None:
        against = decided.one(tx, found.appeal)
        appeal = decided.appeal_of(tx, against.id)
        verdicts, about = [*decided.of_cases(tx, [against.case]), *verdicts], found.id
        reports = reports or filed.last_of(tx, against.case, REPORTS)
    claims = stored.claims_of(tx, id_)
    jotted = notes.of_case(tx, id_, NOTES)
    more = [
        *(each.by for each in jotted),
        *(report.account for report in reports),
        *(each.by for each in verdicts),
        *(by for by, _, _ in claims),
    ]
    faces = _faces(tx, [found], more)
    posts = stored.posts_of(tx, [about])[about]
    statuses_ = _posts(tx, posts)
    senders = notices.senders(tx, [each.id for each in reports if each.source == "notice"])
    reporters = list(dict.fromkeys(each.account for each in reports if each.account))
    records = {who: waiting.record(tx, who) for who in reporters[:RECORDS]}
    undone = {each.undoes: each.id for each in verdicts if each.undoes is not None}
    return {
        "case": _row(tx, viewer, found, faces)
        | {
            "target": None if found.target is None else str(found.target),
            "first_look": found.first_look,
            "into": found.into,
            "split_from": found.split_from,
            "appeal": None if appeal is None else appeal.text,
            "mine_not": against is not None and against.by == viewer.id,
            "raises": [each for each in KINDS if _above(each, found)],
            "count": waiting.reported(tx, [id_]).get(id_, (0, 0))[0],
        },
        "reports": [_report(report, faces, senders, records) for report in reports],
        "statuses": list(statuses_.values()),
        "known": hashes.of_case(tx, id_),
        "can": _can(tx, viewer, found, bool(statuses_)),
        "history": [_verdict(tx, each, faces, undone) for each in verdicts],
        "claims": [(faces.get(by or 0), at, until) for by, at, until in claims],
        "beside": [
            {"id": str(each.id), "kind": KINDS[each.klass], "due": each.due}
            for each in stored.beside(tx, found)
        ]
        if found.appeal is None
        else [],
        "alike": _clusters(tx, alike.around(tx, viewer, id_))
        if permitted(viewer.role, Permission.MANAGE_REPORTS)
        else [],
        "waits": len(eyes.of_case(tx, id_)),
        "notes": [
            {"at": each.id >> 16, "by": faces.get(each.by or 0), "text": each.text}
            for each in jotted
        ],
        "snooze": max(0, (found.due - tx.ms) // 2 // MINUTE),
    }


def _can(tx: Tx, viewer: Viewer, case: Case, posts: bool) -> list[Act]:
    """Which measures the viewer may take, and make sense here."""
    about = people.by_ids(tx, [case.target or 0]).get(case.target or 0)
    ours = about is not None and about.domain is None

    def fits(act: Act) -> bool:
        if about is None:
            return act == "none"
        if (act in OF_POSTS and not posts) or (act in OF_OURS and not ours):
            return False
        return may(viewer, act) and not (act in OF_SERVER and ours)

    return [act for act in ACTS if fits(act)]


def _above(klass: str, case: Case) -> bool:
    order = list(KINDS)
    return case.appeal is None and order.index(klass) < order.index(case.klass)


def _report(
    report: Any, faces: dict[int, str], senders: dict[int, Any], records: dict[int, int]
) -> dict[str, Any]:
    return {
        "id": str(report.id),
        "at": report.id >> 16,
        "source": report.source,
        "category": report.category,
        "comment": report.comment,
        "acct": faces.get(report.account or 0),
        "by": None if report.account is None else str(report.account),
        "record": None if report.account is None else records.get(report.account),
        "sender": senders.get(report.id),
        "open": report.resolved_at is None,
        "posts": len(report.posts),
    }


def _verdict(tx: Tx, verdict: Any, faces: dict[int, str], undone: dict[int, int]) -> dict[str, Any]:
    told = decided.statement(tx, verdict.statement).told
    return {
        "id": str(verdict.id),
        "at": verdict.id >> 16,
        "acts": verdict.acts,
        "by": faces.get(verdict.by or 0),
        "undoes": verdict.undoes is not None,
        "undone": verdict.id in undone,
        "text": told.text if told is not None else "",
    }
