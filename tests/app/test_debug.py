"""A server that is being debugged: what its log then tells is still nobody's secret."""

from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import quote

import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from server import fetched, running

WORDS = "an unrepeatable sentence"
MADE_UP = "whb_nobodys"


def test_no_token_and_no_words_are_logged_however_much_is(tmp_path: Path):
    """Whoever reads the log of last night's search for a fault, or its copy at a log service,
    could sign in as everybody who had an app open."""
    with running(tmp_path / "data", WHIMBREL_LOG_LEVEL="debug") as server:
        tokens = server.people("ada", "bob")
        ada, bob = tokens["ada"], tokens["bob"]
        at = f"ws{server.url[4:]}/api/v1/streaming"
        with (
            connect(f"{at}?access_token={quote(ada)}&stream=user") as by_query,
            connect(f"{at}?stream=user", subprotocols=[bob]) as by_protocol,
        ):
            server.call(ada, "POST", "/api/v1/statuses", status=f"@bob {WORDS}")
            assert WORDS in by_query.recv(timeout=10)
            assert WORDS in by_protocol.recv(timeout=10)
        with pytest.raises(InvalidStatus):
            connect(f"{at}?access_token={MADE_UP}&stream=user")
        for path in ("streaming/user", "timelines/home"):
            with pytest.raises(HTTPError):
                fetched(f"{server.url}/api/v1/{path}?access_token={MADE_UP}")
        server.stop()
        log = server.log.read_text()
        assert "stopped" in log
        for secret in (ada, bob, MADE_UP, "access_token", WORDS):
            assert secret not in log, secret
