"""The gate: a network that was shut out gets no answer, from the moment a moderator says so."""

import asyncio
import json

from house import JSON, PASSWORD, house

from whimbrel.accounts import barred
from whimbrel.accounts.queries import barred as kept
from whimbrel.accounts.queries.barred import Network
from whimbrel.app import gate
from whimbrel.app.gate import Gate

ADDRESS = "203.0.113.9"  # where `house` asks from


def _shut(tx):
    kept.add_network(tx, Network(1, "203.0.113.0/24", "no_access", "", None))
    tx.publish(barred.CHANNEL, b"")


def _open(tx):
    kept.remove_network(tx, 1)
    tx.publish(barred.CHANNEL, b"")


async def _until(ask, status):
    for _ in range(200):
        if (await ask()).status == status:
            return True
        await asyncio.sleep(0.01)
    return False


def test_a_network_is_shut_out_and_let_in_again(tmp_path):
    """At once, without a restart; others notice nothing. An attack does not wait for a minute."""

    async def run():
        async with house(tmp_path) as here, Gate.open(here.app, here.doors) as closed:
            here.doors = closed

            async def theirs():
                return await here.ask("GET", "/health", JSON)

            async def others():
                return await here.ask("GET", "/health", JSON, client="198.51.100.1")

            assert (await theirs()).status == 200
            await here.app.db.write(_shut)
            assert await _until(theirs, 403)
            assert (await others()).status == 200
            await here.app.db.write(_open)
            assert await _until(theirs, 200)

    asyncio.run(run())


def test_a_time_that_is_over_opens_by_itself(tmp_path, monkeypatch):
    """Nobody says anything when a block runs out."""
    monkeypatch.setattr(gate, "EVERY", 0.02)

    async def run():
        async with house(tmp_path) as here, Gate.open(here.app, here.doors) as closed:
            here.doors = closed

            def for_a_moment(tx):
                until = tx.ms + 150
                kept.add_network(tx, Network(1, f"{ADDRESS}/32", "no_access", "", until))

            await here.app.db.write(for_a_moment)
            assert await _until(lambda: here.ask("GET", "/health", JSON), 403)
            assert await _until(lambda: here.ask("GET", "/health", JSON), 200)

    asyncio.run(run())


def test_who_signs_up_is_met_by_where_they_come_from(tmp_path):
    """The address of the connection counts, through an app and on the page."""

    async def run():
        async with house(tmp_path) as here:
            app = await here.app_alone()

            def close(tx):
                kept.add_network(tx, Network(1, "203.0.113.0/24", "sign_up_block", "", None))

            await here.app.db.write(close)
            form = {
                "username": "eve",
                "email": "eve@far.example",
                "password": PASSWORD,
                "agreement": True,
            }
            body, path = json.dumps(form).encode(), "/api/v1/accounts"
            headers = {**app.by_app, **JSON}
            refused = await here.ask("POST", path, headers, body)
            assert refused.status == 403
            taken = await here.ask("POST", path, headers, body, client="198.51.100.1")
            assert taken.status == 200
            page = {"name": "joe", "email": "joe@far.example", "password": PASSWORD}
            assert (await here.form(None, "/auth/sign-up", **page)).status == 403

    asyncio.run(run())
