"""What people may write has an end, told as a sentence: never cut in silence, never a failure.

CVE-2026-23963 (no limit on names), CVE-2026-23962 (polls of any length). PostgreSQL refuses what a
column cannot hold, SQLite keeps it: both are asked."""

import asyncio
from collections.abc import Callable
from typing import Any, NamedTuple

import msgspec
import pytest
from belongings import SUBSCRIPTION, belongings
from house import JSON, PASSWORD, REDIRECT, Caller, House, house
from sqlalchemy import LargeBinary, String

import people
from whimbrel.core.tables import metadata
from whimbrel.instance.texts import add_rule

Body = dict[str, Any]


class Field(NamedTuple):
    """A text that comes from outside: where it goes in, and how long it may be."""

    column: str
    method: str
    path: str  # `{list}` and the like are ids of one's own
    most: int
    body: Callable[[str], Body]
    of: str = "x"  # what it is made of
    begin: str = ""


def _keyed(name: str, **more: Any) -> Callable[[str], Body]:
    return lambda text: {**more, name: text}


def _named(field: str) -> Callable[[str], Body]:
    return lambda text: {"name": "x", field: text}


def _row(name: str, **more: Any) -> Callable[[str], Body]:
    return lambda text: {"fields_attributes": [{"name": "n", "value": "v", name: text}], **more}


def _option(text: str) -> Body:
    return {"status": "?", "poll": {"options": ["a", text], "expires_in": 600}}


CREDENTIALS, FILTERS = "/api/v1/accounts/update_credentials", "/api/v2/filters"
COLLECTIONS = "/api/v1/collections"
NEW = {"email": "new@example.org", "password": PASSWORD, "agreement": True}
APP = {"client_name": "An app", "redirect_uris": REDIRECT}
WORD = {"context": ["home"]}

