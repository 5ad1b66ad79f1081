"""Every regular expression of ours on hostile text: 100 kB of it in less than 50 ms.

One that backtracks holds the whole server for as long as somebody likes. None is listed here: all
modules are read, and whatever pattern they have is tried; one that is made where this cannot see
it fails the test too. A pattern that is only asked for a match at the beginning is tried there.
WHIMBREL_LONG=1 takes all of the 100 kB, the ordinary run a tenth."""

import ast
import importlib
import os
import pkgutil
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import whimbrel
from whimbrel.moderation.automation import patterns as automation
from whimbrel.moderation.automation.facts import MOST_TEXT

ROOT = Path(whimbrel.__file__).parent
LONG = bool(os.environ.get("WHIMBREL_LONG"))
MOST = 0.05  # seconds of the processor
SIZE = 100_000 if LONG else 10_000  # characters: a tenth of them, and what is square still shows
SKIPPED = ("whimbrel.migrations", "whimbrel.__main__", "whimbrel.media.process.worker")
_CALLS = {"compile", "sub", "subn", "match", "search", "fullmatch", "findall", "finditer", "split"}
_USED = re.compile(
    r"\b(\w+)(?:\[[^]]*\])?\.(fullmatch|match|search|subn?|findall|finditer|split)\("
)
# What patterns of ours look for, and what stands between; each also with an end that fits nothing.
_PIECES = (
    *("a", "0", " ", "\t", "\n", "\r\n", ".", "-", "_", "@", "#", "/", "\\", ":", ";", ",", "%"),
    *("<", ">", "<a", "</", "<!--", "&", "&#", '"', "'", "=", "?", "(", ")", "[", "]", "{", "}"),
    *("a.", "a-", "a@", "@a", "#a", "a ", " a", "a=", 'a="', "a;", "a,", ", ", "%2", "%41", "a/"),
    *("@a.b", "a@b.", "http://", "https://a.", ":a:", "x:y", "\u200d", "é", "日", "#é", "a\u0301"),
    *("*", "**", "`", "+", "a+", "^", "|", "$", "0.", "0,", "0-", "~", "bytes=", "1-1,", "whb_"),
    *("a='b' ", "<p><b>", "\x00", "<br"),
)
# Made when they are needed, from words that are escaped; each part has an end.
MADE = {
    "breach/steps/doors.py": "a name of the drill's own, in its own answers",
    "media/refusals.py": "sentences of our own converter",
    "moderation/letters/addresses.py": "the names of this server",
    "moderation/letters/deadlines.py": "a list of our own",
    "timelines/matching.py": "a phrase that somebody filters by, escaped, between two boundaries",
}
# Read by nobody but the operator and ourselves, or short whoever writes it.
APART = {
    "whimbrel.core.settings.fields:_PASSWORD": "reads the settings that the operator wrote",
    "whimbrel.core.statics:_COMMENT": "reads scripts and styles that come with the server",
    "whimbrel.breach.steps.doors:TALKATIVE": "reads answers, in a drill",
    "whimbrel.media.refusals:_PATTERNS": "reads what our own converter said, 300 characters",
}


def modules() -> Iterator[Any]:
    """Everything of ours that can be imported."""
    for found in pkgutil.walk_packages(whimbrel.__path__, "whimbrel."):
        if not found.name.startswith(SKIPPED):
            yield importlib.import_module(found.name)


def patterns() -> dict[str, re.Pattern[Any]]:
    """By where it stands, each pattern that a module keeps."""
    found: dict[str, re.Pattern[Any]] = {}
    for module in modules():
        for name, value in vars(module).items():
            for number, pattern in enumerate(_within(value, 0)):
                if pattern not in found.values():
                    found[f"{module.__name__}:{name}:{number}"] = pattern
    return found


def _within(value: Any, depth: int) -> Iterator[re.Pattern[Any]]:
    if isinstance(value, re.Pattern):
        yield value
    elif depth < 4 and isinstance(value, dict):
        for each in value.values():
            yield from _within(each, depth + 1)
    elif depth < 4 and isinstance(value, list | tuple | set | frozenset):
        for each in value:
            yield from _within(each, depth + 1)
    elif depth < 2 and isinstance(value, type) and value.__module__.startswith("whimbrel"):
        yield from _within(dict(vars(value)), depth + 1)


