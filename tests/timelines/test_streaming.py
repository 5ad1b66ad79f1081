"""Streams over real sockets: what is heard, by whom, and by whom never."""

import asyncio
import json

import httpx
import pytest
import stories
from air import PATIENCE, frames, next_frame, on_air, subscribe
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import delete, update
from websockets.exceptions import ConnectionClosed, InvalidStatus

import people
from whimbrel.accounts import credentials, queries, standing
from whimbrel.accounts import tokens as issued
from whimbrel.accounts.queries import doors
from whimbrel.accounts.rules import Viewer
from whimbrel.accounts.tables import apps, tokens
from whimbrel.core.engines import Query, insert
from whimbrel.core.errors import WhimbrelError
from whimbrel.core.ids import new_id
from whimbrel.posts.delete import delete as delete_post
from whimbrel.posts.events import PostDeleted
from whimbrel.posts.publish import publish
from whimbrel.posts.queries import tags
from whimbrel.posts.rules import Draft, Visibility
from whimbrel.privacy.budgets import HOUR, LIMITS, Budgets, Limit
from whimbrel.timelines import live
from whimbrel.timelines.streaming.frames import Happening
from whimbrel.timelines.streaming.names import stream
from whimbrel.timelines.tables import list_members, lists, merged, notifications


@pytest.fixture
def cast(db):
    """Ada writes, Bob follows her, Eve is a stranger; all have homes."""

    def make(tx):
        ada, bob, eve = (people.make(tx, name) for name in ("ada", "bob", "eve"))
        stories.settle_in(tx, ada, bob, eve)
        stories.follow(tx, bob, ada)
        return ada, bob, eve

    return db.write_sync(make)


def played(db, tmp_path, act, **how):
    async def go():
        async with on_air(db, tmp_path, **how) as air:
            await act(air)

    asyncio.run(go())


def told(heard):
    """(stream, event) of each frame."""
    return [(frame["stream"], frame["event"]) for frame in heard]


# --- what is heard ------------------------------------------------------------------------------


def test_a_follower_hears_a_post_and_its_end(db, tmp_path, cast):
    """What an app is for: it appears without asking, and goes when it is taken back."""
    ada, bob, _ = cast

    async def act(air):
        async with air.connect(await air.token(bob), "?stream=user") as socket:
            await asyncio.sleep(0.05)
            post = await air.post(ada, "good news")
            frame = await next_frame(socket)
            assert (frame["stream"], frame["event"]) == (["user"], "update")
            assert frame["payload"]["id"] == str(post)
            assert "favourited" not in frame["payload"]
            await air.say(live.PostChanged(post=post, author=ada.id))
            assert (await next_frame(socket))["event"] == "status.update"
            await air.delete(ada, post)
            frame = await next_frame(socket)
            assert frame == {"stream": ["user"], "event": "delete", "payload": str(post)}
            await air.say(live.FiltersChanged(account=bob.id))
            assert await next_frame(socket) == {"stream": ["user"], "event": "filters_changed"}
            assert await frames(socket) == []

    played(db, tmp_path, act)


def test_one_socket_carries_many_streams(db, tmp_path, cast):
    """Web apps open a single socket and say on it what they want; one frame comes for each."""
    ada, bob, _ = cast

    async def tagged(air, text):
        def write(tx):
            post = stories.write(tx, ada, text, media_count=1)
            tags.put(tx, post, ["birds"])
            live.say(tx, live.PostAdded(post=post, author=ada.id))
            return post

        return await air.db.write(write)

    async def act(air):
        async with air.connect(await air.token(bob), "/") as socket:
            for stream in ("public", "public:local", "public:remote", "public:local:media"):
                await subscribe(socket, stream)
            await subscribe(socket, "hashtag", tag="Birds")
            await subscribe(socket, "hashtag:local", tag="birds")
            await tagged(air, "look")
            assert sorted(told(await frames(socket))) == [
                (["hashtag", "Birds"], "update"),
                (["hashtag:local", "birds"], "update"),
                (["public"], "update"),
                (["public:local"], "update"),
                (["public:local:media"], "update"),
            ]
            await socket.send(json.dumps({"type": "unsubscribe", "stream": "public:local"}))
            await subscribe(socket, "public")
            await air.post(ada, "a reply", reply_to=None, reply_to_author=bob.id)
            await air.post(ada, "unlisted", visibility=Visibility.UNLISTED)
            await air.post(ada, "no picture")
            assert told(await frames(socket)) == [(["public"], "update")]
            await air.db.write(stories.close, "birds")
            await tagged(air, "closed by moderators")
            streams = [stream for stream, _ in told(await frames(socket))]
            assert sorted(streams) == [["public"], ["public:local:media"]]

    played(db, tmp_path, act)