FIELDS = (
    Field("accounts.username", "POST", "/api/v1/accounts", 30, _keyed("username", **NEW)),
    Field("accounts.display_name", "PATCH", CREDENTIALS, 30, _keyed("display_name")),
    Field("accounts.display_name", "PATCH", "/api/v1/profile", 30, _keyed("display_name"), "é"),
    Field("accounts.note", "PATCH", CREDENTIALS, 500, _keyed("note"), "\U0001f426"),
    Field("accounts.fields", "PATCH", CREDENTIALS, 255, _row("name")),
    Field("accounts.fields", "PATCH", CREDENTIALS, 255, _row("value"), '"'),
    Field(
        "users.reason", "POST", "/api/v1/accounts", 1000, _keyed("reason", username="why", **NEW)
    ),
    Field("apps.name", "POST", "/api/v1/apps", 200, _keyed("client_name", redirect_uris=REDIRECT)),
    Field(
        "apps.website",
        "POST",
        "/api/v1/apps",
        2000,
        _keyed("website", **APP),
        begin="https://a.example/",
    ),
    Field(
        "apps.redirects",
        "POST",
        "/api/v1/apps",
        2000,
        _keyed("redirect_uris", client_name="An app"),
        begin="https://a.example/",
    ),
    Field("notes.content", "POST", "/api/v1/accounts/{request}/note", 2000, _keyed("comment")),
    Field("lists.title", "POST", "/api/v1/lists", 200, _keyed("title")),
    Field("collections.name", "POST", COLLECTIONS, 40, _keyed("name"), "\U0001f426"),
    Field("collections.description", "POST", COLLECTIONS, 100, _named("description")),
    Field("collections.tag", "POST", COLLECTIONS, 100, _named("tag_name"), "é"),
    Field("lists.title", "PUT", "/api/v1/lists/{list}", 200, _keyed("title"), "é"),
    Field("filters.title", "POST", FILTERS, 200, _keyed("title", **WORD)),
    Field("filters.title", "PUT", FILTERS + "/{filter}", 200, _keyed("title"), "é"),
    Field(
        "filter_keywords.keyword", "POST", FILTERS + "/{filter}/keywords", 200, _keyed("keyword")
    ),
    Field(
        "filter_keywords.keyword",
        "PUT",
        FILTERS + "/{filter}",
        200,
        lambda text: {"keywords_attributes": [{"keyword": text}]},
    ),
    Field("filter_keywords.keyword", "POST", "/api/v1/filters", 200, _keyed("phrase", **WORD)),
    Field("posts.content", "POST", "/api/v1/statuses", 500, _keyed("status")),
    Field("posts.content", "POST", "/api/v1/statuses", 499, _keyed("spoiler_text", status="x")),
    Field(
        "posts.content",
        "POST",
        "/api/v1/statuses",
        2048,
        _keyed("status"),
        begin="https://a.example/",
    ),
    Field("posts.content", "PUT", "/api/v1/statuses/{status}", 500, _keyed("status"), "é"),
    Field("posts.content", "POST", "/api/v1/statuses", 50, _option),
    Field(
        "scheduled_posts.params",
        "POST",
        "/api/v1/statuses",
        500,
        _keyed("status", scheduled_at="2099-01-01T00:00:00Z"),
    ),
    Field("media.alt", "PUT", "/api/v1/media/{media}", 1500, _keyed("description")),
    Field(
        "reports.comment",
        "POST",
        "/api/v1/reports",
        1000,
        _keyed("comment", account_id="{request}"),
    ),
    Field(
        "subscriptions.endpoint",
        "POST",
        "/api/v1/push/subscription",
        2048,
        lambda text: {"subscription": {**SUBSCRIPTION, "endpoint": text}},
        begin="https://push.example/",
    ),
    Field("tags.name", "POST", "/api/v1/featured_tags", 100, _keyed("name")),
    Field(
        "domain_blocks.domain",
        "POST",
        "/api/v1/domain_blocks",
        253,
        _keyed("domain"),
        begin=f"{'x' * 63}." * 3,
    ),
)
# Columns that nobody's text reaches: we make what is in them, or take one of a few known words.
OURS = {
    "desk_habits.hidden",
    *("passkeys.credential", "passkeys.public_key", "authenticators.secret"),
    *("recovery_codes.hash", "challenges.hash", "challenges.kind", "users.preferences"),
    *("accounts.domain", "accounts.handle", "accounts.uri", "accounts.avatar", "accounts.header"),
    *("apps.client_id", "apps.secret", "apps.scopes", "tokens.scopes", "codes.scopes"),
    *("codes.hash", "codes.redirect", "codes.challenge", "tokens.hash", "sessions.hash"),
    *(
        "counters.name",
        "unsynced.object",
        "emojis.shortcode",
        "emojis.category",
        "jobs.lane",
        "jobs.task",
    ),
    "accounts.attribution_domains",  # tests/accounts/test_profile.py, federation/test_people.py
    *("accounts.emojis", "rules.text", "rules.hint", "rules.translations", "texts.kind"),
    *("texts.day", "texts.markdown", "texts.html", "announcements.text"),
    *("announcement_reactions.name", "tags.key"),
    *("jobs.event", "jobs.error", "media.kind", "media.state", "media.error", "media.meta"),
    *("media.blurhash", "media.purpose", "retired.hash", "files.token", "files.variant"),
    *("files.name", "files.mime", "files.object", "filters.contexts", "filters.action"),
    *("idempotency.key", "invites.hash", "invites.role", "links.hash", "links.kind"),
    *("post_edits.content", "scheduled_posts.key"),
    *("lists.replies_policy", "markers.timeline", "posts.uri", "posts.url", "reports.category"),
    *("notifications.kind", "notifications.key", "polls.counts", "subscriptions.keys"),
    *("held_notifications.kind", "held_notifications.key", "conversations.key"),
    *("subscriptions.alerts", "subscriptions.policy", "users.email_mac", "users.password"),
    *("users.role", "users.visibility", "barred_emails.hash", "barred_networks.severity"),
    *("blocked_servers.severity", "decisions.action", "decisions.kind", "decisions.detail"),
    *("strikes.action", "strikes.posts", "publishers.domain", "account_words.word", "alarms.why"),
    "receipts.kind",
    *("cases.class", "cases.state", "pauses.reason", "paces.class", "reports.source"),
    *("pages.class", "pages.rung", "pages.secret"),
    *("practice_calls.rung", "practice_calls.way", "practice_calls.secret"),
    # rules that watch: tests/moderation/test_automation.py
    *("auto_rules.name", "auto_rules.source", "auto_rules.why", "auto_rules.category"),
    *("auto_rules.act", "auto_rules.mode"),
    # lists of servers that others keep: tests/moderation/test_block_lists.py
    *("block_lists.name", "block_lists.url", "block_lists.error", "list_changes.kind"),
    *("block_lists.content", "list_changes.before", "list_changes.domain", "list_excludes.domain"),
    # letters, each with its limits: tests/moderation/test_complaints.py, test_letters.py
    *("complaints.source", "complaints.state", "complaints.host", "complaints.country"),
    *("complaints.digest", "complaints.content", "complaint_letters.content"),
    # pictures that are known: tests/moderation/test_known.py, tests/media/test_pdq.py
    *("media.pdq", "hash_lists.name", "hash_lists.hashes"),
    *("complaint_letters.words", "complaint_items.kind", "complaint_items.written"),
    *("complaint_items.answer", "replies.kind", "replies.content"),
    *("holds.key", "holds.sealed", "held_objects.object", "tallies.content"),
    *("openings.purpose", "openings.state"),
    *("statements.language", "statements.content", "statements.secret", "strikes.statement"),
    *("verdicts.actions", "verdicts.done", "appeals.outcome", "notices.secret"),
    *("posts.label", "proposals.state", "proposals.reason", "case_traits.kind", "bulks.kind"),
    *("decisions.commitment", "log_entries.content", "checkpoints.note"),
    *("severances.kind", "severances.domain", "severed.languages", "staff_reads.what"),
    *("addresses.hash", "addresses.network", "addresses.address"),
    *("actor_keys.rsa", "actor_keys.ed25519", "actor_keys.private"),
    "kits.key",  # tests/exit/test_kit.py
    *("imports.kind", "imports.content", "drafts.content"),  # sealed forms, each with its limits
}
# Addresses of other servers, as long as `core.abroad.LONGEST` at most: tests/federation
ABROAD = {
    *("remote_actors.kind", "remote_actors.url", "remote_actors.inbox", "remote_actors.outbox"),
    *("remote_actors.shared_inbox", "remote_actors.followers", "remote_actors.featured"),
    *("remote_actors.icon", "remote_actors.image", "remote_actors.moved_to"),
    *("relays.inbox", "relays.actor"),
    *("remote_actors.also_known_as", "remote_keys.key_id", "remote_keys.actor", "remote_keys.pem"),
    *("remote_actors.emojis", "received.signer", "received.activity", "received.content"),
    *("remote_follows.uri", "tombstones.hash", "peers.origin", "approvals.uri", "approvals.hash"),
    *("deliveries.inbox", "deliveries.origin", "queues.origin", "letters.kind", "letters.said"),
    *("sent_acts.kind", "sent_acts.uri", "servers.origin", "servers.software", "servers.version"),
    *("quotes.stamp", "media.source", "moves.aliases", "wishes.stamp"),
}
# Written by the staff: tests/moderation/test_doors.py
STAFF = {
    *("barred_networks.network", "barred_networks.comment", "barred_email_domains.domain"),
    *("blocked_servers.domain", "blocked_servers.private_comment", "strikes.content"),
    *("blocked_servers.public_comment", "allowed_servers.domain"),
}
# Reached, with a test of their own below.
OTHERWISE = {
    "passkeys.name",  # tests/accounts/test_factors.py: it takes a passkey to get that far
    *("follow_requests.languages", "follows.languages", "posts.language"),
    *("collections.language", "reports.collections"),
    *("reports.posts", "reports.rules", "sessions.agent", "users.email", "links.email"),
    *("users.locale", "users.language"),
    *("appeals.content", "notices.content"),  # tests/moderation/test_notice.py
    *("case_notes.content", "proposals.content", "bulks.content"),  # tests/moderation/test_day.py
}


