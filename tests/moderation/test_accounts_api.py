"""The staff's apps: who gets in, what they are shown, and that measures hold at once."""

import pytest
import stories
from staff import Desk

import people
from whimbrel.accounts import addresses, sessions, signup, standing
from whimbrel.accounts import queries as known
from whimbrel.accounts.queries import search, users
from whimbrel.core.keyring import Slot
from whimbrel.moderation import api, eyes
from whimbrel.moderation.queries import decisions
from whimbrel.timelines import api as timelines

A = "/api/v1/admin/accounts"
KEYS = {
    *("id", "username", "domain", "created_at", "email", "ip", "ips", "locale", "invite_request"),
    *("role", "confirmed", "approved", "disabled", "silenced", "suspended", "sensitized"),
    *("invited_by_account_id", "created_by_application_id", "account"),
}


@pytest.fixture
def desk(db, tmp_path):
    with Desk(db, tmp_path, [*api.ROUTES, *timelines.ROUTES], "ada", "bob") as made:
        yield made


def _act(desk, name, kind, by="mod", **more):
    return desk.sent("POST", f"{A}/{desk.id(name)}/action", by, type=kind, **more)


def _waiting(tx, name, reason):
    viewer = people.make(tx, name)
    user = users.by_account(tx, viewer.id)
    slot = Slot(user.slot, user.slot, viewer.id, "users.reason")
    users.change(tx, viewer.id, approved_at=None, reason=tx.seal(slot, reason.encode()))
    return viewer


def test_an_admin_account_is_whole(desk):
    """Apps of moderators decode strictly; a missing key breaks them."""
    told = desk.get(f"{A}/{desk.id('ada')}", "mod")
    assert set(told) == KEYS
    assert told["email"] == "ada@example.org"
    assert (told["confirmed"], told["approved"], told["disabled"]) == (True, True, False)
    assert (told["role"]["name"], told["role"]["permissions"]) == ("", "0")
    staff = {
        name: desk.get(f"{A}/{desk.id(name)}", "boss")["role"]["permissions"]
        for name in ("mod", "boss")
    }
    assert staff == {"mod": "1820", "boss": "1"}
    assert told["account"]["acct"] == "ada"
    assert "email" not in told["account"]
    assert (told["ip"], told["ips"]) == (None, [])


def test_people_are_found_by_what_is_asked(desk):
    """A moderator who looks for an address or a name has to find that one and nobody else."""

    def found(path="/api/v2/admin/accounts", **query):
        return {one["username"] for one in desk.get(path, "mod", params=query)}

    everybody = {"mod", "boss", "ada", "bob"}
    assert found() == found(origin="local") == found(status="active") == everybody
    assert found(origin="remote") == found(by_domain="far.example") == set()
    assert found(email="ADA@example.org") == {"ada"}
    assert found(email="ada") == found(ip="203.0.113.1") == set()
    assert found(username="AD") == {"ada"}
    assert found(username="%") == set()
    assert found(permissions="staff") == {"mod", "boss"}
    assert found(**{"role_ids[]": ["3"]}) == {"boss"}
    assert found(A, staff="true") == {"mod", "boss"}
    assert found(A, remote="true") == set()
    _act(desk, "ada", "silence")
    _act(desk, "bob", "suspend")
    assert found(status="silenced") == found(A, silenced="true") == {"ada"}
    assert found(A, suspended="true") == {"bob"}
    assert found(status="active") == everybody - {"bob"}
    assert desk.ask("GET", "/api/v2/admin/accounts?status=odd", "mod").status_code == 422


def test_whoever_looks_at_addresses_is_written_down_and_it_is_told(desk):
    """Moderators who look are known to their colleagues, and who was looked at knows that."""
    ada, bob = desk.people["ada"], desk.people["bob"]
    desk.do(addresses.seen, ada.id, "203.0.113.7")
    desk.do(addresses.seen, bob.id, "203.0.113.9")
    told = desk.get("/api/v2/admin/accounts", "mod")
    assert {(one["ip"], len(one["ips"])) for one in told} == {(None, 0)}
    assert desk.do(addresses.looks, ada) == []
    one = desk.get(f"{A}/{ada.id}", "mod")
    assert one["ip"] == one["ips"][0]["ip"] == "203.0.113.7"
    assert len(desk.do(addresses.looks, ada)) == 1
    assert desk.do(decisions.of, "account", ada.id) == [("look", desk.people["mod"].id, None, "")]
    for path in (A, "/api/v2/admin/accounts"):
        found = desk.get(f"{path}?ip=203.0.113.0/24", "mod")
        assert {each["ip"] for each in found} == {"203.0.113.7", "203.0.113.9"}
    assert [each["username"] for each in desk.get(f"{A}?ip=203.0.113.9", "mod")] == ["bob"]
    assert desk.do(addresses.looks, bob)
    assert desk.ask("GET", f"{A}?ip=203.0.0.0/8", "mod").status_code == 422
    assert desk.ask("GET", f"{A}/{ada.id}", "bob").status_code == 403
    assert len(desk.do(decisions.of, "account", ada.id)) == 3


