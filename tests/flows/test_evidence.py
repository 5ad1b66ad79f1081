"""Evidence against whoever is quick: erased in the moment in which it was reported, and the server
killed before it did anything about either. It opens for the legal role, and nobody else has any."""

import io
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))  # `import test_erasure`, as there

from PIL import Image
from test_erasure import (
    ALT,
    WORDS,
    House,
    Secrets,
    _settle,
    _upload,
    house,
    picture,
    pieces,
    spelled,
)

from server import fetched
from whimbrel.accounts.queries import users
from whimbrel.accounts.rules import Viewer
from whimbrel.app.handlers import routes
from whimbrel.core.db import open_db
from whimbrel.core.settings import Instance, Settings
from whimbrel.core.tx import Tx
from whimbrel.moderation import cases
from whimbrel.moderation.queries import vault
from whimbrel.moderation.report import ReportForm, report
from whimbrel.moderation.vault import opening, sealing
from whimbrel.posts import delete

__all__ = ["house"]


def _viewer(tx: Tx, name: str, role: Any = "user") -> Viewer:
    found = users.by_name(tx, name)
    assert found is not None
    return Viewer(account=found.account, role=role)


def test_what_is_reported_and_erased_at_once_can_be_opened(house: House, tmp_path: Path) -> None:
    """Both are committed, the server is killed, and starts again: text and picture are in the vault
    for the other key, and in no other file."""
    private, public = sealing.new_pair()
    server = house.server
    server.env["WHIMBREL_VAULT_KEY"] = public
    ada = server.people("ada", "bob", "mod")["ada"]
    photo = picture(3)
    medium = _upload(server, ada, photo, ALT)
    body = {"status": WORDS, "media_ids": [medium["id"]]}
    post = server.call(ada, "POST", "/api/v1/statuses", **body)
    secrets = Secrets(house, spelled("words", WORDS) | spelled("alt", ALT))
    secrets.note(post["id"])
    shown = fetched(post["media_attachments"][0]["url"])
    secrets.needles |= pieces("upload", photo) | pieces("url", shown)
    _settle(house)
    server.kill()

    place = Instance.of(Settings(domain="localhost", vault_key=public))
    db = open_db(server.env["WHIMBREL_DATABASE"], server.data, place, routes())

    def reported(tx: Tx) -> int:
        form = ReportForm(account_id=post["account"]["id"], status_ids=[post["id"]])
        case = report(tx, _viewer(tx, "bob"), form)[0].case
        assert case is not None
        cases.escalate(tx, _viewer(tx, "mod", "moderator"), case, "V1")
        return case

    case = db.write_sync(reported)
    db.write_sync(lambda tx: delete.delete(tx, _viewer(tx, "ada"), int(post["id"]), True))
    db.close()
    server.start()
    _settle(house)
    assert secrets.opened() == []
    assert server.stop() == 0
    assert house.holding(secrets.needles | secrets.keys) == {}

    db = open_db(server.env["WHIMBREL_DATABASE"], server.data, place, routes())
    holds = db.write_sync(lambda tx: vault.of_case(tx, case))
    db.close()
    bundle = tmp_path / "evidence.tar"
    bundle.write_bytes(opening.bundle(server.data / "vault", holds))
    told, file = sealing.open_bundle(bundle, private, tmp_path / "out")
    assert WORDS.splitlines()[0] in told.read_text()
    assert ALT in told.read_text()
    assert file.read_bytes() == shown
    assert Image.open(io.BytesIO(file.read_bytes())).size == (96, 96)
