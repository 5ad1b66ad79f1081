"""Deciding about an account: who may, what is done, and that it is written down and told.

The row of the log, the strike and what follows are one transaction: there is no measure without
its record."""

from collections.abc import Iterable
from typing import Any, get_args

import msgspec

from whimbrel.accounts import addresses, credentials, farewell, signup
from whimbrel.accounts.addresses import Kept
from whimbrel.accounts.rules import ROLES, Permission, Viewer, role_of
from whimbrel.core.errors import Forbidden, Invalid, NotFound
from whimbrel.core.ids import id_of
from whimbrel.core.text import tidy
from whimbrel.core.tx import Tx
from whimbrel.core.words import say
from whimbrel.instance.texts import missing_rules

from . import acts, cases, reports, verdicts
from .queries import cases as stored
from .queries import decisions, people
from .queries import reports as filed
from .queries.people import Person
from .rules import LOGGED, OF_MEASURE, Act, Action, Deed, Window, require, require_rank
from .verdicts import Ruling

TEXT_CHARS = 5000
MOST_STAFF = 500  # on the page of roles


class ActionForm(msgspec.Struct, kw_only=True):
    """What an app sends."""

    type: str = ""
    report_id: str = ""
    text: str = ""
    send_email_notification: bool = True


def act(tx: Tx, viewer: Viewer, account: int, form: ActionForm) -> None:
    """Take a measure against an account, and tell its owner.

    Of the reports only the named one is closed by it: what others said is for others to answer.

    Raises:
        Forbidden: the viewer's role may not, or is not above that of the account.
        NotFound: nobody; no such report about them.
        Invalid: an unknown measure, or one that makes no sense for somebody elsewhere.
    Emits: what `standing` and `strikes` do
    Source: Mastodon REST API, POST /api/v1/admin/accounts/:id/action
    """
    person = _about(tx, viewer, account)
    action = _action(form, person)
    text = tidy(form.text)
    if len(text) > TEXT_CHARS:
        raise Invalid(say("Such a text has at most %(most)s characters.", most=TEXT_CHARS))
    report = reports.about(tx, viewer, id_of(form.report_id), account) if form.report_id else None
    case = cases.place(tx, account, "U1", fresh=True) if report is None else report.case
    ruling = Ruling(
        acts=(OF_MEASURE[action],),
        policy=tuple(rule for rule in report.rules if not missing_rules(tx, [rule]))
        if report
        else (),
        facts=text,
        letter=form.send_email_notification,
        report=report.id if report else None,
    )
    verdicts.rule(tx, viewer, stored.one(tx, case), ruling)
    if report is not None and report.resolved_at is None:
        filed.change(tx, reports.resolved(tx, viewer, report, acted=True))
        decisions.add(tx, viewer.id, "resolve", "report", report.id, about=account)
    if not filed.still_open(tx, case):
        verdicts.shut(tx, stored.one(tx, case))


def _action(form: ActionForm, person: Person) -> Action:
    if form.type not in get_args(Action) or (form.type == "disable" and not person.ours):
        said = say("is not included in the list")
        raise Invalid(f"Validation failed: Type {said}", {"type": [("ERR_INCLUSION", said)]})
    known: Any = form.type
    return known  # type: ignore[no-any-return]


def _about(tx: Tx, viewer: Viewer, account: int) -> Person:
    """Somebody the viewer may decide about; one decision after the other."""
    require(viewer, Permission.MANAGE_USERS)
    tx.lock("standing", account)
    person = people.one(tx, account)
    require_rank(viewer, person.role)
    return person


def show(tx: Tx, viewer: Viewer, account: int) -> Person:
    """Somebody as the staff sees them. Raises Forbidden, NotFound."""
    require(viewer, Permission.MANAGE_USERS)
    return people.one(tx, account)


def look(tx: Tx, viewer: Viewer, persons: Iterable[Person]) -> dict[int, list[Kept]]:
    """Where these people came from. It is written down, and they are told that somebody looked.

    Raises:
        Forbidden: the viewer's role may not.
    """
    require(viewer, Permission.MANAGE_USERS)
    found = addresses.of(tx, [person.id for person in persons])
    for account in found.keys() - {viewer.id}:
        decisions.add(tx, viewer.id, "look", "account", account)
        addresses.looked(tx, account)
    return found


# --- taking back --------------------------------------------------------------------------------


