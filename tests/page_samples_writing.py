"""Pages on which one writes, and those behind a post's menu: each full, empty, and wrong."""

from typing import Any

import page_samples as made
from whimbrel.core import pages
from whimbrel.core.languages import LANGUAGES

Sample = tuple[str, dict[str, Any]]
LIMITS = {
    "post_chars": 500,
    "media_per_post": 4,
    "alt_chars": 1500,
    "poll_options": 4,
    "poll_option_chars": 50,
    "image_bytes": 16 << 20,
    "video_bytes": 99 << 20,
}


def form(**changes: Any) -> dict[str, Any]:
    """What stands in the form."""
    given = {
        "status": "",
        "spoiler_text": "",
        "sensitive": "",
        "language": "",
        "visibility": "",
        "quote_approval_policy": "",
        "options": [],
        "expires_in": "",
        "multiple": False,
        "hide_totals": False,
        "scheduled_at": "",
        "in_reply_to_id": None,
        "quoted_status_id": None,
        "edits": None,
        "replaces": None,
    }
    return {**given, **changes}


def attached(number: int, **changes: Any) -> dict[str, Any]:
    """A file in the form."""
    given = {"alt": "Fog between hills.", "x": "0", "y": "-0.5", "state": "ready"}
    return {**made.picture(number), **given, **changes}


def composing(own: dict[str, Any]) -> dict[str, Sample]:
    """The form."""
    me = {**own["me"], "source": {"note": "", "privacy": "public"}}
    posts = made.many()
    page = {
        "readers": [],
        "over": "",
        **own,
        "me": me,
        "path": "",
        "reply_to": None,
        "quoted": None,
        "files": [],
        "draft": None,
        "form": form(),
        "thread": [],
        "limits": LIMITS,
        "languages": LANGUAGES,
        "spoken": "en",
        "policy": "public",
        "now": "2026-11-22T09:41",
    }
    files = [
        attached(1),
        attached(2, alt=""),
        attached(3, type="video", preview_url=None, state="working"),
        attached(4, type="audio", preview_url=None, state="failed"),
    ]
    full = form(
        status="Yes",
        spoiler_text=made.LONG,
        options=["tea", made.LONG, "mud", "coffee", "one too many"],
        expires_in="3601",
        multiple=True,
        hide_totals=True,
        language="x-tern",
        scheduled_at="2026-11-23T07:30",
        quoted_status_id=12,
    )
    wrong = {
        "status": "Character limit of 500 exceeded.",
        "files": "Cannot attach more than 4 files.",
        "poll": "A poll has 2 to 4 options.",
        "scheduled_at": "Must be at least five minutes in the future.",
    }
    post = {"here": False, "text": made.LONG * 3, "files": 0, "empty": False}
    thread = [post, {**post, "text": "", "files": 2}, {**post, "here": True, "text": ""}, post]
    edited = form(status="Teh", edits=12, options=["a", "b"], visibility="private")
    return {
        "compose": ("compose.html", page),
        "compose-reply": ("compose.html", {**page, "reply_to": posts[6], "quoted": posts[3]}),
        "compose-wrong": (
            "compose.html",
            {**page, "form": full, "files": files, "errors": wrong, "draft": 7},
        ),
        "compose-thread": ("compose.html", {**page, "thread": thread, "draft": 8}),
        "compose-edit": ("compose.html", {**page, "form": edited, "files": files[:1]}),
    }


def kept(own: dict[str, Any]) -> dict[str, Sample]:
    """Drafts, and posts that wait."""
    draft = {
        "id": "1",
        "at": 1795330000000,
        "text": "Half a th",
        "spoiler": "",
        "posts": 3,
        "files": 2,
        "options": 2,
        "visibility": "",
        "edits": False,
        "scheduled_at": "2026-11-23T07:30",
        "reply": True,
    }
    bare = {
        **draft,
        "id": "2",
        "text": "",
        "posts": 1,
        "files": 0,
        "options": 0,
        "scheduled_at": "",
    }
    long = {**bare, "id": "3", "text": made.LONG * 5, "edits": True}
    params = {"text": "Low tide at ten.", "spoiler_text": "", "visibility": "public", "poll": None}
    one = {
        "id": "1",
        "due": 1795430000000,
        "over": False,
        "typed": "2026-11-23T07:30",
        "params": params,
        "media_attachments": [made.picture(1), made.picture(2, preview_url=None)],
    }
    asks = {"options": ["tea", made.LONG]}
    late = {**params, "text": made.LONG * 3, "spoiler_text": "Tea", "poll": asks}
    over = {**one, "id": "2", "over": True, "params": late, "media_attachments": []}
    waiting = {**own, "waiting": [over, one], "now": "2026-11-22T09:41", "path": "/scheduled"}
    wrong = {"errors": {"1": "Must be in the future."}, "form": {"at": "2020-01-01T00:00"}}
    return {
        "drafts": ("drafts.html", {**own, "drafts": [draft, bare, long], "path": "/drafts"}),
        "drafts-empty": ("drafts.html", {**own, "drafts": []}),
        "scheduled": ("scheduled.html", waiting),
        "scheduled-wrong": ("scheduled.html", {**waiting, **wrong}),
        "scheduled-empty": ("scheduled.html", {**waiting, "waiting": []}),
    }


def behind_the_menu(own: dict[str, Any]) -> dict[str, Sample]:
    """Pages about one post."""
    me = {**own["me"], "source": {"note": "", "privacy": "public"}}
    post = made.many()[0]
    far = pages.status_for_page(made.status(4, account=made.account(4)))
    page = {**own, "me": me, "status": post, "path": "/home#p-11"}
    versions = [{**each, "poll": None} for each in (made.many()[4], made.many()[5])]
    versions.append({**made.many()[2], "poll": made.poll()})
    rules = [{"id": "1", "text": "No threats.", "hint": "Not as a joke."}]
    rules.append({"id": "2", "text": made.LONG, "hint": ""})
    report = {
        **page,
        "status": far,
        "account": far["account"],
        "rules": rules,
        "chars": 1000,
        "sent": False,
    }
    wrong = {
        "form": {"category": "violation", "comment": "Hm", "rules": ["2"], "forward": True},
        "errors": {"category": "Choose one.", "comment": "Is too long."},
    }
    return {
        "delete": ("delete.html", page),
        "boost": ("boost.html", page),
        "link": ("link.html", page),
        "history": ("history.html", {**page, "versions": versions}),
        "report": ("report.html", report),
        "report-wrong": ("report.html", {**report, **wrong}),
        "report-bare": (
            "report.html",
            {**report, "status": post, "account": post["account"], "rules": []},
        ),
        "report-somebody": ("report.html", {**report, "status": None}),
        "reported": ("report.html", {**report, "sent": True}),
    }


def every_page(own: dict[str, Any]) -> dict[str, Sample]:
    """As in `page_samples`; `own` is what the house takes."""
    return {**composing(own), **kept(own), **behind_the_menu(own)}
