"""Passkeys: added, named, removed, and shown instead of a password or after it.

A challenge is ours, good once and for five minutes; the browser signs it with a key that never
leaves the device. A passkey asks its owner for a finger, a face or a PIN, so it is two factors at
once. The library is heavy and most processes never need it: it is loaded when first used.

Source: Web Authentication Level 3."""

from hashlib import sha256
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from whimbrel.core.app import App
from whimbrel.core.errors import Invalid, NotFound
from whimbrel.core.ids import new_id
from whimbrel.core.keyring import Slot
from whimbrel.core.settings import Instance
from whimbrel.core.tx import Tx
from whimbrel.core.words import say

from . import factors
from .events import LetterWanted
from .queries import factors as stored
from .queries import users
from .queries.factors import Passkey
from .rules import Viewer

LASTS = 300_000  # ms
MOST, LONGEST_NAME = 20, 60
REFUSED = say("That passkey was not accepted. Try again.")


class Named(NamedTuple):
    """One of somebody's passkeys, as its owner may see it. Times are ms."""

    id: int
    name: str
    at: int
    used_at: int | None


def of(tx: Tx, viewer: Viewer) -> list[Named]:
    """The viewer's passkeys, oldest first."""
    slot = _slot(tx, viewer.id)
    return [
        Named(each.id, tx.unseal(_place(slot, each.id), each.name).decode(), each.at, each.used_at)
        for each in stored.passkeys_of(tx, viewer.id)
    ]


async def options_to_add(app: App, viewer: Viewer) -> bytes:
    """What the browser has to be asked for a new passkey, JSON.

    Raises:
        Invalid: there are too many.
    """
    import webauthn
    from webauthn.helpers import structs

    user, had, challenge, handle = await app.db.write(_begin_adding, viewer)
    options = webauthn.generate_registration_options(
        rp_id=_host(app.instance),
        rp_name=app.instance.title,
        user_id=handle,
        user_name=f"{user}@{app.instance.domain}",
        user_display_name=user,
        challenge=challenge,
        authenticator_selection=structs.AuthenticatorSelectionCriteria(
            resident_key=structs.ResidentKeyRequirement.REQUIRED,
            user_verification=structs.UserVerificationRequirement.REQUIRED,
        ),
        exclude_credentials=[structs.PublicKeyCredentialDescriptor(id=each) for each in had],
    )
    return webauthn.options_to_json(options).encode()


def _begin_adding(tx: Tx, viewer: Viewer) -> tuple[str, list[bytes], bytes, bytes]:
    had = [each.credential for each in stored.passkeys_of(tx, viewer.id)]
    if len(had) >= MOST:
        raise Invalid(say("You have %(most)s passkeys already. Remove one first.", most=MOST))
    user = users.by_account(tx, viewer.id)
    if user is None:
        raise NotFound
    return user.username, had, _challenge(tx, "add", viewer.id), _handle(tx, viewer.id)


async def add(app: App, viewer: Viewer, name: str, answer: str) -> list[str]:
    """Store what the browser answered.

    Args:
        name: what its owner calls it; "" gets a name.
        answer: of the browser, JSON.
    Returns:
        Recovery codes, where this is the first second factor; else nothing.
    Raises:
        Invalid: not an answer to a challenge of ours, or the name is too long.
    Emits: LetterWanted
    """
    import webauthn
    from webauthn.helpers import exceptions, parse_registration_credential_json

    _check_name(name)
    try:
        given = parse_registration_credential_json(answer)
        challenge = _asked(given.response.client_data_json)
        if not await app.db.write(_take, "add", viewer.id, challenge):
            raise Invalid(REFUSED)
        made = webauthn.verify_registration_response(
            credential=given,
            expected_challenge=challenge,
            expected_rp_id=_host(app.instance),
            expected_origin=app.instance.origin,
            require_user_verification=True,
        )
    except (exceptions.WebAuthnException, ValueError) as error:
        raise Invalid(REFUSED) from error
    key = made.credential_id, made.credential_public_key, made.sign_count
    return await app.db.write(_add, viewer, name, *key)


def _add(
    tx: Tx, viewer: Viewer, name: str, credential: bytes, public_key: bytes, uses: int
) -> list[str]:
    if stored.passkey(tx, credential) is not None:
        raise Invalid(say("This passkey is known already."))
    first, id_ = not factors.wanted(tx, viewer.id), new_id(tx.now)
    sealed = tx.seal(_place(_slot(tx, viewer.id), id_), (name.strip() or "Passkey").encode())
    new = Passkey(id_, viewer.id, credential, public_key, uses, sealed, tx.ms, None)
    stored.add_passkey(tx, new)
    tx.emit(LetterWanted(account=viewer.id, kind="passkey_added"))
    return factors.make_codes(tx, viewer.id) if first else []


