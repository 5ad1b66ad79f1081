"""Posts of other servers: written down like our own, so that homes, notifications, search and
streams need not know the difference. Whether they are genuine was found out before."""

from collections.abc import Sequence

import msgspec

from whimbrel.accounts.rules import Emoji, Viewer, shortcodes
from whimbrel.core.errors import Conflict, Forbidden, NotFound
from whimbrel.core.ids import moment, new_id
from whimbrel.core.keyring import Shredded
from whimbrel.core.tx import Tx
from whimbrel.media import away
from whimbrel.media import queries as uploads
from whimbrel.media.attach import attachment
from whimbrel.media.events import CopyMade
from whimbrel.media.rules import MediaRow

from . import links, poll, queries, quote
from .delete import let_go
from .events import PostEdited, PostPublished, PostTouched
from .publish import count_in
from .queries import acts, history, receiving, tags, writing
from .rules import OPEN, Arrived, Attachment, Mark, Post, Visibility

CLOCKS = 3_600_000  # ms by which the clock of its server may be ahead of ours
_TRIES = 5  # ids of one millisecond long ago: seldom two are alike


def receive(tx: Tx, arrived: Arrived, *, new: bool = True) -> int:
    """Write a post down; one that is here already stays as it is, and for whom it was.

    Args:
        new: it was just said; else it was only looked up, and nobody is told.
    Returns:
        Its id.
    Raises:
        NotFound: nobody who may say anything here wrote it.
    Emits: PostPublished, or PostTouched where nobody is told; LinkPosted
    """
    known = receiving.by_uri(tx, arrived.uri)
    if known is not None:
        return known
    author = receiving.author(tx, arrived.author)
    if author is None:
        raise NotFound
    made = away.rows(tx, arrived.author, author.slot, arrived.media)
    arrived = _with_pictures(tx, arrived, author, made)
    post = _add(tx, _post(tx, arrived, author), author.slot)
    if arrived.poll is not None and post.poll is not None:
        poll.open_elsewhere(tx, post.poll, post.id, arrived.poll)
    if arrived.quoted is not None:
        quote.arrive(tx, post, arrived.quoted, new=new)
    away.add(tx, made, arrived.media, post.id, shielded=post.visibility not in OPEN)
    writing.mention(tx, post.id, arrived.named)
    tags.put(tx, post.id, arrived.tags)
    count_in(tx, post, +1)
    if post.content is not None:
        links.ask(tx, post, links.first(post.content.text))
    if new:
        tx.emit(PostPublished(post=post.id, author=post.author))
    else:
        tx.emit(PostTouched(post=post.id))
    return post.id


def _with_pictures(
    tx: Tx, arrived: Arrived, author: receiving.Author, made: Sequence[MediaRow]
) -> Arrived:
    """With its files and emojis as they are shown here."""
    content = arrived.content
    words = "\n".join((content.html, content.spoiler, *content.options))
    wanted = {code: arrived.emojis[code] for code in shortcodes(words) & arrived.emojis.keys()}
    found = away.Worn(tx, arrived.author, author.slot).emojis(wanted) if wanted else {}
    content = msgspec.structs.replace(
        content,
        media=tuple(msgspec.convert(attachment(tx.instance, row), Attachment) for row in made),
        emojis=tuple(Emoji(code, token, "emoji") for code, token in sorted(found.items())),
    )
    return msgspec.structs.replace(arrived, content=content)


def _add(tx: Tx, post: Post, slot: int) -> Post:
    for _ in range(_TRIES):
        id_ = new_id(moment(post.at))
        thread = id_ if post.reply_to is None and post.thread == post.id else post.thread
        post = msgspec.structs.replace(post, id=id_, thread=thread)
        if receiving.add(tx, post, slot):
            return post
        if post.uri is not None and receiving.by_uri(tx, post.uri) is not None:
            break
    raise Conflict


def _post(tx: Tx, arrived: Arrived, author: receiving.Author) -> Post:
    parent = None if arrived.reply_to is None else receiving.parent(tx, arrived.reply_to)
    level = arrived.visibility
    if author.silenced and level is Visibility.PUBLIC:
        level = Visibility.UNLISTED
    return Post(
        id=0,
        author=arrived.author,
        uri=arrived.uri,
        url=arrived.url,
        visibility=level,
        reply_to=arrived.reply_to if parent else None,
        reply_to_author=parent[1] if parent else None,
        thread=parent[0] if parent else 0,
        poll=None if arrived.poll is None else new_id(tx.now),
        boost_of=None,
        content=arrived.content,
        quote_policy=arrived.quote_policy,
        slot=tx.slot(),
        sensitive=author.covered or arrived.sensitive,
        language=arrived.language,
        app=None,
        local=False,
        media_count=len(arrived.content.media),
        at=tx.ms if arrived.at is None else min(arrived.at, tx.ms),
        edited_at=arrived.edited_at,
        rev=1,
        replies=0,
        boosts=0,
        favourites=0,
    )


