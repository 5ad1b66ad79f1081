"""What the staff tells everybody: rules, announcements, pictures of the place's own.

The rooms that keep them do not ask who may, for commands use them as well; here it is asked, and
written down."""

from pathlib import Path

from whimbrel.accounts.queries.emojis import Kept
from whimbrel.accounts.rules import Permission, Viewer
from whimbrel.core.app import App
from whimbrel.core.errors import Invalid, NotFound
from whimbrel.core.tx import Tx
from whimbrel.core.words import say
from whimbrel.instance import announcements, emojis, texts
from whimbrel.instance.rules import Announcement, Kind, Rule, is_day
from whimbrel.moderation.queries import decisions
from whimbrel.moderation.rules import require


def of_field(name: str, error: Invalid) -> Invalid:
    """The same refusal, said of a field of the form."""
    return Invalid(str(error), error.details or {name: [("ERR_INVALID", str(error))]})


# --- rules --------------------------------------------------------------------------------------


def rule(tx: Tx, viewer: Viewer, id_: int) -> tuple[int, Rule]:
    """A rule and its number, 1 = the first. Raises Forbidden, NotFound."""
    require(viewer, Permission.MANAGE_RULES)
    for number, each in enumerate(texts.rules(tx), 1):
        if each.id == id_:
            return number, each
    raise NotFound


def add_rule(tx: Tx, viewer: Viewer, text: str, hint: str) -> None:
    """A new rule, the last of them. Raises Forbidden, Invalid."""
    require(viewer, Permission.MANAGE_RULES)
    try:
        id_ = texts.add_rule(tx, text, hint)
    except Invalid as error:
        raise of_field("text", error) from None
    decisions.add(tx, viewer.id, "create", "rule", id_)


def change_rule(tx: Tx, viewer: Viewer, id_: int, text: str, hint: str) -> None:
    """Word a rule anew. Raises Forbidden, NotFound, Invalid."""
    number, _ = rule(tx, viewer, id_)
    try:
        texts.change_rule(tx, number, text=text, hint=hint)
    except Invalid as error:
        raise of_field("text", error) from None
    decisions.add(tx, viewer.id, "update", "rule", id_)


def move_rule(tx: Tx, viewer: Viewer, id_: int, by: int) -> None:
    """Let a rule stand higher (-1) or lower (1). Raises Forbidden, NotFound."""
    number, _ = rule(tx, viewer, id_)
    texts.change_rule(tx, number, position=max(1, number + by))
    decisions.add(tx, viewer.id, "move", "rule", id_)


def remove_rule(tx: Tx, viewer: Viewer, id_: int) -> None:
    """A rule holds no more. Raises Forbidden, NotFound."""
    number, _ = rule(tx, viewer, id_)
    texts.remove_rule(tx, number)
    decisions.add(tx, viewer.id, "destroy", "rule", id_)


# --- announcements ------------------------------------------------------------------------------


def announce(tx: Tx, viewer: Viewer, text: str, times: dict[str, str], *, all_day: bool) -> None:
    """Say something to everybody.

    Args:
        times: starts_at, ends_at, publish_at as `announcements.moment_of` reads them; "" = none.
    Raises:
        Forbidden, Invalid.
    Emits: as `announcements.publish`
    """
    require(viewer, Permission.MANAGE_ANNOUNCEMENTS)
    moments: dict[str, int | None] = {}
    for name, said in times.items():
        try:
            moments[name] = announcements.moment_of(said) if said else None
        except Invalid as error:
            raise of_field(name, error) from None
    try:
        made = announcements.publish(tx, text, all_day=all_day, **moments)
    except Invalid as error:
        timed = text.strip() and (all_day or moments.get("ends_at") is not None)
        raise of_field("ends_at" if timed else "text", error) from None
    decisions.add(tx, viewer.id, "create", "announcement", made.id)


def announced(tx: Tx, viewer: Viewer) -> list[Announcement]:
    """All of them, the last one first. Raises Forbidden."""
    require(viewer, Permission.MANAGE_ANNOUNCEMENTS)
    return announcements.everything(tx)[::-1]


