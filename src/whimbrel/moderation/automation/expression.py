"""The language of rules: a small part of Python's expressions, and nothing else of it.

`and`, `or`, `not`, comparisons, `in`, names of facts, constants, and calls of the functions below.
What is read is checked whole, kinds included, before any of it can run: an expression that is taken
cannot fail, reaches no object but facts, and has no loop. Upper and lower case are alike."""

import ast
import re
from collections.abc import Callable, Mapping
from typing import Any, Literal, NamedTuple, NoReturn

from whimbrel.core.errors import Invalid
from whimbrel.core.words import Said, say

from .patterns import MOST_PATTERNS, found, pattern

Kind = Literal["text", "number", "flag", "texts"]
MOST_CHARS = 2000
MOST_NODES = 200
_LARGEST = 1 << 53  # as exact as any app is with numbers

# What can be said of a post and its author.
FACTS: Mapping[str, Kind] = {
    "text": "text",  # with what its author warns of, the options of a poll, and what pictures show
    "language": "text",
    "tags": "texts",  # without #
    "links": "texts",  # hosts, without www.
    "mentions": "number",
    "files": "number",
    "length": "number",  # of the words, in characters
    "poll": "flag",
    "sensitive": "flag",
    "reply": "flag",
    "edited": "flag",
    "visibility": "text",
    "author": "text",  # name, or name@server
    "server": "text",  # "" = ours
    "local": "flag",
    "bot": "flag",
    "followers": "number",
    "posts": "number",  # of the author
    "age": "number",  # of the account: hours
    "pace": "number",  # posts of the author within the last hour
    "link_pace": "number",  # posts within the last hour that lead where this one does
    "network_pace": "number",  # the same of all from the author's network (/24, /48), of ours
}


class Function(NamedTuple):
    """Something that can be called: the kinds it takes (the last as often as one likes), and of
    which kind what comes of it is."""

    takes: tuple[Kind, ...]
    gives: Kind
    do: Callable[..., Any]


_WORD = re.compile(r"\w+")


def spaced(text: str) -> str:
    """Words alone, with a space at each side: whoever looks for " ass " does not find "grass"."""
    return f" {' '.join(_WORD.findall(text))} "


def _contains(text: str, *parts: str) -> bool:
    return any(part in text for part in parts)


def _count(text: str, part: str) -> int:
    return text.count(part) if part else 0


FUNCTIONS: Mapping[str, Function] = {
    "contains": Function(("text", "text"), "flag", _contains),
    "words": Function(("text",), "flag", _contains),  # of the post, whole: see `spaced`
    "starts": Function(("text", "text"), "flag", lambda text, *parts: text.startswith(parts)),
    "ends": Function(("text", "text"), "flag", lambda text, *parts: text.endswith(parts)),
    "among": Function(("texts", "text"), "flag", lambda texts, *parts: not texts.isdisjoint(parts)),
    "count": Function(("text", "text"), "number", _count),
    "matches": Function(("text", "text"), "flag", found),
    "size": Function(("texts",), "number", len),
}
_ONE_EACH = ("count", "size")  # these take exactly what they say
_GLOBALS = {"__builtins__": {}, **{name: each.do for name, each in FUNCTIONS.items()}}


class Expression:
    """An expression that was taken. Make it with `read`."""

    def __init__(self, code: Any, names: frozenset[str]) -> None:
        self._code = code
        self.names = names  # of the facts it asks for

    def holds(self, facts: Mapping[str, Any]) -> bool:
        """Whether it is so. Args: `facts`: at least `names`; texts folded, sets frozen."""
        return bool(eval(self._code, _GLOBALS, facts))  # noqa: S307 (only what `_Check` let in)


def read(source: str) -> Expression:
    """Read an expression.

    Raises:
        Invalid: it is none of this language; the words say what is wrong, and where.
    """
    text = source.strip()
    if not text:
        raise Invalid(say("Say when the rule applies."))
    if len(text) > MOST_CHARS:
        raise Invalid(say("A rule has at most %(most)s characters.", most=MOST_CHARS))
    text = " ".join(text.splitlines())
    try:
        tree = ast.parse(text, mode="eval")
    except (SyntaxError, ValueError, MemoryError, RecursionError) as error:
        raise Invalid(say("This cannot be read as an expression.")) from error
    check = _Check(text)
    if check.kind(tree.body) != "flag":
        raise Invalid(say("A rule says whether something is so: compare it with something."))
    tree = ast.fix_missing_locations(tree)
    return Expression(compile(tree, "<rule>", "eval"), frozenset(check.names))


