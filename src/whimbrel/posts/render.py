"""A post becomes the bytes of Mastodon's Status, with holes where numbers change or readers differ.

This is the slow half of `serialize`, run once per revision of the post and of its author."""

from collections.abc import Iterable
from typing import NamedTuple

import msgspec
from msgspec.structs import replace

from whimbrel.accounts import serialize as people
from whimbrel.accounts.rules import Account
from whimbrel.accounts.rules import shortcodes as used_in
from whimbrel.core.ids import iso
from whimbrel.core.settings import Instance
from whimbrel.core.text import tag_key
from whimbrel.core.words import first, language
from whimbrel.media.links import has_gaps
from whimbrel.media.urls import file_url, shown

from .queries import Body, Emoji
from .rules import (
    LABELS,
    OPEN,
    Approval,
    Attachment,
    Content,
    Label,
    Poll,
    Post,
    Preview,
    approval_of,
)

_encode = msgspec.json.Encoder().encode
_NO_WORDS = Content()
_END: dict[str, object] = {"reblog": None}


class Labelled(NamedTuple):
    """What the staff says of a post, and the post without it, for whoever wants to know nothing of
    that."""

    label: Label
    told: bytes  # Mastodon's FilterResult
    bare: bytes  # as `Rendered.template`


class Rendered(NamedTuple):
    """A %-template of bytes. Its holes, in this order: followers, following, statuses (%d) and the
    day of the last status (%b) of the author; replies, boosts, favourites, quotes (%d); of a
    boost the status it repeats (%b); the end (%b). The end begins inside the poll, if there is one,
    and has the quote, if there is one."""

    template: bytes
    poll_until: int | None  # ms; None = no end
    has_poll: bool
    closed: bool
    options: int
    words: str  # what a filter looks at
    approval: Approval = Approval.NEVER
    quotes: bool = False
    gaps: bool = False  # it has files that not everybody may see: `media.links`
    labelled: Labelled | None = None


def shortcodes(body: Body) -> set[str]:
    """The emojis of ours that a post may be using; one of another server brings its own."""
    content = body.post.content
    if content is None or body.post.uri is not None:
        return set()
    return used_in("\n".join((content.text, content.spoiler, *content.options)))


def render(instance: Instance, body: Body, emojis: Iterable[Emoji], ms: int) -> Rendered:
    """The template of a post or a boost.

    Args:
        emojis: those of the server; what the post does not use is left out.
        ms: the present, for a poll that shows its numbers when it is over.
    """
    post = body.post
    account = _account_template(instance, body.author)
    if post.boost_of is not None:
        head = _head(instance, body, [])
        return Rendered(_boost(head, account), None, False, False, 0, "")
    used = shortcodes(body)
    found = [each for each in emojis if each.shortcode in used]
    if post.content is not None:
        found += post.content.emojis
    shown = [people.emoji(instance, each) for each in found]
    head = _head(instance, body, shown)
    poll = b"null"
    if body.poll is not None and post.content is not None:
        entity = poll_entity(body.poll, post.content.options, shown, ms)
        poll = _doubled(_encode(entity))[:-1]
    quotes = post.content is not None and post.content.quoted is not None
    end = _END if quotes else _END | {"quote": None}
    last = (b',"account":', account, _COUNTERS, b',"poll":', poll, b"%b")
    template = b"".join((_doubled(_encode(head | end))[:-1], *last))
    labelled = None
    if post.label is not None:
        own = {"sensitive": post.sensitive, "spoiler_text": (post.content or _NO_WORDS).spoiler}
        bare = b"".join((_doubled(_encode(head | own | end))[:-1], *last))
        labelled = Labelled(post.label, _encode(_told(instance, post.label)), bare)
    until = body.poll.until if body.poll else None
    return Rendered(
        template,
        until,
        body.poll is not None,
        body.poll is not None and body.poll.over(ms),
        len(body.poll.counts) if body.poll else 0,
        words_of(post.content or _NO_WORDS),
        approval_of(post.visibility, post.quote_policy),
        quotes,
        closed_of(post) is not None and has_gaps(template),
        labelled,
    )


_EVERYWHERE = ("home", "notifications", "public", "thread", "account")


def _told(instance: Instance, label: Label) -> dict[str, object]:
    """A label as apps that know nothing of labels respect it: as if a filter of the reader's own
    had caught the post. Its number is below those that filters have.

    Source: Mastodon REST API, entity FilterResult
    """
    said = language(first(instance.languages)).plain(LABELS[label])
    about = {
        "id": str(-1 - [*LABELS].index(label)),
        "title": said,
        "context": _EVERYWHERE,
        "expires_at": None,
        "filter_action": "warn",
    }
    return {"filter": about, "keyword_matches": [], "status_matches": []}


_COUNTERS = b',"replies_count":%d,"reblogs_count":%d,"favourites_count":%d,"quotes_count":%d'


def _boost(head: dict[str, object], account: bytes) -> bytes:
    end = {"quote": None, "poll": None}
    return b"".join(
        (_doubled(_encode(head | end))[:-1], b',"account":', account, _COUNTERS, b',"reblog":%b%b')
    )


