"""Doors: who gets in where (D11), who can be told for staff (D12), what refusals tell (D13)."""

import json
import random
import re
from collections import Counter

from whimbrel.accounts.rules import covers

from ..client import Answer, Broken
from ..ground import STRANGER, Door, Ground, Trial, Who

_HOLE = re.compile(r"{\w+:str}")
_FROM_INSIDE = (b"unauthorized_client", b"awaiting confirmation")
ENDS = {"/auth/sign-out", "/settings/delete"}  # nobody would be there any more
EVERYBODYS = {"/api/v1/timelines/public", "/public"}  # strangers say that they mean this server
FILES = re.compile(r"/(avatars|headers)/original/missing\.png")
SCOPES = {"narrow": "profile", "captain": "read write follow push profile admin:read admin:write"}
USUAL = "read write follow push profile"

TALKATIVE = re.compile(
    rb"Traceback|File \"|line \d+, in|site-packages|/srv/|/root/|/home/\w+/|\.py\b|"
    rb"sqlite|psycopg|sqlalchemy|litestar|msgspec|uvicorn|httptools|granian|python/?\d|"
    rb"(?<!<)SELECT |INSERT INTO|UPDATE \w+ SET|UNIQUE constraint|violates|errno|0x[0-9a-f]{8,}|"
    rb"Error\(|Exception|object at|NoneType|\bint\b object|whimbrel\.(?:core|app|accounts|posts)",
    re.IGNORECASE,
)


# ------------------------------------------------------------------------------ who gets in


def _refused(door: Door, who: Who) -> bool:
    """Whether this door has to stay shut for an app of theirs."""
    wanted = door.access
    if FILES.fullmatch(door.path) or wanted.who == "ignored":
        return False
    if wanted.page:  # no token opens a page; a form without its own is another site's
        return wanted.signed_in or door.method == "POST"
    if wanted.who == "signed":
        return True
    if not who.token:
        members = wanted.strangers == "none" or door.path in EVERYBODYS
        return wanted.who in ("user", "app", "any") or members
    if who.name == "gone":
        return True
    scopes = frozenset(SCOPES.get(who.name, USUAL).split())
    if wanted.scope is None:
        return False
    return not covers(scopes, wanted.scope) or (
        wanted.scope.startswith("admin:") and who.name != "captain"
    )


def _came_in(answer: Answer) -> bool:
    inside = any(words in answer.body for words in _FROM_INSIDE)
    led = answer.headers.get("location", "").startswith("/auth/sign-in")
    return not led and (answer.status not in (401, 403, 404) or inside)


async def try_all(trial: Trial) -> None:
    """D11: everybody before every door that there is."""
    ground = trial.ground
    here = ground.inside is not None
    names = ("eve", "narrow", "gone", "warden", "captain") if here else ()
    people = [STRANGER, *(ground.who(name) for name in names)]
    shut, asked = 0, 0
    doors = trial.some(ground.doors)
    for door in doors:
        if door.path in ENDS or (not here and door.method != "GET"):
            continue
        path = _HOLE.sub("1", door.path)
        for who in people:
            answer = await trial.ask(
                who, door.method, path, values=None if door.method == "GET" else {}
            )
            asked += 1
            if not _refused(door, who):
                continue
            shut += 1
            if _came_in(answer):
                trial.wrong(f"{who.name} gets in at {door.method} {door.path} ({answer.status})")
    if not shut:
        trial.wrong("no door is shut for anybody: the drill looked at the wrong thing")
    trial.did(f"{len(doors)} doors, {len(people)} people, {asked} tries: {shut} stay shut")
    if not here:
        trial.left_out("doors for changing something, and people with an account: only reading")


# ------------------------------------------------------------------------------ staff


async def look_for_staff(trial: Trial) -> None:
    """D12: what is public of the staff, beside what is public of anybody."""
    ground = trial.ground
    if ground.inside is None:
        await _look_at_owner(trial)
        return
    told: dict[str, list[str]] = {}
    for name in ("eve", "warden", "captain"):
        who = ground.who(name)
        for path in (
            f"/api/v1/accounts/{who.id}",
            f"/api/v1/accounts/lookup?acct={name}",
            f"/api/v1/accounts/{who.id}/statuses",
            f"/.well-known/webfinger?resource=acct:{name}@{ground.client.netloc}",
            f"/@{name}",
            f"/@{name}.atom",
            f"/ap/users/{who.id}",
        ):
            answer = await trial.ask(STRANGER, "GET", path, page="@" in path[:3])
            known = _without_names(answer.text, name, str(who.id))
            told.setdefault(_without_names(path, name, str(who.id)), []).append(
                f"{answer.status} {known}"
            )
    for path, shown in told.items():
        for name, other in zip(("warden", "captain"), shown[1:], strict=True):
            if other != shown[0]:
                trial.wrong(f"{path} tells that {name} is of the staff")
    if not any(shown[0].startswith("200") for shown in told.values()):
        trial.wrong("nobody can be seen at all: the drill looked at the wrong thing")
    trial.did(f"an administrator and a moderator beside somebody else, at {len(told)} places")


