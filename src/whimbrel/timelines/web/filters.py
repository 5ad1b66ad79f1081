"""Filters as pages: words the reader would rather not stumble over, where, and until when."""

from collections.abc import Sequence
from typing import Any, get_args

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from whimbrel.accounts import views
from whimbrel.accounts.auth import access_page
from whimbrel.accounts.rules import Viewer
from whimbrel.core.app import App
from whimbrel.core.db import Db
from whimbrel.core.errors import Invalid
from whimbrel.core.http import Html, Params, Redirect, Scope
from whimbrel.core.ids import id_of
from whimbrel.core.tx import Tx
from whimbrel.core.words import say
from whimbrel.posts.rules import LABELS

from .. import filters
from ..filters import FilterForm, KeywordForm
from ..rules import Filter, FilterContext, Keyword

PATH = "/filters"
CONTEXTS = get_args(FilterContext)
KEEP = "keep"  # of the choices of an end: as it is

Context = dict[str, Any]


def _all(tx: Tx, app: App, viewer: Viewer) -> Context:
    return {**views.reader(tx, app, viewer), "filters": filters.mine(tx, viewer)}


@get(PATH, opt=access_page(signed_in=True))
async def show_all(
    app: NamedDependency[App],
    db: NamedDependency[Db],
    viewer: NamedDependency[Viewer],
    scope: Scope,
) -> Html:
    """The viewer's filters, and what becomes of what the staff says of posts."""
    chosen = {label: views.prefers(scope).labels.get(label, "warn") for label in LABELS}
    read = await db.read(_all, app, viewer)
    return views.answer(scope, "filters.html", labels=LABELS, chosen=chosen, **read)


# ----------------------------------------------------------------------------- the form


def _words(params: Params) -> list[str]:
    """One to a line, each once."""
    lines = (line.strip() for line in params.text("keywords").splitlines())
    return list(dict.fromkeys(line for line in lines if line))


def _check(params: Params, words: Sequence[str]) -> None:
    """Raises Invalid: what is missing or too long, each at its field."""
    title, longest = params.text("title").strip(), max(map(len, words), default=0)
    wrong = {
        "title": say("give it a name") if not title else "",
        "context": say("choose where it applies") if not params.list("context") else "",
        "keywords": say("write at least one word") if not words else "",
    }
    if len(title) > filters.TITLE_CHARS:
        wrong["title"] = say("at most %(most)s characters", most=filters.TITLE_CHARS)
    if longest > filters.KEYWORD_CHARS:
        most = filters.KEYWORD_CHARS
        wrong["keywords"] = say("at most %(most)s characters in a line", most=most)
    if any(wrong.values()):
        said = {field: [("ERR_INVALID", why)] for field, why in wrong.items() if why}
        raise Invalid(say("This filter is not whole."), said)


def _form(params: Params, known: Sequence[Keyword]) -> FilterForm:
    """What was sent. Raises Invalid."""
    words = _words(params)
    _check(params, words)
    whole = params.flag("whole_word")
    left = {each.keyword: each for each in known}
    entries = [
        KeywordForm(id=left[word].id if word in left else None, keyword=word, whole_word=whole)
        for word in words
    ]
    wanted = {entry.keyword for entry in entries}
    gone = [KeywordForm(id=each.id, destroy=True) for each in known if each.keyword not in wanted]
    return FilterForm(
        title=params.text("title"),
        context=[name for name in params.list("context") if name in CONTEXTS],
        filter_action=params.text("filter_action") or "warn",
        expires_in=_ends(params),
        keywords_attributes=[*gone, *entries],
    )


def _ends(params: Params) -> int | None:
    text = params.text("ends")
    if text in ("", KEEP):
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        said = say("choose one of these")
        raise Invalid(said, {"ends": [("ERR_INVALID", said)]})
    return int(text)


def _sent(params: Params) -> Context:
    return {
        "title": params.text("title"),
        "context": params.list("context"),
        "filter_action": params.text("filter_action"),
        "keywords": params.text("keywords"),
        "whole_word": params.flag("whole_word"),
        "ends": params.text("ends"),
    }


