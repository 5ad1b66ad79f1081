"""Every one of the staff's doors against everybody: user, moderator, administrator, narrow scopes,
strangers. And the lists that administrators keep."""

import re

import pytest
from staff import Desk

from whimbrel.accounts.rules import SCOPES
from whimbrel.moderation import api

FEDERATION_AND_BLOCKS = re.compile(r"/admin/(domain_|ip_|email_domain_|canonical_email_)")


@pytest.fixture
def desk(db, tmp_path):
    with Desk(db, tmp_path, api.ROUTES, "ada") as made:
        yield made


def _doors():
    for handler in api.ROUTES:
        for path in handler.paths:
            if "/admin/" in path:
                for method in handler.http_methods - {"OPTIONS"}:
                    yield method, path.replace("{id_:str}", "7"), handler.opt["access"].scope


def test_nobody_else_gets_in(desk):
    """What a moderator sees is no user's business, whatever scopes an app of theirs was given."""
    desk.token("narrow", "boss", "read write follow profile push")
    wrong = []
    for method, path, scope in _doors():
        admins = {s for s in SCOPES if s.startswith("admin:")}
        desk.token("other", "boss", " ".join(sorted(admins - {scope, scope.rpartition(":")[0]})))
        for name, want in (("", 401), ("ada", 403), ("narrow", 403), ("other", 403)):
            if name == "other" and scope == "admin:read":
                continue
            status = desk.ask(method, path, name).status_code
            if status != want:
                wrong.append((method, path, name, status))
        desk.token("exact", "boss", scope)
        if desk.ask(method, path, "exact").status_code in (401, 403):
            wrong.append((method, path, "exact"))
    assert wrong == []


def test_a_moderator_has_no_say_over_servers_networks_and_addresses(desk):
    """The role decides beside the scope: these lists are the administrators'."""
    wrong = []
    for method, path, _ in _doors():
        status = desk.ask(method, path, "mod").status_code
        closed = bool(FEDERATION_AND_BLOCKS.search(path)) or (
            method == "DELETE" and "/accounts/" in path
        )
        if (status == 403) != closed:
            wrong.append((method, path, status))
    assert wrong == []


def test_servers(desk):
    """Kept, found, changed, taken off; the private words are the administrators' own."""
    path = "/api/v1/admin/domain_blocks"
    made = desk.sent(
        "POST", path, "boss", domain="Bad.EXAMPLE.", severity="suspend", private_comment="spam"
    )
    assert (made["domain"], made["severity"], made["private_comment"]) == (
        "bad.example",
        "suspend",
        "spam",
    )
    assert set(made) == {
        *("id", "domain", "digest", "created_at", "severity", "reject_media", "reject_reports"),
        *("private_comment", "public_comment", "obfuscate"),
    }
    one = f"{path}/{made['id']}"
    assert desk.get(one, "boss") == made
    assert desk.ask("POST", path, "boss", json={"domain": "bad.example"}).status_code == 422
    assert desk.ask("POST", path, "boss", json={"domain": "no host"}).status_code == 422
    changed = desk.sent("PUT", one, "boss", severity="noop", obfuscate=True)
    assert (changed["severity"], changed["obfuscate"], changed["private_comment"]) == (
        "noop",
        True,
        "spam",
    )
    second = desk.sent("POST", path, "boss", domain="bücher.example")
    assert second["domain"] == "xn--bcher-kva.example"
    answer = desk.ask("GET", f"{path}?limit=1", "boss")
    assert [each["id"] for each in answer.json()] == [second["id"]]
    assert f"max_id={second['id']}" in answer.headers["link"]
    assert desk.sent("DELETE", one, "boss") == {}
    assert desk.ask("GET", one, "boss").status_code == 404


def test_allowed_servers(desk):
    """Letting in twice is letting in once."""
    path = "/api/v1/admin/domain_allows"
    made = desk.sent("POST", path, "boss", domain="good.example")
    assert desk.sent("POST", path, "boss", domain="GOOD.example") == made
    assert desk.get(path, "boss") == [made]
    assert desk.sent("DELETE", f"{path}/{made['id']}", "boss") == {}
    assert desk.get(path, "boss") == []


def test_networks(desk):
    """Kept in one spelling, changed, run out; and nobody shuts themselves or the world out."""
    path = "/api/v1/admin/ip_blocks"
    made = desk.sent(
        "POST", path, "boss", ip="192.0.2.77/24", severity="sign_up_block", comment="farm"
    )
    assert (made["ip"], made["comment"], made["expires_at"]) == ("192.0.2.0/24", "farm", None)
    one = f"{path}/{made['id']}"
    changed = desk.sent("PUT", one, "boss", severity="no_access", expires_in=3600)
    assert (changed["severity"], changed["comment"]) == ("no_access", "farm")
    assert changed["expires_at"] is not None
    for body in (
        {"ip": "192.0.2.0/24", "severity": "no_access"},
        {"ip": "0.0.0.0/0", "severity": "no_access"},
        {"ip": "somewhere", "severity": "no_access"},
        {"ip": "198.51.100.1", "severity": "odd"},
        {"ip": desk.front.address, "severity": "no_access"},
        {"ip": "198.51.100.1"},
    ):
        assert desk.ask("POST", path, "boss", json=body).status_code == 422, body
    assert desk.get(path, "boss") == [changed]
    assert desk.sent("DELETE", one, "boss") == {}


