"""What can be said of a route: what it takes, and what it answers.

Handlers answer with bytes that were made ready long before, so that nothing could be read off their
types. What is said here is held against what they do by `tests/app/test_openapi.py`."""

from typing import Annotated, Any, TypeAlias

import msgspec
from msgspec import Meta

JSON = "application/json"

Id: TypeAlias = Annotated[str, Meta(pattern="^[0-9]{1,19}$")]
Time: TypeAlias = Annotated[
    str, Meta(pattern=r"^\d{4,5}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$", description="UTC")
]
Day: TypeAlias = Annotated[str, Meta(pattern=r"^\d{4,5}-\d{2}-\d{2}$")]
Url: TypeAlias = Annotated[str, Meta(pattern="^https?://")]
Html: TypeAlias = Annotated[str, Meta(description="HTML that is safe to show")]
Count: TypeAlias = Annotated[int, Meta(ge=0)]
CountText: TypeAlias = Annotated[str, Meta(pattern="^[0-9]+$", description="A number as text")]
Upload: TypeAlias = Annotated[str, Meta(extra_json_schema={"format": "binary"})]


class Entity(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Base of what is answered: no key but these, and each one there unless it may be UNSET."""


class Form(msgspec.Struct, kw_only=True, omit_defaults=True):
    """Base of what is sent: what is not known is ignored."""


class Paged(Form, kw_only=True):
    """Which part of a list; the Link header leads on."""

    max_id: str | None = None
    since_id: str | None = None
    min_id: str | None = None
    limit: int | None = None


class Offset(Form, kw_only=True):
    """Which part of a list that has no cursors."""

    offset: int | None = None
    limit: int | None = None


class Ids(Form, kw_only=True):
    """Several things by their ids."""

    id: tuple[str, ...] = ()


class Empty(Entity):
    """Nothing to say: it is done."""


class Described(msgspec.Struct, frozen=True, kw_only=True):
    """What is said of a route."""

    answer: Any  # the type of the JSON, or None where it is no JSON
    query: type | None = None
    body: type | None = None
    statuses: tuple[int, ...] = (200,)
    kind: str = JSON  # the content type of the answer


Table: TypeAlias = dict[str, Described]  # by "GET /api/v1/accounts/{id}"


def says(
    answer: Any,
    *,
    query: type | None = None,
    body: type | None = None,
    statuses: tuple[int, ...] = (200,),
    kind: str = JSON,
) -> Described:
    """A line of a table."""
    return Described(answer=answer, query=query, body=body, statuses=statuses, kind=kind)