def test_the_last_post_of_a_tag_goes_from_its_streams(db, tmp_path, cast):
    """Its word is erased with it: who listened to it before, and who since, must hear all the
    same."""
    ada, bob, _ = cast

    def write(tx):
        post = publish(tx, ada, Draft(text="look #birds"))
        live.tell_added(tx, tx.emitted[-1])
        return post.id

    def erase(tx, post):
        delete_post(tx, ada, post)
        assert tags.ids_of(tx, ["birds"]) == {}
        (gone,) = [event for event in tx.emitted if isinstance(event, PostDeleted)]
        live.tell_gone(tx, gone)

    async def act(air):
        async with air.connect(await air.token(bob), "/") as early:
            await subscribe(early, "hashtag", tag="Birds")
            for _ in range(2):  # the second time, the tag is another one
                post = await air.db.write(write)
                assert (await next_frame(early))["event"] == "update"
                async with air.connect(await air.token(bob), "/") as late:
                    await subscribe(late, "hashtag:local", tag="birds")
                    await air.db.write(erase, post)
                    for socket, label in ((early, "hashtag"), (late, "hashtag:local")):
                        frame = await next_frame(socket)
                        assert (frame["stream"][0], frame["event"]) == (label, "delete")
                        assert frame["payload"] == str(post)

    played(db, tmp_path, act)


def test_a_stream_of_what_everybody_writes_has_its_measure(db, tmp_path, cast):
    """Whoever listens to all of it for long enough has all of it; friends go on being heard."""
    ada, bob, _ = cast

    async def act(air):
        few = {**LIMITS, "live": Limit(4, HOUR)}
        air.app.budgets = Budgets(limits=few)
        async with (
            air.connect(await air.token(bob), "?stream=public") as socket,
            air.connect(await air.token(bob), "?stream=user") as home,
        ):
            await asyncio.sleep(0.05)
            for number in range(3):
                await air.post(ada, f"number {number} {'x' * 300}")
            assert len(await frames(home)) == 3
            heard = await frames(socket)
            assert 0 < len(heard) < 3

    played(db, tmp_path, act, limits=True)


def test_a_list_hears_its_members_as_its_owner_may(db, tmp_path, cast):
    """A list is a quieter home; its rules on replies count, and nobody hears another's list."""
    ada, bob, eve = cast

    def make(tx):
        row = {"id": new_id(tx.now), "account": bob.id, "title": "birds", "exclusive": False}
        tx.run(Query(insert(lists)), replies_policy="none", **row)
        tx.run(Query(insert(list_members)), list=row["id"], account=ada.id)
        return row["id"]

    async def act(air):
        number = await db.write(make)
        async with air.connect(await air.token(bob), f"?stream=list&list={number}") as socket:
            await asyncio.sleep(0.05)
            await air.post(ada, "for followers", visibility=Visibility.PRIVATE)
            await air.post(ada, "to eve", reply_to_author=eve.id)
            await air.post(ada, "between us", visibility=Visibility.DIRECT, named=(bob,))
            await air.post(eve, "of no member")
            assert told(await frames(socket)) == [(["list", str(number)], "update")]
        with pytest.raises(InvalidStatus) as refused:
            async with air.connect(await air.token(eve), f"?stream=list&list={number}"):
                pass
        assert refused.value.response.status_code == 404
        async with air.connect(await air.token(eve)) as socket:
            await socket.send(
                json.dumps({"type": "subscribe", "stream": "list", "list": str(number)})
            )
            assert (await next_frame(socket))["status"] == 404

    played(db, tmp_path, act)


