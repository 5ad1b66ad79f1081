"""Letters to people of ours: what each kind says, and that nobody gets too many.

A letter is written when it is sent, never stored. It says what happened on this server and nothing
of anybody else; names of strangers in a letter would be their advertisement."""

import textwrap
from typing import NamedTuple

from whimbrel.core import logs, mail
from whimbrel.core.app import App
from whimbrel.core.errors import Invalid, TooMany
from whimbrel.core.keyring import Shredded
from whimbrel.core.settings import Instance
from whimbrel.core.tx import Tx
from whimbrel.core.words import Said, first, language, ours, say

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
    locale: str = ""


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
        await post(app, mail.Letter(addressed.to, subject, text))
    except Invalid:  # trying again would not make it an address
        log.warning("letter cannot be addressed", kind=event.kind, account=event.account)
    except BaseException:
        app.budgets.refund("letter", key)
        raise


async def post(app: App, letter: mail.Letter) -> None:
    """By this server's mail server, in its name. Raises as `mail.send`."""
    settings = app.settings
    await mail.send(
        letter,
        smtp=settings.smtp,
        sender=settings.mail_from,
        domain=app.instance.domain,
        data=settings.data,
        extra_ca=settings.extra_ca,
    )


async def check(app: App) -> None:
    """Before somebody is promised a letter. Raises Unavailable: none can be sent."""
    settings = app.settings
    await mail.check(smtp=settings.smtp, domain=app.instance.domain, extra_ca=settings.extra_ca)


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
        kept = strikes.one(tx, int(secret))
        secret = kept.statement or kept.text
    if to and event.kind in ("change", "email_changed"):
        mac = emails.mac(tx, to)
    return Addressed(to, mac, user.username, secret, user.locale) if to else None


def _new_address(tx: Tx, account: int, slot: int, secret: str) -> str:
    """Where the link of a change goes; "" when it is void by now."""
    found = stored.find(tx, links.hashed(secret), "change")
    if found is None or found.email is None:
        return ""
    return tx.unseal(links.email_place(account, slot), found.email).decode()


def compose(instance: Instance, kind: str, to: Addressed) -> tuple[str, str]:
    """Subject and plain text of a letter, in the language of whom it is for.

    Args:
        kind: a key of `WORDS`.
    """
    tongue = language(ours(to.locale) or first(instance.languages))
    subject, body = WORDS[kind]
    name = f"@{to.username}@{instance.domain}"
    paragraphs = [tongue.plain(say("Hello %(name)s,", name=name))]
    for part in body:
        if isinstance(part, Said):
            paragraphs.append(textwrap.fill(tongue.plain(part), WIDTH, break_on_hyphens=False))
        elif part is TOLD:
            paragraphs += [tongue.plain(_THEY_SAY), to.secret] if to.secret else []
        else:
            paragraphs.append(part.format(origin=instance.origin, secret=to.secret))
    paragraphs.append(f"-- \n{instance.title}\n{instance.origin}\n")
    return tongue.plain(subject.filled(site=instance.domain)), "\n\n".join(paragraphs)


WIDTH = 80  # characters of a line, where there are spaces to break it at
TOLD = "{secret}"  # what the moderators wrote, if anything
_THEY_SAY = say("They say:")
_FORGOT, _SECURITY = "{origin}/auth/forgot", "{origin}/settings/security"
_LOOKED = say("the moderators of this server looked at your account.")
_MISTAKE = say("If you think that this is a mistake, answer the people who run this server:")
_NOT_YOU = say("If it was not you, change your password now, and look at the settings:")
_NOT_YOU_EITHER = say("If it was not you, ask for a new one now, and look at the settings:")

_WARNED = {
    "none": (
        say("A warning from %(site)s"),
        say("This is a warning; nothing else was done."),
    ),
    "disable": (
        say("Your account on %(site)s was closed to you"),
        say("You cannot sign in any more. What you wrote is still there."),
    ),
    "mark_statuses_as_sensitive": (
        say("Posts of yours on %(site)s were covered"),
        say("Pictures and films in some of your posts are covered now."),
    ),
    "delete_statuses": (
        say("Posts of yours on %(site)s were removed"),
        say("Some of your posts were removed."),
    ),
    "sensitive": (
        say("Your pictures on %(site)s are covered from now on"),
        say("Pictures and films in all your new posts are covered."),
    ),
    "silence": (
        say("Your account on %(site)s was limited"),
        say("You can use it as before, but only who follows you hears of you."),
    ),
    "suspend": (
        say("Your account on %(site)s was suspended"),
        say("Nobody sees it and you cannot sign in any more."),
    ),
}

_FACTORS = {
    "passkey_added": (
        say("A passkey was added to your account on %(site)s"),
        say("a passkey was added: whoever has it can sign in to your account."),
    ),
    "passkey_removed": (
        say("A passkey of your account on %(site)s was removed"),
        say("a passkey of your account was removed: nobody can sign in with it any more."),
    ),
    "authenticator_added": (
        say("An authenticator app was set up on %(site)s"),
        say("an authenticator app was set up: after your password, signing in asks for its code."),
    ),
    "authenticator_removed": (
        say("The authenticator app of your account on %(site)s was removed"),
        say("the authenticator app of your account was removed: its codes are asked for no more."),
    ),
    "codes_made": (
        say("New recovery codes for your account on %(site)s"),
        say("new recovery codes were made for your account. Those of before are void."),
    ),
    "code_used": (
        say("A recovery code was used on %(site)s"),
        say("somebody signed in to your account with one of its recovery codes. It is used up."),
    ),
    "factors_reset": (
        say("Your second step on %(site)s was taken away"),
        say(
            "the people who run this server removed the passkeys, the authenticator app and the"
            " recovery codes of your account. The password alone is enough to sign in now."
        ),
    ),
}

