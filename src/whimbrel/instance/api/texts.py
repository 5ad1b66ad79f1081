"""Rules, description, privacy policy, terms; and the languages there are."""

from typing import Any

from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromPath

from whimbrel.accounts.auth import access
from whimbrel.core.db import Db
from whimbrel.core.errors import NotFound
from whimbrel.core.http import Json, Params
from whimbrel.core.languages import LANGUAGES
from whimbrel.core.tx import Tx

from .. import serialize, texts
from ..rules import Text

_PUBLIC = access(None)


@get("/api/v1/instance/rules", opt=_PUBLIC)
async def rules(db: NamedDependency[Db]) -> Json:
    """What everybody here keeps to."""
    return Json([serialize.rule(each) for each in await db.read(texts.rules)])


@get("/api/v1/instance/extended_description", opt=_PUBLIC)
async def extended_description(db: NamedDependency[Db]) -> Json:
    """What this place is, at length."""
    return Json(serialize.extended_description(await db.read(texts.one, "description")))


@get("/api/v1/instance/privacy_policy", opt=_PUBLIC)
async def privacy_policy(db: NamedDependency[Db]) -> Json:
    """What is kept of people. Raises NotFound where the operator wrote none."""
    found = await db.read(texts.one, "privacy")
    if found is None:
        raise NotFound
    return Json(serialize.privacy_policy(found))


@get("/api/v1/instance/terms_of_service", opt=_PUBLIC)
async def terms_of_service(db: NamedDependency[Db], params: NamedDependency[Params]) -> Json:
    """The terms in force, or the first to come; `date` may name others, as in the path.

    Raises:
        NotFound: the operator wrote none, or none for that day.
    """
    date = params.text("date")

    def read(tx: Tx) -> dict[str, Any]:
        found = texts.terms_of(tx, date) if date else texts.one(tx, "terms")
        if found is None:
            raise NotFound
        return _terms(tx, found)

    return Json(await db.read(read))


@get("/api/v1/instance/terms_of_service/{date:str}", opt=_PUBLIC)
async def terms_of_a_day(db: NamedDependency[Db], date: FromPath[str]) -> Json:
    """The terms that hold from a day on: 2026-12-31."""
    return Json(await db.read(lambda tx: _terms(tx, texts.terms_of(tx, date))))


def _terms(tx: Tx, terms: Text) -> dict[str, Any]:
    return serialize.terms_of_service(terms, texts.successor(tx, terms), texts.today(tx))


@get("/api/v1/instance/languages", opt=_PUBLIC)
async def languages() -> Json:
    """What a post may be written in."""
    return Json([{"code": code, "name": name} for code, name in LANGUAGES.items()])


@get("/api/v1/instance/translation_languages", opt=_PUBLIC)
async def translation_languages() -> Json:
    """What is translated into what: nothing, for nobody translates here."""
    return Json({})


ROUTES: list[Any] = [
    *(rules, extended_description, privacy_policy, terms_of_service, terms_of_a_day),
    *(languages, translation_languages),
]
