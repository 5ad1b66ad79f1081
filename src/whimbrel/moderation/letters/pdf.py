"""A letter as PDF: plain pages of text in a font that every reader has, nothing else in it.

That font knows the signs of western Europe. Any other sign is written as its number (U+3042): the
text and the JSON of the same letter hold it as it is."""

import textwrap

_WIDTH, _HEIGHT, _MARGIN, _SIZE, _LEADING = 595, 842, 56, 9, 12.0  # points, of A4
_COLUMNS = int((_WIDTH - 2 * _MARGIN) / (_SIZE * 0.6))  # Courier is six tenths wide
_ROWS = int((_HEIGHT - 2 * _MARGIN) / _LEADING) - 2  # two for the number of the page


def write(text: str, title: str) -> bytes:
    """The file.

    Source: ISO 32000-1, 7.5 (file structure), 9.6.2.2 (fonts that every reader has)
    """
    lines = [row for line in text.splitlines() for row in _wrapped(line)] or [""]
    pages = [lines[begin : begin + _ROWS] for begin in range(0, len(lines), _ROWS)]
    first = 5  # of the objects, that of the first page
    kids = " ".join(f"{first + 2 * n} 0 R" for n in range(len(pages)))
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R /ViewerPreferences << /DisplayDocTitle true >> >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>".encode(),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Courier /Encoding /WinAnsiEncoding >>",
        b"<< /Title (" + _string(title) + b") /Producer (Whimbrel) >>",
    ]
    for number, rows in enumerate(pages, 1):
        page = (
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {_WIDTH} {_HEIGHT}] "
            f"/Resources << /Font << /F 3 0 R >> >> /Contents {first + 2 * number - 1} 0 R >>"
        )
        content = _content(rows, f"{number} / {len(pages)}")
        objects.append(page.encode())
        objects.append(b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content))
    return _file(objects)


def _wrapped(line: str) -> list[str]:
    shown = "".join(map(_sign, line.expandtabs(4)))
    indent = shown[: len(shown) - len(shown.lstrip())]
    return textwrap.wrap(shown, _COLUMNS, subsequent_indent=indent[: _COLUMNS // 2]) or [""]


def _sign(sign: str) -> str:
    try:
        known = sign.encode("cp1252") and sign.isprintable()
    except UnicodeEncodeError:
        known = False
    return sign if known else f"U+{ord(sign):04X}"


def _string(text: str) -> bytes:
    safe = "".join(map(_sign, text)).encode("cp1252")
    return safe.replace(b"\\", rb"\\").replace(b"(", rb"\(").replace(b")", rb"\)")


def _content(rows: list[str], foot: str) -> bytes:
    top = _HEIGHT - _MARGIN - _SIZE
    drawn = [b"BT /F %d Tf %g TL %d %d Td" % (_SIZE, _LEADING, _MARGIN, top)]
    drawn += [b"(%s) Tj T*" % _string(row) for row in rows]
    drawn.append(b"ET BT /F %d Tf %d %d Td (%s) Tj ET" % (_SIZE, _MARGIN, _MARGIN, _string(foot)))
    return b"\n".join(drawn)


def _file(objects: list[bytes]) -> bytes:
    made, starts = bytearray(b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n"), []
    for number, body in enumerate(objects, 1):
        starts.append(len(made))
        made += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = len(made)
    made += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    made += b"".join(b"%010d 00000 n \n" % start for start in starts)
    made += b"trailer\n<< /Size %d /Root 1 0 R /Info 4 0 R >>\n" % (len(objects) + 1)
    return bytes(made) + b"startxref\n%d\n%%%%EOF\n" % table