class _Check:
    """Walks an expression, refuses what is not of the language, and folds its texts."""

    def __init__(self, text: str) -> None:
        self.names: set[str] = set()
        self._text = text
        self._left, self._patterns = MOST_NODES, MOST_PATTERNS

    def kind(self, node: ast.expr) -> Kind:
        """Of which kind it is. Raises Invalid."""
        self._left -= 1
        if self._left < 0:
            raise Invalid(say("A rule has at most %(most)s parts.", most=MOST_NODES))
        look = _LOOKS.get(type(node))
        if look is None:
            self._refuse(node)
        return look(self, node)

    def expect(self, node: ast.expr, *kinds: Kind) -> Kind:
        """The same, and it is one of these. Raises Invalid."""
        found = self.kind(node)
        if found not in kinds:
            raise Invalid(_WANTED[kinds[0]].filled(part=self._part(node)))
        return found

    def constant(self, node: ast.Constant) -> Kind:
        """A number, a text, or True and False."""
        value = node.value
        if isinstance(value, bool):
            return "flag"
        if isinstance(value, int | float):
            if not -_LARGEST <= value <= _LARGEST:
                self._refuse(node)
            return "number"
        if isinstance(value, str):
            node.value = value.casefold()
            return "text"
        return self._refuse(node)

    def name(self, node: ast.Name) -> Kind:
        """A fact."""
        found = FACTS.get(node.id)
        if found is None:
            raise Invalid(say("There is no “%(name)s”.", name=node.id[:60]))
        self.names.add(node.id)
        return found

    def both(self, node: ast.BoolOp) -> Kind:
        """`and`, `or`."""
        for value in node.values:
            self.expect(value, "flag")
        return "flag"

    def unary(self, node: ast.UnaryOp) -> Kind:
        """`not`; and numbers below nothing."""
        if isinstance(node.op, ast.Not):
            return self.expect(node.operand, "flag")
        if isinstance(node.op, ast.USub) and isinstance(node.operand, ast.Constant):
            return self.expect(node.operand, "number")
        return self._refuse(node)

    def compare(self, node: ast.Compare) -> Kind:
        """`==` of what is alike, `<` of numbers, `in` of texts; in chains, too."""
        left = node.left
        for sign, right in zip(node.ops, node.comparators, strict=True):
            if isinstance(sign, ast.In | ast.NotIn):
                self.expect(left, "text")
                self._place(right)
            elif isinstance(sign, ast.Eq | ast.NotEq):
                self.expect(right, self.expect(left, "text", "number", "flag"))
            elif isinstance(sign, ast.Lt | ast.LtE | ast.Gt | ast.GtE):
                self.expect(left, "number")
                self.expect(right, "number")
            else:
                self._refuse(node)
            left = right
        return "flag"

    def _place(self, node: ast.expr) -> None:
        """What something can be in: a text, texts, or a list of constants."""
        if not isinstance(node, ast.Tuple | ast.List | ast.Set):
            self.expect(node, "text", "texts")
            return
        for each in node.elts:
            if not isinstance(each, ast.Constant):
                self._refuse(each)
            self.expect(each, "text")

    def call(self, node: ast.Call) -> Kind:
        """One of the functions, with what it takes."""
        name = node.func.id if isinstance(node.func, ast.Name) else ""
        function = FUNCTIONS.get(name)
        if function is None or node.keywords:
            self._refuse(node)
        takes = function.takes
        fits = len(node.args) == len(takes) if name in _ONE_EACH else len(node.args) >= len(takes)
        if not fits:
            raise Invalid(say("“%(name)s” wants other arguments.", name=name))
        for at, each in enumerate(node.args):
            if at and name == "matches":
                self._pattern(each)
                continue
            self.expect(each, takes[min(at, len(takes) - 1)])
            if (at or name == "words") and not isinstance(each, ast.Constant):
                self._refuse(each)
        if name == "words":
            self._whole(node)
        return function.gives

    def _pattern(self, node: ast.expr) -> None:
        """What is looked for as a pattern; it stays as it was typed, for `\\S` is not `\\s`."""
        self._left -= 1
        self._patterns -= 1
        if not isinstance(node, ast.Constant) or not isinstance(node.value, str):
            self._refuse(node)
        if self._patterns < 0 or self._left < 0:
            raise Invalid(say("A rule has at most %(most)s patterns.", most=MOST_PATTERNS))
        typed = ast.get_source_segment(self._text, node) or ""
        if "\\" in typed and typed[0] not in "rR":  # else \\b would be what deletes a letter
            raise Invalid(say('Write a pattern with a backslash in it as r"…".'))
        pattern(node.value)

    def _whole(self, node: ast.Call) -> None:
        """Words are looked for where each stands between spaces."""
        for each in node.args:
            if isinstance(each, ast.Constant):
                each.value = spaced(str(each.value))
        node.args.insert(0, ast.Name("spaced", ast.Load()))
        self.names.add("spaced")

    def _part(self, node: ast.AST) -> str:
        return (ast.get_source_segment(self._text, node) or "")[:60]

    def _refuse(self, node: ast.AST) -> NoReturn:
        raise Invalid(say("“%(part)s” is no part of this language.", part=self._part(node)))


_LOOKS: Mapping[type[ast.expr], Callable[[_Check, Any], Kind]] = {
    ast.Constant: _Check.constant,
    ast.Name: _Check.name,
    ast.BoolOp: _Check.both,
    ast.UnaryOp: _Check.unary,
    ast.Compare: _Check.compare,
    ast.Call: _Check.call,
}
_WANTED: Mapping[Kind, Said] = {
    "text": say("“%(part)s” should be a text."),
    "number": say("“%(part)s” should be a number."),
    "flag": say("“%(part)s” should be something that is so or not."),
    "texts": say("“%(part)s” should be a list of texts."),
}
