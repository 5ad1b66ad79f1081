"""Notices: what somebody reports who has no account here, and how they see what came of it.

They name an address of ours; what they may not see they cannot report, so nobody learns by it what
is there. A secret link is all that leads to their notice again."""

from typing import Any, NamedTuple
from urllib.parse import unquote, urlsplit

import msgspec

from whimbrel.accounts import links
from whimbrel.accounts import queries as people
from whimbrel.accounts.rules import STRANGER, Account
from whimbrel.core.errors import Invalid, NotFound
from whimbrel.core.ids import id_of, new_id, token
from whimbrel.core.text import tidy
from whimbrel.core.tx import Tx
from whimbrel.core.words import say

from . import cases
from .queries import notices as queries
from .queries import reports as filed
from .rules import Category, Report, Sender, class_of

COMMENT_CHARS = 2000
NAME_CHARS = 200
# What a notice can be about, and what that is here.
KINDS: dict[str, Category] = {
    "illegal": "legal",
    "intimate": "legal",
    "address": "legal",
    "rules": "violation",
    "spam": "spam",
}


class NoticeForm(msgspec.Struct, kw_only=True):
    """What the public form holds."""

    about: str = ""
    kind: str = ""
    comment: str = ""
    name: str = ""
    email: str = ""
    honest: bool = False


class Filed(NamedTuple):
    """The number of a notice, and what its link holds."""

    number: int
    secret: str


def file(tx: Tx, form: NoticeForm) -> Filed:
    """Keep a notice.

    Raises:
        Invalid: by field: nothing of ours that everybody may see, no kind, no reason, too long.
    """
    target, post, wrong = None, None, _wrong(form)
    try:
        target, post = resolve(tx, form.about)
    except NotFound:
        wrong["about"] = say("There is nothing at this address that everybody can see.")
    if wrong or target is None:
        raise Invalid(
            say("The notice is not complete."),
            {field: [("ERR_INVALID", words)] for field, words in wrong.items()},
        )
    category, posts = KINDS[form.kind], () if post is None else (post,)
    klass = class_of("notice", category, intimate=form.kind in ("intimate", "address"))
    made = Report(
        id=new_id(tx.now),
        account=None,
        target=target.id,
        category=category,
        comment=tidy(form.comment),
        posts=posts,
        rules=(),
        forward=False,
        case=cases.place(tx, target.id, klass, posts, doxxing=form.kind == "address"),
        source="notice",
    )
    filed.add(tx, made, None)
    secret = token()
    sender = Sender(name=tidy(form.name), email=form.email.strip(), about=form.about.strip())
    queries.add(tx, made.id, sender, links.hashed(secret))
    return Filed(made.id, secret)


def _wrong(form: NoticeForm) -> dict[str, Any]:
    wrong: dict[str, Any] = {}
    if form.kind not in KINDS:
        wrong["kind"] = say("Choose what is wrong.")
    if not tidy(form.comment):
        wrong["comment"] = say("Say what is wrong, so that it can be decided.")
    elif len(tidy(form.comment)) > COMMENT_CHARS:
        wrong["comment"] = say("At most %(most)s characters.", most=COMMENT_CHARS)
    for field, text in (("name", form.name), ("email", form.email)):
        if len(text) > NAME_CHARS:
            wrong[field] = say("At most %(most)s characters.", most=NAME_CHARS)
    if not form.honest:
        wrong["honest"] = say("Only what you believe to be true can be decided on.")
    return wrong


def resolve(tx: Tx, address: str) -> tuple[Account, int | None]:
    """Whose it is, and the post, if it is one. Raises NotFound: nothing that strangers may see."""
    parts = urlsplit(address.strip())
    if f"{parts.scheme}://{parts.netloc}".lower() != tx.instance.origin.lower():
        raise NotFound
    words = [unquote(word) for word in parts.path.split("/") if word]
    if words[:2] == ["ap", "users"] and len(words) in (3, 5):  # as other servers call it
        return _found(tx, people.by_id(tx, id_of(words[2])), words[4:])
    if not words or not words[0].startswith("@") or len(words) > 2:
        raise NotFound
    return _found(tx, people.by_handle(tx, words[0]), words[1:])


def _found(tx: Tx, account: Account, rest: list[str]) -> tuple[Account, int | None]:
    if account.suspended_at is not None:
        raise NotFound
    if not rest:
        return account, None
    post = id_of(rest[0])
    if filed.reportable(tx, STRANGER.id, account.id, [post]) != [post]:
        raise NotFound
    return account, post


def show(tx: Tx, secret: str) -> Report:
    """The notice that a link leads to. Raises NotFound."""
    return filed.one(tx, queries.by_secret(tx, links.hashed(secret)))
