"""A legal order, nobody at the desk, and this machine's own clock: the order's hour is three
minutes, by the operator's own setting, and another server is a real one. WHIMBREL_LONG=1; by a
clock that is put forward: test_nobody.py."""

import json
import os
import random
import time
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from lookout import EVERYWHERE, places, until
from websockets.sync.client import connect
from yard import picture, upload

import services
from server import Server, running

NEAR = {"WHIMBREL_ALLOW_PRIVATE": "127.0.0.1", "WHIMBREL_DOMAIN": "127.0.0.1"}
HOUR = 180.0  # seconds
HIDES = HOUR * 3 / 4
KILLS = 3


def abroad(far: Server, token: str, post: Any) -> Any:
    """The post as the other server has it; None = it has it not."""
    rows = far.call(token, "GET", "/api/v1/timelines/home")
    return next((row for row in rows if row["uri"] == post["uri"]), None)


@pytest.mark.skipif(not os.environ.get("WHIMBREL_LONG"), reason="takes three minutes")
@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
def test_an_order_that_nobody_answers_is_kept_in_real_minutes(
    engine: str, tmp_path: Path, request: pytest.FixtureRequest, capsys: Any
) -> None:
    """Killed three times meanwhile: gone from pages, API, lists, stream, its file, and at the other
    server, before its time is over."""
    dice = random.Random()
    url, short = services.database(request, engine), {"WHIMBREL_MODERATION_TIMES": "L0=0.05"}
    near = Server(tmp_path / "near", url, **NEAR, **short)
    near.start()
    try:
        with running(tmp_path / "far", **NEAR) as far:
            tokens, bob = near.people("ada", "eve"), far.people(by_app=["bob"])["bob"]
            hers = f"@ada@127.0.0.1:{near.port}"
            ada = far.call(bob, "GET", "/api/v2/search", q=hers, resolve="true")["accounts"][0]
            far.call(bob, "POST", f"/api/v1/accounts/{ada['id']}/follow")
            me = near.call(tokens["ada"], "GET", "/api/v1/accounts/verify_credentials")
            near.call(tokens["eve"], "POST", f"/api/v1/accounts/{me['id']}/follow")
            until(lambda: _followers(near, tokens["ada"]) == 2)
            medium = upload(near, tokens["ada"], picture(1))
            body = {"status": "Burn it down tonight", "media_ids": [medium]}
            post = near.call(tokens["ada"], "POST", "/api/v1/statuses", **body)
            until(lambda: abroad(far, bob, post) is not None)
            until(lambda: places(near, tokens["eve"], post) == EVERYWHERE)

            order = tmp_path / "order.txt"
            order.write_text(f"Remove {post['url']} at once.")
            near.cli("letter", "take", order, "--order-of", "Coimisiún na Meán", "--country", "IE")
            began = time.monotonic()
            killed = sorted(dice.uniform(1, HIDES - 15) for _ in range(KILLS))
            for at in killed:
                time.sleep(max(0.0, began + at - time.monotonic()))
                near.kill()
                near.start()
            assert places(near, tokens["eve"], post) == EVERYWHERE
            at = (
                f"ws{near.url[4:]}/api/v1/streaming?access_token={quote(tokens['eve'])}&stream=user"
            )
            with connect(at) as stream:
                said = json.loads(stream.recv(timeout=began + HOUR - time.monotonic()))
            assert (said["event"], said["payload"]) == ("delete", post["id"])
            until(lambda: places(near, tokens["eve"], post) == 0, HOUR)
            here = time.monotonic() - began
            until(lambda: "hidden" in abroad(far, bob, post)["content"], HOUR)
            assert abroad(far, bob, post)["media_attachments"] == []
            there = time.monotonic() - began
    finally:
        near.kill()
    kills = ", ".join(f"{each:.0f}" for each in killed)
    with capsys.disabled():
        print(  # noqa: T201
            f"\n{engine}: an order with {HOUR:.0f} s, killed at {kills} s: hidden here after"
            f" {here:.1f} s, at the other server after {there:.1f} s"
        )
    assert HIDES - 1 < here <= there < HOUR


def _followers(server: Server, token: str) -> int:
    me = server.call(token, "GET", "/api/v1/accounts/verify_credentials")
    return int(me["followers_count"])
