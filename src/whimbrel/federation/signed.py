"""Who signed a request: the key is found, asked, and bound to whoever it belongs to.

A key that we have is asked at once; one that we do not have is fetched from the server that its id
names, and never twice at the same time. What could not be had is not asked for again for a while,
and of each server so many in a minute, or anybody could make us knock at other people's doors
(CVE-2026-34148)."""

import asyncio
import json
from collections.abc import Callable
from functools import partial
from typing import Any
from urllib.parse import urldefrag

from whimbrel.core.app import App
from whimbrel.core.errors import Forbidden, TooMany, WhimbrelError
from whimbrel.core.fetch import Refused, Unreachable
from whimbrel.core.http import Scope
from whimbrel.core.tx import Tx

from . import abroad, multikey, reading, signatures
from .queries import signers
from .rules import Known, Signer, host_of, hosts_of, origin_of, same_origin
from .signatures import BadSignature, Claim, Request, proofs
from .signatures.crypto import ed25519_pem
from .state import state_of

FRESH = 24 * 3_600_000  # ms: a key is believed so long
TRIED = 5 * 60_000  # ms: a key that does not fit is fetched anew only if it is older
KEEP = 30 * 24 * 3_600_000  # ms: one that nobody used is forgotten then
_NAMED_BY_US = ("host", "x-forwarded-host", "x-forwarded-proto")


def request_of(app: App, scope: Scope, body: bytes = b"", at: str = "") -> Request:
    """A request as its signature sees it: at our own address, whatever it says of that.

    Args:
        at: the origin it came to, where that is not ours.
    """
    headers: dict[str, str] = {}
    for name, value in scope["headers"]:
        key, text = name.decode("latin-1"), value.decode("latin-1").strip()
        headers[key] = f"{headers[key]}, {text}" if key in headers else text
    for name in _NAMED_BY_US:
        headers.pop(name, None)
    raw = scope.get("raw_path") or scope["path"].encode()
    query = scope["query_string"]
    target = (raw.partition(b"?")[0] + (b"?" + query if query else b"")).decode("latin-1")
    return Request(scope["method"], at or app.instance.origin, target, headers, body)


async def signer_of(
    app: App, scope: Scope, body: bytes = b"", at: str = "", *, lasting: bool = False
) -> Signer:
    """Who signed this request.

    Args:
        body, at: as `request_of`.
        lasting: a key that we have counts however old it is: their server may be gone.
    Raises:
        BadSignature: nobody, or it does not hold, or the key cannot be had.
        TooMany: its server was asked for many keys just now.
        Forbidden: a server that is kept out, or somebody who is suspended.
    """
    return await identify(app, request_of(app, scope, body, at), lasting=lasting)


async def identify(app: App, request: Request, *, lasting: bool = False) -> Signer:
    """The same of a request as signatures see it. Args, Raises: as `signer_of`."""
    now = app.db.env.clock().timestamp()
    claim = signatures.read(request, now)
    try:
        host = host_of(claim.key_id)
    except ValueError as error:
        raise BadSignature("The key of this signature has no address.") from error
    hosts = hosts_of(host.rpartition(":")[0] or host)
    barred, known = await app.db.recall(signers.known, claim.key_id, hosts)
    if barred:
        raise Forbidden("This server is kept out here.")
    fits = partial(_fits, claim)
    known = await _proven(app, claim.key_id, fits, known, int(now * 1000), lasting)
    if known.suspended:
        raise Forbidden("This account is suspended here.")
    return Signer(known.actor, host, known.account, known.followed)


async def proven(app: App, body: bytes, actor: str) -> None:
    """Whether a document proves by itself that it is this actor's, whoever brought it.

    Raises:
        BadSignature: it does not, or the key cannot be had.
        Forbidden: a server that is kept out, or somebody who is suspended.
    """
    now = app.db.env.clock().timestamp()
    proof = proofs.read(json.loads(body), now)
    if not same_origin(proof.key_id, actor):
        raise BadSignature("That key is on another server.")
    host = host_of(actor)
    hosts = hosts_of(host.rpartition(":")[0] or host)
    barred, known = await app.db.recall(signers.known, proof.key_id, hosts)
    if barred:
        raise Forbidden("This server is kept out here.")
    known = await _proven(app, proof.key_id, partial(_holds, proof), known, int(now * 1000))
    if known.suspended:
        raise Forbidden("This account is suspended here.")
    if known.actor != actor:
        raise BadSignature("That is the key of somebody else.")