def _head(instance: Instance, body: Body, emojis: list[dict[str, object]]) -> dict[str, object]:
    post, content = body.post, body.post.content or _NO_WORDS
    head: dict[str, object] = {
        "id": str(post.id),
        "created_at": iso(post.at),
        "in_reply_to_id": _text_id(post.reply_to),
        "in_reply_to_account_id": _text_id(post.reply_to_author),
        "sensitive": post.sensitive or post.label is not None,
        "spoiler_text": warning_of(instance, post, content),
        "visibility": post.visibility.word,
        "language": post.language,
        "uri": status_uri(instance, post, body.author),
        "url": status_url(instance, post, body.author),
        "edited_at": None if post.edited_at is None else iso(post.edited_at),
        "content": content.html,
        "media_attachments": media_of(instance, post, content),
        "mentions": [
            {"id": str(m.id), "username": m.username, "url": m.url, "acct": m.acct}
            for m in content.mentions
        ],
        "tags": [{"name": tag.lower(), "url": tag_url(instance, tag)} for tag in content.tags],
        "tagged_collections": [],  # a collection has no page here that a post could link to
        "emojis": emojis,
        "card": content.card and card_entity(instance, content.card, closed_of(post)),
    }
    if body.app is not None:
        head["application"] = {"name": body.app[0], "website": body.app[1]}
    elif post.local and post.boost_of is None:
        head["application"] = {"name": "Web", "website": None}
    return head


def warning_of(instance: Instance, post: Post, content: Content) -> str:
    """What stands in front of a post: what the staff says of it, then what its author does."""
    if post.label is None:
        return content.spoiler
    said = language(first(instance.languages)).plain(LABELS[post.label])
    return f"{said}: {content.spoiler}" if content.spoiler else said


def _account_template(instance: Instance, author: Account) -> bytes:
    """The author as a template whose counters are %d: numbers need not be made bytes first."""
    parts = people.account_parts(instance, author) % (b"\0d", b"\0d", b"\0d", b"\0b")
    return _doubled(parts).replace(b"\0", b"%")  # JSON has no NUL of its own


def _doubled(plain: bytes) -> bytes:
    return plain.replace(b"%", b"%%")


def _text_id(id_: int | None) -> str | None:
    return None if id_ is None else str(id_)


def poll_entity(
    poll: Poll, options: tuple[str, ...], emojis: list[dict[str, object]], ms: int
) -> dict[str, object]:
    """Mastodon's Poll, without `expired` and what one voter did."""
    hidden = poll.hide_totals and not poll.over(ms)
    counts: Iterable[int | None] = [None] * len(options) if hidden else poll.counts
    return {
        "id": str(poll.id),
        "expires_at": None if poll.until is None else iso(poll.until),
        "multiple": poll.multiple,
        "votes_count": sum(poll.counts),
        "voters_count": poll.voters,
        "options": [
            {"title": title, "votes_count": votes}
            for title, votes in zip(options, counts, strict=True)
        ],
        "emojis": emojis,
    }


def closed_of(post: Post) -> int | None:
    """The id of a post that not everybody may see: none of its files has an open address."""
    return None if post.visibility in OPEN else post.id


def media_of(instance: Instance, post: Post, content: Content) -> list[Attachment]:
    """The files of a post, or of a version of it, with their addresses of today; those of a post
    that not everybody may see have gaps (`media.links`)."""
    closed = closed_of(post)
    return [
        replace(
            each,
            url=shown(instance, each.url, closed),
            preview_url=shown(instance, each.preview_url, closed),
        )
        for each in content.media
    ]


def card_entity(instance: Instance, card: Preview, closed: int | None = None) -> dict[str, object]:
    """Mastodon's PreviewCard. None of it is HTML, and nothing is fetched from elsewhere for it.

    Args:
        closed: see `media.urls.file_url`.
    """
    authors = [{"name": card.author, "url": card.author_url, "account": None}]
    image = card.image and file_url(instance, card.image, "card", closed)
    return {
        "url": card.url,
        "title": card.title,
        "description": card.description,
        "language": card.language,
        "type": card.kind if image else "link",
        "author_name": card.author,
        "author_url": card.author_url,
        "provider_name": card.provider,
        "provider_url": card.provider_url,
        "html": "",
        "width": card.width,
        "height": card.height,
        "image": image,
        "image_description": card.alt,
        "embed_url": image if image and card.kind == "photo" else "",
        "blurhash": card.blurhash,
        "published_at": None if card.published_at is None else iso(card.published_at),
        "authors": authors if card.author else [],
    }


def words_of(content: Content) -> str:
    """Everything readable of a post: what filters and the search index look at."""
    alts = (each.description for each in content.media if each.description)
    return "\n".join(filter(None, (content.spoiler, content.text, *content.options, *alts)))


def status_uri(instance: Instance, post: Post, author: Account) -> str:
    """What other servers call it."""
    if post.uri is not None:
        return post.uri
    uri = f"{people.actor_uri(instance, author)}/statuses/{post.id}"
    return uri if post.boost_of is None else f"{uri}/activity"


def status_url(instance: Instance, post: Post, author: Account) -> str:
    """Where people read it."""
    if not post.local:
        return post.url or status_uri(instance, post, author)
    return f"{people.account_url(instance, author)}/{post.id}"


def tag_url(instance: Instance, tag: str) -> str:
    """The page of a tag, in whatever spelling."""
    return f"{instance.origin}/tags/{tag_key(tag)}"
