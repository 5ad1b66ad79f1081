"""What a server says of itself."""

from typing import Any, Literal

from msgspec import UNSET, UnsetType

from ..described import Count, CountText, Day, Entity, Html, Id, Time, Url
from .people import Account, CustomEmoji
from .posts import Mention


class RuleTranslation(Entity):
    """A rule in another language."""

    text: str
    hint: str


class Rule(Entity):
    """A rule of the house."""

    id: Id
    text: str
    hint: str
    translations: dict[str, RuleTranslation]


class AccountLimits(Entity):
    """Of accounts."""

    max_featured_tags: Count
    max_pinned_statuses: Count
    max_display_name_length: Count
    max_note_length: Count
    max_avatar_description_length: Count
    max_header_description_length: Count
    max_profile_fields: Count
    profile_field_name_limit: Count
    profile_field_value_limit: Count


class StatusLimits(Entity):
    """Of posts."""

    max_characters: Count
    max_media_attachments: Count
    characters_reserved_per_url: Count


class MediaLimits(Entity):
    """Of uploads."""

    supported_mime_types: list[str]
    description_limit: Count
    image_size_limit: Count
    image_matrix_limit: Count
    video_size_limit: Count
    video_frame_rate_limit: Count
    video_matrix_limit: Count


class PollLimits(Entity):
    """Of polls."""

    max_options: Count
    max_characters_per_option: Count
    min_expiration: Count
    max_expiration: Count


class Configuration(Entity):
    """The limits apps need to know."""

    accounts: AccountLimits
    statuses: StatusLimits
    media_attachments: MediaLimits
    polls: PollLimits


class Places(Entity):
    """Where streams and pages are; null for a text that the operator did not write."""

    streaming: str
    status: Url | None
    about: Url
    privacy_policy: Url | None
    terms_of_service: Url | None


class Vapid(Entity):
    """The key of push messages."""

    public_key: str


class Translation(Entity):
    """Whether posts are translated."""

    enabled: bool


class FullConfiguration(Configuration):
    """The limits, and what else apps need to know."""

    urls: Places
    vapid: Vapid
    translation: Translation
    limited_federation: bool
    timelines_access: dict[str, dict[str, str]]


class Users(Entity):
    """How many are here."""

    active_month: Count


class Usage(Entity):
    """How much is going on."""

    users: Users


class Thumbnail(Entity):
    """The picture of the server."""

    url: Url
    blurhash: str | None
    versions: dict[str, Url]
    description: str


class Icon(Entity):
    """Its icon in one size."""

    src: Url
    size: str


class Registrations(Entity):
    """Whether one can join, and how."""

    enabled: bool
    approval_required: bool
    message: str | None
    url: Url | None
    min_age: int | None
    reason_required: bool


class Contact(Entity):
    """Whom to write to."""

    email: str
    account: Account | None


class Instance(Entity):
    """The server, as apps since Mastodon 4 read it."""

    domain: str
    title: str
    version: str
    source_url: str
    description: str
    usage: Usage
    thumbnail: Thumbnail
    icon: list[Icon]
    languages: list[str]
    configuration: FullConfiguration
    registrations: Registrations
    api_versions: dict[str, int]
    wrapstodon: int | None
    contact: Contact
    rules: list[Rule]


class Stats(Entity):
    """How much is here."""

    user_count: Count
    status_count: Count
    domain_count: Count


class OldUrls(Entity):
    """Where streams are."""

    streaming_api: str


class OldInstance(Entity):
    """The server, as older apps read it."""

    uri: str
    title: str
    short_description: str
    description: str
    email: str
    version: str
    urls: OldUrls
    stats: Stats
    thumbnail: Url | None
    languages: list[str]
    registrations: bool
    approval_required: bool
    invites_enabled: bool
    configuration: Configuration
    contact_account: Account | None
    rules: list[Rule]


class ExtendedDescription(Entity):
    """What this place is, at length."""

    updated_at: Time | None
    content: Html


class PrivacyPolicy(Entity):
    """What is kept of people."""

    updated_at: Time
    content: Html


class TermsOfService(Entity):
    """What one agrees to."""

    effective_date: Day
    effective: bool
    content: Html
    succeeded_by: Day | None


class Language(Entity):
    """What a post may be written in."""

    code: str
    name: str


class Week(Entity):
    """What went on in a week; when it began in seconds since 1970."""

    week: CountText
    statuses: CountText
    logins: CountText
    registrations: CountText


class BlockedServer(Entity):
    """A server that is blocked or limited here."""

    domain: str
    digest: str
    severity: Literal["silence", "suspend"]
    comment: str


class Reaction(Entity):
    """An emoji under an announcement; the addresses only of the server's own."""

    name: str
    count: Count
    me: bool
    url: Url | UnsetType = UNSET
    static_url: Url | UnsetType = UNSET


class AnnouncementPost(Entity):
    """A post that an announcement links to."""

    id: Id
    url: Url


class AnnouncementTag(Entity):
    """A tag in an announcement."""

    name: str
    url: Url


class Announcement(Entity):
    """Something that everybody here should know."""

    id: Id
    content: Html
    starts_at: Time | None
    ends_at: Time | None
    all_day: bool
    published_at: Time
    updated_at: Time
    read: bool
    mentions: list[Mention]
    statuses: list[AnnouncementPost]
    tags: list[AnnouncementTag]
    emojis: list[CustomEmoji]
    reactions: list[Reaction]


class AnnualReports(Entity):
    """Summed up years: none are."""

    annual_reports: list[Any]
    accounts: list[Any]
    statuses: list[Any]


class AnnualReportState(Entity):
    """Whether one can be had."""

    state: Literal["ineligible"]


class UserInfo(Entity):
    """Who signed in, in OpenID Connect's words."""

    iss: Url
    sub: Url
    name: str
    preferred_username: str
    profile: Url
    picture: Url


class NodeInfoLinks(Entity):
    """Where NodeInfo is."""

    links: list[dict[str, str]]


class NodeInfo(Entity):
    """What runs here, and how many use it."""

    version: str
    software: dict[str, str]
    protocols: list[str]
    services: dict[str, list[str]]
    usage: dict[str, Any]
    openRegistrations: bool  # noqa: N815 (NodeInfo's word)
    metadata: dict[str, Any]


class WebFinger(Entity):
    """Who somebody is."""

    subject: str
    aliases: list[Url]
    links: list[dict[str, str]]
