"""The two instance entities: what a server says of itself to apps, all in one."""

from typing import Any, NamedTuple

import msgspec
from litestar import get
from litestar.di import NamedDependency

from whimbrel import __version__
from whimbrel.accounts import queries as people
from whimbrel.accounts import serialize as faces
from whimbrel.accounts.auth import access
from whimbrel.accounts.profile import FIELD_CHARS, NAME_CHARS
from whimbrel.accounts.rules import Account
from whimbrel.core.app import App
from whimbrel.core.db import Db
from whimbrel.core.errors import NotFound
from whimbrel.core.http import Json
from whimbrel.core.settings import Instance
from whimbrel.core.text import to_html
from whimbrel.core.tx import Tx
from whimbrel.core.webpush import public_key
from whimbrel.instance import serialize, texts
from whimbrel.instance.rules import Rule
from whimbrel.posts.marks import MOST_PINS

from . import queries

VERSION = f"4.6.0 (compatible; Whimbrel {__version__})"
API_VERSION = 10  # what apps look at before they offer quotes (7) or collections (10)
FEATURED_TAGS = 10
_MIME_TYPES = [
    *("image/jpeg", "image/png", "image/gif", "image/webp", "image/heic", "image/heif"),
    *("image/avif", "video/mp4", "video/quicktime", "video/webm", "audio/mpeg", "audio/mp3"),
    *("audio/ogg", "audio/flac", "audio/x-flac", "audio/wav", "audio/x-wav", "audio/vnd.wave"),
]


def configuration(instance: Instance) -> dict[str, Any]:
    """The limits apps need to know, as both instance entities carry them."""
    return {
        "accounts": {
            "max_featured_tags": FEATURED_TAGS,
            "max_pinned_statuses": MOST_PINS,
            "max_display_name_length": NAME_CHARS,
            "max_note_length": instance.bio_chars,
            "max_avatar_description_length": 0,  # pictures of people have no words of their own
            "max_header_description_length": 0,
            "max_profile_fields": instance.profile_fields,
            "profile_field_name_limit": FIELD_CHARS,
            "profile_field_value_limit": FIELD_CHARS,
        },
        "statuses": {
            "max_characters": instance.post_chars,
            "max_media_attachments": instance.media_per_post,
            "characters_reserved_per_url": 23,
        },
        "media_attachments": {
            "supported_mime_types": _MIME_TYPES,
            "description_limit": instance.alt_chars,
            "image_size_limit": instance.image_bytes,
            "image_matrix_limit": 40_000_000,
            "video_size_limit": instance.video_bytes,
            "video_frame_rate_limit": 60,
            "video_matrix_limit": 8_847_360,
        },
        "polls": {
            "max_options": instance.poll_options,
            "max_characters_per_option": instance.poll_option_chars,
            "min_expiration": 300,
            "max_expiration": 2_629_746,
        },
    }


@get("/api/v2/instance", opt=access(None))
async def instance_v2(app: NamedDependency[App], db: NamedDependency[Db]) -> Json:
    """The instance as apps since Mastodon 4 read it."""
    here, said = app.instance, await db.read(_said, slow=True)
    icon = f"{here.origin}/static/icon"
    return Json(
        {
            "domain": here.domain,
            "title": here.title,
            "version": VERSION,
            "source_url": "",
            "description": here.description,
            "usage": {"users": {"active_month": said.stats.active}},
            "thumbnail": {
                "url": f"{icon}-512.png",
                "blurhash": None,
                "versions": {"@1x": f"{icon}-192.png", "@2x": f"{icon}-512.png"},
                "description": "",
            },
            "icon": [
                {"src": f"{icon}-{side}.png", "size": f"{side}x{side}"} for side in (192, 512)
            ],
            "languages": list(here.languages),
            "configuration": {
                "urls": _urls(here, said),
                "vapid": {"public_key": public_key(db.keyring)},
                **configuration(here),
                "translation": {"enabled": False},
                "limited_federation": here.limited_federation,
                "timelines_access": _timelines(here),
            },
            "registrations": {
                "enabled": here.signups in ("open", "approval"),
                "approval_required": here.signups == "approval",
                "reason_required": here.signups == "approval",
                "message": _message(here),
                "url": f"{here.origin}/auth/sign-up",
                "min_age": here.signups_min_age or None,
            },
            "api_versions": {"mastodon": API_VERSION},
            "wrapstodon": None,
            "contact": {"email": here.contact_email, "account": said.contact_entity(here)},
            "rules": [serialize.rule(each) for each in said.rules],
        }
    )


def _timelines(here: Instance) -> dict[str, dict[str, str]]:
    """Who may read what is public."""
    near = "authenticated" if here.public_reading == "closed" else "public"
    far = "public" if here.public_reading == "open" else "authenticated"
    return {
        "live_feeds": {"local": near, "remote": far},
        "hashtag_feeds": {"local": near, "remote": near},
        "trending_link_feeds": {"local": near, "remote": near},
    }


@get("/api/v1/instance", opt=access(None))
async def instance_v1(app: NamedDependency[App], db: NamedDependency[Db]) -> Json:
    """The instance as older apps read it."""
    here, said = app.instance, await db.read(_said, slow=True)
    domains = await db.read(queries.count_peers, slow=True)
    return Json(
        {
            "uri": here.domain,
            "title": here.title,
            "short_description": here.description,
            "description": here.description,
            "email": here.contact_email,
            "version": VERSION,
            "urls": {"streaming_api": here.streaming},
            "stats": {
                "user_count": said.stats.users,
                "status_count": said.stats.statuses,
                "domain_count": domains,
            },
            "thumbnail": f"{here.origin}/static/icon-512.png",
            "languages": list(here.languages),
            "registrations": here.signups in ("open", "approval"),
            "approval_required": here.signups == "approval",
            "invites_enabled": here.signups == "invite",
            "configuration": configuration(here),
            "contact_account": said.contact_entity(here),
            "rules": [serialize.rule(each) for each in said.rules],
        }
    )


class _Said(NamedTuple):
    """What both entities take from the database."""

    stats: queries.Stats
    rules: list[Rule]
    contact: Account | None
    privacy: bool
    terms: bool

    def contact_entity(self, here: Instance) -> msgspec.Raw | None:
        return None if self.contact is None else msgspec.Raw(faces.account(here, self.contact))


def _said(tx: Tx) -> _Said:
    return _Said(
        queries.stats(tx),
        texts.rules(tx),
        _contact(tx),
        texts.one(tx, "privacy") is not None,
        texts.one(tx, "terms") is not None,
    )


def _contact(tx: Tx) -> Account | None:
    """Whom people may write to, if the operator named somebody who is here."""
    name = tx.instance.contact_account
    try:
        found = people.by_handle(tx, name) if name else None
    except NotFound:
        return None
    return None if found is None or found.suspended_at is not None else found


def _urls(here: Instance, said: _Said) -> dict[str, str | None]:
    """Where things are; null for a text that the operator did not write."""
    return {
        "streaming": here.streaming,
        "status": None,
        "about": f"{here.origin}/about",
        "privacy_policy": f"{here.origin}/privacy-policy" if said.privacy else None,
        "terms_of_service": f"{here.origin}/terms-of-service" if said.terms else None,
    }


def _message(here: Instance) -> str | None:
    """Why nobody can sign up, as HTML."""
    closed = here.signups in ("closed", "invite")
    return to_html(here.signups_message, {}, lambda tag: tag) or None if closed else None


ROUTES: list[Any] = [instance_v1, instance_v2]
