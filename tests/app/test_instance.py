"""What the server says of itself to apps: limits that hold, so that nobody writes in vain."""

import asyncio
from hashlib import sha256

import msgspec
import pytest
from house import JSON, house
from sqlalchemy import insert

import people
from whimbrel.accounts import profile
from whimbrel.accounts.profile import Changes, FieldDraft
from whimbrel.app import queries
from whimbrel.app.about import configuration
from whimbrel.core.errors import Invalid
from whimbrel.core.ids import new_id
from whimbrel.moderation.tables import blocked_servers
from whimbrel.posts.publish import publish
from whimbrel.posts.rules import Draft, Visibility


def test_the_limits_of_a_profile_are_those_that_hold(tx, ada):
    """An app that is told less cuts people's words short; one that is told more lets them write
    what is refused in the end."""
    told = configuration(tx.instance)["accounts"]

    def changes(name: int, note: int, rows: int, label: int, value: int) -> Changes:
        row = FieldDraft(name="n" * label, value="v" * value)
        return Changes(display_name="x" * name, note="y" * note, fields=(row,) * rows)

    most = [
        told[name]
        for name in (
            *("max_display_name_length", "max_note_length", "max_profile_fields"),
            *("profile_field_name_limit", "profile_field_value_limit"),
        )
    ]
    changed = profile.update(tx, ada, changes(*most))
    assert len(changed.fields) == told["max_profile_fields"]
    for at in range(len(most)):
        with pytest.raises(Invalid):
            profile.update(tx, ada, changes(*(n + (at == i) for i, n in enumerate(most))))
    assert told["max_featured_tags"] == 10


def asked(tmp_path, *paths: str, before=None, token: bool = False, **settings):
    """(status, JSON) of each path, from a server with these settings."""

    async def run():
        async with house(tmp_path, **settings) as here:
            if before is not None:
                await here.app.db.write(before)
            ada = await here.person("ada")
            headers = {**JSON, **(ada.by_app if token else {})}
            answers = [await here.ask("GET", path, headers) for path in paths]
            return [(each.status, msgspec.json.decode(each.body)) for each in answers]

    return asyncio.run(run())


INSTANCES = ("/api/v2/instance", "/api/v1/instance")


def test_whom_to_write_to(tmp_path):
    """Somebody in trouble looks for a person; one who is no more here is not named."""
    (_, new), (_, old) = asked(tmp_path, *INSTANCES, contact_account="ada", title="Waders")
    assert new["contact"]["account"]["acct"] == old["contact_account"]["acct"] == "ada"
    (_, new), (_, old) = asked(tmp_path / "b", *INSTANCES, contact_account="bob")
    assert new["contact"]["account"] is old["contact_account"] is None


def test_why_nobody_can_join_is_told_where_nobody_can(tmp_path):
    """An app shows the words in place of its form; they are plain and cannot be HTML."""
    message = "We are <full>."
    ((_, new),) = asked(tmp_path, INSTANCES[0], signups="closed", signups_message=message)
    told = new["registrations"]
    assert (told["enabled"], told["message"]) == (False, "<p>We are &lt;full&gt;.</p>")
    ((_, new),) = asked(tmp_path / "b", INSTANCES[0], signups_message=message)
    assert (new["registrations"]["enabled"], new["registrations"]["message"]) == (True, None)


def test_how_old_one_has_to_be_is_told_and_asked(tmp_path):
    """An app asks for a date only where it reads that there is a limit, and shows what is wrong
    with it by its key."""
    ((_, new),) = asked(tmp_path, INSTANCES[0])
    assert new["registrations"]["min_age"] is None
    wanted = {"username": "finn", "email": "finn@example.org", "password": "seven notes at dawn"}

    async def run():
        async with house(tmp_path / "b", signups="open", signups_min_age=16) as here:
            new = msgspec.json.decode((await here.ask("GET", INSTANCES[0], JSON)).body)
            assert new["registrations"]["min_age"] == 16
            await here.person("ada")  # with an app
            app = {
                "grant_type": "client_credentials",
                "client_id": here.client_id,
                "client_secret": here.client_secret,
                "scope": "write",
            }
            sent = await here.ask("POST", "/oauth/token", JSON, msgspec.json.encode(app))
            token = msgspec.json.decode(sent.body)["access_token"]
            headers = {**JSON, "authorization": f"Bearer {token}"}
            for born, status in (("", 422), ("2020-01-01", 422), ("1990-01-01", 200)):
                form = {**wanted, "agreement": True, "date_of_birth": born}
                sent = await here.ask(
                    "POST", "/api/v1/accounts", headers, msgspec.json.encode(form)
                )
                assert sent.status == status, sent.body
                assert status == 200 or b'"date_of_birth":[{"error":"ERR_B' in sent.body

    asyncio.run(run())


def block(tx):
    values = {"reject_media": False, "reject_reports": False, "private_comment": None}
    for domain, severity, obfuscate in (
        ("a.example", "silence", False),
        ("bad.example", "suspend", True),
        ("fine.example", "noop", False),
    ):
        row = {"id": new_id(tx.now), "domain": domain, "severity": severity, "slot": tx.slot()}
        row |= {**values, "obfuscate": obfuscate, "public_comment": None}
        tx.run(insert(blocked_servers).values(row))


@pytest.mark.parametrize(
    ("shown", "token", "status"),
    [("nobody", True, 404), ("users", False, 404), ("users", True, 200), ("all", False, 200)],
)
def test_blocked_servers_are_listed_to_whom_the_operator_says(tmp_path, shown, token, status):
    """A list of blocks is a target for who was blocked; whoever knows a name can look for it."""
    ((got, told),) = asked(
        tmp_path,
        "/api/v1/instance/domain_blocks",
        before=block,
        token=token,
        show_domain_blocks=shown,
    )
    assert got == status
    if status == 200:
        assert [(each["domain"], each["severity"]) for each in told] == [
            ("ba*.*****le", "suspend"),
            ("a.example", "silence"),
        ]
        assert told[0]["digest"] == sha256(b"bad.example").hexdigest()
        assert told[0]["comment"] == ""


def test_servers_that_are_known_are_listed_unless_the_operator_says_no(tx, tmp_path):
    """Directories look here; a community that wants no visitors need not be on the way."""
    for domain in ("b.example", "a.example", "b.example"):
        people.make(tx, f"x{new_id(tx.now)}", domain=domain)
    assert queries.peers(tx) == ["a.example", "b.example"]
    assert queries.count_peers(tx) == 2
    path = "/api/v1/instance/peers"
    assert asked(tmp_path / "yes", path) == [(200, [])]
    assert asked(tmp_path / "no", path, show_peers=False)[0][0] == 404


def test_a_week_counts_what_was_posted_in_it(tx, ada, bob):
    """Numbers from Monday to Monday; a direct post is nobody's business, not even as a number."""
    publish(tx, ada, Draft(text="hello"))
    publish(tx, ada, Draft(text="@bob", visibility=Visibility.DIRECT))
    weeks = queries.activity(tx)
    assert len(weeks) == queries.WEEKS
    assert (weeks[0].statuses, weeks[0].registrations) == (1, 2)
    assert {(week.statuses, week.registrations) for week in weeks[1:]} == {(0, 0)}
    assert weeks[0].week == 1_795_392_000  # Monday, 23 November 2026
    assert weeks[0].week - weeks[1].week == 7 * 86_400
