"""Working on reports: listed, taken on, sorted, closed and opened again. What is done about the
account they are about is decided in `decide`."""

from contextlib import suppress
from typing import Any, get_args

import msgspec

from whimbrel.accounts.rules import Permission, Viewer
from whimbrel.core.errors import Conflict, Forbidden, Invalid, NotFound
from whimbrel.core.tx import Tx
from whimbrel.instance.texts import missing_rules

from . import cases, verdicts
from .queries import cases as stored
from .queries import decisions
from .queries import reports as queries
from .queries import verdicts as decided
from .rules import Category, Report, Window, class_of, require


class ReportChange(msgspec.Struct, kw_only=True):
    """What an app sends; what is left out stays as it is."""

    category: str | None = None
    rule_ids: list[str] | None = None


def page(tx: Tx, viewer: Viewer, window: Window, filters: dict[str, Any]) -> list[Report]:
    """A page of reports; `filters` as `queries.reports.page`. Raises Forbidden.

    Source: Mastodon REST API, GET /api/v1/admin/reports
    """
    require(viewer, Permission.MANAGE_REPORTS)
    return queries.page(tx, window, filters)


def named_page(
    tx: Tx, viewer: Viewer, window: Window, filters: dict[str, Any]
) -> list[queries.Named]:
    """The same with names, as our own page shows them. Raises Forbidden."""
    require(viewer, Permission.MANAGE_REPORTS)
    return queries.named_page(tx, window, filters)


def show(tx: Tx, viewer: Viewer, report: int) -> Report:
    """One of them. Raises Forbidden, NotFound."""
    require(viewer, Permission.MANAGE_REPORTS)
    return queries.one(tx, report)


def about(tx: Tx, viewer: Viewer, report: int, account: int) -> Report:
    """The report, if it is about this account. Raises Forbidden, NotFound."""
    found = _taken_up(tx, viewer, report)
    if found.target != account:
        raise NotFound
    return found


def change(tx: Tx, viewer: Viewer, report: int, form: ReportChange) -> Report:
    """Sort a report elsewhere.

    Raises:
        Forbidden, NotFound.
        Invalid: no such category or rule.
    Source: Mastodon REST API, PUT /api/v1/admin/reports/:id
    """
    old = _taken_up(tx, viewer, report)
    rules = old.rules if form.rule_ids is None else tuple(dict.fromkeys(form.rule_ids))
    category: Any = form.category or old.category
    if category not in get_args(Category):
        raise Invalid("Validation failed: Category is not included in the list")
    if category != "violation":
        rules = ()
    if form.rule_ids and missing_rules(tx, rules):
        raise Invalid("Validation failed: Rules are not ones of this server")
    new = msgspec.structs.replace(old, category=category, rules=rules)
    return _written(tx, viewer, "update", _sorted(tx, new))


def _sorted(tx: Tx, report: Report) -> Report:
    """The report in a case of its class; that is due when the old one was, at the latest."""
    case = stored.one(tx, report.case)
    klass = class_of(report.source, report.category)
    if case.klass == klass or case.state != "open" or report.resolved_at is not None:
        return report
    place = cases.place(
        tx, report.target, klass, report.posts, at_most=case.due, split_from=case.id
    )
    stored.move_report(tx, report.id, place)
    if not queries.of_cases(tx, [case.id]):
        stored.close(tx, case.id, into=place)
    return msgspec.structs.replace(report, case=place)


def assign(tx: Tx, viewer: Viewer, report: int) -> Report:
    """The viewer takes it on, and its case with it where nobody has that. Raises Forbidden,
    NotFound."""
    new = msgspec.structs.replace(_taken_up(tx, viewer, report), assigned=viewer.id)
    with suppress(Conflict, Forbidden):
        cases.claim(tx, viewer, new.case)
    return _written(tx, viewer, "assign_to_self", new)


def unassign(tx: Tx, viewer: Viewer, report: int) -> Report:
    """Nobody works on it any more. Raises Forbidden, NotFound."""
    new = msgspec.structs.replace(_taken_up(tx, viewer, report), assigned=None)
    cases.release(tx, viewer, new.case)
    return _written(tx, viewer, "unassign", new)


def resolve(tx: Tx, viewer: Viewer, report: int) -> Report:
    """It is dealt with; its case as well, where nothing else in it is open: set aside, unless
    something was decided. Raises Forbidden, NotFound."""
    old = _taken_up(tx, viewer, report)
    acted = any(each.acts != ("none",) for each in decided.of_cases(tx, [old.case]))
    new = _written(tx, viewer, "resolve", resolved(tx, viewer, old, acted=acted))
    case = stored.one(tx, new.case)
    if case.state in ("open", "paused") and not queries.still_open(tx, case.id):
        if not acted:
            verdicts.rule(tx, viewer, case, verdicts.Ruling())
        verdicts.shut(tx, case)
    return new


def reopen(tx: Tx, viewer: Viewer, report: int) -> Report:
    """It is not: it has a case again, and where the old one is closed a new one with its own
    clock. Raises Forbidden, NotFound."""
    old = _taken_up(tx, viewer, report)
    new = msgspec.structs.replace(old, resolved_at=None, resolved_by=None, acted=None)
    new = _written(tx, viewer, "reopen", new)
    case = stored.one(tx, old.case)
    if case.state not in ("open", "paused"):
        again = cases.place(tx, old.target, case.klass, old.posts, split_from=case.id)
        stored.move_report(tx, report, again)
        new = msgspec.structs.replace(new, case=again)
    return new


def resolved(tx: Tx, viewer: Viewer, report: Report, *, acted: bool) -> Report:
    """The report as the viewer closes it now; not written yet."""
    return msgspec.structs.replace(report, resolved_at=tx.ms, resolved_by=viewer.id, acted=acted)


def _taken_up(tx: Tx, viewer: Viewer, report: int) -> Report:
    """The report, for nobody else to change meanwhile."""
    require(viewer, Permission.MANAGE_REPORTS)
    tx.lock("report", report)
    found = queries.one(tx, report)
    if found.case:
        return found
    return msgspec.structs.replace(found, case=cases.adopt_one(tx, found))


def _written(tx: Tx, viewer: Viewer, action: str, report: Report) -> Report:
    queries.change(tx, report)
    decisions.add(tx, viewer.id, action, "report", report.id, about=report.target)
    return msgspec.structs.replace(report, updated_at=tx.ms)
