"""Awkward values for the operator's pages: few, for each is looked at eight times."""

from typing import Any

from whimbrel.accounts.addresses import Kept
from whimbrel.admin.queries import Invite, Kind, Peer, Waiting
from whimbrel.admin.room import Files
from whimbrel.admin.rules import ROLE_NAMES, ROLE_WORDS, areas
from whimbrel.core.pages import account_for_page
from whimbrel.core.worker import NEVER, Failing, LaneState
from whimbrel.exit.health import Health, Keeper, Way
from whimbrel.federation.queries.servers import Queue
from whimbrel.federation.servers import Server
from whimbrel.instance.drills import Drill
from whimbrel.instance.rules import Announcement
from whimbrel.moderation.blocklist import Planned, Row
from whimbrel.moderation.queries.decisions import Noted
from whimbrel.moderation.queries.decisions import Row as LogRow

LONG = "Supercalifragilisticexpialidocious" * 2
HOST = f"{LONG.lower()[:60]}.elsewhere.example"
AT = 1795330000000


WAY = Way("preseed", 2, 10, True, AT, AT, False, True, 3, "", 42, 61.0, None, "standby")


def health(**other: Any) -> Health:
    """Of a server whose standby is well, but for what is `other`."""
    found = Health(
        standby=True,
        remote=False,
        rpo=0.7,
        late=False,
        away=False,
        unsafe=2,
        files=12,
        files_since=AT,
        files_late=True,
        keepers=[Keeper(f"{LONG}:7443", AT, True), Keeper("keeper.example:7443", None, True)],
        enough=2,
        well=1,
        drill=Drill(at=AT, ok=True, rpo=0.7, rto=61.0),
        drill_stale=False,
        way=None,
    )
    return found._replace(**other)


