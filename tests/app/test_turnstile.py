"""Before the sign-in form: who would be refused anyway is, in the same words, and nobody else."""

import asyncio
from urllib.parse import urlencode

from house import FORM, HTML, JSON, house

from whimbrel.accounts import passwords
from whimbrel.accounts.views import SIGN_IN

THEIRS, NETWORK, OTHERS = "198.51.100.7", "198.51.100", "192.0.2.1"
VARIES = {"x-request-id", "x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset"}


def _fixed(answer):
    return {name: value for name, value in answer.headers.items() if name not in VARIES}


async def _wrong(here, client=THEIRS, **headers):
    """One wrong password."""
    browser = {**HTML, **FORM, **headers}
    form = {"_csrf": here.csrf(browser), "login": "ada", "password": "a wrong password"}
    return await here.ask("POST", SIGN_IN, browser, urlencode(form).encode(), client=client)


def test_who_tried_too_often_is_told_what_the_form_would_say(tmp_path):
    """To the letter, as a page or as JSON, though nothing of theirs was read."""

    async def run():
        async with house(tmp_path, rate_limits=True) as here:
            here.app.budgets.spend("sign_in", NETWORK, 25)
            for headers in ({**HTML, **FORM}, {**JSON, **FORM}):
                early, late = [
                    await here.ask("POST", SIGN_IN, headers, client=THEIRS, framework=past)
                    for past in (False, True)
                ]
                assert early.status == late.status == 429
                assert _fixed(early) == _fixed(late)
                if "accept" in headers:
                    assert early.body == late.body
            assert (await _wrong(here, OTHERS)).status == 422
            here.app.budgets.refund("sign_in", NETWORK, 25)
            assert (await _wrong(here)).status == 422

    asyncio.run(run())


def test_strangers_wait_and_devices_that_are_known_do_not(tmp_path, monkeypatch):
    """A network's patience, and room for hashes, are for whoever never was here."""

    async def run():
        async with house(tmp_path, rate_limits=True) as here:
            sign_ins = here.app.budgets.sign_ins
            for _ in range(sign_ins.FREE_OF_NETWORK):
                sign_ins.charge([("network", NETWORK)])
            assert (await _wrong(here)).status == 429
            assert (await _wrong(here, cookie="__Host-device=x.y")).status == 429  # by the form
            monkeypatch.setattr(passwords, "_under_way", {*range(passwords.MOST_WAITING)})
            told = await _wrong(here, OTHERS)
            assert (told.status, told.headers["retry-after"]) == (503, "5")

    asyncio.run(run())
