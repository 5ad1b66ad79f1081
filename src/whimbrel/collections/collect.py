"""Making collections, putting people in who agree, and taking oneself out.

Who wants to be found agrees to be put into collections; nobody else is. Why somebody cannot be put
in is not told: they may be no more, or block whoever asks."""

from collections.abc import Sequence

import msgspec

from whimbrel.accounts import queries as people
from whimbrel.accounts.rules import MOST_COLLECTIONS, Viewer, is_language
from whimbrel.core.errors import Invalid, NotFound
from whimbrel.core.ids import id_of, new_id
from whimbrel.core.text import tag_key, tidy
from whimbrel.core.tx import Tx

from . import queries
from .events import AddedToCollection, CollectionRenamed
from .rules import DESCRIPTION, MOST_ITEMS, NAME, TAG, Collection, Item, Part


class Form(msgspec.Struct, kw_only=True):
    """What an app sends; what is left out stays as it is."""

    name: str | None = None
    description: str | None = None
    language: str | None = None
    tag_name: str | None = None
    sensitive: bool | None = None
    discoverable: bool | None = None
    account_ids: list[str] = msgspec.field(default_factory=list)


def show(tx: Tx, viewer: Viewer, id_: int) -> Collection:
    """One collection.

    Raises:
        NotFound: there is none, or its owner is not there for the viewer.
    Source: Mastodon REST API, GET /api/v1/collections/:id
    """
    found = queries.one(tx, viewer.id, id_)
    if found is None:
        raise NotFound
    return found


def of(tx: Tx, viewer: Viewer, account: int, part: Part) -> list[Collection]:
    """Somebody's collections, newest first.

    Raises:
        NotFound: nobody.
    Source: Mastodon REST API, GET /api/v1/accounts/:id/collections
    """
    found = queries.of(tx, viewer.id, account, part)
    if not found:
        people.by_id(tx, account)
    return found


def containing(tx: Tx, viewer: Viewer, account: int, part: Part) -> list[Collection]:
    """The collections that the viewer is in. What somebody else is in is told to them alone.

    Raises:
        NotFound: it is somebody else that was asked for.
    Source: Mastodon REST API, GET /api/v1/accounts/:id/in_collections
    """
    if account != viewer.id:
        raise NotFound
    return queries.containing(tx, viewer.id, part)


def create(tx: Tx, viewer: Viewer, form: Form) -> Collection:
    """Make a collection, with people in it or without.

    Raises:
        Invalid: no name, something too long, too many; somebody who cannot be put in.
    Emits: AddedToCollection, for each
    Source: Mastodon REST API, POST /api/v1/collections
    """
    tx.lock("collections", viewer.id)
    if queries.count(tx, viewer.id) >= MOST_COLLECTIONS:
        raise _invalid("base", "ERR_MANY", "Collections", f"can be {MOST_COLLECTIONS} at most")
    empty = Collection(new_id(tx.now), viewer.id, "", "", None, None, False, False, tx.ms, tx.ms)
    made = _changed(tx, empty, form)
    queries.add(tx, made)
    ids = [id_of(text) for text in dict.fromkeys(form.account_ids) if text]
    _put(tx, viewer, made, ids)
    return show(tx, viewer, made.id)


def update(tx: Tx, viewer: Viewer, id_: int, form: Form) -> Collection:
    """Change what a collection says of itself.

    Raises:
        NotFound: none of the viewer's.
        Invalid: no name, or something too long.
    Emits: CollectionRenamed, where name or description are others
    Source: Mastodon REST API, PATCH /api/v1/collections/:id
    """
    before = _own(tx, viewer, id_)
    after = _changed(tx, before, form)
    queries.change(tx, after)
    if (before.name, before.description) != (after.name, after.description):
        tx.emit(CollectionRenamed(collection=id_, by=viewer.id, at=tx.ms))
    return show(tx, viewer, id_)


def delete(tx: Tx, viewer: Viewer, id_: int) -> None:
    """Remove one. Raises NotFound: none of the viewer's."""
    queries.remove(tx, _own(tx, viewer, id_).id)


