"""Lists of servers that others keep: read, looked at, taken over, left out, undone."""

from functools import partial
from typing import Any

from litestar import get, post
from litestar.di import NamedDependency
from litestar.response import Response

from whimbrel.accounts.rules import Viewer
from whimbrel.core.app import of
from whimbrel.core.errors import Conflict
from whimbrel.core.http import Html, Params, Redirect, Scope
from whimbrel.core.tx import Tx
from whimbrel.core.words import say
from whimbrel.moderation.lists import book, collect, drafts
from whimbrel.moderation.queries import lists as stored

from .around import Context, act, button, form, page, said, staff
from .federation import NEEDS
from .federation import PATH as FEDERATION

PATH = f"{FEDERATION}/lists"
SAID = {
    "added": say("The list is being read. What it says will stand here as drafts."),
    "fetch": say("The list is being read."),
    "moved": say("Changed."),
    "removed": say("The list is read no more. What was taken over from it is yours now."),
    "applied": say("Done. It can be undone for a day."),
    "waits": say("Done, but for what waits for a second person."),
    "changed": say("The lists changed meanwhile. Look at them again."),
    "nothing": say("Nothing was chosen."),
    "excluded": say("No list decides about these any more."),
    "included": say("The lists decide about it again."),
    "undone": say("It is as it was before. Follows that ended stay ended."),
}


async def _show(
    scope: Scope, viewer: Viewer, params: Params, status: int = 200, **more: Any
) -> Html:
    def read(tx: Tx) -> Context:
        found = drafts.drafts(tx, viewer)
        lists = book.every(tx, viewer)
        return {
            "lists": lists,
            "names": {each.id: each.name for each in lists},
            "drafts": found[: drafts.MOST],
            "many": len(found),
            "lost": sum(each.cut for each in found[: drafts.MOST]),
            "seen": drafts.digest(found),
            "uses": drafts.undoable(tx, viewer),
            "excluded": stored.excluded(tx),
        }

    given: Context = {"path": PATH, "form": {}, "errors": {}, "error": "", "faults": collect.ERRORS}
    given |= {"notice": said(params, SAID), **more}
    return await page(scope, viewer, "admin_lists.html", read, status, slow=True, **given)


@get(PATH, opt=staff(NEEDS))
async def show(
    viewer: NamedDependency[Viewer], params: NamedDependency[Params], scope: Scope
) -> Html:
    """The lists, what they would change, and what can be undone."""
    return await _show(scope, viewer, params)


@post(PATH, status_code=200, opt=staff(NEEDS))
async def subscribe(
    viewer: NamedDependency[Viewer], params: NamedDependency[Params], scope: Scope
) -> Response[bytes]:
    """Read another list. Raises: as `act`."""
    private = of(scope).settings.allow_private

    def done(tx: Tx) -> None:
        book.subscribe(tx, viewer, params.text("name"), params.text("url"), private)

    again = partial(_show, scope, viewer, params)
    return await act(scope, viewer, params, done, f"{PATH}?done=added", again)


@post(f"{PATH}/drafts", status_code=200, opt=staff(NEEDS))
async def settle(
    viewer: NamedDependency[Viewer], params: NamedDependency[Params], scope: Scope
) -> Response[bytes]:
    """Do what the lists say, about those chosen or all that were shown; or leave those chosen out.

    What changed since it was shown is shown again first. Raises: as `act`.
    """
    wanted = params.text("do")
    chosen = set(params.list("shown" if wanted == "all" else "domains"))
    if not chosen:
        return Redirect(f"{PATH}?done=nothing")
    if wanted == "exclude":
        await of(scope).db.write(book.exclude, viewer, sorted(chosen)[: drafts.MOST])
        return Redirect(f"{PATH}?done=excluded")
    try:
        done = await of(scope).db.write(drafts.apply, viewer, chosen, params.text("seen"))
    except Conflict:
        return Redirect(f"{PATH}?done=changed")
    return Redirect(f"{PATH}?done={_word(done)}")


def _word(done: drafts.Done) -> str:
    if done.waiting:
        return "waits"
    return "applied" if done.done else "nothing"


def _include(tx: Tx, viewer: Viewer, params: Params) -> None:
    book.include(tx, viewer, params.text("domain"))


ROUTES: list[Any] = [
    *(show, subscribe, settle),
    form(f"{PATH}/include", NEEDS, f"{PATH}?done=included", _include, _show),
    button(f"{PATH}/uses/{{id_:str}}/undo", NEEDS, f"{PATH}?done=undone", drafts.undo),
    button(f"{PATH}/{{id_:str}}/fetch", NEEDS, f"{PATH}?done=fetch", book.renew),
    button(f"{PATH}/{{id_:str}}/up", NEEDS, f"{PATH}?done=moved", book.prefer),
    button(f"{PATH}/{{id_:str}}/remove", NEEDS, f"{PATH}?done=removed", book.unsubscribe),
]
