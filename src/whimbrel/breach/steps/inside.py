"""What is kept of people (D14), stolen keys (D16)."""

import asyncio
import json
import re
from hashlib import sha256
from pathlib import Path

from whimbrel.accounts import addresses, sessions, tokens
from whimbrel.accounts.rules import Viewer
from whimbrel.moderation.queries import decisions
from whimbrel.privacy.traces import Unreadable, spellings, traces

from .. import plant
from ..ground import STRANGER, Trial, Who

DAY = 86_400.0
DIES = 2.0  # seconds in which a stream must end
OUTSIDE = "it can only be tried with the server's own files at hand"


# ------------------------------------------------------------------------------ personal data


async def look_for_people(trial: Trial) -> None:
    """D14: addresses are looked for in every file; then one of the staff looks at somebody."""
    ground = trial.ground
    if ground.inside is None:
        trial.left_out(f"personal data: {OUTSIDE}")
        return
    ada, captain = ground.who("ada"), ground.who("captain")
    await trial.ask(ada, "GET", "/home", page=True)  # she is seen, and from where
    await trial.form(
        STRANGER, "/auth/sign-in", "/auth/sign-in", login="ada", password=plant.PASSWORD
    )
    await asyncio.sleep(0.1)
    await ground.inside.settle()
    planted = [plant.email(name) for name in plant.PEOPLE] + [plant.HOME_ADDRESS]
    files, found = await asyncio.to_thread(_look_through, ground.inside.folder, planted)
    for text, path in found:
        kind = "an e-mail address" if "@" in text else "a network address"
        trial.wrong(f"{kind} stands in clear in {path}")
    trial.did(
        f"{len(planted)} addresses of people looked for in {files} files: sealed, all of them"
    )
    await _staff_looks(trial, ada, captain)
    await _grow_old(trial, ada)


def _look_through(folder: Path, texts: list[str]) -> tuple[int, list[tuple[str, str]]]:
    wanted = {text: spellings(text) for text in texts}
    files, found = 0, []
    for path in sorted(folder.rglob("*")):
        if not path.is_file() or path.is_symlink() or "mail" in path.parts:
            continue  # letters are the reader's; without a mail server they lie in a folder
        files += 1
        try:
            with path.open("rb") as opened:
                name = str(path.relative_to(folder))
                found += [(trace.text, name) for trace in traces(opened, wanted)]
        except (Unreadable, FileNotFoundError):
            continue
    return files, found


async def _staff_looks(trial: Trial, ada: Who, captain: Who) -> None:
    here = trial.ground.within
    shown = await trial.got(captain, f"/api/v1/admin/accounts/{ada.id}")
    if plant.HOME_ADDRESS not in json.dumps(shown):
        trial.wrong("the staff is shown no address: the drill looked at the wrong thing")
    noted = await here.app.db.read(decisions.of, "account", ada.id)
    if not any(action == "look" and by == captain.id for action, by, _, _ in noted):
        trial.wrong("one of the staff looked at private data, and it is not written down")
    looks = await here.app.db.read(addresses.looks, Viewer(account=ada.id))
    page = await trial.ask(ada, "GET", "/settings/security", page=True)
    if not looks or not LOOKED.search(page.text):
        trial.wrong("one of the staff looked at private data, and the person is not shown it")
    trial.did("an administrator looked where somebody came from: written down, and shown to them")


LOOKED = re.compile(r"A moderator looked at your addresses")


async def _grow_old(trial: Trial, ada: Who) -> None:
    here = trial.ground.within
    here.clock.ahead += 8 * DAY
    await here.settle()
    kept = (await here.app.db.read(addresses.of, [ada.id])).get(ada.id, [])
    old = (here.clock.seconds() - 7 * DAY) * 1000
    if any("/" not in each.ip and each.used_at < old for each in kept):
        trial.wrong("a network address is kept whole for more than a week")
    if not any("/" in each.ip for each in kept):
        trial.wrong("nothing was kept of it at all: the drill looked at the wrong thing")
    trial.did("eight days later only the network is left of the address")


# ------------------------------------------------------------------------------ stolen keys


async def steal(trial: Trial) -> None:
    """D16: what the files hold is tried as a key; and a key that is taken back."""
    ground = trial.ground
    if ground.inside is None:
        trial.left_out(f"a stolen copy of the database, and keys taken back: {OUTSIDE}")
        return
    here, carl = ground.inside, ground.who("carl")
    secrets = [who.token for who in ground.people.values()]
    secrets += [who.cookie for who in ground.people.values()]
    files, found = await asyncio.to_thread(_look_through, here.folder, secrets)
    for _, path in found:
        trial.wrong(f"a key that works stands in {path}")
    digest = sha256(carl.token.encode())
    for key in (digest.hexdigest(), digest.digest().decode("latin-1").strip("\r\n\0"), "whb_"):
        thief = carl._replace(token=key if key.isprintable() else digest.hexdigest(), cookie="")
        answer = await trial.ask(thief, "GET", "/api/v1/accounts/verify_credentials")
        if answer.status != 401:
            trial.wrong("what the database holds in the place of a token is taken for one")
    trial.did(f"{len(secrets)} keys looked for in {files} files, and what is kept of one tried")
    token = await here.app.db.write(tokens.issue, carl.id, plant.SCOPES)
    shown = {"authorization": f"Bearer {token}", "x-forwarded-for": carl.address}
    heard = await ground.client.listen("/api/v1/streaming/user", shown)
    try:
        await here.app.db.write(sessions.revoke_access, carl.id)
        if not await heard.ended(DIES):
            trial.wrong("a stream goes on after its key was taken back")
    finally:
        heard.close()
    late = await trial.ask(carl._replace(token=token), "GET", "/api/v1/timelines/home")
    if late.status != 401:
        trial.wrong("a key works after it was taken back")
    old = await trial.ask(carl, "GET", "/home", page=True)
    if old.status == 200:
        trial.wrong("a browser is still signed in after all access was taken back")
    trial.did("all keys of somebody taken back: their stream ended, and none of them works")
