"""Who wants to be asked is asked first, and who asks is answered.

Source: GoToSocial, interaction policies; federation as Mastodon's for everybody else"""

import json
from pathlib import Path
from typing import Any

import browsing
import pytest
from far import PEERS, Far, ask, far, send
from test_deliver import carry, taken
from test_notes import following, mention, post_of, uri

from whimbrel.accounts.queries import graph
from whimbrel.accounts.rules import Viewer
from whimbrel.core.tx import Tx
from whimbrel.federation import people
from whimbrel.federation.incoming.policies import asks_first
from whimbrel.federation.queries import follows
from whimbrel.federation.reading import AS, PUBLIC
from whimbrel.federation.rules import Act
from whimbrel.posts import boost, drafts, edit, marks, serialize
from whimbrel.posts.rules import Draft, Mark, Visibility

KINDS = {"Like": Act.LIKE, "Reply": Act.REPLY, "Announce": Act.ANNOUNCE}


async def shown(who: browsing.Person, post: int) -> dict[str, Any]:
    """A status as somebody is shown it."""
    found: dict[str, Any] = json.loads(await who.site.app.db.read(serialize.one, who.viewer, post))
    return found


@pytest.mark.parametrize(
    ("may", "asked"),
    [
        ({}, False),
        ({"automaticApproval": [PUBLIC]}, False),
        ({"always": "as:Public"}, False),
        ({"automaticApproval": ["https://far.example/users/eve/followers"]}, True),
        ({"always": ["https://far.example/users/eve"]}, True),
        ({"manualApproval": PUBLIC}, True),
        ({"approvalRequired": [PUBLIC], "always": []}, True),
        ("nonsense", False),
    ],
)
def test_policies_are_read_in_new_words_and_in_old(may: Any, asked: bool):
    """A policy that is not there lets everybody; one that cannot be read keeps nobody away."""
    for kind, act in KINDS.items():
        found = asks_first({"interactionPolicy": {f"can{kind}": may, "canQuote": {}}})
        assert found == (act if asked else 0), kind


async def test_who_asks_is_answered_with_a_proof(tmp_path: Path, database: str):
    """GoToSocial does not show what its people like, answer or boost here before we said that they
    may: an answer that never comes is a person who never speaks."""
    async with browsing.site(tmp_path, database, **PEERS) as site, far() as peer:
        peer.documents |= {"/inbox": 202, "/users/eve/inbox": 202}
        ada = await following(site, "ada", peer)
        mine = await ada.write("here I am")
        secret = await ada.write("for friends", visibility=Visibility.PRIVATE)
        ours = f"{uri(ada)}/statuses/{mine}"
        key = f"{peer.eve}#main-key"
        policy = (await ask(site, ours, key)).json()["interactionPolicy"]
        assert policy["canLike"] == {"automaticApproval": [PUBLIC], "always": [PUBLIC]}

        async def answers(kind: str, this: Any, about: str = ours, number: int = 1) -> list[Any]:
            before = len(taken(peer))
            await send(site, peer.act(f"{kind}Request", about, number, instrument=this))
            await carry(site)
            return [each for each in taken(peer)[before:] if each["type"] in ("Accept", "Reject")]

        like, again = peer.act("Like", ours), peer.act("Announce", ours, to=[PUBLIC])
        note = peer.note("r", inReplyTo=ours, to=[PUBLIC], tag=mention(ada))
        for kind, this in (("Like", like), ("Reply", note["id"]), ("Announce", again)):
            (said,) = await answers(kind, this)
            assert (said["type"], said["actor"], said["to"]) == ("Accept", uri(ada), [peer.eve])
            assert said["object"]["type"] == f"{kind}Request"
            id_ = this if isinstance(this, str) else this["id"]
            proof = (await ask(site, said["result"], key)).json()
            assert proof["type"] == f"{kind}Authorization"
            assert proof["attributedTo"] == uri(ada)
            assert (proof["interactingObject"], proof["interactionTarget"]) == (id_, ours)
            (twice,) = await answers(kind, this, number=2)
            assert twice["result"] == said["result"]
        told = await shown(ada, mine)
        counts = [told[f"{name}_count"] for name in ("favourites", "replies", "reblogs")]
        assert counts == [1, 1, 1]
        # What they may not do, what is not theirs to see, and what somebody else does.
        theirs = f"{uri(ada)}/statuses/{secret}"
        assert await answers("Like", peer.act("Like", theirs), theirs) == []
        forged = {**like, "actor": f"{peer.origin}/users/mallory"}
        assert await answers("Like", forged, number=7) == []
        assert await answers("Like", peer.act("Like", theirs, 8), number=8) == []
        assert (await ask(site, f"{uri(ada)}/approvals/1", key)).status_code == 404