def test_pages_run_both_ways(desk):
    """Whoever walks through a list by its links must meet everybody once."""
    path = "/api/v2/admin/accounts?limit=2&origin=local"
    seen, link = [], f'<{path}>; rel="next"'
    while 'rel="next"' in link:
        answer = desk.ask("GET", link.split(">")[0][1:], "mod")
        seen += [one["username"] for one in answer.json()]
        link = answer.headers.get("link", "")
    assert sorted(seen) == ["ada", "bob", "boss", "mod"]
    assert "origin=local" in answer.headers.get("link", "origin=local")
    oldest = desk.get(f"{path}&min_id=0", "mod")
    assert [one["username"] for one in oldest] == seen[-2:]


def test_a_suspended_account_is_gone_for_all(desk):
    """Suspended means that nobody reads it and nobody gets in, from the next request on."""
    post = desk.do(stories.write, desk.people["ada"], "words")
    desk.get("/api/v1/timelines/home", "ada")  # so that her token is one that is known
    _act(desk, "ada", "suspend", text="enough", send_email_notification=False)
    assert desk.ask("GET", "/api/v1/timelines/home", "ada").status_code == 401
    assert all(s["id"] != str(post) for s in desk.get("/api/v1/timelines/public", "bob"))
    told = desk.get(f"{A}/{desk.id('ada')}", "mod")
    assert (told["suspended"], told["account"]["suspended"]) == (True, True)
    assert told["account"]["display_name"] == ""
    assert not desk.sent("POST", f"{A}/{desk.id('ada')}/unsuspend", "mod")["suspended"]
    assert any(s["id"] == str(post) for s in desk.get("/api/v1/timelines/public", "bob"))
    assert [row[0] for row in desk.do(decisions.of, "account", desk.people["ada"].id)] == [
        "suspend",
        "look",
        "unsuspend",
    ]


def test_a_silenced_account_is_not_for_strangers(desk):
    """Limited: not in what everybody reads, and the entity says so."""
    post = desk.do(stories.write, desk.people["ada"], "words")
    _act(desk, "ada", "silence")
    told = desk.get(f"{A}/{desk.id('ada')}", "mod")
    assert (told["silenced"], told["account"]["limited"]) == (True, True)
    assert all(s["id"] != str(post) for s in desk.get("/api/v1/timelines/public", "bob"))
    again = desk.sent("POST", f"{A}/{desk.id('ada')}/unsilence", "mod")
    assert "limited" not in again["account"]


def test_a_silenced_account_is_found_by_who_knows_it(tx, ada, bob, eve):
    """Search must not lead strangers to whom moderators limited; who follows them still finds
    them, and who knows the whole handle does."""
    stories.follow(tx, eve, ada)
    standing.silence(tx, known.by_id(tx, ada.id))

    def found(viewer, words):
        return [one.id for one in search.find(tx, viewer.id, words, most=5)]

    assert found(bob, "ad") == []
    assert found(bob, "@ada") == [ada.id]
    assert found(eve, "ad") == [ada.id]


def test_a_disabled_login_is_let_in_no_more(desk):
    """The token that was good a moment ago is refused."""
    desk.get("/api/v1/timelines/home", "ada")
    _act(desk, "ada", "disable")
    assert desk.ask("GET", "/api/v1/timelines/home", "ada").status_code == 401
    assert desk.get(f"{A}/{desk.id('ada')}", "mod")["disabled"]
    assert not desk.sent("POST", f"{A}/{desk.id('ada')}/enable", "mod")["disabled"]


