"""The room's pages: Explore, what is known of a tag, whom and what somebody shows on their profile,
and the columns beside other pages."""

from typing import Any

from . import beside, explore

ROUTES: list[Any] = [*explore.ROUTES, *beside.ROUTES]
