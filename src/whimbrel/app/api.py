"""What a server says of itself: Mastodon's instance entities, NodeInfo, host-meta, WebFinger."""

from typing import Any

import msgspec
from litestar import get
from litestar.di import NamedDependency
from litestar.response import Response

from whimbrel import __version__
from whimbrel.accounts import queries as people
from whimbrel.accounts import serialize as faces
from whimbrel.accounts.auth import access
from whimbrel.accounts.profile import FIELD_CHARS, NAME_CHARS
from whimbrel.core.app import App
from whimbrel.core.db import Db
from whimbrel.core.errors import Malformed, NotFound
from whimbrel.core.http import Json, Params
from whimbrel.core.settings import Instance
from whimbrel.core.webpush import public_key
from whimbrel.posts.marks import MOST_PINS

from . import queries

VERSION = f"4.6.0 (compatible; Whimbrel {__version__})"
FEATURED_TAGS = 10
_SOFTWARE = {"name": "whimbrel", "version": __version__}
_JRD = "application/jrd+json; charset=utf-8"
_XRD = "application/xrd+xml; charset=utf-8"
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
    here = app.instance
    active = (await db.read(queries.stats)).active
    return Json(
        {
            "domain": here.domain,
            "title": here.title,
            "version": VERSION,
            "source_url": "",
            "description": here.description,
            "usage": {"users": {"active_month": active}},
            "thumbnail": {"url": f"{here.origin}/static/icon-512.png", "blurhash": None},
            "icon": [
                {"src": f"{here.origin}/static/icon-{side}.png", "size": f"{side}x{side}"}
                for side in (192, 512)
            ],
            "languages": list(here.languages),
            "configuration": {
                "urls": {"streaming": here.streaming},
                "vapid": {"public_key": public_key(db.keyring)},
                **configuration(here),
                "translation": {"enabled": False},
                "limited_federation": True,
                "timelines_access": {
                    "live_feeds": {"local": "public", "remote": "disabled"},
                    "hashtag_feeds": {"local": "public", "remote": "disabled"},
                    "trending_link_feeds": {"local": "disabled", "remote": "disabled"},
                },
            },
            "registrations": {
                "enabled": here.signups in ("open", "approval"),
                "approval_required": here.signups == "approval",
                "message": None,
                "url": f"{here.origin}/auth/sign-up",
                "min_age": None,
                "reason_required": here.signups == "approval",
            },
            "api_versions": {"mastodon": 2},
            "contact": {"email": here.contact_email, "account": None},
            "rules": [],
        }
    )


@get("/api/v1/instance", opt=access(None))
async def instance_v1(app: NamedDependency[App], db: NamedDependency[Db]) -> Json:
    """The instance as older apps read it."""
    here, stats = app.instance, await db.read(queries.stats)
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
                "user_count": stats.users,
                "status_count": stats.statuses,
                "domain_count": 0,
            },
            "thumbnail": f"{here.origin}/static/icon-512.png",
            "languages": list(here.languages),
            "registrations": here.signups in ("open", "approval"),
            "approval_required": here.signups == "approval",
            "invites_enabled": here.signups == "invite",
            "configuration": configuration(here),
            "contact_account": None,
            "rules": [],
        }
    )


@get("/.well-known/nodeinfo", opt=access(None))
async def nodeinfo_links(app: NamedDependency[App]) -> Json:
    """Where NodeInfo is."""
    schema = "http://nodeinfo.diaspora.software/ns/schema/2.0"
    return Json({"links": [{"rel": schema, "href": f"{app.instance.origin}/nodeinfo/2.0"}]})


@get("/nodeinfo/2.0", opt=access(None))
async def nodeinfo(app: NamedDependency[App], db: NamedDependency[Db]) -> Json:
    """What runs here and how many use it."""
    here, stats = app.instance, await db.read(queries.stats)
    return Json(
        {
            "version": "2.0",
            "software": _SOFTWARE,
            "protocols": [],
            "services": {"outbound": [], "inbound": []},
            "usage": {
                "users": {
                    "total": stats.users,
                    "activeMonth": stats.active,
                    "activeHalfyear": stats.active_half_year,
                },
                "localPosts": stats.statuses,
            },
            "openRegistrations": here.signups == "open",
            "metadata": {"nodeName": here.title, "nodeDescription": here.description},
        }
    )


@get("/.well-known/host-meta", opt=access(None))
async def host_meta(app: NamedDependency[App]) -> Response[str]:
    """Where WebFinger is asked; Phanpy finds the web domain by it."""
    template = f"{app.instance.origin}/.well-known/webfinger?resource={{uri}}"
    return Response(
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<XRD xmlns="http://docs.oasis-open.org/ns/xri/xrd-1.0">\n'
        f'  <Link rel="lrdd" template="{template}"/>\n</XRD>\n',
        media_type=_XRD,
    )


@get("/.well-known/webfinger", opt=access(None))
async def webfinger(
    app: NamedDependency[App], db: NamedDependency[Db], params: NamedDependency[Params]
) -> Response[bytes]:
    """Who `acct:name@domain` is.

    Raises:
        Malformed: no resource named.
        NotFound: nobody of ours.
    """
    resource = params.text("resource")
    if not resource:
        raise Malformed("Name whom you look for: ?resource=acct:name@domain.")
    account = await db.read(people.by_handle, _local_name(app.instance, resource))
    if account.suspended_at:
        raise NotFound
    page = faces.account_url(app.instance, account)
    links = [{"rel": "http://webfinger.net/rel/profile-page", "type": "text/html", "href": page}]
    said = {
        "subject": f"acct:{account.username}@{app.instance.domain}",
        "aliases": [page],
        "links": links,
    }
    return Response(msgspec.json.encode(said), media_type=_JRD)


def _local_name(instance: Instance, resource: str) -> str:
    """The name in `acct:name@domain` or `https://domain/@name`, if the domain is ours."""
    page = f"{instance.origin}/@"
    if resource.startswith(page):
        return resource.removeprefix(page)
    name, _, domain = resource.removeprefix("acct:").removeprefix("@").rpartition("@")
    if not name or domain.lower() != instance.domain:
        raise NotFound
    return name


ROUTES = [instance_v1, instance_v2, nodeinfo_links, nodeinfo, host_meta, webfinger]
