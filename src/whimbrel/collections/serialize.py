"""Collections as Mastodon's JSON."""

from typing import Any

import msgspec

from whimbrel.accounts import queries as people
from whimbrel.accounts import serialize as faces
from whimbrel.core.ids import iso
from whimbrel.core.settings import Instance
from whimbrel.core.text import bio_html
from whimbrel.core.tx import Tx

from .rules import Collection, Item


def item(shown: Item) -> dict[str, Any]:
    """Somebody in a collection (Mastodon's CollectionItem)."""
    return {
        "id": str(shown.id),
        "account_id": str(shown.account),
        "state": shown.state.name.lower(),
        "created_at": iso(shown.at),
    }


def collection(instance: Instance, shown: Collection) -> dict[str, Any]:
    """Mastodon's Collection. It has no page here: `url` is null."""

    def tag_url(tag: str) -> str:
        return f"{instance.origin}/tags/{tag}"

    tag = None if shown.tag is None else {"name": shown.tag, "url": tag_url(shown.tag)}
    return {
        "id": str(shown.id),
        "account_id": str(shown.account),
        "uri": f"{instance.origin}/ap/{shown.account}/collections/{shown.id}",
        "url": None,
        "name": shown.name,
        "description": bio_html(shown.description, {}, tag_url),
        "language": shown.language,
        "local": True,
        "sensitive": shown.sensitive,
        "discoverable": shown.discoverable,
        "tag": tag,
        "item_count": len(shown.items),
        "items": [item(each) for each in shown.items],
        "created_at": iso(shown.at),
        "updated_at": iso(shown.updated_at),
    }


def with_accounts(tx: Tx, shown: Collection) -> bytes:
    """Mastodon's CollectionWithAccounts: the owner first, then who is in it."""
    ids = [shown.account, *(each.account for each in shown.items)]
    found = people.by_ids(tx, ids)
    accounts = [
        faces.account(tx.instance, found[id_]) for id_ in dict.fromkeys(ids) if id_ in found
    ]
    said = msgspec.json.encode(collection(tx.instance, shown))
    return b'{"accounts":[%b],"collection":%b}' % (b",".join(accounts), said)