def test_followers_of_the_very_popular_hear_at_once(db, tmp_path, cast):
    """Their posts are not delivered to stored homes, yet nobody should have to reload."""
    ada, bob, _ = cast
    db.write_sync(lambda tx: tx.run(Query(insert(merged)), author=ada.id))

    async def act(air):
        async with air.connect(await air.token(bob), "?stream=user") as socket:
            await asyncio.sleep(0.05)
            await air.post(ada)
            assert told(await frames(socket)) == [(["user"], "update")]

    played(db, tmp_path, act)


def test_a_notification_is_heard_by_its_receiver(db, tmp_path, cast):
    """Complete, with who and what; and only where the token may read notifications."""
    ada, bob, eve = cast

    def notify(tx):
        post = stories.write(tx, ada, "hi @bob", named=(bob,))
        row = {"id": new_id(tx.now), "account": bob.id, "kind": "mention", "actor": ada.id}
        tx.run(Query(insert(notifications)), post=post, key="x", subject=None, **row)
        live.say(tx, live.NotificationAdded(account=bob.id, notification=row["id"]))
        return row["id"]

    async def act(air):
        async with (
            air.connect(await air.token(bob)) as receiver,
            air.connect(await air.token(bob, "read:statuses"), "?stream=user") as narrow,
            air.connect(await air.token(eve), "?stream=user") as other,
        ):
            await subscribe(receiver, "user")
            await subscribe(receiver, "user:notification")
            number = await db.write(notify)
            for stream in ("user", "user:notification"):
                frame = await next_frame(receiver)
                assert (frame["stream"], frame["event"]) == ([stream], "notification")
                told = frame["payload"]
                assert (told["id"], told["type"]) == (str(number), "mention")
                assert told["account"]["username"] == "ada"
                assert told["status"]["favourited"] is False
            assert await frames(narrow) == await frames(other) == []

    played(db, tmp_path, act)


# --- what is not --------------------------------------------------------------------------------


def test_a_private_post_and_its_end_are_silent_to_strangers(db, tmp_path, cast):
    """That there was something to delete is as private as what it said."""
    ada, bob, eve = cast

    async def act(air):
        async with (
            air.connect(await air.token(eve)) as stranger,
            air.connect(await air.token(bob), "?stream=user") as follower,
        ):
            for stream in ("user", "public", "public:local", "direct"):
                await subscribe(stranger, stream)
            for visibility in (Visibility.PRIVATE, Visibility.DIRECT):
                post = await air.post(ada, "psst", visibility=visibility)
                await air.say(live.PostChanged(post=post, author=ada.id))
                heard = [event for _, event in told(await frames(follower))]
                await air.delete(ada, post, visibility=int(visibility))
                heard += [event for _, event in told(await frames(follower))]
                private = visibility == Visibility.PRIVATE
                assert heard == (["update", "status.update", "delete"] if private else [])
            assert await frames(stranger) == []

    played(db, tmp_path, act)


def test_whom_one_blocks_or_is_blocked_by_is_not_heard(db, tmp_path, cast):
    """A block that an open stream does not know of is none."""
    ada, bob, eve = cast
    db.write_sync(stories.block, ada, bob)
    db.write_sync(stories.mute, eve, ada)

    async def act(air):
        zoe = await db.write(people.make, "zoe")
        async with (
            air.connect(await air.token(bob), "?stream=public") as blocked,
            air.connect(await air.token(eve), "?stream=public") as muting,
            air.connect(await air.token(zoe), "?stream=public") as other,
        ):
            await asyncio.sleep(0.05)
            post = await air.post(ada)
            assert (await next_frame(other))["event"] == "update"
            await air.delete(ada, post)
            assert (await next_frame(other))["event"] == "delete"
            assert await frames(blocked) == []
            assert await frames(muting) == []

    played(db, tmp_path, act)