def test_a_sensitized_account_can_be_let_off(desk):
    """Both directions are told in the entity."""
    _act(desk, "ada", "sensitive")
    assert desk.get(f"{A}/{desk.id('ada')}", "mod")["sensitized"]
    assert not desk.sent("POST", f"{A}/{desk.id('ada')}/unsensitive", "mod")["sensitized"]


def test_who_waits_is_let_in_or_sent_away(desk):
    """A moderator reads the reason; sending away erases, and only who waits can be sent away."""
    cat, dan = (desk.do(_waiting, name, "I like birds") for name in ("cat", "dan"))
    waiting = desk.get("/api/v2/admin/accounts?status=pending", "mod")
    assert [one["username"] for one in waiting] == ["dan", "cat"] or len(waiting) == 2
    assert waiting[0]["invite_request"] == "I like birds"
    assert desk.sent("POST", f"{A}/{cat.id}/approve", "mod")["approved"]
    assert desk.ask("POST", f"{A}/{cat.id}/approve", "mod").status_code == 403
    assert desk.ask("POST", f"{A}/{cat.id}/reject", "mod").status_code == 403
    assert desk.sent("POST", f"{A}/{dan.id}/reject", "mod")["username"] == "dan"
    assert desk.ask("GET", f"{A}/{dan.id}", "mod").status_code == 404
    assert desk.do(signup.users.by_account, dan.id) is None


def test_only_who_is_suspended_can_be_erased_and_only_by_who_may(desk):
    """There is no way back, so it takes two steps and an administrator."""
    path = f"{A}/{desk.id('ada')}"
    assert desk.ask("DELETE", path, "boss").status_code == 403
    _act(desk, "ada", "suspend")
    assert desk.ask("DELETE", path, "mod").status_code == 403
    said = desk.ask("DELETE", path, "boss")
    assert said.status_code == 403 and "second person" in said.text
    (waits,) = desk.do(eyes.waiting, desk.people["boss"])
    desk.do(eyes.confirm, desk.people["mod"], waits.id)
    assert desk.ask("GET", path, "boss").status_code == 404


def test_nobody_decides_about_equals_or_those_above(desk):
    """A moderator's stolen token must not lock out the administrator."""
    desk.person("other", role="senior")
    for by, about in (("mod", "boss"), ("mod", "mod"), ("mod", "other"), ("boss", "boss")):
        path = f"{A}/{desk.id(about)}/action"
        assert desk.ask("POST", path, by, json={"type": "suspend"}).status_code == 403
    _act(desk, "mod", "silence", by="boss")


def test_a_stolen_token_does_nothing_grave(desk):
    """An app's token lies on a phone for years; whoever finds it must not end accounts and ties
    with it. What is taken back with a press goes on, for that is what such apps are for."""
    desk.db.env.clock.step(minutes=11)
    _act(desk, "ada", "silence", "boss")
    desk.sent("POST", f"{A}/{desk.id('ada')}/unsilence", "boss")
    servers = "/api/v1/admin/domain_blocks"
    kept = desk.sent("POST", servers, "boss", domain="bad.example", severity="silence")
    grave = (
        ("POST", f"{A}/{desk.id('ada')}/action", {"type": "suspend"}),
        ("POST", servers, {"domain": "worse.example", "severity": "suspend"}),
        ("PUT", f"{servers}/{kept['id']}", {"severity": "suspend"}),
        ("DELETE", f"{A}/{desk.id('ada')}", {}),
    )
    for method, path, body in grave:
        refused = desk.ask(method, path, "boss", json=body)
        assert refused.status_code == 403
        told = refused.json()["error"]
        assert "https://social.example/settings/security/confirm" in told and "then do it" in told
    desk.db.write_sync(sessions.begin, desk.people["boss"].id, "a browser of theirs")
    for method, path, body in grave:
        done = desk.ask(method, path, "boss", json=body)
        assert done.status_code == 200 or "settings/security" not in done.text


def test_nonsense_is_refused(desk):
    """An unknown measure must not be taken for none."""
    path = f"{A}/{desk.id('ada')}/action"
    for body in ({}, {"type": "explode"}, {"type": "none", "text": "x" * 5001}):
        assert desk.ask("POST", path, "mod", json=body).status_code == 422
    assert desk.ask("POST", f"{A}/7/action", "mod", json={"type": "none"}).status_code == 404
    missing = {"type": "none", "report_id": "7"}
    assert desk.ask("POST", path, "mod", json=missing).status_code == 404
