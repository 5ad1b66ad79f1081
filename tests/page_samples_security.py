"""Awkward values for the pages on which people protect and close their accounts."""

from typing import Any

import segno

from whimbrel.accounts.addresses import Kept
from whimbrel.accounts.factors import Shown
from whimbrel.core.pages import trusted
from whimbrel.exit.queries.archives import Archive
from whimbrel.exit.queries.kits import Made
from whimbrel.timelines.queries.carry import Import

LONG = "Supercalifragilisticexpialidocious" * 2
AT = 1795330000000
NOON = "2026-11-22T12:00:00.000Z"
RECEIPT = {
    "id": "117661000000000000",
    "kind": "post",
    "subject_id": "117660000000000000",
    "files": 0,
    "asked_at": "2026-11-22T09:59:00.000Z",
    "unreadable_at": "2026-11-22T09:59:10.000Z",
    "files_kept_until": None,
    "key_copies_until": "2026-11-29T09:59:00.000Z",
}


def every_page(own: dict[str, Any], out: dict[str, Any]) -> dict[str, tuple[str, dict[str, Any]]]:
    """Name of a sample to its template and values."""
    here = {**own, "path": "/settings/security"}
    uri = "otpauth://totp/Saltmarsh:ada%40saltmarsh.example?secret=ABCDEFGHIJKLMNOP"
    picture = trusted(
        segno.make(uri, error="m", micro=False).svg_inline(light="#fff", omitsize=True)
    )
    app = {"picture": picture, "secret": "ABCD EFGH IJKL MNOP " * 2, "uri": uri}
    browser = {"handheld": False, "at": AT, "seen_at": AT}
    sessions = [
        {**browser, "id": "1", "name": "Firefox on Linux"},
        {**browser, "id": "2", "name": LONG, "handheld": True},
    ]
    program = {"website": None, "at": AT}
    apps = [
        {**program, "id": "1", "name": LONG, "scopes": ["read", "write", "push"], "used_at": AT},
        {**program, "id": "2", "name": "toot", "scopes": ["read:lists"], "used_at": None},
    ]
    keys = [
        {"id": "1", "name": "My phone", "at": AT, "used_at": AT},
        {"id": "2", "name": LONG, "at": AT, "used_at": None},
    ]
    bare = {"passkeys": [], "factors": Shown(None, 0), "sessions": sessions[:1], "apps": []}
    full = {"passkeys": keys, "factors": Shown(AT, 2), "sessions": sessions, "apps": apps}
    bare |= {"came": [], "looks": [], "address_days": 90}
    came = [Kept("2001:db8:1111:2222:3333:4444:5555:6666", AT), Kept("203.0.113.0/24", AT)]
    full |= {"came": came, "looks": [AT, AT - 864 * 10**5], "address_days": 90}
    common = {"email": f"{LONG}@mail.example", "current": "1"}
    wrong = {"current_password": "The password is wrong."}
    codes = [f"k3fp-9wxc-2mh{mark}" for mark in "abcdefghjk"]
    name = "settings_security"
    gone = {**own, "path": "/settings/delete", "sealed": None}
    return {
        "security-bare": (f"{name}.html", {**here, **common, **bare}),
        "security-full": (f"{name}.html", {**here, **common, **full, "notice": "Done."}),
        "security-confirm": (
            f"{name}_confirm.html",
            {**here, "has_passkey": True, "next": "/settings", "errors": wrong},
        ),
        "security-password": (f"{name}_password.html", {**here, "others": True, "errors": wrong}),
        "security-email": (f"{name}_email.html", here),
        "security-authenticator": (f"{name}_authenticator.html", {**here, **app}),
        "security-passkey": (f"{name}_passkey.html", here),
        "security-codes": (f"{name}_codes.html", {**here, "codes": codes}),
        "second": (
            "second.html",
            {**out, "form": {"next": "/home"}, "has": {"app": True, "passkey": True}},
        ),
        "second-codes": (
            "second.html",
            {
                **out,
                "form": {"next": ""},
                "has": {"app": False, "passkey": False},
                "error": "The code is wrong, too old or was used already.",
            },
        ),
        "delete-account": (
            "settings_delete.html",
            {**gone, "errors": {"username": "That is not the name."}},
        ),
        "delete-account-kept": ("settings_delete.html", {**gone, "sealed": RECEIPT["asked_at"]}),
        "move": (
            "settings_move.html",
            {
                **own,
                "path": "/settings/move",
                "aliases": ["@ada@old.example", f"@{LONG}@old.example"],
                "moved": f"@{LONG}@new.example",
                "errors": {"target": "That account does not name this one."},
            },
        ),
        "move-bare": (
            "settings_move.html",
            {**own, "path": "/settings/move", "aliases": [], "moved": None},
        ),
        "arrive": (
            "arrive.html",
            {**own, "path": "/authorize_interaction", "uri": f"https://old.example/{LONG}"},
        ),
        "arrive-bare": ("arrive.html", {**own, "path": "/authorize_interaction", "uri": ""}),
        "interact": (
            "interact.html",
            {
                **out,
                "path": "/@ada/1",
                "kind": "post",
                "who": f"{LONG}@far.example",
                "form": {"account": LONG},
                "errors": {"account": "Write it as in @name@server.example."},
            },
        ),
        "interact-person": (
            "interact.html",
            {**out, "path": "/@ada", "kind": "account", "who": "ada@far.example"},
        ),
        "farewell": ("farewell.html", {**out, "receipt": None, "sealed": None}),
        "farewell-receipt": (
            "farewell.html",
            {**out, "receipt": RECEIPT, "sealed": RECEIPT["asked_at"]},
        ),
        "deleted": (
            "settings_deleted.html",
            {
                **own,
                "path": "/settings/deleted",
                "days": 90,
                "receipts": [
                    RECEIPT,
                    {**RECEIPT, "kind": "direct", "files": 2, "unreadable_at": None},
                    {**RECEIPT, "kind": "media", "unreadable_at": None, "files_kept_until": NOON},
                ],
            },
        ),
        "deleted-nothing": (
            "settings_deleted.html",
            {**own, "path": "/settings/deleted", "days": 90, "receipts": []},
        ),
        **_archives({**own, "path": "/settings/archive", "days": 7}),
        **_kits({**own, "path": "/settings/kit", "followers": 12_040}),
    }