def test_a_direct_post_is_heard_by_those_it_names(db, tmp_path, cast):
    """And by nobody else, follower or not."""
    ada, bob, eve = cast

    async def act(air):
        async with (
            air.connect(await air.token(eve), "?stream=direct") as named,
            air.connect(await air.token(bob)) as follower,
        ):
            await subscribe(follower, "direct")
            await subscribe(follower, "user")
            post = await air.post(ada, visibility=Visibility.DIRECT, named=(eve,))
            assert (await next_frame(named))["event"] == "update"
            await air.delete(ada, post, visibility=3, mentions=(eve.id,))
            assert (await next_frame(named))["event"] == "delete"
            assert await frames(follower) == []

    played(db, tmp_path, act)


# --- who may listen -----------------------------------------------------------------------------


def refusal(air, headers=None, query=""):
    async def ask():
        from websockets.asyncio.client import connect

        with pytest.raises(InvalidStatus) as refused:
            async with connect(air.socket_url + query, additional_headers=headers or {}):
                pass
        return refused.value.response.status_code

    return ask()


def test_every_stream_needs_a_persons_token_with_its_scope(db, tmp_path, cast):
    """Public streams, too: what is read in bulk is read by somebody."""
    _, bob, _ = cast

    async def act(air):
        assert await refusal(air) == 401
        assert await refusal(air, query="?stream=public") == 401
        assert await refusal(air, {"Authorization": "Bearer wrong"}, "?stream=public") == 401
        assert await refusal(air, {"Sec-WebSocket-Protocol": "caf\xe9"}) in (400, 401)
        assert await refusal(air, query="?access_token=%C3%A9") == 401
        narrow = {"Authorization": f"Bearer {await air.token(bob, 'write')}"}
        assert await refusal(air, narrow, "?stream=public") == 403
        assert await refusal(air, narrow, "?stream=user") == 403
        ours = {"Authorization": f"Bearer {await air.token(bob)}"}
        assert await refusal(air, ours, "?stream=nonsense") == 400
        assert await refusal(air, ours, "?stream=hashtag") == 400
        scopes = "read:notifications"
        async with air.connect(await air.token(bob, scopes), "?stream=user:notification") as socket:
            for wanted in ("user", "public"):
                await socket.send(json.dumps({"type": "subscribe", "stream": wanted}))
                assert (await next_frame(socket))["status"] == 403

    played(db, tmp_path, act)


def test_a_token_may_come_in_three_ways(db, tmp_path, cast, caplog):
    """Browsers cannot set headers on a WebSocket, so the token stands where they can put it; but
    not in the log, however much is logged."""
    caplog.set_level("DEBUG", "uvicorn.error")
    from websockets.asyncio.client import connect

    _, bob, _ = cast

    async def act(air):
        token = await air.token(bob)
        async with connect(f"{air.socket_url}?stream=user&access_token={token}"):
            pass
        async with connect(f"{air.socket_url}?stream=user", subprotocols=[token]) as socket:
            assert socket.subprotocol == token
        async with air.connect(token, subprotocols=["v1"]) as socket:
            assert socket.subprotocol == "v1"
        assert await refusal(air, query=f"?stream=nonsense&access_token={token}") == 400
        said = [record.getMessage() for record in caplog.records if record.args]
        assert any("[accepted]" in line for line in said)
        assert not any(f"access_token={token}" in line for line in said if "WebSocket" in line)

    played(db, tmp_path, act)