def in_functions() -> Iterator[tuple[str, ast.Call]]:
    """Uses of `re` that are not at the top of a module, where `patterns` finds what they make."""
    for path in ROOT.rglob("*.py"):
        tree = ast.parse(path.read_text())
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
                for call in ast.walk(node):
                    if (
                        isinstance(call, ast.Call)
                        and isinstance(call.func, ast.Attribute)
                        and isinstance(call.func.value, ast.Name)
                        and call.func.value.id == "re"
                        and call.func.attr in _CALLS
                    ):
                        yield f"{path.relative_to(ROOT)}:{call.lineno}", call


def hostile(pattern: re.Pattern[Any]) -> Iterator[Any]:
    """Texts of the kind that the pattern reads, bytes or str; with what the pattern itself says."""
    text = (
        pattern.pattern if isinstance(pattern.pattern, str) else pattern.pattern.decode("latin-1")
    )
    said = tuple(dict.fromkeys(re.findall(r"[\w:/@#<>=.%-]{1,12}", text)))[:12]
    for piece in (*said, *(_PIECES if LONG else _PIECES[::2])):
        for end in ("", "\x01", "!") if LONG else ("\x01",):
            whole = piece * (SIZE // len(piece)) + end
            yield whole if isinstance(pattern.pattern, str) else whole.encode("utf-8", "replace")


def slowest(pattern: re.Pattern[Any], anywhere: bool) -> tuple[float, Any]:
    """Seconds of the slowest of the texts, and how it begins. More and more of each is tried: what
    takes next to no time at first takes none at the end, unless it is far worse than square."""
    worst: tuple[float, Any] = (0.0, "")
    for text in hostile(pattern):
        took = 0.0
        for size in (SIZE // 25, SIZE // 5, SIZE):
            part = text[: size - 1] + text[-1:]
            took = min(_takes(pattern, part, anywhere) for _ in range(1 if took < MOST else 3))
            if took < size * MOST / SIZE / 100 or took > MOST:
                break
        worst = max(worst, (took, text[:20]), key=lambda each: each[0])
        if worst[0] > MOST:
            break
    return worst


def _takes(pattern: re.Pattern[Any], text: Any, anywhere: bool) -> float:
    began = time.process_time()
    pattern.fullmatch(text)
    pattern.match(text)
    if anywhere:
        for _ in pattern.finditer(text):
            pass
    return time.process_time() - began


def test_no_pattern_takes_long_however_hostile_the_text():
    """CVE-2023-23913 and a dozen like it: a line of somebody's bio stopped a server."""
    source = "\n".join(path.read_text() for path in ROOT.rglob("*.py"))
    used = set(_USED.findall(source))
    found = patterns()
    assert len(found) > 80
    wrong = []
    for where, pattern in found.items():
        if where.rpartition(":")[0] in APART:
            continue
        name = where.split(":")[1]
        hows = {how for called, how in used if called == name}
        took, begins = slowest(pattern, not hows or not hows <= {"match", "fullmatch"})
        if took > MOST:
            wrong.append(f"{where} took {took * 1000:.0f} ms on {begins!r}")
    assert wrong == []


def test_no_pattern_is_made_out_of_sight():
    """One made in a function, perhaps from what somebody sent, would be tried by nobody."""
    wrong = [
        where
        for where, call in in_functions()
        if where.partition(":")[0] not in MADE
        and not isinstance(call.args[0], ast.Constant | ast.Name | ast.Attribute)
    ]
    assert wrong == []


def test_what_backtracks_would_be_found():
    """The test itself, on a pattern that is known to be bad."""
    took, begins = slowest(re.compile(r"\s+$"), anywhere=True)
    assert took > MOST and begins.isspace()


@pytest.mark.parametrize(
    "source", ["(a+)+$", "(a|a)*$", "(x+x+)+y", "(.*)*b", "(a|b)*a(a|b){60}", "(?:a?){20}a{20}b"]
)
def test_a_pattern_of_a_rule_takes_twice_as_long_for_twice_the_text(source: str):
    """Operators write these, and each new post is held against them: Python's own would take the
    age of the world for the first, on thirty letters."""

    def took(size: int) -> float:
        texts = ["a" * size, "x" * size, "ab" * (size // 2)]
        spans = []
        for text in texts * 5:
            begun = time.thread_time()
            automation.found(text, source)
            spans.append(time.thread_time() - begun)
        return min(max(spans[at : at + len(texts)]) for at in range(0, len(spans), len(texts)))

    assert took(MOST_TEXT) < MOST
    assert took(40 * MOST_TEXT) < 120 * max(took(MOST_TEXT), 0.0001)
