"""A picture is known again by its PDQ after it was scaled or saved anew, as by Meta's program."""

import io
from typing import Any

import media_samples as samples
import pytest
from PIL import Image, ImageFilter
from sqlalchemy import bindparam, select

from whimbrel.core.engines import Query
from whimbrel.core.keyring import Shredded, Slot
from whimbrel.media import erase
from whimbrel.media.process.pdq import pdq
from whimbrel.media.queries import hashes
from whimbrel.media.tables import media

ID = bindparam("id")

# Of `waves` of these, by `pdqhash` 0.2.8, which wraps the C++ of facebook/ThreatExchange.
REFERENCE = {
    (160, 120, 40, 90): "2b404a01da6f927536cf66409c4f28c858dee2df0e9f389ce79c08bcfff8aac0",
    (64, 64, 9, 7): "b17fa7c24c035af0541bafdd558b2d7caa41aa1fa2b020a7f8af492ecb6c4968",
    (301, 87, 70, 20): "311a23083612233ae318e732c72c0e9a37396678fe7fe4704dfafffcaee0a600",
    (640, 480, 300, 170): "7cf0d9c3f73efff0ffe0bf9b3e787df0dfe0db83bf80b2002610640064404400",
    (90, 333, 11, 99): "0cf738ce719af7cf04880dfe3ffffc8e5018003e03be67fc68f84cb01ab07030",
}


def waves(width: int, height: int, a: int, b: int) -> bytes:
    """Pixels that no library makes otherwise tomorrow."""

    def shade(x: int, y: int, of: int) -> int:
        if (x // 9 + y // 7) % 5 == 0:
            return of * 60
        return (x * x // a + y * (y + of) // b + (x * y >> 4) * (of % 3)) & 255

    return bytes(shade(x, y, of) for y in range(height) for x in range(width) for of in (1, 2, 3))


@pytest.mark.parametrize("shape", REFERENCE)
def test_it_is_the_same_as_the_reference_bit_by_bit(shape: tuple[int, int, int, int]) -> None:
    """Lists are made by others: a bit that is ours alone is one less to be found by."""
    found = pdq(waves(*shape), *shape[:2])
    assert found is not None
    assert found.hex() == REFERENCE[shape]


def apart(one: Image.Image, other: Image.Image) -> int:
    found = [pdq(each.convert("RGB").tobytes(), *each.size) for each in (one, other)]
    first, second = (int.from_bytes(each or b"") for each in found)
    return (first ^ second).bit_count()


def saved(image: Image.Image, quality: int) -> Image.Image:
    file = io.BytesIO()
    image.save(file, "JPEG", quality=quality)
    return Image.open(file)


def test_it_is_known_again_smaller_and_worse_but_not_cut() -> None:
    """What is said of it in the documentation, and no more."""
    whole = Image.frombytes("RGB", (640, 480), waves(640, 480, 300, 170))
    whole = whole.filter(ImageFilter.GaussianBlur(2))
    assert apart(whole, whole.resize((320, 240))) <= 31
    assert apart(whole, saved(whole.resize((256, 192)), 40)) <= 31
    assert apart(whole, whole.crop((64, 48, 576, 432))) > 31
    assert apart(whole, whole.transpose(Image.Transpose.FLIP_LEFT_RIGHT)) > 31


def test_of_what_is_flat_or_tiny_nothing_is_said() -> None:
    """All white pictures are alike, and none of them is the known one."""
    assert pdq(bytes([200]) * 300 * 200 * 3, 300, 200) is None
    assert pdq(waves(90, 4, 11, 99), 90, 4) is None


def png(image: Image.Image) -> bytes:
    file = io.BytesIO()
    image.save(file, "PNG")
    return file.getvalue()


def test_it_is_kept_sealed_and_goes_with_its_picture(happens: Any) -> None:
    """Whoever has the database learns nothing of pictures; nobody does, once they are erased."""
    picture = Image.frombytes("RGB", (160, 120), waves(160, 120, 40, 90))
    wanted = bytes.fromhex(REFERENCE[160, 120, 40, 90])
    sealed = Query(select(media.c.pdq, media.c.slot, media.c.author_slot).where(media.c.id == ID))

    async def story(house: Any) -> None:
        id_ = await house.send(png(picture))
        (found,) = await house.db.read(hashes.of, [id_])
        assert (found.account, found.pdq) == (house.account, wanted)
        copy, slot, author = await house.db.read(lambda tx: tx.row(sealed, id=id_))
        assert wanted not in bytes(copy)
        flat = await house.send(png(Image.new("RGB", (160, 120), (9, 9, 9))))
        assert await house.db.read(hashes.of, [flat]) == []
        await house.db.write(erase.forget, [id_])
        assert await house.db.read(hashes.of, [id_]) == []
        with pytest.raises(Shredded):
            house.db.keyring.unseal(Slot(slot, author, id_, hashes.PDQ), bytes(copy))

    happens(story)


def test_a_film_is_known_by_its_cover_as_well(happens_once: Any, tmp_path: Any) -> None:
    """Whoever puts a known picture before a film of something else would have it shown."""
    cover = Image.frombytes("RGB", (160, 120), waves(160, 120, 40, 90))
    film = tmp_path / "film.mp4"
    samples.film(film, "mp4", "libx264", None)

    async def story(house: Any) -> None:
        thumbnail = house.file(png(cover))
        id_ = await house.send(film.read_bytes(), thumbnail=thumbnail, patience=60)
        (found,) = await house.db.read(hashes.of, [id_])
        assert bytes.fromhex(REFERENCE[160, 120, 40, 90]) == found.pdq[-32:]

    happens_once(story)
