"""People of other servers: what they say of themselves, written down like what our own people say.

Whether it is true (whose handle it is, whose words) was proven before: see `federation`."""

import msgspec

from whimbrel.core.errors import Conflict, NotFound
from whimbrel.core.ids import new_id
from whimbrel.core.tx import Tx
from whimbrel.media import away

from . import queries
from .events import AccountErased, IndexableChanged, RowDue
from .leave import ROW_STAYS
from .queries import elsewhere, users
from .rules import Account, Distance, Emoji, Person, shortcodes


def meet(tx: Tx, person: Person, distance: Distance) -> int:
    """Write somebody down, or what is new about them.

    Who had the handle before has none any more: their server says that it is another's now.

    Args:
        distance: of their server, for who is met for the first time.
    Returns:
        The id of their account here.
    Raises:
        Conflict: two processes met them at the same time, and the other was faster; ask again.
    Emits: IndexableChanged, where it is different
    """
    old = elsewhere.by_uri(tx, person.uri)
    before = elsewhere.named(tx, person.handle)
    if before is not None and (old is None or before != old.id):
        elsewhere.rename(tx, before, person.username, person.domain, f"{before}#{person.domain}")
    if old is None:
        return _add(tx, person, distance)
    if old.handle != person.handle or old.username != person.username:
        elsewhere.rename(tx, old.id, person.username, person.domain, person.handle)
    said = {name: getattr(person, name) for name in _SAID}
    new = msgspec.structs.replace(old, username=person.username, domain=person.domain, **said)
    new = _dressed(tx, new, person)
    if any(getattr(old, name) != getattr(new, name) for name in (*_SAID, *_WORN)):
        elsewhere.change(tx, new)
    if old.indexable != new.indexable:
        tx.emit(IndexableChanged(account=old.id))
    return old.id


_SAID = (
    *("display_name", "note", "fields", "locked", "bot", "discoverable", "indexable"),
    *("attribution_domains", "memorial", "hides"),
)
_WORN = ("avatar", "header", "emojis")


def _dressed(tx: Tx, account: Account, person: Person) -> Account:
    """With their pictures, which are fetched when somebody looks at them."""
    worn = away.Worn(tx, account.id, account.slot)
    values = (field.value for field in person.fields)
    used = shortcodes("\n".join((person.display_name, person.note, *values)))
    found = worn.emojis({code: each for code, each in person.emojis.items() if code in used})
    return msgspec.structs.replace(
        account,
        avatar=worn.wear("avatar", person.icon),
        header=worn.wear("header", person.image),
        emojis=tuple(Emoji(code, token, "emoji") for code, token in sorted(found.items())),
    )


def _add(tx: Tx, person: Person, distance: Distance) -> int:
    account = Account(
        id=new_id(tx.now),
        username=person.username,
        domain=person.domain,
        handle=person.handle,
        uri=person.uri,
        emojis=(),
        avatar=None,
        header=None,
        hide_collections=False,
        slot=tx.slot(),
        rev=1,
        at=min(tx.ms, max(0, person.at)) if person.at else tx.ms,
        suspended_at=distance.suspended_at,
        silenced_at=distance.silenced_at,
        followers=0,
        following=0,
        statuses=0,
        last_status_at=None,
        **{name: getattr(person, name) for name in _SAID},
    )
    if not elsewhere.add(tx, account):
        raise Conflict
    dressed = _dressed(tx, account, person)
    if dressed != account:
        elsewhere.change(tx, dressed)
    return account.id


def erase(tx: Tx, account: int) -> None:
    """Somebody elsewhere is no more: what they said can be read no more, and goes.

    Raises:
        NotFound: it is one of ours.
    Emits: AccountErased, RowDue
    """
    old = queries.by_id(tx, account, pending=True)
    if old.domain is None or old.uri is None:
        raise NotFound
    tx.shred([old.slot])
    users.empty(tx, account)
    tx.emit(AccountErased(account=account, uri=old.uri))
    tx.emit(RowDue(account=account), due=tx.now + ROW_STAYS)
