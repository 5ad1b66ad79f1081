"""A person's own side of a profile: what is written at once, and their defaults for posts."""

from collections.abc import Sequence
from typing import NamedTuple

import msgspec
from sqlalchemy import bindparam, select, update

from whimbrel.core.engines import Query
from whimbrel.core.tx import Tx

from .. import tables
from ..rules import QUOTE_POLICIES, Account, Emoji, Field
from . import search

accounts, users = tables.accounts, tables.users

_COLUMNS = (
    *("display_name", "note", "fields", "emojis", "avatar", "header", "locked", "bot"),
    *("discoverable", "indexable", "hide_collections", "attribution_domains", "memorial", "hides"),
)
_WRITE = Query(
    update(accounts)
    .where(accounts.c.id == bindparam("account"))
    .values({name: bindparam(f"new_{name}") for name in _COLUMNS} | {"rev": accounts.c.rev + 1})
)
_DEFAULTS = Query(
    select(
        users.c.visibility,
        users.c.sensitive,
        users.c.language,
        users.c.locale,
        users.c.quote_policy,
    ).where(users.c.account == bindparam("account"))
)
_WRITE_DEFAULTS = Query(
    update(users)
    .where(users.c.account == bindparam("account"))
    .values(
        visibility=bindparam("visibility"),
        sensitive=bindparam("sensitive"),
        language=bindparam("language"),
        quote_policy=bindparam("policy"),
    )
)
_PREFERENCES = Query(select(users.c.preferences).where(users.c.account == bindparam("account")))


class Defaults(NamedTuple):
    """What a new post is when its writer says nothing."""

    visibility: str = "public"
    sensitive: bool = False
    language: str | None = None
    locale: str = "en"  # what they read the pages in: it stands in for a language that is not set
    quote_policy: str = "public"


def write(tx: Tx, account: Account) -> None:
    """Store everything of `account` that its owner may change, as a new revision."""
    values = {f"new_{name}": getattr(account, name) for name in _COLUMNS}
    values["new_fields"] = _encoded(account.fields)
    values["new_emojis"] = _encoded(account.emojis)
    values["new_attribution_domains"] = _encoded(account.attribution_domains)
    tx.run(_WRITE, account=account.id, **values)
    search.keep(tx, account.id, account.username, account.display_name, account.discoverable)


def _encoded(values: Sequence[Field] | Sequence[Emoji] | Sequence[str]) -> str:
    return msgspec.json.encode(values).decode()


def defaults(tx: Tx, account: int) -> Defaults:
    """The defaults of one of ours."""
    row = tx.row(_DEFAULTS, account=account)
    if row is None:
        return Defaults()
    return Defaults(row[0], bool(row[1]), row[2], row[3], QUOTE_POLICIES[row[4]])


def write_defaults(tx: Tx, account: int, new: Defaults) -> None:
    """Store them, but for the locale."""
    tx.run(
        _WRITE_DEFAULTS,
        account=account,
        visibility=new.visibility,
        sensitive=new.sensitive,
        language=new.language,
        policy=QUOTE_POLICIES.index(new.quote_policy),
    )


def preferences(tx: Tx, account: int) -> str:
    """How one of ours likes to read, as stored."""
    return tx.value(_PREFERENCES, account=account) or "{}"
