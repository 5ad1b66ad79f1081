"""Going on here, from an account whose server is gone, with the kit that its owner made there.

The Move is signed with the key of the old account, by whoever holds the kit: their browser, or the
command. This server says what is to be signed, looks at what was, and carries it to the followers.
The key itself is never shown to it by a browser, and nothing of it is kept."""

import asyncio
from collections.abc import Sequence
from enum import StrEnum

import msgspec

from whimbrel.accounts import follow, moving
from whimbrel.accounts.queries import moving as stored
from whimbrel.accounts.queries import people as accounts
from whimbrel.accounts.rules import Viewer
from whimbrel.core.app import App
from whimbrel.core.errors import Forbidden, Invalid, NotFound, WhimbrelError
from whimbrel.core.fetch import Unreachable
from whimbrel.core.tx import Tx
from whimbrel.core.words import say
from whimbrel.federation import inbox, looking, signatures, signed
from whimbrel.federation.incoming import read_activity
from whimbrel.federation.keys import actor_of
from whimbrel.federation.queries import reach
from whimbrel.federation.rules import origin_of
from whimbrel.federation.signatures import BadSignature, PrivateKeys, Request
from whimbrel.federation.signatures.digests import write_old
from whimbrel.federation.signatures.message import request_to
from whimbrel.federation.vocabulary import activities, with_context

from .box import Kit

TYPE = "application/activity+json"
LETTERS, PEOPLE = 25, 10  # of one request
AT_ONCE = 8
_LONGEST = 2048  # characters of an address


class Letter(msgspec.Struct, frozen=True):
    """A Move to one inbox, as its owner signed it."""

    inbox: str
    date: str
    signature: str  # base64, of rsa-sha256


class Told(StrEnum):
    """What became of it."""

    TAKEN = "taken"
    REFUSED = "refused"
    SILENT = "silent"


def arrive(tx: Tx, viewer: Viewer, old: str) -> None:
    """Say that the old account is the viewer's: everybody who is told of the move asks for that.

    Raises:
        Invalid: no address of an account elsewhere, or they name too many already.
    Emits: as `moving.set_aliases`, where it was not said before
    """
    if origin_of_actor(old) == tx.instance.origin:
        raise Invalid(say("That account is on this server: use Move."))
    named = stored.read(tx, viewer.id).aliases
    if old not in named:
        moving.set_aliases(tx, viewer, (*named, old))


def origin_of_actor(actor: str) -> str:
    """The server of the old account. Raises Invalid: that is no address."""
    try:
        if len(actor) > _LONGEST or not actor.isascii() or '"' in actor:
            raise ValueError
        return origin_of(actor)
    except ValueError:
        raise Invalid(say("This kit does not say whose it is.")) from None


def body(app: App, viewer: Viewer, old: str, stamp: int) -> bytes:
    """What is to be signed and sent: that the old account goes on as the viewer.

    Args:
        stamp: tells one attempt from another, by the clock of whoever signs (ms).
    """
    there = actor_of(app.instance, viewer.id)
    move = activities.move(f"{old}#moves/{stamp}", old, there)
    return msgspec.json.encode(with_context(move))


def sign(kit: Kit, text: bytes, inboxes: Sequence[str], now: float) -> list[Letter]:
    """The letters to these inboxes, signed with the key of the kit. For the command: a browser
    does it itself."""
    private = PrivateKeys.open(kit.rsa, kit.ed25519)
    made = []
    for each in inboxes:
        request = request_to("POST", each, text, {"content-type": TYPE})
        headers = signatures.sign_draft(request, private, f"{kit.actor}#main-key", now)
        signature = headers["signature"].rpartition('signature="')[2].rstrip('"')
        made.append(Letter(each, headers["date"], signature))
    return made


async def send(
    app: App, viewer: Viewer, old: str, public: str, stamp: int, letters: Sequence[Letter]
) -> list[Told]:
    """Carry letters to the followers, some at a time, and say what became of each.

    Args:
        public: the public half (PEM) of what they are signed with: what does not hold by it goes
            nowhere.
    Raises:
        Invalid: no key, no address, or too many at once.
        Forbidden: the viewer does not say that the old account is theirs.
    """
    origin_of_actor(old)
    if len(letters) > LETTERS:
        raise Invalid(f"At most {LETTERS} letters at once.")
    if old not in (await app.db.read(stored.read, viewer.id)).aliases:
        raise Forbidden
    try:
        key = signatures.public_key(public)
    except ValueError:
        raise Invalid(say("This kit does not say whose it is.")) from None
    text = body(app, viewer, old, stamp)
    let = await app.db.read(reach.with_origins, {each.inbox for each in letters})
    allowed = {where for _, where in let}
    turn = asyncio.Semaphore(AT_ONCE)

    async def one(letter: Letter) -> Told:
        if letter.inbox not in allowed:
            return Told.REFUSED
        request = _request(letter, old, text)
        try:
            claim = signatures.read(request, app.db.env.clock().timestamp())
            if not signatures.proves(claim, key):
                return Told.REFUSED
        except BadSignature:
            return Told.REFUSED
        async with turn:
            return await _carried(app, letter, request)

    return list(await asyncio.gather(*map(one, letters)))


def _request(letter: Letter, old: str, text: bytes) -> Request:
    covered = "(request-target) host date digest content-type"
    bare = request_to("POST", letter.inbox, text, {"content-type": TYPE, "accept": TYPE})
    headers = {
        **bare.headers,
        "host": bare.authority,
        "date": letter.date,
        "digest": write_old(text),
        "signature": f'keyId="{old}#main-key",algorithm="rsa-sha256",headers="{covered}",'
        f'signature="{letter.signature}"',
    }
    return bare._replace(headers=headers)


async def _carried(app: App, letter: Letter, request: Request) -> Told:
    try:
        if request.origin == app.instance.origin:
            return await _here(app, request)
        if app.fetcher is None:
            return Told.SILENT
        answer = await app.fetcher.post(
            letter.inbox, request.body, headers=request.headers, most=1 << 16
        )
    except Unreachable:
        return Told.SILENT
    if 200 <= answer.status < 300:
        return Told.TAKEN
    return Told.REFUSED if 400 <= answer.status < 500 else Told.SILENT


async def _here(app: App, request: Request) -> Told:
    """Followers on this server hear of it as from anybody else."""
    activity = read_activity(request.body)
    try:
        signer = await signed.identify(app, request, lasting=True)
    except WhimbrelError:
        return Told.REFUSED
    if signer.actor != activity.actor:
        return Told.REFUSED
    await app.db.write(inbox.keep, activity, request.body)
    return Told.TAKEN


async def follow_again(app: App, viewer: Viewer, people: Sequence[str]) -> int:
    """Follow these, or ask to; how many could be found and let it.

    Args:
        people: addresses (name@domain).
    Raises:
        Invalid: too many at once.
    Emits: as `follow.follow`
    """
    if len(people) > PEOPLE:
        raise Invalid(f"At most {PEOPLE} people at once.")
    done = 0
    for address in people:
        whom = await _whom(app, address[:_LONGEST])
        if whom is None or whom == viewer.id:
            continue
        try:
            await app.db.write(follow.follow, viewer, whom)
            done += 1
        except (Forbidden, NotFound, Invalid):  # one wants nothing of the other, or moved
            continue
    return done


async def _whom(app: App, address: str) -> int | None:
    try:
        return (await app.db.read(accounts.by_handle, address)).id
    except NotFound:
        kind, id_ = await looking.look(app, address) or ("", 0)
        return id_ if kind == "account" else None
