"""What is erased is let go of: by every process, from all it has at hand."""

import asyncio
import gc
import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

from whimbrel.core import cache
from whimbrel.core.cache import Cache, Gone
from whimbrel.core.pubsub import open_pubsub
from whimbrel.privacy import erasure

sys.path.insert(0, str(Path(__file__).parents[1] / "app"))  # `import house`

from house import house

WORD = "Xylofonquark"


def test_a_cache_lets_go_of_what_was_erased_and_of_nothing_else():
    """Too little, and a deleted post lies in memory for days; too much, and each deletion makes
    the whole server slow."""
    by_key: Cache[bytes] = Cache(10_000, len, lambda key, made, gone: gone.in_key(key))
    by_bytes: Cache[bytes] = Cache(10_000, len, lambda key, made, gone: gone.in_bytes(made))
    for number in range(11, 15):
        by_key.put((number, 7), b"words of %d" % number)
        by_bytes.put((number,), b'[{"id":"10%d"},{"id":"99"}]' % number)
    cache.forget(Gone([12, 1013]))
    assert [by_key.get((each, 7)) is None for each in range(11, 15)] == [False, True, False, False]
    assert [by_bytes.get((each,)) is None for each in range(11, 15)] == [False, True, True, False]
    cache.forget(Gone(range(5000, 5050)))
    assert by_key.get((11, 7)), "by key any number is looked for"
    assert by_bytes.get((11,)) is None, "bytes are not looked through for fifty"
    cache.forget(None)
    assert by_key.get((11, 7)) is None


def test_room_that_was_let_go_of_is_room_again():
    """A cache that forgets to subtract fills up with nothing, and keeps nothing any more."""
    kept: Cache[bytes] = Cache(4000, len, lambda key, made, gone: gone.in_key(key))
    for number in range(1, 500):
        kept.put((number,), b"x" * 300)
        kept.forget(Gone([number]))
    kept.put((1000,), b"x" * 300)
    kept.put((1001,), b"x" * 300)
    assert kept.all([(1000,), (1001,)]) == [b"x" * 300] * 2


def held(word: str) -> list[str]:
    """What kinds of living objects hold a text that has this word in it."""
    gc.collect()
    known, found = word.encode(), []
    for each in gc.get_objects():
        for one in gc.get_referents(each):
            if (isinstance(one, bytes) and known in one) or (
                isinstance(one, str) and word in one and one is not word
            ):
                found.append(f"{type(each).__qualname__}: {one[:60]!r}")
    return found


def test_a_deleted_post_is_in_nothing_that_the_process_still_has(tmp_path, monkeypatch):
    """Whoever reads a dump of its memory a week later must not find it in a cache."""
    monkeypatch.setattr(erasure, "GATHER", 0.01)
    monkeypatch.setattr(erasure, "AGAIN", 0.05)
    # Put together here, so that the constants of this function do not hold it.
    word = "".join([WORD, "zunft"])

    async def story() -> None:
        async with house(tmp_path) as here, erasure.keep(here.app):
            ada, bob = await here.person("ada"), await here.person("bob")
            body = b'{"status":"' + word.encode() + b' in the reeds"}'
            headers = {**ada.by_app, "content-type": "application/json"}
            made = await here.ask("POST", "/api/v1/statuses", headers, body)
            post = json.loads(made.body)["id"]
            for reader in (ada, bob):
                for page in (f"/api/v1/statuses/{post}", "/api/v1/timelines/public?local=true"):
                    assert word.encode() in (await here.ask("GET", page, reader.by_app)).body
                for page in (f"/@ada/{post}", "/@ada", "/public"):
                    assert word.encode() in (await here.ask("GET", page, reader.by_browser)).body
            del made, body
            assert held(word), "what is there is found"
            await here.ask("DELETE", f"/api/v1/statuses/{post}", ada.by_app)
            await asyncio.sleep(0.2)
            assert held(word) == []

    asyncio.run(story())


def test_another_process_is_told_and_who_missed_something_lets_go_of_all(redis_url, monkeypatch):
    """Of two web processes only one is asked to delete; the other has the same page at hand."""
    monkeypatch.setattr(erasure, "GATHER", 0.01)
    forgot: list[Any] = []
    monkeypatch.setattr(
        cache, "forget", lambda gone: forgot.append(None if gone is None else set(gone.ids))
    )

    class Here:
        class db:  # noqa: N801
            @staticmethod
            def forget() -> None: ...

    async def story() -> None:
        one, other = open_pubsub(redis_url, "erasing"), open_pubsub(redis_url, "erasing")
        await one.start()
        await other.start()
        here: Any = Here()
        here.pubsub = other
        async with erasure.keep(here):
            await asyncio.sleep(0.2)
            one.publish(erasure.CHANNEL, b"17")
            one.publish(erasure.CHANNEL, b"18")
            await until(lambda: forgot)
            assert forgot == [{17, 18}]
            for subscription in other.everybody():  # type: ignore[attr-defined]
                subscription.lag()
            await until(lambda: None in forgot)
        await one.close()
        await other.close()

    asyncio.run(story())


async def until(true: Any) -> None:
    async with asyncio.timeout(10):
        while not true():  # noqa: ASYNC110 (nobody tells when)
            await asyncio.sleep(0.01)


def test_a_crash_leaves_no_copy_of_the_memory(tmp_path):
    """A core file would hold keys, and words of the hour, for whoever finds the disk."""
    code = (
        "import os, resource, signal, sys\n"
        "from whimbrel.core.undumped import undumped\n"
        "os.chdir(sys.argv[1])\n"
        "resource.setrlimit(resource.RLIMIT_CORE, (1 << 30, 1 << 30))\n"
        "signal.signal(signal.SIGQUIT, signal.SIG_DFL)\n"  # a shell ignores it in the background
        "undumped()\n"
        "os.kill(os.getpid(), signal.SIGQUIT)\n"  # one that leaves a core file
    )
    child = os.posix_spawn(sys.executable, [sys.executable, "-c", code, str(tmp_path)], os.environ)
    _, status = os.waitpid(child, 0)
    assert os.WTERMSIG(status) == signal.SIGQUIT
    assert not os.WCOREDUMP(status)
    assert list(tmp_path.iterdir()) == []
