"""Thirty kinds of nonsense, each at every route that the router has: refused with a sentence, or
passed over where a rule says so; never a failure, and for less than 50 ms of processor time.

`test_nonsense.py` sends more kinds of bodies, headers and values to those who read them; here the
table is the same for all, so that a new route meets it by being there."""

import asyncio
import json
from collections.abc import Callable
from typing import Any, NamedTuple
from urllib.parse import quote

import pytest
from belongings import belongings
from house import FORM, HTML, JSON, SCOPES, Caller, House, Route, house, routes
from prober import LAST, Prober

from whimbrel.accounts import sessions as browsers

LONG_AGO = 1_700_000_000_000  # ms
Must = Callable[[Route], bool]


class Sent(NamedTuple):
    """A request, as a kind of nonsense makes it."""

    target: str
    headers: dict[str, str]
    body: bytes = b""


class Kind(NamedTuple):
    """Nonsense: how it is made, and where it must be refused. Elsewhere it may be passed over."""

    make: Callable[["Asked"], Sent]
    refused: Must


class Asked(NamedTuple):
    """A route, and whoever stands before it."""

    route: Route
    target: str
    headers: dict[str, str]
    people: dict[str, Caller]

    def by(self, name: str) -> Sent:
        """The right request of somebody else."""
        return Sent(self.target, carried(self.route, self.people[name]))

    def token(self, text: str) -> Sent:
        """With this token."""
        return Sent(self.target, {"authorization": f"Bearer {text}"})

    def part(self, text: str) -> Sent:
        """With this in the path, where something stands there."""
        return Sent(self.route.to(text), self.headers)

    def asking(self, query: str) -> Sent:
        """With this query."""
        return Sent(f"{self.target}?{query}", self.headers)

    def saying(self, body: bytes, kind: dict[str, str] = JSON) -> Sent:
        """With this body."""
        return Sent(self.target, {**self.headers, **kind}, body)


def carried(route: Route, who: Caller) -> dict[str, str]:
    """What somebody has with them at this door."""
    if route.access.page:
        return {**HTML, **who.by_browser}
    return dict(who.by_app)


# --- where it must be refused -----------------------------------------------------------------


def never(route: Route) -> bool:
    """It can be meant, or is nobody's business there."""
    return False


def wants_somebody(route: Route) -> bool:
    return not route.access.page and route.access.who in ("user", "app", "any")


def looks_at_tokens(route: Route) -> bool:
    return (
        not route.access.page
        and route.access.who not in ("ignored", "signed")
        and "/original/" not in route.path
    )


def wants_scope(route: Route) -> bool:
    """Not those that a token for signing in elsewhere is made for."""
    return not route.access.page and route.access.scope not in (None, "profile")


def wants_person(route: Route) -> bool:
    return not route.access.page and route.access.who == "user"


def wants_staff(route: Route) -> bool:
    return (route.access.scope or "").startswith("admin:")


def has_id(route: Route) -> bool:
    return "{id_" in route.path and route.path not in PASSED_OVER


def reads_body(route: Route) -> bool:
    return route.method not in ("GET", "HEAD") and reads_query(route)


def reads_query(route: Route) -> bool:
    return "params" in route.handler.fn.__annotations__


# Ids that lead to nothing are no mistake there.
PASSED_OVER = {
    "/api/v1/accounts/{id_:str}/identity_proofs": "nobody has any, whoever it is",
    "/api/v1/accounts/{id_:str}/lists": "nobody is in no list",
    "/users/{name:str}/statuses/{id_:str}": "leads to the page, which says that there is none",
}


# --- the table --------------------------------------------------------------------------------

DEEP = b'{"a":' * 50_000 + b"1" + b"}" * 50_000
FIELDS = ("status", "title", "q", "comment", "acct", "username", "keyword", "phrase", "text")
IDS = ("id", "account_id", "status_id", "account_ids", "media_ids", "status_ids", "in_reply_to_id")


def _all(value: Any) -> bytes:
    """Every name that some route knows, with this value."""
    return json.dumps(dict.fromkeys((*FIELDS, *IDS, "limit", "choices"), value)).encode()


