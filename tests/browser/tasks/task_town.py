"""Where the tasks are done: a server with a few people who have written something, and somebody of
their own for each run, so that none of them finds what another left behind."""

import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import httpx

import people
from server import Server, password
from whimbrel.accounts import profile, sessions
from whimbrel.accounts.follow import follow
from whimbrel.accounts.profile import Changes
from whimbrel.accounts.queries import users
from whimbrel.accounts.tokens import issue
from whimbrel.app.handlers import routes
from whimbrel.core.db import open_db
from whimbrel.core.settings import Instance, Settings
from whimbrel.core.tx import Tx
from whimbrel.demo.pictures import SQUARE, WIDE, draw

SECRET = password("ines")  # everybody's: hashing one takes long
SCOPES = "read write follow push"
HERE = {
    "ines": ("Ines Calado", "Counts birds on the east bank. Ferry cook.", "face 2 red cap sea"),
    "tomas": ("Tomás Wren", "Ferryman, most days. I answer late.", "face 1 black bun red"),
    "noor": ("Noor", "Reads the tide tables so that you need not.", "face 3 grey short leaf"),
    "mira": ("Mira Okafor", "New here. Draws boats.", "face 4 black long sun"),
}
FOLLOWED = ("ines", "tomas", "noor")


class Town:
    """The server, its people's tokens, and what they wrote, by a word of it."""

    def __init__(self, server: Server, folder: Path) -> None:
        self.server, self._folder = server, folder
        self.photo = folder / "estuary.jpg"
        draw("harbour dawn", self.photo, WIDE)
        self._tokens = server.people(*HERE)
        self._cookies: dict[str, str] = {}
        self.posts: dict[str, dict[str, Any]] = {}
        for name in HERE:
            self._dress(name)
        self._write()

    def settle(self, names: Iterable[str]) -> None:
        """Everybody who will do something: signed in already, and following those who are here."""
        server = self.server
        instance = Instance.of(Settings(domain=f"localhost:{server.port}"))
        db = open_db("", server.data, instance, routes())
        db.write_sync(self._move_in, tuple(names))
        db.close()

    def cookie(self, name: str) -> str:
        """What makes a browser this person's."""
        return self._cookies[name]

    def call(self, name: str, method: str, path: str, **values: Any) -> Any:
        """What somebody does with an app, beside the browser that is looked at."""
        return self.server.call(self._tokens[name], method, path, **values)

    def write(self, name: str, text: str, **more: Any) -> dict[str, Any]:
        made: dict[str, Any] = self.call(name, "POST", "/api/v1/statuses", status=text, **more)
        return made

    def until(self, name: str, path: str, words: str) -> None:
        """Wait for what the server does after it has answered."""
        until = time.monotonic() + 20
        while words not in str(self.call(name, "GET", path)):
            assert time.monotonic() < until, f"{words} never comes to {path}"
            time.sleep(0.05)

    def _dress(self, name: str) -> None:
        shown, note, face = HERE[name]
        file = self._folder / f"{name}.jpg"
        draw(face, file, SQUARE)
        self._send(
            name,
            "PATCH",
            "/api/v1/accounts/update_credentials",
            {"avatar": file},
            {"display_name": shown, "note": note, "discoverable": "true", "indexable": "true"},
        )

    def _send(
        self, name: str, method: str, path: str, files: dict[str, Path], values: dict[str, str]
    ) -> Any:
        answer = httpx.request(
            method,
            self.server.url + path,
            files={key: (file.name, file.read_bytes()) for key, file in files.items()},
            data=values,
            headers={"Authorization": f"Bearer {self._tokens[name]}"},
            timeout=60,
        )
        assert answer.is_success, answer.text
        return answer.json()

    def _write(self) -> None:
        told = {"description": "Mud and water under a low sun, a ferry at the landing."}
        photo = self._send("ines", "POST", "/api/v2/media", {"file": self.photo}, told)
        self.posts["curlews"] = self.write(
            "ines", "Forty curlews on the east bank this morning. #birds", media_ids=[photo["id"]]
        )
        self.posts["ferry"] = self.write(
            "tomas", "The late ferry on Sundays: would you take it?", poll=POLL
        )
        self.posts["storm"] = self.write(
            "noor", "The north wall may not hold past four.", spoiler_text="Storm warning"
        )
        answer = self.posts["curlews"]["id"]
        self.write("tomas", "@ines I saw them from the ferry.", in_reply_to_id=answer)

    def _move_in(self, tx: Tx, names: tuple[str, ...]) -> None:
        here = [user for name in FOLLOWED if (user := users.by_name(tx, name))]
        for name in names:
            viewer = people.make(tx, name)
            users.change(tx, viewer.id, password=here[0].password)
            profile.update(tx, viewer, Changes(display_name=name.partition("_")[0].title()))
            for each in here:
                follow(tx, viewer, each.account)
            self._cookies[name] = sessions.begin(tx, viewer.id, "Mozilla/5.0 (X11; Linux) Chrome/1")
            self._tokens[name] = issue(tx, viewer.id, SCOPES)


POLL = {"options": ["Every Sunday", "Now and then"], "expires_in": 86_400}