def test_nonsense_on_a_socket_is_answered_and_nothing_breaks(db, tmp_path, cast):
    """An app with a bug must learn of it, and keep what else it listens to."""
    ada, bob, _ = cast

    async def act(air):
        async with air.connect(await air.token(bob), "?stream=user") as socket:
            for bad in ("", "{", "[]", '{"type":"shout"}', '{"type":"subscribe","stream":"x"}'):
                await socket.send(bad)
                assert (await next_frame(socket))["status"] == 400
            await socket.send(b"\x00\xff")
            assert (await next_frame(socket))["status"] == 400
            await air.post(ada)
            assert (await next_frame(socket))["event"] == "update"

    played(db, tmp_path, act)


@pytest.mark.parametrize("how", ["revoked", "app gone", "suspended", "disabled", "said"])
def test_who_may_no_longer_listen_is_cut_off_within_two_seconds(db, tmp_path, cast, how):
    """A stolen token is worth nothing once it is revoked, also to who is connected already; and
    also when the command ran in another process, which nobody hears of."""
    _, bob, eve = cast

    def app(tx):
        words = dict.fromkeys(("name", "website", "redirects", "scopes", "client_id"), "")
        tx.run(Query(insert(apps)), id=1, secret=b"", at=tx.ms, **words)
        tx.run(update(tokens).where(tokens.c.account == bob.id).values(app=1))

    def revoke(tx):
        for each in doors.tokens_of(tx, bob.id):
            issued.revoke(tx, bob, each.id)

    cut = {
        "revoked": revoke,
        "app gone": lambda tx: tx.run(delete(apps)),
        "suspended": lambda tx: standing.suspend(tx, queries.by_id(tx, bob.id)),
        "disabled": lambda tx: credentials.disable(tx, bob.id),
    }

    async def act(air):
        url = f"{air.url}/user"
        async with (
            air.connect(await air.token(bob), "?stream=user") as socket,
            air.connect(await air.token(eve), "?stream=user") as other,
            httpx.AsyncClient() as client,
            client.stream("GET", url, params={"access_token": await air.token(bob)}) as sse,
        ):
            assert sse.status_code == 200
            await db.write(app)
            began = asyncio.get_running_loop().time()
            if how == "said":
                await air.say(live.AccessEnded(account=bob.id))
            else:
                await db.write(cut[how])
            with pytest.raises(ConnectionClosed) as closed:
                await asyncio.wait_for(socket.recv(), PATIENCE)
            assert closed.value.rcvd.code == 1008
            await asyncio.wait_for(sse.aread(), PATIENCE)
            took = asyncio.get_running_loop().time() - began
            assert took < (0.5 if how == "said" else 2)
            assert len(air.streams) == 1
            assert await frames(other) == []

    played(db, tmp_path, act)


def test_one_account_cannot_hold_all_connections(db, tmp_path, cast):
    """Fifty streams are enough for anybody."""
    _, bob, _ = cast

    async def act(air):
        token = await air.token(bob)
        sockets = [await air.connect(token) for _ in range(50)]
        assert await refusal(air, {"Authorization": f"Bearer {token}"}) == 429
        await asyncio.gather(*(socket.close() for socket in sockets))
        await asyncio.sleep(0.05)
        assert len(air.streams) == 0

    played(db, tmp_path, act, limits=True)


# --- slow readers, server-sent events, the end ----------------------------------------------------


def test_a_slow_reader_is_dropped_and_hurts_nobody(db, tmp_path, cast):
    """Whoever stops reading must not make the server keep everything for them."""
    ada, bob, eve = cast

    def again(tx, post):
        for _ in range(50):
            live.say(tx, live.PostAdded(post=post, author=ada.id))

    async def act(air):
        async with (
            air.connect(await air.token(bob), "?stream=public", max_queue=1) as slow,
            air.connect(await air.token(eve), "?stream=public") as quick,
        ):
            slow.transport.pause_reading()
            post = await air.post(ada, "x" * 50_000)
            await next_frame(quick)
            for _ in range(100):
                await db.write(again, post)
                for _ in range(50):
                    assert (await next_frame(quick))["event"] == "update"
                if len(air.streams) == 1:
                    break
            assert len(air.streams) == 1
            slow.transport.abort()

    played(db, tmp_path, act)


