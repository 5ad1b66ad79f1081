"""The pages there are, and which role sees which."""

from typing import NamedTuple

from whimbrel.accounts.rules import Permission, Role, permitted
from whimbrel.core.words import Said, say


class Area(NamedTuple):
    """A page in the list of them. `group`: those of one stand together."""

    path: str
    symbol: str
    name: Said
    words: Said
    needs: Permission
    group: int


HOME = "/admin"
AREAS = (
    Area(
        HOME,
        "chart",
        say("Dashboard"),
        say("What waits for you, and how the week was."),
        Permission.VIEW_DASHBOARD,
        0,
    ),
    # The moderation desk has its place here.
    Area(
        f"{HOME}/accounts",
        "users",
        say("Accounts"),
        say("Who is here, who waits, who is kept out."),
        Permission.MANAGE_USERS,
        0,
    ),
    # The way out of here has its place at the end of the last group.
)


def areas(role: Role) -> list[Area]:
    """The pages that this role may see."""
    return [area for area in AREAS if permitted(role, area.needs)]
