"""Who lives in the throw-away copy, and what they have there that others must not see."""

import asyncio
import json
from typing import Any

import pyotp

from whimbrel.accounts import factors, passwords, sessions, signup, tokens
from whimbrel.accounts.block import block
from whimbrel.accounts.follow import follow
from whimbrel.accounts.queries import users
from whimbrel.accounts.rules import BROWSER, Viewer
from whimbrel.accounts.signup import New
from whimbrel.core.tx import Tx
from whimbrel.posts.publish import publish
from whimbrel.posts.rules import Draft, Visibility
from whimbrel.posts.withhold import withhold
from whimbrel.privacy import alarms

from . import queries, samples
from .client import Answer
from .ground import Ground, Trial, Who, word
from .rules import BY_ID

SCOPES = "read write follow push profile"
PASSWORD = "four gulls at noon"  # noqa: S105 (of nobody who lives)
PEOPLE = (
    *("ada", "bob", "eve", "mallory", "warden", "captain", "narrow", "gone"),
    *("carl", "dora", "fay"),
)
ROLES = {"warden": "moderator", "captain": "admin"}
SAID = {"withheld": "public"}  # what it was before the staff hid it
OLD = 3 * 86_400.0  # seconds: how long ago the many posts were written
BATCH = 20  # authors in one transaction
HOME_ADDRESS = "198.51.100.77"  # where Ada is at home


def email(name: str) -> str:
    """Of somebody here; it must be nowhere in clear."""
    return f"{name}.canary@drill-mail.example"


async def people(ground: Ground) -> None:
    """Everybody moves in."""
    app = ground.within.app
    hashed = await passwords.hash(app.db.keyring, PASSWORD)

    def make(tx: Tx) -> None:
        new = [
            New(
                username=name,
                email=email(name),
                password=hashed,
                role=ROLES.get(name, "user"),  # type: ignore[arg-type]
                confirmed=True,
                approved=True,
            )
            for name in PEOPLE
        ]
        ids = dict(zip(PEOPLE, signup.create_many(tx, new), strict=True))
        for number, (name, id_) in enumerate(ids.items()):
            scopes = "profile" if name == "narrow" else SCOPES
            if name == "captain":
                scopes += " admin:read admin:write"
            token = tokens.issue(tx, id_, scopes)
            cookie = sessions.begin(tx, id_, "a drill")
            address = HOME_ADDRESS if name == "ada" else f"100.127.{number}.7"
            ground.people[name] = Who(name, id_, token, cookie, address)
        ada, bob = _viewer(ids["ada"]), _viewer(ids["bob"])
        follow(tx, bob, ada.id)
        follow(tx, ada, bob.id)
        block(tx, ada, ids["mallory"])
        users.change(tx, ids["gone"], disabled_at=tx.ms)
        for name in ROLES:
            _second_factor(tx, _viewer(ids[name]))

    await app.db.write(make)
    await ground.within.settle()


