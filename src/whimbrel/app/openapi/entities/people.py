"""Accounts, and what belongs to one's own."""

from typing import Literal

from msgspec import UNSET, UnsetType

from ..described import Count, Day, Entity, Html, Id, Time, Url


class AccountField(Entity):
    """A row of the table on a profile."""

    name: str
    value: Html
    verified_at: Time | None


class CustomEmoji(Entity):
    """A little picture of the server's own."""

    shortcode: str
    url: Url
    static_url: Url
    visible_in_picker: bool
    category: str | None


class FeatureApproval(Entity):
    """Who may put somebody into a collection: anybody, if they want to be found."""

    automatic: list[str]
    manual: list[str]
    current_user: str


class AccountBase(Entity):
    """What all forms of an account have in common."""

    id: Id
    username: str
    acct: str
    display_name: str
    locked: bool
    bot: bool
    discoverable: bool | None
    indexable: bool
    group: bool
    created_at: Time
    note: Html
    url: Url
    uri: Url
    avatar: Url
    avatar_static: Url
    avatar_description: str
    header: Url
    header_static: Url
    header_description: str
    followers_count: Count
    following_count: Count
    statuses_count: Count
    last_status_at: Day | None
    hide_collections: bool | None
    show_media: bool
    show_media_replies: bool
    show_featured: bool
    feature_approval: FeatureApproval
    emojis: list[CustomEmoji]
    fields: list[AccountField]
    noindex: bool | UnsetType = UNSET
    roles: list[dict[str, str]] | UnsetType = UNSET
    suspended: bool | UnsetType = UNSET
    limited: bool | UnsetType = UNSET
    memorial: bool | UnsetType = UNSET


class Account(AccountBase):
    """Somebody, as everybody sees them."""


class WholeAccount(AccountBase, kw_only=True):
    """The same, with where they moved."""

    moved: Account | UnsetType = UNSET


class MutedAccount(AccountBase, kw_only=True):
    """Somebody muted, and until when."""

    mute_expires_at: Time | None


class Role(Entity):
    """What one may do here."""

    id: str
    name: str
    permissions: str
    color: str
    highlighted: bool
    collection_limit: int


class Source(Entity):
    """What the owner wrote, as it was written, and how they like to post."""

    privacy: Literal["public", "unlisted", "private", "direct"]
    sensitive: bool
    language: str | None
    note: str
    fields: list[AccountField]
    follow_requests_count: Count
    hide_collections: bool
    discoverable: bool
    indexable: bool
    attribution_domains: list[str]
    quote_policy: Literal["public", "followers", "nobody"]
    also_known_as_uris: list[str]


class CredentialAccount(AccountBase, kw_only=True):
    """One's own account."""

    source: Source
    role: Role


class FeaturedTag(Entity):
    """A hashtag that somebody shows on their profile."""

    id: Id
    name: str
    url: Url
    statuses_count: str
    last_status_at: Day | None


class Profile(Entity):
    """One's profile as it was written."""

    id: Id
    display_name: str
    note: str
    fields: list[AccountField]
    avatar: Url | None
    avatar_static: Url | None
    avatar_description: str
    header: Url | None
    header_static: Url | None
    header_description: str
    locked: bool
    bot: bool
    hide_collections: bool
    discoverable: bool
    indexable: bool
    show_media: bool
    show_media_replies: bool
    show_featured: bool
    attribution_domains: list[str]
    featured_tags: list[FeaturedTag]


class FamiliarFollowers(Entity):
    """Those the viewer follows among somebody's followers."""

    id: Id
    accounts: list[Account]


Preferences = dict[str, str | bool | None]


class Application(Entity):
    """An app as it is registered."""

    id: Id
    name: str
    website: str | None
    scopes: list[str]
    redirect_uris: list[str]
    redirect_uri: str
    vapid_key: str


class CredentialApplication(Application):
    """The same with its secret, told once."""

    client_id: str
    client_secret: str
    client_secret_expires_at: int


class ServerMetadata(Entity):
    """What OAuth offers here (RFC 8414)."""

    issuer: Url
    authorization_endpoint: Url
    token_endpoint: Url
    revocation_endpoint: Url
    userinfo_endpoint: Url
    app_registration_endpoint: Url
    scopes_supported: list[str]
    response_types_supported: list[str]
    response_modes_supported: list[str]
    grant_types_supported: list[str]
    token_endpoint_auth_methods_supported: list[str]
    code_challenge_methods_supported: list[str]


class Receipt(Entity):
    """What somebody erased, and since when no copy of it on this server can be read."""

    id: Id
    kind: Literal["post", "direct", "removed", "media", "account"]
    subject_id: Id
    files: Count
    asked_at: Time
    unreadable_at: Time | None
    files_kept_until: Time | None
    key_copies_until: Time
