"""Still pictures: decoded, turned upright, brought to sRGB, written as new pixels, nothing else.

No file is ever edited in place: what is not a pixel does not come along."""

from math import sqrt
from pathlib import Path
from typing import Any, Literal, NamedTuple

import pyvips

from whimbrel.core.errors import Invalid
from whimbrel.media.process import sniff
from whimbrel.media.process.blurhash import blurhash
from whimbrel.media.process.pdq import pdq
from whimbrel.media.process.result import Limits, Processed, Variant
from whimbrel.media.process.sniff import Format

pyvips.block_untrusted_set(True)  # before the first load: no SVG named .png
pyvips.cache_set_max(0)
UNREADABLE: tuple[type[Exception], ...] = (pyvips.Error,)

# A PNG without transparency that stays heavier than this is a photo and becomes a JPEG.
HEAVY_PNG = 2**20

# Of the small copy, on a slow line, each byte is waited for: one that is heavy for its size (grain,
# where less is hardly seen) is written once more, and worse. 64 kB at most for 640 x 480.
LIGHT = 0.21  # bytes of a pixel
_QUALITY = {"original": (85,), "small": (75, 60, 45, 30, 15)}

_LOADERS = {
    "JPEG": "jpegload",
    "PNG": "pngload",
    "GIF": "gifload",
    "WebP": "webpload",
    "AVIF": "heifload",
}
_MIMES = {"jpg": "image/jpeg", "png": "image/png", "webp": "image/webp", "gif": "image/gif"}


class Marks(NamedTuple):
    """How a picture looks from afar, and by what it is known again: empty where it has none."""

    blurhash: str
    pdq: bytes


def make(path: Path, form: Format, room: Path, limits: Limits) -> Processed:
    """Make the clean original and its small copy.

    Args:
        path: the upload.
        form: what it begins like.
        room: a folder for the new files.
    Returns:
        kind "image", or "gifv" when it moves and is smaller as a video.
    Raises:
        Invalid: more pixels or frames than the limits allow.
        pyvips.Error: it cannot be decoded to its end.
    """
    image = _open(path, form, limits)
    image = to_srgb(image.autorot())
    image = shrink(image, limits.original_pixels).copy_memory()
    return still(image, form, room, limits)


def still(image: pyvips.Image, form: Format, room: Path, limits: Limits) -> Processed:
    """Write the original and the small copy of sRGB pixels already in memory."""
    image = without_idle_alpha(image)
    original = _write_original(image, form, room / "original")
    small, marks = preview(image, room / "small", limits)
    return Processed("image", (original, small), *marks)


def preview(image: pyvips.Image, stem: Path, limits: Limits) -> tuple[Variant, Marks]:
    """Write the small copy. Returns it and how it looks."""
    image = without_idle_alpha(shrink(image, limits.small_pixels).copy_memory())
    variant = write(image, "small", stem, "webp" if image.hasalpha() else "jpg")
    flat = image.flatten(background=255) if image.hasalpha() else image
    tiny = flat.thumbnail_image(32, height=32, size="force", no_rotate=True)
    known = pdq(bytes(flat.write_to_memory()), flat.width, flat.height)
    return variant, Marks(blurhash(bytes(tiny.write_to_memory()), 32, 32), known or b"")


def to_srgb(image: pyvips.Image) -> pyvips.Image:
    """Bring any colour space to 8-bit sRGB, with the file's own profile when it is a sound one."""
    if image.get_typeof("icc-profile-data"):
        try:
            converted = image.icc_transform("srgb", embedded=True, intent="perceptual", depth=8)
            return converted.cast("uchar")
        except pyvips.Error:
            pass  # a broken profile says nothing about the pixels: take them as they are
    return image.colourspace("srgb").cast("uchar")


def without_idle_alpha(image: pyvips.Image) -> pyvips.Image:
    """Drop an alpha channel that hides nothing: such a picture can be a JPEG."""
    if image.hasalpha() and image[image.bands - 1].min() == 255:
        return image.extract_band(0, n=image.bands - 1)
    return image


