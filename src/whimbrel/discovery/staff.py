"""Who may say what is shown to everybody."""

from whimbrel.accounts.events import StaffActed
from whimbrel.accounts.rules import Permission, Viewer, permitted
from whimbrel.core.errors import Forbidden
from whimbrel.core.tx import Tx


def require(viewer: Viewer) -> None:
    """Raises Forbidden: the viewer's role may not."""
    if not permitted(viewer.role, Permission.MANAGE_TAXONOMIES):
        raise Forbidden


def noted(tx: Tx, viewer: Viewer, kind: str, target: int, *, shown: bool | None = None) -> None:
    """Have it written down what was decided.

    Args:
        kind: what `target` is an id of: tag, status, link, site.
        shown: whether it may be shown where trends are; None = something else was said of it.
    Emits: StaffActed
    """
    action = "update" if shown is None else "approve" if shown else "reject"
    if viewer.account is not None:  # nobody's acts are the demo's
        by = viewer.account
        tx.emit(StaffActed(at=tx.ms, by=by, action=action, kind=kind, target=target))
