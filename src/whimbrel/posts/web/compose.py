"""Writing on a page: one form, whether it stands on the home, under a post or alone; for a new
post, one that is edited, one that waits for its time, and a draft of any of them.

No script is needed: files are sent first and described in a second step, which is a draft."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import msgspec
from litestar import get, post
from litestar.di import NamedDependency
from litestar.response import Response
from msgspec.structs import replace

from whimbrel.accounts import queries as people
from whimbrel.accounts import serialize as accounts
from whimbrel.accounts import views
from whimbrel.accounts.auth import access_page
from whimbrel.accounts.rules import Viewer
from whimbrel.core.app import App, of
from whimbrel.core.db import Db
from whimbrel.core.errors import Invalid, NotFound
from whimbrel.core.http import Html, Params, Redirect, Scope, Upload
from whimbrel.core.ids import id_of
from whimbrel.core.languages import LANGUAGES
from whimbrel.core.pages import account_for_page, status_for_page
from whimbrel.core.text import parse
from whimbrel.core.tx import Tx
from whimbrel.media import attach, upload
from whimbrel.media import queries as media

from .. import compose, drafts, edit, publish, schedule, serialize, strangers
from ..queries import writing
from ..rules import Draft, Unfinished
from . import form, parts

GONE = (
    "What you answer, quote or change is not there any more, or not for your eyes. Your words are "
    "still here."
)
Context = dict[str, Any]


# ----------------------------------------------------------------------------- the page


def _context(tx: Tx, app: App, viewer: Viewer, given: Unfinished, strict: bool) -> Context:
    """Everything around the form and in it.

    Args:
        strict: what is answered or quoted must be there; else it is left out.
    Raises:
        NotFound
    """
    writer = writing.writer(tx, viewer.id)
    rows = media.by_ids(tx, given.media)
    own = {id_: row for id_, row in rows.items() if row.account == viewer.id}
    told = [
        attach.for_owner(tx.keyring, tx.instance, own[id_], tx.ms)
        for id_ in given.media
        if id_ in own
    ]
    answered = None if given.edits else given.reply_to
    return {
        **views.reader(tx, app, viewer),
        "reply_to": _status(tx, viewer, answered, strict),
        "quoted": _status(tx, viewer, given.quoted, strict and not given.edits),
        "form": form.shown(given),
        "thread": parts.shown(given),
        "readers": _readers(tx, viewer, given.text),
        "over": form.overrun(tx.instance, given),
        "files": form.files(given, own, told),
        "limits": tx.instance,
        "languages": LANGUAGES,
        "spoken": writer.language or "",
        "policy": writer.quote_policy.word,
        "now": tx.now.strftime("%Y-%m-%dT%H:%M"),
    }


def _readers(tx: Tx, viewer: Viewer, text: str) -> list[dict[str, Any]]:
    """Whom a text names: they read it even where nobody else does."""
    named = {one.id: one for one in compose.named(tx, parse(text)).values()}
    told = [accounts.account(tx.instance, one) for one in named.values() if one.id != viewer.id]
    return [account_for_page(msgspec.json.decode(each)) for each in told]


def _status(tx: Tx, viewer: Viewer, id_: int | None, strict: bool) -> Any:
    if id_ is None:
        return None
    try:
        status = msgspec.json.decode(serialize.one(tx, viewer, id_))
    except NotFound:
        if strict:
            raise
        return None
    return status_for_page(status.get("reblog") or status)


def _answer(
    scope: Scope, params: Params, context: Context, draft: int | None, error: Invalid | None = None
) -> Html:
    return views.answer(
        scope,
        "compose.html",
        422 if error else 200,
        **context,
        draft=draft,
        path=views.next_of(params),
        errors=form.faults(error) if error else {},
    )


def _begun(tx: Tx, viewer: Viewer, params: Params) -> tuple[Unfinished, int | None, bool]:
    """(what the form begins with, the draft it is, whether all it names must be there)."""
    wanted = {name: params.text(name) for name in ("draft", "edit", "scheduled")}
    if wanted["draft"]:
        id_ = id_of(wanted["draft"])
        found = drafts.find(tx, viewer, id_)
        if found is None:
            raise NotFound
        return found.unfinished, id_, False
    if wanted["edit"]:
        return drafts.of_post(tx, viewer, id_of(wanted["edit"])), None, False
    if wanted["scheduled"]:
        return drafts.of_scheduled(tx, viewer, id_of(wanted["scheduled"])), None, False
    return form.read(params), None, True


@get("/compose", opt=access_page(signed_in=True))
async def write(
    app: NamedDependency[App],
    db: NamedDependency[Db],
    viewer: NamedDependency[Viewer],
    params: NamedDependency[Params],
    scope: Scope,
) -> Html:
    """A form: empty, or with what a link put into it, or with what `draft`, `edit` (a post) or
    `scheduled` says. Raises NotFound: that, or the post to be answered or quoted."""

    def found(tx: Tx) -> tuple[Context, int | None]:
        given, draft, strict = _begun(tx, viewer, params)
        return _context(tx, app, viewer, given, strict), draft

    context, draft = await db.read(found)
    return _answer(scope, params, context, draft)


# ----------------------------------------------------------------------------- sending it


@post("/compose", status_code=200, opt=access_page(signed_in=True))
async def send(
    app: NamedDependency[App],
    db: NamedDependency[Db],
    viewer: NamedDependency[Viewer],
    params: NamedDependency[Params],
    scope: Scope,
) -> Response[bytes]:
    """Publish, edit or schedule; with `do`, keep as a draft (save) or go on with it (attach), with
    a post that follows (add) or another of its thread (its place). Scripts keep it as well: to
    stay (keep), or to be shown it with its files (files).

    What cannot be taken is shown again as it was written, with the files that came along.
    """
    given = form.read(params)
    draft = id_of(params.text("draft")) if params.text("draft") else None
    if draft is not None:
        kept = await db.read(drafts.find, viewer, draft)
        given = parts.join(given, form.place(params.text("place")), kept and kept.unfinished)
    try:
        for file in form.uploads(params):
            with form.at("files"):
                given = _with(given, await _receive(app, viewer, file, params))
        doing = params.text("do")
        if doing in ("keep", "files"):
            draft = await db.write(_keep, viewer, given, draft)
            if doing == "keep":
                readers = await db.read(_readers, viewer, given.text)
                return views.answer(scope, "_kept.html", draft=draft, readers=readers)
            return _answer(scope, params, await db.read(_context, app, viewer, given, False), draft)
        if doing in ("save", "attach", "add") or doing.startswith("at-"):
            saved = await db.write(drafts.save, viewer, _turned(given, doing), draft)
            return _sent(scope, "/drafts" if doing == "save" else f"/compose?draft={saved}")
        await strangers.meet(app, viewer, "\n".join(each.text for each in given.thread))
        return _sent(scope, await db.write(_finish, viewer, given, draft, params))
    except Invalid as error:
        wrong = error
    except NotFound:
        wrong = Invalid(GONE)
    if isinstance(wrong, parts.Refused):  # another may be at fault than the one that was typed
        given = parts.turn(given, wrong.at)
        draft = await db.write(drafts.save, viewer, given, draft)
    context = await db.read(_context, app, viewer, given, False)
    return _answer(scope, params, context, draft, wrong)


def _sent(scope: Scope, to: str) -> Response[bytes]:
    """It is done; a script that sent it goes on by itself, once it has let go of its copy."""
    if not views.swaps(scope):
        return Redirect(to)
    return Html(b"", 200, {**views.headers(of(scope), private=True), "hx-redirect": to})


def _turned(given: Unfinished, doing: str) -> Unfinished:
    """With the post in the form that was asked for. Raises Invalid."""
    if doing == "add":
        return parts.add(given)
    at = doing.removeprefix("at-")
    return given if at == doing else parts.turn(given, form.place(at))


def _keep(tx: Tx, viewer: Viewer, given: Unfinished, draft: int | None) -> int | None:
    """What is written so far as a draft; None where that is nothing. Raises Invalid, NotFound."""
    if not given.blank:
        return drafts.save(tx, viewer, given, draft)
    if draft is not None:
        drafts.finish(tx, viewer, draft)
    return None


def _with(given: Unfinished, file: int) -> Unfinished:
    return replace(given, media=(*given.media, file))


async def _receive(app: App, viewer: Viewer, file: Upload, params: Params) -> int:
    app.budgets.spend("media", -viewer.id)
    me = await app.db.read(people.by_id, viewer.id)
    return await upload.receive(
        app,
        me.id,
        me.slot,
        file,
        description=params.text("description"),
        patience=upload.LONG_PATIENCE,
    )


def _finish(tx: Tx, viewer: Viewer, given: Unfinished, kept: int | None, params: Params) -> str:
    """It is done: where to go now. Raises Invalid, NotFound."""
    if kept is not None:
        drafts.finish(tx, viewer, kept, given.files)
    if len(given.thread) > 1:
        return _page_of(tx, viewer, _publish_thread(tx, viewer, given, params))
    wanted, time = form.draft_of(tx.instance, given, _once(params)), form.time_of(given)
    with _blaming(tx, viewer, given):
        if given.edits is not None:
            edit.edit(tx, viewer, given.edits, wanted)
            return _page_of(tx, viewer, given.edits)
        _describe(tx, viewer, wanted)
        if time is not None or given.replaces is not None:
            return _wait(tx, viewer, wanted, given, time)
        made = publish.publish(tx, viewer, wanted)
    answers = given.reply_to is not None
    to = views.next_of(params, _page_of(tx, viewer, made.id) if answers else views.HOME)
    # Home waits until it is there.
    return f"{views.HOME}?posted={made.id}" if to.partition("?")[0] == views.HOME else to


def _publish_thread(tx: Tx, viewer: Viewer, given: Unfinished, params: Params) -> int:
    """All of it or nothing, each post under the one before; the id of the first. Raises Refused."""
    made: list[int] = []
    for at, each in enumerate(given.thread):
        if each.empty and (made or at + 1 < len(given.thread)):
            continue
        once = _once(params)  # of the post in the form as if it were alone: the rest goes with it
        once = once and (once if at == len(given.before) else f"{once} {at}")
        above = made[-1] if made else given.thread[0].reply_to
        with parts.refused(at), _blaming(tx, viewer, each):
            wanted = form.draft_of(tx.instance, replace(each, reply_to=above), once)
            _describe(tx, viewer, wanted)
            made.append(publish.publish(tx, viewer, wanted).id)
    return made[0]


@contextmanager
def _blaming(tx: Tx, viewer: Viewer, given: Unfinished) -> Iterator[None]:
    """Where files cannot be taken it is told at them: publishing does not say. Raises Invalid."""
    try:
        yield
    except Invalid as error:
        if not error.details:
            with form.at("files"):
                attach.take(tx, viewer.id, given.media, given.edits)
        raise


def _describe(tx: Tx, viewer: Viewer, wanted: Draft) -> None:
    """Put down what was typed about the files; a second press finds them on the post already."""
    rows = media.by_ids(tx, wanted.media)
    for each in wanted.described:
        if each.id in rows and rows[each.id].post is None:
            attach.describe(tx, viewer.id, each.id, description=each.description, focus=each.focus)


def _wait(tx: Tx, viewer: Viewer, wanted: Draft, given: Unfinished, time: datetime | None) -> str:
    """Publish later, or what was to be later at once."""
    if time is None:
        if given.replaces is not None:
            schedule.cancel(tx, viewer, given.replaces)
        return f"{views.HOME}?posted={publish.publish(tx, viewer, wanted).id}"
    if given.replaces is None:
        made = schedule.schedule(tx, viewer, wanted, time)
    else:
        made = schedule.replace(tx, viewer, given.replaces, wanted, time)
    return f"/scheduled#s-{made.id}"


def _page_of(tx: Tx, viewer: Viewer, id_: int) -> str:
    return f"/@{people.by_id(tx, viewer.id).acct}/{id_}"


def _once(params: Params) -> str | None:
    """The same words sent twice from one page are a slip of the finger; other words are not, and
    must not be taken for it when somebody goes back and writes on."""
    once = params.text("once")
    return f"page {once} {params.text('status')}" if once else None


ROUTES: list[Any] = [write, send]