def add(tx: Tx, viewer: Viewer, id_: int, account: int) -> Item:
    """Put somebody in.

    Raises:
        NotFound: none of the viewer's.
        Invalid: they cannot be put in, are in already, or it is full.
    Emits: AddedToCollection
    Source: Mastodon REST API, POST /api/v1/collections/:id/items
    """
    return _put(tx, viewer, _own(tx, viewer, id_), [account])[0]


def remove(tx: Tx, viewer: Viewer, id_: int, item: int) -> None:
    """Take somebody out. Raises NotFound: it is not the viewer's, or has no such item."""
    if not queries.take(tx, _own(tx, viewer, id_).id, item):
        raise NotFound


def revoke(tx: Tx, viewer: Viewer, id_: int, item: int) -> None:
    """The viewer takes themselves out, and is not put in again.

    Raises:
        NotFound: the item is not about the viewer.
    Source: Mastodon REST API, POST /api/v1/collections/:id/items/:id/revoke
    """
    if not queries.revoke(tx, viewer.id, id_, item):
        raise NotFound


def leave(tx: Tx, viewer: Viewer, id_: int) -> None:
    """As `revoke`, by the collection alone. Raises NotFound: the viewer is not in it."""
    if not queries.leave(tx, viewer.id, id_):
        raise NotFound


def _own(tx: Tx, viewer: Viewer, id_: int) -> Collection:
    found = show(tx, viewer, id_)
    if found.account != viewer.account:
        raise NotFound
    return found


def _put(tx: Tx, viewer: Viewer, into: Collection, people: Sequence[int]) -> list[Item]:
    if not people:
        return []
    tx.lock("collection", into.id)
    if queries.count_items(tx, into.id) + len(people) > MOST_ITEMS:
        raise _invalid("base", "ERR_MANY", "Collection", f"has room for {MOST_ITEMS}")
    ids = sorted(new_id(tx.now) for _ in people)  # they are shown in this order
    made = [
        queries.put(tx, id_, into.id, who) if queries.may_put(tx, viewer.id, who) else None
        for id_, who in zip(ids, people, strict=True)
    ]
    done = [each for each in made if each is not None]
    if len(done) < len(made):
        raise _invalid("account", "ERR_INVALID", "Account", "cannot be put into this collection")
    for item in done:
        tx.emit(
            AddedToCollection(item=item.id, collection=into.id, account=item.account, by=viewer.id)
        )
    return done


def _changed(tx: Tx, before: Collection, form: Form) -> Collection:
    name = before.name if form.name is None else tidy(form.name)
    if not name:
        raise _invalid("name", "ERR_BLANK", "Name", "can't be blank")
    _fits("name", name, NAME)
    about = before.description if form.description is None else tidy(form.description)
    _fits("description", about, DESCRIPTION)
    language = before.language if form.language is None else form.language or None
    if language is not None and not is_language(language):
        raise _invalid("language", "ERR_INVALID", "Language", "is invalid")
    return before._replace(
        name=name,
        description=about,
        language=language,
        tag=before.tag if form.tag_name is None else _tag(form.tag_name),
        sensitive=before.sensitive if form.sensitive is None else form.sensitive,
        discoverable=before.discoverable if form.discoverable is None else form.discoverable,
        updated_at=tx.ms,
    )


def _tag(written: str) -> str | None:
    if not written.strip():
        return None
    key = tag_key(written.strip().removeprefix("#"))
    if not key:
        raise _invalid("tag", "ERR_INVALID", "Tag", "must be a word that can be a hashtag")
    _fits("tag", key, TAG)
    return key


def _fits(field: str, text: str, most: int) -> None:
    if len(text) > most:
        said = f"is too long (maximum is {most} characters)"
        raise _invalid(field, "ERR_TOO_LONG", field.capitalize(), said)


def _invalid(field: str, code: str, name: str, said: str) -> Invalid:
    return Invalid(f"Validation failed: {name} {said}", {field: [(code, said)]})
