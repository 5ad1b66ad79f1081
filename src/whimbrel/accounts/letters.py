"""Letters to people of ours: what each kind says, and that nobody gets too many.

A letter is written when it is sent, never stored. It says what happened on this server and nothing
of anybody else; names of strangers in a letter would be their advertisement."""

from collections.abc import Callable
from typing import NamedTuple

from whimbrel.core import logs, mail
from whimbrel.core.app import App
from whimbrel.core.errors import Invalid, TooMany
from whimbrel.core.keyring import Shredded
from whimbrel.core.settings import Instance
from whimbrel.core.tx import Tx

from . import emails, links
from .events import LetterWanted
from .queries import links as stored
from .queries import strikes, users

log = logs.get(__name__)


class Addressed(NamedTuple):
    """All that a letter needs. `secret` is the plain link, where there is one."""

    to: str
    mac: bytes
    username: str
    secret: str


async def send_letter(app: App, event: LetterWanted) -> None:
    """Effect: write one letter, at most three of a kind to an address within an hour.

    Raises:
        Unavailable: the mail server did not take it; the outbox tries again.
    """
    try:
        addressed = await app.db.read(_address, event)
    except Shredded:
        return  # erased meanwhile: nobody is there to read it
    if addressed is None:
        return
    key = (event.kind, addressed.mac)
    try:
        app.budgets.spend("letter", key)
    except TooMany:
        log.info("letter left out: enough of this kind", kind=event.kind, account=event.account)
        return
    subject, text = compose(app.instance, event.kind, addressed)
    try:
        await mail.send(
            mail.Letter(addressed.to, subject, text),
            smtp=app.settings.smtp,
            sender=app.settings.mail_from,
            domain=app.instance.domain,
            data=app.settings.data,
            extra_ca=app.settings.extra_ca,
        )
    except Invalid:  # trying again would not make it an address
        log.warning("letter cannot be addressed", kind=event.kind, account=event.account)
    except BaseException:
        app.budgets.refund("letter", key)
        raise


def _address(tx: Tx, event: LetterWanted) -> Addressed | None:
    user = users.by_account(tx, event.account)
    if user is None:
        return None
    secret = links.opened(tx, user.account, user.slot, event.link) if event.link else ""
    to, mac = emails.of(tx, user), user.email_mac
    if event.kind == "email_changed":
        to, secret = secret, ""
    elif event.kind == "change":
        to = _new_address(tx, user.account, user.slot, secret)
    elif event.kind.startswith("warned_"):
        secret = strikes.one(tx, int(secret)).text
    if to and event.kind in ("change", "email_changed"):
        mac = emails.mac(tx, to)
    return Addressed(to, mac, user.username, secret) if to else None


def _new_address(tx: Tx, account: int, slot: int, secret: str) -> str:
    """Where the link of a change goes; "" when it is void by now."""
    found = stored.find(tx, links.hashed(secret), "change")
    if found is None or found.email is None:
        return ""
    return tx.unseal(links.email_place(account, slot), found.email).decode()


def compose(instance: Instance, kind: str, to: Addressed) -> tuple[str, str]:
    """Subject and plain text of a letter.

    Args:
        kind: a key of `WORDS`.
    """
    subject, body = WORDS[kind]
    name = f"@{to.username}@{instance.domain}"
    text = body(instance.origin, to.secret).strip()
    return (
        subject.format(site=instance.domain),
        f"Hello {name},\n\n{text}\n\n-- \n{instance.title}\n{instance.origin}\n",
    )


Body = Callable[[str, str], str]


def _confirm(origin: str, secret: str) -> str:
    return f"""
an account with this e-mail address was made on our server. To show that the address is yours,
open this page within two days:

{origin}/auth/confirm/{secret}

If it was not you, do nothing: without this step the account cannot be used, and it is deleted
after a week."""


def _reset(origin: str, secret: str) -> str:
    return f"""
somebody, you we hope, asked for a new password. Choose it here within two hours:

{origin}/auth/reset/{secret}

If it was not you, do nothing: your password stays as it is."""


def _change(origin: str, secret: str) -> str:
    return f"""
you want this to be the e-mail address of your account. To show that it is yours, open this page
within a day:

{origin}/auth/email/{secret}

If it was not you, do nothing: the address stays as it is."""


def _email_changed(origin: str, secret: str) -> str:
    return """
the e-mail address of your account was changed, and letters go to the new one from now on. All
browsers and apps were signed out.

If it was not you, write to the people who run this server at once."""


def _password_changed(origin: str, secret: str) -> str:
    return f"""
the password of your account was changed. All other browsers and all apps were signed out.

If it was not you, ask for a new one now, and look at the settings:

{origin}/auth/forgot"""


def _known(origin: str, secret: str) -> str:
    return f"""
somebody tried to use this e-mail address for another account on our server. You have this one
already, and an address belongs to one account only, so nothing came of it.

If it was you: sign in, or ask for a new password.

{origin}/auth/sign-in
{origin}/auth/forgot

If it was not you, do nothing."""


def _new_device(origin: str, secret: str) -> str:
    return f"""
somebody signed in to your account with a browser that we had not seen before.

If it was you, all is well. If not, change your password: that signs out everybody else.

{origin}/settings"""


def _approved(origin: str, secret: str) -> str:
    return f"""
you have been let in: your account can be used now.

{origin}/auth/sign-in"""


def _waiting(origin: str, secret: str) -> str:
    return """
somebody signed up and waits for a moderator to let them in.

You get this letter because you are a moderator."""


def _decided(what: str) -> Body:
    def body(origin: str, secret: str) -> str:
        said = f"\n\nThey say:\n\n{secret}" if secret else ""
        return f"""
{what}{said}

If you think that this is a mistake, answer the people who run this server:

{origin}/about"""

    return body


_LOOKED = "the moderators of this server looked at your account."
_WARNED = {
    "none": ("A warning from {site}", f"{_LOOKED}\nThis is a warning; nothing else was done."),
    "disable": (
        "Your account on {site} was closed to you",
        f"{_LOOKED}\nYou cannot sign in any more. What you wrote is still there.",
    ),
    "mark_statuses_as_sensitive": (
        "Posts of yours on {site} were covered",
        f"{_LOOKED}\nPictures and films in some of your posts are covered now.",
    ),
    "delete_statuses": (
        "Posts of yours on {site} were removed",
        f"{_LOOKED}\nSome of your posts were removed.",
    ),
    "sensitive": (
        "Your pictures on {site} are covered from now on",
        f"{_LOOKED}\nPictures and films in all your new posts are covered.",
    ),
    "silence": (
        "Your account on {site} was limited",
        f"{_LOOKED}\nYou can use it as before, but only who follows you hears of you.",
    ),
    "suspend": (
        "Your account on {site} was suspended",
        f"{_LOOKED}\nNobody sees it and you cannot sign in any more.",
    ),
}

WORDS: dict[str, tuple[str, Body]] = {
    "confirm": ("Confirm your e-mail address for {site}", _confirm),
    "reset": ("A new password for {site}", _reset),
    "change": ("Confirm your new e-mail address for {site}", _change),
    "email_changed": ("Your e-mail address on {site} was changed", _email_changed),
    "password_changed": ("Your password on {site} was changed", _password_changed),
    "known": ("You have an account on {site} already", _known),
    "new_device": ("A new browser on {site}", _new_device),
    "approved": ("Welcome to {site}", _approved),
    "waiting": ("Somebody waits to be let in on {site}", _waiting),
    **{f"warned_{kind}": (title, _decided(said)) for kind, (title, said) in _WARNED.items()},
}
