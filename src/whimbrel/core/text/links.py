"""Web addresses in plain text: where one ends, its `href`, and how much of it is shown.

The host that is shown is always the host that is linked to, whole. One that may be taken for
another (аррӏе.com in Cyrillic letters) is shown in its ASCII form."""

import re
from functools import lru_cache
from typing import NamedTuple
from unicodedata import category, is_normalized, name, normalize

SHOWN = 30  # characters of a link before it is shortened
_LONGEST_HOST, _LONGEST_LABEL, _LAST_PORT = 253, 63, 65535

# Letters and marks beyond ASCII, roughly; `host` looks at each of them.
_WIDE = (
    "\u00c0-\u1fff\u2c00-\u2dff\u3005-\u3007\u3041-\ud7ff\uf900-\ufdcf\ufdf0-\ufdff"
    "\ufe70-\ufefc\U00010000-\U0003ffff"
)
_END = r"(?![A-Za-z0-9_-]|\.[A-Za-z0-9])"
_HOST = re.compile(
    rf"(?:[A-Za-z0-9_{_WIDE}][A-Za-z0-9_{_WIDE}-]{{0,62}}+\.){{1,20}}"
    rf"(?:xn--[A-Za-z0-9-]{{2,59}}+|[A-Za-z]{{2,63}}+|[{_WIDE}]{{2,63}}+){_END}"
)
_SINGLE = re.compile(rf"[A-Za-z0-9](?:[A-Za-z0-9-]{{0,61}}[A-Za-z0-9])?{_END}(?![{_WIDE}])")
# White space, quotes and brackets of several scripts, and what cannot be seen.
_STOP = (
    r"\x00-\x20\x7f-\xa0\s<>\"`\\«»“”„「」『』【】、。"
    "\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ud800-\udfff"
)
# Brackets count only in pairs, two deep. Possessive throughout: this never goes back.
_REST = re.compile(
    rf"(:[0-9]{{1,5}}+(?![0-9]))?+(?!@)"
    rf"([/?#](?>[^{_STOP}()]++|\((?>[^{_STOP}()]++|\([^{_STOP}()]*+\))*+\))*+)?+"
)
_TRAILING = frozenset(".,;:!?'*~|…’！？，；：")
_BRACKETS = {"]": "[", "}": "{"}

# Scripts whose letters pass for Latin ones: such a label is readable only under its own kind.
_LOOKALIKES = {"CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE", "COPTIC", "LISU", "DESERET"}
_TOGETHER = {"CJK", "HIRAGANA", "KATAKANA", "KATAKANA-HIRAGANA", "IDEOGRAPHIC"}


class Link(NamedTuple):
    """An address in a text: where it ends there, and what to link to."""

    end: int
    href: str


def find_host(text: str, start: int, single: bool = False) -> str:
    """The host name written at `start`, as written; "" if there is none.

    Args:
        single: a name without a dot (localhost) will do.
    """
    found = _HOST.match(text, start) or (_SINGLE.match(text, start) if single else None)
    return found.group() if found else ""


@lru_cache(maxsize=1024)
def host(written: str) -> str:
    """The ASCII form of a host name, lower case; "" if no such name can exist."""
    if written.isascii():
        labels = written.lower().split(".")
    else:
        labels = [_ascii_label(label) for label in normalize("NFKC", written).lower().split(".")]
    fit = all(0 < len(label) <= _LONGEST_LABEL and label[0] != "-" != label[-1] for label in labels)
    ascii_form = ".".join(labels)
    return ascii_form if fit and len(ascii_form) <= _LONGEST_HOST else ""


def _ascii_label(label: str) -> str:
    label = normalize("NFKC", label)
    if not all(c in "-_" or c.isalpha() or category(c) in ("Nd", "Mn", "Mc") for c in label):
        return ""
    return label if label.isascii() else "xn--" + label.encode("punycode").decode("ascii")


def find_link(text: str, scheme: str, start: int) -> Link | None:
    """The address whose host begins at `start`, or None.

    One with a user name in it is none: `https://bank.example@evil.example/` only deceives.

    Args:
        scheme: http or https, as written before `://`.
    """
    written = find_host(text, start)
    ascii_host = host(written) if written else ""
    rest = _REST.match(text, start + len(written))
    if not ascii_host or rest is None or int((rest[1] or ":0")[1:]) > _LAST_PORT:
        return None
    after = start + len(written)
    end = _trim(text, max(after, rest.end(1)), rest.end())
    return Link(end, f"{scheme.lower()}://{ascii_host}{text[after:end]}")


def _trim(text: str, start: int, end: int) -> int:
    """`end` moved back over punctuation that ends the sentence and not the address."""
    opened = {close for close, opener in _BRACKETS.items() if text.find(opener, start, end) >= 0}
    while end > start:
        last = text[end - 1]
        if last not in _TRAILING and (last not in _BRACKETS or last in opened):
            break
        end -= 1
    return end


def shown(href: str) -> tuple[str, str, str]:
    """A link's text: hidden beginning, what is seen, hidden rest ("" where nothing is cut)."""
    at = href.index("://") + 3
    found = _HOST.match(href, at)
    after = found.end() if found else len(href)
    name_seen = href[at:after]
    if "xn--" in name_seen:
        name_seen = readable(name_seen)
    whole = name_seen + href[after:]
    cut = max(SHOWN, len(name_seen))
    return href[:at], whole[:cut], whole[cut:]


@lru_cache(maxsize=1024)
def readable(ascii_host: str) -> str:
    """An ASCII host name in its own letters, as far as nobody can be misled by them."""
    labels = [_unicode_label(label) for label in ascii_host.split(".")]
    scripts = [_script(label) for label in labels]
    return ".".join(
        label if script and (script not in _LOOKALIKES or script == scripts[-1]) else as_is
        for label, script, as_is in zip(labels, scripts, ascii_host.split("."), strict=True)
    )


def _unicode_label(label: str) -> str:
    if not label.startswith("xn--"):
        return label
    try:
        decoded = label[4:].encode("ascii").decode("punycode")
    except UnicodeError:  # not Punycode, whatever it says
        return label
    whole = is_normalized("NFKC", decoded) and _ascii_label(decoded.lower()) == label
    return decoded if whole else label


def _script(label: str) -> str:
    """The script a label is written in, "" when several are mixed or a letter is unusual."""
    scripts = {_script_of(c) for c in label} - {"COMMON"}
    if scripts & _TOGETHER and scripts <= _TOGETHER | {"LATIN"}:
        return "CJK"
    return scripts.pop() if len(scripts) == 1 else "" if scripts else "LATIN"


def _script_of(c: str) -> str:
    if c.isascii():
        return "LATIN" if c.isalpha() else "COMMON"
    script = name(c, "").split(" ", 1)[0]
    if script == "LATIN":  # ɑ, ɡ, ı and their like are left out
        return script if "\u00df" <= c <= "\u017e" and c not in "ıĸ" else ""
    return script
