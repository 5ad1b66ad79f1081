"""Fixtures of the tests with real apps: a town on a running server, a picture and a film."""

import io
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageDraw

sys.path.insert(0, str(Path(__file__).parent))  # importmode=importlib adds none

from client_town import Town

import services
from server import Server, running


@pytest.fixture(scope="package", params=("sqlite", "postgresql"))
def live(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    """A running server, one per engine for all modules here: apps meet a server in use."""
    url = services.database(request, request.param)
    with running(tmp_path_factory.mktemp("clients"), url) as server:
        yield server


@pytest.fixture(scope="package")
def town(live: Server) -> Iterator[Town]:
    """The people on it."""
    made = Town(live)
    yield made
    made.close()


@pytest.fixture(scope="session")
def picture() -> bytes:
    """A small PNG."""
    image = Image.new("RGB", (96, 64), (40, 90, 160))
    ImageDraw.Draw(image).rectangle((8, 8, 40, 40), fill=(250, 120, 10))
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


@pytest.fixture(scope="session")
def film() -> bytes:
    """A second of MP4 without sound."""
    import av

    out = io.BytesIO()
    with av.open(out, "w", format="mp4") as box:
        stream: Any = box.add_stream("libx264", rate=12)
        stream.width, stream.height, stream.pix_fmt = 96, 64, "yuv420p"
        for step in range(12):
            image = Image.new("RGB", (96, 64), (step * 20, 90, 160))
            for packet in stream.encode(av.VideoFrame.from_image(image)):
                box.mux(packet)
        for packet in stream.encode(None):
            box.mux(packet)
    return out.getvalue()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mastodon.py warns of routes that are old upstream; apps ask for them all the same."""
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            ignored = "ignore::mastodon.errors.MastodonDeprecationWarning"
            item.add_marker(pytest.mark.filterwarnings(ignored))
