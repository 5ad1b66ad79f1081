"""Moving: who follows somebody goes along once, and only where both accounts say so."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import browsing
import met
import pytest
from far import PEERS, Far, far, send
from test_outgoing import FAR, told, uri

from whimbrel.accounts import block, follow, moving, mute, note, tokens
from whimbrel.accounts.events import MoveSlice, ProfileChanged
from whimbrel.accounts.queries import graph
from whimbrel.accounts.queries import moving as stored
from whimbrel.accounts.rules import Viewer
from whimbrel.core.errors import Forbidden, Invalid
from whimbrel.core.tx import Tx
from whimbrel.federation import keys, people
from whimbrel.federation.pairs import make
from whimbrel.federation.web.moving import PATH
from whimbrel.posts import boost, marks, poll, schedule
from whimbrel.posts.publish import publish
from whimbrel.posts.rules import Draft, Mark, PollDraft
from whimbrel.timelines import lists
from whimbrel.timelines.lists import ListForm


def carried(tx: Tx) -> None:
    """What goes along has gone."""
    while slices := [each for each in tx.emitted if isinstance(each, MoveSlice)]:
        tx.emitted[:] = [each for each in tx.emitted if not isinstance(each, MoveSlice)]
        for event in slices:
            moving.carry(tx, event)


def test_what_stood_with_the_old_account_stands_with_the_new(tx: Tx, ada: Viewer, bob: Viewer):
    """Bob must not lose Eve, nor have her back whom he muted; his notes and lists go on."""
    old, new = (met.somebody(tx, f"{FAR}/users/{name}") for name in ("eve", "eve2"))
    graph.add_follow(tx, bob.id, old.id, graph.Wish(reblogs=False, languages="de"))
    mine = lists.create(tx, bob, ListForm(title="Birds"))
    lists.add(tx, bob, int(mine.id), [old.id])
    mute.mute(tx, bob, old.id, notifications=False)
    note.write(tx, bob, old.id, "from school")
    block.block(tx, ada, old.id)
    moving.move(tx, old.id, new.id)
    carried(tx)
    wish = graph.standing(tx, bob.id, new.id).request
    assert wish is not None
    assert (wish.reblogs, wish.languages) == (False, "de")
    assert graph.standing(tx, bob.id, old.id).follow is None
    assert graph.standing(tx, ada.id, new.id).blocked
    assert stored.mute(tx, bob.id, new.id) == (False, None)
    assert stored.note(tx, bob.id, new.id) is not None
    assert [each.id for each in lists.holding(tx, bob, new.id)] == [mine.id]
    with pytest.raises(Invalid):
        moving.move(tx, old.id, ada.id)  # not twice in a month


def test_followers_elsewhere_are_told_where_ada_went(tx: Tx, ada: Viewer, bob: Viewer):
    """First that her profile says so, then to follow there."""
    met.follower(tx, f"{FAR}/users/eve", ada)
    keys.keep(tx, ada.id, make())
    moving.move(tx, ada.id, bob.id)
    said = {each["type"]: (each, where) for each, where in told(tx)}
    assert said["Update"][0]["object"]["movedTo"] == uri(tx, bob)
    move, where = said["Move"]
    assert where == [f"{FAR}/inbox"]
    assert (move["object"], move["target"]) == (uri(tx, ada), uri(tx, bob))


async def test_a_move_from_elsewhere_is_asked_of_both(tmp_path: Path, database: str):
    """Else anybody could take the followers of anybody (CVE-2026-47777)."""
    async with (
        browsing.site(tmp_path, database, **PEERS) as site,
        far() as peer,
        far("127.0.0.2") as other,
    ):
        ada, bob = await site.person("ada"), await site.person("bob")
        eve = await people.found(site.app, peer.eve)
        await site.app.db.write(lambda tx: graph.add_follow(tx, ada.viewer.id, eve, graph.Wish()))

        async def follows(who: int) -> bool:
            found = await site.app.db.read(graph.standing, ada.viewer.id, who)
            return (found.follow or found.request) is not None

        def move(number: int, target: str, by: Far = peer) -> dict:
            return by.act("Move", peer.eve, number, target=target)

        await send(site, move(1, other.eve))  # nobody says so
        other.person(alsoKnownAs=[peer.eve])
        await send(site, move(2, other.eve))  # she does not
        await send(site, move(3, other.eve, other))
        peer.person(movedTo=other.eve)
        other.person()
        await send(site, move(4, other.eve))  # the other does not
        assert await follows(eve)
        me = f"{browsing.ORIGIN}/ap/users/{bob.viewer.id}"
        peer.person(movedTo=me)
        await send(site, move(5, me))
        assert await follows(eve)
        names = {"aliases": f"@eve@127.0.0.1:{peer.port}"}
        assert (await bob.send(PATH, f"{PATH}/aliases", **names)).status_code == 303
        await send(site, move(6, me))
        assert not await follows(eve)
        assert await follows(bob.viewer.id)
        await send(site, move(7, me))


async def test_ada_moves_away_by_page_and_by_app(tmp_path: Path, database: str):
    """With the password, where the other account names this one; and not without."""
    async with browsing.site(tmp_path, database, **PEERS) as site, far() as peer:
        ada, bob = await site.person("ada"), await site.person("bob")
        await site.app.db.write(follow.follow, bob.viewer, ada.viewer.id)
        me = f"{browsing.ORIGIN}/ap/users/{ada.viewer.id}"
        form = {"target": f"@eve@127.0.0.1:{peer.port}", "password": browsing.PASSWORD}
        wrong = await ada.send(PATH, PATH, **{**form, "password": "something else"})
        assert wrong.status_code == 422
        early = await ada.send(PATH, PATH, **form)
        assert early.status_code == 422
        assert "does not name this one" in early.text
        peer.person(alsoKnownAs=[me])
        assert (await ada.send(PATH, PATH, **form)).status_code == 303
        await site.settle()
        assert f"@eve@127.0.0.1:{peer.port}" in (await ada.get(PATH)).text
        eve = await site.app.db.read(people.known, peer.eve)
        standing = await site.app.db.read(graph.standing, bob.viewer.id, eve)
        assert standing.request is not None
        assert (await ada.send(PATH, PATH, **form)).status_code == 422  # once in 30 days
        assert (await ada.send(PATH, f"{PATH}/back")).status_code == 303
        assert "moved to" not in (await ada.get(PATH)).text


def test_who_moved_away_does_nothing_with_what_they_left(tx: Tx, ada: Viewer, bob: Viewer):
    """Or half of their people would talk to somebody who is not there. As Mastodon has it: no
    posts, boosts, likes, votes nor follows, and nobody new follows them, until they are back."""
    post = publish(tx, bob, Draft(text="?", poll=PollDraft(options=("a", "b"), expires_in=600)))
    eve = met.somebody(tx, f"{FAR}/users/eve")
    graph.add_follow(tx, ada.id, bob.id, graph.Wish())
    moving.move(tx, ada.id, eve.id)
    carried(tx)
    acts = (
        lambda: publish(tx, ada, Draft(text="I am still here")),
        lambda: schedule.schedule(tx, ada, Draft(text="later"), tx.now + timedelta(hours=1)),
        lambda: boost.boost(tx, ada, post.id),
        lambda: marks.mark(tx, ada, post.id, Mark.FAVOURITE),
        lambda: poll.vote(tx, ada, post.poll or 0, [0]),
        lambda: follow.follow(tx, ada, eve.id),
        lambda: follow.follow(tx, bob, ada.id),
    )
    for act in acts:
        with pytest.raises(Forbidden):
            act()
    follow.unfollow(tx, ada, bob.id)
    assert marks.mark(tx, ada, post.id, Mark.BOOKMARK) == post.id
    moving.come_back(tx, ada)
    assert ProfileChanged(account=ada.id) in tx.emitted
    for act in acts:
        act()
    with pytest.raises(Invalid):
        moving.move(tx, ada.id, eve.id)  # nor to and fro every day


async def test_apps_name_accounts_and_move(tmp_path: Path, database: str):
    """As GoToSocial shapes it; whoever looks at the old account is led on."""
    async with browsing.site(tmp_path, database, **PEERS) as site, far() as peer:
        ada = await site.person("ada")
        token = await site.app.db.write(tokens.issue, ada.viewer.id, "read write")
        client = site.visitor().client
        client.headers["authorization"] = f"Bearer {token}"

        async def call(name: str, **said: Any) -> tuple[int, Any]:
            answer = await client.post(f"/api/v1/accounts/{name}", json=said)
            return answer.status_code, answer.json()

        status, said = await call("alias", also_known_as_uris=[peer.eve])
        assert (status, said["source"]["also_known_as_uris"]) == (200, [peer.eve])
        mine = (await client.get("/api/v1/accounts/verify_credentials")).json()
        assert mine["source"]["also_known_as_uris"] == [peer.eve]
        gone = f"{peer.origin}/users/nobody"
        assert (await call("alias", also_known_as_uris=[gone]))[0] == 422
        peer.person(alsoKnownAs=[f"{browsing.ORIGIN}/ap/users/{ada.viewer.id}"])
        wanted = {"moved_to_uri": peer.eve, "password": "another one"}
        assert (await call("move", **wanted))[0] == 422
        wanted["password"] = browsing.PASSWORD
        assert await call("move", **wanted) == (202, {"status": "accepted"})
        shown = (await client.get(f"/api/v1/accounts/{mine['id']}")).json()
        assert shown["moved"]["uri"] == peer.eve
        assert "Has moved to" in (await site.visitor().get("/@ada")).text
        status, said = await call("alias", also_known_as_uris=[])
        assert (status, said["source"]["also_known_as_uris"]) == (200, [])
