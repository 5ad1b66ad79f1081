"""New keys by command."""

from contextlib import nullcontext
from typing import Any

import met
import typer
from signing import pair
from sqlalchemy import select
from typer.testing import CliRunner

import people
from whimbrel.core.db import Db
from whimbrel.core.errors import NotFound
from whimbrel.federation import cli, keys
from whimbrel.federation.queries import letters
from whimbrel.federation.rules import SERVER
from whimbrel.federation.tables import letters as written


def run(db: Db, *words: str) -> Any:
    app = typer.Typer()
    cli.add_to(app, lambda data, file: nullcontext(db))
    return CliRunner().invoke(app, ["federation", "rotate-keys", *words])


def test_keys_are_made_anew_and_followers_hear_of_it(db: Db):
    """Whoever has the old ones signs nothing more in Ada's name; Bob's stay as they are."""
    ada, bob = (db.write_sync(people.make, name) for name in ("ada", "bob"))
    db.write_sync(met.follower, "https://far.example/users/eve", ada)
    for owner in (SERVER, ada.id, bob.id):
        db.write_sync(keys.keep, owner, pair())
    old = db.write_sync(keys.private, ada.id)
    assert run(db, "ada").exception is None
    assert db.write_sync(keys.private, ada.id) != old
    assert db.write_sync(keys.public, ada.id) != pair().public
    assert db.write_sync(keys.public, bob.id) == pair().public
    ids = db.write_sync(lambda tx: [row[0] for row in tx.rows(select(written.c.id))])
    (told,) = [db.write_sync(letters.read, id_) for id_ in ids]
    assert told is not None
    assert (told.owner, told.kind) == (ada.id, "actor")
    assert run(db).exception is None
    assert db.write_sync(keys.public, bob.id) != pair().public
    assert db.write_sync(keys.public, SERVER) != pair().public
    assert isinstance(run(db, "nobody").exception, NotFound)
