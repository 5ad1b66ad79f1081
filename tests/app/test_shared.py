"""Budgets of people are counted by all processes together, over a real Redis."""

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from whimbrel.app import shared
from whimbrel.app.opening import opened
from whimbrel.core.app import App
from whimbrel.core.errors import TooMany
from whimbrel.core.settings import Settings
from whimbrel.privacy.budgets import LIMITS, Throttle


async def _soon(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not holds():  # noqa: ASYNC110 (budgets tell nobody)
            await asyncio.sleep(0.02)


def _left(app: App, kind: str, who: Any) -> int:
    return int(app.budgets.spend(kind, who, 0).remaining)


def _waits(app: App, who: Any) -> bool:
    try:
        app.budgets.sign_ins.charge([("account", who)])
    except TooMany:
        return True
    return False


def test_who_goes_from_door_to_door_has_one_budget(tmp_path: Path, redis_url: str):
    """Whoever asks each of eight processes in turn would have eight times as many requests, letters
    and tries of a password; and a restart would give all of it anew."""
    token, network, key = uuid4().int >> 66, uuid4().hex, ("confirm", uuid4().bytes)
    stranger = uuid4().hex
    most = LIMITS["api"].most
    settings = Settings(data=tmp_path, domain="social.example", redis=redis_url)

    async def story() -> None:
        async with AsyncExitStack() as stack:
            one, other = [await stack.enter_async_context(opened(settings)) for _ in range(2)]
            for app in (one, other):
                await stack.enter_async_context(shared.keep(app))
            for app in (one, other):  # both listen
                await _soon(lambda app=app: app.pubsub.listeners)  # type: ignore[misc]
            await asyncio.sleep(0.2)
            one.budgets.spend("api", token, 200)
            other.budgets.spend("api", token, most - 220)
            one.budgets.spend("letter", key, 2)
            one.budgets.refund("letter", key)
            for _ in range(Throttle.FREE):
                one.budgets.sign_ins.charge([("account", network), ("network", network)])
            await _soon(lambda: _left(one, "api", token) < 50 and _left(other, "api", token) < 50)
            for app in (one, other):
                with pytest.raises(TooMany):
                    app.budgets.spend("api", token, 50)
            assert _left(other, "letter", key) == LIMITS["letter"].most - 1, "given back there, too"
            assert _waits(other, network), "tries of a password at all doors are one's tries"
            other.budgets.sign_ins.forgive([("account", network)])
            await _soon(lambda: not _waits(one, network))
            for _ in range(Throttle.FREE):
                other.budgets.sign_ins.charge([("account", stranger)])

            third = await stack.enter_async_context(opened(settings))
            assert _left(third, "api", token) == most
            await stack.enter_async_context(shared.keep(third))
            await _soon(lambda: _left(third, "api", token) < 50)
            assert _left(third, "letter", key) == LIMITS["letter"].most - 1
            assert _waits(third, stranger)

    asyncio.run(story())


def test_a_crowd_of_requests_is_a_message(tmp_path: Path, redis_url: str, monkeypatch):
    """A round trip for each request would cost more than the request."""
    settings = Settings(data=tmp_path, domain="social.example", redis=redis_url)

    async def story() -> None:
        async with opened(settings) as app, shared.keep(app):
            sent: list[str] = []
            publish = app.pubsub.publish

            def told(channel: str, message: bytes) -> None:
                sent.append(channel)
                publish(channel, message)

            monkeypatch.setattr(app.pubsub, "publish", told)
            await asyncio.sleep(0.3)  # what it asks when it begins
            sent.clear()
            for number in range(2000):
                app.budgets.spend("api", number % 50, 0 if number % 3 else 1)
            await asyncio.sleep(2 * shared.SOON)
            assert sent == [shared.CHANNEL]

    asyncio.run(story())
