"""Awkward values for lists of servers that others keep."""

from typing import Any

from whimbrel.core.words import say
from whimbrel.moderation.blocklist import Row
from whimbrel.moderation.lists.collect import ERRORS
from whimbrel.moderation.lists.drafts import Draft
from whimbrel.moderation.queries.lists import BlockList, Use
from whimbrel.moderation.rules import ServerBlock

LONG = "Supercalifragilisticexpialidocious" * 2
HOST = f"{LONG.lower()[:60]}.elsewhere.example"
AT = 1795330000000


def every_page(staff: dict[str, Any]) -> dict[str, tuple[str, Any]]:
    """Name of a sample to its template and values."""
    path = "/admin/federation/lists"
    given = {**staff, "path": path, "form": {}, "errors": {}, "error": "", "notice": ""}
    lists = [
        BlockList(1, LONG, f"https://{HOST}/{LONG * 3}.csv", 1, 4999, AT),
        BlockList(2, "Tier 1", "https://lists.example/1.csv", 2, 1, AT, "unreadable"),
        BlockList(3, "Tier 2", "https://lists.example/2.csv", 3, 0, None, "unreachable"),
    ]
    row = Row(HOST, "suspend", True, True, LONG * 2)
    now = ServerBlock(id=4, domain=HOST, severity="silence", reject_media=True)
    found = [
        Draft("add", HOST, 1, row, None, 12_345, 1204, 7, 1211, True),
        Draft(
            "add",
            "b.example",
            2,
            Row("b.example", "noop", False, False, ""),
            None,
            0,
            0,
            0,
            0,
            False,
        ),
        Draft("change", f"x{HOST}", 1, row, now, 1, 1, 0, 1, False),
        Draft("lift", f"y{HOST}", 3, None, now, 1, 0, 1, 0, False),
    ]
    some = {
        "lists": lists,
        "names": {each.id: each.name for each in lists},
        "faults": ERRORS,
        "drafts": found,
        "many": 4321,
        "lost": 1212,
        "seen": "0" * 32,
        "uses": [Use(7, 1, AT), Use(6, 100, AT)],
        "excluded": [HOST, "c.example"],
    }
    none = {"lists": [], "drafts": [], "many": 0, "lost": 0, "uses": [], "excluded": []}
    wrong = {
        "errors": {"url": say("The address of a list begins with https://.")},
        "form": {"name": LONG, "url": f"http://{HOST}"},
    }
    return {
        "admin_lists": ("admin_lists.html", {**given, **some}),
        "admin_lists_wrong": ("admin_lists.html", {**given, **some, **wrong}),
        "admin_lists_empty": ("admin_lists.html", {**given, **some, **none}),
        "admin_lists_done": ("admin_lists.html", {**given, **some, "drafts": [], "many": 0}),
    }