def shrink(image: pyvips.Image, pixels: int) -> pyvips.Image:
    """Scale down to at most so many pixels; never up."""
    if image.width * image.height <= pixels:
        return image
    scale = sqrt(pixels / (image.width * image.height))
    width, height = max(1, int(image.width * scale)), max(1, int(image.height * scale))
    return image.thumbnail_image(width, height=height, size="force", no_rotate=True)


def write(
    image: pyvips.Image, name: Literal["original", "small"], stem: Path, extension: str
) -> Variant:
    """Encode pixels, and nothing but pixels (`keep="none"`), as `stem.extension`."""
    path = stem.with_suffix(f".{extension}")
    if extension == "png":
        image.pngsave(str(path), compression=6, keep="none")
    elif extension == "gif":
        image.gifsave(str(path), keep="none")
    else:
        for quality in _QUALITY[name]:
            if extension == "jpg":
                image.jpegsave(str(path), Q=quality, optimize_coding=True, keep="none")
            else:
                image.webpsave(str(path), Q=quality, keep="none")
            if path.stat().st_size <= LIGHT * image.width * image.height:
                break
    return Variant(
        name=name,
        path=str(path),
        mime=_MIMES[extension],
        extension=extension,
        width=image.width,
        height=image.height,
        bytes=path.stat().st_size,
    )


def _write_original(image: pyvips.Image, form: Format, stem: Path) -> Variant:
    """PNG and GIF stay exact while that is light; what else is transparent is WebP; photos JPEG."""
    if form in (sniff.PNG, sniff.GIF):
        exact = write(image, "original", stem, "png")
        if image.hasalpha() or exact.bytes <= HEAVY_PNG:
            return exact
        Path(exact.path).unlink()
    return write(
        image, "original", stem, "webp" if form is sniff.WEBP or image.hasalpha() else "jpg"
    )


def check_pixels(width: int, height: int, limits: Limits) -> None:
    """Raises Invalid when one picture is more than we decode."""
    if width * height > limits.pixels:
        most = limits.pixels // 1_000_000
        raise Invalid(f"This picture is {width} x {height}; {most} megapixels are the most.")


def _open(path: Path, form: Format, limits: Limits) -> pyvips.Image:
    """Read the header, check its size, and promise the pixels."""
    if form is sniff.HEIC:
        return _open_heic(path, limits)
    image = load(path, form)
    check_pixels(image.width, image.height, limits)
    # Top to bottom costs little memory, but a picture that has to be turned is read at random.
    if _upright(image):
        image = load(path, form, access="sequential")
    return image


def load(path: Path, form: Format, **options: Any) -> pyvips.Image:
    """Open with the one loader for the format. A source, as vips reads options in file names."""
    loader = getattr(pyvips.Image, _LOADERS[form.name] + "_source")
    image: pyvips.Image = loader(
        pyvips.Source.new_from_file(str(path)), fail_on="truncated", **options
    )
    return image


def _upright(image: pyvips.Image) -> bool:
    return not image.get_typeof("orientation") or image.get("orientation") <= 1


def _open_heic(path: Path, limits: Limits) -> pyvips.Image:
    """libheif turns the picture upright itself; its profile comes along for `to_srgb`."""
    import pillow_heif  # heavy, and only HEIC needs it: the pyvips wheel has no HEVC decoder

    pillow_heif.options.DECODE_THREADS = 1
    try:
        with path.open("rb") as file:
            heif = pillow_heif.open_heif(file, convert_hdr_to_8bit=True)
            width, height = heif.size
            check_pixels(width, height, limits)
            pixels = bytes(heif.data)  # the decoder runs here
    except (ValueError, RuntimeError, EOFError, SyntaxError, OSError) as error:
        raise Invalid("This file is damaged, or not the HEIC it begins like.") from error
    bands = {"RGB": 3, "RGBA": 4, "L": 1, "LA": 2}.get(heif.mode)
    if bands is None:
        raise Invalid("The colours of this HEIC picture cannot be read here.")
    width, height = heif.size  # known for certain once decoded
    image = pyvips.Image.new_from_memory(pixels, heif.stride // bands, height, bands, "uchar")
    image = image.crop(0, 0, width, height).copy(interpretation="srgb" if bands > 2 else "b-w")
    if profile := heif.info.get("icc_profile"):
        image.set_type(pyvips.GValue.blob_type, "icc-profile-data", profile)
    return image
