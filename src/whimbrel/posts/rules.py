"""Values and pure decisions about posts: what one is, and who may see it."""

from enum import IntEnum
from typing import Literal, NamedTuple

import msgspec

from whimbrel.accounts.rules import Emoji, Viewer
from whimbrel.core.errors import Invalid
from whimbrel.core.words import Said, say
from whimbrel.media.rules import Away


class Visibility(IntEnum):
    """Who a post is for. The number is what is stored; the name is what apps say."""

    PUBLIC = 0
    UNLISTED = 1
    PRIVATE = 2  # followers, and who is named
    DIRECT = 3  # who is named
    WITHHELD = 4  # the staff hid it: its author, until they say otherwise

    @property
    def word(self) -> str:
        return "direct" if self is Visibility.WITHHELD else self.name.lower()


VISIBILITY = {level.word: level for level in Visibility if level is not Visibility.WITHHELD}
OPEN = (Visibility.PUBLIC, Visibility.UNLISTED)


class QuotePolicy(IntEnum):
    """Who may quote a post without being asked about: the number is what is stored."""

    PUBLIC = 0
    FOLLOWERS = 1
    NOBODY = 2

    @property
    def word(self) -> str:
        return self.name.lower()


QUOTE_POLICY = {policy.word: policy for policy in QuotePolicy}


class QuoteState(IntEnum):
    """How a quote stands with who wrote the quoted post."""

    PENDING = 0
    ACCEPTED = 1
    REJECTED = 2
    REVOKED = 3

    @property
    def word(self) -> str:
        return self.name.lower()


class Mark(IntEnum):
    """What somebody did with a post."""

    FAVOURITE = 0
    BOOST = 1
    BOOKMARK = 2
    PIN = 3


class Mention(msgspec.Struct, frozen=True):
    """Somebody named in a post, as they were called then."""

    id: int
    username: str
    acct: str
    url: str


class Attachment(msgspec.Struct, frozen=True, kw_only=True):
    """A medium as the post shows it: Mastodon's MediaAttachment, ready to be sent."""

    id: str
    type: str
    url: str | None
    preview_url: str | None
    remote_url: str | None = None
    preview_remote_url: str | None = None
    text_url: str | None = None
    meta: dict[str, object] = msgspec.field(default_factory=dict)
    description: str | None = None
    blurhash: str | None = None


