"""The recovery kit as a person without a browser uses it: commands alone, and the old host off."""

from pathlib import Path
from typing import Any

import httpx
import met
from strict import TYPE, Strict, strict

import warm
from server import Server
from whimbrel.accounts.queries import people
from whimbrel.accounts.rules import Viewer
from whimbrel.core.db import open_db
from whimbrel.core.settings import Instance, Settings
from whimbrel.exit.kit import box

NEAR = {"WHIMBREL_ALLOW_PRIVATE": "127.0.0.1"}


def followed(server: Server, names: list[str]) -> None:
    """People elsewhere follow Ada; nobody serves that server just now."""
    db = open_db("", server.data, Instance.of(Settings(domain="old.example")))

    def write(tx: Any) -> None:
        ada = Viewer(account=people.by_handle(tx, "ada").id)
        for name in names:
            met.follower(tx, name, ada)

    db.write_sync(write)
    db.close()


def kit(server: Server, *words: str | Path) -> tuple[int, str]:
    """`whimbrel kit ...`: its exit status, and what it said."""
    ran = warm.run(["whimbrel", "kit", *words], server.env)
    return ran.returncode, ran.stdout + ran.stderr


def test_somebody_goes_on_elsewhere_with_a_file_and_nine_words(tmp_path: Path) -> None:
    """Made, refreshed, used while the old host is off, and taken back: each as the manual says."""
    with strict() as peer:
        old = Server(tmp_path / "old", **NEAR, WHIMBREL_DOMAIN="old.example")
        old.data.mkdir(mode=0o700)
        old.people("ada")
        followed(old, [peer.eve])
        words, files = tmp_path / "words", [tmp_path / f"{n}.kit" for n in range(3)]
        status, said = kit(old, "key", "--to", words)
        assert status == 0 and words.stat().st_mode & 0o777 == 0o600
        public = said.strip()
        assert len(words.read_text().split()) == 9 and public.startswith("whimbrel-recovery-")
        at = ("--data", old.data)
        made = ("make", "ada", "--key", public, "--archive", "attic")
        assert kit(old, *made, "--to", files[0], *at) == (0, "")
        status, said = kit(old, *made, "--to", files[0], *at)
        assert status == 2 and "is there already" in said
        status, said = kit(old, "open", files[0], "--words", words)
        assert status == 0 and "PRIVATE" not in said
        assert "ada@old.example" in said and "1 at 1 inboxes" in said and "attic" in said
        followed(old, [peer.eve.replace("eve", "fay")])
        assert kit(old, *made, "--to", files[1], *at) == (0, "")
        assert "followers  2 at 1 inboxes" in kit(old, "open", files[1], "--words", words)[1]
        words.with_suffix(".wrong").write_text(" ".join(["abandon"] * 9))
        status, said = kit(old, "open", files[1], "--words", words.with_suffix(".wrong"))
        assert status == 2 and "Traceback" not in said

        new = Server(tmp_path / "new", **NEAR)
        new.env["WHIMBREL_BIND"] = f"localhost:{new.port}"  # as the command finds it, too
        new.start()
        try:
            new.people("ada")
            peer.keys = key_in(files[1], words)
            peer.fetch = lambda url: seen(peer, url)
            move = ("move", files[1], "--as", "ada", "--words", words, "--data", new.data)
            status, said = kit(new, *move)
            assert status == 0 and "1 of 1 servers were told." in said, said
            (actor,) = peer.moved
            assert "old.example" in actor and peer.moved[actor][1].startswith(new.url)
            status, said = kit(new, *move[:3], "nobody", *move[4:])
            assert status == 2 and "Traceback" not in said

            assert kit(old, "revoke", "ada", *at)[0] == 0
            assert kit(old, *made, "--to", files[2], *at)[0] == 0
            peer.keys, peer.moved = key_in(files[2], words), {}
            status, said = kit(new, *move)
            assert status == 1 and "0 of 1 servers were told." in said, said
            assert peer.said[-1] == "the signature does not hold"
        finally:
            assert new.stop() == 0


def key_in(file: Path, words: Path) -> dict[str, str]:
    """What other servers know of the account in a kit: its public key."""
    found = box.unseal(file.read_bytes(), words.read_text())
    return {f"{found.actor}#main-key": found.public}


def seen(peer: Strict, url: str) -> dict[str, Any]:
    """An account as its server shows it to others."""
    answer = httpx.get(url, headers={"accept": TYPE, **peer.signed(url)})
    answer.raise_for_status()
    found: dict[str, Any] = answer.json()
    return found