def _without_names(text: str, name: str, id_: str) -> str:
    """What is left when whose it is, and every number, is taken out."""
    text = re.sub(re.escape(name), "NAME", text.replace(id_, "ID"), flags=re.IGNORECASE)
    text = re.sub(r"PUBLIC KEY-----.*?-----END", "KEY", text, flags=re.DOTALL)
    text = re.sub(r'("publicKeyMultibase":")[^"]+', r"\1", text)
    return re.sub(r"\d[\d:T.-]*Z?", "N", text)


async def _look_at_owner(trial: Trial) -> None:
    """At a running server: its owner, as a stranger sees them."""
    owner = trial.ground.who("owner")
    answer = await trial.ask(STRANGER, "GET", f"/api/v1/accounts/{owner.id}")
    if answer.status != 200:
        trial.left_out(f"the owner's account is not shown to strangers ({answer.status})")
        return
    shown = json.loads(answer.body)
    for field in ("role", "admin", "moderator", "permissions", "is_staff", "source"):
        if field in shown:
            trial.wrong(f"what is public of an administrator has a field {field}")
    if shown.get("roles"):
        trial.wrong("what is public of an administrator lists their roles")
    trial.did("the account of an administrator, as a stranger sees it")


# ------------------------------------------------------------------------------ nonsense


def unfit(answer: Answer) -> str:
    """What is wrong with a refusal, or nothing."""
    if answer.status >= 500 and answer.status != 503:
        return f"an error of the server ({answer.status})"
    if answer.status < 400:
        return ""
    told = TALKATIVE.search(answer.body)
    if told:
        return f"it tells {told[0].decode(errors='replace')[:40]!r}"
    for name, value in answer.pairs:
        if name in ("server", "x-powered-by", "x-aspnet-version", "x-runtime", "via"):
            return f"a header tells what it is made of: {name}: {value[:40]}"
    return ""


_PARTS = (
    "%00",
    "..%2f",
    "%ff%fe",
    "9" * 40,
    "-1",
    "1e9",
    "'",
    "%27%20OR%201%3D1",
    "null",
    "{}",
    "[]",
)
_QUERIES = (
    *("limit=-1", "limit=abc", "max_id=x", "min_id='", "offset=99999999999999999999", "limit[]=1"),
    *("%ff=%fe", "a=%00", "limit=1&limit=2", "_method=DELETE", "q=" + "x" * 3000, "&&&", "=", "%"),
)
_BODIES = (
    *(
        b"",
        b"{",
        b"[]",
        b"null",
        b'"x"',
        b"\xff\xfe\x00",
        b"{" * 300,
        b'{"id":' + b"9" * 400 + b"}",
    ),
    *(b'{"status":{"a":[]}}', b"a=b&a=c", b'{"__proto__":{"x":1}}', b'{"limit":1e400}', b"<a/>"),
)
_KINDS = (
    *("application/json", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"),
    *("multipart/form-data", "text/xml", "application/json; charset=utf-7", "*/*", ""),
)
_METHODS = ("GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "FOO")


async def talk_nonsense(trial: Trial) -> None:
    """D13: malformed requests, by a stranger and by somebody signed in."""
    ground = trial.ground
    doors = [door for door in ground.doors if door.path not in ENDS]
    if ground.inside is None:
        doors = [door for door in doors if door.method == "GET" and not door.access.signed_in]
    chance = random.Random(13)
    many = trial.much(2000, 60)
    statuses: Counter[int] = Counter()
    for number in range(many):
        door = chance.choice(doors)
        who = STRANGER if number % 2 or ground.inside is None else ground.who("carl")
        method, path, headers, body = _nonsense(door, chance, ground)
        try:
            answer = await trial.ask(who, method, path, headers=headers, body=body)
        except Broken as broken:
            trial.wrong(f"{method} {path[:60]}: {broken}")
            continue
        statuses[answer.status // 100] += 1
        wrong = unfit(answer)
        if wrong:
            trial.wrong(f"{method} {path[:60]}: {wrong}")
    if not statuses[4]:
        trial.wrong("nothing was refused: the drill looked at the wrong thing")
    trial.did(f"{many} malformed requests: {statuses[4]} refusals, {statuses[5]} failures")


def _nonsense(
    door: Door, chance: random.Random, ground: Ground
) -> tuple[str, str, dict[str, str], bytes]:
    path = _HOLE.sub(lambda _: chance.choice(_PARTS), door.path)
    path += f"?{chance.choice(_QUERIES)}"
    method, body, headers = door.method, b"", {}
    if ground.inside is not None:
        method = chance.choice((door.method, door.method, chance.choice(_METHODS)))
        if method != "GET":
            body = chance.choice(_BODIES)
            headers["content-type"] = chance.choice(_KINDS)
    if chance.random() < 0.2:
        headers |= {
            "accept": "x" * 900,
            "range": "bytes=9-1",
            "if-none-match": '"',
            "cookie": "=;=",
        }
    return method, path, headers, body
