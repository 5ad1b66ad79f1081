"""Live events reach those who listen, and nobody who fell behind is left to believe otherwise."""

import asyncio
from collections.abc import Awaitable, Callable
from uuid import uuid4

import pytest

from whimbrel.core.pubsub import LIMIT, PubSub, Subscription, open_pubsub

Story = Callable[[PubSub], Awaitable[None]]


@pytest.fixture(params=["local", "redis"])
def tell(request: pytest.FixtureRequest) -> Callable[[Story], None]:
    """Run a story with a started pub/sub of each kind."""
    url = "" if request.param == "local" else request.getfixturevalue("redis_url")

    def run(story: Story) -> None:
        async def whole() -> None:
            pubsub = open_pubsub(url, f"test-{uuid4()}")
            await pubsub.start()
            try:
                async with asyncio.timeout(20):
                    await story(pubsub)
            finally:
                await pubsub.close()

        asyncio.run(whole())

    return run


async def listen(pubsub: PubSub, *channels: str) -> Subscription:
    subscription = pubsub.subscribe(*channels)
    await subscription.ready()
    return subscription


async def take(subscription: Subscription, count: int) -> list[tuple[str, bytes]]:
    return [await anext(subscription) for _ in range(count)]


def test_a_message_reaches_all_who_listen_and_nobody_else(tell):
    """A post would not appear live, or appear to somebody it is not for."""

    async def story(pubsub: PubSub) -> None:
        ada, bob = await listen(pubsub, "home:1"), await listen(pubsub, "home:1", "home:2")
        pubsub.publish("home:3", b"for nobody")
        pubsub.publish("home:1", b"both")
        pubsub.publish("home:2", b"bob\r\n\x00only")
        assert await take(ada, 1) == [("home:1", b"both")]
        assert await take(bob, 2) == [("home:1", b"both"), ("home:2", b"bob\r\n\x00only")]
        pubsub.publish("home:1", b"next")
        assert await take(ada, 1) == [("home:1", b"next")]

    tell(story)


def test_order_is_kept_in_a_burst(tell):
    """An edit shown before its post would be dropped by apps."""

    async def story(pubsub: PubSub) -> None:
        ada = await listen(pubsub, "a", "b")
        for number in range(900):
            pubsub.publish("ab"[number % 2], b"%d" % number)
        found = await take(ada, 900)
        assert [int(message) for _, message in found] == list(range(900))

    tell(story)


def test_listening_to_more_and_to_less(tell):
    """One socket subscribes and unsubscribes as its reader opens and closes columns."""

    async def story(pubsub: PubSub) -> None:
        ada = await listen(pubsub, "a")
        ada.add("b", "a")
        await ada.ready()
        ada.discard("a", "never there")
        pubsub.publish("a", b"no more")
        pubsub.publish("b", b"yes")
        assert await take(ada, 1) == [("b", b"yes")]
        ada.discard("b")
        ada.add("b")  # before the broker has answered the first
        await ada.ready()
        pubsub.publish("b", b"again")
        assert await take(ada, 1) == [("b", b"again")]

    tell(story)


def test_closing_lets_the_listener_go(tell):
    """A revoked token's stream must end, not hang."""

    async def story(pubsub: PubSub) -> None:
        ada = await listen(pubsub, "a")
        waiting = asyncio.create_task(anext(ada, None))
        await asyncio.sleep(0)
        ada.close()
        assert await waiting is None
        assert not ada.lagged
        pubsub.publish("a", b"nobody hears")
        ada.add("b")
        ada.close()
        assert [item async for item in ada] == []

    tell(story)


def test_closing_the_pubsub_lets_everybody_go(tell):
    """Else the server would not stop while streams are open."""

    async def story(pubsub: PubSub) -> None:
        ada = await listen(pubsub, "a")
        waiting = asyncio.create_task(anext(ada, None))
        await asyncio.sleep(0)
        await pubsub.close()
        assert await waiting is None

    tell(story)


def test_a_listener_who_falls_behind_is_told(tell):
    """One frozen phone must neither fill the memory nor believe it has seen everything."""

    async def story(pubsub: PubSub) -> None:
        slow, quick = await listen(pubsub, "a"), await listen(pubsub, "a")
        for begin in range(0, LIMIT + 100, 100):
            for number in range(begin, begin + 100):
                pubsub.publish("a", b"%d" % number)
            await take(quick, 100)
        assert slow.lagged and slow.closed and not quick.lagged
        assert [item async for item in slow] == []

    tell(story)


def test_a_cancelled_wait_loses_nothing(tell):
    """Streams wait with a time limit to send heartbeats in between."""

    async def story(pubsub: PubSub) -> None:
        ada = await listen(pubsub, "a")
        for _ in range(3):
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(anext(ada), 0.01)
        pubsub.publish("a", b"still here")
        assert await take(ada, 1) == [("a", b"still here")]

    tell(story)


def test_two_processes_hear_each_other(redis_url: str):
    """The worker publishes what the streaming process shows."""

    async def story() -> None:
        prefix = f"test-{uuid4()}"
        worker, streaming = open_pubsub(redis_url, prefix), open_pubsub(redis_url, prefix)
        stranger = open_pubsub(redis_url, f"test-{uuid4()}")
        for each in (worker, streaming, stranger):
            await each.start()
        try:
            ada, other = await listen(streaming, "a"), await listen(stranger, "a")
            worker.publish("a", b"hello")
            assert await take(ada, 1) == [("a", b"hello")]
            stranger.publish("a", b"my own")
            assert await take(other, 1) == [("a", b"my own")]
        finally:
            for each in (worker, streaming, stranger):
                await each.close()

    asyncio.run(asyncio.wait_for(story(), 20))


@pytest.mark.parametrize("broken", ["pubsub", "normal"])
def test_a_broken_connection_is_told_and_mended(redis_url: str, broken: str):
    """After Redis was away a reader must not go on looking at a page with a hole in it."""
    from redis.asyncio import Redis

    async def story() -> None:
        pubsub = open_pubsub(redis_url, f"test-{uuid4()}")
        await pubsub.start()
        admin = Redis.from_url(redis_url)
        try:
            ada = await listen(pubsub, "a")
            pubsub.publish("a", b"before")
            assert await take(ada, 1) == [("a", b"before")]
            await admin.client_kill_filter(_type=broken, skipme=True)
            pubsub.publish("a", b"perhaps lost")
            assert [item async for item in ada] in ([], [("a", b"perhaps lost")])
            assert ada.lagged
            again = await listen(pubsub, "a")
            pubsub.publish("a", b"after")
            assert ("a", b"after") in await take(again, 1) or again.lagged
        finally:
            await admin.aclose()
            await pubsub.close()

    asyncio.run(asyncio.wait_for(story(), 20))
