"""People, and the server itself, as actors.

Source: ActivityPub, section 4.1; FEP-521a (Multikeys), FEP-2c59 (`webfinger`)"""

from mimetypes import guess_type
from typing import Any

from whimbrel.accounts import serialize as faces
from whimbrel.accounts.rules import Account, Emoji
from whimbrel.core.ids import iso
from whimbrel.core.settings import Instance

from ..rules import Others, Public

DAY = 86_400_000  # ms
_NO_OTHERS = Others()


def stub(id_: str, kind: str, username: str, inbox: str, keys: Public) -> dict[str, Any]:
    """The least that verifies what somebody signed: whoever asks unsigned is told no more."""
    return {
        "id": id_,
        "type": kind,
        "preferredUsername": username,
        "inbox": inbox,
        "publicKey": {"id": f"{id_}#main-key", "owner": id_, "publicKeyPem": keys.rsa},
        "assertionMethod": [
            {
                "id": f"{id_}#ed25519-key",
                "type": "Multikey",
                "controller": id_,
                "publicKeyMultibase": keys.ed25519,
            }
        ],
    }


def server(instance: Instance, keys: Public) -> dict[str, Any]:
    """The server itself, in whose name we ask others for what they have."""
    id_ = f"{instance.origin}/actor"
    return {
        **stub(id_, "Application", instance.domain, f"{instance.origin}/inbox", keys),
        "name": instance.title,
        "outbox": f"{id_}/outbox",
        "url": f"{instance.origin}/about",
        "manuallyApprovesFollowers": True,
        "endpoints": {"sharedInbox": f"{instance.origin}/inbox"},
        "webfinger": f"{instance.domain}@{instance.domain}",
    }


def brief(instance: Instance, account: Account, keys: Public) -> dict[str, Any]:
    """Somebody of ours to whoever does not say who they are."""
    id_ = faces.actor_uri(instance, account)
    return stub(id_, _kind(account), account.username, f"{id_}/inbox", keys)


def actor(
    instance: Instance, account: Account, keys: Public, others: Others = _NO_OTHERS
) -> dict[str, Any]:
    """Somebody of ours; one who is suspended is told as such, without a word of theirs."""
    id_ = faces.actor_uri(instance, account)
    gone = account.suspended_at is not None
    said = {
        **brief(instance, account, keys),
        "name": "" if gone else account.display_name or account.username,
        "summary": "" if gone else faces.note_html(instance, account),
        "url": faces.account_url(instance, account),
        "outbox": f"{id_}/outbox",
        "followers": f"{id_}/followers",
        "following": f"{id_}/following",
        "featured": f"{id_}/collections/featured",
        "featuredTags": f"{id_}/collections/tags",
        "endpoints": {"sharedInbox": f"{instance.origin}/inbox"},
        "manuallyApprovesFollowers": account.locked,
        "discoverable": account.discoverable and not gone,
        "indexable": account.indexable and not gone,
        "published": iso(account.at - account.at % DAY),
        "attachment": [] if gone else _fields(instance, account),
        "tag": [] if gone else [emoji(instance, each) for each in account.emojis],
        "alsoKnownAs": [] if gone else list(others.aliases),
        "memorial": account.memorial and not gone,
        "suspended": gone,
        "attributionDomains": [] if gone else list(account.attribution_domains),
        "webfinger": f"{account.username}@{instance.domain}",
    }
    if not gone and account.avatar is not None:
        said["icon"] = _image(faces.avatar_of(instance, account))
    if not gone and account.header is not None:
        said["image"] = _image(faces.header_of(instance, account))
    if others.moved_to is not None:
        said["movedTo"] = others.moved_to
    return said


def emoji(instance: Instance, each: Emoji) -> dict[str, Any]:
    """A little picture of ours. Its address changes with the picture, and is its id."""
    entity = faces.emoji(instance, each)
    said = {
        "id": entity["url"],
        "type": "Emoji",
        "name": f":{each.shortcode}:",
        "icon": {"type": "Image", "mediaType": media_type(each.name), "url": entity["url"]},
    }
    return said | {"updated": iso(each.made_at)} if each.made_at else said


def media_type(name: str, usual: str = "image/png") -> str:
    """By the name of one of our own files, whose ending says what is inside."""
    return guess_type(name)[0] or usual


def _kind(account: Account) -> str:
    return "Service" if account.bot else "Person"


def _fields(instance: Instance, account: Account) -> list[dict[str, str]]:
    return [
        {"type": "PropertyValue", "name": field["name"], "value": field["value"]}
        for field in faces.fields_html(instance, account)
    ]


def _image(url: str) -> dict[str, str]:
    return {"type": "Image", "url": url}
