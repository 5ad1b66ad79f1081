"""From the sandbox's clean files to sealed objects in the store, and what is told about them."""

import asyncio
from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path
from typing import Any

import msgspec

from whimbrel.core.app import App
from whimbrel.core.ids import token
from whimbrel.core.keyring import Slot
from whimbrel.core.sealed import seal_file
from whimbrel.media.process.result import Processed, Variant

from .rules import File, MediaRow, column


async def keep(app: App, row: MediaRow, variants: Iterable[Variant]) -> list[File]:
    """Seal files and put them into the store. Until they are recorded they are mere noise there.

    Args:
        variants: lying in the sandbox's room, which is cleared afterwards.
    Raises:
        Shredded: the account was erased meanwhile.
        Unavailable: the store cannot take them now.
    """
    return [await _keep(app, row, variant) for variant in variants]


async def _keep(app: App, row: MediaRow, variant: Variant) -> File:
    slot = Slot(row.slot, row.author_slot, row.id, column(variant.name))
    plain = Path(variant.path)
    sealed = plain.with_name(f"{plain.name}.sealed")
    await asyncio.to_thread(seal_file, app.db.keyring.key(slot), slot.place, plain, sealed)
    stored = await app.store.put(sealed)
    return File(
        token=token(128),
        variant=variant.name,
        name=f"{variant.name}.{variant.extension}" if row.purpose == "post" else row.purpose,
        mime=variant.mime,
        size=variant.bytes,
        object=stored.key,
    )


def meta(made: Processed) -> str:
    """JSON of what apps are told before they load anything.

    Source: Mastodon REST API, entity MediaAttachment, meta
    """
    told: dict[str, Any] = {}
    for variant in made.variants:
        told[variant.name] = {**_sides(variant), **_pace(variant)}
    original = made.variants[0]
    if original.duration is not None:
        seconds = original.duration
        told["length"] = f"{int(seconds // 3600)}:{int(seconds // 60 % 60):02}:{seconds % 60:05.2f}"
        told["duration"] = seconds
        if original.frame_rate:
            told["fps"] = max(1, round(original.frame_rate))
        told.update(_sides(original))
    return msgspec.json.encode(told).decode()


def _sides(variant: Variant) -> dict[str, Any]:
    if not (variant.width and variant.height):
        return {}
    return {
        "width": variant.width,
        "height": variant.height,
        "size": f"{variant.width}x{variant.height}",
        "aspect": variant.width / variant.height,
    }


def _pace(variant: Variant) -> dict[str, Any]:
    told: dict[str, Any] = {}
    if variant.frame_rate:
        rate = Fraction(variant.frame_rate).limit_denominator(1001)
        told["frame_rate"] = f"{rate.numerator}/{rate.denominator}"
    if variant.duration is not None:
        told["duration"] = variant.duration
    if variant.bitrate is not None:
        told["bitrate"] = variant.bitrate
    return told
