"""The port: what every connection that comes in through it has been given."""

import socket

import pytest

from whimbrel.app.serve import VANISHED, listen
from whimbrel.core.settings import Settings


@pytest.mark.skipif(not hasattr(socket, "TCP_USER_TIMEOUT"), reason="Linux has this")
@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]"])
def test_who_vanishes_is_let_go(host: str):
    """A phone that drives into a tunnel never says goodbye. Its stream would be written to for a
    quarter of an hour, and a few thousand of them fill the server."""
    with (
        listen(Settings(bind=f"{host}:0")) as listener,
        socket.create_connection(listener.getsockname()[:2]),
        listener.accept()[0] as inside,
    ):
        waits = inside.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT)
    assert waits == VANISHED * 1000
