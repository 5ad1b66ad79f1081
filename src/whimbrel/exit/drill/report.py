"""What a drill came to: as signed JSON, and as a page for people."""

from collections.abc import Sequence
from html import escape
from pathlib import Path

import msgspec

from whimbrel.core.ids import moment
from whimbrel.core.keyring import Keyring
from whimbrel.instance import drills
from whimbrel.instance.drills import Drill

from ..export import signing_key
from ..verify import Line


class Told(Drill, frozen=True, kw_only=True):
    """One drill, whole. `parts`: the seconds of `rto`; `counts`: as `verify.Report`; `doctor`: what
    `whimbrel exit doctor` said, which does not decide."""

    domain: str
    version: str
    keepers: int  # that are well
    rows: int
    parts: dict[str, float]
    counts: dict[str, int]
    lines: list[Line]
    doctor: list[tuple[str, str, str]]


class Signed(msgspec.Struct, frozen=True):
    """A report and who signed it: the restored server, with the key of its exports."""

    drill: Told
    key: str  # Ed25519, hex
    signature: str  # hex, of `canonical`


def canonical(told: Told) -> bytes:
    """The bytes that are signed."""
    return msgspec.json.encode(told, order="sorted")


def sign(told: Told, keyring: Keyring) -> Signed:
    """The report, signed."""
    key = signing_key(keyring)
    public = key.public_key().public_bytes_raw().hex()
    return Signed(told, public, key.sign(canonical(told)).hex())


def keep(signed: Signed, data: Path) -> Path:
    """Put it where the doctor and the pages look, as JSON and as HTML; the path of the page."""
    folder = data / drills.FOLDER
    folder.mkdir(mode=0o700, exist_ok=True)
    before = drills.of(data)
    name = f"{moment(signed.drill.at):%Y-%m-%dT%H-%M-%SZ}"
    page = folder / f"{name}.html"
    page.write_text(html(signed, before), encoding="utf-8")
    json = folder / f"{name}.json"
    json.write_bytes(msgspec.json.format(msgspec.json.encode(signed), indent=1))
    return page


_STYLE = (
    "body{font:1rem/1.5 system-ui,sans-serif;max-width:50rem;margin:2rem auto;padding:0 1rem;"
    "color-scheme:light dark}table{border-collapse:collapse;width:100%}th,td{text-align:start;"
    "padding:.25rem .75rem .25rem 0;border-bottom:1px solid #8886;vertical-align:top}"
    ".wrong{font-weight:bold}code{overflow-wrap:anywhere}"
)


def html(signed: Signed, before: Sequence[Drill]) -> str:
    """A page that needs nothing else. Args: `before`: earlier drills, the newest first."""
    told = signed.drill
    verdict = "The standby can be lived in" if told.ok else "The standby cannot be relied on"
    facts = [
        ("When", _when(told.at)),
        ("Server", f"{told.domain} (Whimbrel {told.version})"),
        ("Would have been lost (RPO)", seconds(told.rpo)),
        ("Back after (RTO)", seconds(told.rto)),
        *((f"of that: {part}", seconds(took)) for part, took in told.parts.items()),
        ("Rows", f"{told.rows:,}"),
        *((name.replace("_", " "), f"{count:,}") for name, count in told.counts.items()),
        ("Keepers that are well", str(told.keepers)),
    ]
    lines = [(each.title, "ok" if each.ok else "WRONG", each.says) for each in told.lines]
    trend = [
        (_when(each.at), "ok" if each.ok else "WRONG", seconds(each.rpo), seconds(each.rto))
        for each in (told, *before)
    ]
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{verdict}</title>'
        f'<meta name="viewport" content="width=device-width"><style>{_STYLE}</style>'
        f"<main><h1>{verdict}</h1>{_table(('', ''), facts)}"
        f"<h2>What was looked at</h2>{_table(('What', '', 'Found'), lines)}"
        f"<h2>What the doctor says</h2>{_table(('What', '', 'Found'), told.doctor)}"
        f"<h2>Drills so far</h2>{_table(('When', '', 'RPO', 'RTO'), trend)}"
        f"<p>Signed with <code>{signed.key}</code>: <code>{signed.signature}</code></p>"
        "</main></html>"
    )


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    made = "".join(f'<th scope="col">{escape(each)}</th>' for each in head)
    body = "".join(
        "<tr>" + "".join(f"<td{_mark(cell)}>{escape(cell)}</td>" for cell in row) + "</tr>"
        for row in rows
    )
    return f"<table><thead><tr>{made}</tr></thead><tbody>{body}</tbody></table>"


def _mark(cell: str) -> str:
    return ' class="wrong"' if cell in ("WRONG", "red") else ""


def _when(ms: int) -> str:
    return f"{moment(ms):%Y-%m-%d %H:%M} UTC"


def seconds(took: float | None) -> str:
    """As people read it."""
    if took is None:
        return "not known"
    return f"{took:.1f} s" if took < 120 else f"{took / 60:.1f} min"
