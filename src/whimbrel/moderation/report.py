"""Reporting: somebody says that something is wrong. What is done about it is for others."""

from collections.abc import Sequence
from typing import Any, get_args

import msgspec

from whimbrel.accounts import queries as people
from whimbrel.accounts.rules import Account, Viewer
from whimbrel.collections import queries as collections
from whimbrel.core.errors import Invalid, NotFound, TooMany
from whimbrel.core.ids import id_of, new_id
from whimbrel.core.text import tidy
from whimbrel.core.tx import Tx
from whimbrel.core.words import say
from whimbrel.instance.texts import missing_rules

from . import cases, queries
from .events import Reported
from .queries import queue as waiting
from .rules import HOUR, Category, Report, class_of

COMMENT_CHARS = 1000
MOST_POSTS = 50
MOST_RULES = 20
MOST_COLLECTIONS = 20
MOST_OF_SERVER = 60  # reports of another server within an hour


class ReportForm(msgspec.Struct, kw_only=True):
    """What an app sends."""

    account_id: str = ""
    status_ids: list[str] = msgspec.field(default_factory=list)
    comment: str = ""
    category: str | None = None
    rule_ids: list[str] = msgspec.field(default_factory=list)
    collection_ids: list[str] = msgspec.field(default_factory=list)
    forward: bool = False


def report(tx: Tx, viewer: Viewer, form: ReportForm) -> tuple[Report, Account]:
    """Keep a report, and say who is reported.

    Of `status_ids` and `collection_ids` only those count that are the account's and that the viewer
    may see; the others are passed over in silence, whether there are such or not.

    Raises:
        NotFound: nobody of that id.
        Invalid: an unknown category, too long a comment, too many posts, rules or
            collections.
    Emits: Reported
    Source: Mastodon REST API, POST /api/v1/reports
    """
    target = people.by_id(tx, id_of(form.account_id))
    ids = [id_of(text) for text in form.status_ids if text]
    if len(ids) > MOST_POSTS:
        raise Invalid(say("A report names at most %(most)s posts.", most=MOST_POSTS))
    made = Report(
        id=new_id(tx.now),
        account=viewer.id,
        target=target.id,
        category=_category(form),
        comment=_comment(form.comment),
        posts=tuple(queries.reportable(tx, viewer.id, target.id, ids)),
        rules=_rules(tx, form.rule_ids),
        collections=_collections(tx, viewer, target, form.collection_ids),
        forward=form.forward,
    )
    made = msgspec.structs.replace(
        made,
        case=cases.place(
            tx,
            target.id,
            class_of("user", made.category),
            made.posts,
            record=waiting.record(tx, viewer.id),
        ),
    )
    queries.add(tx, made, people.by_id(tx, viewer.id).slot)
    tx.emit(Reported(report=made.id, account=viewer.id, target=target.id))
    return made, target


def receive(tx: Tx, viewer: Viewer, target: int, comment: str, posts: Sequence[int]) -> None:
    """Keep a report that another server sends on; who of its people reported is not told.

    Args:
        viewer: who speaks for that server.
        target: one of ours.
        posts: of theirs, which that server has.
    Raises:
        NotFound: nobody of ours, or suspended.
        TooMany: that server sent `MOST_OF_SERVER` within the hour.
    Emits: Reported
    """
    about = people.by_id(tx, target)
    if about.domain is not None or about.suspended_at is not None:
        raise NotFound
    sender = people.by_id(tx, viewer.id)
    if sender.domain is not None:
        since = (tx.ms - HOUR) << 16
        if queries.from_server(tx, sender.domain, since) >= MOST_OF_SERVER:
            raise TooMany(retry_after=HOUR // 1000)
    kept = tuple(posts[:MOST_POSTS])
    record = waiting.record(tx, viewer.id, sender.domain)
    made = Report(
        id=new_id(tx.now),
        account=viewer.id,
        target=target,
        category="other",
        comment=tidy(comment)[:COMMENT_CHARS],
        posts=kept,
        rules=(),
        forward=False,
        case=cases.place(tx, target, class_of("flag", "other"), kept, record=record),
        source="flag",
    )
    queries.add(tx, made, sender.slot)
    tx.emit(Reported(report=made.id, account=viewer.id, target=target))


def _category(form: ReportForm) -> Category:
    category: Any = form.category or ("violation" if form.rule_ids else "other")
    if category not in get_args(Category):
        raise Invalid(say("Validation failed: Category is not included in the list"))
    known: Category = category
    return known


def _comment(text: str) -> str:
    comment = tidy(text)
    if len(comment) > COMMENT_CHARS:
        said = say("is too long (maximum is %(most)s characters)", most=COMMENT_CHARS)
        raise Invalid(f"Validation failed: Comment {said}", {"comment": [("ERR_TOO_LONG", said)]})
    return comment


def _rules(tx: Tx, ids: list[str]) -> tuple[str, ...]:
    rules = tuple(dict.fromkeys(ids))
    if len(rules) > MOST_RULES or missing_rules(tx, rules):
        raise Invalid(say("Validation failed: Rules are not ones of this server"))
    return rules


def _collections(tx: Tx, viewer: Viewer, target: Account, written: list[str]) -> tuple[int, ...]:
    ids = [id_of(text) for text in written if text]
    if len(ids) > MOST_COLLECTIONS:
        raise Invalid(say("A report names at most %(most)s collections.", most=MOST_COLLECTIONS))
    return tuple(collections.reportable(tx, viewer.id, target.id, ids))