def enable(tx: Tx, viewer: Viewer, account: int) -> Person:
    """Let somebody sign in again. Raises Forbidden, NotFound: also where they are not ours."""
    return _back(tx, viewer, account, "freeze")


def unsensitive(tx: Tx, viewer: Viewer, account: int) -> Person:
    """Cover the media of their new posts no more. Raises Forbidden, NotFound."""
    return _back(tx, viewer, account, "cover")


def unsilence(tx: Tx, viewer: Viewer, account: int) -> Person:
    """Let everybody hear of them. Raises Forbidden, NotFound."""
    return _back(tx, viewer, account, "limit")


def unsuspend(tx: Tx, viewer: Viewer, account: int) -> Person:
    """Let them come in and be seen again. Raises Forbidden, NotFound."""
    return _back(tx, viewer, account, "suspend")


def _back(tx: Tx, viewer: Viewer, account: int, act: Act) -> Person:
    """End a measure: decisions that were that alone are taken back by name."""
    person = _about(tx, viewer, account)
    named = [each for each in verdicts.standing_with(tx, account, act) if each.acts == (act,)]
    told = bool(named) and _in_force(person, act)
    for each in named:
        verdicts.take_back(tx, viewer, each.id)
    person = people.one(tx, account)
    if _in_force(person, act) or not told:
        acts.undo(tx, Deed(act, account), person)
        return _noted(tx, viewer, LOGGED[act][1], account)
    return person


def _in_force(person: Person, act: Act) -> bool:
    since = {
        "freeze": person.disabled_at,
        "cover": person.sensitized_at,
        "limit": person.account.silenced_at,
        "suspend": person.account.suspended_at,
    }
    return since[act] is not None


def _noted(tx: Tx, viewer: Viewer, action: str, account: int) -> Person:
    decisions.add(tx, viewer.id, action, "account", account)
    return people.one(tx, account)


def change_role(tx: Tx, viewer: Viewer, account: int, role: str) -> Person:
    """Make somebody one of the staff, or no longer.

    Raises:
        Forbidden: the viewer's role may not, or is not above the role before and the new one.
        NotFound: nobody, or nobody of ours.
        Invalid: no role.
    """
    require(viewer, Permission.MANAGE_ROLES)
    person = _about(tx, viewer, account)
    if not person.ours:
        raise NotFound
    if role not in ROLES:
        said = say("is not included in the list")
        raise Invalid(f"Validation failed: Role {said}", {"role": [("ERR_INCLUSION", said)]})
    require_rank(viewer, role_of(role))
    credentials.change_role(tx, account, role_of(role))
    decisions.add(tx, viewer.id, "change_role", "account", account, detail=role)
    return people.one(tx, account)


def staff(tx: Tx, viewer: Viewer) -> list[Person]:
    """Everybody of the staff. Raises Forbidden."""
    require(viewer, Permission.MANAGE_ROLES)
    everybody = Window(0, (1 << 63) - 1, MOST_STAFF, False)
    return people.page(tx, everybody, {"roles": [role for role in ROLES if role != "user"]})


# --- coming and going ---------------------------------------------------------------------------


def approve(tx: Tx, viewer: Viewer, account: int) -> Person:
    """Let somebody in who waits for it.

    Raises:
        Forbidden: also where they do not wait.
        NotFound: nobody.
    Emits: LetterWanted
    """
    _waiting(_about(tx, viewer, account))
    signup.approve(tx, account)
    return _noted(tx, viewer, "approve", account)


def reject(tx: Tx, viewer: Viewer, account: int) -> Person:
    """Erase somebody who waits to be let in; as they were. Raises and emits: as `erase`."""
    person = _waiting(_about(tx, viewer, account))
    left = farewell.erase(tx, account)
    decisions.add(tx, viewer.id, "reject", "account", account, detail=left.detail)
    return person


def erase(tx: Tx, viewer: Viewer, account: int) -> Person:
    """Erase somebody who is suspended, for good; as they were.

    Raises:
        Forbidden: also where they are not suspended.
        NotFound: nobody, or nobody of ours.
    Emits: as `farewell.erase`
    """
    require(viewer, Permission.DELETE_USER_DATA)
    person = _about(tx, viewer, account)
    if person.account.suspended_at is None:
        raise Forbidden
    left = farewell.erase(tx, account)
    decisions.add(tx, viewer.id, "destroy", "account", account, detail=left.detail)
    return person


def _waiting(person: Person) -> Person:
    if not person.ours or person.approved_at is not None:
        raise Forbidden
    return person
