"""What is one's own, to take along or to go on with: the pages."""

from typing import Any

from . import archive, kit

ROUTES: list[Any] = [*archive.ROUTES, *kit.ROUTES]
