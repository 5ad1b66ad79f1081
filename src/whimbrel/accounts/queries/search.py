"""Finding people by the beginnings of the words of their handle and name, as `account_words` keeps
them: folded, so that case and accents do not matter.

By name only those are found who want to be (`discoverable`), and whom the viewer follows; who knows
a handle knows the person. However many people there are, a question looks at `REACH` of them, and
at those the viewer follows. It is still nothing for the loop: readers say `slow=True`."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

import msgspec
from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Select,
    String,
    and_,
    bindparam,
    case,
    delete,
    literal_column,
    or_,
    select,
    union_all,
)

from whimbrel.core.engines import Query, each_of, insert_ignore
from whimbrel.core.ids import id_of
from whimbrel.core.search import split
from whimbrel.core.tx import Tx

from .. import tables
from ..rules import Account
from . import graph
from .lists import SHOWN
from .people import COLUMNS, account_of, by_ids, fold

accounts, follows, words = tables.accounts, tables.follows, tables.account_words
LONGEST = 321  # characters of @name@domain; no name is longer
REACH = 1000  # words that begin as asked which are looked at; the shortest come first
MOST_WORDS = 5  # of a question
_TYPOS = range(4, 13)  # letters of a word in which one may be wrong
_END = "\U0010ffff"  # behind every word with the same beginning
_ALPHABETS = ("abcdefghijklmnopqrstuvwxyz0123456789_", "абвгдежзийклмнопрстуфхцчшщыьэюя")


# ----------------------------------------------------------------------------- what is kept

_PUT = Query(insert_ignore(words))
_TAKE = Query(delete(words).where(words.c.account == bindparam("account")))
_AFTER = Query(
    select(accounts.c.id, accounts.c.username, accounts.c.display_name, accounts.c.discoverable)
    .where(accounts.c.id > bindparam("last"))
    .order_by(accounts.c.id)
    .limit(bindparam("most"))
)


def words_of(username: str, display_name: str, discoverable: bool) -> dict[str, bool]:
    """The words that somebody is found by, each with whether anybody may find them by it."""
    found = dict.fromkeys(split(display_name), discoverable)
    return found | dict.fromkeys([*split(username), *split(username.replace("_", " "))], True)


def keep(tx: Tx, account: int, username: str, display_name: str, discoverable: bool) -> None:
    """Have somebody found by these names and no others."""
    tx.run(_TAKE, account=account)
    tx.many(_PUT, _rows(account, words_of(username, display_name, discoverable)))


def keep_new(tx: Tx, usernames: Mapping[int, str]) -> None:
    """Have people found by their handles, who were not there before; by their ids."""
    every = [_rows(account, words_of(usernames[account], "", False)) for account in usernames]
    tx.many(_PUT, [row for rows in every for row in rows])


def _rows(account: int, new: Mapping[str, bool]) -> list[dict[str, Any]]:
    return [{"account": account, "word": word, "open": open_} for word, open_ in new.items()]


def forget(tx: Tx, account: int) -> None:
    """Have somebody found by no name."""
    tx.run(_TAKE, account=account)


def keep_after(tx: Tx, last: int, most: int) -> int | None:
    """Keep the words of `most` people after `last` anew; the last of them, if there was one."""
    rows = tx.rows(_AFTER, last=last, most=most)
    for account, username, display_name, discoverable in rows:
        keep(tx, account, username, display_name, bool(discoverable))
    return rows[-1][0] if rows else None


# ----------------------------------------------------------------------------- what is found

_exact = accounts.c.handle == bindparam("handle", type_=String)
_begins = accounts.c.handle.like(bindparam("start", type_=String), escape="\\")
_followed = graph.follows("viewer", accounts.c.id)
_viewer = bindparam("viewer", type_=BigInteger)


def _from(column: ColumnElement[Any], begin: Any) -> ColumnElement[bool]:
    """`column` begins so, as an index has it."""
    return and_(column >= begin, column < begin + literal_column(f"'{_END}'"))


def _text(name: str) -> ColumnElement[Any]:
    return bindparam(name, type_=String)


def _near() -> Select[Any]:
    """People the viewer follows, with such a word."""
    word = words.alias()
    return select(word.c.account).where(
        word.c.account.in_(select(follows.c.followee).where(follows.c.follower == _viewer)),
        _from(word.c.word, _text("word")),
    )


def _open() -> Select[Any]:
    """People with such a word that anybody may find them by, those with the shortest first."""
    word = words.alias()
    some = (
        select(word.c.account)
        .where(word.c.open, _from(word.c.word, _text("word")))
        .order_by(word.c.word, word.c.account)
        .limit(literal_column(str(REACH)))
        .subquery()
    )
    return select(some.c.account)


def _meant() -> Select[Any]:
    """As `_open`, with any of several words, each by its index: so in no order."""
    word, meant = words.alias(), each_of("words")
    some = (
        select(word.c.account)
        .select_from(meant.join(word, _from(word.c.word, meant.c.value)))
        .where(word.c.open)
        .limit(literal_column(str(REACH)))
        .subquery()
    )
    return select(some.c.account)


@lru_cache(maxsize=64)
def _find(more: int, *, following: bool, address: bool, typo: bool) -> Query:
    """Args: `more` words beside the first; `address`: with a domain; `typo`: the first may be any
    of those bound as `words`."""
    parts = [_meant()] if typo else [_near()] if following else [_near(), _open()]
    where: list[ColumnElement[bool]] = [
        accounts.c.id.in_(union_all(*parts) if len(parts) > 1 else parts[0]),
        # Limited: only for who follows them or knows the whole handle.
        or_(accounts.c.silenced_at.is_(None), _followed, _exact),
        ~graph.blocks(accounts.c.id, "viewer"),
        SHOWN,
    ]
    for number in range(more):
        other = words.alias()
        where.append(
            select(1)
            .where(
                other.c.account == accounts.c.id,
                _from(other.c.word, _text(f"word{number}")),
                or_(other.c.open, _followed),
            )
            .exists()
        )
    if following:
        where.append(_followed)
    if address:
        where.append(_begins)
    return Query(
        select(*COLUMNS)
        .where(*where)
        .order_by(
            case((_exact, 0), else_=1),
            case((_followed, 0), else_=1),
            case((_begins, 0), else_=1),
            accounts.c.followers.desc(),
            accounts.c.id,
        )
        .limit(bindparam("most"))
        .offset(bindparam("offset"))
    )


def find(
    tx: Tx, viewer: int, asked: str, *, most: int, offset: int = 0, following: bool = False
) -> list[Account]:
    """People with a word in their handle or name for each that is asked for, which begins so; the
    likeliest first. Where there is nobody, those with a word that is one slip of a finger away.

    Args:
        asked: `ada`, `@ada`, `ada@domain`, words of a name, or the address of a profile here, which
            finds whose it is alone.
        following: only whom the viewer follows.
    """
    asked = asked.strip()
    alone = _name_at(tx, asked)
    if alone is not None:
        asked, most = alone, 1
    name, _, domain = asked.removeprefix("@").partition("@")
    wanted = sorted(split(name)[:MOST_WORDS], key=len, reverse=True)
    if not wanted or len(asked) > LONGEST:
        return []
    handle = fold(tx.instance, name, domain)
    values: dict[str, Any] = {"handle": handle, "start": _escaped(handle) + "%"}
    values |= {f"word{number}": word for number, word in enumerate(wanted[1:])}
    values |= {"viewer": viewer, "most": most, "offset": offset}
    shape: dict[str, bool] = {"following": following, "address": bool(domain.strip())}
    rows = tx.rows(_find(len(wanted) - 1, **shape, typo=False), word=wanted[0], **values)
    if not rows and not offset and alone is None and len(wanted[0]) in _TYPOS:
        near = msgspec.json.encode(list(_slips(wanted[0]))).decode()
        rows = tx.rows(_find(len(wanted) - 1, **shape, typo=True), words=near, **values)
    found = [account_of(row) for row in rows]
    return found if alone is None else [each for each in found if each.handle == handle]


def _slips(word: str) -> Iterator[str]:
    """What may have been meant: one letter too many, too few, another, or two the other way."""
    yield from dict.fromkeys(_edits(word, "".join(_letters(word))))


def _letters(word: str) -> Iterable[str]:
    return (each for each in _ALPHABETS if not set(each).isdisjoint(word))


def _edits(word: str, letters: Sequence[str]) -> Iterator[str]:
    for at in range(len(word)):
        before, after = word[:at], word[at + 1 :]
        yield before + after
        if after:
            yield before + after[0] + word[at] + after[1:]
        for letter in letters:
            yield before + letter + after
            yield before + letter + word[at:]


def _name_at(tx: Tx, address: str) -> str | None:
    """The name of whose address of ours this is (page or ActivityPub), if it is one."""
    here = f"{tx.instance.origin}/"
    if not address.startswith(here):
        return None
    path = address.removeprefix(here)
    found = re.fullmatch(r"(?:@|users/)([\w.-]+)", path)
    if found is not None:
        return found[1]
    number = id_of(path.removeprefix("ap/users/"))
    account = by_ids(tx, [number]).get(number) if path.startswith("ap/users/") else None
    return None if account is None or account.domain else account.username


def _escaped(text: str) -> str:
    for sign in "\\%_":
        text = text.replace(sign, "\\" + sign)
    return text
