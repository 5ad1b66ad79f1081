"""The breach drill against a throw-away copy: it finds nothing there; and where a fault is planted,
the step that is there for it tells of it."""

import json
import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import pytest
import uvloop
from typer.testing import CliRunner

from whimbrel.app import drill as server
from whimbrel.app.cli import app
from whimbrel.breach import plant, samples
from whimbrel.breach.client import Answer
from whimbrel.breach.drill import copy, drill
from whimbrel.breach.ground import Door, Ground
from whimbrel.breach.report import page
from whimbrel.breach.rules import LESSONS, Report, Result, line, summary
from whimbrel.breach.steps import STEPS

THIN = 0.02

Planted = Callable[[Ground], AbstractContextManager[None]]


def answering(crook: Callable[[str, str, Answer], Answer]) -> Planted:
    """A server that answers some requests otherwise."""

    @contextmanager
    def planted(ground: Ground) -> Iterator[None]:
        honest = ground.client.ask

        async def ask(method: str, target: str, *args: Any) -> Answer:
            return crook(method, target, await honest(method, target, *args))

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(ground.client, "ask", ask)
            yield

    return planted


def lying_about(text: Callable[[Ground], bytes]) -> Planted:
    """A file in the data folder, with these words in it."""

    @contextmanager
    def planted(ground: Ground) -> Iterator[None]:
        forgotten = ground.within.folder / "objects" / "forgotten.log"
        forgotten.write_bytes(b"10:00 " + text(ground) + b" came by\n")
        try:
            yield
        finally:
            forgotten.unlink()

    return planted


@contextmanager
def strangers_follow(ground: Ground) -> Iterator[None]:
    """Eve is let in wherever Bob is."""
    eve = ground.people["eve"]
    ground.people["eve"] = ground.who("bob")._replace(name="eve")
    try:
        yield
    finally:
        ground.people["eve"] = eve


@contextmanager
def door_left_open(ground: Ground) -> Iterator[None]:
    """A door says that it is for people with an account, and lets in everybody."""
    shut = next(door.access for door in ground.doors if door.path == "/api/v1/timelines/home")
    doors, ground.doors = ground.doors, [Door("GET", "/api/v2/instance", shut)]
    try:
        yield
    finally:
        ground.doors = doors


def found(method: str, target: str, answer: Answer) -> Answer:
    """Instead of "not found"."""
    return answer._replace(status=200) if answer.status == 404 else answer


FAULTS: dict[str, tuple[Planted, str]] = {
    "D1": (
        answering(lambda m, to, got: found(m, to, got) if "/lists/" in to else got),
        "found something at /api/v1/lists/",
    ),
    "D2": (
        answering(lambda m, to, got: got._replace(status=404) if got.status == 429 else got),
        "could guess 320 times",
    ),
    "D6": (strangers_follow, "eve sees a private post"),
    "D7": (lying_about(lambda ground: samples.MARK), "is still in objects/forgotten.log"),
    "D8": (answering(found), "a changed address leads to a file"),
    "D9": (answering(found), "with another reader's link: 200"),
    "D10": (answering(found), "is answered"),
    "D11": (door_left_open, "a stranger gets in at GET /api/v2/instance (200)"),
    "D12": (
        answering(
            lambda m, to, got: got._replace(body=got.body + b" (staff)") if "warden" in to else got
        ),
        "tells that warden is of the staff",
    ),
    "D13": (
        answering(
            lambda m, to, got: (
                got._replace(body=b"Traceback (most recent call last)") if got.status > 399 else got
            )
        ),
        "it tells 'Traceback'",
    ),
    "D14": (
        lying_about(lambda ground: plant.email("eve").encode()),
        "an e-mail address stands in clear in objects/forgotten.log",
    ),
    "D16": (
        lying_about(lambda ground: ground.who("bob").token.encode()),
        "a key that works stands in objects/forgotten.log",
    ),
}


@pytest.fixture(scope="module")
def drilled() -> tuple[Report, dict[str, Result]]:
    """A thin drill of an honest server; then each fault, and what its step says."""

    async def go() -> tuple[Report, dict[str, Result]]:
        async with copy(server.served, server.restored, server.doors()) as ground:
            ground.scale = THIN
            told: list[Result] = []
            report = await drill(ground, told.append)
            assert [result.id for result in told] == [lesson.id for lesson in LESSONS]
            ground.scale = 0.001
            faulty = {}
            for step, (planted, _) in FAULTS.items():
                with planted(ground):
                    faulty[step] = (await drill(ground, told.append, {step: STEPS[step]})).results[
                        0
                    ]
            return report, faulty

    return uvloop.run(go())


@pytest.mark.parametrize("step", STEPS)
def test_an_honest_server(drilled: tuple[Report, dict[str, Result]], step: str) -> None:
    """What was promised holds, and the drill saw that it does."""
    result = next(each for each in drilled[0].results if each.id == step)
    assert (result.verdict, result.found) == ("held", []), line(result)
    assert result.tried
    assert result.requests


@pytest.mark.parametrize("step", FAULTS)
def test_a_fault(drilled: tuple[Report, dict[str, Result]], step: str) -> None:
    """A drill that finds nothing anywhere would tell nothing."""
    result = drilled[1][step]
    assert result.verdict == "broken", line(result)
    assert any(FAULTS[step][1] in each for each in result.found), result.found


def test_a_report(drilled: tuple[Report, dict[str, Result]]) -> None:
    """Whoever is on the board reads what was tried; a script reads the exit status."""
    report, faulty = drilled
    assert (report.status, summary(report)) == (0, "16 held")
    told = page(report)
    assert "All 16 steps held: nothing was found." in told
    assert "http" not in re.sub(r"<li>.*?</li>", "", told)  # nothing is loaded from anywhere
    bad = Report(
        server="https://a.example",
        copy=False,
        version="1",
        began="2026-11-27T12:00:00+00:00",
        seconds=1.0,
        results=[
            faulty["D11"],
            Result(id="D12", verdict="unfinished", untried=["<b>broke off</b>"]),
            Result(id="D14", verdict="untried", untried=["from outside"]),
        ],
    )
    assert (bad.status, summary(bad)) == (1, "1 broken, 1 unfinished, 1 untried: D11 D12")
    told = page(bad)
    assert "1 of 3 steps found something that has to be mended." in told
    assert "a stranger gets in at GET /api/v2/instance" in told
    assert "&lt;b&gt;broke off" in told


def test_by_command(tmp_path: Path) -> None:
    """One step, both reports; what is no step and no address is refused."""
    run = ["drill", "breach"]
    assert CliRunner().invoke(app, [*run, "--steps", "D17"]).exit_code == 2
    assert CliRunner().invoke(app, [*run, "--base", "http://social.example"]).exit_code == 2
    assert CliRunner().invoke(app, [*run, "--base", "http://localhost:9"]).exit_code == 2
    wanted = ["--steps", "d12", "--scale", "0.02", "--json", str(tmp_path / "j")]
    told = CliRunner().invoke(app, [*run, *wanted, "--html", str(tmp_path / "h")])
    assert told.exit_code == 0, told.output
    assert told.output.startswith("D12 held       an administrator and a moderator")
    report = json.loads((tmp_path / "j").read_text())
    assert [each["id"] for each in report["results"]] == ["D12"]
    assert "Nobody can tell who moderates" in (tmp_path / "h").read_text()
