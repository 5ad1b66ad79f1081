"""Filters: what somebody would rather not stumble over. How they are applied is in `matching`."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar, get_args

import msgspec

from whimbrel.accounts import preferences
from whimbrel.accounts.rules import Viewer
from whimbrel.core.errors import Invalid, NotFound, echo
from whimbrel.core.ids import new_id
from whimbrel.core.tx import Tx
from whimbrel.core.words import say
from whimbrel.posts.queries import visible_post
from whimbrel.posts.rules import LABELS

from . import live
from .queries import filters as queries
from .rules import Filter, FilterAction, FilterContext, FilteredPost, Keyword, OldFilter

TITLE_CHARS = 200
KEYWORD_CHARS = 200
MOST_FILTERS = 200
MOST_ENTRIES = 200  # keywords, or posts, of a filter
LONGEST = 100 * 366 * 86_400  # seconds

Entry = TypeVar("Entry", Keyword, FilteredPost)

_CONTEXTS: tuple[FilterContext, ...] = get_args(FilterContext)


class KeywordForm(msgspec.Struct, kw_only=True):
    """One entry of `keywords_attributes`."""

    id: str | None = None
    keyword: str | None = None
    whole_word: bool | None = None
    destroy: bool = msgspec.field(name="_destroy", default=False)


class FilterForm(msgspec.Struct, kw_only=True):
    """What an app sends about a filter; what is left out stays as it is."""

    title: str | None = None
    context: list[str] | None = None
    filter_action: str | None = None
    expires_in: int | None = None  # seconds; None = never
    keywords_attributes: list[KeywordForm] = msgspec.field(default_factory=list)


class OldForm(msgspec.Struct, kw_only=True):
    """The same for a filter of one keyword, as older apps send it."""

    phrase: str | None = None
    context: list[str] | None = None
    irreversible: bool | None = None
    whole_word: bool | None = None
    expires_in: int | None = None


def mine(tx: Tx, viewer: Viewer) -> list[Filter]:
    """The viewer's filters.

    Source: Mastodon REST API, GET /api/v2/filters
    """
    return [stored.filter for stored in queries.all_of(tx, viewer.id)]


def choose_labels(tx: Tx, viewer: Viewer, choices: Mapping[str, str]) -> None:
    """Choose what becomes, for the viewer, of posts of which the staff says something.

    Args:
        choices: by label, "warn", "hide" or "show"; what is not named is warned of.
    Raises:
        Invalid: no such choice.
    """
    kept: dict[str, str] = {
        label: choices[label] for label in LABELS if choices.get(label, "warn") != "warn"
    }
    preferences.choose(tx, viewer, labels=kept)
    queries.turn(tx, viewer.id)


def show(tx: Tx, viewer: Viewer, filter_id: int) -> Filter:
    """One of them. Raises NotFound."""
    return queries.one(tx, viewer.id, filter_id).filter


def create(tx: Tx, viewer: Viewer, form: FilterForm) -> Filter:
    """A new filter.

    Raises:
        Invalid: without title or context, with unknown words, too long or too many.
    Source: Mastodon REST API, POST /api/v2/filters
    """
    tx.lock("filters", viewer.id)
    if queries.count(tx, viewer.id) >= MOST_FILTERS:
        raise Invalid(say("You can have %(most)s filters.", most=MOST_FILTERS))
    made = _checked(Filter(id=str(new_id(tx.now)), title="", context=()), form)
    queries.add(tx, viewer.id, made, _until(tx, form.expires_in))
    _write_keywords(tx, made, form.keywords_attributes)
    return _changed(tx, viewer, int(made.id))


def update(tx: Tx, viewer: Viewer, filter_id: int, form: FilterForm, *, keep_end: bool) -> Filter:
    """Change a filter.

    Args:
        keep_end: the form says nothing about the end; else `expires_in` counts from now.
    Raises:
        NotFound: no filter of the viewer's, or no such keyword in it.
        Invalid: as for `create`.
    Source: Mastodon REST API, PUT /api/v2/filters/:id
    """
    old, until = queries.one(tx, viewer.id, filter_id)
    changed = _checked(old, form)
    queries.change(tx, changed, until if keep_end else _until(tx, form.expires_in))
    _write_keywords(tx, old, form.keywords_attributes)
    return _changed(tx, viewer, filter_id)


def delete(tx: Tx, viewer: Viewer, filter_id: int) -> None:
    """Remove a filter. Raises NotFound."""
    if not queries.remove(tx, viewer.id, filter_id):
        raise NotFound
    _told(tx, viewer)


# ----------------------------------------------------------------------------- single entries


def add_keyword(tx: Tx, viewer: Viewer, filter_id: int, form: KeywordForm) -> Keyword:
    """One more keyword. Raises NotFound; Invalid: blank, too long, too many."""
    old = queries.one(tx, viewer.id, filter_id).filter
    new = KeywordForm(keyword=form.keyword or "", whole_word=form.whole_word)
    (added,) = _write_keywords(tx, old, [new])
    return _entry(_changed(tx, viewer, filter_id).keywords, added)


def keyword(tx: Tx, viewer: Viewer, keyword_id: int) -> Keyword:
    """A keyword of the viewer's. Raises NotFound."""
    owner = queries.filter_of_keyword(tx, viewer.id, keyword_id)
    return _entry(show(tx, viewer, owner).keywords, keyword_id)


