"""Signing up: from a form to an account, and what has to happen before it may be used.

Nobody learns here whether an address is known: who asks with a known one gets an account that can
never be confirmed, and the owner of the address a letter."""

import re
import secrets
from collections.abc import Sequence
from datetime import date, timedelta
from hashlib import sha256

import msgspec

from whimbrel.core.app import App
from whimbrel.core.errors import Forbidden, Gone, Invalid, NotFound
from whimbrel.core.ids import new_id, token
from whimbrel.core.keyring import Slot
from whimbrel.core.settings import Instance
from whimbrel.core.tx import Tx
from whimbrel.core.words import say

from . import addresses, age, barred, emails, letters, links, passwords
from .events import AccountCreated, LetterWanted, SignUpLapses
from .queries import links as invitations
from .queries import users
from .queries.users import NewUser, User
from .rules import Permission, Role, role_of
from .tokens import spread_id

NAME = re.compile(r"[a-zA-Z0-9_]{1,30}")
LAPSES = timedelta(days=7)
REASON_CHARS = 1000
# Names that would be taken for the server itself, or that are the first word of one of its paths.
_RESERVED = """
abuse account accounts admin administration administrator admins all anonymous contact everybody
everyone help helpdesk hostmaster info instance mail mailer_daemon mod moderation moderator
moderators mods no_reply nobody noreply null official owner postmaster root security server service
staff support sysadmin system team undefined user users webmaster whimbrel www
about api apps auth authorize_interaction compose explore feed health home inbox interact local
lists media metrics nodeinfo notifications oauth outbox posts privacy proxy public rules search
settings setup sign_in sign_out sign_up signin signup static streaming tags terms well_known
"""
RESERVED = frozenset(_RESERVED.split())


