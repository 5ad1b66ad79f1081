"""Posts as notes, questions and boosts.

Source: ActivityPub; Mastodon's note serializer of 2026; FEP-044f (quotes)"""

from collections.abc import Sequence
from html import escape
from typing import Any

from whimbrel.accounts import serialize as faces
from whimbrel.accounts.rules import Account, shortcodes
from whimbrel.core.ids import iso
from whimbrel.core.settings import Instance
from whimbrel.posts.render import media_of, status_uri, status_url, tag_url, warning_of
from whimbrel.posts.rules import Attachment, Content, Poll, Post, QuotePolicy, Visibility

from ..rules import Act, Links, words
from . import activities
from .actor import emoji, media_type
from .collections import collection, page
from .terms import PUBLIC

_USUAL = {"image": "image/jpeg", "gifv": "video/mp4", "video": "video/mp4", "audio": "audio/mpeg"}


def audience(post: Post, content: Content, actor: str, links: Links) -> tuple[list[str], list[str]]:
    """`to` and `cc` of a post, and of every activity about it."""
    named = [links.people[each.id] for each in content.mentions if each.id in links.people]
    followers = f"{actor}/followers"
    match post.visibility:
        case Visibility.PUBLIC:
            return [PUBLIC], [followers, *named]
        case Visibility.UNLISTED:
            return [followers], [PUBLIC, *named]
        case Visibility.PRIVATE:
            return [followers], named
    return named, []


def context(instance: Instance, thread: int) -> str:
    """What a conversation is called; of one that somebody of ours began, where it is listed."""
    return f"{instance.origin}/ap/threads/{thread}"


def note(
    instance: Instance, post: Post, author: Account, poll: Poll | None, links: Links, ms: int
) -> dict[str, Any]:
    """A post of ours.

    Args:
        ms: the present, for a poll that is over.
    """
    content = post.content or Content()
    id_, actor = status_uri(instance, post, author), faces.actor_uri(instance, author)
    to, cc = audience(post, content, actor, links)
    said: dict[str, Any] = {
        "id": id_,
        "type": "Note" if poll is None else "Question",
        "attributedTo": actor,
        "inReplyTo": None if post.reply_to is None else links.posts.get(post.reply_to),
        "published": iso(post.at),
        "url": status_url(instance, post, author),
        "to": to,
        "cc": cc,
        "sensitive": post.sensitive or post.label is not None,
        "summary": warning_of(instance, post, content) or None,
        "content": content.html,
        "conversation": context(instance, post.thread),
        "attachment": [_attachment(each) for each in media_of(instance, post, content) if each.url],
        "tag": _tags(instance, content, links),
        "replies": _replies(id_, links.own_replies.get(post.id, ())),
        "likes": collection(f"{id_}/likes", post.favourites),
        "shares": collection(f"{id_}/shares", post.boosts),
        "interactionPolicy": _policy(post, actor),
    }
    if post.thread == post.id or links.authors.get(post.thread, "").startswith(
        f"{instance.origin}/"
    ):
        said["context"] = said["conversation"]
    quoted = links.quoted.get(post.id)
    if quoted is not None:
        said |= {"quote": quoted, "_misskey_quote": quoted, "quoteUri": quoted}
        said["content"] = _inline(quoted) + content.html
    if post.language:
        said["contentMap"] = {post.language: said["content"]}
    if post.edited_at is not None:
        said["updated"] = iso(post.edited_at)
    stamp = links.stamps.get(post.id)
    if stamp is not None:
        said["quoteAuthorization"] = stamp
    approval = links.approvals.get(post.id)
    if approval is not None:
        said |= activities.approved(Act.REPLY, approval)
    return said if poll is None else said | _question(poll, content, ms)


_STAYS = ("id", "attributedTo", "inReplyTo", "published", "url", "to", "cc", "conversation")


def emptied(said: dict[str, Any], text: str, ms: int) -> dict[str, Any]:
    """A note or question without anything that its author said in it.

    Args:
        text: what stands in its place.
        ms: since when.
    """
    return {
        **{name: said[name] for name in _STAYS},
        "type": "Note",
        "updated": iso(ms),
        "sensitive": False,
        "summary": None,
        "content": f"<p>{escape(text)}</p>",
        "attachment": [],
        "tag": [],
    }


def _inline(quoted: str) -> str:
    """For who cannot show quotes; whoever can leaves it out."""
    where = escape(quoted)
    return f'<p class="quote-inline">RE: <a href="{where}">{where}</a></p>'


