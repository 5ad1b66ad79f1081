"""Answers to letters: what was done about each thing they name, and why, as text, PDF and JSON.

A second person reads an answer before it goes. Who works alone reads their own once more after half
a day."""

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from whimbrel.accounts.letters import post
from whimbrel.accounts.rules import Permission, Viewer
from whimbrel.core import mail
from whimbrel.core.app import App
from whimbrel.core.errors import Conflict, Invalid, NotFound
from whimbrel.core.ids import iso, moment, new_id
from whimbrel.core.text import tidy
from whimbrel.core.tx import Tx
from whimbrel.core.words import Language, Said, language, ours, say

from .. import second
from ..events import ReplyApproved
from ..queries import complaint_items as items
from ..queries import complaints as letters
from ..queries import decisions
from ..queries import replies as queries
from ..queries import verdicts as decided
from ..queries.complaints import Complaint
from ..queries.replies import Days, Kept, Kind, Reply
from ..rules import DAY, require
from . import pdf
from .shown import outcomes

CHANGED_CHARS = 2000
LOOK_BACK = 30 * DAY
_DONE: dict[str, Said] = {
    "none": say("nothing was done"),
    "warn": say("its author was warned"),
    "sensitive": say("its pictures are covered"),
    "hide": say("hidden from everybody but its author"),
    "remove": say("removed for good"),
    "cover": say("all new pictures of the account are covered"),
    "limit": say("the account is limited"),
    "freeze": say("the account is closed to its owner"),
    "suspend": say("the account is suspended"),
    "label": say("labelled for everybody who sees it"),
    "strip": say("its pictures are removed for good"),
    "demote": say("the account is recommended to nobody"),
    "logout": say("the account was signed out everywhere"),
    "purge": say("the account is erased"),
}
_ELSE = say("a rule holds for where the account comes from")
_GONE = say("erased by its author: nothing of it is left here")
_KEPT = say("looked at; nothing was done")
_HERE = say("still being looked at")
_LAW = say("against the law")
_RULES = say("against the rules of this server")


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """What whoever writes the answer adds. `until`: for an extension, the moment that is asked
    for, as one writes it."""

    kind: Kind = "answer"
    to: str = ""
    tongue: str = "en"
    changed: str = ""  # so that it does not happen again; or why more time is needed
    until: str = ""


def write(tx: Tx, viewer: Viewer, id_: int, draft: Draft) -> int:
    """Write an answer, or ask for more time; it waits for a second reader.

    Returns:
        Its id.
    Raises:
        Forbidden, NotFound.
        Invalid: nobody it could go to; too long a text; no moment that is asked for.
        Conflict: something the letter names still waits; it is done with.
    """
    require(viewer, Permission.MANAGE_REPORTS)
    tx.lock("complaint", id_)
    complaint = letters.one(tx, id_)
    if complaint.source == "authority":
        require(viewer, Permission.MANAGE_ORDERS)
    if complaint.state != "open":
        raise Conflict(say("This letter is done with."))
    _refuse(draft)
    counted = items.counts(tx, [id_]).get(id_)
    left = 0 if counted is None else counted.all - counted.done
    if draft.kind == "answer" and left:
        raise Conflict(say("%(left)s of the things it names still wait.", left=left))
    named = _explained(tx, outcomes(tx, complaint))
    days = queries.days(tx, tx.ms - LOOK_BACK)
    told = language(ours(draft.tongue) or "en")
    reference = complaint.head.reference or complaint.head.order.reference or str(id_)
    about = complaint.head.subject or reference
    reply = Reply(
        to=draft.to.strip(),
        subject=" ".join(f"Re: {about}".split())[:200],
        text="\n".join(_text(tx, told, complaint, draft, named, days, reference)),
        data=_json(tx, complaint, draft, named, days, reference),
    )
    made = new_id(tx.now)
    queries.add(tx, made, id_, complaint.slot, draft.kind, reply, viewer.id)
    decisions.add(tx, viewer.id, "write", "complaint", id_, detail=draft.kind)
    return made


def _refuse(draft: Draft) -> None:
    try:
        mail.compose(mail.Letter(draft.to.strip(), "-", "-"), "no-reply@localhost", "localhost")
    except Invalid as error:
        raise Invalid(str(error), {"to": [("ERR_INVALID", say("is invalid"))]}) from error
    if len(draft.changed) > CHANGED_CHARS or len(draft.until) > 100:
        raise Invalid(say("Such a text has at most %(most)s characters.", most=CHANGED_CHARS))
    if draft.kind == "extension" and not (tidy(draft.until) and tidy(draft.changed)):
        said = say("Say until when, and why.")
        raise Invalid(said, {"until": [("ERR_BLANK", said)]})


