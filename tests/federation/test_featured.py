"""What stands on top of a profile, told to others and read from them."""

from pathlib import Path

import browsing
import met
from far import PEERS, far, send
from test_outgoing import FAR, one, told, uri

from whimbrel.accounts.rules import Viewer
from whimbrel.core.tx import Tx
from whimbrel.discovery import tags
from whimbrel.federation import keys, people
from whimbrel.federation.pairs import make
from whimbrel.federation.reading import AS
from whimbrel.posts import marks
from whimbrel.posts.publish import publish
from whimbrel.posts.queries import acts
from whimbrel.posts.rules import Draft, Visibility


def test_pins_are_told_to_followers(tx: Tx, ada: Viewer):
    """They see elsewhere what Ada wants to be seen first, and no private post."""
    first = publish(tx, ada, Draft(text="hello"))
    marks.pin(tx, ada, first.id)
    met.follower(tx, f"{FAR}/users/eve", ada)
    keys.keep(tx, ada.id, make())
    marks.unpin(tx, ada, first.id)
    said, where = [each for each in told(tx) if each[0]["type"] != "Create"][-1]
    assert (said["type"], where) == ("Remove", [f"{FAR}/inbox"])
    assert said["object"] == f"{uri(tx, ada)}/statuses/{first.id}"
    assert said["target"] == f"{uri(tx, ada)}/collections/featured"
    marks.pin(tx, ada, first.id)
    assert one(tx)[0]["type"] == "Add"
    private = publish(tx, ada, Draft(text="psst", visibility=Visibility.PRIVATE))
    told(tx)
    marks.pin(tx, ada, private.id)
    assert told(tx) == []
    tags.feature(tx, ada, "birds")
    assert one(tx)[0]["type"] == "Update"  # whoever hears it reads her tags anew


async def test_pins_from_elsewhere_are_read_and_kept(tmp_path: Path, database: str):
    """Who is first met is shown with what they put on top; of others' posts, nothing."""
    async with (
        browsing.site(tmp_path, database, **PEERS) as site,
        far() as peer,
        far("127.0.0.2") as other,
    ):
        there = f"{peer.eve}/featured"
        peer.person(featured=there, featuredTags=f"{peer.eve}/tags")
        one, two = peer.note("1"), peer.note("2", content="<p>two</p>")
        foreign = other.note("3")
        forged = {**peer.note("4"), "attributedTo": other.eve}
        items = [
            one,
            two["id"],
            foreign["id"],
            forged,
            peer.note("5", to=[f"{peer.eve}/followers"]),
        ]
        kind = {"@context": AS, "type": "OrderedCollection"}
        peer.documents["/users/eve/featured"] = {**kind, "id": there, "orderedItems": items}
        tag = {"type": "Hashtag", "name": "#Birds", "href": f"{peer.origin}/tags/birds"}
        listed = {**kind, "id": f"{peer.eve}/tags", "type": "Collection", "items": [tag]}
        peer.documents["/users/eve/tags"] = listed
        eve = await people.found(site.app, peer.eve)
        await site.settle()

        async def shown() -> list[str]:
            def read(tx: Tx) -> list[str]:
                ids = acts.pinned(tx, eve)
                return [str(acts.subject(tx, Viewer(account=eve), each).id) for each in ids]

            return await site.app.db.read(read)

        ada = await site.person("ada")
        page = (await ada.get(f"/@eve@127.0.0.1:{peer.port}")).text
        assert len(await shown()) == 2
        assert "Hello" in page and "two" in page

        async def tagged() -> list[str]:
            def read(tx: Tx) -> list[str]:
                return [each.name for each in tags.featured_by(tx, ada.viewer, eve)]

            return await site.app.db.read(read)

        assert await tagged() == ["birds"]
        await send(site, peer.act("Remove", two["id"], target=f"{peer.eve}/others"))
        await send(site, {**other.act("Remove", two["id"], target=there)})
        assert len(await shown()) == 2
        await send(site, peer.act("Remove", two["id"], 2, target=there))
        assert len(await shown()) == 1
        await send(site, peer.act("Add", two["id"], target=there))
        await send(site, peer.act("Add", foreign["id"], 2, target=there))
        assert len(await shown()) == 2
        await send(site, peer.act("Remove", tag, 3, target=there))
        assert await tagged() == []
