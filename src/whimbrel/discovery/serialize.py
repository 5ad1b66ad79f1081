"""What is found, as Mastodon's JSON."""

from typing import Any

from whimbrel.accounts import serialize
from whimbrel.accounts.rules import Account
from whimbrel.core.ids import iso
from whimbrel.core.settings import Instance
from whimbrel.posts.render import tag_url

from .rules import DAY, OLD_NAME, Day, FeaturedTag, Suggestion, Tag


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
        "id": shown.name,
        "name": shown.name,
        "url": tag_url(instance, shown.name),
        "history": [day(each) for each in shown.history],
    }
    if shown.following is not None:
        entity |= {"following": shown.following, "featuring": shown.featuring}
    return entity


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


def reviewed_tag(instance: Instance, shown: Tag, review: int | None) -> dict[str, Any]:
    """A tag as moderators see it (Mastodon's Admin::Tag)."""
    return tag(instance, shown) | {
        "trendable": bool(review),
        "usable": True,
        "requires_review": review is None,
        "listable": True,
    }


def reviewed_status(status: bytes, review: int | None) -> bytes:
    """A status as moderators see it in the list of what trends."""
    return status[:-1] + b',"requires_review":%b}' % (b"true" if review is None else b"false")