def create(
    instance: Instance, post: Post, author: Account, poll: Poll | None, links: Links, ms: int
) -> dict[str, Any]:
    """The activity that told others of it: a Create, or the Announce that a boost is."""
    actor = faces.actor_uri(instance, author)
    if post.boost_of is None:
        said = note(instance, post, author, poll, links, ms)
        return {
            "id": f"{said['id']}/activity",
            "type": "Create",
            "actor": actor,
            "published": said["published"],
            "to": said["to"],
            "cc": said["cc"],
            "object": said,
        }
    theirs = links.authors.get(post.boost_of)
    to, cc = audience(post, Content(), actor, links)
    approval = links.approvals.get(post.id)
    proof = {} if approval is None else activities.approved(Act.ANNOUNCE, approval)
    return {
        **proof,
        "id": status_uri(instance, post, author),
        "type": "Announce",
        "actor": actor,
        "published": iso(post.at),
        "to": to,
        "cc": cc if theirs is None else [*cc, theirs],
        "object": links.posts.get(post.boost_of),
    }


def _attachment(medium: Attachment) -> dict[str, Any]:
    url = medium.url or ""
    said: dict[str, Any] = {
        "type": "Document",
        "mediaType": media_type(url, _USUAL.get(medium.type, "application/octet-stream")),
        "url": url,
        "name": medium.description,
        "summary": medium.description,
        "blurhash": medium.blurhash,
    }
    focus = medium.meta.get("focus")
    if isinstance(focus, dict):
        said["focalPoint"] = [focus.get("x", 0), focus.get("y", 0)]
    size = medium.meta.get("original")
    if isinstance(size, dict) and "width" in size and "height" in size:
        said |= {"width": size["width"], "height": size["height"]}
    return said


def _tags(instance: Instance, content: Content, links: Links) -> list[dict[str, Any]]:
    people = [
        {
            "type": "Mention",
            "href": links.people[each.id],
            "name": f"@{each.acct}" if "@" in each.acct else f"@{each.acct}@{instance.domain}",
        }
        for each in content.mentions
        if each.id in links.people
    ]
    tags = [
        {"type": "Hashtag", "href": tag_url(instance, tag), "name": f"#{tag}"}
        for tag in content.tags
    ]
    used = shortcodes(words(content))
    pictures = [emoji(instance, each) for code, each in links.emojis.items() if code in used]
    return [*people, *tags, *pictures]


def _replies(id_: str, own: Sequence[str]) -> dict[str, Any]:
    there = f"{id_}/replies"
    first = page(f"{there}?page=1", there, own, after=f"{there}?page=2", in_order=False)
    return {"id": there, "type": "Collection", "first": first}


def _policy(post: Post, actor: str) -> dict[str, Any]:
    """Who may do what without being asked about; who may see it at all is another question. In the
    words of now and in those before."""
    open_ = post.visibility <= Visibility.UNLISTED
    may = {
        "canLike": [PUBLIC],
        "canReply": [PUBLIC],
        "canAnnounce": [PUBLIC] if open_ else [actor],
        "canQuote": _quoters(post, actor),
    }
    return {name: {"automaticApproval": who, "always": who} for name, who in may.items()}


def _quoters(post: Post, actor: str) -> list[str]:
    """Who may quote it without being asked about."""
    if post.visibility > Visibility.UNLISTED or post.quote_policy is QuotePolicy.NOBODY:
        return [actor]
    return [PUBLIC] if post.quote_policy is QuotePolicy.PUBLIC else [f"{actor}/followers"]


def _question(poll: Poll, content: Content, ms: int) -> dict[str, Any]:
    over = poll.over(ms)
    hidden = poll.hide_totals and not over
    options = [
        {
            "type": "Note",
            "name": title,
            "replies": {"type": "Collection", "totalItems": 0 if hidden else votes},
        }
        for title, votes in zip(content.options, poll.counts, strict=True)
    ]
    said: dict[str, Any] = {
        "anyOf" if poll.multiple else "oneOf": options,
        "votersCount": poll.voters,
    }
    if poll.until is not None:
        said["endTime"] = iso(poll.until)
        if over:
            said["closed"] = iso(poll.until)
    return said


def vote(id_: str, actor: str, author: str, poll: str, title: str) -> dict[str, Any]:
    """Somebody chooses something in a poll: a note without a text, to who asks alone."""
    return {
        "id": f"{id_}/activity",
        "type": "Create",
        "actor": actor,
        "to": author,
        "object": {
            "id": id_,
            "type": "Note",
            "name": title,
            "attributedTo": actor,
            "inReplyTo": poll,
            "to": author,
        },
    }
