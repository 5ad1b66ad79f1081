"""Who may say what is shown to everybody."""

from whimbrel.accounts.rules import Permission, Viewer, permitted
from whimbrel.core.errors import Forbidden


def require(viewer: Viewer) -> None:
    """Raises Forbidden: the viewer's role may not."""
    if not permitted(viewer.role, Permission.MANAGE_TAXONOMIES):
        raise Forbidden
