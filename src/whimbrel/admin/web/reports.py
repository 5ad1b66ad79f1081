"""The moderation desk: the queue with the reason for each place, and each case with its form."""

from typing import Any, get_args

import msgspec
from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Response

from whimbrel.accounts.rules import Permission, Viewer
from whimbrel.core.app import of
from whimbrel.core.errors import Invalid
from whimbrel.core.http import Html, Params, Redirect, Scope
from whimbrel.core.ids import id_of
from whimbrel.core.tx import Tx
from whimbrel.core.words import say
from whimbrel.instance import texts
from whimbrel.moderation import board, cases, eyes, habits, notes, queue, verdicts
from whimbrel.moderation.known import watch
from whimbrel.moderation.rules import HANDLES, Outcome
from whimbrel.moderation.transparency import dsa
from whimbrel.moderation.verdicts import Ruling
from whimbrel.posts.rules import LABELS

from .around import WAITING, Context, button, deed, page, said, staff, wrong
from .clusters import ruling_of

PATH = "/admin/reports"
NEEDS = Permission.TRIAGE
_ALL = (1 << 63) - 1
SAID = {
    "decide": say("Decided."),
    "claim": say("The case is yours for ten minutes."),
    "release": say("The case is nobody’s."),
    "undo": say("Taken back. Who it concerns is told."),
    "escalate": say("The case is more urgent now."),
    "merge": say("The cases are one."),
    "split": say("Part of it is a case of its own."),
    "none": say("There is nothing to take on."),
    "note": say("Noted."),
    "snooze": say("Put off. Its clock runs on."),
    "give-back": say("Everybody is given it again."),
}


@get(PATH, opt=staff(NEEDS))
async def show(
    viewer: NamedDependency[Viewer], params: NamedDependency[Params], scope: Scope
) -> Html:
    """Open cases, what has least time to spare first; or those that are closed, or paused."""
    sought = params.text("q")[:400]
    which = "found" if sought else params.text("which")
    alone: Context = {"older": "", "letter": None, "tried": None}

    def read(tx: Tx) -> Context:
        if which == "closed":
            below = id_of(params.text("max_id")) if params.text("max_id") else _ALL
            found = queue.decided(tx, viewer, below)
            more = f"{PATH}?which=closed&max_id={found[-1].id}" if len(found) == queue.MOST else ""
            return {**alone, "cases": board.closed(tx, viewer, found), "older": more}
        if sought:
            return {**alone, "cases": board.closed(tx, viewer, queue.find(tx, viewer, sought))}
        if which == "paused":
            return {**alone, "cases": board.closed(tx, viewer, queue.standing(tx, viewer))}
        return {**alone, "cases": board.rows(tx, viewer), **board.above(tx)}

    given: Context = {"which": which, "sought": sought, "notice": said(params, SAID)}
    return await page(scope, viewer, "admin_reports.html", read, slow=True, **given)


@post(f"{PATH}/next", status_code=200, opt=staff(NEEDS))
async def take(
    viewer: NamedDependency[Viewer], params: NamedDependency[Params], scope: Scope
) -> Response[bytes]:
    """Take on what is first and nobody has, and go there. Raises: as `act`."""

    def taken(tx: Tx) -> int | None:
        found = queue.next_for(tx, viewer)
        return None if found is None else cases.claim(tx, viewer, found.id).id

    case = await of(scope).db.write(taken)
    return Redirect(f"{PATH}?done=none" if case is None else f"{PATH}/{case}?done=claim")


# --- one of them ----------------------------------------------------------------------------------


async def _one(scope: Scope, viewer: Viewer, id_: str, status: int = 200, **more: Any) -> Html:
    def read(tx: Tx) -> Context:
        shown = board.case(tx, viewer, id_of(id_))
        return {
            **shown,
            "categories": dsa.categories(),
            "category": dsa.category_of(shown["case"]["klass"]),
            "rules": [(str(rule.id), rule.text) for rule in texts.rules(tx)],
            "chars": verdicts.FACTS_CHARS,
            "labels": LABELS,
            "habits": (mine := habits.of(tx, viewer)),
            "tired": mine.tired(tx.ms),
        }

    given = {"path": f"{PATH}/{id_}", "form": {}, "errors": {}, "error": "", "preview": "", **more}
    return await page(scope, viewer, "admin_case.html", read, status, slow=True, **given)


