"""Statements of reasons: what was decided, why, whether by a person, and how to appeal, in the
language of whom it concerns. Names of moderators and of who reported are in none."""

from collections.abc import Iterator, Sequence

from whimbrel.accounts.queries import users
from whimbrel.core.ids import moment
from whimbrel.core.tx import Tx
from whimbrel.core.words import Language, Said, first, language, ours, say, say_many
from whimbrel.instance import texts

from .rules import APPEAL_TIME, AROUND, Act, Ground, Told

_SAID: dict[str, Said] = {
    "none": say("We looked at it and changed nothing."),
    "warn": say("This is a warning; nothing else was done."),
    "cover": say("Pictures and films in all your new posts are covered."),
    "limit": say("We limited your account: only who follows you hears of you."),
    "freeze": say("We closed your account to you: you cannot sign in. What you wrote stays."),
    "suspend": say("We suspended your account: nobody sees it, and you cannot sign in."),
    "demote": say("We recommend neither you nor what you write to anybody."),
    "logout": say("We signed you out everywhere. You can sign in again."),
    "purge": say("We erase your account with all that is yours."),
}
_TAKEN_BACK: dict[str, Said] = {
    "sensitive": say("Posts that we covered are as they were."),
    "hide": say("Posts that we hid are seen again."),
    "remove": say("Posts that we removed are erased and cannot come back."),
    "cover": say("Your new posts are not covered any more."),
    "limit": say("Your account is not limited any more."),
    "freeze": say("You can sign in again."),
    "suspend": say("Your account is not suspended any more."),
    "label": say("What we said of your posts is gone."),
    "strip": say("Pictures that we removed are erased and cannot come back."),
    "demote": say("You are recommended again."),
    "purge": say("Your account is not erased."),
}
_AROUND = say("We keep away the server, the network or the host of mail that this account uses.")
_AROUND_BACK = say("What we did about the server, the network or the host of mail has ended.")
_LAW = say("Reason: we take it to be against the law.")
_RULES = say("Reason: it is against the rules of this server.")
_PERSON = say("A person decided this.")
_MACHINE = say("A machine decided this. A person looks at it within a day.")
_BACK = say("We took an earlier decision back.")
_UPHELD = say("We looked at your appeal. The decision stays as it is.")


def tongue_of(tx: Tx, account: int | None) -> str:
    """In which language somebody is told: the one they chose, or this server's first."""
    user = None if account is None else users.by_account(tx, account)
    chosen = ours(user.locale) if user is not None else None
    return chosen or first(tx.instance.languages)


def compose(
    tx: Tx,
    code: str,
    acts: Sequence[Act],
    *,
    posts: int,
    ground: Ground,
    policy: Sequence[str],
    facts: str,
    at: int,
    automated: bool = False,
    undone: Sequence[Act] | None = None,
    upheld: bool = False,
) -> Told:
    """The whole statement.

    Args:
        code: the language.
        posts: how many it is done to.
        policy: ids of the rules it is against.
        facts: what was found, in the moderator's words.
        at: when it is decided (ms).
        undone: what of an earlier decision is taken back; None where it takes none back.
        upheld: it answers an appeal and changes nothing.
    """
    told = language(code)
    parts: list[str] = []
    if undone is not None:
        parts += [
            told.plain(_BACK),
            *(told.plain(_TAKEN_BACK[act]) for act in undone if act in _TAKEN_BACK),
            *([told.plain(_AROUND_BACK)] if any(act in AROUND for act in undone) else []),
        ]
    if upheld:
        parts.append(told.plain(_UPHELD))
    else:
        done = acts if undone is None else [act for act in acts if act != "none"]
        parts += [told.plain(each) for each in _done(done, posts)]
    serious = any(act != "none" for act in acts)
    if serious:
        parts += [told.plain(each) for each in _why(tx, ground, policy)]
    if facts:
        parts += [facts]
    parts.append(told.plain(_MACHINE if automated else _PERSON))
    if serious and not upheld and undone is None:
        parts.append(_appeal(told, at))
    return Told(text="\n\n".join(parts), facts=facts, ground=ground, policy=tuple(policy))


def _done(acts: Sequence[Act], posts: int) -> Iterator[Said]:
    if any(act in AROUND for act in acts):
        yield _AROUND
    for act in acts:
        if act in _SAID:
            yield _SAID[act]
        elif act == "label":
            yield say_many(
                "We put a warning in front of one of your posts.",
                "We put a warning in front of %(num)s of your posts.",
                posts,
            )
        elif act == "strip":
            yield say_many(
                "We removed the pictures of one of your posts for good.",
                "We removed the pictures of %(num)s of your posts for good.",
                posts,
            )
        elif act == "sensitive":
            yield say_many(
                "We covered the pictures of one of your posts.",
                "We covered the pictures of %(num)s of your posts.",
                posts,
            )
        elif act == "hide":
            yield say_many(
                "We hid one of your posts. You still see it, nobody else does.",
                "We hid %(num)s of your posts. You still see them, nobody else does.",
                posts,
            )
        elif act == "remove":
            yield say_many(
                "We removed one of your posts for good.",
                "We removed %(num)s of your posts for good.",
                posts,
            )


def _why(tx: Tx, ground: Ground, policy: Sequence[str]) -> Iterator[Said]:
    if ground == "law":
        yield _LAW
        return
    held = {str(rule.id): rule.text for rule in texts.rules(tx)}
    named = [held[each] for each in policy if each in held]
    if not named:
        yield _RULES
    for rule in named:
        yield say("Reason: it is against a rule of this server: %(rule)s", rule=rule)


def _appeal(told: Language, at: int) -> str:
    until = told.dated(moment(at + APPEAL_TIME), "day")
    said = say("You can appeal until %(day)s. Somebody else decides then.", day=until)
    return told.plain(said)