def _explained(tx: Tx, named: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """With the reasons that the statements give."""
    ids = {each["statement"] for each in named if each["statement"]}
    told = {id_: decided.statement(tx, id_).told for id_ in ids}
    rows = []
    for each in named:
        said = told.get(each["statement"])
        ground = said.ground if said is not None and each["acts"] else None
        rows.append({**each, "ground": ground, "facts": "" if said is None else said.facts})
    return rows


def _text(
    tx: Tx,
    told: Language,
    complaint: Complaint,
    draft: Draft,
    named: Sequence[dict[str, Any]],
    days: Days,
    reference: str,
) -> Iterator[str]:
    came = told.dated(moment(complaint.received))
    yield told.plain(
        say("Your letter %(reference)s came to us on %(when)s.", reference=reference, when=came)
    )
    yield ""
    if draft.kind == "extension":
        yield told.plain(say("We ask for more time, until %(until)s.", until=tidy(draft.until)))
        yield ""
        yield tidy(draft.changed)
        yield ""
    yield told.plain(say("What it names, and what was done:"))
    for each in named:
        yield ""
        yield f"{each['number']}. {_named(told, each)}"
        when = (
            "" if each["at"] is None or each["state"] == "gone" else told.dated(moment(each["at"]))
        )
        yield f"   {_measure(told, each)}{'; ' + when if when else ''}"
        if reason := _reason(told, each):
            yield f"   {reason}"
    yield ""
    yield told.plain(
        say(
            "In the last 30 days %(received)s cases came in here; %(decided)s of them are decided, "
            "%(in_time)s in time. %(letters)s letters of hosts and authorities came.",
            **days._asdict(),
        )
    )
    if draft.kind == "answer" and tidy(draft.changed):
        yield ""
        yield told.plain(say("What changed since, so that it does not happen again:"))
        yield tidy(draft.changed)
    yield ""
    yield tx.instance.domain


def _named(told: Language, each: dict[str, Any]) -> str:
    if each["kind"] == "picture":
        return told.plain(say("Picture %(number)s of your letter", number=each["written"]))
    return f'"{each["written"]}"' if each["kind"] == "quote" else str(each["written"])


def _measure(told: Language, each: dict[str, Any]) -> str:
    if each["acts"]:
        return "; ".join(told.plain(_DONE.get(act, _ELSE)) for act in dict.fromkeys(each["acts"]))
    if each["state"] == "answered":
        return str(each["answer"])
    if each["state"] == "gone":
        return told.plain(_GONE)
    return told.plain(_KEPT if each["state"] == "done" else _HERE)


def _reason(told: Language, each: dict[str, Any]) -> str:
    ground = {"law": told.plain(_LAW), "rules": told.plain(_RULES)}.get(each["ground"] or "", "")
    return ": ".join(filter(None, (ground, " ".join(each["facts"].split()))))


def _json(
    tx: Tx,
    complaint: Complaint,
    draft: Draft,
    named: Sequence[dict[str, Any]],
    days: Days,
    reference: str,
) -> str:
    told = {
        "format": "whimbrel-reply-1",
        "server": tx.instance.domain,
        "kind": draft.kind,
        "reference": reference,
        "received_at": iso(complaint.received),
        "due_at": iso(complaint.due),
        "written_at": iso(tx.ms),
        "asked_until": tidy(draft.until) or None,
        "changed": tidy(draft.changed),
        "items": [
            {
                "number": each["number"],
                "kind": each["kind"],
                "written": each["written"],
                "state": each["state"],
                "measures": list(dict.fromkeys(each["acts"])),
                "at": None if each["at"] is None else iso(each["at"]),
                "automated": each["automated"],
                "ground": each["ground"],
                "reason": each["facts"] or each["answer"],
            }
            for each in named
        ],
        "last_30_days": days._asdict(),
    }
    return msgspec.json.format(msgspec.json.encode(told), indent=1).decode()


def of(tx: Tx, viewer: Viewer, id_: int) -> list[Kept]:
    """What was written back so far. Raises Forbidden."""
    require(viewer, Permission.MANAGE_REPORTS)
    return queries.of(tx, id_)


def file(tx: Tx, viewer: Viewer, complaint: int, id_: int, form: str) -> bytes:
    """An answer as `txt`, `pdf` or `json`. Raises Forbidden, NotFound."""
    require(viewer, Permission.MANAGE_REPORTS)
    found = queries.one(tx, id_)
    if found.complaint != complaint or form not in ("txt", "pdf", "json"):
        raise NotFound
    reply = found.reply
    if form == "pdf":
        return pdf.write(reply.text, reply.subject)
    return (reply.data if form == "json" else reply.text).encode()


# --- a second reader ------------------------------------------------------------------------------


def approve(tx: Tx, viewer: Viewer, id_: int) -> Kept:
    """Let an answer go, after reading it.

    Raises:
        Forbidden: also who wrote it, unless they are alone and half a day has passed.
        NotFound.
        Conflict: it was read already; or what it tells of waits again.
    Emits: ReplyApproved
    """
    require(viewer, Permission.MANAGE_REPORTS)
    found = queries.one(tx, id_)
    tx.lock("complaint", found.complaint)
    second.refuse_own(tx, viewer, found.written_by, id_ >> 16)
    if letters.one(tx, found.complaint).state == "closed" or not queries.approve(
        tx, id_, viewer.id
    ):
        raise Conflict(say("It was sent already, or the letter is done with."))
    decisions.add(tx, viewer.id, "approve", "complaint", found.complaint, detail=found.kind)
    tx.emit(ReplyApproved(reply=id_))
    return found


async def send(app: App, event: ReplyApproved) -> None:
    """Effect: send an answer with its PDF and its JSON.

    Raises:
        Unavailable: the mail server did not take it; the outbox tries again.
    """
    found = await app.db.read(queries.one, event.reply)
    if found.sent_at is not None:
        return
    reply = found.reply
    files = (
        mail.Attached("reply.pdf", "application/pdf", pdf.write(reply.text, reply.subject)),
        mail.Attached("reply.json", "application/json", reply.data.encode()),
    )
    await post(app, mail.Letter(reply.to, reply.subject, reply.text, files=files))
    await app.db.write(_sent, found)


def _sent(tx: Tx, found: Kept) -> None:
    """A letter that has its answer is done with."""
    if not queries.sent(tx, found.id):
        return
    complaint = letters.one(tx, found.complaint)
    if found.kind == "answer":
        done = msgspec.structs.replace(complaint, state="closed", answered_at=tx.ms)
        letters.change(tx, done)
    decisions.add(tx, None, "send", "complaint", found.complaint, detail=found.kind)
