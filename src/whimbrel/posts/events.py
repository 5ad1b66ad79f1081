"""What can be said to have happened to posts. Ids and addresses, never words."""

from whimbrel.core.outbox import Event


class PostPublished(Event, frozen=True, kw_only=True):
    """A post or a boost (`boost_of`) is in the database."""

    post: int
    author: int
    boost_of: int | None = None


class PostEdited(Event, frozen=True, kw_only=True):
    """Same post, new revision."""

    post: int
    author: int


class PostDeleted(Event, frozen=True, kw_only=True):
    """The row is no more; what others need to forget it is copied in."""

    post: int
    author: int
    uri: str
    visibility: int
    local: bool
    boost_of: int | None = None
    tags: tuple[str, ...] = ()
    mentions: tuple[int, ...] = ()


class Favourited(Event, frozen=True, kw_only=True):
    """Somebody liked a post."""

    post: int
    author: int
    account: int


class Unfavourited(Event, frozen=True, kw_only=True):
    """They took it back."""

    post: int
    author: int
    account: int


class PollEnds(Event, frozen=True, kw_only=True):
    """A clock: emitted when the poll is made, due when it closes."""

    poll: int
    post: int


class MediaForgotten(Event, frozen=True, kw_only=True):
    """A clock: files kept for a redraft are erased when it rings, unless attached again."""

    media: tuple[int, ...]
