"""Awkward values for rules that watch new posts."""

from typing import Any

import msgspec

from whimbrel.admin.web.automation import LANGUAGE
from whimbrel.core.words import say
from whimbrel.moderation.automation.book import Trial
from whimbrel.moderation.queries.automation import Judged, Rule

LONG = "Supercalifragilisticexpialidocious" * 2
AT = 1795330000000


def every_page(staff: dict[str, Any], post: dict[str, Any]) -> dict[str, tuple[str, Any]]:
    """Name of a sample to its template and values."""
    at = "/admin/automation"
    rule = Rule(
        id=9,
        name=LONG,
        source=f'words("{LONG}") and age < 24',
        why=LONG * 3,
        act="hide",
        mode="act",
        since=AT,
        by=1,
        hits=12_345,
    )
    fallen = msgspec.structs.replace(rule, id=8, mode="shadow", fell=True, hits=1)
    none = {"trial": None, "form": {}, "errors": {}, "error": "", "notice": ""}
    given = {**staff, **LANGUAGE, **none, "path": at}
    typed = {"form": msgspec.structs.asdict(rule)}
    hits = [{"id": str(n), "right": right, "status": post} for n, right in enumerate((None, 1, 0))]
    trial = {"trial": Trial(5000, 1234, (1,)), "days": 7, "would": [post, post]}
    one = {**given, **typed, "path": f"{at}/9", "watch": rule, "judged": Judged(50, 49)}
    wrong = {"source": say("“%(part)s” is no part of this language.", part=LONG), "act": LONG}
    return {
        "admin_automation": ("admin_automation.html", {**given, "watches": [rule, fallen]}),
        "admin_automation_empty": ("admin_automation.html", {**given, "watches": []}),
        "admin_automation_tried": (
            "admin_automation.html",
            {**given, **typed, **trial, "watches": [rule], "errors": wrong},
        ),
        "admin_watch": ("admin_watch.html", {**one, "sample": hits}),
        "admin_watch_fallen": (
            "admin_watch.html",
            {**one, **trial, "watch": fallen, "judged": Judged(0, 0), "sample": []},
        ),
    }