@get(f"{PATH}/{{id_:str}}", opt=staff(NEEDS))
async def one(
    viewer: NamedDependency[Viewer],
    params: NamedDependency[Params],
    id_: FromPath[str],
    scope: Scope,
) -> Html:
    """A case: what was reported, by whom, what was decided, and the form to decide it."""
    return await _one(scope, viewer, id_, notice=said(params, SAID))


def _ruling(params: Params) -> Ruling:
    posts = tuple(id_of(each) for each in params.list("posts"))
    return msgspec.structs.replace(ruling_of(params), posts=posts, closes=not params.flag("open"))


def _typed(params: Params) -> Context:
    return {
        **{name: params.text(name) for name in ("ground", "category", "facts", "outcome", "label")},
        **{name: params.list(name) for name in ("acts", "posts")},
        "open": params.flag("open"),
        "sent": True,
    }


@post(f"{PATH}/{{id_:str}}/decide", status_code=200, opt=staff(NEEDS))
async def decide(
    viewer: NamedDependency[Viewer],
    params: NamedDependency[Params],
    id_: FromPath[str],
    scope: Scope,
) -> Response[bytes]:
    """Decide a case, or show first what would be told. Raises: as `act`; Conflict."""
    case = id_of(id_)
    outcome: Any = params.text("outcome")
    shown: dict[str, Any] = {"form": _typed(params)}
    try:
        if params.text("do") == "preview":
            text = await of(scope).db.read(verdicts.preview, viewer, case, _ruling(params))
            return await _one(scope, viewer, id_, **(shown | {"preview": text}))
        if outcome in get_args(Outcome):
            wish: Any = eyes.Answer(case, outcome, params.text("facts"), _ruling(params))
        else:
            wish = eyes.Decide(case, _ruling(params))
        made = await of(scope).db.write(eyes.through, viewer, wish)
        if made.proposal is not None:
            return Redirect(f"{WAITING}?done=waits")
    except Invalid as error:
        return await _one(scope, viewer, id_, **(wrong(params, error) | shown))
    return Redirect(f"{PATH}?done=decide")


def _claim(tx: Tx, viewer: Viewer, case: int, params: Params) -> None:
    cases.claim(tx, viewer, case)


def _escalate(tx: Tx, viewer: Viewer, case: int, params: Params) -> str | None:
    """A helper hands a case on to whoever works on such ones, and sees it no more."""
    klass: Any = params.text("klass")
    cases.escalate(tx, viewer, case, klass)
    return None if klass in HANDLES[viewer.role] else f"{PATH}?done=escalate"


def _merge(tx: Tx, viewer: Viewer, case: int, params: Params) -> None:
    cases.merge(tx, viewer, id_of(params.text("other")), case)


def _split(tx: Tx, viewer: Viewer, case: int, params: Params) -> None:
    cases.split(tx, viewer, case, [id_of(each) for each in params.list("reports")])


def _note(tx: Tx, viewer: Viewer, case: int, params: Params) -> None:
    notes.add(tx, viewer, case, params.text("note"))


def _snooze(tx: Tx, viewer: Viewer, case: int, params: Params) -> None:
    cases.snooze(tx, viewer, case, params.number("minutes") or 0)


def _give_back(tx: Tx, viewer: Viewer, case: int, params: Params) -> None:
    watch.give_back(tx, viewer, case)


def _undo(tx: Tx, viewer: Viewer, case: int, params: Params) -> None:
    verdicts.take_back(tx, viewer, id_of(params.text("verdict")), params.text("facts"))


ROUTES: list[Any] = [
    *(show, take, one, decide),
    deed(PATH, "claim", NEEDS, _claim, _one),
    button(f"{PATH}/{{id_:str}}/release", NEEDS, f"{PATH}?done=release", cases.release),
    deed(PATH, "escalate", NEEDS, _escalate, _one),
    deed(PATH, "merge", NEEDS, _merge, _one),
    deed(PATH, "split", NEEDS, _split, _one),
    deed(PATH, "undo", NEEDS, _undo, _one),
    deed(PATH, "note", NEEDS, _note, _one),
    deed(PATH, "snooze", NEEDS, _snooze, _one),
    deed(PATH, "give-back", Permission.MANAGE_ORDERS, _give_back, _one),
]
