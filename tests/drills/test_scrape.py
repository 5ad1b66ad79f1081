"""Somebody copies the server: what they get, and what those who live there notice of it.

Row D4 of the threat model. The whole of it, 100,000 posts by 1,000 authors and a day more of the
crew's work: WHIMBREL_LONG=1 pytest tests/drills -s"""

import asyncio
import os
import sys

from scrape import HOME, days_to_copy, moved_in

LONG = bool(os.environ.get("WHIMBREL_LONG"))
AUTHORS = 1000 if LONG else 120
POSTS = AUTHORS * 100
WHOLE = 100_000  # posts of which a share is told: budgets do not grow with what there is


def test_who_copies_the_server_gets_little_and_nobody_else_notices(tmp_path):
    """Parler's ninety-nine in a hundred posts were gone in two days, by its own front door."""

    async def story() -> None:
        async with moved_in(tmp_path, AUTHORS, POSTS, at_once=5 if LONG else 1) as drill:
            for _ in range(2 if LONG else 1):  # nobody else is there
                for at in range(600 if LONG else 50):
                    await drill.live(at)
                idle = drill.slowest()
            await drill.run(60)
            assert drill.rang_after is not None
            at_first = len(drill.reached)
            await drill.run(540)
            minute = (len(drill.reached) - at_first) / 9
            assert len(drill.reached) < WHOLE * 0.10
            assert minute < WHOLE * 0.002
            assert drill.leaked == set()
            assert drill.refused == 0
            if LONG:
                assert min(map(len, drill.homes)) >= HOME
                tell(alarm=drill.rang_after, reached=len(drill.reached), of=len(drill.theirs))
                tell(in_a_minute=minute, secret=len(drill.leaked), refused=drill.refused)
                busy = drill.slowest()
                tell(idle_ms=idle * 1000, busy_ms=busy * 1000)
                assert busy < 2 * idle
                days = await days_to_copy(drill)
                tell(days=days)
                assert days > 7

    asyncio.run(story())


def tell(**numbers: float) -> None:
    """Say them, for docs/security.md."""
    sys.stdout.write("".join(f"\n{name}: {number:.2f}" for name, number in numbers.items()))