def test_server_sent_events(db, tmp_path, cast):
    """Scripts and Mastodon.py listen this way: one stream each, lines of text."""
    ada, bob, _ = cast

    async def act(air):
        headers = {"Authorization": f"Bearer {await air.token(bob)}"}
        async with httpx.AsyncClient(headers=headers) as client:
            assert (await client.get(f"{air.url}/health")).text == "OK"
            assert (await client.get(f"{air.url}/nonsense")).status_code == 404
            assert (await client.get(f"{air.url}/hashtag")).status_code == 400
            async with client.stream("GET", f"{air.url}/user") as answer:
                assert answer.headers["content-type"] == "text/event-stream"
                lines = answer.aiter_lines()
                assert [await anext(lines), await anext(lines)] == [":thump", ""]
                post = await air.post(ada)
                assert await anext(lines) == "event: update"
                data = (await anext(lines)).removeprefix("data: ")
                assert json.loads(data)["id"] == str(post)
                await air.say(live.FiltersChanged(account=bob.id))
                lines = [await anext(lines) for _ in range(3)]
                assert lines == ["", "event: filters_changed", "data: undefined"]
        async with httpx.AsyncClient() as client:
            assert (await client.get(f"{air.url}/public")).status_code == 401

    played(db, tmp_path, act)


def test_a_stopping_server_lets_everybody_go(db, tmp_path, cast):
    """A restart must not wait for streams, which never end by themselves."""
    _, bob, _ = cast

    async def act(air):
        async with air.connect(await air.token(bob), "?stream=user") as socket:
            air.streams.close()
            with pytest.raises(ConnectionClosed) as closed:
                await asyncio.wait_for(socket.recv(), PATIENCE)
            assert closed.value.rcvd.code == 1001
            ours = {"Authorization": f"Bearer {await air.token(bob)}"}
            assert await refusal(air, ours) == 503

    played(db, tmp_path, act)


def test_who_may_have_missed_something_is_told_to_come_back(db, tmp_path, cast):
    """More at once than can wait: a stream with a hole in it would show what is not so."""
    ada, bob, _ = cast

    async def act(air):
        token = await air.token(bob)
        async with air.connect(token, "?stream=user") as socket:
            for _ in range(1500):
                db.publish(live.CHANNEL, b"nonsense")
            with pytest.raises(ConnectionClosed) as closed:
                await asyncio.wait_for(socket.recv(), PATIENCE)
            assert closed.value.rcvd.code == 1013
        async with air.connect(token, "?stream=user") as socket:
            db.publish(live.CHANNEL, b"nonsense")
            await air.post(ada)
            assert (await next_frame(socket))["event"] == "update"

    played(db, tmp_path, act)


# --- names and frames -----------------------------------------------------------------------------


@given(name=st.text(), tag=st.text(), list_id=st.text())
def test_whatever_a_client_asks_for_is_a_stream_or_refused(name, tag, list_id):
    """Nonsense in a frame must never end a connection with an error of ours."""
    viewer = Viewer(account=1, scopes=frozenset({"read"}))
    for wanted in (name, "hashtag", "list", "user"):
        try:
            found = stream(viewer, wanted, tag=tag, list_id=list_id)
        except WhimbrelError:
            continue
        assert found.label[0] == found.topic.name == wanted


@given(value=st.text(), tag=st.text())
def test_a_frame_carries_its_payload_unchanged(value, tag):
    """JSON in a string in JSON: quotes and line ends inside must survive both."""
    payload = json.dumps({"content": value}).encode()
    happening = Happening("update", payload)
    frame = json.loads(happening.frame(("hashtag", tag)))
    assert frame["stream"] == ["hashtag", tag]
    assert json.loads(frame["payload"]) == {"content": value}
    first, second, *rest = happening.lines().decode().split("\n")
    assert (first, rest) == ("event: update", ["", ""])
    assert json.loads(second.removeprefix("data: ")) == {"content": value}