def _stored(found: Filter) -> Context:
    return {
        "title": found.title,
        "context": found.context,
        "filter_action": found.filter_action,
        "keywords": "\n".join(each.keyword for each in found.keywords),
        "whole_word": all(each.whole_word for each in found.keywords),
        "ends": KEEP,
    }


_NEW: Context = {
    "title": "",
    "context": ("home", "public"),
    "filter_action": "warn",
    "keywords": "",
    "whole_word": True,
    "ends": "",
}


def _one(tx: Tx, app: App, viewer: Viewer, filter_id: int | None) -> Context:
    found = None if filter_id is None else filters.show(tx, viewer, filter_id)
    form = _NEW if found is None else _stored(found)
    return {**views.reader(tx, app, viewer), "filter": found, "form": form}


async def _page(
    app: App,
    viewer: Viewer,
    scope: Scope,
    id_: str | None,
    sent: Params | None = None,
    error: Invalid | None = None,
) -> Html:
    filter_id = None if id_ is None else id_of(id_)
    context = await app.db.read(_one, app, viewer, filter_id)
    if sent is not None:
        context["form"] = _sent(sent)
    if error is not None:
        context["errors"] = views.faults(error) or {"title": str(error)}
    return views.answer(scope, "filter.html", 200 if error is None else 422, **context)


@post(f"{PATH}/labels", status_code=200, opt=access_page(signed_in=True))
async def choose(
    db: NamedDependency[Db], viewer: NamedDependency[Viewer], params: NamedDependency[Params]
) -> Redirect:
    """Choose what becomes of labelled posts. Raises Invalid."""
    await db.write(
        filters.choose_labels, viewer, {label: params.text(label) or "warn" for label in LABELS}
    )
    return Redirect(f"{PATH}#labels")


@get(f"{PATH}/new", opt=access_page(signed_in=True))
async def new(app: NamedDependency[App], viewer: NamedDependency[Viewer], scope: Scope) -> Html:
    """An empty form."""
    return await _page(app, viewer, scope, None)


@get(f"{PATH}/{{id_:str}}", opt=access_page(signed_in=True))
async def show(
    app: NamedDependency[App], viewer: NamedDependency[Viewer], id_: FromPath[str], scope: Scope
) -> Html:
    """One to change. Raises NotFound."""
    return await _page(app, viewer, scope, id_)


def _create(tx: Tx, viewer: Viewer, params: Params) -> None:
    filters.create(tx, viewer, _form(params, ()))


def _change(tx: Tx, viewer: Viewer, filter_id: int, params: Params) -> None:
    known = filters.show(tx, viewer, filter_id).keywords
    keep = params.text("ends") == KEEP
    filters.update(tx, viewer, filter_id, _form(params, known), keep_end=keep)


@post(f"{PATH}/new", status_code=200, opt=access_page(signed_in=True))
async def create(
    app: NamedDependency[App],
    db: NamedDependency[Db],
    viewer: NamedDependency[Viewer],
    params: NamedDependency[Params],
    scope: Scope,
) -> Html | Redirect:
    """One more."""
    try:
        await db.write(_create, viewer, params)
    except Invalid as error:
        return await _page(app, viewer, scope, None, params, error)
    return Redirect(PATH)


@post(f"{PATH}/{{id_:str}}", status_code=200, opt=access_page(signed_in=True))
async def change(
    app: NamedDependency[App],
    db: NamedDependency[Db],
    viewer: NamedDependency[Viewer],
    params: NamedDependency[Params],
    id_: FromPath[str],
    scope: Scope,
) -> Html | Redirect:
    """Change one. Raises NotFound."""
    try:
        await db.write(_change, viewer, id_of(id_), params)
    except Invalid as error:
        return await _page(app, viewer, scope, id_, params, error)
    return Redirect(PATH)


@post(f"{PATH}/{{id_:str}}/delete", status_code=200, opt=access_page(signed_in=True))
async def remove(
    db: NamedDependency[Db], viewer: NamedDependency[Viewer], id_: FromPath[str]
) -> Redirect:
    """Remove one. Raises NotFound."""
    await db.write(filters.delete, viewer, id_of(id_))
    return Redirect(PATH)


ROUTES: list[Any] = [show_all, choose, new, show, create, change, remove]
