"""`whimbrel exit doctor`: whether what stands around this server would go when its host goes.

Nothing is changed. What cannot be known from here is said to be not known, never to be fine."""

import asyncio
import ssl
import time
from collections.abc import Iterator, Sequence
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from cryptography import x509

from whimbrel.core.errors import Conflict
from whimbrel.core.settings import Instance, Settings, host_hours
from whimbrel.core.settings.checks import is_local
from whimbrel.instance import drills

from . import outside, providers
from .dns import NoAnswer, Server
from .keeper.status import ENOUGH
from .outside import FILES, KEEPER, MAIL, NAMES, STORE, WEB, Kept, Outside
from .providers import Role
from .standby.status import of_database
from .state import opened

TTL = 300  # seconds that a name may be kept, so that it can be led elsewhere in the night
CERTIFICATE = 14  # days it has to be good for
NOTICE = 30  # hours that an exit is planned for
BAG = 35  # days
REGISTRAR, DRILL = "Registrar", "Drill"
_SECONDS = 10  # for a handshake


class Verdict(StrEnum):
    """What is thought of it."""

    OK = "ok"
    RED = "red"
    UNKNOWN = "not known"


class Finding(NamedTuple):
    """One line: `says` is what is, and what to do."""

    title: str
    verdict: Verdict
    says: str


async def examine(settings: Settings, server: Server | None) -> list[Finding]:
    """Look at everything.

    Args:
        server: the DNS server to ask; None = none is known.
    """
    found: Outside | None = None
    why = "domain is not set, or is a name of this machine only"
    if settings.domain and not is_local(settings.domain):
        try:
            if server is None:
                raise NoAnswer("this machine has no DNS server; name one: --resolver ADDRESS")
            found = await outside.look(settings, server)
        except NoAnswer as error:
            why = str(error)
    certificate = await _certificate(settings, found)
    return [
        *(_names(settings, found) if found else [_unknown("Names", f"Nothing asked: {why}.")]),
        certificate,
        _notice(settings),
        *_standby(settings),
        *await asyncio.to_thread(lambda: list(_copies(settings))),
    ]


def _ok(title: str, says: str) -> Finding:
    return Finding(title, Verdict.OK, says)


def _red(title: str, says: str) -> Finding:
    return Finding(title, Verdict.RED, says)


def _unknown(title: str, says: str) -> Finding:
    return Finding(title, Verdict.UNKNOWN, says)


# --------------------------------------------------------------------------- names


def _standby(settings: Settings) -> Iterator[Finding]:
    if settings.standby:
        line = of_database(settings)
        yield (_red if line.red else _ok)("Standby", line.says)


def _names(settings: Settings, found: Outside) -> Iterator[Finding]:
    roles = {role.title: role for role in found.roles}
    yield _registrar(settings)
    if found.zone:
        yield _ok(NAMES, f"{found.zone} is served by {', '.join(roles[NAMES].names)}.")
    else:
        yield _red(NAMES, "Nobody serves the domain: enter name servers where it is registered.")
    for title in (WEB, FILES):
        if title in roles:
            yield _leads(roles[title])
    yield _store(roles[STORE], settings)
    yield _mail(roles[MAIL], settings)
    yield from (_leads(role) for title, role in roles.items() if title.startswith(KEEPER))
    yield from _shared(settings, found.roles)
    yield from map(_kept, found.kept)


def _registrar(settings: Settings) -> Finding:
    if settings.registrar:
        return _ok(REGISTRAR, f"{settings.registrar}, as the settings say.")
    return _unknown(
        REGISTRAR,
        "Nobody here can tell where the domain is registered: say so in the setting registrar.",
    )


def _leads(role: Role) -> Finding:
    if role.silent:
        return _silent(role)
    if role.addresses:
        return _ok(role.title, f"{' > '.join(role.names)}: {', '.join(role.addresses)}.")
    if role.near:
        return _ok(role.title, "On this machine.")
    said = ", ".join(role.names) or "It"
    return _red(role.title, f"{said} has no address: enter A and AAAA in its zone.")


def _silent(role: Role) -> Finding:
    said = ", ".join(role.names) or "it"
    return _unknown(role.title, f"The DNS server would not say what {said} means: ask another.")


def _store(role: Role, settings: Settings) -> Finding:
    if not settings.objects:
        return _red(
            STORE,
            "Files lie on the disk of this machine and go with it: keep bags somewhere else "
            "(whimbrel export), or files at another provider (the setting objects).",
        )
    if role.silent:
        return _silent(role)
    if role.near or role.addresses:
        return _ok(STORE, f"{' > '.join(role.names)}: {', '.join(role.addresses) or 'here'}.")
    return _red(STORE, f"{', '.join(role.names)} has no address: look at the setting objects.")


def _mail(role: Role, settings: Settings) -> Finding:
    if role.silent:
        return _silent(role)
    if not role.names and not role.addresses and not role.near:
        return _unknown(MAIL, "No MX for the domain and no smtp in the settings: who carries it?")
    if not settings.smtp:
        return _unknown(MAIL, f"Comes to {', '.join(role.names)}; smtp is not set to send any.")
    if not role.addresses and not role.near:
        return _red(MAIL, f"{', '.join(role.names)} has no address: look at MX and at smtp.")
    return _ok(MAIL, f"By {', '.join((*role.names, *role.addresses)) or 'this machine'}.")