def retract(tx: Tx, viewer: Viewer, id_: int) -> None:
    """Take one back. Raises Forbidden, NotFound."""
    require(viewer, Permission.MANAGE_ANNOUNCEMENTS)
    announcements.retract(tx, id_)
    decisions.add(tx, viewer.id, "destroy", "announcement", id_)


# --- emojis -------------------------------------------------------------------------------------


async def take_in(
    app: App, viewer: Viewer, shortcode: str, file: Path | None, category: str
) -> None:
    """Add a picture. Raises Forbidden, Invalid, Unavailable. Emits: as `emojis.take_in`"""
    require(viewer, Permission.MANAGE_CUSTOM_EMOJIS)
    try:
        await app.db.read(emojis.check_free, shortcode)
    except Invalid as error:
        raise of_field("shortcode", error) from None
    if file is None:
        said = say("Choose a picture.")
        raise Invalid(said, {"file": [("ERR_BLANK", said)]})
    try:
        await emojis.take_in(app, shortcode, file, category)
    except Invalid as error:
        raise of_field("file", error) from None
    await app.db.write(_note, viewer, "create", shortcode)


def disable(tx: Tx, viewer: Viewer, shortcode: str, *, off: bool) -> None:
    """Let one be used no more, or again. Raises Forbidden, NotFound. Emits: EmojisChanged"""
    require(viewer, Permission.MANAGE_CUSTOM_EMOJIS)
    emojis.disable(tx, shortcode, off)
    _note(tx, viewer, "disable" if off else "enable", shortcode)


def forget(tx: Tx, viewer: Viewer, shortcode: str) -> None:
    """Erase one. Raises Forbidden, NotFound. Emits: as `emojis.remove`"""
    require(viewer, Permission.MANAGE_CUSTOM_EMOJIS)
    _note(tx, viewer, "destroy", shortcode)
    emojis.remove(tx, shortcode)


def _note(tx: Tx, viewer: Viewer, action: str, shortcode: str) -> None:
    found = _kept(tx).get(shortcode)
    decisions.add(tx, viewer.id, action, "emoji", found.media if found else 0, detail=shortcode)


def _kept(tx: Tx) -> dict[str, Kept]:
    return {each.shortcode: each for each in emojis.everyone(tx)}


# --- long texts ---------------------------------------------------------------------------------


def text(tx: Tx, viewer: Viewer, kind: Kind, day: str) -> tuple[str, str, list[str]]:
    """The Markdown of a long text ("" where there is none), the day from which it holds, and the
    days from which there are others; of terms alone there is more than one.

    Args:
        day: of terms; "" = those that come last.
    Raises:
        Forbidden.
    """
    require(viewer, Permission.MANAGE_SETTINGS)
    days = sorted(texts.days(tx, "terms")) if kind == "terms" else []
    chosen = day if day in days else (days[-1] if days else "")
    if kind == "terms" and not days:
        return "", "", []
    try:
        return texts.source(tx, kind, chosen), chosen, days
    except NotFound:
        return "", chosen, days


def write_text(tx: Tx, viewer: Viewer, kind: Kind, markdown: str, day: str) -> None:
    """Put a long text in place of the one before. Raises Forbidden, Invalid."""
    require(viewer, Permission.MANAGE_SETTINGS)
    try:
        texts.write(tx, kind, markdown, day)
    except Invalid as error:
        raise of_field("text" if not day or is_day(day) else "day", error) from None
    decisions.add(tx, viewer.id, "update", "text", 0, detail=f"{kind} {day}".strip())


def forget_text(tx: Tx, viewer: Viewer, kind: Kind, day: str) -> None:
    """Take a long text away. Raises Forbidden, NotFound."""
    require(viewer, Permission.MANAGE_SETTINGS)
    texts.forget(tx, kind, day)
    decisions.add(tx, viewer.id, "destroy", "text", 0, detail=f"{kind} {day}".strip())
