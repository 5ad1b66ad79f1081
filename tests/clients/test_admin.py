"""Mastodon.py, unchanged from PyPI: what an administrator's and a moderator's app does."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, get_args, get_type_hints

import pytest
from client_town import Town
from mastodon import Mastodon
from mastodon import return_types as types
from mastodon.errors import MastodonAPIError

from server import Server

SCOPES = "read write admin:read admin:write"


def _app(live: Server, name: str, role: str) -> Mastodon:
    live.cli("account", "create", name, "--email", f"{name}@example.org", "--role", role)
    live.second_factor(name)
    token = live.cli("token", "create", name, "--scopes", SCOPES).strip()
    return Mastodon(
        access_token=token,
        api_base_url=live.url,
        ratelimit_method="throw",
        request_timeout=30,
    )


@pytest.fixture(scope="module")
def boss(town: Town) -> Iterator[Mastodon]:
    """An administrator."""
    app = _app(town.server, "boss", "admin")
    yield app
    app.session.close()


@pytest.fixture(scope="module")
def mod(town: Town) -> Iterator[Mastodon]:
    """A moderator."""
    app = _app(town.server, "mod", "senior")
    yield app
    app.session.close()


@pytest.fixture(scope="module")
def villain(town: Town, mod: Mastodon) -> str:
    """Somebody to be moderated, whom no other test needs."""
    town.server.people("villain")
    (found,) = mod.admin_accounts_v2(username="villain")
    return str(found.id)


def _whole(kind: type, entity: Any) -> None:
    wanted = {
        name
        for name, hint in get_type_hints(kind).items()
        if not name.startswith("_") and type(None) not in get_args(hint)
    }
    assert wanted - entity.keys() == set()


def test_people(mod: Mastodon, villain: str) -> None:
    """Found, whole, and in pages."""
    found = mod.admin_account(villain)
    _whole(types.AdminAccount, found)
    assert found.email == "villain@example.org"
    assert [a.id for a in mod.admin_accounts_v2(email="villain@example.org")] == [found.id]
    assert {a.username for a in mod.admin_accounts_v2(permissions="staff")} >= {"mod"}
    first = mod.admin_accounts_v2(limit=3)
    second = mod.admin_accounts_v2(limit=3, max_id=first[-1].id)
    assert second
    assert not {a.id for a in first} & {a.id for a in second}
    back = mod.admin_accounts_v2(limit=3, min_id=second[0].id)
    assert [a.id for a in back] == [a.id for a in first]


def test_measures_against_an_account(town: Town, mod: Mastodon, villain: str) -> None:
    """Each can be taken and taken back, and others see it at once."""
    mod.admin_account_moderate(villain, "silence", text="Mind your words.")
    assert town.ada.account(villain).limited
    assert not mod.admin_account_unsilence(villain).account.limited
    mod.admin_account_moderate(villain, "sensitive")
    assert not mod.admin_account_unsensitive(villain).sensitized
    mod.admin_account_moderate(villain, "disable")
    assert not mod.admin_account_enable(villain).disabled
    mod.admin_account_moderate(villain, "suspend", send_email_notification=False)
    assert town.ada.account(villain).suspended
    assert not mod.admin_account_unsuspend(villain).suspended
    with pytest.raises(MastodonAPIError):
        mod.admin_account_approve(villain)
    with pytest.raises(MastodonAPIError):
        town.ada.admin_account(villain)


def test_reports(town: Town, mod: Mastodon, villain: str) -> None:
    """From the user's complaint to the measure that answers it."""
    made = town.ada.report(villain, comment="rude")
    (report,) = mod.admin_reports(target_account_id=villain)
    _whole(types.AdminReport, report)
    assert (report.id, report.comment) == (made.id, "rude")
    assert mod.admin_report_assign(report).assigned_account.username == "mod"
    assert mod.admin_report_unassign(report).assigned_account is None
    assert mod.admin_report_resolve(report).action_taken
    assert not mod.admin_report_reopen(report).action_taken
    mod.admin_account_moderate(villain, "none", report_id=report.id)
    assert mod.admin_report(report).action_taken
    assert mod.admin_reports(target_account_id=villain) == []


