"""The catalogues of words: taken from the code, kept up to date, looked through for mistakes.

The work of `script/words`; tests/core/test_catalogues.py asks the same questions."""

import io
import re
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).parent.parent
SRC = ROOT / "src" / "whimbrel"
FOLDER = SRC / "locales"
TEMPLATE = FOLDER / "messages.pot"
HEADER = "# Words of Whimbrel. Made by script/words; see docs/translating.md.\n"
KEYWORDS = {"_": None, "ngettext": (1, 2), "say": None, "say_many": (1, 2), "_term": None}
WHERE = [("templates/**.html", "jinja2.ext:babel_extract"), ("**.py", "python")]
COUNTS = {"n", "num"}  # a form for one thing may spell the number out
CHANGING = re.compile(
    r'^"(?:Project-Id-Version|Report-Msgid|POT-Creation|PO-Revision|Last-Translator|Language-Team'
    r'|Generated-By).*\n(?:"(?!\w[\w-]*: ).*\n)*',
    re.MULTILINE,
)
PLACE = re.compile(r"%\((\w+)\)s|%(?!%)")
TAG = re.compile(r"</?\w+")


def taken() -> Catalog:
    """Every word in the code that people read."""
    catalogue = Catalog(header_comment=HEADER, charset="utf-8")
    found = extract_from_dir(
        SRC,
        WHERE,
        keywords=KEYWORDS,
        comment_tags=("Note:",),
        strip_comment_tags=True,
        directory_filter=lambda folder: Path(folder).name not in ("migrations", "static"),
    )
    for file, _, words, comments, context in found:
        catalogue.add(words, "", [(file, None)], auto_comments=comments, context=context)
    return catalogue


def files() -> list[Path]:
    """The catalogue of each language."""
    return sorted(FOLDER.glob("*.po"))


def read(path: Path) -> Catalog:
    """The catalogue in a file."""
    with path.open("rb") as file:
        return read_po(file, locale=path.stem)


def written(catalogue: Catalog) -> str:
    """A catalogue as text that only changes when words do."""
    catalogue.header_comment, catalogue.fuzzy = HEADER, False
    out = io.BytesIO()
    write_po(
        out, catalogue, width=100, include_lineno=False, ignore_obsolete=True, sort_by_file=True
    )
    return CHANGING.sub("", out.getvalue().decode())


def updated(path: Path, template: Catalog) -> Catalog:
    """The catalogue in a file with exactly the words of `template`; what stayed is kept."""
    catalogue = read(path)
    catalogue.update(template, no_fuzzy_matching=True)
    catalogue.obsolete.clear()
    return catalogue


def faults(catalogue: Catalog) -> Iterator[str]:
    """What is wrong with the translations, a line each."""
    for message in catalogue:
        if message.id:
            wrong = _fault(message, catalogue.num_plurals)
            if wrong:
                yield f"{catalogue.locale}: {wrong}: {_first(message)!r}"


def _first(message: Message) -> str:
    return message.id if isinstance(message.id, str) else message.id[0]


def _fault(message: Message, forms: int) -> str:
    many = not isinstance(message.id, str)
    said = tuple(message.string) if many else (message.string,)
    if not all(said):
        return "not translated"
    if message.fuzzy:
        return "marked as fuzzy"
    if many and len(said) != forms:
        return f"{len(said)} plural forms instead of {forms}"
    english = tuple(message.id) if many else (message.id,)
    for each in said:
        if _places(each) - _places(*english):
            return "has a placeholder that the English has not"
        if _places(*english) - _places(each) - (COUNTS if many else set()):
            return "lacks a placeholder"
        if not any(_tags(each) == _tags(one) for one in english):
            return "has other tags than the English"
        if (each[0].isspace(), each[-1].isspace()) != (_first(message)[0].isspace(),) * 2 and (
            each != each.strip()
        ):
            return "begins or ends with a space"
    return ""


def _places(*texts: str) -> set[str]:
    """The names in `%(name)s`; "" for a percent sign that is none of them."""
    named = any("%(" in text for text in texts)
    return {found[1] or "" for text in texts for found in PLACE.finditer(text)} if named else set()


def _tags(text: str) -> Counter[str]:
    return Counter(TAG.findall(text))


def update() -> None:
    """Write the template and every catalogue anew."""
    template = taken()
    TEMPLATE.write_text(written(template), encoding="utf-8")
    for path in files():
        path.write_text(written(updated(path, template)), encoding="utf-8")


def stale() -> list[str]:
    """The files that `update` would change."""
    template = taken()
    made = {TEMPLATE: template, **{path: updated(path, template) for path in files()}}
    return [
        path.name
        for path, catalogue in made.items()
        if not path.exists() or path.read_text(encoding="utf-8") != written(catalogue)
    ]


def main() -> int:
    """`update`, unless the argument is `check`; then say what is wrong."""
    wrong = []
    if sys.argv[1:] == ["check"]:
        wrong += [f"{name} is not up to date: run script/words" for name in stale()]
    else:
        update()
    for path in files():
        found = list(faults(read(path)))
        wrong += found[:20] + ([f"... and {len(found) - 20} more"] if len(found) > 20 else [])
    print("\n".join(wrong) or "Every word is translated.")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
