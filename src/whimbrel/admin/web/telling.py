"""What everybody is told: rules and announcements."""

from functools import partial
from typing import Any

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Response

from whimbrel.accounts.rules import Permission, Viewer
from whimbrel.core.http import Html, Params, Scope
from whimbrel.core.ids import id_of
from whimbrel.core.tx import Tx
from whimbrel.core.words import say
from whimbrel.instance import texts
from whimbrel.instance.rules import ANNOUNCEMENT_CHARS, HINT_CHARS, RULE_CHARS

from .. import told
from .around import Context, act, button, form, page, said, staff

RULES, ANNOUNCEMENTS = "/admin/rules", "/admin/announcements"
NEEDS, ANNOUNCES = Permission.MANAGE_RULES, Permission.MANAGE_ANNOUNCEMENTS
TIMES = ("publish_at", "starts_at", "ends_at")
SAID = {
    "added": say("The rule holds from now on."),
    "changed": say("The rule is worded anew."),
    "up": say("The rule stands higher."),
    "down": say("The rule stands lower."),
    "removed": say("The rule holds no more. Reports that name it still can."),
    "announced": say("It is announced, or will be at its time."),
    "retracted": say("It is taken back."),
}


async def _rules(scope: Scope, viewer: Viewer, _: Params, status: int = 200, **more: Any) -> Html:
    def read(tx: Tx) -> Context:
        return {"rules": texts.rules(tx), "chars": RULE_CHARS, "more": HINT_CHARS}

    given = {"path": RULES, **more}
    return await page(scope, viewer, "admin_rules.html", read, status, **given)


@get(RULES, opt=staff(NEEDS))
async def rules(
    viewer: NamedDependency[Viewer], params: NamedDependency[Params], scope: Scope
) -> Html:
    """The rules in their order, and a form for one more."""
    return await _rules(scope, viewer, params, notice=said(params, SAID))


def _add_rule(tx: Tx, viewer: Viewer, params: Params) -> None:
    told.add_rule(tx, viewer, params.text("text"), params.text("hint"))


async def _rule(scope: Scope, viewer: Viewer, id_: int, status: int = 200, **more: Any) -> Html:
    def read(tx: Tx) -> Context:
        number, rule = told.rule(tx, viewer, id_)
        about = {"number": number, "id": id_, "chars": RULE_CHARS, "more": HINT_CHARS}
        return {"form": {"text": rule.text, "hint": rule.hint}, **about}

    given = {"path": f"{RULES}/{id_}", **more}
    return await page(scope, viewer, "admin_rule.html", read, status, **given)


@get(f"{RULES}/{{id_:str}}", opt=staff(NEEDS))
async def show_rule(viewer: NamedDependency[Viewer], id_: FromPath[str], scope: Scope) -> Html:
    """One of them, to be worded anew or removed. Raises NotFound."""
    return await _rule(scope, viewer, id_of(id_))


@post(f"{RULES}/{{id_:str}}", status_code=200, opt=staff(NEEDS))
async def change_rule(
    viewer: NamedDependency[Viewer],
    params: NamedDependency[Params],
    id_: FromPath[str],
    scope: Scope,
) -> Response[bytes]:
    """Word it anew. Raises NotFound."""

    def changed(tx: Tx) -> None:
        told.change_rule(tx, viewer, id_of(id_), params.text("text"), params.text("hint"))

    again = partial(_rule, scope, viewer, id_of(id_))
    to = f"{RULES}?done=changed"
    return await act(scope, viewer, params, changed, to, again)


@post(
    [f"{RULES}/{{id_:str}}/{verb}" for verb in ("up", "down", "remove")],
    status_code=200,
    opt=staff(NEEDS),
)
async def move_rule(
    viewer: NamedDependency[Viewer],
    params: NamedDependency[Params],
    id_: FromPath[str],
    scope: Scope,
) -> Response[bytes]:
    """Let it stand higher or lower, or hold no more. Raises NotFound."""
    verb = scope["path"].rpartition("/")[2]

    def moved(tx: Tx) -> None:
        if verb == "remove":
            told.remove_rule(tx, viewer, id_of(id_))
        else:
            told.move_rule(tx, viewer, id_of(id_), -1 if verb == "up" else 1)

    done = "removed" if verb == "remove" else verb
    return await act(scope, viewer, params, moved, f"{RULES}?done={done}")


# --- announcements ------------------------------------------------------------------------------


async def _announcements(
    scope: Scope, viewer: Viewer, _: Params, status: int = 200, **more: Any
) -> Html:
    def read(tx: Tx) -> Context:
        return {"found": told.announced(tx, viewer), "now": tx.ms, "chars": ANNOUNCEMENT_CHARS}

    typed = {"all_day": "", **more.pop("form", {})}
    given = {"path": ANNOUNCEMENTS, "form": typed, **more}
    return await page(scope, viewer, "admin_announcements.html", read, status, **given)


@get(ANNOUNCEMENTS, opt=staff(ANNOUNCES))
async def announcements(
    viewer: NamedDependency[Viewer], params: NamedDependency[Params], scope: Scope
) -> Html:
    """All of them, also those that wait and those that are over."""
    return await _announcements(scope, viewer, params, notice=said(params, SAID))


def _announce(tx: Tx, viewer: Viewer, params: Params) -> None:
    times = {name: params.text(name) for name in TIMES}
    told.announce(tx, viewer, params.text("text"), times, all_day=params.flag("all_day"))


ROUTES: list[Any] = [
    *(rules, show_rule, change_rule, move_rule, announcements),
    form(RULES, NEEDS, f"{RULES}?done=added", _add_rule, _rules),
    form(
        ANNOUNCEMENTS,
        ANNOUNCES,
        f"{ANNOUNCEMENTS}?done=announced",
        _announce,
        _announcements,
    ),
    button(
        f"{ANNOUNCEMENTS}/{{id_:str}}/remove",
        ANNOUNCES,
        f"{ANNOUNCEMENTS}?done=retracted",
        told.retract,
    ),
]
