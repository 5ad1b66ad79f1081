"""Mastodon's Status as bytes, a page of twenty in microseconds.

A row of `queries.cards` says what to show in which revision; the bytes of that revision come from a
bounded cache in this process or are made anew (`render`), and the numbers and the viewer's own
marks are put into their holes. The row is always asked first, so the bytes of an erased post, or of
one the viewer may not see, are never reached."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import msgspec

from whimbrel.accounts import serialize as faces
from whimbrel.accounts.rules import Viewer
from whimbrel.core.cache import Cache, Gone, Key
from whimbrel.core.errors import NotFound
from whimbrel.core.tx import Tx
from whimbrel.media import links

from . import ends, queries
from .queries import quotes
from .render import Labelled, Rendered, render, shortcodes
from .rules import Approval, QuoteState

TEMPLATE_BYTES, WHOLE_BYTES, DONE_BYTES, PLAIN_BYTES = 20 << 20, 28 << 20, 20 << 20, 8 << 20
Row = tuple[Any, ...]  # a `queries.Card`, perhaps with more behind it

_CARD, _PLAIN = queries.CARD, queries.PLAIN


class Whole(NamedTuple):
    """A status with its numbers, up to where viewers differ: its end; of a boost what it repeats,
    and the end after that."""

    head: bytes
    poll: Rendered | None  # set where there is one
    words: str
    approval: Approval
    quotes: bool
    gaps: bool  # links to files have to be put in, for each reader others (`media.links`)
    labelled: Labelled | None  # with the head that it has without its label
    moves: bool  # the bytes are others with a clock, or with what stands between two people


Pair = tuple[Whole | None, Whole | None]  # the boost, and the status itself


def _about(key: Key, made: Any, gone: Gone) -> bool:
    return gone.in_key(key)


_templates: Cache[Rendered] = Cache(
    TEMPLATE_BYTES, lambda made: len(made.template) + 2 * len(made.words), _about
)
_wholes: Cache[Whole] = Cache(  # words are the template's
    WHOLE_BYTES, lambda made: len(made.head), _about
)
# By card: nothing in it but what the card says.
_done: Cache[bytes] = Cache(DONE_BYTES, len, _about)
# The same by plain card, of the signed in.
_plain: Cache[bytes] = Cache(PLAIN_BYTES, lambda made: 0, _about)


def page(
    tx: Tx, viewer: Viewer, rows: Sequence[Row], filtered: Mapping[int, bytes] | None = None
) -> bytes:
    """A JSON array of the posts of `rows`, in their order; see `listed`."""
    return array(listed(tx, viewer, rows, filtered))


def listed(
    tx: Tx, viewer: Viewer, rows: Sequence[Row], filtered: Mapping[int, bytes] | None = None
) -> list[bytes]:
    """The posts of `rows`, in their order.

    Args:
        rows: of `queries.cards`, asked for this viewer.
        filtered: post id (the original's, for a boost) to the JSON of its `filtered`.
    """
    rows = _for(viewer, rows)
    if filtered:
        done = _done.all([_told_key(row, filtered) for row in rows])
    else:
        done = _done.all([row[:_CARD] for row in rows])
    if None not in done:
        return done  # type: ignore[return-value]
    return list(statuses(tx, viewer, rows, filtered).values())


def _told_key(row: Row, filtered: Mapping[int, bytes]) -> Key:
    """By which a finished status is kept: its card, and what the reader's filters say of it."""
    matched = filtered.get(subject(row))
    return row[:_CARD] if matched is None else (*row[:_CARD], matched)


def plain(tx: Tx, viewer: Viewer, rows: Sequence[Row]) -> list[bytes]:
    """The same one by one, of rows that begin with a `queries.plain_card`: for very long pages,
    of which each column of each row costs something. What stands behind the card is no part of the
    key: it differs from reader to reader, and what is kept is shared."""
    keys = [row[:_PLAIN] for row in rows]
    done = _plain.all(keys) if viewer.account is not None else [None]
    if all(done):
        return done  # type: ignore[return-value]
    cards = [queries.full_card(*key) for key in keys]
    made = statuses(tx, viewer, cards)
    for key, card in zip(keys, cards, strict=True):
        if viewer.account is not None and lasts(card) and card[0] in made:
            _plain.put(key, made[card[0]])
    return list(made.values())


def array(parts: Iterable[bytes], before: bytes = b"[", after: bytes = b"]") -> bytes:
    """A JSON array of what is JSON already, between `before` and `after`; each byte is copied once,
    for it may be a megabyte."""
    pieces = [*parts] or [b""]
    pieces[0] = before + pieces[0]
    pieces[-1] += after
    return b",".join(pieces)


def statuses(
    tx: Tx,
    viewer: Viewer,
    rows: Sequence[Row],
    filtered: Mapping[int, bytes] | None = None,
    *,
    inside: bool = False,
) -> dict[int, bytes]:
    """Post id to its status, in the order of `rows`; as `page`.

    Args:
        inside: they are shown inside others, that quote them: what they quote is only named.
    """
    told = filtered or {}
    rows = _for(viewer, rows)
    known = {row[0]: _done.get(_told_key(row, told)) for row in rows}
    missing = [row for row in rows if known[row[0]] is None]
    made = {**known, **_anew(tx, viewer, missing, told, inside)} if missing else known
    return {post: status for post, status in made.items() if status is not None}


def _anew(
    tx: Tx, viewer: Viewer, rows: Sequence[Row], told: Mapping[int, bytes], inside: bool
) -> dict[int, bytes]:
    """The statuses of these rows, put together and kept; those that were erased are left out."""
    made: dict[int, bytes] = {}
    pairs = _found(tx, rows)
    moving = {
        subject(row): whole
        for row, (_, whole) in zip(rows, pairs, strict=True)
        if whole is not None and whole.moves
    }
    quoted = _quoted(tx, viewer, [id_ for id_, whole in moving.items() if whole.quotes], inside)
    followed = _followed(tx, viewer, moving)
    for row, (outer, whole) in zip(rows, pairs, strict=True):
        if whole is None:  # erased since the row was read
            continue
        id_ = subject(row)
        matched, approval = told.get(id_), whole.approval
        if id_ in followed:
            approval = Approval.FOLLOWED
        quote = quoted[id_] if whole.quotes else b""
        last, end = _ends(row[6], whole, approval, quote, matched, tx.ms)
        head = whole.head
        if whole.labelled is not None and ends.shows(matched):
            head = whole.labelled.bare
        if whole.gaps and viewer.account is not None:
            head = links.filled(tx.keyring, head, viewer.account, tx.ms)
        status = head + last
        if outer is not None:
            status = b"".join((outer.head, status, end))
        made[row[0]] = status
        if not whole.moves and not tx.wrote:
            _done.put(_told_key(row, told), status)
    return made


def _quoted(tx: Tx, viewer: Viewer, posts: Sequence[int], inside: bool) -> dict[int, bytes]:
    """What these quote, as far as the viewer may see it: asked only where some do."""
    if not posts:
        return {}
    told = quotes.told(tx, viewer.id, posts)
    asked = [each.quoted for each in told.values() if each.state is QuoteState.ACCEPTED]
    rows = queries.cards_of(tx, viewer, [id_ for id_ in asked if id_ is not None])
    shown: Mapping[int, bytes]
    if inside:
        name, shown = "quoted_status_id", {row[0]: b'"%d"' % row[0] for row in rows}
    else:
        name, shown = "quoted_status", statuses(tx, viewer, rows, inside=True)
    return {post: ends.quote(told.get(post), shown, name) for post in posts}


def _followed(tx: Tx, viewer: Viewer, moving: Mapping[int, Whole]) -> set[int]:
    """Those that followers may quote, of whom the viewer is one."""
    asked = [id_ for id_, whole in moving.items() if whole.approval is Approval.FOLLOWERS]
    if not asked or viewer.account is None:
        return set()
    return quotes.followed(tx, viewer.id, asked)


def _for(viewer: Viewer, rows: Sequence[Row]) -> Sequence[Row]:
    """Strangers have no marks, even where the statement asked for those of nobody."""
    if viewer.account is None and rows and rows[0][6] != queries.STRANGER:
        return [(*row[:6], queries.STRANGER) for row in rows]
    return rows


def lasts(row: Row | None) -> bool:
    """Whether the status of this card was made before and changes only with the card: it has no
    clock in it, as a poll has. So is what has no post at all."""
    return row is None or _done.get(row[:_CARD]) is not None


def subject(row: Row) -> int:
    """The id of the post, or of what it repeats if it is a boost."""
    found: int = row[0] if row[3] is None else row[3]
    return found


def _ends(
    marks: int,
    whole: Whole,
    approval: Approval,
    quote: bytes,
    filtered: bytes | None,
    ms: int,
) -> tuple[bytes, bytes]:
    """What closes a status, and what closes a boost of it, in which no poll and no quote stands."""
    if marks == queries.STRANGER:
        end = ends.STRANGERS[approval]
    elif whole.labelled is not None and not marks & queries.OWN:
        end = ends.end(approval, marks, ends.with_label(whole.labelled.told, filtered))
    elif filtered is None:
        end = ends.ENDS[approval][marks & ends.PLAIN]
    else:
        end = ends.end(approval, marks, filtered)
    last = quote + end if quote else end
    return last if whole.poll is None else ends.poll(whole.poll, marks, ms) + last, end


def _found(tx: Tx, rows: Sequence[Row]) -> list[Pair]:
    """For each row the boost, if it is one, and the status; (None, None) where it was erased.

    What the cache does not have costs one more statement, and one for emojis if any are used."""
    find = _wholes.get
    pairs: list[Pair] = []
    missing: list[int] = []
    for row in rows:
        outer = None
        if row[3] is None:
            whole = find(row[:3])
        else:
            outer, whole = find(row[:6]), find(row[3:6])
        if whole is None or (outer is None and row[3] is not None):
            missing.append(len(pairs))
        pairs.append((outer, whole))
    if missing:
        made = _made(tx, [rows[at] for at in missing])
        for at, pair in zip(missing, made, strict=True):
            pairs[at] = pair
    return pairs


def warm(tx: Tx, rows: Sequence[Row], people: Iterable[tuple[int, int]]) -> None:
    """Have at hand what `statuses` of `rows` and `accounts.serialize.finished` of `people` are
    going to need, in one statement where both would ask for themselves."""
    missing = [row for row in rows if _wholes.get(row[:3]) is None]
    others = faces.unfinished(people) if missing and not tx.wrote else []
    if others:
        _made(tx, missing, others)


def _made(tx: Tx, rows: Sequence[Row], others: Iterable[int] = ()) -> list[Pair]:
    """The same, made anew and kept. Args: `others` are people to be kept at hand, too."""
    ids = dict.fromkeys(id_ for row in rows for id_ in (row[0], row[3]) if id_ is not None)
    held: dict[Key, Rendered] = {}  # for the cache may let go of one while we are at it

    def known(revision: Key) -> bool:
        template = _templates.get(revision)
        if template is not None:
            held[revision] = template
        return template is not None

    found, met = queries.bodies(tx, ids, known, others)
    for person, stamp in met:
        faces.finish(tx, person, stamp)
    bodies = {body.post.id: body for body in found}
    codes: set[str] = set().union(*map(shortcodes, bodies.values()))
    emojis = queries.named_emojis(tx, codes) if codes else []
    for body in bodies.values():
        _hold(tx, body, emojis, held)
    pairs: list[Pair] = []
    for row in rows:
        inner, outer = bodies.get(subject(row)), bodies.get(row[0])
        if inner is None or outer is None:
            pairs.append((None, None))
            continue
        key = _key(inner)
        whole = _filled(tx, key, inner, inner, held)
        around = None if row[3] is None else _filled(tx, (*_key(outer), *key), outer, inner, held)
        pairs.append((around, whole))
    return pairs


def _key(body: queries.Body) -> Key:
    """What it goes by: the row may be a moment older and finds it too."""
    stamp, author_stamp = body.stamps
    return body.post.id, stamp, author_stamp


def _revision(body: queries.Body) -> Key:
    return body.post.id, body.post.rev, body.author.id, body.author.rev


def _hold(tx: Tx, body: queries.Body, emojis: Sequence[Any], held: dict[Key, Rendered]) -> None:
    """Make the template of a post whose words were opened, and keep it."""
    revision = _revision(body)
    if revision in held:
        return
    made = held[revision] = render(tx.instance, body, emojis, tx.ms)
    if not tx.wrote:  # rolled back, a revision's number would be used again for other words
        _templates.put(revision, made)


def _filled(
    tx: Tx, key: Key, body: queries.Body, subject: queries.Body, held: Mapping[Key, Rendered]
) -> Whole:
    """A status with its numbers, those of `subject` for a boost of it."""
    author, template = body.author, held[_revision(body)]
    last = faces.last_status(author.last_status_at)
    numbers = (author.followers, author.following, author.statuses, last)
    of = subject.post
    counts = (of.replies, of.boosts, of.favourites, of.quotes)
    ends = (b"",) if body is subject else (b"", b"")
    holes = (*numbers, *counts, *ends)
    head: bytes = template.template % holes
    approval, quotes_ = template.approval, template.quotes
    moves = template.has_poll or quotes_ or template.gaps or approval is Approval.FOLLOWERS
    poll_ = template if template.has_poll else None
    words, gaps, labelled = template.words, template.gaps, template.labelled
    if labelled is not None:
        labelled = labelled._replace(bare=labelled.bare % holes)
    made = Whole(head, poll_, words, approval, quotes_, gaps, labelled, moves)
    if not tx.wrote:
        _wholes.put(key, made)
    return made


def one(tx: Tx, viewer: Viewer, post: int, filtered: Mapping[int, bytes] | None = None) -> bytes:
    """One status. Raises NotFound: absent, erased, or not the viewer's to see."""
    return _only(statuses(tx, viewer, [queries.card_of(tx, viewer, post)], filtered))


def for_stream(tx: Tx, post: int) -> bytes:
    """One status without anybody's marks, for readers who were chosen before; links to its files
    may have to be filled in for each of them (`media.links`). Raises NotFound."""
    return _only(statuses(tx, Viewer(), [queries.card_for_all(tx, post)]))


def _only(done: dict[int, bytes]) -> bytes:
    for status in done.values():
        return status
    raise NotFound


def poll(tx: Tx, viewer: Viewer, post: int) -> bytes:
    """The poll of a post. Raises NotFound: not the viewer's to see, or there is none."""
    found = bytes(_read_poll(one(tx, viewer, post)).poll)
    if found == b"null":
        raise NotFound
    return found


class _Polled(msgspec.Struct):
    poll: msgspec.Raw


_read_poll = msgspec.json.Decoder(_Polled).decode


def ids(rows: Iterable[Row]) -> list[int]:
    """The posts of these cards, in order."""
    return [row[0] for row in rows]


def words(tx: Tx, rows: Sequence[Row]) -> dict[int, str]:
    """What filters look at: post id (the original's, for a boost) to all its words."""
    return {
        subject(row): whole.words
        for row, (_, whole) in zip(rows, _found(tx, rows), strict=True)
        if whole is not None
    }


def labels(tx: Tx, rows: Sequence[Row]) -> dict[int, Labelled]:
    """What the staff says of these, by the same ids."""
    pairs = zip(map(subject, rows), _found(tx, rows), strict=True)
    return {id_: made.labelled for id_, (_, made) in pairs if made and made.labelled}
