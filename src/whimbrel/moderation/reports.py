"""Working on reports: listed, taken on, sorted, closed and opened again. What is done about the
account they are about is decided in `decide`."""

from typing import Any, get_args

import msgspec

from whimbrel.accounts.rules import Permission, Viewer
from whimbrel.core.errors import Invalid, NotFound
from whimbrel.core.tx import Tx
from whimbrel.instance.texts import missing_rules

from .queries import decisions
from .queries import reports as queries
from .rules import Category, Report, Window, require


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
    return _written(tx, viewer, "update", new)


def assign(tx: Tx, viewer: Viewer, report: int) -> Report:
    """The viewer takes it on. Raises Forbidden, NotFound."""
    new = msgspec.structs.replace(_taken_up(tx, viewer, report), assigned=viewer.id)
    return _written(tx, viewer, "assign_to_self", new)


def unassign(tx: Tx, viewer: Viewer, report: int) -> Report:
    """Nobody works on it any more. Raises Forbidden, NotFound."""
    new = msgspec.structs.replace(_taken_up(tx, viewer, report), assigned=None)
    return _written(tx, viewer, "unassign", new)


def resolve(tx: Tx, viewer: Viewer, report: int) -> Report:
    """It is dealt with. Raises Forbidden, NotFound."""
    new = resolved(tx, viewer, _taken_up(tx, viewer, report))
    return _written(tx, viewer, "resolve", new)


def reopen(tx: Tx, viewer: Viewer, report: int) -> Report:
    """It is not. Raises Forbidden, NotFound."""
    old = _taken_up(tx, viewer, report)
    new = msgspec.structs.replace(old, resolved_at=None, resolved_by=None)
    return _written(tx, viewer, "reopen", new)


def resolved(tx: Tx, viewer: Viewer, report: Report) -> Report:
    """The report as the viewer closes it now; not written yet."""
    return msgspec.structs.replace(report, resolved_at=tx.ms, resolved_by=viewer.id)


def _taken_up(tx: Tx, viewer: Viewer, report: int) -> Report:
    """The report, for nobody else to change meanwhile."""
    require(viewer, Permission.MANAGE_REPORTS)
    tx.lock("report", report)
    return queries.one(tx, report)


def _written(tx: Tx, viewer: Viewer, action: str, report: Report) -> Report:
    queries.change(tx, report)
    decisions.add(tx, viewer.id, action, "report", report.id)
    return msgspec.structs.replace(report, updated_at=tx.ms)
