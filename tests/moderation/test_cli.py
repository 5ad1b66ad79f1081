"""What whoever runs the server does about people who copy it, from a shell."""

from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

import typer
from sqlalchemy import update
from typer.testing import CliRunner

from whimbrel.accounts import queries as people
from whimbrel.moderation import canaries, cli
from whimbrel.moderation.queries import decisions
from whimbrel.moderation.tables import decisions as table
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


def test_the_log_is_signed_and_held_against_what_somebody_kept(db: Any, tmp_path: Path):
    """Whoever runs the server, or inherits it, asks from a shell whether anybody wrote to it."""
    app = typer.Typer()

    @contextmanager
    def opened(data: Any, file: Any) -> Any:
        yield db

    cli.add_to(app, opened, nullcontext)

    def whimbrel(*words: str) -> tuple[int, str]:
        done = CliRunner().invoke(app, list(words))
        return done.exit_code, done.stdout

    for _ in range(3):
        db.write_sync(decisions.add, None, "look", "server", 7)
    code, note = whimbrel("audit", "checkpoint")
    assert (code, note.split("\n")[:2]) == (0, ["social.example/log", "3"])
    kept = tmp_path / "kept"
    kept.write_text(note)
    verify = ("audit", "verify", "--checkpoint", str(kept))
    assert whimbrel(*verify) == (
        0,
        "3 rows, 0 of them erased with whom they were about; 2 checkpoints.\n",
    )
    db.write_sync(lambda tx: tx.run(update(table).where(table.c.leaf == 1).values(target=8)))
    code, said = whimbrel(*verify)
    assert code == 1 and said.startswith("Row 1 was changed: target.\n")
