"""Servers that the staff keeps out, or does not let in: nothing comes from there, nothing is asked
of them, and nothing goes there."""

from pathlib import Path

import browsing
import met
import pytest
from far import PEERS, far, send
from test_deliver import carry, count, taken

from whimbrel.accounts.rules import Viewer
from whimbrel.core.fetch import Refused
from whimbrel.federation import abroad, people
from whimbrel.moderation import servers
from whimbrel.moderation.servers import BlockForm


async def test_only_who_is_let_in_is_spoken_with(tmp_path: Path, database: str):
    """A school that speaks with two others must not be found by the whole world."""
    async with (
        browsing.site(tmp_path, database, **PEERS, limited_federation=True) as site,
        far() as peer,
        far("127.0.0.2") as other,
    ):
        peer.documents["/inbox"] = other.documents["/inbox"] = 202
        ada = await site.person("ada", role="admin")
        row = {"id": 1, "domain": "127.0.0.1"}
        await site.app.db.write(lambda tx: servers.queries.add_allow(tx, *row.values()))
        me = f"{browsing.ORIGIN}/ap/users/{ada.viewer.id}"
        assert (await send(site, peer.act("Follow", me))).status_code == 202
        assert (await send(site, other.act("Follow", me))).status_code == 403
        assert await people.found(site.app, peer.eve) is not None
        assert await people.found(site.app, other.eve) is None
        with pytest.raises(Refused):
            await abroad.read(site.app, other.eve)
        await site.app.db.write(met.follower, f"{other.origin}/users/joe", ada.viewer)
        await ada.write("hello")
        await carry(site)
        assert {said["type"] for said in taken(peer)} == {"Accept", "Create"}
        assert other.asked == []
        shown = await ada.get("/api/v2/instance")
        assert shown.json()["configuration"]["limited_federation"] is True


async def test_what_waits_for_a_server_goes_nowhere_once_it_is_kept_out(
    tmp_path: Path, database: str
):
    """It is away, is suspended, and comes back: what Ada wrote meanwhile is not for it."""
    async with browsing.site(tmp_path, database, **PEERS) as site, far() as peer:
        peer.documents["/inbox"] = 503
        ada = await site.person("ada", role="admin")
        await site.app.db.write(met.follower, f"{peer.origin}/users/joe", ada.viewer)
        await ada.write("hello")
        await carry(site)
        assert await count(site) == 1
        staff = Viewer(account=ada.viewer.id, role="admin")
        form = BlockForm(domain="0.0.1", severity="suspend")
        await site.app.db.write(servers.add_block, staff, form)
        await site.settle()
        assert await count(site) == 0
