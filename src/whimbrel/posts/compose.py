"""What writing and editing have in common: a draft is checked and its words become content."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import msgspec

from whimbrel.accounts import queries as people
from whimbrel.accounts.rules import Account, is_language
from whimbrel.accounts.serialize import account_url
from whimbrel.core.errors import Invalid
from whimbrel.core.settings import Instance
from whimbrel.core.text import Parsed, count, parse, tidy, to_html
from whimbrel.core.tx import Tx
from whimbrel.core.words import say, say_many
from whimbrel.media.attach import attachment
from whimbrel.media.rules import MediaRow

from .render import tag_url
from .rules import (
    MOST_MENTIONS,
    MOST_TAGS,
    Attachment,
    Content,
    Draft,
    Mention,
    PollDraft,
    check_poll,
)


class Composed(NamedTuple):
    """A draft that may be stored."""

    content: Content
    poll: PollDraft | None
    tags: tuple[str, ...]  # folded
    mentions: tuple[int, ...]
    link: str | None  # the first address in it


def compose(tx: Tx, draft: Draft, media: Sequence[MediaRow]) -> Composed:
    """Check a draft and render its words.

    Args:
        media: what `media.attach.take` gave for it.
    Raises:
        Invalid: nothing said and nothing shown, too long, too many named, an impossible poll.
    """
    text, spoiler = tidy(draft.text), tidy(draft.spoiler).replace("\n", " ")
    if not text and spoiler:
        text, spoiler = spoiler, ""
    parsed = parse(text)
    _check(tx.instance, parsed, spoiler, draft, bool(media))
    poll = _tidy_poll(tx.instance, draft.poll)
    found = named(tx, parsed)
    origin = tx.instance
    content = Content(
        text=text,
        html=to_html(
            parsed,
            {pair: (account_url(origin, one), one.username) for pair, one in found.items()},
            lambda key: tag_url(origin, key),
        ),
        spoiler=spoiler,
        mentions=tuple(_mentions(origin, found.values())),
        tags=tuple(written for _, written in parsed.tags),
        media=tuple(msgspec.convert(attachment(origin, row), Attachment) for row in media),
        options=poll.options if poll else (),
        quoted=draft.quoted,
    )
    tags = tuple(dict.fromkeys(key for key, _ in parsed.tags))
    if len(content.mentions) > MOST_MENTIONS or len(tags) > MOST_TAGS:
        raise Invalid(
            say(
                "A post names at most %(people)s people and has at most %(tags)s hashtags.",
                people=MOST_MENTIONS,
                tags=MOST_TAGS,
            )
        )
    named_ids = tuple(one.id for one in content.mentions)
    return Composed(content, poll, tags, named_ids, next(iter(parsed.urls), None))


def refuse_closed(tags: Sequence[str]) -> None:
    """Raises Invalid where there are any: moderators let nobody use these tags."""
    if tags:
        said = say_many(
            "contained a disallowed hashtag: %(tags)s",
            "contained the disallowed hashtags: %(tags)s",
            len(tags),
            tags=", ".join(tags),
        )
        raise Invalid(f"Validation failed: Text {said}", {"text": [("ERR_INVALID", said)]})


def _check(instance: Instance, parsed: Parsed, spoiler: str, draft: Draft, media: bool) -> None:
    if not parsed.tokens and not media and draft.quoted is None:
        raise Invalid(
            say("Validation failed: Text can't be blank"),
            {"text": [("ERR_BLANK", say("can't be blank"))]},
        )
    if media and draft.poll:
        raise Invalid(say("A post has either media or a poll, not both."))
    if count(parsed, spoiler) > instance.post_chars:
        said = say("character limit of %(most)s exceeded", most=instance.post_chars)
        raise Invalid(f"Validation failed: Text {said}", {"text": [("ERR_TOO_LONG", said)]})


def _tidy_poll(instance: Instance, poll: PollDraft | None) -> PollDraft | None:
    if poll is None:
        return None
    options = tuple(tidy(option).replace("\n", " ") for option in poll.options)
    poll = msgspec.structs.replace(poll, options=options)
    check_poll(poll, instance.poll_options, instance.poll_option_chars)
    return poll


def named(tx: Tx, parsed: Parsed) -> dict[tuple[str, str], Account]:
    """Who is meant by the names in a text. Whoever cannot be here stays plain text."""
    found = people.handles(tx, list(parsed.mentions))
    return {
        (name, domain or ""): account
        for (name, domain), account in found.items()
        if account.suspended_at is None
    }


def _mentions(instance: Instance, accounts: Iterable[Account]) -> Iterable[Mention]:
    once = {account.id: account for account in accounts}
    for account in once.values():
        yield Mention(account.id, account.username, account.acct, account_url(instance, account))


def language_of(wanted: str | None, default: str | None) -> str | None:
    """The language to store: the one asked for if it is one, else the writer's own."""
    return wanted if wanted and is_language(wanted) else default
