"""The breach drill against a throw-away copy: it finds nothing there; and where a fault is planted,
the step that is there for it tells of it."""

import asyncio
import json
import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

import pytest
import uvloop
from msgspec.structs import replace
from typer.testing import CliRunner

from whimbrel.app import drill as server
from whimbrel.app.cli import app
from whimbrel.app.opening import database
from whimbrel.breach import plant, samples
from whimbrel.breach.client import Answer, Broken
from whimbrel.breach.drill import copy, drill, outside
from whimbrel.breach.ground import Door, Ground
from whimbrel.breach.report import page
from whimbrel.breach.rules import LESSONS, Report, Result, line, summary
from whimbrel.breach.steps import STEPS
from whimbrel.moderation.queries import decisions

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


@contextmanager
def nothing_is_deleted(ground: Ground) -> Iterator[None]:
    """Who deletes is told that it is done."""
    honest = ground.client.ask

    async def ask(method: str, target: str, *args: Any) -> Answer:
        if method == "DELETE" and "/statuses/" in target:
            return Answer(200, (), b"{}")
        return await honest(method, target, *args)

    def nowhere(folder: Path) -> NoReturn:
        raise Broken("it was seen before a backup is looked at")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ground.client, "ask", ask)
        patch.setattr(ground, "inside", ground.within._replace(restored=nowhere))
        yield


@contextmanager
def all_is_open(ground: Ground) -> Iterator[None]:
    """Strangers may read on and on."""
    here = ground.within.app
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(here, "settings", replace(here.settings, public_reading="open"))
        yield


@contextmanager
def original_is_kept(ground: Ground) -> Iterator[None]:
    """A copy of a picture as it came; one format is enough to see it."""
    one = samples.pictures()[:1]
    with pytest.MonkeyPatch.context() as patch, lying_about(lambda _: samples.MARK)(ground):
        patch.setattr(samples, "pictures", lambda: [*one])
        patch.setattr(samples, "film", lambda folder: one[0])
        yield


def signs_in(method: str, target: str, answer: Answer) -> Answer:
    """Whoever asks for it is let in."""
    if (method, target) != ("POST", "/auth/sign-in"):
        return answer
    return answer._replace(pairs=(*answer.pairs, ("set-cookie", "whimbrel=x; Path=/")))


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
    "D3": (all_is_open, "of 100 posts of one person"),
    "D5": (nothing_is_deleted, "ada still sees the deleted post at /api/v1/statuses/POST"),
    "D6": (strangers_follow, "eve sees a private post"),
    "D7": (original_is_kept, "is still in objects/forgotten.log"),
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
    "D15": (answering(signs_in), "who never confirmed their address can sign in"),
    "D16": (
        lying_about(lambda ground: ground.who("bob").token.encode()),
        "a key that works stands in objects/forgotten.log",
    ),
}


class Drilled(NamedTuple):
    """What came of it all."""

    honest: Report
    faulty: dict[str, Result]
    outside: Report  # as at a running server


@pytest.fixture(scope="module")
def drilled() -> Drilled:
    """A thin drill of an honest server; the same from outside; then each fault, and what its step
    says."""

    async def go() -> Drilled:
        async with copy(server.served, server.restored, server.doors()) as ground:
            ground.scale = THIN
            told: list[Result] = []
            report = await drill(ground, told.append)
            assert [result.id for result in told] == [lesson.id for lesson in LESSONS]
            live = await from_outside(ground)
            ground.scale = 0.001
            faulty = {}
            for step, (planted, _) in FAULTS.items():
                with planted(ground):
                    faulty[step] = (await drill(ground, told.append, {step: STEPS[step]})).results[
                        0
                    ]
            return Drilled(report, faulty, live)

    return uvloop.run(go())


async def from_outside(ground: Ground) -> Report:
    """The copy is taken for a running server, but for pictures, which take long."""
    base, doors = ground.client.base, ground.doors
    with pytest.raises(Broken, match="not the token of an administrator"):
        async with outside(base, ground.who("bob").token, doors):
            pass
    async with outside(base, ground.who("captain").token, doors) as live:
        wanted = {step: STEPS[step] for step in STEPS if step != "D7"}
        return await drill(live, lambda result: None, wanted)


@pytest.mark.parametrize("step", STEPS)
def test_an_honest_server(drilled: Drilled, step: str) -> None:
    """What was promised holds, and the drill saw that it does."""
    result = next(each for each in drilled.honest.results if each.id == step)
    assert (result.verdict, result.found) == ("held", []), line(result)
    assert result.tried
    assert result.requests


@pytest.mark.parametrize("step", FAULTS)
def test_a_fault(drilled: Drilled, step: str) -> None:
    """A drill that finds nothing anywhere would tell nothing."""
    result = drilled.faulty[step]
    assert result.verdict == "broken", line(result)
    assert any(FAULTS[step][1] in each for each in result.found), result.found


def test_from_outside(drilled: Drilled) -> None:
    """Much can be tried at a running server; what cannot is said, and why."""
    report = drilled.outside
    told = {each.id: line(each) for each in report.results}
    ended = {each.id: each.verdict for each in report.results}
    assert report.status == 0, told
    assert {id_ for id_ in ended if ended[id_] == "untried"} == {"D14", "D15", "D16"}, told
    assert "it can only be tried with the server's own files at hand" in told["D16"]
    assert "people live here" in told["D2"]


def test_a_report(drilled: Drilled) -> None:
    """Whoever is on the board reads what was tried; a script reads the exit status."""
    report, faulty = drilled.honest, drilled.faulty
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
    """One step, both reports, and a note for whoever runs the server after us; what is no step and
    no address is refused."""
    run = ["drill", "breach"]
    assert CliRunner().invoke(app, [*run, "--steps", "D17"]).exit_code == 2
    assert CliRunner().invoke(app, [*run, "--base", "http://social.example"]).exit_code == 2
    assert CliRunner().invoke(app, [*run, "--base", "http://localhost:9"]).exit_code == 2
    wanted = ["--steps", "d12", "--scale", "0.02", "--json", str(tmp_path / "j")]
    wanted += ["--html", str(tmp_path / "h"), "--data", str(tmp_path / "data")]
    told = CliRunner().invoke(app, [*run, *wanted])
    assert told.exit_code == 0, told.output
    assert told.output.startswith("D12 held       an administrator and a moderator")
    report = json.loads((tmp_path / "j").read_text())
    assert [each["id"] for each in report["results"]] == ["D12"]
    assert "Nobody can tell who moderates" in (tmp_path / "h").read_text()
    with database(tmp_path / "data", None) as db:
        noted = asyncio.run(db.read(decisions.newest, "server", 0, 5))
    assert [(each.action, each.by, each.detail) for each in noted] == [("drill", None, "1 held")]
