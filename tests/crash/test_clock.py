"""The clock jumps: an hour back when a machine starts with a wrong one, forwards when it slept."""

from datetime import UTC, datetime, timedelta
from hashlib import sha256

import pyotp
import pytest
from sqlalchemy import select

import people
from whimbrel.accounts import factors, sessions
from whimbrel.accounts.queries import entry
from whimbrel.core.ids import MAX_ID
from whimbrel.core.tables import jobs
from whimbrel.core.worker import work_through
from whimbrel.posts import schedule
from whimbrel.posts.events import PostPublished, ScheduleDue
from whimbrel.posts.publish import publish
from whimbrel.posts.rules import Draft
from whimbrel.posts.tables import posts


@pytest.fixture
def ada(db):
    return db.write_sync(people.make, "ada")


def test_posts_of_a_clock_that_jumps_are_each_there_once(db, clock, ada):
    """An id that comes twice would be a post that is lost; one that no page reaches as well."""
    made = []
    for hours in (0, -1, 1, 2, -5, 24 * 365):
        clock.step(hours=hours)
        for number in range(20):
            draft = Draft(text=f"tide {hours} {number}")
            made.append(db.write_sync(publish, ada, draft).id)
    for moment in (datetime(2028, 2, 29, tzinfo=UTC), datetime(2038, 1, 19, 3, 14, 8, tzinfo=UTC)):
        clock.now = moment
        made.append(db.write_sync(publish, ada, Draft(text=f"{moment}")).id)
    assert len(set(made)) == len(made) == 122 and max(made) < MAX_ID
    seen, page = [], None
    while page != []:  # as an app pages, by id alone
        below = seen[-1] if seen else MAX_ID

        def read(tx, below=below):
            rows = select(posts.c.id).where(posts.c.id < below).order_by(posts.c.id.desc())
            return [row[0] for row in tx.rows(rows.limit(40))]

        page = db.write_sync(read)
        seen += page
    assert seen == sorted(made, reverse=True)


def test_jobs_are_done_whichever_way_the_clock_jumps(db, clock, ada):
    """A job that was written an hour in the future would wait for it; none may be given up."""
    clock.step(hours=1)
    db.write_sync(publish, ada, Draft(text="from the future"))
    clock.step(hours=-1)
    assert _worked(db, PostPublished) == 0, "it waits for an hour at most"
    db.write_sync(publish, ada, Draft(text="from now"))
    assert _worked(db, PostPublished) > 0, "and holds up nobody"
    clock.step(hours=1, minutes=1)
    assert _worked(db, PostPublished) > 0
    due = clock.now + timedelta(days=2)
    db.write_sync(schedule.schedule, ada, Draft(text="later"), due)
    clock.step(days=-1)
    assert _worked(db, ScheduleDue) == 0
    clock.step(days=400)  # the machine slept
    assert _worked(db, ScheduleDue) == 1


def _worked(db, event) -> int:
    """How many jobs of this event were done now."""

    def left(tx):
        return sum(name.endswith(f":{event.__name__}") for (name,) in tx.rows(select(jobs.c.task)))

    before = db.write_sync(left)
    for _ in range(10):
        db.write_sync(work_through, db.env.routes, "timelines")
    return before - db.write_sync(left)


def test_no_jump_opens_a_door(db, clock, ada):
    """A session that ended stays ended, and a code that was taken is not taken again."""
    cookie = db.write_sync(sessions.begin, ada.id)
    held = _held(cookie)
    clock.step(hours=-5)
    assert db.write_sync(held) is not None, "who is signed in stays so"
    clock.step(days=91)
    assert db.write_sync(held) is None
    db.write_sync(factors.begin_authenticator, ada)
    secret = db.write_sync(factors.setup_of, ada).secret
    code = pyotp.TOTP(secret).at(int(clock.now.timestamp()))
    db.write_sync(factors.finish_authenticator, ada, code)
    clock.step(hours=1)
    later = pyotp.TOTP(secret).at(int(clock.now.timestamp()))
    assert db.write_sync(factors.take, ada.id, later)
    clock.step(hours=-1)
    assert not db.write_sync(factors.take, ada.id, code)
    clock.step(hours=1)
    assert not db.write_sync(factors.take, ada.id, later)


def _held(cookie):
    hash_ = sha256(cookie.encode()).digest()
    return lambda tx: entry.session(tx, hash_, sessions.ABSOLUTE, sessions.IDLE)
