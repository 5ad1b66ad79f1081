"""Sentences for kinds of notifications that an app does not know: or it would show an empty line,
or nothing, where the moderators had something to say."""

import re

import msgspec
from sqlalchemy import update

import people
from app import Client
from whimbrel.accounts import strikes
from whimbrel.accounts.events import AccountCreated, AccountWarned
from whimbrel.accounts.queries import by_ids
from whimbrel.accounts.tables import users
from whimbrel.timelines import api, fallback, notify

OLD = ["mention", "reblog", "favourite", "follow", "poll"]
QUERY = "&".join(f"supported_types[]={kind}" for kind in OLD)
PAGES = ("/api/v1/notifications", "/api/v2/notifications")


def listed(found):
    return found["notification_groups"] if isinstance(found, dict) else found


def warn(tx, boss):
    """An administrator is warned, and hears of two newcomers."""
    account = by_ids(tx, [boss.id])[boss.id]
    made = strikes.strike(tx, account, "none", by=None, text="Be kind.", letter=False)
    notify.tell_of_warning(tx, AccountWarned(strike=made.id, account=boss.id))
    tx.run(update(users).where(users.c.account == boss.id).values(role="admin"))
    for name in ("ada", "bob"):
        notify.tell_of_sign_up(tx, AccountCreated(account=people.make(tx, name).id))


def test_an_app_that_says_what_it_knows_is_told_the_rest_in_words(db, tmp_path):
    """In both versions, page by page and one by one; and apps that say nothing get nothing more."""
    with Client(db, tmp_path, api.ROUTES, "boss") as client:
        client.do(warn, client.people["boss"])
        for path in PAGES:
            plain = client.get(path, "boss")
            assert all("fallback" not in each for each in listed(plain))
            found = listed(client.get(f"{path}?{QUERY}", "boss"))
            told = {each["type"]: each.pop("fallback") for each in found}
            assert found == listed(plain)
            assert told.keys() == {"admin.sign_up", "moderation_warning"}
            for each in told.values():
                assert each.keys() == {"title", "summary", "description"}
                assert "/notifications" in each["summary"]
            title = told["admin.sign_up"]["title"]
            assert re.search(
                r'<a href="[^"]+" class="u-url mention">@<span>(ada|bob)</span>', title
            )
            assert ("and 1 more" in title) is ("v2" in path)
            known = f"{QUERY}&supported_types[]=admin.sign_up&supported_types[]=moderation_warning"
            assert client.get(f"{path}?{known}", "boss") == plain
            for each in found:
                key = each["group_key"] if "v2" in path else each["id"]
                one = client.get(f"{path}/{key}?{QUERY}", "boss")
                (line,) = listed(one) if "v2" in path else [one]
                assert line["fallback"]["title"]
                one = client.get(f"{path}/{key}", "boss")
                (line,) = listed(one) if "v2" in path else [one]
                assert "fallback" not in line


def test_what_is_gone_and_what_everybody_knows_has_no_sentence():
    """A report that was erased cannot be told of; a name may look like our own signs."""
    known = {"id": "1", "type": "mention", "account": {"id": "2", "acct": "ada", "url": "x"}}
    gone = {**known, "type": "admin.report"}
    odd = {"id": "3", "acct": "{other}<b>", "url": 'x"y'}
    told = {**gone, "account": odd, "report": {"target_account": known["account"]}}
    for each in (known, gone):
        made = fallback.in_one(msgspec.json.encode(each), [], "https://a.example")
        assert msgspec.json.decode(made) == each
    made = msgspec.json.decode(fallback.in_one(msgspec.json.encode(told), [], "https://a.example"))
    title = made["fallback"]["title"]
    assert "<b>" not in title
    assert 'href="x&quot;y"' in title
    assert title.count("h-card") == 2