def change_keyword(tx: Tx, viewer: Viewer, keyword_id: int, form: KeywordForm) -> Keyword:
    """Change a keyword of the viewer's. Raises NotFound, Invalid."""
    owner = queries.filter_of_keyword(tx, viewer.id, keyword_id)
    changed = msgspec.structs.replace(form, id=str(keyword_id), destroy=False)
    _write_keywords(tx, show(tx, viewer, owner), [changed])
    return _entry(_changed(tx, viewer, owner).keywords, keyword_id)


def delete_keyword(tx: Tx, viewer: Viewer, keyword_id: int) -> None:
    """Remove a keyword of the viewer's. Raises NotFound."""
    queries.filter_of_keyword(tx, viewer.id, keyword_id)
    queries.remove_keyword(tx, keyword_id)
    _told(tx, viewer)


def add_post(tx: Tx, viewer: Viewer, filter_id: int, post: int) -> FilteredPost:
    """Catch a single post. Raises NotFound: no such filter, or not the viewer's to see."""
    old = queries.one(tx, viewer.id, filter_id).filter
    if len(old.statuses) >= MOST_ENTRIES:
        raise Invalid(say("A filter has at most %(most)s posts.", most=MOST_ENTRIES))
    visible_post(tx, viewer, post)
    queries.add_post(tx, filter_id, post)
    entries = _changed(tx, viewer, filter_id).statuses
    return next(entry for entry in entries if entry.status_id == str(post))


def post(tx: Tx, viewer: Viewer, entry_id: int) -> FilteredPost:
    """An entry for a single post. Raises NotFound."""
    owner = queries.filter_of_post(tx, viewer.id, entry_id)
    return _entry(show(tx, viewer, owner).statuses, entry_id)


def delete_post(tx: Tx, viewer: Viewer, entry_id: int) -> None:
    """Remove an entry for a single post. Raises NotFound."""
    queries.filter_of_post(tx, viewer.id, entry_id)
    queries.remove_post(tx, entry_id)
    _told(tx, viewer)


# ----------------------------------------------------------------------------- as older apps do


def old_mine(tx: Tx, viewer: Viewer) -> list[OldFilter]:
    """Every keyword as a filter of its own.

    Source: Mastodon REST API, GET /api/v1/filters
    """
    return [_old(each, word) for each in mine(tx, viewer) for word in each.keywords]


def old_show(tx: Tx, viewer: Viewer, keyword_id: int) -> OldFilter:
    """One of them. Raises NotFound."""
    whole = show(tx, viewer, queries.filter_of_keyword(tx, viewer.id, keyword_id))
    return _old(whole, _entry(whole.keywords, keyword_id))


def old_create(tx: Tx, viewer: Viewer, form: OldForm) -> OldFilter:
    """A filter of one keyword. Raises Invalid."""
    made = create(tx, viewer, _as_new(form, form.phrase or "", None))
    return _old(made, made.keywords[0])


def old_update(
    tx: Tx, viewer: Viewer, keyword_id: int, form: OldForm, *, keep_end: bool
) -> OldFilter:
    """Change a keyword, and the filter it belongs to where it is the only one.

    Raises:
        NotFound: no keyword of the viewer's.
        Invalid: it would change the filter under its other keywords; or as for `create`.
    """
    owner = queries.filter_of_keyword(tx, viewer.id, keyword_id)
    old = show(tx, viewer, owner)
    alone = len(old.keywords) == 1
    if not alone and (form.context is not None or form.irreversible is not None or not keep_end):
        raise Invalid(say("This filter has several keywords: it must be changed in a newer app."))
    new = _as_new(form, form.phrase, str(keyword_id))
    changed = update(tx, viewer, owner, new, keep_end=keep_end)
    return _old(changed, _entry(changed.keywords, keyword_id))


