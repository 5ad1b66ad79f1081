"""People as Mastodon's JSON: Account, CredentialAccount and the addresses of a person.

An account is rendered once per revision into a template whose counters are put in when it is sent:
they change often, the rest rarely. Nothing here asks who is looking; an account says the same to
everybody, and a suspended one says almost nothing."""

from collections.abc import Iterable
from functools import lru_cache
from typing import Any

import msgspec

from whimbrel.core import cache
from whimbrel.core.ids import iso, moment
from whimbrel.core.settings import Instance
from whimbrel.core.text import bio_html, profile_field_html
from whimbrel.core.tx import Tx
from whimbrel.media.urls import avatar_url, file_url, header_url

from . import queries
from .queries import lists, moving, profile
from .rules import (
    MASTODONS,
    MOST_COLLECTIONS,
    PERMISSIONS,
    ROLE_IDS,
    Account,
    Emoji,
    Field,
    Role,
    Viewer,
)

DAY = 86_400_000  # ms
RENDERED = 8192  # accounts kept, about 3 KB each

# Apps know by these endings that somebody has set no picture.
MISSING_AVATAR = "/avatars/original/missing.png"
MISSING_HEADER = "/headers/original/missing.png"

_encode = msgspec.json.encode
_HOLES = b',"followers_count":%b,"following_count":%b,"statuses_count":%b,"last_status_at":%b,'

_finished: dict[tuple[int, int], bytes] = {}  # by id and stamp


def account_url(instance: Instance, account: Account) -> str:
    """The page of somebody: ours at `/@name`, others at home."""
    if account.domain is None:
        return f"{instance.origin}/@{account.username}"
    return account.uri or f"{instance.origin}/@{account.acct}"


def actor_uri(instance: Instance, account: Account) -> str:
    """What other servers call somebody. One of ours is called by id: a name is no promise."""
    return account.uri or f"{instance.origin}/ap/users/{account.id}"


def avatar_of(instance: Instance, account: Account) -> str:
    """The address of somebody's picture; never empty."""
    if account.avatar is None or account.suspended_at is not None:
        return instance.origin + MISSING_AVATAR
    return avatar_url(instance, account.avatar)


def header_of(instance: Instance, account: Account) -> str:
    """The address of the wide picture on top of a profile; never empty."""
    if account.header is None or account.suspended_at is not None:
        return instance.origin + MISSING_HEADER
    return header_url(instance, account.header)


def note_html(instance: Instance, account: Account) -> str:
    """The text about oneself as HTML. What comes from elsewhere was made safe when it came."""
    if account.domain is not None:
        return account.note
    return bio_html(account.note, {}, lambda tag: f"{instance.origin}/tags/{tag}")


def fields_html(instance: Instance, account: Account) -> list[dict[str, Any]]:
    """The rows of a profile, values as HTML."""
    return [
        {
            "name": field.name,
            "value": (
                profile_field_html(field.value, verified=field.verified_at is not None)
                if account.domain is None
                else field.value
            ),
            "verified_at": None if field.verified_at is None else iso(field.verified_at),
        }
        for field in account.fields
    ]


def emoji(instance: Instance, emoji: Emoji) -> dict[str, Any]:
    """Mastodon's CustomEmoji. They stand still here, so both addresses are the same."""
    url = file_url(instance, emoji.token, emoji.name)
    return {
        "shortcode": emoji.shortcode,
        "url": url,
        "static_url": url,
        "visible_in_picker": emoji.listed,
        "category": emoji.category,
    }


def account(instance: Instance, account: Account) -> bytes:
    """Somebody as everybody sees them.

    Source: Mastodon REST API, entity Account
    """
    return account_parts(instance, account) % counters(account)


def unsaved(instance: Instance, account: Account) -> bytes:
    """Somebody as they would be. Nothing of it is kept: nobody else may meet it."""
    return _encode({**_head(instance, account), **_tail(instance, account)})


def whole(tx: Tx, person: Account) -> bytes:
    """The same with where they moved, for who looks at one account.

    Source: Mastodon REST API, entity Account, `moved`
    """
    shown = account(tx.instance, person)
    target = moving.read(tx, person.id).target
    found = {} if target is None else queries.by_ids(tx, [target])
    if target not in found:
        return shown
    return shown[:-1] + b',"moved":' + account(tx.instance, found[target]) + b"}"


