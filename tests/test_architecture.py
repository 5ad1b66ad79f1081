"""The law of the house, kept by a machine: who may import whom, what may be in which file, whose
each column is. Each failure names the file, the line and the rule."""

import ast
import importlib
import re
from collections.abc import Iterator
from functools import cache, cached_property
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parent.parent
SRC = ROOT / "src" / "whimbrel"

#  floor            may import
MAY_IMPORT = {
    "core": "",
    "privacy": "core",
    "media": "core",
    "accounts": "core privacy media",
    "posts": "core privacy media accounts",
    "instance": "core privacy media accounts",
    "collections": "core privacy media accounts",
    "exit": "core privacy media accounts posts instance timelines federation",
    "timelines": "core privacy media accounts posts instance collections",
    "moderation": "core privacy media accounts posts instance collections",
    "discovery": "core privacy media accounts posts",
    "communities": "core privacy media accounts posts",
    "preservation": "core privacy media accounts posts",
    "federation": "core privacy media accounts posts instance collections moderation discovery "
    "communities",
    "admin": "core privacy media accounts posts instance moderation discovery federation",
    "demo": "core media accounts posts instance timelines discovery",
    "breach": "core privacy media accounts posts moderation",
    "app": "core privacy media accounts posts instance collections exit timelines moderation "
    "discovery communities preservation federation migrations demo admin breach",
}
PACKAGES = {name: set(allowed.split()) for name, allowed in MAY_IMPORT.items()}

# Inside a package imports run down these levels; any name not listed is an action (3).
LEVELS = {
    **dict.fromkeys(("api", "web", "cli"), 4),
    "queries": 2,
    **dict.fromkeys(("tables", "rules", "events"), 1),
}
ACTION = 3
EDGES = {name for name, level in LEVELS.items() if level == 4}
LATE_IMPORTS = {"cli"}

#  library       package may use it anywhere | only in files called so
PLACES = {
    "sqlalchemy": ({"core", "app"}, {"tables", "queries"}),
    "litestar": ({"app"}, EDGES | {"auth"}),
}
ALSO = {("core", "http"): {"litestar"}, ("privacy", "erasure"): {"sqlalchemy"}}

LONGEST = 400
MARKS = {"public", "personal", "secret", "system"}
PHYSICAL = re.compile(
    r"(?<![\w-])(?:(?:margin|padding|border|scroll-margin|scroll-padding)-(?:left|right)"
    r"(?:-\w+)*\s*:|(?:left|right)\s*:|(?:text-align|float|clear)\s*:\s*(?:left|right)\b"
    r"|border-(?:top|bottom)-(?:left|right)-radius\s*:)"
)


