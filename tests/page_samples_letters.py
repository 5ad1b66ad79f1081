"""Awkward values for letters of hosts, for evidence that is kept, and for what is counted."""

from typing import Any

from whimbrel.core.words import NAMES
from whimbrel.instance.drills import Drill
from whimbrel.moderation.board import KINDS
from whimbrel.moderation.letters.standing import Standing
from whimbrel.moderation.queries.complaints import Candidate, Order
from whimbrel.moderation.queries.replies import Kept, Reply
from whimbrel.moderation.queries.vault import Opening
from whimbrel.moderation.transparency.tally import OfClass, OfPractice, OfRule, Tally

LONG = "Supercalifragilisticexpialidocious" * 2
AT = 1795330000000
ADDRESS = f"https://social.example/@{LONG}/117676965888028838"


def _letter(**more: Any) -> dict[str, Any]:
    return {
        "id": "31",
        "source": "host",
        "state": "open",
        "received": AT,
        "due": AT + 7_200_000,
        "confirmed": False,
        "answered": None,
        "sender": f"abuse@{LONG.lower()[:50]}.example",
        "subject": LONG * 2,
        "left": 178,
        "part": 37,
        "tone": "soon",
        "half_gone": True,
        "all": 1052,
        "done": 38,
        "missing": 5,
        **more,
    }


def _item(**more: Any) -> dict[str, Any]:
    return {
        "number": 1,
        "kind": "link",
        "written": ADDRESS,
        "acct": LONG,
        "post": "1",
        "case": "9",
        "state": "waiting",
        "acts": (),
        "at": None,
        "automated": False,
        "statement": None,
        "answer": "",
        **more,
    }


def every_page(
    staff: dict[str, Any], own: dict[str, Any], out: dict[str, Any]
) -> dict[str, tuple[str, dict[str, Any]]]:
    """Name of a sample to its template and values."""
    letters = [
        _letter(),
        _letter(id="30", source="authority", left=-9, part=0, tone="late", subject=""),
        _letter(id="29", state="reading", confirmed=True, half_gone=False, missing=0),
    ]
    hosts = [Standing(f"{LONG.lower()[:60]}.example", 2, 12, 9_000_000, AT)]
    hosts += [Standing("host.example", 0, 0, None, 0, 72)]
    listed = {**staff, "path": "/admin/letters", "which": "", "older": "", "form": {}, "errors": {}}
    items = [
        _item(),
        _item(number=2, kind="quote", state="done", acts=("hide", "limit"), at=AT),
        _item(number=3, kind="picture", written="1", state="missing", acct=None, case=None)
        | {"likes": [{"acct": LONG, "post": 7, "address": ADDRESS, "distance": 18}]},
        _item(number=4, state="gone", acct=None),
        _item(number=5, state="answered", case=None, answer=LONG * 3),
        _item(number=6, kind="part", state="done", acct=None),
    ]
    order = Order(authority=LONG, reference=LONG, issued="yesterday", ground=LONG)
    whole = _letter(
        form="mail",
        name=LONG,
        reference=LONG,
        text=LONG * 9,
        cut=True,
        unread=(LONG,),
        candidates=(Candidate(AT + 7_200_000, LONG), Candidate(AT + 9_200_000, "by noon")),
        confirmed_by=None,
        confirmed_at=None,
        order=Order(),
        country="",
        silent_until=None,
    )
    reply = Reply(to=f"abuse@{LONG.lower()[:50]}.example", subject=LONG, text=LONG * 9, data="{}")
    replies = [
        Kept(7 << 32, 31, "extension", 1, 2, AT, AT, reply),
        Kept(8 << 32, 31, "answer", 1, None, None, None, reply),
    ]
    letter = {
        **staff,
        "path": "/admin/letters/31",
        "letter": whole,
        "items": items,
        "replies": replies,
        "state": "",
        "tongues": NAMES,
        "form": {},
        "errors": {},
    }
    ordered = {**whole, "source": "authority", "order": order, "country": "IE"}
    ordered |= {"silent_until": AT, "confirmed": True, "confirmed_by": LONG, "confirmed_at": AT}
    wrong = {"address": "No.", "at": "No.", "authority": "No.", "words": "No.", "until": "No."}
    vault = {**staff, "path": "/admin/vault", "own": 1, "alone": False, "form": {}, "errors": {}}
    asked = [
        Opening(5 << 32, 9, 2, LONG * 3, "asked", None, None),
        Opening(4 << 32, 9, 1, "The police", "agreed", 2, AT),
        Opening(3 << 32, 9, 2, "The police", "refused", 2, AT),
    ]
    one = OfClass(
        received=1204,
        act_by=3_600_000,
        first_look_median=60_000,
        first_look_p95=None,
        action_median=7_200_000,
        action_p95=400_000_000,
        in_time=99,
        automated="<5",
        open=0,
        oldest=None,
    )
    tally = Tally(
        at=AT,
        classes=dict.fromkeys(KINDS, one),
        received=1320,
        decided=1312,
        in_time=99,
        letters=12,
        letter_reply_median=6_000_000,
        orders=7,
        order_countries=2,
        orders_by_country={"IE": 6},
        rules=[
            OfRule(name=LONG, mode="act", since=AT, hits=1204),
            OfRule(name="coins", mode="queue", since=AT, hits="<5"),
        ],
        practice=OfPractice(at=AT, answered_after=192_000),
    )
    counted = {
        "path": "/transparency",
        "drill": Drill(at=AT, ok=True, rpo=1.5, rto=240.0),
        "tally": tally,
        "kinds": KINDS,
        "days": [(AT - n * 86_400_000, count) for n, count in enumerate((41, "<5", 0))],
        "most": 41,
    }
    failed = Drill(at=AT, ok=False, rpo=None, rto=9.0)
    nothing = {"tally": None, "days": [], "drill": failed}
    return {
        "letters": ("admin_letters.html", {**listed, "letters": letters, "hosts": hosts}),
        "letters-none": (
            "admin_letters.html",
            {**listed, "letters": [], "hosts": [], "error": "The letter is empty."}
            | {"form": {"source": "authority", "text": LONG}, "errors": {"authority": "Who?"}},
        ),
        "letters-closed": (
            "admin_letters.html",
            {**listed, "which": "closed", "hosts": []}
            | {"letters": [_letter(state="closed", answered=AT)]},
        ),
        "letter": ("admin_letter.html", letter),
        "letter-order": (
            "admin_letter.html",
            {**letter, "letter": ordered, "errors": wrong, "error": "No.", "state": "missing"},
        ),
        "letter-reading": (
            "admin_letter.html",
            {**letter, "letter": {**whole, "state": "reading"}, "items": [], "replies": []},
        ),
        "letter-closed": ("admin_letter.html", {**letter, "letter": {**whole, "state": "closed"}}),
        "vault": (
            "admin_vault.html",
            {**vault, "kept": [(9, "V1", 3, AT), (8, "L0", 1, AT)], "openings": asked},
        ),
        "vault-none": ("admin_vault.html", {**vault, "kept": [], "openings": []}),
        "transparency": ("transparency.html", {**out, **counted}),
        "transparency-none": ("transparency.html", {**own, **counted, **nothing}),
    }