def rename(tx: Tx, viewer: Viewer, id_: int, name: str) -> None:
    """Call it something else. Raises NotFound: no such; Invalid: no name, or too long a one."""
    _check_name(name)
    if not name.strip():
        raise Invalid(say("A passkey needs a name."))
    sealed = tx.seal(_place(_slot(tx, viewer.id), id_), name.strip().encode())
    if not stored.rename_passkey(tx, viewer.id, id_, sealed):
        raise NotFound


def remove(tx: Tx, viewer: Viewer, id_: int) -> None:
    """Nobody signs in with it any more. Raises NotFound: no such. Emits: LetterWanted"""
    if not stored.drop_passkey(tx, viewer.id, id_):
        raise NotFound
    tx.emit(LetterWanted(account=viewer.id, kind="passkey_removed"))
    factors.drop_idle_codes(tx, viewer.id)


async def options_to_show(app: App, kind: str, account: int | None) -> bytes:
    """What the browser has to be asked for a passkey it has, JSON.

    Args:
        kind: what it will be shown for; an answer is good for nothing else.
        account: whose; None = whoever has one.
    """
    import webauthn
    from webauthn.helpers import structs

    had, challenge = await app.db.write(_begin_showing, kind, account)
    options = webauthn.generate_authentication_options(
        rp_id=_host(app.instance),
        challenge=challenge,
        allow_credentials=[structs.PublicKeyCredentialDescriptor(id=each) for each in had],
        user_verification=structs.UserVerificationRequirement.REQUIRED,
    )
    return webauthn.options_to_json(options).encode()


def _begin_showing(tx: Tx, kind: str, account: int | None) -> tuple[list[bytes], bytes]:
    had = [] if account is None else stored.passkeys_of(tx, account)
    return [each.credential for each in had], _challenge(tx, kind, account)


async def shown(app: App, kind: str, account: int | None, answer: str) -> int:
    """Check what the browser answered.

    Args:
        kind, account: as `options_to_show` was asked.
        answer: JSON.
    Returns:
        Whose passkey it is.
    Raises:
        Invalid: not an answer to a challenge of ours, another's passkey, or one that was copied
            (its own count of uses went back).
    """
    import webauthn
    from webauthn.helpers import exceptions, parse_authentication_credential_json

    try:
        given = parse_authentication_credential_json(answer)
        challenge = _asked(given.response.client_data_json)
        key = await app.db.write(
            _take_shown, kind, account, challenge, given.raw_id, given.response.user_handle
        )
        if key is None:
            raise Invalid(REFUSED)
        checked = webauthn.verify_authentication_response(
            credential=given,
            expected_challenge=challenge,
            expected_rp_id=_host(app.instance),
            expected_origin=app.instance.origin,
            credential_public_key=key.public_key,
            credential_current_sign_count=key.uses,
            require_user_verification=True,
        )
    except (exceptions.WebAuthnException, ValueError) as error:
        raise Invalid(REFUSED) from error
    if not await app.db.write(stored.use_passkey, key.id, key.uses, checked.new_sign_count):
        raise Invalid(REFUSED)
    return key.account


def _take_shown(
    tx: Tx, kind: str, account: int | None, challenge: bytes, credential: bytes, handle: Any
) -> Passkey | None:
    """The passkey that was shown, if the challenge is ours; the challenge is spent either way."""
    if not _take(tx, kind, account, challenge):
        return None
    key = stored.passkey(tx, credential)
    if key is None or account not in (None, key.account):
        return None
    if handle is not None and bytes(handle) != _handle(tx, key.account):
        return None
    return key


def _challenge(tx: Tx, kind: str, account: int | None) -> bytes:
    from webauthn.helpers import generate_challenge

    made = generate_challenge()
    stored.add_challenge(tx, sha256(made).digest(), account, kind, tx.ms + LASTS)
    return made


def _take(tx: Tx, kind: str, account: int | None, challenge: bytes) -> bool:
    hash_ = sha256(challenge).digest()
    found = stored.find_challenge(tx, hash_, kind)
    return found is not None and found[0] == account and stored.take_challenge(tx, hash_)


def _asked(client_data: bytes) -> bytes:
    """The challenge that the browser says it answers."""
    from webauthn.helpers import parse_client_data_json

    return parse_client_data_json(client_data).challenge


def _check_name(name: str) -> None:
    if len(name.strip()) > LONGEST_NAME:
        said = say("is too long (at most %(most)s characters).", most=LONGEST_NAME)
        raise Invalid(f"The name {said}", {"name": [("ERR_TOO_LONG", said)]})


def _host(instance: Instance) -> str:
    return urlsplit(instance.origin).hostname or ""


def _handle(tx: Tx, account: int) -> bytes:
    """What the device calls the account: nothing that says whose it is."""
    return tx.mac("passkey user", str(account).encode())[:32]


def _slot(tx: Tx, account: int) -> int:
    user = users.by_account(tx, account)
    if user is None:
        raise NotFound
    return user.slot


def _place(slot: int, id_: int) -> Slot:
    return Slot(slot, slot, id_, "passkeys.name")
