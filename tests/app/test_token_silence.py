"""What lets somebody in is in no address and no page: CVE-2019-1020010, a token that leaked so."""

import asyncio
import os
import re

from belongings import belongings
from house import House, house, routes
from sqlalchemy import select

from whimbrel.accounts.tables import tokens
from whimbrel.core.tx import Tx

LONG = bool(os.environ.get("WHIMBREL_LONG"))  # every thing at every route
STAFF = "read write follow push profile admin:read admin:write"
_SCRIPT = re.compile(rb"<script\b([^>]*)>")
_SOURCE = re.compile(rb'\bsrc="([^"]*)"')
_LINK = re.compile(rb'\b(?:href|src|action|formaction)="([^"]*)"')
_SECRET = re.compile(rb"access_token=|[?&]token=|session=|whb_")


def test_no_token_and_no_cookie_is_told_anywhere(tmp_path):
    """What stands in an address goes into histories, logs and the next site's Referer; and what
    stands in a page is read by whatever script runs there."""

    async def story() -> None:
        async with house(tmp_path) as here:
            ada = await here.person("ada", STAFF, role="admin")
            things = await belongings(here, ada)
            found: list[str] = []
            asked = 0
            for route in routes():
                if route.method != "GET" or route.path.startswith("/api/v1/streaming"):
                    continue
                parts = _parts(route.path, things)
                headers = ada.by_app if route.path.startswith("/api/") else ada.by_browser
                for target in dict.fromkeys(route.to(part) for part in parts):
                    asked += 1
                    wrong = await _told(here, target, headers, (ada.token, ada.cookie))
                    if wrong is not None:
                        found += wrong
                        break  # this id is one of its kind
            assert asked > 150
            assert sorted(set(found)) == []

    asyncio.run(story())


def _parts(path: str, things: dict[str, str]) -> list[str]:
    """What may stand in the varying part of a path."""
    if "{" not in path:
        return ["1"]
    if LONG:
        return [*things.values(), "ada"]
    named = [id_ for kind, id_ in things.items() if f"{kind}s" in path or f"{kind}es" in path]
    return [*named, things["status"], "ada"]


async def _told(
    here: House, target: str, headers: dict[str, str], secrets: tuple[str, ...]
) -> list[str] | None:
    """What is wrong with the answer; None where there is no such thing."""
    answer = await here.ask("GET", target, headers)
    if answer.status == 404:
        return None
    to = answer.headers.get("location", "")
    wrong = [f"{target}: a secret in the page" for each in secrets if each.encode() in answer.body]
    wrong += [f"{target}: leads to {to}" for each in secrets if each in to]
    if b"<html" not in answer.body[:500]:
        return wrong
    wrong += [
        f"{target}: a link with a secret, {link[:80]!r}"
        for link in _LINK.findall(answer.body)
        if _SECRET.search(link)
    ]
    scripts = [source for tag in _SCRIPT.findall(answer.body) for source in _SOURCE.findall(tag)]
    return wrong + [f"{target}: {each!r}" for each in scripts if not each.startswith(b"/static/")]


def test_a_token_in_an_address_lets_nobody_in(tmp_path):
    """An app that is let in so writes it into every log on the way. Streams are the exception, for
    a browser's socket can send nothing else: Mastodon REST API, streaming."""

    async def story() -> None:
        async with house(tmp_path) as here:
            ada = await here.person("ada")
            path = "/api/v1/accounts/verify_credentials"
            assert (await here.ask("GET", path, ada.by_app)).status == 200
            for name in ("access_token", "token", "bearer_token"):
                assert (await here.ask("GET", f"{path}?{name}={ada.token}")).status == 401
            cookie = await here.ask("GET", path, ada.by_browser)
            assert cookie.status == 401, "nor does a browser's cookie, for apps"
            assert (await here.ask("GET", f"/home?whimbrel={ada.cookie}")).status in (302, 303, 401)
            assert ada.token.encode() not in await here.app.db.write(_all_of, ada.viewer.id)

    asyncio.run(story())


def _all_of(tx: Tx, account: int) -> bytes:
    """What the database keeps of somebody's tokens."""
    return repr(tx.rows(select(tokens).where(tokens.c.account == account))).encode()