def test_every_text_has_a_limit_and_somebody_thought_of_how_it_is_reached():
    """A new column without one is the next CVE of this kind."""
    columns = {f"{column.table.name}.{column.name}": column for column in _texts()}
    unlimited = [
        name
        for name, column in columns.items()
        if not isinstance(column.type, LargeBinary) and not getattr(column.type, "length", None)
    ]
    assert unlimited == []
    known = {field.column for field in FIELDS} | OURS | OTHERWISE | STAFF | ABROAD
    assert columns.keys() == known


def _texts() -> list[Any]:
    kinds = (String, LargeBinary)
    return [
        column
        for table in metadata.sorted_tables
        for column in table.c
        if isinstance(column.type, kinds)
    ]


class Writer:
    """Somebody who writes much, by an app."""

    def __init__(self, house: House, ada: Caller, app: Caller, ids: dict[str, str]) -> None:
        self.house, self.ada, self.app, self.ids = house, ada, app, ids

    async def send(self, method: str, path: str, body: Body, *, alone: bool = False) -> Any:
        """The answer to one request, `{list}` and the like filled in."""
        text = msgspec.json.encode(body).decode()
        for name, id_ in self.ids.items():
            path, text = path.replace(f"{{{name}}}", id_), text.replace(f"{{{name}}}", id_)
        who = self.app if alone else self.ada
        sent = await self.house.ask(method, path, {**who.by_app, **JSON}, text.encode())
        assert sent.status in (200, 422), (path, text[:100], sent.status, sent.body)
        return sent

    async def refused(self, method: str, path: str, body: Body, *, alone: bool = False) -> str:
        """The sentence."""
        sent = await self.send(method, path, body, alone=alone)
        assert sent.status == 422, (path, sent.body[:300])
        said: str = msgspec.json.decode(sent.body)["error"]
        assert " " in said and len(said) < 500, said[:600]
        return said


