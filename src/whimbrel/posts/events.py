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
    tags: tuple[int, ...] = ()  # ids; some may be no more
    mentions: tuple[int, ...] = ()
    reply_to: int | None = None


class PostWithheld(Event, frozen=True, kw_only=True):
    """The staff hid a post: but for its author nobody sees it any more, for now."""

    post: int
    author: int
    visibility: int  # before
    local: bool
    tags: tuple[int, ...] = ()
    mentions: tuple[int, ...] = ()


class PostReshown(Event, frozen=True, kw_only=True):
    """What the staff lets others see of a post of ours is another now: it is there again, says
    something that its author does not, or has no files any more."""

    post: int
    author: int
    visibility: int


class TagFollowed(Event, frozen=True, kw_only=True):
    """Somebody wants the public posts with a tag at home."""

    account: int
    tag: int


class TagUnfollowed(Event, frozen=True, kw_only=True):
    """They want them no more. The tag may be no more either."""

    account: int
    tag: int


class TagFollowsLeft(Event, frozen=True, kw_only=True):
    """An erased account still follows tags."""

    account: int


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


class PostTouched(Event, frozen=True, kw_only=True):
    """What a post is found by is not the same any more: somebody bookmarked it or thought better
    of it, voted in its poll, or its card is there."""

    post: int


class PostPinned(Event, frozen=True, kw_only=True):
    """A post stands on top of its author's profile, or (not `pinned`) no longer does."""

    post: int
    author: int
    pinned: bool


class PollEnds(Event, frozen=True, kw_only=True):
    """A clock: emitted when the poll is made, due when it closes."""

    poll: int
    post: int


class Voted(Event, frozen=True, kw_only=True):
    """Somebody voted in a poll."""

    poll: int
    post: int
    author: int  # who asks
    account: int  # who answers
    choices: tuple[int, ...]


class PollCounted(Event, frozen=True, kw_only=True):
    """A clock: emitted with the first vote after a while, due when all of that while are told."""

    poll: int
    post: int


class PostQuoted(Event, frozen=True, kw_only=True):
    """A new post quotes another, and may."""

    post: int
    author: int
    quoted: int


class QuoteAsked(Event, frozen=True, kw_only=True):
    """A new post quotes one of another server, whose author is to be asked."""

    post: int
    author: int
    quoted: int


class QuoteRevoked(Event, frozen=True, kw_only=True):
    """Somebody took their post out of a quote."""

    post: int
    author: int  # of the one that quotes
    owner: int  # of the quoted one


class LinkPosted(Event, frozen=True, kw_only=True):
    """A post links to a page of which it shows no card yet."""

    post: int


class ScheduleDue(Event, frozen=True, kw_only=True):
    """A clock: emitted when a post is put off until `at` (ms), due then."""

    scheduled: int
    at: int


class PostsLeft(Event, frozen=True, kw_only=True):
    """An erased account has more posts and marks, to go in the next slice."""

    account: int
    uri: str


class TagsGone(Event, frozen=True, kw_only=True):
    """Tags on a shelf were used no more; what their keys were made with has to go as well."""

    shelf: int
    slot: int