def finished(tx: Tx, wanted: Iterable[tuple[int, int]]) -> dict[int, bytes]:
    """Id to the account as `account` makes it, from the cache as far as it is there.

    Args:
        wanted: (id, stamp) pairs; ids that are nobody's (any more) are left out.
    """
    found: dict[int, bytes] = {}
    missing: dict[int, int] = {}
    for key in wanted:
        held = _finished.get(key)
        if held is None:
            missing[key[0]] = key[1]
        else:
            found[key[0]] = held
    for id_, person in queries.by_ids(tx, missing).items() if missing else ():
        found[id_] = finish(tx, person, missing[id_])
    return found


def finish(tx: Tx, person: Account, stamp: int) -> bytes:
    """Somebody as `account` makes them, kept for `finished`."""
    made = account(tx.instance, person)
    if not tx.wrote:  # rolled back, a stamp would be used again for another name
        if len(_finished) >= RENDERED:
            _finished.clear()
        _finished[person.id, stamp] = made
    return made


def unfinished(wanted: Iterable[tuple[int, int]]) -> list[int]:
    """Those of these (id, stamp) pairs that `finished` would have to ask for."""
    return list(dict.fromkeys(key[0] for key in wanted if key not in _finished))


def counters(account: Account) -> tuple[bytes, bytes, bytes, bytes]:
    """What fills the holes of `account_parts`, in order."""
    return (
        b"%d" % account.followers,
        b"%d" % account.following,
        b"%d" % account.statuses,
        last_status(account.last_status_at),
    )


def last_status(at: int | None) -> bytes:
    """A time (ms) as the quoted date Mastodon gives, or null."""
    return b"null" if at is None else _day(at // 86_400_000)


@lru_cache(maxsize=4096)
def _day(day: int) -> bytes:
    return moment(day * 86_400_000).strftime('"%Y-%m-%d"').encode()


def account_parts(instance: Instance, account: Account) -> bytes:
    """The account as a %-template with four `%b`: followers_count, following_count,
    statuses_count, last_status_at (a quoted date or null). Every other % is doubled."""
    return _rendered(_Version(instance, account))


class _Version:
    """An account at a revision, as a key of the cache: two of the same revision are the same."""

    __slots__ = ("account", "instance", "key")

    def __init__(self, instance: Instance, account: Account) -> None:
        self.instance, self.account = instance, account
        self.key = (account.id, account.rev, instance.origin)

    def __hash__(self) -> int:
        return hash(self.key)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Version) and self.key == other.key


@lru_cache(maxsize=RENDERED)
def _rendered(version: _Version) -> bytes:
    instance, account = version.instance, version.account
    head, tail = _head(instance, account), _tail(instance, account)
    return _escaped(_encode(head)[:-1]) + _HOLES + _escaped(_encode(tail)[1:])


def forget_rendered() -> None:
    """Empty the cache: for tests, whose databases begin anew with the same ids and revisions."""
    _rendered.cache_clear()
    _finished.clear()


def _forget(gone: cache.Gone | None) -> None:
    """Somebody was erased, perhaps: what is not known by revision is known by id."""
    if gone is None or any(gone.in_key(key) for key in list(_finished)):
        forget_rendered()


cache.also(_forget)


def _escaped(json: bytes) -> bytes:
    return json.replace(b"%", b"%%")


def _head(instance: Instance, account: Account) -> dict[str, Any]:
    gone = account.suspended_at is not None
    avatar, header = avatar_of(instance, account), header_of(instance, account)
    return {
        "id": str(account.id),
        "username": account.username,
        "acct": account.acct,
        "display_name": "" if gone else account.display_name,
        "locked": account.locked and not gone,
        "bot": account.bot and not gone,
        "discoverable": account.discoverable and not gone,
        "indexable": account.indexable and not gone,
        "group": False,
        "created_at": iso(account.at - account.at % DAY),
        "note": "" if gone else note_html(instance, account),
        "url": account_url(instance, account),
        "uri": actor_uri(instance, account),
        "avatar": avatar,
        "avatar_static": avatar,
        "avatar_description": "",
        "header": header,
        "header_static": header,
        "header_description": "",
    }


# Who may put somebody into a collection: anybody, if they want to be found; see `collections`.
FEATURED = {"automatic": ["public"], "manual": [], "current_user": "automatic"}
NOT_FEATURED = {"automatic": [], "manual": [], "current_user": "denied"}


