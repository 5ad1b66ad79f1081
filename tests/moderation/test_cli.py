"""What whoever runs the server does about people who copy it, from a shell."""

from contextlib import contextmanager, nullcontext
from typing import Any

import typer
from typer.testing import CliRunner

from whimbrel.accounts import queries as people
from whimbrel.moderation import canaries, cli
from whimbrel.privacy import alarms


def test_an_alarm_is_seen_and_silenced_and_canaries_are_planted(db: Any):
    """At night, from a train, without the pages of the staff."""
    app = typer.Typer()

    @contextmanager
    def opened(data: Any, file: Any) -> Any:
        yield db

    cli.add_to(app, opened, nullcontext)

    def whimbrel(*words: str) -> tuple[int, str]:
        done = CliRunner().invoke(app, list(words))
        return done.exit_code, done.stdout

    assert whimbrel("alarm", "show") == (0, "All is quiet.\n")
    assert whimbrel("alarm", "silence") == (1, "All was quiet.\n")
    now = db.write_sync(lambda tx: tx.ms)
    db.write_sync(alarms.ring, "much", now + 3_600_000)
    db.write_sync(alarms.ring, "many", now + 7_200_000)
    assert whimbrel("alarm", "show")[1].endswith("UTC (much).\n"), "it rang already"
    assert whimbrel("alarm", "silence") == (0, "Silenced.\n")
    assert whimbrel("alarm", "show") == (0, "All is quiet.\n")
    code, names = whimbrel("canary", "plant", "--accounts", "2")
    assert code == 0
    for name in names.split():
        assert db.write_sync(people.by_handle, name).discoverable in (False, None)
    assert len(db.write_sync(canaries.posts)) == 2 * canaries.EACH
