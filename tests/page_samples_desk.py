"""Awkward values for the desk, for who reports, and for who is told of a decision."""

from typing import Any

import page_samples_letters
import page_samples_lists
import page_samples_watch
from whimbrel.admin.rules import ROLE_NAMES, areas
from whimbrel.core.pages import account_for_page
from whimbrel.core.words import say
from whimbrel.moderation.queries.bulk import Progress
from whimbrel.moderation.queries.habits import Habits
from whimbrel.moderation.queries.hashes import Hit
from whimbrel.moderation.queries.practices import Practice
from whimbrel.moderation.queries.verdicts import Appeal
from whimbrel.moderation.rules import ACTS, Sender
from whimbrel.moderation.transparency.dsa import categories, category_of
from whimbrel.posts.rules import LABELS

LONG = "Supercalifragilisticexpialidocious" * 2
AT = 1795330000000
NOON = "2026-11-22T12:00:00.000Z"


def tried(ended_at: int | None, answered_at: int | None) -> dict[str, Any]:
    """A practice call."""
    return {"practice": Practice(AT << 16, AT, ended_at, answered_at, None), "secret": "x"}


def _case(**more: Any) -> dict[str, Any]:
    return {
        "id": "9",
        "klass": "V1",
        "kind": say("Threat to life"),
        "state": "open",
        "status": None,
        "acct": LONG,
        "received": AT,
        "due": AT + 3_600_000,
        "left": 12,
        "part": 18,
        "tone": "late",
        "closed": AT,
        "holder": LONG,
        "mine": False,
        "lease": 9,
        "reports": 1234,
        "posts": 3,
        "takes": 6,
        "spare": 6,
        "mine_not": False,
        **more,
    }


