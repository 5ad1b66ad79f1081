"""The form for writing: what somebody typed, read, checked field by field, and shown again."""

import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from whimbrel.accounts import views
from whimbrel.accounts.rules import is_language
from whimbrel.core.errors import Invalid, WhimbrelError
from whimbrel.core.http import Params, Upload
from whimbrel.core.ids import id_of
from whimbrel.core.settings import Instance
from whimbrel.core.text import count, tidy
from whimbrel.core.words import say
from whimbrel.media.rules import MediaRow, checked_alt, focus_of

from ..rules import (
    QUOTE_POLICY,
    VISIBILITY,
    Described,
    Draft,
    PollDraft,
    Unfinished,
    check_poll,
)

MOST_FILES = 32  # of a form; how many a post may have is told by the action
EXCERPT = 400  # characters of what is too much
LONG = 20_000  # characters in which its beginning is looked for
DAY = 86_400  # seconds
_ORDER = 10_000
_FIELDS = {"text": "status", "description": "files", "file": "files", "media": "files"}
_PREFIX = re.compile(r"^Validation failed: ")


@contextmanager
def at(field: str) -> Iterator[None]:
    """What goes wrong within is told at this field."""
    try:
        yield
    except WhimbrelError as error:
        if isinstance(error, Invalid) and error.details:
            raise
        said = _PREFIX.sub("", str(error))
        raise Invalid(said, {field: [("ERR_INVALID", said)]}) from error


def faults(error: Invalid) -> dict[str, str]:
    """What is wrong, by the form's fields; what belongs to none stands at the words."""
    return views.faults(error, _FIELDS) or {"status": _PREFIX.sub("", str(error))}


# ----------------------------------------------------------------------------- reading it


def uploads(params: Params) -> list[Upload]:
    """The files that were chosen. Raises Invalid: text where a file should be."""
    one, many = params.upload("file"), params.get("files") or []
    chosen = [] if one is None else [one]
    for each in many if isinstance(many, list) else [many]:
        if not isinstance(each, Upload):
            raise Invalid(say("Choose a file."), {"files": [("ERR_INVALID", say("is not a file"))]})
        chosen.append(each)
    return chosen


def read(params: Params) -> Unfinished:
    """Everything that was typed, as it was typed. Files that were ticked to go are left out."""
    media = _media(params)
    return Unfinished(
        text=_text(params).replace("\r\n", "\n"),
        spoiler=params.text("spoiler_text"),
        sensitive=params.flag("sensitive"),
        language=params.text("language"),
        visibility=params.text("visibility"),
        reply_to=_id(params, "in_reply_to_id"),
        quoted=_id(params, "quoted_status_id"),
        quote_policy=params.text("quote_approval_policy"),
        media=tuple(each.id for each in media),
        described=tuple(media),
        options=tuple(params.list("options")),
        expires_in=params.text("expires_in"),
        multiple=params.flag("multiple"),
        hide_totals=params.flag("hide_totals"),
        scheduled_at=params.text("scheduled_at"),
        edits=_id(params, "edits"),
        replaces=_id(params, "replaces"),
    )


def overrun(instance: Instance, given: Unfinished) -> str:
    """The end of the text that does not fit any more; of much, its beginning."""
    text, most = tidy(given.text), instance.post_chars
    spoiler = tidy(given.spoiler)
    if len(text) + len(spoiler) <= most or count(text, spoiler) <= most:
        return ""
    reach = range(min(len(text), LONG))
    fits = bisect_right(reach, most, key=lambda end: count(text[:end], spoiler)) - 1
    over = text[max(fits, 0) :]
    return over if len(over) <= EXCERPT else f"{over[:EXCERPT]}…"


def place(text: str) -> int:
    """Which post of a thread is meant."""
    return int(text) if text.isdecimal() and len(text) < 4 else 0


def _text(params: Params) -> str:
    """What was typed, or what another app on the device hands over to be written about."""
    if "status" in params:
        return params.text("status")
    given = dict.fromkeys(params.text(name).strip() for name in ("title", "text", "url"))
    return "\n".join(filter(None, given))


def _id(params: Params, name: str) -> int | None:
    text = params.text(name)
    return id_of(text) if text else None


