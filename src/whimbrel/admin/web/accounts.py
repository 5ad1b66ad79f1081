"""Accounts: finding them, one of them, and what is decided about it.

Every decision is one of `moderation.decide`, which asks who may and writes it down."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import msgspec
from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Response

from whimbrel.accounts import queries as people
from whimbrel.accounts.addresses import Kept
from whimbrel.accounts.rules import Permission, Viewer, outranks, permitted
from whimbrel.core.app import of
from whimbrel.core.http import Html, Params, Scope, page_of, window
from whimbrel.core.ids import id_of
from whimbrel.core.pages import account_for_page
from whimbrel.core.tx import Tx
from whimbrel.core.words import Said, say
from whimbrel.moderation import decide, desk, eyes, finding
from whimbrel.moderation.queries import decisions
from whimbrel.moderation.queries.people import Person
from whimbrel.moderation.rules import Window

from ..rules import ROLE_NAMES
from .around import PAGE, Context, act, back, older, page, said, staff

PATH = "/admin/accounts"
NEEDS = Permission.MANAGE_USERS
HISTORY = 50
BY = ("username", "display_name", "email", "by_domain")
TOGETHER = ("origin", "status", "permissions")
SAID: Mapping[str, Said] = {
    "approve": say("They are let in. A letter tells them."),
    "reject": say("The request is refused, and what they had written down is erased."),
    "none": say("The warning is with them."),
    "sensitive": say("From now on their pictures are covered."),
    "disable": say("They are signed out and cannot sign in."),
    "silence": say("The account is limited: only who follows it hears of it."),
    "suspend": say("The account is suspended: nobody sees it, and it cannot sign in."),
    "enable": say("They can sign in again."),
    "unsensitive": say("Their new pictures are shown as those of others are."),
    "unsilence": say("The account is no longer limited."),
    "unsuspend": say("The account is back."),
    "change_role": say("The role is changed."),
    "destroy": say("The account is being erased."),
}


def _shown(tx: Tx, person: Person) -> Context:
    told = desk.person(tx.instance, person)
    account = account_for_page(msgspec.json.decode(told["account"]))
    return {
        **told,
        "account": account,
        "at": person.account.at,
        "role": person.role,
        "ours": person.ours,
    }


# --- finding ------------------------------------------------------------------------------------


def _wanted(params: Params) -> finding.Wanted:
    """Whom to find. The one field is compared with what `by` says; nothing said: ours."""
    wanted = {name: params.text(name) for name in TOGETHER}
    by = params.text("by")
    if by in BY and params.text("q"):
        wanted[by] = params.text("q").strip()
    wanted["origin"] = wanted["origin"] or ("" if by == "by_domain" else "local")
    if wanted["origin"] == "all":
        wanted["origin"] = ""
    return Params(wanted).to(finding.Wanted)


@get(PATH, opt=staff(NEEDS))
async def listing(
    viewer: NamedDependency[Viewer], params: NamedDependency[Params], scope: Scope
) -> Html:
    """Who fits, the youngest account first."""
    asked = page_of(params, PAGE, PAGE)
    wanted = _wanted(params)

    def read(tx: Tx) -> Context:
        low, high, up = window(asked)
        found = finding.find(tx, viewer, wanted, Window(low, high, asked.limit, up))
        return {
            "people": [_shown(tx, each) for each in found],
            "older": older(scope, asked, [each.id for each in found]),
        }

    form = {name: params.text(name) for name in (*TOGETHER, "by", "q")}
    given: Context = {"form": form, "notice": said(params, SAID)}
    return await page(scope, viewer, "admin_accounts.html", read, slow=True, **given)


# --- one of them --------------------------------------------------------------------------------


async def _one(scope: Scope, viewer: Viewer, id_: int, status: int = 200, **more: Any) -> Html:
    def read(tx: Tx) -> Context:
        person = decide.show(tx, viewer, id_)
        noted = []
        if permitted(viewer.role, Permission.VIEW_AUDIT_LOG):
            noted = decisions.newest(tx, "account", id_, HISTORY)
        others = {each.by for each in noted if each.by} | {person.invited_by or 0}
        known = people.by_ids(tx, others - {0})
        inviter = known.get(person.invited_by or 0)
        return {
            "person": _shown(tx, person),
            "noted": [(each, known.get(each.by or 0)) for each in noted],
            "inviter": inviter.acct if inviter else "",
            "below": outranks(viewer.role, person.role) and person.id != viewer.id,
            "appoints": permitted(viewer.role, Permission.MANAGE_ROLES) and person.ours,
            "suspends": permitted(viewer.role, Permission.SUSPEND),
            "erases": permitted(viewer.role, Permission.DELETE_USER_DATA) and person.ours,
            "chars": decide.TEXT_CHARS,
            "roles": ROLE_NAMES,
            "came": [],
            "looked": False,
        }

    given = {"path": f"{PATH}/{id_}", **more}
    return await page(scope, viewer, "admin_account.html", read, status, **given)


@get(f"{PATH}/{{id_:str}}", opt=staff(NEEDS))
async def show(
    viewer: NamedDependency[Viewer],
    params: NamedDependency[Params],
    id_: FromPath[str],
    scope: Scope,
) -> Html:
    """Somebody, what was decided about them, and what can be. Raises NotFound."""
    return await _one(scope, viewer, id_of(id_), notice=said(params, SAID))


@post(f"{PATH}/{{id_:str}}/addresses", status_code=200, opt=staff(NEEDS))
async def look(
    viewer: NamedDependency[Viewer], id_: FromPath[str], scope: Scope
) -> Response[bytes]:
    """The same page with where they came from. Raises NotFound."""
    account = id_of(id_)

    def looked(tx: Tx) -> list[Kept]:
        return decide.look(tx, viewer, [decide.show(tx, viewer, account)]).get(account, [])

    came = await of(scope).db.write(looked)
    return await _one(scope, viewer, account, came=came, looked=True)


@post(f"{PATH}/{{id_:str}}/action", status_code=200, opt=staff(NEEDS))
async def measure(
    viewer: NamedDependency[Viewer],
    params: NamedDependency[Params],
    id_: FromPath[str],
    scope: Scope,
) -> Response[bytes]:
    """Take a measure. Raises NotFound."""
    account = id_of(id_)

    def measured(tx: Tx) -> eyes.Outcome:
        form = decide.ActionForm(
            type=params.text("type"),
            text=params.text("text"),
            send_email_notification=params.flag("letter"),
        )
        return eyes.through(tx, viewer, eyes.Measure(account, form))

    again = partial(_one, scope, viewer, account)
    to = back(params, f"{PATH}/{account}", params.text("type")[:20])
    grave = f"{PATH}/{account}" if params.text("type") in GRAVE else ""
    return await act(scope, viewer, params, measured, to, again, grave=grave)


@post(f"{PATH}/{{id_:str}}/role", status_code=200, opt=staff(Permission.MANAGE_ROLES))
async def role(
    viewer: NamedDependency[Viewer],
    params: NamedDependency[Params],
    id_: FromPath[str],
    scope: Scope,
) -> Response[bytes]:
    """Make somebody one of the staff, or no longer. Raises NotFound, Forbidden, Invalid."""

    def changed(tx: Tx) -> eyes.Outcome:
        return eyes.through(tx, viewer, eyes.Appoint(id_of(id_), params.text("role")))

    at = f"{PATH}/{id_of(id_)}"
    to = back(params, at, "change_role")
    return await act(scope, viewer, params, changed, to, grave=at)


GRAVE = ("suspend", "disable")  # measures that take a password or passkey shown just now
DECISIONS: dict[str, Callable[[Tx, Viewer, int], Person]] = {
    "approve": decide.approve,
    "enable": decide.enable,
    "unsilence": decide.unsilence,
    "unsuspend": decide.unsuspend,
    "unsensitive": decide.unsensitive,
}


@post(
    [f"{PATH}/{{id_:str}}/{verb}" for verb in (*DECISIONS, "reject")],
    status_code=200,
    opt=staff(NEEDS),
)
async def press(
    viewer: NamedDependency[Viewer],
    params: NamedDependency[Params],
    id_: FromPath[str],
    scope: Scope,
) -> Response[bytes]:
    """One of `DECISIONS`, or `reject`; the last part of the path says which.

    Raises:
        NotFound: nobody.
        Forbidden: it makes no sense, or the viewer is not above them.
    """
    verb = scope["path"].rpartition("/")[2]

    def decided(tx: Tx) -> Any:
        return DECISIONS.get(verb, decide.reject)(tx, viewer, id_of(id_))

    at = f"{PATH}/{id_of(id_)}"
    to = back(params, at, verb) if verb in DECISIONS else f"{PATH}?done={verb}"
    return await act(scope, viewer, params, decided, to)


@post(f"{PATH}/{{id_:str}}/destroy", status_code=200, opt=staff(Permission.DELETE_USER_DATA))
async def destroy(
    viewer: NamedDependency[Viewer],
    params: NamedDependency[Params],
    id_: FromPath[str],
    scope: Scope,
) -> Response[bytes]:
    """Erase somebody who is suspended. Raises NotFound, Forbidden: as `press`."""

    def destroyed(tx: Tx) -> eyes.Outcome:
        return eyes.through(tx, viewer, eyes.Erase(id_of(id_)))

    to, at = f"{PATH}?done=destroy", f"{PATH}/{id_of(id_)}"
    return await act(scope, viewer, params, destroyed, to, grave=at)


ROUTES: list[Any] = [listing, show, look, measure, role, press, destroy]
