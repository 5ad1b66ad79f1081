"""What `whimbrel doctor` looks at beside this machine."""

import asyncio
import ssl
from pathlib import Path

import pytest
import trustme
from aiohttp import web

from whimbrel.app.doctor import CHECKS
from whimbrel.core.settings import Settings

HERE = "https://social.example"


@pytest.mark.parametrize("sent_on", [True, False])
def test_a_handle_that_leads_nowhere_is_found(tmp_path: Path, sent_on: bool):
    """All would be well on the server itself, and nobody elsewhere could find anybody on it."""
    authority, context = trustme.CA(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")

    async def answer(request: web.Request) -> web.Response:
        if not sent_on:
            return web.Response(text="Welcome to our town")
        subject = request.query["resource"]
        return web.json_response({"subject": subject, "aliases": [f"{HERE}/actor"]})

    async def look() -> list[str]:
        app = web.Application()
        app.router.add_get("/{rest:.*}", answer)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context).start()
        settings = Settings(
            data=tmp_path,
            domain=f"127.0.0.1:{runner.addresses[0][1]}",
            origin=HERE,
            allow_private=("127.0.0.1",),
            extra_ca=str(tmp_path / "ca.pem"),
        )
        try:
            return await asyncio.to_thread(lambda: list(CHECKS["Handles"](settings)))
        finally:
            await runner.cleanup()

    found = asyncio.run(look())
    assert [f"webfinger on to {HERE}" in line for line in found] == ([] if sent_on else [True])
