"""One status: written, changed, erased; its source. What is told of it to a reader has been looked
through by their filters, which are a floor above."""

from datetime import datetime
from typing import Any

import msgspec
from litestar import delete, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath

from whimbrel.accounts.auth import access, answer_lines, enter
from whimbrel.accounts.rules import Viewer
from whimbrel.core.app import App, of
from whimbrel.core.db import Db
from whimbrel.core.errors import Invalid
from whimbrel.core.http import Json, Params, Receive, Scope, Send, header, send_whole
from whimbrel.core.ids import id_of
from whimbrel.core.received import received
from whimbrel.core.tx import Tx

from .. import delete as erasing
from .. import queries, schedule, serialize, strangers
from ..edit import edit
from ..publish import publish
from ..rules import (
    QUOTE_POLICY,
    VISIBILITY,
    Described,
    Draft,
    PollDraft,
    QuotePolicy,
    Visibility,
)

ALL, ONE = "/api/v1/statuses", "/api/v1/statuses/{id_:str}"
_WRITE = access("write:statuses")
PUBLIC = access("read:statuses", token="optional", strangers="post")  # noqa: S106 (no password)


class PollWanted(msgspec.Struct, kw_only=True):
    """`poll` of a status as apps send it."""

    options: list[str] = []
    expires_in: int = 0
    multiple: bool = False
    hide_totals: bool = False


class MediaWanted(msgspec.Struct, kw_only=True):
    """A row of `media_attributes`."""

    id: str = ""
    description: str | None = None
    focus: str | None = None


class StatusWanted(msgspec.Struct, kw_only=True):
    """The body of POST and PUT as apps send it."""

    status: str = ""
    media_ids: list[str] = []
    media_attributes: list[MediaWanted] = []
    poll: PollWanted | None = None
    in_reply_to_id: str | None = None
    sensitive: bool | None = None
    spoiler_text: str = ""
    visibility: str | None = None
    language: str | None = None
    scheduled_at: datetime | None = None  # of POST alone
    quoted_status_id: str | None = None  # of POST alone
    quote_approval_policy: str | None = None


def visibility_of(word: str | None) -> Visibility | None:
    """Raises Invalid for a word that is none."""
    if not word:
        return None
    if word not in VISIBILITY:
        said = "is not public, unlisted, private or direct"
        raise Invalid(
            f"Validation failed: Visibility {said}", {"visibility": [("ERR_INVALID", said)]}
        )
    return VISIBILITY[word]


def policy_of(word: str | None) -> QuotePolicy | None:
    """Raises Invalid for a word that is none."""
    if not word:
        return None
    if word not in QUOTE_POLICY:
        said = "is not public, followers or nobody"
        raise Invalid(
            f"Validation failed: Quote approval policy {said}",
            {"quote_approval_policy": [("ERR_INVALID", said)]},
        )
    return QUOTE_POLICY[word]


def draft_of(wanted: StatusWanted, key: str | None = None) -> Draft:
    """The draft that an app means."""
    poll = wanted.poll
    return Draft(
        text=wanted.status,
        spoiler=wanted.spoiler_text,
        sensitive=wanted.sensitive,
        language=wanted.language,
        visibility=visibility_of(wanted.visibility),
        reply_to=id_of(wanted.in_reply_to_id) if wanted.in_reply_to_id else None,
        media=tuple(id_of(each) for each in wanted.media_ids if each),
        described=tuple(
            Described(id=id_of(each.id), description=each.description, focus=each.focus)
            for each in wanted.media_attributes
        ),
        poll=None
        if poll is None or not poll.options
        else PollDraft(
            options=tuple(poll.options),
            expires_in=poll.expires_in,
            multiple=poll.multiple,
            hide_totals=poll.hide_totals,
        ),
        quoted=id_of(wanted.quoted_status_id) if wanted.quoted_status_id else None,
        quote_policy=policy_of(wanted.quote_approval_policy),
        idempotency_key=key,
    )


@post(ALL, status_code=200, opt=_WRITE)
async def create(
    db: NamedDependency[Db],
    viewer: NamedDependency[Viewer],
    params: NamedDependency[Params],
    scope: Scope,
) -> Json:
    """Write. The same Idempotency-Key within an hour answers with the first status. With a time
    that is to come, it waits until then."""
    return Json(await _created(db, viewer, params, scope))


async def hot_create(scope: Scope, receive: Receive, send: Send) -> None:
    """The same, by a raw ASGI handler."""
    viewer = await enter(scope, _WRITE["access"])
    params = await received(scope, receive)
    body = await _created(of(scope).db, viewer, params, scope)
    await send_whole(send, body, answer_lines(scope))


async def _created(db: Db, viewer: Viewer, params: Params, scope: Scope) -> bytes:
    key = header(scope, b"idempotency-key")
    wanted = params.to(StatusWanted)
    draft, at = draft_of(wanted, key.decode("latin-1") if key else None), wanted.scheduled_at
    await strangers.meet(of(scope), viewer, draft.text)

    def written(tx: Tx) -> bytes:
        if at is not None and at > tx.now:
            waits = schedule.entities(tx, [schedule.schedule(tx, viewer, draft, at)])[0]
            return msgspec.json.encode(waits)
        return serialize.one(tx, viewer, publish(tx, viewer, draft).id)

    return await db.write(written)


@put(ONE, opt=access("write:statuses"))
async def change(
    app: NamedDependency[App],
    db: NamedDependency[Db],
    viewer: NamedDependency[Viewer],
    params: NamedDependency[Params],
    id_: FromPath[str],
) -> Json:
    """Edit."""
    draft = draft_of(params.to(StatusWanted))
    await strangers.meet(app, viewer, draft.text)

    def edited(tx: Tx) -> bytes:
        return serialize.one(tx, viewer, edit(tx, viewer, id_of(id_), draft).id)

    return Json(await db.write(edited))


@delete(ONE, status_code=200, opt=access("write:statuses", rate="delete"))
async def remove(
    db: NamedDependency[Db],
    viewer: NamedDependency[Viewer],
    params: NamedDependency[Params],
    id_: FromPath[str],
) -> Json:
    """Erase; the answer has what it takes to write it again."""
    with_media = params.flag("delete_media")
    deleted = await db.write(erasing.delete, viewer, id_of(id_), with_media)
    return Json(deleted.status)


@get(f"{ONE}/source", opt=access("read:statuses"))
async def source(
    db: NamedDependency[Db], viewer: NamedDependency[Viewer], id_: FromPath[str]
) -> Json:
    """The words as they were written."""
    found = await db.read(queries.visible_post, viewer, id_of(id_))
    content = found.content
    return Json(
        {
            "id": str(found.id),
            "text": content.text if content else "",
            "spoiler_text": content.spoiler if content else "",
        }
    )


ROUTES: list[Any] = [create, change, remove, source]
HOT_POST: dict[str, Any] = {ALL: hot_create}