def test_hosts_and_addresses(desk):
    """The list of addresses is one of hashes; asking with any spelling finds it."""
    path = "/api/v1/admin/email_domain_blocks"
    made = desk.sent("POST", path, "boss", domain="Mail.example")
    assert (made["domain"], made["history"]) == ("mail.example", [])
    assert desk.ask("POST", path, "boss", json={"domain": "mail.example"}).status_code == 422
    assert desk.sent("DELETE", f"{path}/{made['id']}", "boss") == {}
    path = "/api/v1/admin/canonical_email_blocks"
    made = desk.sent("POST", path, "boss", email="eve@example.org")
    assert len(made["canonical_email_hash"]) == 64
    assert desk.sent("POST", f"{path}/test", "boss", email="E.ve+x@Example.org") == [made]
    assert desk.sent("POST", f"{path}/test", "boss", email="ada@example.org") == []
    assert desk.sent("DELETE", f"{path}/{made['id']}", "boss") == {}
    again = desk.sent("POST", path, "boss", canonical_email_hash=made["canonical_email_hash"])
    assert desk.get(path, "boss") == [again]
    assert desk.ask("POST", path, "boss", json={"email": "x"}).status_code == 422


def _walk(desk, path, rel):
    """Every page from `path` on, by the Link of each."""
    pages, link = [], f'<{path}>; rel="{rel}"'
    while f'rel="{rel}"' in link:
        at = next(part for part in link.split(", ") if f'rel="{rel}"' in part)
        answer = desk.ask("GET", at.split(">")[0].lstrip("<"), "boss")
        assert answer.status_code == 200, answer.text
        pages.append([one["id"] for one in answer.json()])
        link = answer.headers.get("link", "")
    return pages


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("domain_blocks", {"domain": "{}.example"}),
        ("domain_allows", {"domain": "{}.example"}),
        ("ip_blocks", {"ip": "198.51.100.{}", "severity": "sign_up_block"}),
        ("email_domain_blocks", {"domain": "{}.example"}),
        ("canonical_email_blocks", {"email": "a@{}.example"}),
        ("reports", {}),
        ("accounts", {}),
    ],
)
def test_every_list_is_walked_both_ways(desk, name, body):
    """Whoever follows the links meets each entry once, downwards and upwards."""
    path = f"/api/v1/admin/{name}"
    for number in range(1, 6):
        if name == "reports":
            desk.sent("POST", "/api/v1/reports", "ada", account_id=desk.id("mod"))
        elif name == "accounts":
            desk.db.env.clock.step(milliseconds=2)
            desk.person(f"p{number}")
        else:
            made = {key: text.format(number) for key, text in body.items()}
            desk.sent("POST", path, "boss", **made)
    whole = [one["id"] for one in desk.get(path, "boss")]
    assert len(whole) >= 5
    down = _walk(desk, f"{path}?limit=2", "next")
    assert [id_ for page in down for id_ in page] == whole
    up = _walk(desk, f"{path}?limit=2&min_id={whole[-1]}", "prev")
    assert [id_ for page in up[::-1] for id_ in page] == whole[:-1]


@pytest.mark.parametrize(
    ("name", "field", "most", "body"),
    [
        ("domain_blocks", "private_comment", 5000, {"domain": "a.example"}),
        ("domain_blocks", "public_comment", 5000, {"domain": "a.example"}),
        ("ip_blocks", "comment", 1000, {"ip": "198.51.100.1", "severity": "sign_up_block"}),
    ],
)
def test_every_text_of_the_staff_has_an_end(desk, name, field, most, body):
    """What fits is kept whole, one sign more is refused, on both databases."""
    path = f"/api/v1/admin/{name}"
    longer = desk.ask("POST", path, "boss", json={**body, field: "é" * (most + 1)})
    assert longer.status_code == 422
    assert desk.sent("POST", path, "boss", **body, **{field: "é" * most})[field] == "é" * most


def test_a_warning_has_an_end_and_so_have_hosts(desk):
    """The same for what its owner is told, and for names of hosts."""
    path = f"/api/v1/admin/accounts/{desk.id('ada')}/action"
    assert desk.sent("POST", path, "boss", type="none", text="é" * 5000) == {}
    longest = ".".join(["x" * 59] * 4) + "." + "y" * 13
    for name in ("domain_blocks", "domain_allows", "email_domain_blocks"):
        path = f"/api/v1/admin/{name}"
        assert desk.sent("POST", path, "boss", domain=longest)["domain"] == longest
        assert desk.ask("POST", path, "boss", json={"domain": f"y{longest}"}).status_code == 422
    network = {"ip": "2001:db8:1111:2222:3333:4444:5555:6666/128", "severity": "sign_up_block"}
    assert desk.sent("POST", "/api/v1/admin/ip_blocks", "boss", **network)["ip"] == network["ip"]
