"""Posts and what hangs on them."""

from typing import Any, Literal

from msgspec import UNSET, UnsetType

from ..described import Count, Entity, Html, Id, Time, Url
from .people import Account, CustomEmoji

Visibility = Literal["public", "unlisted", "private", "direct"]


class Focus(Entity):
    """The point of a picture that should stay in sight; -1 to 1 each way."""

    x: float
    y: float


class MediaMeta(Entity):
    """What is known of a file before it is loaded."""

    original: dict[str, Any] | UnsetType = UNSET
    small: dict[str, Any] | UnsetType = UNSET
    focus: Focus | UnsetType = UNSET
    length: str | UnsetType = UNSET
    duration: float | UnsetType = UNSET
    fps: int | UnsetType = UNSET
    width: int | UnsetType = UNSET
    height: int | UnsetType = UNSET
    size: str | UnsetType = UNSET
    aspect: float | UnsetType = UNSET


class MediaAttachment(Entity):
    """A picture, film or sound. Without `url` it is still being converted."""

    id: Id
    type: Literal["image", "gifv", "video", "audio", "unknown"]
    url: Url | None
    preview_url: Url | None
    remote_url: Url | None
    preview_remote_url: Url | None
    text_url: Url | None
    meta: MediaMeta
    description: str | None
    blurhash: str | None


class Mention(Entity):
    """Somebody who is named in a post."""

    id: Id
    username: str
    url: Url
    acct: str


class StatusTag(Entity):
    """A hashtag in a post."""

    name: str
    url: Url


class StatusApplication(Entity):
    """What a post was written with."""

    name: str
    website: str | None


class PollOption(Entity):
    """One of the answers to choose from."""

    title: str
    votes_count: Count | None


class Poll(Entity):
    """A question; `voted` and `own_votes` are told to who is signed in."""

    id: Id
    expires_at: Time | None
    multiple: bool
    votes_count: Count
    voters_count: Count | None
    options: list[PollOption]
    emojis: list[CustomEmoji]
    expired: bool
    voted: bool | UnsetType = UNSET
    own_votes: list[int] | UnsetType = UNSET


class FilterMatched(Entity):
    """A filter of the viewer's that caught something."""

    id: Id
    title: str
    context: list[Literal["home", "notifications", "public", "thread", "account"]]
    expires_at: Time | None
    filter_action: Literal["warn", "hide", "blur"]


class FilterResult(Entity):
    """Why a post is filtered."""

    filter: FilterMatched
    keyword_matches: list[str] | None
    status_matches: list[Id] | None


class CardAuthor(Entity):
    """Who wrote a page."""

    name: str
    url: str
    account: Account | None


class PreviewCard(Entity):
    """What a page that a post links to says of itself. `html` is empty: nobody else's runs here."""

    url: Url
    title: str
    description: str
    language: str | None
    type: Literal["link", "photo"]
    author_name: str
    author_url: str
    provider_name: str
    provider_url: str
    html: Literal[""]
    width: Count
    height: Count
    image: Url | None
    image_description: str
    embed_url: str
    blurhash: str | None
    published_at: Time | None
    authors: list[CardAuthor]


QuoteState = Literal[
    "pending",
    "accepted",
    "rejected",
    "revoked",
    "deleted",
    "unauthorized",
    "blocked_account",
    "blocked_domain",
    "muted_account",
]


class QuoteApproval(Entity):
    """Who may quote a post, and whether the viewer may."""

    automatic: list[Literal["public", "followers"]]
    manual: list[str]
    current_user: Literal["automatic", "manual", "denied", "unknown"]


class Status(Entity):
    """A post. The viewer's own marks are told to who is signed in."""

    id: Id
    created_at: Time
    in_reply_to_id: Id | None
    in_reply_to_account_id: Id | None
    sensitive: bool
    spoiler_text: str
    visibility: Visibility
    language: str | None
    uri: Url
    url: Url | None
    edited_at: Time | None
    content: Html
    media_attachments: list[MediaAttachment]
    mentions: list[Mention]
    tags: list[StatusTag]
    tagged_collections: list[Any]  # of Collection; none, for they have no pages here
    emojis: list[CustomEmoji]
    reblog: "Status | None"
    quote: "Quote | None"
    card: PreviewCard | None
    account: Account
    replies_count: Count
    reblogs_count: Count
    favourites_count: Count
    quotes_count: Count
    quote_approval: QuoteApproval
    poll: Poll | None
    application: StatusApplication | UnsetType = UNSET
    favourited: bool | UnsetType = UNSET
    reblogged: bool | UnsetType = UNSET
    muted: bool | UnsetType = UNSET
    bookmarked: bool | UnsetType = UNSET
    pinned: bool | UnsetType = UNSET
    filtered: list[FilterResult] | UnsetType = UNSET


class Quote(Entity):
    """A quoted post, as far as the viewer may see it; inside one that is quoted itself only its
    id."""

    state: QuoteState
    quoted_status: Status | UnsetType | None = UNSET
    quoted_status_id: Id | UnsetType | None = UNSET


class DeletedStatus(Status, kw_only=True):
    """A post that is no more, with the words it takes to write it again."""

    text: str


class StatusSource(Entity):
    """The words as they were written."""

    id: Id
    text: str
    spoiler_text: str


class OEmbed(Entity):
    """How a post is shown in a frame on another page."""

    type: Literal["rich"]
    version: Literal["1.0"]
    title: str
    author_name: str
    author_url: Url
    provider_name: str
    provider_url: Url
    cache_age: int
    html: Html
    width: Count
    height: Count | None


class EditedPoll(Entity):
    """The answers that a former version asked for."""

    options: list[dict[str, str]]


class StatusEdit(Entity):
    """What a post said at some time. Files that were taken off it are no more."""

    content: Html
    spoiler_text: str
    sensitive: bool
    created_at: Time
    account: Account
    poll: EditedPoll | None
    quote: Quote | None
    media_attachments: list[MediaAttachment]
    emojis: list[CustomEmoji]


class ScheduledPoll(Entity):
    """A question that will be asked; `expires_in` seconds for answers."""

    options: list[str]
    expires_in: int
    multiple: bool
    hide_totals: bool


class ScheduledParams(Entity):
    """What was sent to write the post."""

    text: str
    poll: ScheduledPoll | None
    media_ids: list[Id]
    sensitive: bool | None
    spoiler_text: str
    visibility: Visibility | None
    in_reply_to_id: Id | None
    language: str | None
    application_id: Id | None
    scheduled_at: None
    idempotency: None
    with_rate_limit: bool
    allowed_mentions: None
    quoted_status_id: Id | None
    quote_approval_policy: str | None


class ScheduledStatus(Entity):
    """A post that waits. One whose time is over could not be published."""

    id: Id
    scheduled_at: Time
    params: ScheduledParams
    media_attachments: list[MediaAttachment]


class Context(Entity):
    """The conversation around a post."""

    ancestors: list[Status]
    descendants: list[Status]