def every_page(own: dict[str, Any]) -> dict[str, tuple[str, dict[str, Any]]]:
    """Name of a sample to its template and values."""
    me = {**own["me"], "staff": True, "desk": True, "reports": 12}
    own = {**own, "me": me, "areas": areas("admin"), "older": ""}
    own["rights"] = {"decides": True, "orders": True}
    person = {
        **dict.fromkeys(("confirmed", "approved", "disabled"), True),
        **dict.fromkeys(("silenced", "suspended", "sensitized"), False),
        "id": "77",
        "role": "moderator",
        "ours": True,
        "at": AT,
        "locale": "de",
        "email": f"{LONG}@example.org",
        "invite_request": LONG * 3,
        "account": account_for_page({**me, "note": "", "fields": [], "id": "77"}),
    }
    waits = {**person, "approved": False, "confirmed": False, "role": "user", "disabled": False}
    week = {"days": [0, 1, 4, 0, 9, 2, 3], "total": 19, "before": 1204}
    measures = ("active_users", "new_users", "opened_reports", "resolved_reports")
    versions = [{"key": "whimbrel", "human_key": "Whimbrel", "value": "1.0"}]
    dashboard = {"week": dict.fromkeys(measures, week), "versions": versions}
    noted = [[Noted(AT, 1, "change_role", None, "moderator"), me]]
    log = [LogRow(9, AT, 1, "change_role", "account", 77, LONG, 8)]
    log += [LogRow(8, AT, None, "open", "case", 0, "", None)]
    noted += [[Noted(AT, None, "silence", None, ""), None]]
    rights = dict.fromkeys(("below", "appoints", "suspends", "erases"), True) | {"inviter": "ada"}
    rights |= {"looked": True, "came": [Kept(HOST, AT), Kept("203.0.113.0/24", AT)]}
    finding = dict.fromkeys(("origin", "status", "permissions", "by", "q"), "")
    block = {"id": "4", "domain": HOST, "severity": "suspend", "created_at": AT}
    blank = {"domain": "", "severity": "silence"}
    blank |= dict.fromkeys(("reject_media", "reject_reports", "obfuscate"), "")
    door = {"id": "5", "ip": "2001:db8::/32", "severity": "no_access", "comment": LONG}
    door |= {"created_at": AT, "expires_at": AT}
    trend = {"id": LONG, "review": None, "title": f"#{LONG}", "url": "/x", "words": LONG}
    trends = [{**trend, "people": 4}, {**trend, "review": 1, "id": "b", "title": "b", "people": 1}]
    told = {"starts_at": None, "ends_at": AT, "all_day": False, "published_at": AT, "at": AT}
    told_of = [Announcement(id=1, text=LONG * 3, **told), Announcement(id=2, text="Hi", **told)]
    kept = [{"id": n, "text": LONG, "hint": "Why"} for n in (1, 2, 3)]
    dead = [Failing(9, "media", LONG, 8, NEVER, f"Unavailable: {LONG} at x.py:1")]
    lanes = {"timelines": LaneState(1204, 3, 2, 0), "media": LaneState(0, 0, 0, 1)}
    kinds = [
        Kind("post", "image", 1204, 4 * 10**9),
        Kind("avatar", "image", 3, 9000),
        Kind("copy", "", 9, 500),
    ]
    rows = [
        {
            "key": "smtp",
            "variable": "WHIMBREL_SMTP",
            "value": LONG,
            "words": "To send mail.",
            "place": "file",
        }
    ]
    wrong = {"errors": {"domain": "This is no name.", "text": "A rule is empty."}}
    lies = {"file": f"/{LONG}", "objects": f"/{LONG}/objects", "keyring": f"/{LONG}/keyring.bin"}
    ways = {**lies, "typed": lies}
    pressing = [{"id": "3", "subject": LONG, "due": AT}, {"id": "4", "subject": "", "due": AT}]
    name = "admin"
    return {
        "admin": (
            "admin.html",
            {
                **own,
                **dashboard,
                "path": "/admin",
                "waiting": Waiting(2, 1, 4, 1, "SQLite 3.45"),
                "alarm": {"why": "many", "until": "14:05", "mine": True},
            },
        ),
        "admin-accounts": (
            f"{name}_accounts.html",
            {**own, "path": "/admin/accounts", "form": finding, "people": [waits, person]},
        ),
        "admin-account": (
            f"{name}_account.html",
            {
                **own,
                **rights,
                "path": "/admin/accounts/77",
                "person": {**person, "suspended": True},
                "noted": noted,
                "roles": ROLE_NAMES,
                "chars": 5000,
                "errors": {"type": "Is not included in the list."},
            },
        ),
        "admin-invites": (
            f"{name}_invites.html",
            {
                **own,
                "path": "/admin/invites",
                "invites": [Invite(AT << 16, "ada", "moderator", 2, AT, 1204)],
                "made": f"https://saltmarsh.example/auth/sign-up?invite={LONG}",
                "choices": (1, 0),
                "roles": ROLE_NAMES,
                "form": {"uses": "1", "days": "1", "role": "user"},
                "errors": {"uses": "Too many."},
                "now": AT - 1,
            },
        ),
        "admin-roles": (
            f"{name}_roles.html",
            {
                **own,
                "path": "/admin/roles",
                "staff": [("77", LONG, "lead"), ("78", "ada", "admin")],
                "roles": ROLE_NAMES,
                "words": ROLE_WORDS,
                "form": {"name": LONG, "role": "helper"},
                "errors": {"name": "No."},
            },
        ),
        "admin-log": (
            f"{name}_log.html",
            {**own, "path": "/admin/log", "rows": [(log[0], LONG), (log[1], "")]},
        ),
        "admin-log-none": (f"{name}_log.html", {**own, "path": "/admin/log", "rows": []}),
        "admin-doors": (
            f"{name}_doors.html",
            {
                **own,
                "path": "/admin/doors",
                "doors": [door],
                "form": {"severity": "no_access", "days": "7"},
                "error": "You come from this network yourself.",
            },
        ),
        "admin-federation": (
            f"{name}_federation.html",
            {
                **own,
                "path": "/admin/federation",
                "peers": [Peer(HOST, 1204, 4, "suspend"), Peer("b.example", 1, None, None)],
            },
        ),
        "admin-server": (
            f"{name}_server.html",
            {
                **own,
                "path": f"/admin/federation/servers/{HOST}",
                "server": Server(
                    HOST,
                    1204,
                    12,
                    7,
                    3,
                    1,
                    (Queue(f"https://{HOST}", 80, AT, 4, AT, AT),),
                    AT,
                    LONG,
                    1,
                ),
                "block": None,
                "styles": {1: "RFC 9421"},
            },
        ),
        "admin-import": (
            f"{name}_import.html",
            {
                **own,
                "path": "/admin/federation/blocks/import",
                "planned": [
                    Planned(Row(HOST, "suspend", True, False, LONG), None, 1204, 12, 7),
                    Planned(Row("b.example", "silence", False, False, ""), "suspend", 1, 0, 0),
                ],
                "fresh": 1,
                "lost": 19,
                "content": "#domain,#severity",
            },
        ),
        "admin-blocks": (
            f"{name}_blocks.html",
            {
                **own,
                **wrong,
                "path": "/admin/federation/blocks",
                "blocks": [{**block, "public_comment": LONG}],
                "form": blank,
            },
        ),
        "admin-block": (
            f"{name}_block.html",
            {
                **own,
                "path": "/admin/federation/blocks/4",
                "block": block,
                "form": {**blank, "public_comment": LONG, "obfuscate": True},
            },
        ),
        "admin-allows": (
            f"{name}_allows.html",
            {**own, "path": "/admin/federation/allows", "allows": [block]},
        ),
        "admin-trends": (
            f"{name}_trends.html",
            {**own, "path": "/admin/trends", "found": trends, "kind": "tags", "first": True},
        ),
        "admin-announcements": (
            f"{name}_announcements.html",
            {
                **own,
                "path": "/admin/announcements",
                "found": told_of,
                "now": AT,
                "chars": 5000,
                "form": {"all_day": "", "ends_at": "2099-01-01T00:00"},
                "errors": {"ends_at": "It is over already."},
            },
        ),
        "admin-rules": (
            f"{name}_rules.html",
            {**own, **wrong, "path": "/admin/rules", "rules": kept, "chars": 300, "more": 1000},
        ),
        "admin-rule": (
            f"{name}_rule.html",
            {
                **own,
                "path": "/admin/rules/4",
                "number": 2,
                "id": 4,
                "form": {"text": LONG, "hint": ""},
                "chars": 300,
                "more": 1000,
            },
        ),
        "admin-texts": (
            f"{name}_texts.html",
            {
                **own,
                "path": "/admin/texts/terms",
                "kind": "terms",
                "form": {"text": LONG, "day": "2026-01-01"},
                "errors": {"day": "That is no date."},
                "day": "2026-01-01",
                "days": ["2026-01-01", "2027-01-01"],
                "there": True,
                "chars": 100_000,
            },
        ),
        "admin-emojis-none": (
            f"{name}_emojis.html",
            {**own, "path": "/admin/emojis", "groups": [], "pictures": {}, "chars": 100},
        ),
        "admin-settings": (
            f"{name}_settings.html",
            {**own, "path": "/admin/settings", "rows": rows},
        ),
        "admin-jobs": (
            f"{name}_jobs.html",
            {**own, "path": "/admin/jobs", "lanes": lanes, "found": dead, "dead": True},
        ),
        "admin-exit": (
            f"{name}_exit.html",
            {
                **own,
                "path": "/admin/exit",
                **ways,
                "bucket": "",
                "pressing": pressing,
                "health": health(way=WAY._replace(slack=-2.5), rpo=None),
            },
        ),
        "admin-exit-none": (
            f"{name}_exit.html",
            {
                **own,
                "path": "/admin/exit",
                **ways,
                "bucket": "",
                "pressing": [],
                "health": health(standby=False, keepers=[], well=0, drill=None, drill_stale=True),
            },
        ),
        "admin-exit-well": (
            f"{name}_exit.html",
            {
                **own,
                "path": "/admin/exit",
                **ways,
                "bucket": "s3://bucket",
                "pressing": [],
                "health": health(way=WAY._replace(over=True, failed="posts: 3 rows are missing")),
            },
        ),
        "admin-storage": (
            f"{name}_storage.html",
            {
                **own,
                "path": "/admin/storage",
                "kinds": kinds,
                "media": 10**9,
                "database": 5 * 10**8,
                "disk": Files(None, 4096, 10**10, 10**11),
                "elsewhere": True,
            },
        ),
    }