class Preview(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a page that the post links to says of itself, in words and one picture."""

    url: str
    title: str
    description: str = ""
    kind: str = "link"  # or photo
    author: str = ""
    author_url: str = ""
    provider: str = ""
    provider_url: str = ""
    language: str | None = None
    published_at: int | None = None  # ms
    alt: str = ""
    image: str | None = None  # the token of our own copy
    width: int = 0
    height: int = 0
    blurhash: str | None = None


class Content(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Everything of a post that is words, sealed as one blob (msgspec JSON)."""

    text: str = ""  # as written
    html: str = ""  # as shown
    spoiler: str = ""
    mentions: tuple[Mention, ...] = ()
    tags: tuple[str, ...] = ()  # as written
    media: tuple[Attachment, ...] = ()
    options: tuple[str, ...] = ()  # of its poll
    card: Preview | None = None  # of the first address in it
    quoted: int | None = None  # the post that it quotes, which may be no more
    emojis: tuple[Emoji, ...] = ()  # of another server, where the post is of one


# What the staff can say of a post, in front of whatever its author warns of.
Label = Literal["adult", "graphic", "hateful", "misleading", "advertising"]
LABELS: dict[Label, Said] = {
    "adult": say("Nudity or sex"),
    "graphic": say("Violence or wounds"),
    "hateful": say("Hateful"),
    "misleading": say("Misleading"),
    "advertising": say("Advertising"),
}


class Post(msgspec.Struct, frozen=True, kw_only=True):
    """A post as stored: the columns of `posts`, with the content unsealed (None = a boost)."""

    id: int
    author: int
    uri: str | None
    url: str | None
    visibility: Visibility
    reply_to: int | None
    reply_to_author: int | None
    thread: int
    poll: int | None
    boost_of: int | None
    content: Content | None
    slot: int
    sensitive: bool
    language: str | None
    app: int | None
    local: bool
    media_count: int
    at: int
    edited_at: int | None
    rev: int
    replies: int
    boosts: int
    favourites: int
    quotes: int = 0
    quote_policy: QuotePolicy = QuotePolicy.PUBLIC
    label: Label | None = None


class Poll(msgspec.Struct, frozen=True, kw_only=True):
    """The numbers of a poll: the columns of `polls`; its words are in the post's content."""

    id: int
    post: int
    multiple: bool
    hide_totals: bool
    until: int | None
    counts: tuple[int, ...]
    voters: int
    closed: bool

    def over(self, ms: int) -> bool:
        """Whether nobody may vote any more at `ms`."""
        return self.closed or (self.until is not None and self.until <= ms)


class Quoted(NamedTuple):
    """What a post elsewhere quotes, and whether it was found that it may."""

    post: int
    author: int
    state: QuoteState
    stamp: str | None  # where that is said


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """A poll elsewhere, as its server tells of it."""

    options: tuple[str, ...]
    counts: tuple[int, ...]
    voters: int
    multiple: bool = False
    until: int | None = None  # ms
    closed: bool = False


class PollDraft(msgspec.Struct, frozen=True, kw_only=True):
    """A poll about to be asked."""

    options: tuple[str, ...]
    expires_in: int  # seconds
    multiple: bool = False
    hide_totals: bool = False
    keeps_end: bool = False  # of the same question, where a post is edited: that one's own end


MOST_MENTIONS = MOST_TAGS = 64  # of a post; more is somebody who wants to be seen by strangers
SHORTEST_POLL, LONGEST_POLL = 300, 2_629_746  # seconds: five minutes, a month


def check_poll(poll: PollDraft, most: int, most_chars: int) -> None:
    """Whether a poll may be asked.

    Args:
        most: options of a poll.
        most_chars: of an option.
    Raises:
        Invalid: too few, too many, empty, too long or equal options; too short or too long a time.
    """
    options = poll.options
    if not 2 <= len(options) <= most:
        raise Invalid(say("A poll has 2 to %(most)s options.", most=most))
    if not all(options) or len(set(options)) < len(options):
        raise Invalid(say("The options of a poll must differ and must not be empty."))
    if max(map(len, options)) > most_chars:
        raise Invalid(say("An option of a poll has %(most)s characters at most.", most=most_chars))
    if not poll.keeps_end and not SHORTEST_POLL <= poll.expires_in <= LONGEST_POLL:
        raise Invalid(say("A poll is open for five minutes to a month."))


class Described(msgspec.Struct, frozen=True, kw_only=True):
    """What an edit says of a medium; None leaves it as it is."""

    id: int
    description: str | None = None
    focus: str | None = None


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """A post about to be written. None = the author's own default."""

    text: str = ""
    spoiler: str = ""
    sensitive: bool | None = None
    language: str | None = None
    visibility: Visibility | None = None
    reply_to: int | None = None
    media: tuple[int, ...] = ()
    described: tuple[Described, ...] = ()  # only where a post is edited
    poll: PollDraft | None = None
    quoted: int | None = None
    quote_policy: QuotePolicy | None = None
    idempotency_key: str | None = None


class Unfinished(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What stands in the form for writing, as it was typed: it need not make a post yet."""

    text: str = ""
    spoiler: str = ""
    sensitive: bool = False
    language: str = ""
    visibility: str = ""
    reply_to: int | None = None
    quoted: int | None = None
    quote_policy: str = ""
    media: tuple[int, ...] = ()
    described: tuple[Described, ...] = ()
    options: tuple[str, ...] = ()
    expires_in: str = ""  # seconds
    multiple: bool = False
    hide_totals: bool = False
    scheduled_at: str = ""
    edits: int | None = None  # the post in whose place it will be put
    replaces: int | None = None  # the same for a scheduled one
    before: tuple["Unfinished", ...] = ()  # posts of the same thread, above this one
    after: tuple["Unfinished", ...] = ()  # and below

    @property
    def thread(self) -> tuple["Unfinished", ...]:
        """All its posts from the top, each for itself."""
        return (*self.before, msgspec.structs.replace(self, before=(), after=()), *self.after)

    @property
    def files(self) -> list[int]:
        """Those of all its posts."""
        return [id_ for each in self.thread for id_ in each.media]

    @property
    def empty(self) -> bool:
        """Whether it makes no post: a thread goes out without it."""
        return not self.media and not any(each.strip() for each in (self.text, *self.options))

    @property
    def blank(self) -> bool:
        """Whether there is nothing in it that somebody could miss."""
        return all(each.empty and not each.spoiler.strip() for each in self.thread)


def may_see(
    viewer: Viewer,
    author: int,
    visibility: Visibility,
    *,
    follows: bool,
    named: bool,
    blocked: bool,
    hides: int = 0,
) -> bool:
    """The one rule of who may see a post; `queries.visible` says the same in SQL.

    Args:
        follows: the viewer follows the author.
        named: the viewer is mentioned.
        blocked: the author blocks the viewer.
        hides: what the author hides from strangers, as in `Account`.
    """
    if viewer.account is not None and viewer.account == author:
        return True
    if blocked:
        return False
    if visibility in (Visibility.PUBLIC, Visibility.UNLISTED):
        return viewer.account is not None or not hides >> visibility & 1
    if visibility is Visibility.WITHHELD:
        return False
    return named or (follows and visibility is Visibility.PRIVATE)


class Quotable(NamedTuple):
    """What decides whether somebody may quote a post that they may see."""

    author: int
    visibility: Visibility
    policy: QuotePolicy
    follows: bool  # they follow the author
    elsewhere: bool = False  # the author is, and has to be asked


class Approval(IntEnum):
    """Who may quote a post, all things considered: its policy, and who may read it."""

    EVERYBODY = 0
    FOLLOWERS = 1
    NOBODY = 2
    NEVER = 3  # nor its author
    FOLLOWED = 4  # followers, and the reader is one


def approval_of(visibility: Visibility, policy: QuotePolicy) -> Approval:
    """What a post's own columns say."""
    if visibility >= Visibility.DIRECT:
        return Approval.NEVER
    return Approval.NOBODY if visibility not in OPEN else Approval(int(policy))


def may_quote(viewer: Viewer, post: Quotable) -> bool:
    """Whether the viewer may quote it. What is for a few is quoted by nobody; what is for followers
    by its author alone."""
    if viewer.account is None or post.visibility >= Visibility.DIRECT:
        return False
    if viewer.account == post.author:
        return True
    if post.visibility not in OPEN:
        return False
    if post.policy is QuotePolicy.FOLLOWERS:
        return post.follows
    return post.policy is QuotePolicy.PUBLIC


class Arrived(msgspec.Struct, frozen=True, kw_only=True):
    """A post of somebody elsewhere: its words made safe, people and posts by our ids."""

    uri: str
    url: str | None
    author: int
    visibility: Visibility
    content: Content
    sensitive: bool
    language: str | None
    reply_to: int | None
    named: tuple[int, ...]  # who is told of it and may see it
    tags: tuple[str, ...]  # folded
    at: int | None  # ms, as its author says
    edited_at: int | None
    media: tuple[Away, ...] = ()
    emojis: dict[str, str] = {}  # by shortcode, where the picture is
    poll: Asked | None = None
    quoted: Quoted | None = None
    quote_policy: QuotePolicy = QuotePolicy.NOBODY
