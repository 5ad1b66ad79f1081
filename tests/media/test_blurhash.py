"""Ours against the package everybody knows."""

import io
import random

import blurhash as reference
import media_samples as samples
import pytest
from PIL import Image

from whimbrel.media.process.blurhash import blurhash

NOISE = Image.frombytes("RGB", (32, 32), random.Random(7).randbytes(32 * 32 * 3))
PICTURES = {
    "slope": samples.drawing(32, 32),
    "noise": NOISE,
    "black": Image.new("RGB", (32, 32)),
    "white": Image.new("RGB", (32, 32), "white"),
    "oblong": samples.drawing(20, 9),
}


# The reference asks Pillow for pixels by a name that goes away in 2027.
@pytest.mark.filterwarnings("ignore:Image.Image.getdata:DeprecationWarning")
@pytest.mark.parametrize("name", PICTURES)
@pytest.mark.parametrize("parts", [(4, 3), (1, 1), (9, 9)])
def test_the_same_characters_as_the_reference(name, parts):
    """Apps draw the placeholder from these characters: one wrong digit is a wrong colour."""
    image = PICTURES[name]
    out = io.BytesIO()
    image.save(out, "PNG")
    ours = blurhash(image.tobytes(), *image.size, *parts)
    assert ours == reference.encode(io.BytesIO(out.getvalue()), *parts)
