"""What is sent as style is used: nobody loads the look of a page that does not exist."""

import re
from pathlib import Path

import whimbrel

HERE = Path(whimbrel.__file__).parent
# Put together where they are used: `from-{{ visibility }}`.
MADE = re.compile(r"^(?:fx|fy|from)-\w+$")


def _classes(folder: str) -> set[str]:
    found: set[str] = set()
    for path in (HERE / "static" / folder).glob("*.css"):
        plain = re.sub(r"/\*.*?\*/|\"[^\"]*\"", "", path.read_text(), flags=re.DOTALL)
        found |= set(re.findall(r"(?<!\w)\.([a-zA-Z][\w-]*)", plain))
    return found


def _words(pattern: str) -> set[str]:
    return {word for path in HERE.glob(pattern) for word in re.findall(r"[\w-]+", path.read_text())}


def test_every_class_with_a_look_stands_in_a_template_or_a_script():
    """A tenth of the style was for pages of later: everybody loaded it for nothing."""
    used = _words("templates/*.html") | _words("static/js/*.js") | _words("core/**/*.py")
    for folder in ("whimbrel", "staff"):
        unused = {each for each in _classes(folder) - used if not MADE.match(each)}
        assert not unused, folder
