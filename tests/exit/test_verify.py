"""Proof that a copy of a server is whole, and that nothing deleted is in it."""

import shutil
from pathlib import Path
from typing import Any
from uuid import uuid4

import media_samples
import pytest
from houses import House, settle
from sqlalchemy import select, update

from whimbrel.core.keyring import SLOT
from whimbrel.exit import sums, verify
from whimbrel.exit.queries import proof, rows
from whimbrel.federation import keys, pairs
from whimbrel.media.tables import files
from whimbrel.posts.delete import delete
from whimbrel.posts.tables import posts


@pytest.fixture
def copied(house: Any, request: pytest.FixtureRequest, engine: str, tmp_path: Path) -> Any:
    """A server with people, a picture, keys of actors and something deleted, and a copy of it made
    of its files."""
    here = house("here")
    ada, bob, _, answer = here.write(settle)
    slot = here.write(lambda tx: tx.value(select(posts.c.slot).where(posts.c.id == answer.id)))
    here.picture(ada.id, slot, media_samples.jpeg())
    here.write(keys.keep, ada.id, pairs.make())
    canary = here.write(verify.plant)
    here.write(delete, bob, answer.id)
    here.close()
    there = here.folder.with_name("there")
    shutil.copytree(here.folder, there)
    url = here.url
    if engine == "postgresql":
        cluster = request.getfixturevalue("postgres")
        name = f"test_{uuid4().hex[:12]}"
        request.addfinalizer(lambda: cluster.drop(name))
        url = cluster.create(name, url.rpartition("/")[2])
    here.open()
    copy = House(there, url, here.instance, here.clock)
    yield here, copy, canary
    copy.close()


def look(house: House, **given: Any) -> verify.Report:
    found: verify.Report = house.tell(lambda app: verify.verify(app, **given))
    return found


def wrong(report: verify.Report) -> dict[str, str]:
    return {line.title: line.says for line in report.lines if not line.ok}


def test_a_copy_is_equal_in_every_row_and_byte(copied):
    """A copy that nobody can prove is a hope; each way of not being whole has its own line."""
    here, copy, canary = copied
    there = look(here)
    assert there.ok and there.counts["objects"] >= 1 and there.counts["signers"] == 1
    assert there.counts["opened"] >= 4
    found = look(copy, against=there.tables, canaries=[canary])
    assert found.ok, wrong(found)
    assert found.tables == there.tables and '"ok":true' in found.json()

    copy.write(lambda tx: tx.run(update(posts).values(rev=posts.c.rev + 1)))
    assert "posts differs in" in wrong(look(copy, against=there.tables))["rows compared"]

    key = copy.write(lambda tx: tx.value(select(files.c.object).where(files.c.object != "")))
    object_ = copy.folder / "objects" / key
    octets = object_.read_bytes()
    object_.write_bytes(octets[:-1] + bytes([octets[-1] ^ 1]))
    assert key in wrong(look(copy))["files whole"]
    object_.unlink()
    assert key in wrong(look(copy))["files"]
    assert "files" not in wrong(look(copy, left={key}))
    object_.write_bytes(octets)


def test_what_was_deleted_and_opens_all_the_same_is_found(house):
    """The one thing that no other check would see: a key that came back."""
    here = house("here")
    here.write(settle)
    ring = here.folder / "keyring.bin"
    before = ring.read_bytes()
    canary = here.write(verify.plant)
    assert look(here, canaries=[canary]).ok
    with ring.open("r+b") as file:
        file.seek(canary.slot.number * SLOT)
        file.write(before[canary.slot.number * SLOT :][:SLOT])
    found = look(here, canaries=[canary])
    assert set(wrong(found)) == {"destroyed keys", "deleted canaries"}
    assert found.counts["risen"] == 2


def test_a_lost_key_is_found_and_one_that_was_destroyed_is_not_taken_for_it(house):
    """A keyring that ends early, or was written over, opens nothing: that is no deletion."""
    here = house("here")
    _, _, first, _ = here.write(settle)
    slot = here.write(lambda tx: tx.value(select(posts.c.slot).where(posts.c.id == first.id)))
    with (here.folder / "keyring.bin").open("r+b") as file:
        file.seek(slot * SLOT)
        file.write(bytes(SLOT))
    assert f"post {first.id}" in wrong(look(here))["opens what is here"]
    here.write(lambda tx: tx.shred([slot]))
    assert look(here).ok


def test_rows_are_hashed_alike_by_both_engines():
    """Numbers of one are truths of the other."""
    (place,) = proof.flags("lists")
    row: list[Any] = list(range(len(rows.columns("lists"))))
    flags = [[*row[:place], value, *row[place + 1 :]] for value in (1, True, False)]
    number, truth, other = (sums._sum("lists", iter([[each]])) for each in flags)
    assert number == truth != other
