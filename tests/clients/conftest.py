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

from server import Server


@pytest.fixture(scope="module")
def town(live: Server) -> Iterator[Town]:
    """People on a running server; one town per module and engine."""
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
