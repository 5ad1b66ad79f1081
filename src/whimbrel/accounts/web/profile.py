"""Settings, profile: what everybody sees of one, and how it would look before it is saved."""

from collections.abc import Sequence
from itertools import zip_longest
from typing import Any

import msgspec
from litestar import get, post
from litestar.di import NamedDependency
from litestar.response import Response

from whimbrel.core.app import App, of
from whimbrel.core.db import Db
from whimbrel.core.errors import Invalid
from whimbrel.core.http import Html, Params, Redirect, Scope
from whimbrel.core.pages import account_for_page
from whimbrel.core.tx import Tx
from whimbrel.core.words import say
from whimbrel.media import upload
from whimbrel.media.rules import Purpose

from .. import profile, queries, serialize, views
from ..auth import access_page
from ..profile import Changes, FieldDraft
from ..rules import Account, Viewer

PATH = "/settings/profile"
_SAVED = say("Your profile is saved.")
Row = tuple[str, str, int | None]  # name, value, verified at
_PICTURES: tuple[Purpose, ...] = ("avatar", "header")


def _rows(fields: Sequence[Row], most: int) -> list[Row]:
    """As many as there may be, the last ones blank."""
    blank: Row = ("", "", None)
    return [*fields, *[blank] * (most - len(fields))]


def _as_stored(mine: Account, most: int) -> dict[str, Any]:
    fields = [(field.name, field.value, field.verified_at) for field in mine.fields]
    return {
        "display_name": mine.display_name,
        "note": mine.note,
        "bot": mine.bot,
        "attribution_domains": "\n".join(mine.attribution_domains),
        "rows": _rows(fields, most),
    }


def _as_sent(params: Params, most: int) -> dict[str, Any]:
    names, values = params.list("field_name"), params.list("field_value")
    sent = [(name, value, None) for name, value in zip_longest(names, values, fillvalue="")]
    return {
        "display_name": params.text("display_name"),
        "note": params.text("note").replace("\r\n", "\n"),
        "bot": params.flag("bot"),
        "attribution_domains": params.text("attribution_domains").replace("\r\n", "\n"),
        "rows": _rows(sent, most),
    }


def _changes(form: dict[str, Any]) -> Changes:
    return Changes(
        display_name=form["display_name"],
        note=form["note"],
        bot=form["bot"],
        attribution_domains=tuple(form["attribution_domains"].split()),
        fields=tuple(FieldDraft(name=name, value=value) for name, value, _ in form["rows"]),
    )


async def _page(db: Db, viewer: Viewer, scope: Scope, status: int = 200, **more: Any) -> Html:
    def found(tx: Tx) -> dict[str, Any]:
        mine = queries.by_id(tx, viewer.id)
        return {
            **views.reader(tx, of(scope), viewer),
            "form": _as_stored(mine, tx.instance.profile_fields),
            "worn": {"avatar": mine.avatar is not None, "header": mine.header is not None},
            "preview": None,
        }

    given = {**await db.read(found), "path": PATH, **more}
    return views.answer(scope, "settings_profile.html", status, **given)


@get(PATH, opt=access_page(signed_in=True))
async def show(
    db: NamedDependency[Db],
    viewer: NamedDependency[Viewer],
    params: NamedDependency[Params],
    scope: Scope,
) -> Html:
    """The form, with what is there."""
    return await _page(db, viewer, scope, notice=_SAVED if params.get("done") else "")


@post(PATH, status_code=200, opt=access_page(signed_in=True))
async def save(
    app: NamedDependency[App],
    db: NamedDependency[Db],
    viewer: NamedDependency[Viewer],
    params: NamedDependency[Params],
    scope: Scope,
) -> Response[bytes]:
    """Change the profile; with `do=preview` only show it as it would be.

    A picture that cannot be taken leaves everything as it was.
    """
    form = _as_sent(params, app.instance.profile_fields)
    try:
        if params.text("do") == "preview":
            seen = await db.read(_preview, viewer, _changes(form))
            return await _page(db, viewer, scope, form=form, preview=seen)
        pictures = {name: await _picture(app, db, viewer, params, name) for name in _PICTURES}
        changes = msgspec.structs.replace(_changes(form), **pictures)
        await db.write(profile.update, viewer, changes)
    except Invalid as error:
        errors = views.faults(error)
        said = "" if errors else str(error)
        return await _page(db, viewer, scope, 422, form=form, errors=errors, error=said)
    return Redirect(f"{PATH}?done=1")


def _preview(tx: Tx, viewer: Viewer, changes: Changes) -> dict[str, Any]:
    seen = profile.preview(tx, viewer, changes)
    return account_for_page(msgspec.json.decode(serialize.unsaved(tx.instance, seen)))


async def _picture(app: App, db: Db, viewer: Viewer, params: Params, purpose: Purpose) -> Any:
    """The token of a new one, None to take it off, or unset. Raises Invalid, told under its own
    field."""
    sent = params.upload(purpose)
    if sent is None:
        return None if params.flag(f"remove_{purpose}") else msgspec.UNSET
    mine = await db.read(queries.by_id, viewer.id)
    try:
        return await upload.picture(app, mine.id, mine.slot, sent, purpose)
    except Invalid as error:
        raise Invalid(str(error), {purpose: [("ERR_INVALID", str(error))]}) from None


ROUTES: list[Any] = [show, save]