def _media(params: Params) -> list[Described]:
    """Files that came with an earlier step, in the order that the numbers beside them say."""
    given = params.get("media")
    rows = list(given.items()) if isinstance(given, Mapping) else []
    fields = [
        (name.removeprefix("m"), {key: str(value) for key, value in row.items()})
        for name, row in rows[:MOST_FILES]
        if isinstance(row, Mapping)
    ]
    kept = [(id_, row) for id_, row in fields if not row.get("remove")]
    kept.sort(key=lambda pair: int(found) if (found := pair[1].get("at", "")).isdecimal() else 99)
    return [
        Described(
            id=id_of(id_),
            description=row.get("description", ""),
            focus=row.get("focus") or f"{row.get('x') or '0'},{row.get('y') or '0'}",
        )
        for id_, row in kept
    ]


# ----------------------------------------------------------------------------- what it means


def draft_of(instance: Instance, form: Unfinished, once: str | None) -> Draft:
    """The post that is meant.

    Raises:
        Invalid: with the field in `details`.
    """
    if form.visibility and form.visibility not in VISIBILITY:
        raise Invalid(say("Choose who may read it."), {"visibility": [("ERR", say("choose one"))]})
    if form.language and not is_language(form.language):
        raise Invalid(say("Choose a language."), {"language": [("ERR", say("choose one"))]})
    for each in form.described:
        with at("files"):
            checked_alt(each.description or "", instance.alt_chars)
            focus_of(each.focus or "0,0")
    return Draft(
        text=form.text,
        spoiler=form.spoiler,
        sensitive=form.sensitive or None,
        language=form.language or None,
        visibility=VISIBILITY.get(form.visibility),
        reply_to=form.reply_to,
        media=form.media,
        described=form.described,
        poll=_poll(instance, form),
        quoted=form.quoted,
        quote_policy=QUOTE_POLICY.get(form.quote_policy),
        idempotency_key=once,
    )


def _poll(instance: Instance, form: Unfinished) -> PollDraft | None:
    options = tuple(tidy(option) for option in form.options if option.strip())
    if not options:
        return None
    keeps = form.edits is not None and not form.expires_in
    wanted = form.expires_in or str(DAY)
    poll = PollDraft(
        options=options,
        expires_in=int(wanted) if wanted.isdecimal() and len(wanted) < 10 else 0,
        multiple=form.multiple,
        hide_totals=form.hide_totals,
        keeps_end=keeps,
    )
    with at("poll"):
        check_poll(poll, instance.poll_options, instance.poll_option_chars)
    return poll


def time_of(form: Unfinished) -> datetime | None:
    """When it shall go out (UTC); None = now. Raises Invalid."""
    if not form.scheduled_at:
        return None
    try:
        return datetime.fromisoformat(form.scheduled_at).replace(tzinfo=UTC)
    except ValueError:
        raise Invalid(
            say("This is no date and time."),
            {"scheduled_at": [("ERR_INVALID", say("is no date and time"))]},
        ) from None


# ----------------------------------------------------------------------------- shown again


def shown(form: Unfinished) -> dict[str, Any]:
    """Its fields by the names that templates have for them."""
    return {
        "status": form.text,
        "spoiler_text": form.spoiler,
        "sensitive": "true" if form.sensitive else "",
        "language": form.language,
        "visibility": form.visibility,
        "quote_approval_policy": form.quote_policy,
        "options": list(form.options),
        "expires_in": form.expires_in,
        "multiple": form.multiple,
        "hide_totals": form.hide_totals,
        "scheduled_at": form.scheduled_at,
        "in_reply_to_id": form.reply_to,
        "quoted_status_id": form.quoted,
        "edits": form.edits,
        "replaces": form.replaces,
    }


def files(form: Unfinished, rows: Mapping[int, MediaRow], told: Sequence[Any]) -> list[Any]:
    """Its files as a page shows them: what was typed about one stands for what it says so far.

    Args:
        told: the MediaAttachment of each row, in order of `form.media`.
    """
    said = {each.id: each for each in form.described}
    out = []
    for entity in told:
        id_ = int(entity["id"])
        typed, row = said.get(id_), rows[id_]
        x, y = row.focus
        focus = (typed.focus if typed else None) or f"{x:g},{y:g}"
        words = row.alt if typed is None or typed.description is None else typed.description
        out.append(
            {
                **entity,
                "alt": words or "",
                "x": focus.partition(",")[0],
                "y": focus.partition(",")[2],
                "state": row.state,
            }
        )
    return out
