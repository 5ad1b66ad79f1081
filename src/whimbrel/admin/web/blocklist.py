"""Lists of servers that are kept away, as files: taken along, looked at, brought in."""

from typing import Any

from litestar import get, post
from litestar.di import NamedDependency
from litestar.response import Response

from whimbrel.accounts.rules import Viewer
from whimbrel.core.db import Db
from whimbrel.core.errors import Invalid
from whimbrel.core.http import Params, Scope
from whimbrel.core.tx import Tx
from whimbrel.core.words import say
from whimbrel.moderation import blocklist

from .around import Context, act, page, staff, wrong
from .federation import BLOCKS, NEEDS, PATH, show_blocks


@get(f"{BLOCKS}.csv", opt=staff(NEEDS))
async def take(db: NamedDependency[Db], viewer: NamedDependency[Viewer]) -> Response[str]:
    """All that are kept away."""
    headers = {"content-disposition": 'attachment; filename="domain_blocks.csv"'}
    content = await db.read(blocklist.write, viewer, slow=True)
    return Response(content, headers=headers, media_type="text/csv; charset=utf-8")


@post(f"{PATH}/import", status_code=200, opt=staff(NEEDS))
async def preview(
    viewer: NamedDependency[Viewer], params: NamedDependency[Params], scope: Scope
) -> Response[bytes]:
    """What a file would do. Nothing is done yet."""
    try:
        content = _content(params)
        rows = blocklist.read(content)
    except Invalid as error:
        return await show_blocks(scope, viewer, params, **wrong(params, error))

    def read(tx: Tx) -> Context:
        planned = blocklist.plan(tx, viewer, rows)
        new = [each for each in planned if each.now is None]
        ends = [each for each in new if each.row.severity == "suspend"]
        lost = sum(each.following + each.followers for each in ends)
        return {"planned": planned, "fresh": len(new), "lost": lost}

    given: Context = {"content": content.decode("utf-8-sig"), "path": f"{BLOCKS}/import"}
    return await page(scope, viewer, "admin_import.html", read, slow=True, **given)


def _content(params: Params) -> bytes:
    file = params.upload("data")
    if file is None or file.size > blocklist.LARGEST:
        said = say("choose a file of at most 1 MB")
        raise Invalid(said, {"data": [("ERR_INVALID", said)]})
    return file.path.read_bytes()


@post(f"{PATH}/import/bring", status_code=200, opt=staff(NEEDS))
async def bring(
    viewer: NamedDependency[Viewer], params: NamedDependency[Params], scope: Scope
) -> Response[bytes]:
    """Do it."""

    def done(tx: Tx) -> None:
        blocklist.bring(tx, viewer, blocklist.read(params.text("content").encode()))

    return await act(scope, viewer, params, done, f"{BLOCKS}?done=brought")


ROUTES: list[Any] = [take, preview, bring]
