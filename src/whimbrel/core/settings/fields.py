"""The settings, each with its type, its default and its meaning.

What the meaning says is written here once: `--help` and docs/configuration.md are made from it."""

from collections.abc import Mapping
from pathlib import Path
from re import compile as pattern
from types import MappingProxyType
from typing import Annotated, Any, Literal, get_type_hints

import msgspec
from msgspec import Meta

from .checks import split_bind
from .leaving import Leaving
from .meaning import says as _says

Role = Literal["all", "web", "worker", "streaming"]
Signups = Literal["open", "approval", "invite", "closed"]
Shown = Literal["all", "users", "nobody"]
PublicReading = Literal["open", "first-page", "closed"]
Count = Annotated[int, Meta(ge=1)]


class Settings(Leaving, frozen=True, kw_only=True):
    """Everything an administrator can choose. Made by `load`, never by hand outside tests."""

    data: Annotated[Path, _says("Folder with everything this server keeps.")] = Path("data")
    bind: Annotated[str, _says("HOST:PORT to listen on; port 0 takes a free one.")] = (
        "127.0.0.1:3000"
    )
    domain: Annotated[
        str,
        _says(
            "The part after the @ in everybody's address; it can never be changed once others "
            "know it. Empty: taken from bind, for trying things out."
        ),
    ] = ""
    origin: Annotated[
        str,
        _says(
            "Where browsers, apps and other servers find this server, when that is not "
            "https://DOMAIN: then DOMAIN has to send /.well-known/webfinger on to here. It can "
            "never be changed either. Empty: https, or http when the domain is localhost and "
            "there is no certificate."
        ),
    ] = ""
    media_domain: Annotated[
        str,
        _says(
            "The name under which files are served, and nothing else is: what strangers uploaded "
            "must not lie where people are signed in. It leads to this same server. Empty: files "
            "lie under the server's own name, for trying out."
        ),
    ] = ""
    tls_cert: Annotated[
        str, _says("PEM file with the certificate chain. Empty: a proxy in front does TLS.")
    ] = ""
    tls_key: Annotated[str, _says("PEM file with the certificate's private key.")] = ""
    trusted_proxies: Annotated[
        tuple[str, ...],
        _says(
            "Addresses or networks of proxies whose X-Forwarded-For is believed. Empty: nobody's."
        ),
    ] = ()
    role: Annotated[
        Role,
        _says(
            "What this process does. Anything but all needs PostgreSQL and Redis, which the "
            "processes share."
        ),
    ] = "all"

    database: Annotated[
        str,
        _says(
            "sqlite:///PATH or postgresql://USER:PASSWORD@HOST/NAME. Empty: SQLite in the data "
            "folder.",
            secret=True,
        ),
    ] = ""
    search_database: Annotated[
        str,
        _says(
            "Where the search index lives; it can always be rebuilt and needs no backup. Empty: "
            "a file of its own beside SQLite, a schema of its own in PostgreSQL.",
            secret=True,
        ),
    ] = ""
    redis: Annotated[
        str,
        _says(
            "redis://HOST:PORT/NUMBER (rediss:// for TLS) to carry live events between processes. "
            "Empty: one process needs none.",
            secret=True,
        ),
    ] = ""
    objects: Annotated[
        str,
        _says(
            "s3://BUCKET?endpoint=URL&region=NAME to keep media in. Empty: the folder objects in "
            "the data folder.",
        ),
    ] = ""
    s3_key: Annotated[str, _says("Access key of the bucket.")] = ""
    s3_secret: Annotated[str, _says("Secret key of the bucket.", secret=True)] = ""

    title: Annotated[str, _says("Name of this server, as people see it.")] = "Whimbrel"
    description: Annotated[str, _says("What this server is for, in a sentence or two.")] = ""
    contact_email: Annotated[str, _says("Public address of whoever runs this server.")] = ""
    contact_account: Annotated[
        str, _says("Name of the account here that people may write to, without @. Empty: none.")
    ] = ""
    languages: Annotated[
        tuple[str, ...],
        _says(
            "Languages spoken here, as codes such as en or pt-BR. Pages are in the first of them "
            "that they can be in, for whoever asks for none."
        ),
    ] = ("en",)
    signups: Annotated[
        Signups,
        _says(
            "Who may make an account: anybody (open), whoever a moderator lets in (approval), "
            "whoever holds an invitation (invite), nobody (closed)."
        ),
    ] = "approval"
    signups_min_age: Annotated[
        int,
        Meta(ge=0, le=150),
        _says(
            "How old, in years, somebody has to be to make an account. Their date of birth is "
            "asked for and not kept. 0: nobody is asked."
        ),
    ] = 0
    signups_message: Annotated[
        str, _says("What people read where they cannot sign up, in a sentence or two.")
    ] = ""
    limited_federation: Annotated[
        bool,
        _says(
            "Whether this server speaks only with those that the staff let in (Moderation, Other "
            "servers, Let in)."
        ),
    ] = False
    public_reading: Annotated[
        PublicReading,
        _says(
            "What people may read without signing in: everything public (open); a post with its "
            "conversation and the newest page of a profile, a tag or the local timeline, but no "
            "further pages, no search, no lists of people (first-page); nothing (closed)."
        ),
    ] = "first-page"
    strangers_posts: Annotated[
        int,
        Meta(ge=200, le=1_000_000),
        _says(
            "How many posts by people whom they do not follow somebody can read in a day, a fifth "
            "of them at once. Home, notifications, lists and one's own posts are not counted; "
            "other limits on reading follow from it."
        ),
    ] = 2400
    show_peers: Annotated[
        bool, _says("Whether everybody may list the servers that this one knows.")
    ] = True
    show_domain_blocks: Annotated[
        Shown,
        _says("Who may list the servers that are blocked here, and why: all, users, nobody."),
    ] = "nobody"
    confirm_email: Annotated[
        bool, _says("Whether a new address must be confirmed before the account works.")
    ] = True
    smtp: Annotated[
        str,
        _says(
            "smtp://USER:PASSWORD@HOST:PORT?tls=starttls to send mail through (tls is starttls, "
            "tls or none). Empty: mail is printed on the console and kept in data/mail.",
            secret=True,
        ),
    ] = ""
    mail_from: Annotated[str, _says("Sender of mail. Empty: no-reply@DOMAIN.")] = ""

    address_days: Annotated[
        int,
        Meta(ge=0, le=365),
        _says(
            "Days for which it is kept where somebody came from: for 7 the IP address, then the "
            "/24 or /48 it lies in. Moderators can look, and whom they look at is told. 0: nothing "
            "is kept."
        ),
    ] = 90
    rate_limits: Annotated[
        bool, _says("Whether requests are limited. Off only for measuring and tests.")
    ] = True
    extra_ca: Annotated[
        str, _says("PEM file of further certificate authorities to believe in outgoing requests.")
    ] = ""
    allow_private: Annotated[
        tuple[str, ...],
        _says("Exact private IP addresses that outgoing requests may reach all the same."),
    ] = ()

    post_chars: Annotated[Count, _says("Characters in a post; an address counts 23.")] = 500
    media_per_post: Annotated[Count, _says("Pictures, videos or sounds in a post.")] = 4
    poll_options: Annotated[int, Meta(ge=2), _says("Choices in a poll.")] = 4
    poll_option_chars: Annotated[Count, _says("Characters in a choice of a poll.")] = 50
    alt_chars: Annotated[Count, _says("Characters in the description of a picture.")] = 1500
    bio_chars: Annotated[Count, _says("Characters in the text about oneself.")] = 500
    profile_fields: Annotated[int, Meta(ge=0), _says("Name and value rows on a profile.")] = 4
    image_bytes: Annotated[Count, _says("Largest picture taken, in bytes.")] = 16 * 1024 * 1024
    video_bytes: Annotated[Count, _says("Largest video or sound taken, in bytes.")] = (
        99 * 1024 * 1024
    )

    remote_media_bytes: Annotated[
        Count,
        _says(
            "Largest file taken from another server, in bytes. Files of others are fetched when "
            "somebody first looks, made anew like uploads, and shown from here."
        ),
    ] = 24 * 1024 * 1024
    remote_media_room: Annotated[
        Count,
        _says("Room for copies of files of other servers, in bytes; the oldest go first."),
    ] = 5 * 1024 * 1024 * 1024
    remote_media_days: Annotated[
        int,
        Meta(ge=1, le=3650),
        _says("Days such a copy is kept; who looks later has it fetched anew."),
    ] = 14

    link_previews: Annotated[
        bool,
        _says("Whether the pages that posts link to are asked for a title and a picture."),
    ] = True

    home_size: Annotated[Count, _says("Posts kept in each home timeline.")] = 800
    fanout_slice: Annotated[Count, _says("Followers reached by one background job.")] = 1000
    merge_above: Annotated[
        Count,
        _says("Authors with more followers than this are merged in when a home is read."),
    ] = 10_000
    away_days: Annotated[
        Count,
        _says("Days without a visit after which a home is no longer filled, only rebuilt."),
    ] = 30
    redraft_minutes: Annotated[
        int,
        Meta(ge=0),
        _says("Minutes the media of a deleted post wait for it to be written again."),
    ] = 10

    trends_review: Annotated[
        bool,
        _says("Whether a moderator looks at what trends before everybody is shown it."),
    ] = True

    moderation_times: Annotated[
        tuple[str, ...],
        _says(
            "Hours in which reports of a class have to be decided, where that is not as usual, "
            "such as U1=12: L0 legal orders and V1 threats to life 1, H1 host complaints and N1 "
            "intimate images 12, D1 notices of what is illegal, U1 rules and S1 spam 24, A1 "
            "appeals 168. "
            "The first four can only be made shorter. It counts for what comes in from then on."
        ),
    ] = ()
    hide_in_place: Annotated[
        tuple[str, ...],
        _says(
            "Classes of reports whose posts the clock hides at three quarters of their time when "
            "nobody has decided: L0, V1, H1, N1. Never an account; a person looks within a day; at "
            "most 50 posts an hour that nobody has looked at."
        ),
    ] = ("L0", "V1")
    page_ntfy: Annotated[
        str,
        _says(
            "Topic of ntfy where calls to urgent reports are published: "
            "https://ntfy.example/TOPIC, with an access token https://TOKEN@ntfy.example/TOPIC.",
            secret=True,
        ),
    ] = ""
    page_webhook: Annotated[
        str, _says("Address that calls to urgent reports are posted to, signed.")
    ] = ""
    page_webhook_secret: Annotated[
        str,
        _says(
            "What they are signed with, as Standard Webhooks do: whsec_ and base64.", secret=True
        ),
    ] = ""
    practice_calls: Annotated[
        bool,
        _says("Whether the staff is called for practice once a week, as `on-call drill` does."),
    ] = False

    letters_imap: Annotated[
        str,
        _says(
            "imaps://USER:PASSWORD@HOST/FOLDER of a mailbox whose new letters are taken in each "
            "minute, as complaints of hosts. Empty: none is looked into.",
            secret=True,
        ),
    ] = ""
    vault_key: Annotated[
        str,
        _says(
            "The public key that evidence of grave cases is sealed to, as `whimbrel vault key` "
            "prints it. Empty: none is kept."
        ),
    ] = ""

    metrics_bind: Annotated[
        str,
        _says("HOST:PORT for Prometheus, such as 127.0.0.1:9100; never public. Empty: off."),
    ] = ""
    log_level: Annotated[
        Literal["debug", "info", "warning", "error"], _says("How much is logged.")
    ] = "info"
    log_format: Annotated[
        Literal["console", "json"], _says("Lines for people or for machines.")
    ] = "console"

    @property
    def address(self) -> tuple[str, int]:
        """Host (no brackets) and port of `bind`."""
        return split_bind(self.bind)

    @property
    def database_url(self) -> str:
        """`database`, or the SQLite file in the data folder."""
        return self.database or f"sqlite:///{self.data / 'whimbrel.db'}"

    @property
    def search_url(self) -> str:
        """`search_database`, or what goes with the main one (on PostgreSQL the same URL)."""
        if self.search_database:
            return self.search_database
        if self.database_url.startswith("postgresql:"):
            return self.database_url
        return f"sqlite:///{self.data / 'search.db'}"


_HINTS = get_type_hints(Settings, include_extras=True)  # those of Leaving first
KEYS: Mapping[str, Any] = MappingProxyType(
    {**{key: _HINTS[key] for key in Settings.__annotations__}, **_HINTS}
)
DEFAULTS: Mapping[str, Any] = MappingProxyType(msgspec.structs.asdict(Settings()))
SECRETS = frozenset(
    key
    for key, hint in KEYS.items()
    if any((meta.extra or {}).get("secret") for meta in hint.__metadata__)
)

_PASSWORD = pattern(r"(://[^:/@]*:).+(@)|([?&]password=)[^&]+")


def describe(key: str) -> str:
    """The description of a setting, for `--help` and the reference."""
    return next(str(meta.description) for meta in KEYS[key].__metadata__ if meta.description)


def masked(key: str, value: object) -> object:
    """`value` as it may be shown to whoever looks over the shoulder: without passwords."""
    if key in SECRETS and isinstance(value, str) and value:
        if "://" not in value:
            return "***"
        return _PASSWORD.sub(r"\1***\2", value)
    return value
