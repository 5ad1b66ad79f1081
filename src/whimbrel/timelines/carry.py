"""Taking along whom one follows, mutes and blocks, one's lists, bookmarks and filters; and bringing
them in, a slice at a time. What stands here already stays; what is not known here is counted and
passed over."""

import re
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any, Literal

from whimbrel.accounts import block, circles, domains, follow, mute, relationships
from whimbrel.accounts import queries as people
from whimbrel.accounts.queries import lists as pages
from whimbrel.accounts.queries.graph import Wish
from whimbrel.accounts.rules import Account, Viewer
from whimbrel.accounts.serialize import actor_uri
from whimbrel.core.errors import Conflict, Invalid, NotFound, WhimbrelError
from whimbrel.core.ids import MAX_ID, id_of, millis, new_id
from whimbrel.core.keyring import Shredded
from whimbrel.core.settings import Instance
from whimbrel.core.tx import Tx
from whimbrel.core.words import say
from whimbrel.posts import marks
from whimbrel.posts.rules import Mark

from . import filters, lists
from .events import ImportSlice
from .filters import FilterForm, KeywordForm
from .queries import carry as queries
from .queries.carry import Import, Open
from .rules import Window
from .sheets import Kind, Row, flag

SLICE = 50  # rows of a transaction
CHUNK = 500  # people read at once
SHOWN = 10  # imports that are told of

# What a post of ours is called: by people who copy its address, and by other servers.
_OURS = re.compile(r"/(?:@[^/]+|(?:ap/)?users/[^/]+/statuses)/([0-9]+)")

# --- out ------------------------------------------------------------------------------------------


def rows(tx: Tx, viewer: Viewer, kind: Kind) -> list[Row]:
    """All that the viewer takes along of one kind. Unbounded: for a slow read."""
    return list(_OUT[kind](tx, viewer))


def _follows(tx: Tx, viewer: Viewer) -> Iterator[Row]:
    for chunk in _chunks(tx, viewer, "following"):
        standing = {each.id: each for each in relationships.of(tx, viewer, [a.id for a in chunk])}
        for account in chunk:
            known = standing[str(account.id)]
            languages = " ".join(known.languages or ()) or None
            wish = Wish(known.showing_reblogs, known.notifying, languages)
            yield follow_row(tx.instance, account, wish)


def _mutes(tx: Tx, viewer: Viewer) -> Iterator[Row]:
    for chunk in _chunks(tx, viewer, "mutes"):
        standing = {each.id: each for each in relationships.of(tx, viewer, [a.id for a in chunk])}
        for account in chunk:
            hides = standing[str(account.id)].muting_notifications
            yield (address(tx.instance, account), _said(hides))


def _blocks(tx: Tx, viewer: Viewer) -> Iterator[Row]:
    for chunk in _chunks(tx, viewer, "blocks"):
        yield from ((address(tx.instance, account),) for account in chunk)


def _domains(tx: Tx, viewer: Viewer) -> Iterator[Row]:
    window = circles.Window(0, MAX_ID, ascending=False, most=domains.MOST)
    yield from ((row.domain,) for row in domains.mine(tx, viewer, window))


def _lists(tx: Tx, viewer: Viewer) -> Iterator[Row]:
    for each in lists.mine(tx, viewer):
        for account in lists.members(tx, viewer, int(each.id), Window(most=0)):
            yield (each.title, address(tx.instance, account))


def _bookmarks(tx: Tx, viewer: Viewer) -> Iterator[Row]:
    below = MAX_ID
    while found := queries.kept(tx, viewer.id, below, CHUNK):
        for each in found:
            yield (each.uri or f"{actor_uri(tx.instance, each.author)}/statuses/{each.post}",)
        below = found[-1].cursor


def _filters(tx: Tx, viewer: Viewer) -> Iterator[Row]:
    for each in filters.mine(tx, viewer):
        common = (" ".join(each.context), each.filter_action, each.expires_at or "")
        yield from ((each.title, w.keyword, _said(w.whole_word), *common) for w in each.keywords)


def _chunks(
    tx: Tx, viewer: Viewer, kind: Literal["following", "mutes", "blocks"]
) -> Iterator[list[Account]]:
    below = MAX_ID
    while found := pages.page(
        tx, kind, viewer.id, spared=0, low=0, high=below, most=CHUNK, ascending=False
    ):
        yield [row.account for row in found]
        below = found[-1].cursor


def follow_row(instance: Instance, account: Account, wish: Wish) -> Row:
    """Somebody followed, and how, as a row of a file."""
    languages = ", ".join((wish.languages or "").split())
    return (address(instance, account), _said(wish.reblogs), _said(wish.notify), languages)


def address(instance: Instance, account: Account) -> str:
    """What somebody is called in a file."""
    return f"{account.username}@{account.domain or instance.domain}"


def _said(value: bool) -> str:
    return "true" if value else "false"


_OUT: dict[Kind, Callable[[Tx, Viewer], Iterator[Row]]] = {
    "follows": _follows,
    "mutes": _mutes,
    "blocks": _blocks,
    "domain_blocks": _domains,
    "lists": _lists,
    "bookmarks": _bookmarks,
    "filters": _filters,
}

