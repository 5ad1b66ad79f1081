"""What a server says of itself."""

from typing import Any

from ..described import Count, Entity, Url
from .people import Account


class Rule(Entity):
    """A rule of the house."""

    id: str
    text: str
    hint: str


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


class Streaming(Entity):
    """Where streams are."""

    streaming: str


class Vapid(Entity):
    """The key of push messages."""

    public_key: str


class Translation(Entity):
    """Whether posts are translated."""

    enabled: bool


class FullConfiguration(Configuration):
    """The limits, and what else apps need to know."""

    urls: Streaming
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
