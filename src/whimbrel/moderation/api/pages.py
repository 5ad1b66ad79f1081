"""What all lists of the staff's have in common: which part is asked for, and the Link header."""

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias, TypeVar

from litestar import Request

from whimbrel.core.app import App
from whimbrel.core.http import Json, Page, Params, link, page_of, window

from ..rules import Window

F = TypeVar("F", bound=Callable[..., Any])
Asked: TypeAlias = Request[Any, Any, Any]
DEFAULT, MOST = 100, 200


def named(name: str, says: str) -> Callable[[F], F]:
    """Give a door that is one of many its own name and sentence, for who reads the description."""

    def name_it(door: F) -> F:
        door.__name__, door.__doc__ = name, says
        return door

    return name_it


def page_and_window(params: Params) -> tuple[Page, Window]:
    """The page that is asked for."""
    page = page_of(params, DEFAULT, MOST)
    low, high, ascending = window(page)
    return page, Window(low, high, page.limit, ascending)


def listed(app: App, request: Asked, page: Page, entities: Sequence[dict[str, Any]]) -> Json:
    """A page of entities, whose ids are the cursors, with its Link."""
    at = link(
        app.instance.origin,
        request.scope["path"],
        request.scope["query_string"],
        page,
        int(entities[0]["id"]) if entities else None,
        int(entities[-1]["id"]) if entities else None,
        more=len(entities) == page.limit,
    )
    return Json(list(entities), headers={"link": at} if at else None)
