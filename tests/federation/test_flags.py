"""Reports cross the border: without the name of who reported, and only about what is there."""

from pathlib import Path

import browsing
import met
from far import PEERS, far, send
from sqlalchemy import select
from test_outgoing import one, told, uri

from whimbrel.accounts.rules import Viewer
from whimbrel.core.tx import Tx
from whimbrel.moderation.queries import reports as filed
from whimbrel.moderation.report import ReportForm, report
from whimbrel.moderation.tables import blocked_servers, reports
from whimbrel.posts.publish import publish
from whimbrel.posts.rules import Draft, Visibility


def test_a_report_is_told_there_and_not_who_reported(tx: Tx, ada: Viewer, bob: Viewer):
    """Eve must not learn that it was Ada; and nobody is told of what was not to be passed on."""
    eve = met.somebody(tx, "https://far.example/users/eve")
    post, name = met.post(tx, eve)
    about = {"account_id": str(eve.id), "status_ids": [str(post)], "comment": "Spam"}
    report(tx, ada, ReportForm(**about))
    report(tx, ada, ReportForm(account_id=str(bob.id), forward=True))
    assert told(tx) == []
    report(tx, ada, ReportForm(**about, forward=True))
    said, where = one(tx)
    assert (said["type"], said["content"]) == ("Flag", "Spam")
    assert said["object"] == ["https://far.example/users/eve", name]
    assert said["actor"] == f"{tx.instance.origin}/actor"
    assert where == ["https://far.example/users/eve/inbox"]
    assert uri(tx, ada) not in str(said)


async def test_a_report_from_elsewhere_is_seen_by_moderators(tmp_path: Path, database: str):
    """Who is bothered by one of ours can say so; what their server cannot have seen stays unseen,
    and servers that only make noise are not heard."""
    async with browsing.site(tmp_path, database, **PEERS) as site, far() as peer:
        ada, bob = await site.person("ada"), await site.person("bob")
        me, other = (f"{browsing.ORIGIN}/ap/users/{who.viewer.id}" for who in (ada, bob))

        def write(tx: Tx) -> list[int]:
            levels = (Visibility.PUBLIC, Visibility.PRIVATE, Visibility.DIRECT)
            drafts = [Draft(text="x", visibility=level) for level in levels]
            return [publish(tx, ada.viewer, draft).id for draft in drafts]

        posts = await site.app.db.write(write)
        about = [me, *(f"{me}/statuses/{post}" for post in posts), f"{peer.eve}/notes/1"]
        await send(site, peer.act("Flag", about, content="<p>She is rude</p>"))
        await send(site, peer.act("Flag", [me, other], 2, content="both"))
        await send(site, peer.act("Flag", [peer.eve], 3, content="herself"))
        found = await site.app.db.read(lambda tx: tx.rows(select(reports.c.id)))
        assert len(found) == 1
        made = await site.app.db.read(filed.one, found[0][0])
        assert (made.target, made.comment, made.posts) == (
            ada.viewer.id,
            "She is rude",
            (posts[0],),
        )
        row = {"id": 1, "domain": "127.0.0.1", "severity": "noop", "slot": 0}

        def quiet(tx: Tx) -> None:
            tx.run(blocked_servers.insert().values(**row, reject_reports=True))

        await site.app.db.write(quiet)
        await send(site, peer.act("Flag", [me], 4, content="again"))
        assert len(await site.app.db.read(lambda tx: tx.rows(select(reports.c.id)))) == 1
