"""Canaries: posts that nobody has a reason to look for, so that whoever reads many of them reads
everything. They are public, by accounts that nobody knows, and lie scattered over the past year."""

import secrets

from whimbrel.accounts import signup
from whimbrel.accounts.rules import BROWSER, Viewer
from whimbrel.accounts.signup import New
from whimbrel.core.tx import Tx
from whimbrel.posts.publish import publish
from whimbrel.posts.rules import Draft, Visibility
from whimbrel.privacy import alarms

from .queries import canaries

EACH = 3  # posts of an account: so few that a look at it alone rings nothing
BACK = 365 * 86_400_000  # ms
_BEGIN = ("slow", "grey", "late", "quiet", "damp", "early", "pale", "long")
_THING = ("morning", "tide", "train", "kettle", "garden", "market", "ferry", "window")
_END = ("again", "today", "as ever", "and no hurry", "for once", "this week", "so far", "after all")


def plant(tx: Tx, accounts: int) -> list[str]:
    """Make so many accounts with three posts each.

    Returns:
        Their names.
    Emits: AccountCreated, PostPublished for each
    """
    began, names = tx.ms, []
    try:
        for _ in range(accounts):
            name = f"{_word(_BEGIN)}_{_word(_THING)}{secrets.randbelow(9000) + 1000}"
            new = New(username=name, email="", confirmed=True, approved=True)
            tx.ms = began - BACK
            viewer = Viewer(account=signup.create(tx, new), scopes=BROWSER)
            for _ in range(EACH):
                tx.ms = began - secrets.randbelow(BACK)
                text = f"A {_word(_BEGIN)} {_word(_THING)} {_word(_END)}."
                publish(tx, viewer, Draft(text=text, visibility=Visibility.PUBLIC))
            canaries.add(tx, viewer.id)
            names.append(name)
    finally:
        tx.ms = began
    tx.publish(alarms.CHANNEL, b"")
    return names


def posts(tx: Tx) -> frozenset[int]:
    """All posts of these accounts."""
    return frozenset(canaries.posts(tx))


def _word(words: tuple[str, ...]) -> str:
    return secrets.choice(words)
