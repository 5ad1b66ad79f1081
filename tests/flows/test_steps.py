"""After every single step everybody is given what is theirs: hypothesis chooses the next step.

`test_isolation` acts a whole world out through the front doors and looks at its end, by every way
there is. Here the actions themselves are called, and after each of them, refused or not, every
reader looks at every post, thread, profile, home, number and notification: what is wrong for a
moment only, between two steps, is found as well. WHIMBREL_LONG=1 tries two hundred stories."""

import asyncio
import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

sys.path.insert(0, str(Path(__file__).parent))  # `import oracle`: importmode=importlib adds none

from acted import LEVELS, NAMES, Actors, Clock
from oracle import Post

import services
from whimbrel.app.handlers import routes
from whimbrel.core.db import Db, open_db
from whimbrel.core.settings import Instance, Settings

LONG = bool(os.environ.get("WHIMBREL_LONG"))
STORIES, STEPS = (200, 40) if LONG else (3, 25)

WHO, LEVEL = st.sampled_from(NAMES), st.sampled_from(LEVELS)
NAMED = st.frozensets(WHO, max_size=2)
PAIRS = st.frozensets(st.tuples(WHO, WHO).filter(lambda pair: pair[0] != pair[1]), min_size=3)
AT = st.integers(0, 7)  # which post, counted from the newest


@pytest.fixture(scope="module", params=("sqlite", "postgresql"))
def house(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Db, asyncio.Runner, Clock]]:
    """One database for all stories of an engine: they share nothing but the public timeline."""
    folder, url, clock = tmp_path_factory.mktemp("steps"), "", Clock()
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue("sqlite_template"), folder / "whimbrel.db")
    url = services.database(request, request.param)
    db = open_db(url, folder, Instance.of(Settings(domain="social.example")), routes(), clock)
    with asyncio.Runner() as runner:
        yield db, runner, clock
    db.close()


class Story(RuleBasedStateMachine):
    """What people may do next."""

    def __init__(self, house: tuple[Db, asyncio.Runner, Clock]) -> None:
        super().__init__()
        self.actors = Actors(*house)

    @property
    def posts(self) -> list[Post]:
        return self.actors.record.posts

    def post(self, at: int) -> Post:
        return self.posts[-1 - at % len(self.posts)]

    @initialize(pairs=PAIRS)
    def begin(self, pairs: frozenset[tuple[str, str]]) -> None:
        """These follow each other; who asks first lets everybody in."""
        for who, whom in sorted(pairs):
            self.actors.between(who, "follow", whom)
            self.actors.between(whom, "authorize", who)

    @rule(who=WHO, level=LEVEL, named=NAMED)
    def publish(self, who: str, level: str, named: frozenset[str]) -> None:
        self.actors.publish(who, level, named, None)

    @precondition(lambda self: self.posts)
    @rule(who=WHO, level=LEVEL, named=NAMED, at=AT)
    def reply(self, who: str, level: str, named: frozenset[str], at: int) -> None:
        self.actors.publish(who, level, named, self.post(at))

    @precondition(lambda self: self.posts)
    @rule(at=AT, named=NAMED)
    def edit(self, at: int, named: frozenset[str]) -> None:
        self.actors.edit(self.post(at).author, self.post(at), named)

    @precondition(lambda self: self.posts)
    @rule(at=AT)
    def delete(self, at: int) -> None:
        self.actors.delete(self.post(at).author, self.post(at))

    @precondition(lambda self: self.posts)
    @rule(who=WHO, at=AT)
    def meddle(self, who: str, at: int) -> None:
        """With what somebody else wrote, which is refused."""
        if self.post(at).author != who:
            self.actors.edit(who, self.post(at), frozenset())
            self.actors.delete(who, self.post(at))

    @precondition(lambda self: self.posts)
    @rule(who=WHO, at=AT, level=st.sampled_from(LEVELS[:3]))
    def boost(self, who: str, at: int, level: str) -> None:
        self.actors.boost(who, self.post(at), level)

    @precondition(lambda self: self.posts)
    @rule(who=WHO, at=AT)
    def unboost(self, who: str, at: int) -> None:
        self.actors.unboost(who, self.post(at))

    @precondition(lambda self: self.posts)
    @rule(who=WHO, at=AT, begins=st.booleans())
    def favourite(self, who: str, at: int, begins: bool) -> None:
        self.actors.favourite(who, self.post(at), begins=begins)

    @rule(who=WHO, whom=WHO, verb=st.sampled_from(("follow", "follow", "unfollow", "authorize")))
    def stand(self, who: str, whom: str, verb: str) -> None:
        self.actors.between(who, verb, whom)

    @rule(who=WHO, whom=WHO, verb=st.sampled_from(("block", "unblock", "mute", "unmute", "reject")))
    def part(self, who: str, whom: str, verb: str) -> None:
        self.actors.between(who, verb, whom)

    @invariant()
    def everybody_is_given_what_is_theirs(self) -> None:
        self.actors.settle()
        self.actors.look()


def test_after_each_step_everybody_is_given_what_is_theirs(
    house: tuple[Db, asyncio.Runner, Clock],
) -> None:
    """A block that still shows what was boosted before it, or a number that a deletion left
    behind until the next one put it right."""
    run_state_machine_as_test(
        lambda: Story(house),
        settings=settings(
            max_examples=STORIES,
            stateful_step_count=STEPS,
            derandomize=not LONG,
            deadline=None,
            database=None,
            phases=(Phase.explicit, Phase.generate, *([Phase.shrink] if LONG else ())),
            suppress_health_check=list(HealthCheck),
        ),
    )