KINDS: dict[str, Kind] = {
    # who
    "nobody": Kind(lambda a: Sent(a.target, {}), wants_somebody),
    "token of nothing": Kind(lambda a: a.token("nothing"), looks_at_tokens),
    "token too long": Kind(lambda a: a.token("x" * 20_000), looks_at_tokens),
    "token of bytes": Kind(lambda a: a.token("\xff\x00\xfe"), looks_at_tokens),
    "revoked token": Kind(lambda a: a.by("revoked"), looks_at_tokens),
    "token of one shut out": Kind(lambda a: a.by("suspended"), looks_at_tokens),
    "token of one unconfirmed": Kind(
        lambda a: a.by("unconfirmed"), lambda r: wants_scope(r) and not r.access.unready
    ),
    "wrong scope": Kind(lambda a: a.by("narrow"), wants_scope),
    "app without a person": Kind(lambda a: a.by("app"), wants_person),
    "user among staff": Kind(lambda a: a.by("user"), wants_staff),
    # which
    "id of nothing": Kind(lambda a: a.part(str(1 << 60)), has_id),
    "id zero": Kind(lambda a: a.part("0"), has_id),
    "id negative": Kind(lambda a: a.part("-1"), has_id),
    "id beyond 64 bits": Kind(lambda a: a.part("9" * 400), has_id),
    "id with a dot": Kind(lambda a: a.part("1.0"), has_id),
    "id of words": Kind(lambda a: a.part(quote("'; DROP TABLE posts;--")), has_id),
    "id with NUL": Kind(lambda a: a.part("1%00"), has_id),
    "id of bad UTF-8": Kind(lambda a: a.part("%ff%fe"), has_id),
    "id of another digits": Kind(lambda a: a.part("%D9%A1%D9%A2"), has_id),
    "id that climbs": Kind(lambda a: a.part("..%2f..%2fetc%2fpasswd"), has_id),
    # how much, and in what shape
    "query with NUL": Kind(lambda a: a.asking("limit=%00"), reads_query),
    "query of bad UTF-8": Kind(lambda a: a.asking("limit=%ff%fe"), reads_query),
    "query too deep": Kind(lambda a: a.asking("a" + "[b]" * 50 + "=1"), reads_query),
    "query of too many": Kind(
        lambda a: a.asking("&".join(f"id[]={n}" for n in range(1500))), reads_query
    ),
    "numbers negative": Kind(lambda a: a.asking("limit=-1&max_id=-1&offset=-9&min_id=-2"), never),
    "numbers huge": Kind(lambda a: a.asking(f"limit={'9' * 99}&max_id={'9' * 99}"), never),
    # what
    "body deep": Kind(lambda a: a.saying(DEEP), reads_body),
    "body with NUL": Kind(lambda a: a.saying(_all("a\0b")), reads_body),
    "body of bad UTF-8": Kind(lambda a: a.saying(b'{"status": "\xff\xfe"}'), reads_body),
    "form of bad UTF-8": Kind(lambda a: a.saying(b"status=%ff%fe", FORM), reads_body),
    "body huge": Kind(lambda a: a.saying(b'{"status": "' + b"x" * 2_000_000 + b'"}'), reads_body),
    "body of another kind": Kind(
        lambda a: a.saying(b"<a/>", {"content-type": "application/xml"}), reads_body
    ),
    "values of lists": Kind(lambda a: a.saying(_all([[[]]])), never),
    "values of maps": Kind(lambda a: a.saying(_all({"a": {"b": 1}})), never),
    "values huge": Kind(lambda a: a.saying(_all("9" * 30_000)), never),
    "values negative": Kind(lambda a: a.saying(_all(-(2**63))), never),
}


async def _people(here: House) -> dict[str, Caller]:
    gone = await here.person("gone")
    await here.app.db.write(lambda tx: browsers.revoke_access(tx, gone.viewer.id))
    return {
        "revoked": gone,
        "suspended": await here.person("suspended", suspended_at=LONG_AGO),
        "unconfirmed": await here.person("unconfirmed", confirmed_at=None),
        "narrow": await here.person("narrow", "profile"),
        "user": await here.person("user", f"{SCOPES} admin:read admin:write"),
        "app": await here.app_alone(),
    }


def test_there_are_thirty():
    """The promise is thirty kinds."""
    assert len(KINDS) >= 30


@pytest.mark.parametrize("name", KINDS)
def test_nonsense_at_every_route(walked, name):
    """An app that sends rubbish, and who tries the doors, is told so in plain words and cheaply."""
    wrong, total = walked[name]
    assert "\n".join(wrong) == ""
    assert total == len([route for route in routes() if route.path not in LAST])


@pytest.fixture(scope="module")
def walked(tmp_path_factory):
    """Each kind to what was wrong, and to how many routes it was sent."""

    async def run():
        async with house(tmp_path_factory.mktemp("thirty")) as here:
            ada = await here.person("ada", f"{SCOPES} admin:read admin:write", role="admin")
            prober = Prober(here, ada, await belongings(here, ada))
            people = await _people(here)
            return {name: await _walk(prober, people, name) for name in KINDS}

    return asyncio.run(run())


async def _walk(prober: Prober, people: dict[str, Caller], name: str) -> tuple[list[str], int]:
    kind, prober.wrong, total = KINDS[name], [], 0
    for route in routes():
        if route.path in LAST:
            continue
        total += 1
        asked = Asked(route, prober.target(route), prober.headers(route), people)
        sent = kind.make(asked)
        answer = await prober.send(name, route.method, *sent)
        if kind.refused(route) and not 400 <= answer.status < 500 and not _at_the_door(answer):
            prober.wrong.append(f"{route.method} {route.path}: {answer.status}, not refused")
    return prober.wrong, total


def _at_the_door(answer: Any) -> bool:
    """A page leads a stranger to the form, which is a refusal as well."""
    return bool(answer.headers.get("location", "").startswith("/auth/sign-in"))