def _tail(instance: Instance, account: Account) -> dict[str, Any]:
    gone = account.suspended_at is not None
    tail: dict[str, Any] = {
        "hide_collections": account.hide_collections,
        "show_media": True,
        "show_media_replies": True,
        "show_featured": False,
        "feature_approval": FEATURED if account.discoverable and not gone else NOT_FEATURED,
        "emojis": [] if gone else [emoji(instance, each) for each in account.emojis],
        "fields": [] if gone else fields_html(instance, account),
    }
    if account.domain is None:
        tail["noindex"] = not account.indexable
        tail["roles"] = []
    if gone:
        tail["suspended"] = True
    elif account.memorial:
        tail["memorial"] = True
    if account.silenced_at is not None:
        tail["limited"] = True
    return tail


def userinfo(instance: Instance, account: Account) -> dict[str, str]:
    """The claims of OpenID Connect about somebody.

    Source: OpenID Connect Core 1.0, section 5.1; Mastodon REST API, GET /oauth/userinfo
    """
    return {
        "iss": f"{instance.origin}/",
        "sub": actor_uri(instance, account),
        "name": account.display_name,
        "preferred_username": account.username,
        "profile": account_url(instance, account),
        "picture": avatar_of(instance, account),
    }


# --- one's own account ------------------------------------------------------------------------


def credential(tx: Tx, viewer: Viewer) -> bytes:
    """The viewer's own account, with what only they may know.

    Raises:
        NotFound: the account is no more.
    Source: Mastodon REST API, entity CredentialAccount
    """
    mine = queries.by_id(tx, viewer.id, pending=True)
    own = {"source": source(tx, mine), "role": role(viewer.role)}
    return account(tx.instance, mine)[:-1] + b"," + _encode(own)[1:]


def profile_as_written(tx: Tx, viewer: Viewer, featured: list[dict[str, Any]]) -> bytes:
    """The viewer's profile for an editor: words as written, null where there is no picture.

    Args:
        featured: the tags on it, each as Mastodon's FeaturedTag.
    Raises:
        NotFound: the account is no more.
    Source: Mastodon REST API, entity Profile
    """
    mine = queries.by_id(tx, viewer.id, pending=True)
    avatar = None if mine.avatar is None else avatar_url(tx.instance, mine.avatar)
    header = None if mine.header is None else header_url(tx.instance, mine.header)
    said = {
        "id": str(mine.id),
        "display_name": mine.display_name,
        "note": mine.note,
        "fields": [_field(field) for field in mine.fields],
        "avatar": avatar,
        "avatar_static": avatar,
        "avatar_description": "",
        "header": header,
        "header_static": header,
        "header_description": "",
        "locked": mine.locked,
        "bot": mine.bot,
        "hide_collections": mine.hide_collections,
        "discoverable": mine.discoverable,
        "indexable": mine.indexable,
        "show_media": True,
        "show_media_replies": True,
        "show_featured": False,
        "attribution_domains": list(mine.attribution_domains),
        "featured_tags": featured,
    }
    return _encode(said)


def source(tx: Tx, account: Account) -> dict[str, Any]:
    """What the owner wrote, as it was written, and their defaults for posts."""
    defaults = profile.defaults(tx, account.id)
    return {
        "privacy": defaults.visibility,
        "sensitive": defaults.sensitive,
        "language": defaults.language,
        "note": account.note,
        "fields": [_field(field) for field in account.fields],
        "follow_requests_count": lists.count_requests(tx, account.id),
        "hide_collections": account.hide_collections,
        "discoverable": account.discoverable,
        "indexable": account.indexable,
        "attribution_domains": list(account.attribution_domains),
        "quote_policy": defaults.quote_policy,
        "also_known_as_uris": list(moving.read(tx, account.id).aliases),
    }


def _field(field: Field) -> dict[str, Any]:
    verified = None if field.verified_at is None else iso(field.verified_at)
    return {"name": field.name, "value": field.value, "verified_at": verified}


def role(role: Role) -> dict[str, Any]:
    """Mastodon's Role. Never shown to others: who is on the staff is their own to tell."""
    return {
        "id": ROLE_IDS[role],
        "name": "" if role == "user" else role.capitalize(),
        "permissions": str(int(PERMISSIONS[role] & MASTODONS)),
        "color": "",
        "highlighted": False,
        "collection_limit": MOST_COLLECTIONS,
    }
