"""Servers that live and die by seed, thousands of them, and nothing acknowledged is lost.

One process, one thread: the real engine, outbox, worker, courier, actions and handlers, on a disk,
a clock and lines to others that a seed commands. It says who goes next, when the disk is full or
fails to sync, when the power goes and which unsynced writes are there afterwards, and what of a
conversation with an index, a store or another server gets lost. In the last life nothing fails;
then everything is held against what people were told.

WHIMBREL_LONG=1 tries ten thousand seeds. A failure names its seed: WHIMBREL_SEED=77 lives through
that one alone and prints its history, the same in every process."""

import gc
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from disk import Vfs
from simulated import Ground, laid, simulate

ONE = os.environ.get("WHIMBREL_SEED")
LONG = bool(os.environ.get("WHIMBREL_LONG"))
QUICK, SHARE, SHARES = 40, 500, 20  # seeds of a quick run; of each share of a long one; shares
RUNS = [range(at * SHARE, (at + 1) * SHARE) for at in range(SHARES)] if LONG else [range(QUICK)]
RUNS = [range(int(ONE), int(ONE) + 1)] if ONE else RUNS


@pytest.fixture(scope="module")
def vfs() -> Iterator[Vfs]:
    """Between SQLite and the files of this process."""
    made = Vfs()
    yield made
    gc.collect()  # a server that died of its start leaves connections behind, as files of `made`
    made.unregister()


@pytest.fixture(scope="module")
def ground(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Ground:
    """What every life begins with."""
    folder = tmp_path_factory.mktemp("ground")
    shutil.copy(sqlite_template, folder / "whimbrel.db")
    return laid(folder)


@pytest.mark.parametrize("seeds", RUNS, ids=lambda seeds: f"{seeds.start}-{seeds.stop - 1}")
def test_what_was_acknowledged_is_there_whatever_failed(
    seeds: range, ground: Ground, vfs: Vfs, tmp_path: Path
) -> None:
    """A post that was there and is not, or is half; a deletion that a restart takes back; an effect
    that was forgotten because the process died of its neighbour."""
    lines = 0
    for seed in seeds:
        try:
            history = simulate(seed, ground, tmp_path, vfs)
        except BaseException as error:
            error.add_note(f"of seed {seed}: run it alone with WHIMBREL_SEED={seed}")
            raise
        lines += len(history)
    assert lines > 50 * len(seeds)  # they did live


def test_the_same_seed_is_the_same_history(ground: Ground, vfs: Vfs, tmp_path: Path) -> None:
    """A failure that nobody can look at again is no help."""
    first, other = (simulate(seed, ground, tmp_path, vfs) for seed in (7, 8))
    assert simulate(7, ground, tmp_path, vfs) == first != other