def test_erasing_somebody(town: Town, boss: Mastodon, mod: Mastodon) -> None:
    """Two steps, an administrator, and somebody else who agrees: an app is told that it waits."""
    town.server.people("doomed")
    (found,) = boss.admin_accounts_v2(username="doomed")
    boss.admin_account_moderate(found.id, "suspend")
    with pytest.raises(MastodonAPIError):
        mod.admin_account_delete(found.id)
    with pytest.raises(MastodonAPIError, match="A second person has to agree"):
        boss.admin_account_delete(found.id)
    assert boss.admin_account(found.id).username == "doomed"


def test_servers(boss: Mastodon) -> None:
    """Blocked, changed, let in."""
    made = boss.admin_create_domain_block("bad.example", severity="suspend", obfuscate=True)
    _whole(types.AdminDomainBlock, made)
    changed = boss.admin_update_domain_block(made.id, severity="silence", public_comment="spam")
    assert (changed.severity, changed.public_comment) == ("silence", "spam")
    assert boss.admin_domain_blocks(id=made.id).obfuscate
    assert [b.id for b in boss.admin_domain_blocks()] == [made.id]
    boss.admin_delete_domain_block(made.id)
    assert boss.admin_domain_blocks() == []
    allowed = boss.admin_create_domain_allow("good.example")
    _whole(types.AdminDomainAllow, allowed)
    assert boss.admin_domain_allow(allowed.id).domain == "good.example"
    assert len(boss.admin_domain_allows()) == 1
    boss.admin_delete_domain_allow(allowed.id)


def test_networks_and_addresses(boss: Mastodon) -> None:
    """Who is kept out."""
    made = boss.admin_create_ip_block("192.0.2.0/24", "no_access", comment="farm", expires_in=60)
    _whole(types.AdminIpBlock, made)
    assert boss.admin_update_ip_block(made, severity="sign_up_block").severity == "sign_up_block"
    assert boss.admin_ip_block(made).ip == "192.0.2.0/24"
    assert len(boss.admin_ip_blocks()) == 1
    boss.admin_delete_ip_block(made)
    host = boss.admin_create_email_domain_block("mail.example")
    _whole(types.AdminEmailDomainBlock, host)
    assert boss.admin_email_domain_block(host.id).domain == "mail.example"
    assert len(boss.admin_email_domain_blocks()) == 1
    boss.admin_delete_email_domain_block(host.id)
    email = boss.admin_create_canonical_email_block(email="eve.x@far.example")
    _whole(types.AdminCanonicalEmailBlock, email)
    (same,) = boss.admin_test_canonical_email_block("evex+1@far.example")
    assert same.id == email.id
    assert boss.admin_canonical_email_block(email.id) == email
    assert email.id in [each.id for each in boss.admin_canonical_email_blocks()]
    boss.admin_delete_canonical_email_block(email.id)


def test_numbers(town: Town, mod: Mastodon) -> None:
    """What the library makes of them are numbers and days."""
    town.ada.status_post("counted")
    now = datetime.now(UTC)
    days = {"start_at": now - timedelta(days=2), "end_at": now}
    for one in mod.admin_measures(
        **days, active_users=True, new_users=True, interactions=True, instance_accounts="a.example"
    ):
        _whole(types.AdminMeasure, one)
        assert len(one.data) == 3
    for each in mod.admin_dimensions(
        **days, languages=True, servers=True, space_usage=True, software_versions=True, limit=3
    ):
        _whole(types.AdminDimension, each)
        assert each.data
    cohort = mod.admin_retention(now - timedelta(days=1), now, "day")[-1]
    _whole(types.AdminRetention, cohort)
    assert cohort.data[0].value > 0
