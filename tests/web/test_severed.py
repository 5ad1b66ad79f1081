"""What somebody lost by a block or a decision, on pages: told, looked at, taken along."""

from browsing import Site

import people
from whimbrel.accounts import domains
from whimbrel.accounts.queries import graph
from whimbrel.accounts.queries.graph import Wish
from whimbrel.collections import collect
from whimbrel.collections.collect import Form

PATH = "/severed_relationships"


def test_who_lost_people_finds_out_whom(tell):
    """Nobody remembers forty addresses; and nobody else is to read them."""

    async def story(site: Site) -> None:
        ada, bob = await site.person("ada"), await site.person("bob")
        assert "You have lost nobody" in (await ada.get(PATH)).text

        def meet(tx):
            kit = people.elsewhere(tx, "kit")
            graph.add_follow(tx, ada.viewer.id, kit.id, Wish(reblogs=False, languages="de en"))
            graph.add_follow(tx, kit.id, ada.viewer.id, Wish())
            domains.block(tx, ada.viewer, "far.example")

        await site.app.db.write(meet)
        await site.settle()
        assert f'href="{PATH}"' in (await ada.get("/notifications")).text
        page = (await ada.get(PATH)).text
        assert "You blocked this server. 1 follower, 1 followed." in page
        there = page.split(f'href="{PATH}/')[1].split("/")[0]
        out = await ada.get(f"{PATH}/{there}/following.csv")
        assert out.text == (
            "Account address,Show boosts,Notify on new posts,Languages\n"
            'kit@far.example,false,false,"de, en"\n'
        )
        assert "following-far.example-" in out.headers["content-disposition"]
        came = await ada.get(f"{PATH}/{there}/followers.csv")
        assert came.text == "Account address\nkit@far.example\n"
        for who in (bob, site.visitor()):
            for name in ("following.csv", "followers.csv"):
                assert (await who.get(f"{PATH}/{there}/{name}")).status_code in (303, 404)
        assert (await ada.get(f"{PATH}/{there}/passwords.csv")).status_code == 404

    tell(story)


def test_one_leaves_a_collection_where_one_is_told_of_it(tell):
    """Who uses no app could not take themselves out at all."""

    async def story(site: Site) -> None:
        ada, bob = await site.person("ada"), await site.person("bob")
        form = Form(name="Birders", account_ids=[str(bob.viewer.id)])
        made = await site.app.db.write(collect.create, ada.viewer, form)
        await site.settle()
        page = (await bob.get("/notifications")).text
        assert "put you into a collection" in page and "Birders" in page
        await bob.send("/notifications", f"/collections/{made.id}/leave")
        found = await site.app.db.read(collect.show, ada.viewer, made.id)
        assert found.items == ()

    tell(story)
