"""The count as table and as feed, for programs. As JSON it is what is kept."""

import csv
import io
from collections.abc import Sequence
from xml.sax.saxutils import escape

import msgspec

from whimbrel.core.ids import iso
from whimbrel.core.settings import Instance

from .tally import OfClass, Tally

PATH = "/transparency"


def as_json(tally: Tally) -> bytes:
    """Times are milliseconds, except `at`."""
    told = msgspec.to_builtins(tally) | {"at": iso(tally.at)}
    return msgspec.json.format(msgspec.json.encode(told), indent=1)


def as_csv(tally: Tally) -> bytes:
    """A row for each class; times in seconds."""
    made = io.StringIO()
    names = OfClass.__struct_fields__
    rows = csv.writer(made)
    rows.writerow(["class", *(f"{name}_s" if _is_time(name) else name for name in names)])
    for klass, each in tally.classes.items():
        values = msgspec.to_builtins(each)
        rows.writerow([klass, *(_cell(name, values[name]) for name in names)])
    return made.getvalue().encode()


def _is_time(name: str) -> bool:
    return name in ("act_by", "oldest") or name.endswith(("_median", "_p95"))


def _cell(name: str, value: int | str | None) -> int | str:
    if value is None:
        return ""
    return value // 1000 if _is_time(name) and isinstance(value, int) else value


def as_atom(tallies: Sequence[Tally], instance: Instance) -> bytes:
    """An entry a day. Source: RFC 4287"""
    page = f"{instance.origin}{PATH}"
    updated = iso(max((each.at for each in tallies), default=0))
    parts = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        '<feed xmlns="http://www.w3.org/2005/Atom">',
        f"<id>{escape(page)}</id>",
        f"<title>{escape(instance.domain)}</title>",
        f"<updated>{updated}</updated>",
        f'<link rel="alternate" href="{escape(page)}" type="text/html"/>',
        f'<link rel="self" href="{escape(page)}.atom" type="application/atom+xml"/>',
        f"<author><name>{escape(instance.domain)}</name></author>",
    ]
    for each in tallies:
        day = iso(each.at)[:10]
        parts += [
            "<entry>",
            f"<id>{escape(page)}#{day}</id><title>{day}</title><updated>{iso(each.at)}</updated>",
            f'<link rel="alternate" href="{escape(page)}"/>',
            f'<content type="text">{escape(as_csv(each).decode())}</content>',
            "</entry>",
        ]
    return "\n".join([*parts, "</feed>\n"]).encode()