class Module:
    """One of our files: `package` is the room, `name` the file or its folder of the same name."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.shown = str(path.relative_to(ROOT))
        parts = path.relative_to(SRC).with_suffix("").parts
        self.is_package = parts[-1] == "__init__"
        self.dotted = ("whimbrel", *(parts[:-1] if self.is_package else parts))
        self.package = self.dotted[1] if len(self.dotted) > 1 else ""
        self.name = self.dotted[2] if len(self.dotted) > 2 else ""
        self.level = LEVELS.get(self.name, ACTION)
        self.text = path.read_text(encoding="utf-8")
        self.tree = ast.parse(self.text)

    @cached_property
    def imports(self) -> tuple["Import", ...]:
        """Each import, what is for types only included: a type is a dependency in the reader's
        head."""
        return tuple(self._imports(self.tree, False, False))

    def _imports(self, node: ast.AST, inside: bool, for_types: bool) -> Iterator["Import"]:
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield Import(tuple(alias.name.split(".")), node.lineno, inside, for_types)
        elif isinstance(node, ast.ImportFrom):
            base = tuple(node.module.split(".")) if node.module else ()
            if node.level:
                up = node.level - 1 if self.is_package else node.level
                base = self.dotted[: len(self.dotted) - up] + base
            for alias in node.names:  # `from ..posts import queries` means the module posts.queries
                yield Import((*base, alias.name), node.lineno, inside, for_types)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            inside = True
        elif isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            for_types = True
        for inner in ast.iter_child_nodes(node):
            if isinstance(inner, ast.stmt | ast.ExceptHandler | ast.match_case):
                yield from self._imports(inner, inside, for_types)


class Import(NamedTuple):
    target: tuple[str, ...]  # absolute
    line: int
    inside: bool  # a function
    for_types: bool


@cache
def modules() -> tuple[Module, ...]:
    return tuple(Module(path) for path in sorted(SRC.rglob("*.py")))


def in_rooms() -> Iterator[Module]:
    return (module for module in modules() if module.package in PACKAGES)


def test_every_package_has_its_floor():
    """A room nobody placed would be exempt from every rule below."""
    rooms = {path.name for path in SRC.iterdir() if any(path.glob("*.py"))}
    assert rooms <= {*PACKAGES, "migrations"}, "give the new package a line in MAY_IMPORT"


def test_imports_run_only_downstairs():
    """An import upstairs is a missing event; a circle makes two rooms one."""
    wrong = []
    for module in in_rooms():
        for target, line, _, _ in module.imports:
            if target[0] != "whimbrel" or len(target) < 2:
                continue
            room, file = target[1], target[2] if len(target) > 2 else ""
            at = f"{module.shown}:{line}"
            if room in PACKAGES and room != module.package:
                if room not in PACKAGES[module.package]:
                    wrong.append(f"{at}: {module.package} may not import {room}")
                if file in EDGES and module.package != "app":
                    wrong.append(f"{at}: {file} is the edge of {room}, nobody else's business")
    assert not wrong, "\n".join(wrong)


def test_inside_a_package_imports_run_down_the_levels():
    """A query that calls an action, or a rule that reads the database, can be tested no more."""
    wrong = []
    for module in in_rooms():
        if module.package in ("core", "app") or not module.name:
            continue
        for target, line, _, _ in module.imports:
            if target[:2] != ("whimbrel", module.package) or len(target) < 3:
                continue
            level = LEVELS.get(target[2], ACTION)
            edge_to_edge = level == module.level == 4 and target[2] != module.name
            if level > module.level or edge_to_edge:
                wrong.append(f"{module.shown}:{line}: may not import {'.'.join(target[1:3])}")
    assert not wrong, "\n".join(wrong)


def test_libraries_stay_in_their_places():
    """SQL in an action or a route in a query is where layers start to melt."""
    wrong = []
    for module in in_rooms():
        for target, line, _, _ in module.imports:
            if target[0] not in PLACES:
                continue
            rooms, files = PLACES[target[0]]
            special = target[0] in ALSO.get((module.package, module.name), ())
            if not (module.package in rooms or module.name in files or special):
                wrong.append(f"{module.shown}:{line}: {target[0]} does not belong here")
    assert not wrong, "\n".join(wrong)


@cache
def _reaches(start: str) -> set[str]:
    """The modules of ours that importing `start` brings along, types left aside."""
    known = {".".join(module.dotted): module for module in modules()}
    seen: set[str] = set()
    waiting = [start]
    while waiting:
        name = waiting.pop()
        if name in known and name not in seen:
            seen.add(name)
            for target, _, inside, for_types in known[name].imports:
                if not (inside or for_types):
                    waiting += [".".join(target), ".".join(target[:-1])]
    return seen


def test_no_import_in_a_function_hides_a_circle():
    """A circle means an event is missing. Late imports of what needs an extra are fine, and so are
    those of commands, which must start quickly."""
    wrong = []
    for module in in_rooms():
        for target, line, inside, _ in module.imports:
            if inside and target[0] == "whimbrel" and module.name not in LATE_IMPORTS:
                names = {".".join(target), ".".join(target[:-1])} - {".".join(module.dotted)}
                if any(".".join(module.dotted) in _reaches(name) for name in names):
                    wrong.append(f"{module.shown}:{line}: {'.'.join(target)} leads back here")
    assert not wrong, "\n".join(wrong)


def test_files_are_short_and_say_what_they_are():
    """Past 400 lines a room is missing; without a docstring a stranger has to guess."""
    wrong = []
    for module in modules():
        lines = module.text.count("\n")
        if lines > LONGEST:
            wrong.append(f"{module.shown}: {lines} lines")
        if module.text.strip() and not ast.get_docstring(module.tree):
            wrong.append(f"{module.shown}: no docstring")
    assert not wrong, "\n".join(wrong)


def test_what_tests_share_has_a_name_of_its_own():
    """Two of one name in two folders: whichever a run reads first is taken for the other."""
    found = [
        path.name
        for path in (ROOT / "tests").rglob("*.py")
        if "node_modules" not in path.parts
        and not path.name.startswith(("test_", "conftest.", "__init__."))
    ]
    assert sorted(found) == sorted(set(found))


@pytest.fixture(scope="module")
def tables():
    """Every table of the house."""
    for module in modules():
        if module.name == "tables":
            importlib.import_module(".".join(module.dotted))
    metadata = importlib.import_module("whimbrel.core.tables").metadata
    return list(metadata.tables.values())


def test_every_column_says_whose_it_is(tables):
    """A column without a mark would be left behind by erasure and forgotten by the export."""
    wrong = [
        str(column)
        for table in tables
        for column in table.columns
        if column.info.get("whose") not in MARKS
    ]
    assert not wrong, f"mark PUBLIC, PERSONAL, SECRET or SYSTEM: {', '.join(wrong)}"


def test_every_text_column_has_a_limit(tables):
    """What nobody limits, somebody fills."""
    wrong = [
        str(column)
        for table in tables
        for column in table.columns
        if column.type._type_affinity.__name__ in ("String", "Text") and not column.type.length
    ]
    assert not wrong, f"give these a length: {', '.join(wrong)}"


def _lines(*globs: str) -> Iterator[tuple[str, str]]:
    for glob in globs:
        for path in sorted(SRC.glob(glob)):
            for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
                yield f"{path.relative_to(ROOT)}:{number}", line


def test_templates_escape_everything_and_carry_no_style():
    """`|safe` is where a stranger's script gets in; `style=` breaks the content security policy."""
    bad = re.compile(r"\sstyle\s*=|\|\s*safe\b|autoescape\s+false|\son\w+\s*=\s*[\"']")
    wrong = [at for at, line in _lines("**/*.html", "**/*.jinja") if bad.search(line)]
    assert not wrong, "\n".join(wrong)


def test_styles_know_no_left_and_right():
    """Whoever reads from right to left gets the same page, mirrored."""
    wrong = [f"{at}: {line.strip()}" for at, line in _lines("**/*.css") if PHYSICAL.search(line)]
    assert not wrong, "\n".join(wrong)