@pytest.fixture
def writes(database, tmp_path):
    """`writes(story)` runs it with a `Writer`."""

    def told(story):
        async def run():
            async with house(tmp_path, database) as here:
                ada = await here.person("ada")
                ids = await belongings(here, ada)
                await story(Writer(here, ada, await here.app_alone(), ids))

        asyncio.run(run())

    return told


def test_the_longest_text_is_taken_whole_and_a_longer_one_is_refused(writes):
    """A limit that is only a column's is a failure, or a text that ends in the middle."""

    async def story(ada: Writer) -> None:
        for field in FIELDS:
            alone = field.path == "/api/v1/accounts"
            fill = field.most - len(field.begin)
            for more in (1, 30_000, 100_000):
                body = field.body(field.begin + field.of * (fill + more))
                said = await ada.refused(field.method, field.path, body, alone=alone)
                assert "xxxxx" not in said, said
            body = field.body(field.begin + field.of * fill)
            taken = await ada.send(field.method, field.path, body, alone=alone)
            assert taken.status == 200, (field, taken.body)

    writes(story)


def test_counts_have_an_end_as_well(writes):
    """A thousand small things fill a column, and a timeline, like one large one."""

    async def story(ada: Writer) -> None:
        tags = " ".join(f"#t{n}" for n in range(65))
        said = await ada.refused("POST", "/api/v1/statuses", {"status": tags})
        assert "64" in said
        assert (await ada.send("POST", "/api/v1/statuses", {"status": tags[:-5]})).status == 200
        options = [str(n) for n in range(500)]
        poll = {"status": "?", "poll": {"options": options, "expires_in": 600}}
        await ada.refused("POST", "/api/v1/statuses", poll)
        report = {"account_id": "{request}", "status_ids": options}
        await ada.refused("POST", "/api/v1/reports", report)
        rows = [{"name": str(n), "value": "v"} for n in range(500)]
        await ada.refused("PATCH", CREDENTIALS, {"fields_attributes": rows})
        words = [{"keyword": str(n)} for n in range(500)]
        await ada.refused("PUT", FILTERS + "/{filter}", {"keywords_attributes": words})
        redirects = [f"https://a.example/{n:04}" for n in range(900)]
        await ada.refused("POST", "/api/v1/apps", {**APP, "redirect_uris": redirects})

    writes(story)


