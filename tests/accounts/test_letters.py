"""Letters as they arrive: to whom, saying what, and never more than somebody can bear."""

import asyncio
from typing import Any

import msgspec
import pytest

import people
from whimbrel.accounts import credentials, leave, letters, links, signup
from whimbrel.accounts.events import LetterWanted
from whimbrel.accounts.queries import users
from whimbrel.core import words
from whimbrel.core.errors import Unavailable


@pytest.mark.parametrize("kind", letters.WORDS)
def test_every_letter_can_be_written(instance, kind):
    """A letter that fails when it is sent is found by the one who waits for it."""
    to = letters.Addressed("ada@example.org", b"", "ada", "SECRET")
    subject, text = letters.compose(instance, kind, to)
    assert "social.example" in subject
    assert "\n" not in subject
    assert text.startswith("Hello @ada@social.example,\n\n")
    with_secret = ("confirm", "reset", "change", "statement", "kept", "erased")
    told = kind in with_secret or kind.startswith("warned_")
    assert ("SECRET" in text) == told
    assert max(map(len, text.splitlines())) <= 100


def test_a_letter_travels_by_real_smtp(door, mailbox):
    """What works on the console only is no mail."""
    settings = msgspec.structs.replace(
        door.app.settings, smtp=mailbox.url, mail_from="post@social.example"
    )
    door.app.settings = settings
    db = door.app.db
    ada = db.write_sync(people.make, "ada")
    db.write_sync(credentials.ask_reset, "ada@example.org")
    asyncio.run(door.settle())
    (message,) = mailbox.messages
    assert message["To"] == "ada@example.org"
    assert message["From"] == "post@social.example"
    secret = message.get_payload(decode=True).decode().split("/auth/reset/")[1].split()[0]
    assert db.write_sync(links.look, "reset", secret).account == ada.id


def test_what_was_not_sent_does_not_count(door):
    """The mail server was away for an hour: whoever waits must still get the letter."""
    settings = door.app.settings
    ada = door.app.db.write_sync(people.make, "ada")
    event = LetterWanted(account=ada.id, kind="approved")
    door.app.settings = msgspec.structs.replace(settings, smtp="smtp://127.0.0.1:1?tls=none")
    for _ in range(5):
        with pytest.raises(Unavailable):
            asyncio.run(letters.send_letter(door.app, event))
    door.app.settings = settings
    for _ in range(5):
        asyncio.run(letters.send_letter(door.app, event))
    assert len(door.letters()) == 3


def test_nobody_writes_to_the_erased(door):
    """A job from before must not fail for ever, nor find an address."""
    db = door.app.db
    ada = db.write_sync(people.make, "ada")

    def wanted(tx: Any) -> LetterWanted:
        user = users.by_account(tx, ada.id)
        return LetterWanted(
            account=ada.id, kind="reset", link=links.sealed(tx, ada.id, user.slot, "x")
        )

    event = db.write_sync(wanted)
    db.write_sync(leave.erase_account, ada)
    asyncio.run(letters.send_letter(door.app, event))
    assert door.letters() == []


def test_a_void_change_is_not_sent(door):
    """The link was replaced by a later one: the letter would only confuse."""
    db = door.app.db
    ada = db.write_sync(people.make, "ada")
    for address in ("one@example.org", "two@example.org"):
        db.write_sync(credentials._ask_new_address, ada.id, address)
    asyncio.run(door.settle())
    assert [to for to, _, _ in door.letters()] == ["two@example.org"]


def test_moderators_are_told_no_names(tx):
    """A name somebody chose would be his advertisement in a moderator's mailbox."""
    people.make(tx, "mod", role="moderator")
    people.make(tx, "bob")
    signup.tell_staff(tx)
    assert [event.kind for event in tx.emitted] == ["waiting"]
    assert "@" not in "".join(letters.WORDS["waiting"][1])


@pytest.mark.parametrize("locale", words.NAMES)
@pytest.mark.parametrize("kind", letters.WORDS)
def test_a_letter_is_in_the_language_of_whom_it_is_for(instance, kind, locale):
    """A warning that somebody's account was taken over, in words they cannot read."""
    to = letters.Addressed("ada@example.org", b"", "ada", "SECRET", locale)
    english = letters.compose(instance, kind, to._replace(locale="en"))
    subject, text = letters.compose(instance, kind, to)
    assert "social.example" in subject and "\n" not in subject
    assert (subject != english[0]) == (text != english[1]) == (locale != "en")
    assert ("SECRET" in text) == ("SECRET" in english[1])
    assert "@ada@social.example" in text and "%(" not in subject + text and "&" not in text


def test_a_letter_to_nobody_in_particular_is_in_the_language_of_the_place(instance):
    """Whose language is none of ours would be written to in English in a Spanish village."""
    place = msgspec.structs.replace(instance, languages=("es-MX",))
    to = letters.Addressed("ada@example.org", b"", "ada", "", "eo")
    assert letters.compose(place, "waiting", to)[1].startswith("Hola")