def _shared(settings: Settings, roles: Sequence[Role]) -> Iterator[Finding]:
    here = Instance.of(settings)
    some = [role for role in roles if role.title != FILES]
    # Our own machine is where the web is, whatever addresses that has.
    some = [role._replace(near=True) if role.title == WEB else role for role in some]
    if not settings.objects:
        some = [role for role in some if role.title != STORE]  # said already
    if settings.registrar:
        some.append(Role(REGISTRAR, (settings.registrar,)))
    own = [name for name in (here.domain, here.host, here.media_host) if name]
    found = [each for each in providers.shared(some, own) if _matters(*each[:2])]
    for one, other, sign in found:
        yield _red("Providers", f"{one} and {other} share one ({sign}): move one elsewhere.")
    unseen = [
        role.title
        for role in some
        if role.silent or not (role.names or role.addresses or role.near)
    ]
    if unseen:
        yield _unknown("Providers", f"Not all of these could be compared: {', '.join(unseen)}.")
    elif not found:
        yield _ok(
            "Providers",
            "No two share a network, a zone or a name; one firm under several names goes unseen.",
        )


def _matters(one: str, other: str) -> bool:
    """Whether these two should not go together. Registrar and DNS may, apart from the host; a
    keeper stands well beside whatever else is at the second provider."""
    kept = [title.startswith(KEEPER) for title in (one, other)]
    if any(kept):
        return all(kept) or WEB in (one, other)
    return {one, other} != {REGISTRAR, NAMES}


def _kept(kept: Kept) -> Finding:
    title = f"TTL of {kept.name}"
    if kept.ttl is None:
        return _unknown(title, "No DNS server said anything of this name.")
    if kept.ttl > TTL:
        return _red(title, f"{kept.ttl} seconds: set {TTL}, or others go on to the old host.")
    if not kept.sure:
        return _unknown(title, f"{kept.ttl} seconds are left in a cache; its zone did not answer.")
    return _ok(title, f"{kept.ttl} seconds.")


# --------------------------------------------------------------------------- all else


async def _certificate(settings: Settings, found: Outside | None) -> Finding:
    title, origin = "Certificate", Instance.of(settings).origin
    if not origin.startswith("https://"):
        return _unknown(title, "This server is not reached by https.")
    try:
        if settings.tls_cert:
            pem = await asyncio.to_thread(Path(settings.tls_cert).read_bytes)
            until = x509.load_pem_x509_certificate(pem).not_valid_after_utc.timestamp()
        else:
            until = await _shown(settings, found)
    except ssl.SSLCertVerificationError as error:
        return _red(title, f"Nobody believes it ({error.verify_message}): get a new one.")
    except (OSError, TimeoutError, ValueError) as error:
        return _unknown(title, f"It was not seen ({error or 'no answer'}): is the server running?")
    days = int((until - time.time()) // 86_400)
    if days < CERTIFICATE:
        return _red(title, f"Good for {max(days, 0)} days: renew it now, and see why nobody did.")
    return _ok(title, f"Good for {days} days.")


async def _shown(settings: Settings, found: Outside | None) -> float:
    """Until when (seconds) the certificate is good that our own address shows."""
    parts = urlsplit(Instance.of(settings).origin)
    host, port = parts.hostname, parts.port or 443
    web = next((role for role in found.roles if role.title == WEB), None) if found else None
    if web is None or not web.addresses:
        raise OSError(f"no address of {host} is known")
    trust = ssl.create_default_context()
    if settings.extra_ca:
        trust.load_verify_locations(settings.extra_ca)
    async with asyncio.timeout(_SECONDS):
        _, writer = await asyncio.open_connection(
            web.addresses[0], port, ssl=trust, server_hostname=host
        )
        try:
            shown = writer.get_extra_info("peercert")
        finally:
            writer.close()
    return float(ssl.cert_time_to_seconds(shown["notAfter"]))


def _notice(settings: Settings) -> Finding:
    title = "Contract notice"
    known = list(filter(None, map(host_hours, settings.host_notice)))
    if not known:
        return _unknown(title, "Read your contracts and write it down in host_notice.")
    host, hours = min(known, key=lambda each: each[1])
    if hours < NOTICE:
        return _red(title, f"{host} may end it within {hours} hours: agree on {NOTICE} or more.")
    return _ok(title, f"The shortest is that of {host}: {hours} hours.")


def _copies(settings: Settings) -> Iterator[Finding]:
    many = len(settings.keepers)
    if many < ENOUGH:
        yield _red("Keepers", f"{many} named: set up {ENOUGH} (whimbrel keeper), or keys are lost.")
    else:
        yield _ok("Keepers", f"{many} named; whimbrel keeper status asks how they are.")
    yield _bags(settings.data)
    yield _drill(settings.data)


def _drill(data: Path) -> Finding:
    title = DRILL
    last = next(iter(drills.of(data, 1)), None)
    if last is None:
        return _red(title, "No restore was ever rehearsed: whimbrel exit drill.")
    age = last.age(int(time.time() * 1000))
    if not last.ok:
        return _red(title, f"The last one, {age} days ago, went wrong: read drills/ and mend it.")
    if age > drills.STALE:
        return _red(title, f"The last one is {age} days old: whimbrel exit drill.")
    return _ok(title, f"{age} days old: back after {last.rto:.0f} seconds.")


def _bags(data: Path) -> Finding:
    title, path, last = "Bags", data / "exports.db", None
    if path.is_file():
        age = int((time.time() - path.stat().st_mtime) // 86_400)
        try:
            with opened(data) as state:
                last = state.last()
        except Conflict:
            return _unknown(title, "One is being made just now: look again when it is whole.")
    if last is None:
        return _red(title, "None was made here: whimbrel export, and keep it somewhere else.")
    if age > BAG:
        return _red(title, f"The newest is {age} days old: whimbrel export --since {last.last}.")
    return _ok(title, f"The newest is {age} days old ({last.target}); keep it somewhere else.")
