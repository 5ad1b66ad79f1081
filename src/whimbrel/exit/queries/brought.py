"""Posts that came in an archive: the app that they say they were written with is their import."""

from sqlalchemy import delete, select

from whimbrel.accounts.queries import oauth
from whimbrel.accounts.queries.oauth import App
from whimbrel.accounts.tables import apps
from whimbrel.core.engines import Query
from whimbrel.core.ids import token
from whimbrel.core.tx import Tx
from whimbrel.posts.queries import number
from whimbrel.posts.tables import posts

_THERE = Query(select(apps.c.id).where(apps.c.id == number("which")))
_FORGET = Query(delete(apps).where(apps.c.id == number("which")))
_BETWEEN = Query(
    select(posts.c.id)
    .where(
        posts.c.author == number("account"),
        posts.c.id >= number("first"),
        posts.c.id < number("beyond"),
        posts.c.boost_of.is_(None),
    )
    .order_by(posts.c.id)
    .limit(100)
)
_OF = Query(
    select(posts.c.id)
    .where(posts.c.author == number("account"), posts.c.app == number("which"))
    .order_by(posts.c.id)
    .limit(number("most"))
)


def mark(tx: Tx, import_: int, host: str) -> None:
    """What stands beside the posts of an import, where else the app does."""
    if tx.value(_THERE, which=import_) is None:
        made = App(
            id=import_,
            name=f"{host} (imported)",
            website=f"https://{host}",
            redirects="",
            scopes="",
            client_id=token(),
            secret=token().encode(),  # nobody was ever told what this is the hash of
        )
        oauth.add_app(tx, made)


def unmark(tx: Tx, import_: int) -> None:
    """No post of it is left."""
    tx.run(_FORGET, which=import_)


def at(tx: Tx, account: int, ms: int) -> list[int]:
    """What somebody wrote in this millisecond."""
    rows = tx.rows(_BETWEEN, account=account, first=ms << 16, beyond=(ms + 1) << 16)
    return [row[0] for row in rows]


def of(tx: Tx, account: int, import_: int, most: int) -> list[int]:
    """Some of what an import brought."""
    return [row[0] for row in tx.rows(_OF, account=account, which=import_, most=most)]
