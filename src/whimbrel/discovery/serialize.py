"""What is found, as Mastodon's JSON."""

from typing import Any

from whimbrel.accounts import serialize
from whimbrel.accounts.rules import Account
from whimbrel.core.ids import iso
from whimbrel.core.settings import Instance
from whimbrel.core.text import tag_key
from whimbrel.posts.render import card_entity, tag_url

from .rules import DAY, OLD_NAME, Day, FeaturedTag, Link, Publisher, ReviewedTag, Suggestion, Tag


def array(parts: list[bytes]) -> bytes:
    """JSON values as an array."""
    return b"[%b]" % b",".join(parts)


def accounts(instance: Instance, found: list[Account]) -> bytes:
    """Accounts as an array."""
    return array([serialize.account(instance, each) for each in found])


def suggestion(instance: Instance, found: Suggestion) -> bytes:
    """Somebody suggested (Mastodon's Suggestion)."""
    sources = ",".join(f'"{source}"' for source in found.sources)
    return b'{"source":"%b","sources":[%b],"account":%b}' % (
        OLD_NAME[found.sources[0]].encode(),
        sources.encode(),
        serialize.account(instance, found.account),
    )


def tag(instance: Instance, shown: Tag) -> dict[str, Any]:
    """A tag (Mastodon's Tag)."""
    entity: dict[str, Any] = {
        "id": tag_key(shown.name),
        "name": shown.name,
        "url": tag_url(instance, shown.name),
        "history": [day(each) for each in shown.history],
    }
    if shown.following is not None:
        entity |= {"following": shown.following, "featuring": shown.featuring}
    return entity


def link(instance: Instance, shown: Link) -> dict[str, Any]:
    """A page that trends (Mastodon's Trends::Link)."""
    return card_entity(instance, shown.card) | {"history": [day(each) for each in shown.history]}


def reviewed_link(instance: Instance, shown: Link) -> dict[str, Any]:
    """The same as moderators see it."""
    review = {"id": str(shown.id), "requires_review": shown.review is None}
    return link(instance, shown) | review


def publisher(shown: Publisher) -> dict[str, Any]:
    """A site whose pages trend (Mastodon's Admin::Trends::Links::PreviewCardProvider)."""
    return {
        "id": str(shown.id),
        "domain": shown.domain,
        "trendable": bool(shown.review),
        "reviewed_at": None if shown.reviewed_at is None else iso(shown.reviewed_at),
        "requested_review_at": None,
        "requires_review": shown.review is None,
    }


def day(used: Day) -> dict[str, str]:
    """A day of a history: when it began (seconds since 1970), uses and people, all as text."""
    return {
        "day": str(used.day * DAY // 1000),
        "uses": str(used.uses),
        "accounts": str(used.accounts),
    }


def featured_tag(instance: Instance, shown: FeaturedTag) -> dict[str, Any]:
    """A tag on a profile (Mastodon's FeaturedTag)."""
    return {
        "id": str(shown.id),
        "name": shown.name,
        "url": tag_url(instance, shown.name),
        "statuses_count": str(shown.uses),
        "last_status_at": None if shown.last is None else iso(shown.last)[:10],
    }


def reviewed_tag(instance: Instance, shown: ReviewedTag) -> dict[str, Any]:
    """A tag as moderators see it (Mastodon's Admin::Tag)."""
    return tag(instance, shown.tag) | {
        "trendable": bool(shown.review),
        "usable": shown.usable,
        "requires_review": shown.review is None,
        "listable": shown.listable,
    }


def reviewed_status(status: bytes, review: int | None) -> bytes:
    """A status as moderators see it in the list of what trends."""
    return status[:-1] + b',"requires_review":%b}' % (b"true" if review is None else b"false")