# What a letter says after the greeting, a paragraph each: words, or an address to go to.
WORDS: dict[str, tuple[Said, tuple[str, ...]]] = {
    "archive_ready": (
        say("Your archive on %(site)s is ready"),
        (
            say(
                "the file with all that is yours, which you asked for, is made. For a week it is"
                " here, for nobody but you:"
            ),
            "{origin}/settings/archive",
            _NOT_YOU,
            _SECURITY,
        ),
    ),
    "confirm": (
        say("Confirm your e-mail address for %(site)s"),
        (
            say(
                "an account with this e-mail address was made on our server. To show that the"
                " address is yours, open this page within two days:"
            ),
            "{origin}/auth/confirm/{secret}",
            say(
                "If it was not you, do nothing: without this step the account cannot be used, and"
                " it is deleted after a week."
            ),
        ),
    ),
    "reset": (
        say("A new password for %(site)s"),
        (
            say(
                "somebody, you we hope, asked for a new password. Choose it here within two hours:"
            ),
            "{origin}/auth/reset/{secret}",
            say("If it was not you, do nothing: your password stays as it is."),
        ),
    ),
    "change": (
        say("Confirm your new e-mail address for %(site)s"),
        (
            say(
                "you want this to be the e-mail address of your account. To show that it is yours,"
                " open this page within a day:"
            ),
            "{origin}/auth/email/{secret}",
            say("If it was not you, do nothing: the address stays as it is."),
        ),
    ),
    "email_changed": (
        say("Your e-mail address on %(site)s was changed"),
        (
            say(
                "the e-mail address of your account was changed, and letters go to the new one from"
                " now on. All browsers and apps were signed out."
            ),
            say("If it was not you, write to the people who run this server at once."),
        ),
    ),
    "password_changed": (
        say("Your password on %(site)s was changed"),
        (
            say(
                "the password of your account was changed. All other browsers and all apps were"
                " signed out."
            ),
            _NOT_YOU_EITHER,
            _FORGOT,
        ),
    ),
    "password_kept": (
        say("Your password on %(site)s was changed"),
        (
            say(
                "the password of your account was changed. Other browsers and apps stay signed in,"
                " as you wished."
            ),
            _NOT_YOU_EITHER,
            _FORGOT,
        ),
    ),
    **{kind: (title, (said, _NOT_YOU, _SECURITY)) for kind, (title, said) in _FACTORS.items()},
    "known": (
        say("You have an account on %(site)s already"),
        (
            say(
                "somebody tried to use this e-mail address for another account on our server. You"
                " have this one already, and an address belongs to one account only, so nothing"
                " came of it."
            ),
            say("If it was you: sign in, or ask for a new password."),
            "{origin}/auth/sign-in\n{origin}/auth/forgot",
            say("If it was not you, do nothing."),
        ),
    ),
    "new_device": (
        say("A new browser on %(site)s"),
        (
            say("somebody signed in to your account with a browser that we had not seen before."),
            say(
                "If it was you, all is well. If not, change your password: that signs out everybody"
                " else."
            ),
            "{origin}/settings",
        ),
    ),
    "approved": (
        say("Welcome to %(site)s"),
        (say("you have been let in: your account can be used now."), "{origin}/auth/sign-in"),
    ),
    "waiting": (
        say("Somebody waits to be let in on %(site)s"),
        (
            say("somebody signed up and waits for a moderator to let them in."),
            say("You get this letter because you are a moderator."),
        ),
    ),
    "copied": (
        say("Somebody seems to copy %(site)s"),
        (
            say(
                "much more is read on this server than people read. For an hour strangers are shown"
                " single posts only, and everybody signed in reads a quarter of what they could of"
                " people whom they do not follow."
            ),
            say("See why, and take it back if nothing is wrong:"),
            "{origin}/admin",
        ),
    ),
    "rule_fell": (
        say("A rule on %(site)s hit too much"),
        (
            say(
                "one of your rules hit more than ten times what it did in the shadow, and was put"
                " back there. What it did before can be taken back:"
            ),
            "{origin}/admin/automation",
        ),
    ),
    **{
        f"warned_{kind}": (title, (_LOOKED, said, TOLD, _MISTAKE, "{origin}/about"))
        for kind, (title, said) in _WARNED.items()
    },
    "kept": (
        say("A sealed copy is kept on %(site)s"),
        (
            say(
                "something of yours that was reported is erased. It is gone everywhere on our"
                " server but for one sealed copy, which has to be kept and which the server cannot"
                " read. That is destroyed on this day:"
            ),
            "{secret}.",
        ),
    ),
    "erased": (
        say("A decision about your account on %(site)s"),
        (
            say("Your account is closed"),
            say(
                "What you wrote and uploaded is gone from here. What hung on it is cleared away"
                " within the hour, and other servers are asked to delete their copies."
            ),
            say(
                "The keys of all of it are destroyed. What is left is being cleared away: come back"
                " to this address in an hour, and it says since when nothing is."
            ),
            "{origin}/auth/farewell?receipt={secret}",
            _MISTAKE,
            "{origin}/about",
        ),
    ),
    "statement": (
        say("A decision about your account on %(site)s"),
        (_LOOKED, TOLD, _MISTAKE, "{origin}/about"),
    ),
}
