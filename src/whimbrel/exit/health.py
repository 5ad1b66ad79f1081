"""How well this server could leave right now, as an operator looks at it at night: in numbers that
are in files and in the database already. Nobody is asked, so the page is there at once."""

from pathlib import Path
from typing import NamedTuple

from whimbrel.core.app import App
from whimbrel.core.errors import WhimbrelError
from whimbrel.core.ids import millis
from whimbrel.core.tx import utc_now
from whimbrel.instance import drills

from .evacuate import journal, progress
from .evacuate.journal import STEPS, Journal, Step
from .keeper.call import paired_with
from .keeper.send import noted
from .keeper.status import ENOUGH, LONG
from .queries.standby import backlog
from .standby import canary
from .standby.status import LATE, WAITING


class Keeper(NamedTuple):
    """One, as the last call on it left it. `contact`: ms."""

    address: str
    contact: int | None
    red: bool


class Way(NamedTuple):
    """An evacuation. Times are ms."""

    step: str
    number: int  # of the step, from 1
    steps: int
    rehearse: bool
    began: int
    deadline: int | None
    over: bool
    frozen: bool
    left: int  # files that are left behind so far
    failed: str
    share: int | None  # of 100, of this step; None = nothing to count
    seconds: float | None  # until this step is over
    slack: float | None  # hours
    to: str


class Health(NamedTuple):
    """All of it. `rpo`: seconds of the newest that would be lost now; None = not known."""

    standby: bool
    remote: bool  # nothing is acknowledged that is not there
    rpo: float | None
    late: bool
    away: bool
    unsafe: int
    files: int
    files_since: int | None  # ms
    files_late: bool
    keepers: list[Keeper]
    enough: int
    well: int
    drill: drills.Drill | None
    drill_stale: bool
    way: Way | None


async def health(app: App) -> Health:
    """See `Health`."""
    settings, now = app.settings, millis(utc_now())
    found = canary.found(settings.data)
    many, since = await app.db.read(backlog)
    keepers = [_keeper(settings.data, each, now) for each in settings.keepers]
    rpo = found.rpo(now) if found else None
    last = next(iter(drills.of(settings.data, 1)), None)
    return Health(
        standby=bool(settings.standby),
        remote=settings.standby_durability == "remote",
        rpo=rpo,
        late=rpo is None or rpo > LATE,
        away=bool(found and found.away),
        unsafe=found.unsafe if found else 0,
        files=many,
        files_since=since,
        files_late=since is not None and now - since > WAITING,
        keepers=keepers,
        enough=ENOUGH,
        well=sum(not each.red for each in keepers),
        drill=last,
        drill_stale=last is None or not last.ok or last.age(now) > drills.STALE,
        way=_way(settings.data),
    )


def _keeper(data: Path, address: str, now: int) -> Keeper:
    try:
        last = noted(paired_with(data, address))
    except WhimbrelError:  # it was never paired
        last = None
    contact = last.contact if last else None
    return Keeper(address, contact, contact is None or now - contact > LONG)


def _way(data: Path) -> Way | None:
    try:
        found = journal.read(data)
    except WhimbrelError as error:
        return _nothing(str(error))
    if found is None:
        return None
    event = progress.noted(data)
    going = event if event.get("step") == found.step else {}
    whole, done = going.get("of_bytes", 0), going.get("bytes", 0)
    return _way_of(found)._replace(
        share=min(100, done * 100 // whole) if whole else None,
        seconds=going.get("left_seconds"),
        slack=going.get("slack_hours"),
    )


def _way_of(found: Journal) -> Way:
    return Way(
        step=found.step,
        number=STEPS.index(found.step) + 1,
        steps=len(STEPS) - 1,
        rehearse=found.rehearse,
        began=int(found.began * 1000),
        deadline=int(found.deadline * 1000) if found.deadline else None,
        over=found.step is Step.OVER,
        frozen=bool(found.frozen) and not found.thawed,
        left=len(found.left),
        failed=found.failed,
        share=None,
        seconds=None,
        slack=None,
        to=found.to,
    )


def _nothing(why: str) -> Way:
    return Way("", 0, 0, False, 0, None, True, False, 0, why, None, None, None, "")