def _archives(own: dict[str, Any]) -> dict[str, tuple[str, dict[str, Any]]]:
    """All that is somebody's, as a file; and what was brought in."""
    ready = Archive(1, "ready", AT, AT + 604_800_000, 1_234_567_890, "token")
    brought = [
        Import(117_660_000_000_000_000, "posts", 12_040, 3_500, 12, going=True),
        Import(117_650_000_000_000_000, "posts", 1, 1, 0),
    ]
    wrong = {"archive": "Your archive was made just now.", "data": "This is no archive."}
    made = "settings_archive.html"
    return {
        "archive": (made, {**own, "archive": ready, "brought": brought}),
        "archive-wrong": (made, {**own, "archive": ready, "brought": [], "errors": wrong}),
        "archive-working": (
            made,
            {**own, "archive": ready._replace(state="working"), "brought": []},
        ),
        "archive-failed": (made, {**own, "archive": ready._replace(state="failed"), "brought": []}),
        "archive-none": (made, {**own, "archive": None, "brought": []}),
    }


def _kits(own: dict[str, Any]) -> dict[str, tuple[str, dict[str, Any]]]:
    """The recovery kit, and going on from a server that is gone."""
    made = Made("whimbrel-recovery-" + "A" * 43, 11_999, AT, void=False)
    wrong = {"key": "This is no public recovery key.", "archive": "At most 500 characters."}
    page = "settings_kit.html"
    return {
        "kit": (page, {**own, "kit": made, "notice": "All your kits are worthless now."}),
        "kit-none": (page, {**own, "kit": None}),
        "kit-void": (page, {**own, "kit": made._replace(void=True)}),
        "kit-wrong": (page, {**own, "kit": None, "form": {"key": LONG}, "errors": wrong}),
    }
