"""The power goes again and again while people write, upload, follow and leave.

The ordinary run lets it go a few times, WHIMBREL_LONG=1 two hundred times on each database; or
WHIMBREL_KILLS as often as it says."""

import asyncio
import os
import sys
import time
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))  # `import crew`: importmode=importlib adds none

from crew import FANS, PAINTERS, WRITERS, Crew
from ledger import scratch_of
from yard import house, leave

LONG = bool(os.environ.get("WHIMBREL_LONG"))
KILLS = int(os.environ.get("WHIMBREL_KILLS") or (200 if LONG else 4))
LEAVERS = tuple(f"zoe{number}" for number in range(max(2, KILLS // 4)))


@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
def test_what_was_acknowledged_survives_every_crash(engine, tmp_path: Path, request):
    """A leading server lost 10 of 276 acknowledged deletions measured this way."""
    began = time.monotonic()
    with house(request, engine, tmp_path / "data") as (server, ledger):
        tokens = server.people(*WRITERS, *FANS, *PAINTERS)
        members = server.people(*LEAVERS)
        crew = Crew(server, tokens)
        ids = {
            name: server.call(token, "GET", "/api/v1/accounts/verify_credentials")["id"]
            for name, token in (tokens | members).items()
        }
        for one in WRITERS:
            for other in WRITERS:
                if one != other:
                    server.call(tokens[one], "POST", f"/api/v1/accounts/{ids[other]}/follow")
        for name in LEAVERS:
            server.call(members[name], "POST", f"/api/v1/accounts/{ids['ada']}/follow")
            server.call(tokens["bob"], "POST", f"/api/v1/accounts/{ids[name]}/follow")
            server.call(members[name], "POST", "/api/v1/statuses", status=f"of {name}")
        waiting = list(LEAVERS)
        for number in range(KILLS):
            leaver = waiting.pop() if waiting and number % 3 == 1 else ""
            seconds, pictures = crew.random.uniform(0.1, 0.8), 0 if number % 4 else 2
            asyncio.run(crew.until_the_crash(seconds, leaver, pictures))
            server.start()
            asyncio.run(crew.retry())
        for name in crew.leaving:  # who heard nothing tries again
            if _is_here(server, members[name]):
                leave(server, name)
            crew.left.add(name)
        asyncio.run(crew.check())
        ledger.settle()
        ledger.audit()
        for name in crew.left:
            assert not _is_here(server, members[name])
            assert ledger.left_of(int(ids[name])) == {}
        assert scratch_of(server.data) == []
        posts = sum(len(journal.posts) for journal in crew.journals.values())
        assert posts > KILLS
        assert crew.left and crew.pictures()
        assert server.stop() == 0
    if LONG:
        gone = sum(len(journal.gone) for journal in crew.journals.values())
        took = time.monotonic() - began
        sys.stdout.write(
            f"\n{engine}: {KILLS} kills, {posts} posts and {gone} deletions acknowledged,"
            f" {crew.pictures()} pictures, {len(crew.left)} accounts erased; {took:.0f} s\n"
        )


def _is_here(server, token: str) -> bool:
    try:
        server.call(token, "GET", "/api/v1/accounts/verify_credentials")
    except OSError:  # an HTTPError is one
        return False
    return True
