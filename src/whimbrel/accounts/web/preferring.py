"""Settings, appearance: how pages look and behave for one. Settings, privacy and reach: who finds
one, and what a new post is when nothing is said."""

from typing import Any

from litestar import get, post
from litestar.di import NamedDependency
from litestar.response import Response

from whimbrel.core.app import of
from whimbrel.core.db import Db
from whimbrel.core.errors import Invalid
from whimbrel.core.http import Html, Params, Redirect, Scope
from whimbrel.core.languages import LANGUAGES
from whimbrel.core.tx import Tx
from whimbrel.core.words import say

from .. import keyboard, preferences, profile, queries, views
from ..auth import access_page
from ..profile import Changes
from ..rules import Viewer

APPEARANCE = "/settings/appearance"
LETTERS = f"{APPEARANCE}/keys"
PRIVACY = "/settings/privacy"
_SAVED = say("Saved.")
_CHOICES = ("theme", "contrast", "size", "density", "motion", "counts", "media", "older")
_TICKS = ("spoilers", "keys", "nudge", "home")
_REACH = ("locked", "discoverable", "indexable", "hide_collections", "sensitive")


async def _appearance(db: Db, viewer: Viewer, scope: Scope, status: int = 200, **more: Any) -> Html:
    reader = await db.read(views.reader, of(scope), viewer)
    given = {**reader, "form": views.prefers(scope), "path": APPEARANCE, **more}
    return views.answer(scope, "settings_appearance.html", status, **given)


@get(APPEARANCE, opt=access_page(signed_in=True))
async def show_appearance(
    db: NamedDependency[Db],
    viewer: NamedDependency[Viewer],
    params: NamedDependency[Params],
    scope: Scope,
) -> Html:
    """The form, with what is chosen."""
    return await _appearance(db, viewer, scope, notice=_SAVED if params.get("done") else "")


@post(APPEARANCE, status_code=200, opt=access_page(signed_in=True))
async def save_appearance(
    db: NamedDependency[Db],
    viewer: NamedDependency[Viewer],
    params: NamedDependency[Params],
    scope: Scope,
) -> Response[bytes]:
    """Pages look so from now on, in every browser of theirs."""
    chosen: dict[str, str | bool] = {name: params.text(name) for name in _CHOICES if name in params}
    ticked = {name: params.flag(name) for name in _TICKS}
    try:
        await db.write(_choose, viewer, {**chosen, **ticked})
    except Invalid as error:
        return await _appearance(db, viewer, scope, 422, error=str(error))
    return Redirect(f"{APPEARANCE}?done=1")


async def _letters(db: Db, viewer: Viewer, scope: Scope, status: int = 200, **more: Any) -> Html:
    reader = await db.read(views.reader, of(scope), viewer)
    form, words = views.prefers(scope).mine(), keyboard.WORDS
    given = {**reader, "form": form, "letters": words, "path": APPEARANCE, **more}
    return views.answer(scope, "settings_letters.html", status, **given)


@get(LETTERS, opt=access_page(signed_in=True))
async def show_letters(
    db: NamedDependency[Db],
    viewer: NamedDependency[Viewer],
    params: NamedDependency[Params],
    scope: Scope,
) -> Html:
    """The form, with the letters there are."""
    return await _letters(db, viewer, scope, notice=_SAVED if params.get("done") else "")


@post(LETTERS, status_code=200, opt=access_page(signed_in=True))
async def save_letters(
    db: NamedDependency[Db],
    viewer: NamedDependency[Viewer],
    params: NamedDependency[Params],
    scope: Scope,
) -> Response[bytes]:
    """Letters do so from now on, in every browser of theirs."""
    usual = params.flag("usual")
    wanted = {} if usual else {letter: params.text(letter) for letter in keyboard.WORDS}
    try:
        await db.write(_choose, viewer, {"letters": keyboard.written(wanted)})
    except Invalid as error:
        errors = views.faults(error)
        return await _letters(db, viewer, scope, 422, form=wanted, errors=errors, error=str(error))
    return Redirect(f"{LETTERS}?done=1")


@post("/settings/theme", status_code=204, opt=access_page(signed_in=True))
async def save_theme(
    db: NamedDependency[Db], viewer: NamedDependency[Viewer], params: NamedDependency[Params]
) -> None:
    """Light or dark alone, as the key for it says. Raises Invalid: no such theme."""
    await db.write(_choose, viewer, {"theme": params.text("theme")})


def _choose(tx: Tx, viewer: Viewer, changes: dict[str, str | bool]) -> None:
    preferences.choose(tx, viewer, **changes)


async def _privacy(db: Db, viewer: Viewer, scope: Scope, status: int = 200, **more: Any) -> Html:
    def found(tx: Tx) -> dict[str, Any]:
        mine, usual = queries.by_id(tx, viewer.id), queries.profile.defaults(tx, viewer.id)
        form = {name: getattr(mine, name) for name in _REACH[:-1]}
        form |= {"sensitive": usual.sensitive, "visibility": usual.visibility}
        form |= {"quote_policy": usual.quote_policy, "language": usual.language or ""}
        return {**views.reader(tx, of(scope), viewer), "form": form, "languages": LANGUAGES}

    given = {**await db.read(found), "path": PRIVACY, **more}
    return views.answer(scope, "settings_privacy.html", status, **given)


@get(PRIVACY, opt=access_page(signed_in=True))
async def show_privacy(
    db: NamedDependency[Db],
    viewer: NamedDependency[Viewer],
    params: NamedDependency[Params],
    scope: Scope,
) -> Html:
    """The form, with what is chosen."""
    return await _privacy(db, viewer, scope, notice=_SAVED if params.get("done") else "")


@post(PRIVACY, status_code=200, opt=access_page(signed_in=True))
async def save_privacy(
    db: NamedDependency[Db],
    viewer: NamedDependency[Viewer],
    params: NamedDependency[Params],
    scope: Scope,
) -> Response[bytes]:
    """From now on; posts that are there stay as they are."""
    form: dict[str, Any] = {name: params.flag(name) for name in _REACH}
    form |= {name: params.text(name) for name in ("visibility", "quote_policy", "language")}
    try:
        await db.write(profile.update, viewer, Params(form).to(Changes))
    except Invalid as error:
        errors = views.faults(error)
        said = "" if errors else str(error)
        return await _privacy(db, viewer, scope, 422, form=form, errors=errors, error=said)
    return Redirect(f"{PRIVACY}?done=1")


ROUTES: list[Any] = [
    *(show_appearance, save_appearance, show_letters, save_letters, save_theme),
    *(show_privacy, save_privacy),
]
