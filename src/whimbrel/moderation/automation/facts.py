"""What rules know of a post and its author."""

from collections.abc import Callable, Mapping
from typing import Any

from whimbrel.accounts.rules import Account
from whimbrel.core.tx import Tx
from whimbrel.posts.rules import Content, Post

from ..clusters import hosts_of
from ..queries import automation as queries
from ..rules import DAY, HOUR
from .expression import spaced

MOST_TEXT = 5000  # characters that are looked at: what a rule takes has a bound


class Facts(dict[str, Any]):
    """Facts by name, each found out when it is first asked for."""

    def __init__(self, tx: Tx, post: Post, author: Account) -> None:
        super().__init__()
        self.tx, self.post, self.author = tx, post, author
        self.content = post.content or Content()

    @property
    def at(self) -> int:
        """When it was written, or changed (ms): rules are tried on old posts as well."""
        return self.tx.ms if self.post.edited_at is not None else self.post.id >> 16

    @property
    def hour(self) -> tuple[int, int]:
        """The ids between which what was posted within the hour before has its own."""
        return (self.at - HOUR) << 16, (self.at + 1) << 16

    def __missing__(self, name: str) -> Any:
        found = self[name] = _FIND[name](self)
        return found


def _text(of: Facts) -> str:
    shown = [media.description or "" for media in of.content.media]
    parts = (of.content.spoiler, of.content.text, *of.content.options, *shown)
    return "\n".join(filter(None, parts))[:MOST_TEXT].casefold()


_FIND: Mapping[str, Callable[[Facts], Any]] = {
    "text": _text,
    "spaced": lambda of: spaced(of["text"]),
    "language": lambda of: (of.post.language or "").casefold(),
    "tags": lambda of: frozenset(tag.casefold() for tag in of.content.tags),
    "links": lambda of: frozenset(hosts_of(of.tx.instance, of.content.text)),
    "mentions": lambda of: len(of.content.mentions),
    "files": lambda of: of.post.media_count,
    "length": lambda of: len(of.content.text),
    "poll": lambda of: of.post.poll is not None,
    "sensitive": lambda of: of.post.sensitive,
    "reply": lambda of: of.post.reply_to is not None,
    "edited": lambda of: of.post.edited_at is not None,
    "visibility": lambda of: of.post.visibility.word,
    "author": lambda of: of.author.acct.casefold(),
    "server": lambda of: of.author.domain or "",
    "local": lambda of: of.author.domain is None,
    "bot": lambda of: of.author.bot,
    "followers": lambda of: of.author.followers,
    "posts": lambda of: of.author.statuses,
    "age": lambda of: (of.at - of.author.at) / HOUR,
    "pace": lambda of: queries.pace(of.tx, of.author.id, *of.hour),
    "link_pace": lambda of: max(
        (queries.link_pace(of.tx, host, *of.hour) for host in of["links"]), default=0
    ),
    "network_pace": lambda of: queries.network_pace(of.tx, of.author.id, of.at - DAY, *of.hour),
}