def test_a_post_names_sixty_four_people_and_no_more(writes):
    """One post, and a whole town is called to it."""

    async def story(ada: Writer) -> None:
        def born(tx) -> None:
            for n in range(65):
                people.make(tx, f"n{n}")

        await ada.house.app.db.write(born)
        named = [f"@n{n}" for n in range(65)]
        said = await ada.refused("POST", "/api/v1/statuses", {"status": " ".join(named)})
        assert "64" in said
        taken = await ada.send("POST", "/api/v1/statuses", {"status": " ".join(named[1:])})
        assert len(msgspec.json.decode(taken.body)["mentions"]) == 64

    writes(story)


def test_what_is_nearly_a_known_word_fits_or_is_refused(writes):
    """Languages, rules, tags: each is short, but a column holds several, and escapes are long."""

    async def story(ada: Writer) -> None:
        codes = [f"{a}{b}x-abcdefgh" for a in "ab" for b in "abcdefghij"]
        follow = "/api/v1/accounts/{request}/follow"
        assert (await ada.send("POST", follow, {"languages": codes})).status == 200
        await ada.refused("POST", follow, {"languages": [*codes, "en"]})
        await ada.refused("POST", follow, {"languages": ["x" * 5000]})
        quotes = ['"' * 18 + f"{n:02}" for n in range(20)]
        await ada.refused(
            "POST", "/api/v1/reports", {"account_id": "{request}", "rule_ids": quotes}
        )
        added = await ada.house.app.db.write(
            lambda tx: [add_rule(tx, f"rule {n}") for n in range(20)]
        )
        numbers = [str(id_) for id_ in added]
        report = {"account_id": "{request}", "rule_ids": numbers}
        assert (await ada.send("POST", "/api/v1/reports", report)).status == 200
        for tag in (
            "#" + "x" * 400,
            "#" + "\ufdfa" * 100,
            "#" + "\u0130" * 99,
            "#" + "\ufb03" * 40,
        ):
            assert (await ada.send("POST", "/api/v1/statuses", {"status": tag})).status == 200
        for language in ("x" * 5000, "en" * 100, "en-" + "x" * 40):
            written = await ada.send(
                "POST", "/api/v1/statuses", {"status": "hm", "language": language}
            )
            assert msgspec.json.decode(written.body)["language"] in (None, "en")
            await ada.refused("PATCH", CREDENTIALS, {"source": {"language": language}})

    writes(story)


def test_who_says_too_much_of_himself_gets_in_all_the_same(writes):
    """A browser's name is cut, a language that is none is English; an address has its limits."""

    async def story(ada: Writer) -> None:
        form = {"username": "eve", **NEW, "locale": "x" * 4000}
        made = await ada.send("POST", "/api/v1/accounts", form, alone=True)
        assert made.status == 200
        for email in (
            "x" * 100_000 + "@a.example",
            "x@" + "a" * 300 + ".example",
            "x@" + "a." * 999,
        ):
            body = {"username": "joe", **NEW, "email": email}
            await ada.refused("POST", "/api/v1/accounts", body, alone=True)
        await ada.house.give_password(ada.ada)
        agent = {"user-agent": "x" * 60_000 + "\x01é"}
        sent = await ada.house.form(None, "/auth/sign-in", agent, login="ada", password=PASSWORD)
        assert sent.status == 303, sent.body

    writes(story)
