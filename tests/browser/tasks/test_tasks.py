"""The 25 tasks that people come for most: each with a pointer, with the keyboard alone, and without
scripts; each judged at 360 or 1280 pixels, light or dark, with `WHIMBREL_LONG` in all four views. A
task's docstring says what would go wrong for whom. Pictures, in both themes, are kept with
`WHIMBREL_PICTURES=folder`, there."""

import os
from collections.abc import Callable, Iterator
from itertools import product
from pathlib import Path

import account
import circles
import pytest
import reading
import writing
from hand import HANDS, Hand
from playwright.sync_api import Browser
from sight import HEIGHT, VIEWS
from task_town import Town

from server import running

Task = Callable[[Hand, Town], None]
TASKS: dict[str, Task] = {  # by whom
    "lena": account.sign_up,
    "wim": account.sign_in_and_out,
    "bela": account.profile,
    "carla": account.password,
    "dov": account.appearance,
    "edda": account.take_out,
    "fritz": account.close,
    "greta": writing.write,
    "hanno": writing.photo,
    "ida": writing.warned,
    "jarl": writing.poll_and_vote,
    "kim": writing.reply,
    "liv": writing.edit_and_history,
    "marek": writing.delete_and_write_again,
    "nora": writing.private,
    "oskar": writing.later,
    "paula": reading.marks,
    "quirin": reading.search,
    "rosa": reading.notifications,
    "sven": reading.lists,
    "tilda": reading.filters,
    "ugo": circles.follow_and_leave,
    "vera": circles.let_in,
    "willa": circles.mute_and_block,
    "yann": circles.report,
}
LISTEN = """
addEventListener("securitypolicyviolation", (event) =>
  console.error(`policy: ${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}`));
"""
ASKED = os.environ.get("WHIMBREL_PICTURES")
TURNS = range(len(VIEWS)) if os.environ.get("WHIMBREL_LONG") else range(1)
QUIET = "status of 422"  # what a task is about when it has a form refused


def called(name: str, way: str, turn: int) -> str:
    """One person for each run."""
    return name + {"pointer": "", "keyboard": "_k", "no scripts": "_n"}[way] + f"{turn or ''}"


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    folder = tmp_path_factory.mktemp("tasks")
    with running(folder, WHIMBREL_TITLE="Saltmarsh") as server:
        town = Town(server, folder)
        town.settle(called(*run) for run in product(TASKS, HANDS, TURNS))
        yield town


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return Path(ASKED) if ASKED else tmp_path_factory.mktemp("pictures")


@pytest.mark.parametrize("turn", TURNS)
@pytest.mark.parametrize("way", HANDS)
@pytest.mark.parametrize("name", TASKS, ids=lambda name: TASKS[name].__name__)
def test_somebody_does_what_they_came_for(name, way, turn, browser: Browser, town, pictures):
    """Whoever has a phone, no mouse, no scripts or tired eyes would be shut out of it."""
    task, kind, who = TASKS[name], HANDS[way], called(name, way, turn)
    at = list(TASKS).index(name) + list(HANDS).index(way) + turn
    width, theme = VIEWS[at % len(VIEWS)]
    context = browser.new_context(
        base_url=town.server.url,
        java_script_enabled=kind.scripts,
        reduced_motion="reduce",
        color_scheme=theme,
        viewport={"width": width, "height": HEIGHT},
        service_workers="block",
    )
    context.set_default_timeout(10_000)
    context.add_init_script(LISTEN)
    context.add_cookies(
        [{"name": "whimbrel", "value": town.cookie(who), "url": town.server.url}],
    )
    said: list[str] = []
    page = context.new_page()
    page.on("console", lambda line: said.append(line.text) if line.type == "error" else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    try:
        kept = pictures / task.__name__ / way if ASKED else None
        task(kind(page, who, (width, theme), kept), town)
    except BaseException:
        page.screenshot(path=pictures / f"failed-{task.__name__}-{way}.png")
        raise
    finally:
        context.close()
    wrong = [line for line in said if QUIET not in line]
    assert not wrong, "\n".join(wrong)