async def asking(site: browsing.Site, peer: Far) -> tuple[browsing.Person, int, str]:
    """Ada, and a post of Eve's, who wants to be asked about everything."""
    peer.documents |= {"/inbox": 202, "/users/eve/inbox": 202}
    ada = await following(site, "ada", peer)
    policy = {f"can{kind}": {"manualApproval": [PUBLIC]} for kind in KINDS}
    note = peer.note("o", interactionPolicy=policy)
    await send(site, peer.act("Create", note))
    return ada, (await post_of(site, note["id"])).id, note["id"]


def let(peer: Far, request: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Eve agrees, and says so on her server."""
    this = request["instrument"]
    kind = request["type"].removesuffix("Request")
    id_ = f"{peer.eve}/stamps/{kind}"
    peer.documents[f"/users/eve/stamps/{kind}"] = {
        "@context": AS,
        "id": id_,
        "type": f"{kind}Authorization",
        "attributedTo": peer.eve,
        "interactingObject": this if isinstance(this, str) else this["id"],
        "interactionTarget": request["object"],
        **more,
    }
    return peer.act("Accept", request["id"], KINDS[kind], result=id_)


def requests_of(peer: Far) -> dict[str, dict[str, Any]]:
    """The last of each kind that Eve was asked."""
    return {each["type"]: each for each in taken(peer) if each["type"].endswith("Request")}


async def test_who_wants_to_be_asked_is_asked_first(tmp_path: Path, database: str):
    """Eve reads answers before her people do. Until she agrees nobody but her hears of it; then
    everybody does, with the proof."""
    async with browsing.site(tmp_path, database, **PEERS) as site, far() as peer:
        ada, post, theirs = await asking(site, peer)
        db, who = site.app.db, ada.viewer
        await site.app.db.write(_followed, peer, who)
        await db.write(marks.mark, who, post, Mark.FAVOURITE)
        await db.write(boost.boost, who, post)
        reply = await ada.write("may I?", reply_to=post)
        await db.write(edit.edit, who, reply, Draft(text="may I, please?"))
        await carry(site)
        requests = requests_of(peer)
        assert set(requests) == {"LikeRequest", "ReplyRequest", "AnnounceRequest"}
        assert {each["object"] for each in requests.values()} == {theirs}
        assert requests["ReplyRequest"]["instrument"] == f"{uri(ada)}/statuses/{reply}"
        assert requests["AnnounceRequest"]["instrument"]["type"] == "Announce"
        before = len(taken(peer))
        for kind in KINDS:  # somebody else agrees, or to something else
            said = let(peer, requests[f"{kind}Request"], interactingObject=f"{peer.eve}/x")
            await send(site, said)
        await carry(site)
        assert len(taken(peer)) == before
        for kind in KINDS:
            said = {**let(peer, requests[f"{kind}Request"]), "id": f"{peer.eve}/yes/{kind}"}
            await send(site, said)
        await carry(site)
        sent = {each["type"]: each for each in taken(peer)[before:]}
        assert set(sent) == {"Like", "Create", "Announce"}
        assert sent["Like"]["likeAuthorization"] == f"{peer.eve}/stamps/Like"
        assert sent["Announce"]["announceAuthorization"] == f"{peer.eve}/stamps/Announce"
        assert sent["Create"]["object"]["replyAuthorization"] == f"{peer.eve}/stamps/Reply"
        assert sent["Create"]["object"]["approvedBy"] == f"{peer.eve}/stamps/Reply"


def _followed(tx: Tx, peer: Far, who: Viewer) -> None:
    """Eve follows, so that what is told to everybody reaches her as well."""
    eve = people.known(tx, peer.eve) or 0
    graph.add_follow(tx, eve, who.id, graph.Wish())
    follows.note(tx, eve, who.id, f"{peer.eve}/follows/1")


async def test_who_is_turned_away_keeps_their_words(tmp_path: Path, database: str):
    """A like and a boost are gone, an answer is a draft again; also if Eve thinks better of it."""
    async with browsing.site(tmp_path, database, **PEERS) as site, far() as peer:
        ada, post, _ = await asking(site, peer)
        db, who = site.app.db, ada.viewer

        async def asked() -> dict[str, Any]:
            await db.write(marks.mark, who, post, Mark.FAVOURITE)
            await db.write(boost.boost, who, post)
            await ada.write("may I?", reply_to=post)
            await carry(site)
            return requests_of(peer)

        async def left() -> list[int]:
            told = await shown(ada, post)
            names = ("favourites", "replies", "reblogs")
            kept = await db.read(drafts.mine, who, 10)
            return [*(told[f"{name}_count"] for name in names), len(kept)]

        requests = await asked()
        assert await left() == [1, 1, 1, 0]
        for number, each in enumerate(requests.values()):
            await send(site, peer.act("Reject", {"id": each["id"], "type": each["type"]}, number))
        assert await left() == [0, 0, 0, 1]
        before = len(taken(peer))
        await carry(site)
        undone = [each["object"] for each in taken(peer)[before:] if each["type"] == "Undo"]
        assert [each["type"] for each in undone] == ["Announce"]
        requests = await asked()
        for kind in KINDS:
            await send(site, let(peer, requests[f"{kind}Request"]))
        assert await left() == [1, 1, 1, 1]
        for kind in KINDS:
            await send(site, peer.act("Delete", f"{peer.eve}/stamps/{kind}", KINDS[kind]))
        assert await left() == [0, 0, 0, 2]


async def test_what_others_do_unasked_is_not_shown(tmp_path: Path, database: str):
    """Joe answers and boosts what Eve wants to be asked about: his words stand for themselves,
    until they bring her agreement. Whom she names may always answer."""
    async with (
        browsing.site(tmp_path, database, **PEERS) as site,
        far() as peer,
        far("127.0.0.2") as other,
    ):
        _, post, theirs = await asking(site, peer)
        await following(site, "bob", other)
        first = other.note("1", inReplyTo=theirs)
        await send(site, other.act("Create", first))
        assert (await post_of(site, first["id"])).reply_to is None
        await send(site, other.act("Announce", theirs, to=[PUBLIC]))
        await send(site, other.act("Like", theirs))
        bob = await site.person("carl")
        told = await shown(bob, post)
        assert [told[f"{name}_count"] for name in ("favourites", "replies", "reblogs")] == [0] * 3
        second = other.note("2", inReplyTo=theirs)
        request = {"type": "ReplyRequest", "instrument": second["id"], "object": theirs, "id": ""}
        second["replyAuthorization"] = let(peer, request)["result"]
        await send(site, other.act("Create", second, 2))
        assert (await post_of(site, second["id"])).reply_to == post
        named = peer.note("n", tag={"type": "Mention", "href": other.eve}, cc=[other.eve])
        named["interactionPolicy"] = {"canReply": {"always": peer.eve}}
        await send(site, peer.act("Create", named, 3))
        third = other.note("3", inReplyTo=named["id"])
        await send(site, other.act("Create", third, 3))
        assert (await post_of(site, third["id"])).reply_to is not None