# --- in -------------------------------------------------------------------------------------------


def bring(tx: Tx, viewer: Viewer, kind: Kind, found: list[Row]) -> None:
    """Begin to bring in a file that was read.

    Raises:
        Conflict: another one is not done yet.
    Emits: ImportSlice
    """
    tx.emit(ImportSlice(import_=begin(tx, viewer, kind, found, len(found))))


def begin(tx: Tx, viewer: Viewer, kind: str, found: list[Row], total: int) -> int:
    """Keep what is to be brought in, `total` things of it; what it is called.

    Raises:
        Conflict: another one is not done yet.
    """
    tx.lock("imports", viewer.id)
    if any(each.going for each in queries.page(tx, viewer.id, SHOWN)):
        raise Conflict(say("Another file is still being brought in. Wait until it is done."))
    made = new_id(tx.now)
    queries.add(tx, made, viewer.id, kind, found, total)
    return made


def mine(tx: Tx, viewer: Viewer) -> list[Import]:
    """How far the viewer's files have come, the last one first."""
    return queries.page(tx, viewer.id, SHOWN)


def bring_slice(tx: Tx, event: ImportSlice) -> None:
    """Handler: the next rows of a file. Emits: ImportSlice, while there are more."""
    try:
        found = queries.open_(tx, event.import_)
    except Shredded:  # an account that is going
        return
    if found is None:
        return
    done = found.shown.done
    part = found.rows[done : done + SLICE]
    missed = sum(not _brought(tx, found, row) for row in part)
    queries.move(tx, found.shown.id, done + len(part), found.shown.missed + missed)
    if done + len(part) < len(found.rows):
        tx.emit(event)
    else:
        queries.end(tx, found.shown.id, found.slot)


def _brought(tx: Tx, found: Open, row: Row) -> bool:
    """Whether what a row asks for is so now."""
    tx.savepoint("imported")
    try:
        _IN[found.shown.kind](tx, Viewer(account=found.account), row)
    except WhimbrelError:  # nobody known here, or not to be had: they are counted
        tx.roll_back_to("imported")
        return False
    tx.release("imported")
    return True


def _known(tx: Tx, address: str) -> int:
    return people.by_handle(tx, address).id


def _follow(tx: Tx, viewer: Viewer, row: Row) -> None:
    address, boosts, notify, languages = row
    wanted = [code.strip() for code in languages.split(",") if code.strip()]
    follow.follow(
        tx,
        viewer,
        _known(tx, address),
        reblogs=flag(boosts, otherwise=True),
        notify=flag(notify, otherwise=False),
        languages=wanted or None,
    )


def _mute(tx: Tx, viewer: Viewer, row: Row) -> None:
    mute.mute(tx, viewer, _known(tx, row[0]), notifications=flag(row[1], otherwise=True))


def _block(tx: Tx, viewer: Viewer, row: Row) -> None:
    block.block(tx, viewer, _known(tx, row[0]))


def _block_domain(tx: Tx, viewer: Viewer, row: Row) -> None:
    domains.block(tx, viewer, row[0])


def _list(tx: Tx, viewer: Viewer, row: Row) -> None:
    title, address = row
    member = _known(tx, address)
    same = (each for each in lists.mine(tx, viewer) if each.title == title)
    into = next(same, None) or lists.create(tx, viewer, lists.ListForm(title=title))
    lists.add(tx, viewer, int(into.id), [member])


def _bookmark(tx: Tx, viewer: Viewer, row: Row) -> None:
    address, home = row[0], tx.instance.origin
    ours = _OURS.fullmatch(address, len(home)) if address.startswith(home) else None
    post = id_of(ours[1]) if ours else queries.named(tx, address)
    if post is None:
        raise NotFound
    marks.mark(tx, viewer, post, Mark.BOOKMARK)


def _filter(tx: Tx, viewer: Viewer, row: Row) -> None:
    title, word, whole, context, action, until = row
    said = KeywordForm(keyword=word, whole_word=flag(whole, otherwise=False))
    there = next((each for each in filters.mine(tx, viewer) if each.title == title), None)
    if there is None:
        form = FilterForm(
            title=title,
            context=context.split(),
            filter_action=action or None,
            expires_in=_left(tx, until),
            keywords_attributes=[said],
        )
        filters.create(tx, viewer, form)
    elif all(each.keyword != word for each in there.keywords):
        filters.add_keyword(tx, viewer, int(there.id), said)


def _left(tx: Tx, until: str) -> int | None:
    """Seconds until then; None where it has no end. Raises Invalid: no such moment."""
    if not until:
        return None
    try:
        return (millis(datetime.fromisoformat(until)) - tx.ms) // 1000
    except (ValueError, TypeError):
        raise Invalid(say("This is no date and time.")) from None


_IN: dict[str, Callable[[Tx, Viewer, Any], None]] = {
    "follows": _follow,
    "mutes": _mute,
    "blocks": _block,
    "domain_blocks": _block_domain,
    "lists": _list,
    "bookmarks": _bookmark,
    "filters": _filter,
}