def every_page(own: dict[str, Any], out: dict[str, Any]) -> dict[str, tuple[str, dict[str, Any]]]:
    """Name of a sample to its template and values."""
    me = {**own["me"], "staff": True, "desk": True, "reports": 12}
    staff = {**own, "areas": areas("admin"), "me": me}
    staff["rights"] = {"decides": True, "orders": True}
    face = account_for_page({**own["me"], "note": "", "fields": [], "id": "77"})
    file = {"id": "3", "description": LONG, "blurhash": "L6PZfSi_.AyE_3t7t7R*", "url": "/media/x/y"}
    post = {"id": "1", "account": face, "content": f"<p>{LONG * 5}</p>", "created_at": NOON}
    bare_file = {"id": "4", "description": None, "blurhash": None, "url": None}
    post |= {"media_attachments": [file, bare_file]}
    gone = {"acct": None, "holder": None, "klass": "U1", "kind": say("Against the rules")}
    rows = [
        _case(status=post),
        _case(**gone, id="8", left=-90, part=0, spare=-95, status={**post, "content": ""}),
        _case(id="7", klass="D1", left=900, part=40, tone="soon", mine=True, spare=0),
        _case(id="6", klass="A1", left=9000, part=90, tone="", holder=None, mine_not=True),
    ]
    report = {"id": "5", "at": AT, "source": "notice", "category": "legal", "comment": LONG * 4}
    sender = Sender(name=LONG, email=f"{LONG}@example.org")
    report |= {"acct": None, "sender": sender, "open": True, "posts": 1, "by": None, "record": None}
    bare = {**report, "id": "4", "source": "user", "comment": "", "acct": LONG, "sender": None}
    bare |= {"by": "78", "record": 7}
    cluster = {"trait": "6", "common": say("The same picture"), "size": 1234, "due": AT}
    told = {"id": "3", "at": AT, "by": LONG, "undoes": False, "undone": False, "text": LONG * 5}
    told |= {"acts": ("hide", "suspend")}
    whole = {
        **staff,
        "path": "/admin/reports/9",
        "case": _case(
            target="77",
            first_look=AT,
            into=None,
            split_from=None,
            appeal=None,
            raises=["L0", "V1"],
            count=2,
        ),
        "reports": [report, bare],
        "statuses": [post, {**post, "id": "2", "content": ""}],
        "known": [Hit(7, LONG, 18, False), Hit(8, None, 3, True)],
        "history": [told, {**told, "id": "2", "undone": True}, {**told, "id": "1", "by": None}],
        "claims": [(LONG, AT, AT), (None, AT, None)],
        "beside": [{"id": "7", "kind": say("Spam"), "due": AT}],
        "rules": [("1", LONG)],
        "categories": categories(),
        "category": category_of("V1"),
        "chars": 5000,
        "preview": "",
        "labels": LABELS,
        "can": ACTS,
        "alike": [{**cluster, "status": post}],
        "waits": 1,
        "notes": [{"at": AT, "by": LONG, "text": LONG * 4}, {"at": AT, "by": None, "text": ""}],
        "snooze": 30,
        "habits": Habits(),
        "tired": True,
    }
    work = {"path": "/admin/reports/habits", "habits": Habits(hidden=("V1",)), "heavy": 1234}
    work |= {"kinds": [("V1", say("Threat to life")), ("S1", say("Spam"))], "form": {}}
    seen = {**staff, "path": "/admin/reports/look/3", "id": "3", "case": 9, "alt": LONG * 5}
    seen |= {"files": "/admin/reports/media", "still": "small", "kind": "image", "step": "grey"}
    typed = {"acts": ["hide"], "posts": ["1"], "ground": "1", "facts": LONG, "sent": True}
    wrong = {"facts": "Say why.", "acts": "Choose one.", "posts": "Choose one."}
    against = {**whole["case"], "appeal": LONG * 4, "klass": "A1", "raises": []}
    appeal = Appeal(1, 2, 77, 9, LONG * 4, "overturn", 3, AT)
    receipt = {"id": "5", "category": "spam", "comment": LONG, "at": NOON, "acct": LONG}
    receipt |= {"posts": 2, "state": "open", "due": NOON, "closed": ""}
    done = {**receipt, "id": "4", "state": "acted", "closed": NOON, "acct": None, "posts": 0}
    notice = {"path": "/notice", "form": {}, "errors": {}, "chars": 2000}
    statement = {
        "path": "/statements/3",
        "key": "3",
        "language": "en",
        "text": LONG * 5,
        "at": NOON,
        "appeal": None,
        "answered": "",
        "open": True,
        "until": NOON,
        "chars": 2000,
    }
    desk = {**staff, "path": "/admin/reports", "which": "", "older": "", "sought": ""}
    desk |= {"letter": None, "tried": None}
    call = {"kind": "Threat to life", "due": NOON, "late": False, "secret": "x", "practice": None}
    first = {"id": "3", "left": 178, "due": AT}
    return {
        **page_samples_letters.every_page(staff, own, out),
        **page_samples_watch.every_page(staff, post),
        **page_samples_lists.every_page(staff),
        "desk": ("admin_reports.html", {**desk, "cases": rows, "letter": first, "tried": "nobody"}),
        "desk-stale": ("admin_reports.html", {**desk, "cases": rows, "tried": 12}),
        "desk-habits": ("admin_habits.html", {**staff, **work, "errors": {"hidden": "Leave one."}}),
        "desk-look": ("admin_look.html", seen),
        "desk-look-film": ("admin_look.html", {**seen, "kind": "video", "step": "colour"}),
        "desk-none": ("admin_reports.html", {**desk, "cases": [], "which": "paused"}),
        "desk-closed": ("admin_reports.html", {**desk, "cases": rows, "which": "closed"}),
        "desk-case": ("admin_case.html", {**whole, "preview": LONG * 3}),
        "desk-case-wrong": (
            "admin_case.html",
            {**whole, "form": typed, "errors": wrong, "error": "No.", "statuses": [post]},
        ),
        "desk-case-appeal": (
            "admin_case.html",
            {**whole, "case": against, "beside": [], "habits": Habits(text_only=True)},
        ),
        "desk-case-closed": (
            "admin_case.html",
            {**whole, "case": {**whole["case"], "state": "merged", "into": 7}, "statuses": []},
        ),
        **_many(staff, rows, {**cluster, "status": post}),
        "call": ("call.html", {**out, "path": "/calls/x", **call}),
        "call-practice": ("call.html", {**out, "path": "/calls/x", **tried(None, None)}),
        "call-practice-answered": ("call.html", {**own, "path": "/calls/x", **tried(AT, AT)}),
        "call-practice-over": ("call.html", {**out, "path": "/calls/x", **tried(AT, None)}),
        "call-late": ("call.html", {**own, "path": "/calls/x", **call, "late": True}),
        "notice": ("notice.html", {**out, **notice}),
        "notice-wrong": (
            "notice.html",
            {**out, **notice, "errors": {"about": "No.", "kind": "No.", "honest": "No."}}
            | {"form": {"about": LONG, "kind": "intimate", "comment": LONG}, "error": "No."},
        ),
        "notice-sent": ("notice_sent.html", {**out, "path": "/notice/x", "receipt": receipt}),
        "settings-reports": (
            "settings_reports.html",
            {**own, "path": "/settings/reports", "receipts": [receipt, done], "older": ""},
        ),
        "statements": (
            "statements.html",
            {**own, "path": "/statements", "statements": [{"id": "3", "at": NOON, "text": LONG}]}
            | {"older": ""},
        ),
        "statement": ("statement.html", {**out, **statement}),
        "statement-appealed": (
            "statement.html",
            {**own, **statement, "appeal": appeal, "answered": NOON, "open": False},
        ),
    }