def _second_factor(tx: Tx, viewer: Viewer) -> None:
    """Without one nobody of the staff may act as such."""
    factors.begin_authenticator(tx, viewer)
    made = pyotp.TOTP(factors.setup_of(tx, viewer).secret)
    factors.finish_authenticator(tx, viewer, made.at(tx.ms // 1000))


def _viewer(id_: int) -> Viewer:
    return Viewer(account=id_, scopes=BROWSER)


async def things(ground: Ground) -> None:
    """What Ada has: one of everything that goes by an id, each with a word of its own."""
    trial = Trial(ground, BY_ID["D6"])
    ada, bob = ground.who("ada"), ground.who("bob")
    for level in ("public", "unlisted", "private", "direct", "withheld"):
        said = ground.words[level] = word()
        text = f"{said} #{said}tag{' @bob' if level == 'direct' else ''}"
        more: dict[str, Any] = {}
        if level in ("public", "private"):
            more["media_ids"] = [await upload(trial, ada, samples.plain(level), "image/png")]
        made = await trial.do(
            ada, "POST", "/api/v1/statuses", status=text, visibility=SAID.get(level, level), **more
        )
        ground.ids[level] = made["id"]
        if more:
            ground.ids[f"{level} media"] = more["media_ids"][0]
    await ground.within.app.db.write(withhold, int(ground.ids["withheld"]))
    poll = {"options": [word(), word()], "expires_in": 86_400}
    asked = await trial.do(
        ada, "POST", "/api/v1/statuses", status=word(), visibility="private", poll=poll
    )
    ground.ids["asked"], ground.ids["poll"] = asked["id"], asked["poll"]["id"]
    later = await trial.do(
        ada, "POST", "/api/v1/statuses", status=word(), scheduled_at="2099-01-01T00:00:00Z"
    )
    ground.ids["scheduled"] = later["id"]
    made = await trial.do(ada, "POST", "/api/v1/lists", title=word())
    ground.ids["list"] = made["id"]
    keywords = [{"keyword": word()}]
    made = await trial.do(
        ada,
        "POST",
        "/api/v2/filters",
        title=word(),
        context=["home"],
        keywords_attributes=keywords,
    )
    ground.ids["filter"], ground.ids["keyword"] = made["id"], made["keywords"][0]["id"]
    await trial.do(bob, "POST", "/api/v1/statuses", status=f"@ada {word()}")
    await ground.within.settle()
    told = await trial.got(ada, "/api/v1/notifications")
    ground.ids["notification"] = told[0]["id"]
    ground.ids["account"] = str(ada.id)


async def authors(
    ground: Ground, many: int, posts: int, name: str = "author"
) -> dict[int, list[int]]:
    """Many people with many public posts, of which nobody is told; author to their posts.

    Args:
        name: with a number it is what they are called.
    """
    within = ground.within
    found: dict[int, list[int]] = {}

    def some(tx: Tx, first: int) -> None:
        new = [
            New(username=f"{name}{n}", email="", confirmed=True, approved=True)
            for n in range(first, min(first + BATCH, many))
        ]
        for id_ in signup.create_many(tx, new):
            viewer = _viewer(id_)
            found[id_] = [
                publish(tx, viewer, Draft(text="the tide", visibility=Visibility.PUBLIC)).id
                for _ in range(posts)
            ]
        queries.tell_nobody(tx)

    within.clock.ahead -= OLD
    try:
        for first in range(0, many, BATCH):
            await within.app.db.write(some, first)
            await asyncio.sleep(0)
    finally:
        within.clock.ahead += OLD
    return found


async def copiers(ground: Ground, many: int) -> list[Who]:
    """Accounts made for copying, each in a network of its own."""

    def make(tx: Tx) -> list[Who]:
        names = [f"copier{number}" for number in range(many)]
        new = [New(username=each, email="", confirmed=True, approved=True) for each in names]
        ids = signup.create_many(tx, new)
        given = tokens.issue_many(tx, ids, SCOPES)
        places = [f"198.51.{number}.7" for number in range(many)]
        made = zip(names, ids, given, places, strict=True)
        return [Who(each, id_, token, "", place) for each, id_, token, place in made]

    return await ground.within.app.db.write(make)


async def end_alarm(ground: Ground) -> None:
    """Take back what a drill of copying set off, so that the next step meets a calm server."""
    app = ground.within.app
    await app.db.write(alarms.silence)
    if app.readings is not None:
        app.readings.set_alarm(None)


async def upload(
    trial: Trial, who: Who, file: bytes, kind: str, name: str = "holiday in lisbon.bin"
) -> str:
    """A file of theirs, ready to be posted; its id."""
    answer = await send_file(trial, who, file, kind, name)
    return str(trial.right(answer, "/api/v2/media")["id"])


async def send_file(trial: Trial, who: Who, file: bytes, kind: str, name: str) -> Answer:
    """Hand a file in, and wait until it is looked at; the last answer."""
    head = f'--x\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n'
    body = f"{head}Content-Type: {kind}\r\n\r\n".encode() + file + b"\r\n--x--\r\n"
    multipart = {"content-type": "multipart/form-data; boundary=x"}
    answer = await trial.ask(who, "POST", "/api/v2/media", headers=multipart, body=body)
    if answer.status == 202:
        made = json.loads(answer.body)["id"]
        while answer.status in (202, 206):
            await asyncio.sleep(0.1)
            answer = await trial.ask(who, "GET", f"/api/v1/media/{made}")
    return answer