def revise(tx: Tx, arrived: Arrived) -> None:
    """Put what somebody says now in the place of what they said; what is older changes nothing but
    the numbers of a poll.

    Raises:
        NotFound: it is not here, somebody else's, or was written at another time.
    Emits: PostEdited, where something changed; TagsGone, LinkPosted
    """
    id_ = receiving.by_uri(tx, arrived.uri)
    author = receiving.author(tx, arrived.author)
    if id_ is None or author is None:
        raise NotFound
    tx.lock("post", id_)
    old = queries.any_post(tx, id_)
    before = old.content
    if old.author != arrived.author or before is None:
        raise NotFound
    if arrived.at is not None and abs(arrived.at - old.at) > CLOCKS:
        raise NotFound
    if arrived.edited_at is None or arrived.edited_at < (old.edited_at or old.at):
        if arrived.poll is not None:
            poll.recount(tx, old, arrived.poll)
        return
    if arrived.quote_policy is not old.quote_policy:
        writing.set_policy(tx, id_, arrived.quote_policy)
        old = msgspec.structs.replace(old, quote_policy=arrived.quote_policy, rev=old.rev + 1)
    shielded = old.visibility not in OPEN
    made = away.renew(tx, id_, old.author, author.slot, arrived.media, shielded=shielded)
    arrived = _with_pictures(tx, arrived, author, made)
    link = links.first(arrived.content.text)
    same_link = links.first(before.text) == link
    card = before.card if same_link else None
    new = msgspec.structs.replace(
        old,
        content=msgspec.structs.replace(arrived.content, card=card, quoted=before.quoted),
        sensitive=author.covered or arrived.sensitive,
        language=arrived.language or old.language,
        media_count=len(made),
        poll=poll.retell(tx, old, arrived.poll),
    )
    if new == old:
        return
    new = msgspec.structs.replace(new, slot=tx.slot(), edited_at=arrived.edited_at, rev=old.rev + 1)
    history.keep(tx, old.id)
    writing.change(tx, new, author.slot)
    writing.unmention(tx, id_)
    writing.mention(tx, id_, arrived.named)
    carried = tags.of_post(tx, id_)
    tags.take(tx, id_)
    tags.put(tx, id_, arrived.tags)
    let_go(tx, carried)
    if card is None:
        let_go(tx, links.drop(tx, id_))
        links.ask(tx, new, link)
    tx.emit(PostEdited(post=id_, author=old.author))


def show_as_it_is(tx: Tx, event: CopyMade) -> None:
    """Handler: a file of a post was looked at, and is not what was told of it."""
    tx.lock("post", event.post)
    row = uploads.by_ids(tx, [event.media]).get(event.media)
    try:
        post = queries.any_post(tx, event.post)
    except (NotFound, Shredded):
        return
    author = receiving.author(tx, post.author)
    if row is None or post.content is None or author is None:
        return
    shown = msgspec.convert(attachment(tx.instance, row), Attachment)
    media = tuple(shown if each.id == shown.id else each for each in post.content.media)
    content = msgspec.structs.replace(post.content, media=media)
    writing.change(tx, msgspec.structs.replace(post, content=content), author.slot)


def boost(tx: Tx, viewer: Viewer, post_id: int, level: Visibility, uri: str, at: int) -> None:
    """Somebody elsewhere boosts a post. Again: nothing happens.

    Args:
        level: of the boost.
        at: ms.
    Raises:
        NotFound: not theirs to see.
        Forbidden: for a few, and somebody else's.
    Emits: PostPublished, where it is new
    """
    subject = acts.subject(tx, viewer, post_id)
    author = receiving.author(tx, viewer.id)
    if author is None:
        raise NotFound
    if subject.visibility not in OPEN:
        if subject.author != viewer.account or subject.visibility >= Visibility.DIRECT:
            raise Forbidden
        level = Visibility.PRIVATE
    if author.silenced and level is Visibility.PUBLIC:
        level = Visibility.UNLISTED
    if receiving.by_uri(tx, uri) is not None:
        return
    if not acts.mark(tx, viewer.id, subject.id, Mark.BOOST):
        return
    post = _add(tx, _boost(viewer.id, subject.id, level, uri, at), 0)
    writing.count(tx, subject.id, boosts=+1)
    count_in(tx, post, +1)
    tx.emit(PostPublished(post=post.id, author=post.author, boost_of=subject.id))


def _boost(author: int, original: int, level: Visibility, uri: str, at: int) -> Post:
    return Post(
        id=0,
        author=author,
        uri=uri,
        url=None,
        visibility=level,
        reply_to=None,
        reply_to_author=None,
        thread=0,
        poll=None,
        boost_of=original,
        content=None,
        slot=0,
        sensitive=False,
        language=None,
        app=None,
        local=False,
        media_count=0,
        at=at,
        edited_at=None,
        rev=1,
        replies=0,
        boosts=0,
        favourites=0,
    )