def _many(
    staff: dict[str, Any], rows: list[dict[str, Any]], cluster: dict[str, Any]
) -> dict[str, tuple[str, dict[str, Any]]]:
    """What is alike, what is done of many at once, and what waits for a second person."""
    at = "/admin/reports"
    alike = {**staff, "path": f"{at}/alike/6", "trait": "6", "common": cluster["common"]}
    alike |= {"cases": rows, "can": ACTS, "rules": [("1", LONG)], "labels": LABELS, "chars": 5000}
    alike["categories"] = categories()
    alike |= {"form": {}, "errors": {}, "error": ""}
    waits = {"id": "4", "at": AT, "why": say("It concerns many cases."), "by": LONG, "mine": False}
    waits |= {"about": LONG, "case": 9, "due": AT, "acts": ACTS, "facts": LONG * 5, "many": 0}
    waits |= {"domain": "", "role": "", "agrees": True}
    mine = {**waits, "id": "5", "mine": True, "by": None, "about": None, "due": None, "facts": ""}
    waiting = [waits, mine, {**mine, "id": "6", "many": 1234}, {**mine, "id": "7", "role": LONG}]
    waiting.append({**mine, "id": "8", "domain": f"{LONG}.example", "case": None})
    bulk = {**staff, "path": f"{at}/bulks/3", "minutes": 9, "progress": Progress(1234, 60, 50)}
    bulk |= {"bulk": {"id": "3", "kind": "decide", "undone": None}}
    undone = {"bulk": {"id": "3", "kind": "aside", "undone": AT}, "progress": Progress(9, 9, 0)}
    return {
        "desk-alike": (
            "admin_clusters.html",
            {**staff, "path": f"{at}/alike", "clusters": [cluster, {**cluster, "status": None}]},
        ),
        "desk-alike-none": (
            "admin_clusters.html",
            {**staff, "path": f"{at}/alike", "clusters": []},
        ),
        "desk-cluster": ("admin_cluster.html", alike),
        "desk-cluster-wrong": (
            "admin_cluster.html",
            alike
            | {"form": {"acts": ["hide"], "cases": ["9"], "sent": True, "facts": LONG}}
            | {"errors": {"acts": "Choose one.", "facts": "Say why."}, "error": "No."},
        ),
        "desk-cluster-none": ("admin_cluster.html", {**alike, "cases": []}),
        "desk-bulk": ("admin_bulk.html", bulk),
        "desk-bulk-undone": ("admin_bulk.html", {**bulk, **undone, "minutes": 0}),
        "desk-waiting": (
            "admin_waiting.html",
            {**staff, "path": f"{at}/waiting", "waiting": waiting, "roles": ROLE_NAMES},
        ),
        "desk-waiting-none": (
            "admin_waiting.html",
            {**staff, "path": f"{at}/waiting", "waiting": [], "roles": ROLE_NAMES},
        ),
    }