async def _proven(
    app: App,
    key_id: str,
    fits: Callable[[str], bool],
    known: Known | None,
    now: int,
    lasting: bool = False,
) -> Known:
    """The key that fits. Raises BadSignature."""
    if known is not None and (lasting or now - known.at < FRESH):
        if fits(known.pem):
            return known
        if now - known.at < TRIED:
            raise BadSignature("The signature does not hold.")
    fetched = await _fetched(app, key_id, now, new=known is None)
    if not fits(fetched.pem):
        raise BadSignature("The signature does not hold.")
    return fetched


def _holds(proof: proofs.Proof, pem: str) -> bool:
    return proofs.holds(proof, signatures.public_key(pem))


def _fits(claim: Claim, pem: str) -> bool:
    return signatures.proves(claim, signatures.public_key(pem))


async def _fetched(app: App, key_id: str, now: int, *, new: bool) -> Known:
    """A key, fetched from where it lies; whoever wants the same meanwhile waits for the same.

    Args:
        new: we never had it: so anybody may have made it up.
    Raises:
        BadSignature: it cannot be had, or could not a short while ago.
        TooMany: its server was asked for so many just now; whoever is real comes again.
    """
    state = state_of(app)
    if state.missing.waits(key_id, now):
        raise BadSignature("The key of this signature cannot be had.")
    task = state.fetching.get(key_id)
    if task is None:
        if new and not state.keys.take(origin_of(key_id), now):
            raise TooMany("Too many new keys of that server at once. Send it again later.")
        task = asyncio.create_task(_fetch(app, key_id))
        state.fetching[key_id] = task
        task.add_done_callback(lambda _: state.fetching.pop(key_id, None))
    try:
        return await asyncio.shield(task)
    except (WhimbrelError, ValueError) as error:
        if isinstance(error, Unreachable) and not isinstance(error, Refused):
            state.keys.failed(origin_of(key_id), now)
        state.missing.done(key_id, now)
        raise BadSignature("The key of this signature cannot be had.") from error


async def _fetch(app: App, key_id: str) -> Known:
    actor, pem = await read_key(app, key_id)
    signatures.public_key(pem)
    return await app.db.write(_keep, key_id, actor, pem)


def _keep(tx: Tx, key_id: str, actor: str, pem: str) -> Known:
    signers.sweep(tx, tx.ms - KEEP)
    signers.keep(tx, key_id, actor, pem)
    _, known = signers.known(tx, key_id, ())
    if known is None:
        raise LookupError("a key that was just kept")
    return known


async def read_key(app: App, key_id: str) -> tuple[str, str]:
    """Whose this key is, and its PEM: as its owner says, on their own server.

    Raises:
        Refused: the key says one thing and its owner another.
        Missing, Unreachable, Malformed: as `abroad.read`.
    """
    found = await abroad.read(app, key_id)
    owner = _owner(found.said, key_id)
    if owner is None or not same_origin(owner, key_id, found.url):
        raise Refused("That key belongs to nobody there.")
    actor = found.said
    if reading.id_of(actor) != owner or found.url != urldefrag(owner).url:
        actor = await abroad.read_object(app, owner)
        if reading.id_of(actor) != owner:
            raise Refused("That key belongs to somebody else.")
    pem = key_in(actor, key_id)
    if pem is None:
        raise Refused("Its owner does not know that key.")
    return owner, pem


def _owner(said: reading.Object, key_id: str) -> str | None:
    """Who a document says that the key belongs to."""
    if reading.id_of(said) == key_id:
        whose = reading.id_of(said.get("owner")) or reading.id_of(said.get("controller"))
        if whose is not None:
            return whose
    for each in _keys(said):
        if reading.id_of(each) == key_id:
            return reading.id_of(each.get("owner")) or reading.id_of(each.get("controller"))
    return None


def key_in(actor: reading.Object, key_id: str) -> str | None:
    """The PEM of the key that an actor lists under this id as their own."""
    for each in _keys(actor):
        whose = reading.id_of(each.get("owner")) or reading.id_of(each.get("controller"))
        if reading.id_of(each) != key_id or whose != reading.id_of(actor):
            continue
        pem, multi = each.get("publicKeyPem"), each.get("publicKeyMultibase")
        if isinstance(pem, str):
            return pem
        if isinstance(multi, str):
            return ed25519_pem(multikey.read(multi))
    return None


def _keys(said: reading.Object) -> list[dict[str, Any]]:
    listed = [*reading.many(said.get("publicKey")), *reading.many(said.get("assertionMethod"))]
    return [each for each in listed if isinstance(each, dict)]