def old_delete(tx: Tx, viewer: Viewer, keyword_id: int) -> None:
    """Remove a keyword, and the filter with its last one. Raises NotFound."""
    owner = queries.filter_of_keyword(tx, viewer.id, keyword_id)
    if len(show(tx, viewer, owner).keywords) == 1:
        delete(tx, viewer, owner)
    else:
        delete_keyword(tx, viewer, keyword_id)


def _as_new(form: OldForm, phrase: str | None, keyword_id: str | None) -> FilterForm:
    action = None
    if form.irreversible is not None:
        action = "hide" if form.irreversible else "warn"
    whole = form.whole_word
    if whole is None and keyword_id is None:
        whole = False
    word = KeywordForm(id=keyword_id, keyword=phrase, whole_word=whole)
    return FilterForm(
        title=phrase,
        context=form.context,
        filter_action=action,
        expires_in=form.expires_in,
        keywords_attributes=[word],
    )


def _old(whole: Filter, word: Keyword) -> OldFilter:
    return OldFilter(
        id=word.id,
        phrase=word.keyword,
        context=whole.context,
        whole_word=word.whole_word,
        expires_at=whole.expires_at,
        irreversible=whole.filter_action == "hide",
    )


# ----------------------------------------------------------------------------- common


def _checked(old: Filter, form: FilterForm) -> Filter:
    title = old.title if form.title is None else form.title.strip()
    _length("Title", title, TITLE_CHARS)
    context = old.context
    if form.context is not None:
        context = tuple(name for name in _CONTEXTS if name in form.context)
        if len(context) != len(set(form.context)):
            raise Invalid(say("Validation failed: Context is not one of the known ones"))
    if not context:
        raise Invalid(say("Validation failed: Context can't be blank"))
    action: Any = old.filter_action if form.filter_action is None else form.filter_action
    if action not in get_args(FilterAction):
        raise Invalid(say("'%(given)s' is not a valid filter_action", given=echo(action)))
    return msgspec.structs.replace(old, title=title, context=context, filter_action=action)


def _write_keywords(tx: Tx, old: Filter, forms: Sequence[KeywordForm]) -> list[int]:
    """Add, change and remove keywords.

    Returns:
        The ids of those that are new.
    Raises:
        NotFound: no keyword of this filter.
    """
    known = {word.id: word for word in old.keywords}
    if len(known) + sum(form.id is None for form in forms) > MOST_ENTRIES:
        raise Invalid(say("A filter has at most %(most)s keywords.", most=MOST_ENTRIES))
    new: list[tuple[str, bool]] = []
    for form in forms:
        before = Keyword(id="", keyword="") if form.id is None else known.get(form.id)
        if before is None:
            raise NotFound
        if form.destroy:
            if form.id is not None:
                queries.remove_keyword(tx, int(form.id))
            continue
        word = before.keyword if form.keyword is None else form.keyword.strip()
        _length("Keyword", word, KEYWORD_CHARS)
        whole = before.whole_word if form.whole_word is None else form.whole_word
        if form.id is None:
            new.append((word, whole))
        else:
            queries.change_keyword(tx, int(form.id), word, whole)
    return queries.add_keywords(tx, int(old.id), new)


def _length(what: str, text: str, most: int) -> None:
    if not text:
        raise Invalid(say("Validation failed: %(what)s can't be blank", what=what))
    if len(text) > most:
        raise Invalid(
            say(
                "Validation failed: %(what)s is too long (maximum is %(most)s characters)",
                what=what,
                most=most,
            )
        )


def _until(tx: Tx, seconds: int | None) -> int | None:
    return None if seconds is None else tx.ms + 1000 * max(0, min(seconds, LONGEST))


def _entry(entries: Sequence[Entry], id_: int) -> Entry:
    return next(entry for entry in entries if entry.id == str(id_))


def _changed(tx: Tx, viewer: Viewer, filter_id: int) -> Filter:
    _told(tx, viewer)
    return queries.one(tx, viewer.id, filter_id).filter


def _told(tx: Tx, viewer: Viewer) -> None:
    queries.turn(tx, viewer.id)
    live.say(tx, live.FiltersChanged(account=viewer.id))