class Form(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody fills in."""

    username: str = ""
    email: str = ""
    password: str = ""
    agreement: bool = False
    locale: str = "en"
    reason: str = ""  # why they want in, for whoever approves
    invite: str = ""
    date_of_birth: str = ""  # YYYY-MM-DD; never stored
    address: str = ""  # the IP address it came from


class New(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody to be made; nothing of it is checked again but that name and address are free."""

    username: str
    email: str  # folded; "" = known to us already, see the module's words
    password: str | None = None  # hashed
    role: Role = "user"
    locale: str = "en"
    reason: str = ""
    invite: int | None = None
    confirmed: bool = False
    approved: bool = False


def check(instance: Instance, form: Form, today: date) -> Form:
    """A form tidied up, before anything slow is done about it.

    Args:
        today: in UTC.
    Raises:
        Invalid: with Mastodon's codes by field.
        Forbidden: this server takes nobody.
    """
    if instance.signups == "closed":
        raise Forbidden(say("This server does not take new accounts."))
    name, email = form.username.strip().removeprefix("@"), emails.fold(form.email)
    wrong = {
        "username": name_fault(instance, name),
        "email": None if email else _blank_or_invalid(form.email),
        "password": passwords.fault(form.password, (name, email or "", instance.domain)),
        "agreement": None if form.agreement else ("ERR_ACCEPTED", say("must be accepted.")),
        "reason": (
            "ERR_TOO_LONG",
            say("is too long (at most %(most)s characters).", most=REASON_CHARS),
        )
        if len(form.reason) > REASON_CHARS
        else None,
        "date_of_birth": age.fault(form.date_of_birth, instance.signups_min_age, today),
        "invite_code": ("ERR_BLANK", say("is needed here."))
        if instance.signups == "invite" and not form.invite
        else None,
    }
    refuse({field: fault for field, fault in wrong.items() if fault})
    locale = form.locale if re.fullmatch(r"[A-Za-z-]{2,12}", form.locale) else "en"
    tidy = {"username": name, "email": email or "", "locale": locale, "date_of_birth": ""}
    return msgspec.structs.replace(form, **tidy)


def name_fault(instance: Instance, name: str) -> tuple[str, str] | None:
    """Why this may not be a name: (Mastodon's code, sentence), or None."""
    if not name:
        return "ERR_BLANK", say("can't be blank.")
    if len(name) > 30:
        return "ERR_TOO_LONG", say("is too long (at most 30 characters).")
    if not NAME.fullmatch(name):
        return "ERR_INVALID", say("may have only letters from a to z, digits and underscores.")
    ours = re.sub(r"[^a-z0-9_]", "_", instance.domain.partition(":")[0].lower())
    if name.lower() in RESERVED or name.lower() in (ours, ours.partition("_")[0]):
        return "ERR_RESERVED", say("is reserved.")
    return None


def _blank_or_invalid(email: str) -> tuple[str, str]:
    if not email.strip():
        return "ERR_BLANK", say("can't be blank.")
    return "ERR_INVALID", say("is not an e-mail address that letters can be sent to.")


_FIELDS = {
    "username": "The name",
    "email": "The e-mail address",
    "password": "The password",
    "agreement": "The agreement",
    "reason": "The reason",
    "date_of_birth": "The date of birth",
    "invite_code": "An invitation",
}


def refuse(wrong: dict[str, tuple[str, str]]) -> None:
    """Raise Invalid where something is wrong: field name to (Mastodon's code, sentence)."""
    if wrong:
        said = " ".join(f"{_FIELDS.get(field, field)} {fault[1]}" for field, fault in wrong.items())
        raise Invalid(said, {field: [fault] for field, fault in wrong.items()})


async def join(app: App, form: Form) -> int:
    """Check a form, hash its password beside the loop, store the account.

    Returns:
        The account. It may act once its address is confirmed and it is approved.
    Raises:
        Invalid, Forbidden: as `check` and `sign_up`.
        Unavailable: the address is to be confirmed, and no letter can be sent.
    """
    form = check(app.instance, form, app.db.env.clock().date())
    if app.instance.confirm_email:
        await letters.check(app)
    hashed = await passwords.hash(app.db.keyring, form.password)
    return await app.db.write(sign_up, form, hashed)


def sign_up(tx: Tx, form: Form, hashed: str) -> int:
    """Store a checked form as an account.

    Args:
        hashed: the password, see `passwords.hash`.
    Returns:
        The account.
    Raises:
        Invalid: the name is taken, the invitation is none, the address is barred; the address is
            taken where addresses are not confirmed, for then nothing can hide it.
        Forbidden: nobody may sign up from that network.
    Emits: AccountCreated, LetterWanted, SignUpLapses
    """
    met = barred.welcome(tx, form.email, form.address)
    if not met.network:
        raise Forbidden(say("This server takes no new accounts from where you are."))
    refuse({} if met.email else {"email": barred.REFUSED})
    invite = invitations.find_invite(tx, _hash(form.invite)) if form.invite else None
    if (form.invite or tx.instance.signups == "invite") and (
        invite is None or not invitations.use_invite(tx, invite[0])
    ):
        refuse({"invite_code": ("ERR_INVALID", say("with uses left is needed; this is none."))})
    owner = users.by_mac(tx, emails.mac(tx, form.email))
    confirm = tx.instance.confirm_email
    if owner is not None and not confirm:
        refuse({"email": ("ERR_TAKEN", say("is already in use."))})
    approved = (invite is not None or tx.instance.signups == "open") and not met.approval
    account = create(
        tx,
        New(
            username=form.username,
            email="" if owner else form.email,
            password=hashed,
            role="user" if invite is None else role_of(invite[1]),
            locale=form.locale,
            reason=form.reason.strip(),
            invite=invite and invite[0],
            confirmed=not confirm,
            approved=approved,
        ),
    )
    addresses.seen(tx, account, form.address)
    if confirm:
        tx.emit(SignUpLapses(account=account), due=tx.now + LAPSES)
        if owner is None:
            ask_to_confirm(tx, account)
        else:
            tx.emit(LetterWanted(account=owner.account, kind="known"))
    elif not approved:
        tell_staff(tx)
    return account


def create(tx: Tx, new: New) -> int:
    """Make an account of ours. Raises Invalid: name or address are taken. Emits: AccountCreated"""
    return create_many(tx, [new])[0]


def create_many(tx: Tx, people: Sequence[New]) -> list[int]:
    """Make accounts of ours, at most 250 at once.

    Returns:
        The accounts, in the order of `people`.
    Raises:
        Invalid: a name or an address is taken.
    Emits: AccountCreated for each
    """
    rows = []
    for at, new in enumerate(people):
        if users.name_taken(tx, new.username):
            refuse(
                {
                    "username": (
                        "ERR_TAKEN",
                        say("%(username)s is already taken.", username=new.username),
                    )
                }
            )
        if new.email and users.by_mac(tx, emails.mac(tx, new.email)):
            refuse({"email": ("ERR_TAKEN", say("is already in use."))})
        rows.append(_row(tx, new, spread_id(tx, at)))
    users.add(tx, rows)
    for row in rows:
        tx.emit(AccountCreated(account=row.id))
    return [row.id for row in rows]


def _row(tx: Tx, new: New, id_: int) -> NewUser:
    slot = tx.slot()
    reason = new.reason.encode()
    return NewUser(
        id=id_,
        username=new.username,
        slot=slot,
        email=tx.seal(Slot(slot, slot, id_, "users.email"), new.email.encode()),
        email_mac=emails.mac(tx, new.email) if new.email else secrets.token_bytes(32),
        password=new.password,
        role=new.role,
        locale=new.locale,
        reason=tx.seal(Slot(slot, slot, id_, "users.reason"), reason) if reason else None,
        invite=new.invite,
        confirmed_at=tx.ms if new.confirmed else None,
        approved_at=tx.ms if new.approved else None,
    )


def ask_to_confirm(tx: Tx, account: int) -> None:
    """Send a fresh link to the address of an account; older ones are void. Emits: LetterWanted"""
    user = users.by_account(tx, account)
    if user is not None and emails.of(tx, user):
        secret = links.issue(tx, "confirm", account)
        sealed = links.sealed(tx, account, user.slot, secret)
        tx.emit(LetterWanted(account=account, kind="confirm", link=sealed))


def confirm_again(tx: Tx, account: int, email: str = "") -> None:
    """Send the confirmation once more, to another address if `email` is given.

    Raises:
        Forbidden: confirmed already.
        Invalid: no address, or one that is barred.
    Emits: LetterWanted
    """
    user = users.by_account(tx, account)
    if user is None or user.confirmed_at is not None:
        raise Forbidden("This method is only available while the e-mail is awaiting confirmation")
    if email:
        folded = emails.fold(email)
        if folded is None:
            refuse({"email": _blank_or_invalid(email)})
        refuse({"email": barred.REFUSED} if barred.refuses_email(tx, folded or "") else {})
        mac = emails.mac(tx, folded or "")
        owner = users.by_mac(tx, mac)
        if owner is not None and owner.account != account:
            tx.emit(LetterWanted(account=owner.account, kind="known"))
            return
        sealed = tx.seal(user.place, (folded or "").encode())
        users.change(tx, account, email=sealed, email_mac=mac)
    ask_to_confirm(tx, account)


def confirm(tx: Tx, secret: str) -> User:
    """The address is right: somebody followed the link that was sent there.

    Returns:
        The user as it is now; `approved_at` says whether a moderator has to look first.
    Raises:
        Gone: not a link, used, or too old.
    Emits: LetterWanted to the staff, where somebody waits for them
    """
    account = links.redeem(tx, "confirm", secret).account
    user = users.by_account(tx, account or 0)
    if user is None:
        raise NotFound
    users.change(tx, user.account, confirmed_at=tx.ms)
    if user.approved_at is None:
        tell_staff(tx)
    return user._replace(confirmed_at=tx.ms)


def tell_staff(tx: Tx) -> None:
    """Somebody waits to be let in. Emits: LetterWanted to each who may"""
    for moderator in users.staff(tx, Permission.MANAGE_USERS):
        tx.emit(LetterWanted(account=moderator, kind="waiting"))


def approve(tx: Tx, account: int) -> None:
    """Let somebody in. Raises NotFound: no such user. Emits: LetterWanted, once"""
    user = users.by_account(tx, account)
    if user is None:
        raise NotFound
    if user.approved_at is None:
        users.change(tx, account, approved_at=tx.ms)
        tx.emit(LetterWanted(account=account, kind="approved"))


def invite(tx: Tx, account: int | None, role: Role = "user", uses: int = 1, days: int = 7) -> str:
    """A fresh invitation.

    Args:
        account: who invites; None = the operator.
        uses: how many may come by it.
        days: for how long; 0 = for good.
    Returns:
        The code for `/auth/sign-up?invite=CODE`. It is not stored.
    """
    code = token(128)
    until = tx.ms + days * 86_400_000 if days else None
    invitations.add_invite(tx, new_id(tx.now), _hash(code), account, role, uses, until)
    return code


def invite_address(instance: Instance, code: str) -> str:
    """Where somebody signs up with an invitation."""
    return f"{instance.origin}/auth/sign-up?invite={code}"


def setup_link(tx: Tx) -> str | None:
    """The secret of a link that makes the first administrator; None once there is anybody."""
    return links.issue(tx, "setup") if users.none_yet(tx) else None


async def set_up(app: App, secret: str, form: Form) -> int:
    """Make the first administrator, confirmed and approved.

    Raises:
        Gone: not the link, used, or there is somebody already.
        Invalid: as for `check`.
    Emits: AccountCreated
    """
    open_ = msgspec.structs.replace(app.instance, signups="open", signups_min_age=0)
    form = check(open_, msgspec.structs.replace(form, agreement=True), app.db.env.clock().date())
    hashed = await passwords.hash(app.db.keyring, form.password)
    return await app.db.write(_set_up, secret, form, hashed)


def _set_up(tx: Tx, secret: str, form: Form, hashed: str) -> int:
    links.redeem(tx, "setup", secret)
    if not users.none_yet(tx):
        raise Gone(say("This server has people already. An administrator can let in more."))
    return create(
        tx,
        New(
            username=form.username,
            email=form.email,
            password=hashed,
            role="admin",
            locale=form.locale,
            confirmed=True,
            approved=True,
        ),
    )


def _hash(code: str) -> bytes:
    return sha256(code.encode()).digest()
