"""What stands around this server, as a DNS server tells it: for `whimbrel exit doctor`."""

import asyncio
from collections.abc import Sequence
from typing import NamedTuple
from urllib.parse import parse_qs, urlsplit

from whimbrel.core.mail import parse_url
from whimbrel.core.settings import Instance, Settings

from . import dns
from .dns import Answer, NoAnswer, Record, Server
from .providers import Role

_MOST = 8  # name servers, or mail servers, that are looked at
WEB, FILES, STORE, MAIL, NAMES = "Web host", "Media domain", "Object store", "Mail", "DNS"
KEEPER = "Keeper"


class Kept(NamedTuple):
    """How long others may keep what a name means, in seconds. `sure`: the zone itself said so;
    else it may be longer."""

    name: str
    ttl: int | None
    sure: bool


class Outside(NamedTuple):
    """What was found. `zone`: what the domain is a part of, "" where nobody serves it."""

    zone: str
    roles: tuple[Role, ...]
    kept: tuple[Kept, ...]


async def look(settings: Settings, server: Server) -> Outside:
    """Ask `server`, and the servers of the zones (on the same port) for what only they know.

    Raises:
        NoAnswer: `server` does not answer.
    """
    here = Instance.of(settings)
    domain, host, apart = (_host(f"//{each}") for each in (here.domain, here.host, here.media_host))
    zone, servers = await _zone(server, domain)
    _, mail, unsaid = await _meaning(server, domain, "MX")
    smtp = [parse_url(settings.smtp).host] if settings.smtp else []
    roles = [
        await _role(server, WEB, [host]),
        await _role(server, STORE, _store(settings), inside=True),
        await _role(server, MAIL, [*smtp, *_values("MX", mail)], inside=True, silent=unsaid),
        await _role(server, NAMES, servers),
    ]
    for keeper in settings.keepers[:_MOST]:
        keeps = _host(f"//{keeper}")
        roles.append(await _role(server, f"{KEEPER} {keeps}", [keeps], inside=True))
    if apart:
        roles.append(await _role(server, FILES, [apart]))
    asked = dict.fromkeys(name for name in (domain, host, apart) if name)
    kept = await asyncio.gather(*(_kept(server, name) for name in asked))
    return Outside(zone, tuple(roles), tuple(kept))


def _host(url: str) -> str:
    return urlsplit(url).hostname or ""


def _store(settings: Settings) -> list[str]:
    """Where files lie: the endpoint of the bucket, or nowhere but here."""
    if not settings.objects:
        return ["localhost"]
    return [_host(parse_qs(urlsplit(settings.objects).query)["endpoint"][-1])]


async def _role(
    server: Server, title: str, hosts: Sequence[str], inside: bool = False, silent: bool = False
) -> Role:
    """What `hosts` mean.

    Args:
        inside: whether an address of no public network means that it stands beside us.
        silent: nobody would say which hosts there are.
    """
    near = inside and any(host == "localhost" or host.endswith(".localhost") for host in hosts)
    outer = [host for host in hosts if "." in host or ":" in host]
    found = await asyncio.gather(*(_meaning(server, host) for host in outer))
    names = [name for host, records, _ in found for name in _leads(host, records)]
    at = [address for _, records, _ in found for address in dns.addresses(records)]
    at += [host for host in outer if dns.is_address(host)]
    private = [address for address in at if not dns.is_global(address)]
    near = near or (inside and bool(private))
    silent = silent or any(unsaid for _, _, unsaid in found)
    return Role(title, tuple(dict.fromkeys(names)), tuple(dict.fromkeys(at)), near, silent)


def _leads(host: str, records: Sequence[Record]) -> list[str]:
    if dns.is_address(host):
        return []
    return [host, *_values("CNAME", records)]


def _values(kind: str, records: Sequence[Record]) -> list[str]:
    return [each.value for each in records if each.kind == kind and each.value][:_MOST]


async def _meaning(server: Server, host: str, *kinds: str) -> tuple[str, Sequence[Record], bool]:
    """`host`, what is said of it, and whether nobody would say."""
    if dns.is_address(host):
        return host, (), False
    try:
        asked = (dns.ask(server, host, kind) for kind in kinds or ("A", "AAAA"))
        answers = await asyncio.gather(*asked)
    except NoAnswer:
        return host, (), True
    return host, [each for answer in answers for each in answer.records], False


async def _zone(server: Server, name: str) -> tuple[str, list[str]]:
    """The zone that `name` is in, and who serves it."""
    labels = name.split(".")
    for at in range(len(labels) - 1):
        zone = ".".join(labels[at:])
        records = (await dns.ask(server, zone, "NS")).records
        found = _values("NS", [each for each in records if each.name == zone])
        if found:
            return zone, found
    return "", []


async def _kept(server: Server, name: str) -> Kept:
    """The longest life of what is said of `name` itself: by its zone if that answers."""
    try:
        _, servers = await _zone(server, name)
        cached = await _lives(server, name, recurse=True)
    except NoAnswer:
        return Kept(name, None, sure=False)
    for host in servers[:2]:
        _, records, _ = await _meaning(server, host)
        for address in dns.addresses(records)[:2]:
            try:
                answers = await _lives(Server(address, server.port), name, recurse=False)
            except NoAnswer:
                continue
            if all(answer.authoritative for answer in answers):
                return Kept(name, _longest(name, answers), sure=True)
    return Kept(name, _longest(name, cached), sure=False)


async def _lives(server: Server, name: str, recurse: bool) -> list[Answer]:
    asked = (dns.ask(server, name, kind, recurse) for kind in ("A", "AAAA", "MX"))
    return list(await asyncio.gather(*asked))


def _longest(name: str, answers: Sequence[Answer]) -> int | None:
    found = [each.ttl for answer in answers for each in answer.records if each.name == name]
    return max(found, default=None)
