"""The whole described API, asked by schemathesis on a running server, as a user, as a moderator and
as an admin: nothing fails, nothing is answered but what is described, and nobody is told what is
somebody else's.

Rows D11 and D12 of the threat model: a way around the rules would be a parameter nobody tried."""

import os
from collections import Counter
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import requests
import schemathesis
from contract import PICTURE, Contract, is_stream
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from server import Server, running

EXAMPLES = int(os.environ.get("EXAMPLES", "4"))  # a route and role
SCOPES = "read write follow push profile admin:read admin:write"
ROLES = {"user": "user", "moderator": "moderator", "admin": "admin"}
# Words of Zoe's and Yan's; no answer to anybody else has them.
PRIVATE = "canaryprivate"
DIRECT = "canarydirect"
WARNING = "canarywarning"
OPTION = "canaryoption"
ALT = "canaryalt"
NOTE = "canarynote"
LIST = "canarylist"
FILTER = "canaryfilter"
KEYWORD = "canarykeyword"
LATER = "canarylater"
WORDS = (PRIVATE, DIRECT, WARNING, OPTION, ALT, NOTE, LIST, FILTER, KEYWORD, LATER)


class Town:
    """Three who ask, and two who have something to hide."""

    def __init__(self, server: Server) -> None:
        self.server = server
        path = server.data / "town.csv"
        people = {**ROLES, "zoe": "user", "yan": "user"}
        rows = "".join(f"{name},{name}@example.org,,{role}\n" for name, role in people.items())
        path.write_text(f"name,email,password,role\n{rows}")
        made = server.cli("account", "import", path, "--tokens", SCOPES)
        self.tokens = dict(line.split(",") for line in made.split())
        self.ids: list[str] = ["1", "0", "99999999999999999999"]
        self._hide()

    def call(self, who: str, method: str, path: str, **values: Any) -> Any:
        """A request that works; what it made can be asked for from now on."""
        said = self.server.call(self.tokens[who], method, path, **values)
        if isinstance(said, dict) and isinstance(said.get("id"), str):
            self.ids.append(said["id"])
        return said

    def _hide(self) -> None:
        account = {
            name: self.call(name, "GET", "/api/v1/accounts/verify_credentials")["id"]
            for name in self.tokens
        }
        status = "/api/v1/statuses"
        self.call("yan", "POST", f"/api/v1/accounts/{account['zoe']}/follow")
        poll = {"options": [OPTION, "b"], "expires_in": 3600}
        self.call("zoe", "POST", status, status=PRIVATE, spoiler_text=WARNING, visibility="private")
        self.call("zoe", "POST", status, status=f"@yan {DIRECT}", visibility="direct")
        asked = self.call("zoe", "POST", status, status="?", visibility="private", poll=poll)
        self.ids.append(asked["poll"]["id"])
        self.call("zoe", "POST", status, status=LATER, scheduled_at="2099-01-01T00:00:00Z")
        self.ids.append(self._picture())
        self.call("zoe", "POST", f"/api/v1/accounts/{account['user']}/note", comment=NOTE)
        self.call("yan", "POST", f"/api/v1/accounts/{account['zoe']}/note", comment=NOTE)
        self.call("zoe", "POST", "/api/v1/lists", title=LIST)
        words = {"context": ["home"], "keywords_attributes": [{"keyword": KEYWORD}]}
        filter_ = self.call("zoe", "POST", "/api/v2/filters", title=FILTER, **words)
        self.ids.append(filter_["keywords"][0]["id"])
        for name in ROLES:  # what they may see, so that not all of it is refused
            self.call(name, "POST", status, status=f"@zoe a #post of {name}")
            self.call(name, "POST", "/api/v1/lists", title=f"of {name}")
            self.call(name, "POST", f"/api/v1/accounts/{account['yan']}/follow")
        self.call("zoe", "POST", f"/api/v1/accounts/{account['user']}/follow")
        self.names = ["zoe", "yan", *ROLES, "@zoe", "zoe@localhost", "post"]

    def _picture(self) -> str:
        bearer = {"Authorization": f"Bearer {self.tokens['zoe']}"}
        sent = httpx.post(
            f"{self.server.url}/api/v1/media",
            headers=bearer,
            files={"file": ("a.gif", PICTURE, "image/gif")},
            data={"description": ALT},
            timeout=60,
        )
        assert sent.status_code == 200, sent.text
        id_: str = sent.json()["id"]
        values = {"status": "look", "visibility": "private", "media_ids": [id_]}
        self.call("zoe", "POST", "/api/v1/statuses", **values)
        return id_


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    with running(tmp_path_factory.mktemp("town")) as server:
        yield Town(server)


class Asker:
    """One of the three: sends what schemathesis thinks of, with ids that are somebody's."""

    def __init__(self, town: Town, role: str, contract: Contract) -> None:
        self.town, self.role, self.contract = town, role, contract
        self.wrong: dict[str, None] = {}
        self.statuses: Counter[int] = Counter()
        self.http = requests.Session()
        self.http.headers["Authorization"] = f"Bearer {town.tokens[role]}"

    def ask(self, case: Any) -> None:
        """Send a case and look at the answer."""
        answer = case.call(self.town.server.url, session=self.http)
        self.statuses[answer.status_code] += 1
        path = case.operation.path
        kind = answer.headers.get("content-type", [""])[0]
        wrong = self.contract.wrong(case.method, path, answer.status_code, kind, answer.content)
        told = [word for word in WORDS if word in answer.text]
        if wrong:
            self.wrong[f"{self.role} {case.method} {path}: {wrong}"] = None
        if told:
            self.wrong[f"{self.role} is told {told} by {case.method} {path}"] = None


def _known(tree: Any, name: str, ids: st.SearchStrategy[str], draw: Any) -> Any:
    """The same with somebody's ids where ids are asked for, most of the time."""
    if isinstance(tree, dict):
        return {key: _known(value, key, ids, draw) for key, value in tree.items()}
    if isinstance(tree, list):
        return [_known(value, name, ids, draw) for value in tree]
    plain = name.removesuffix("[]")
    if isinstance(tree, str) and (plain.endswith(("id", "ids")) or plain in ("acct", "name")):
        return draw(ids) if draw(st.integers(0, 3)) else tree
    return tree


@st.composite
def asked(draw: Any, operation: Any, town: Town) -> Any:
    """A case with ids and names that exist."""
    case = draw(operation.as_strategy())
    ids = st.sampled_from(town.ids)
    names = st.sampled_from([*town.names, *town.ids])
    case.path_parameters = {
        key: draw(ids if key == "id" else names) if draw(st.integers(0, 5)) else value
        for key, value in (case.path_parameters or {}).items()
    }
    case.query = _known(case.query or {}, "", ids, draw)
    if isinstance(case.body, dict):
        case.body = _known(case.body, "", ids, draw)
    return case


def _hardest_last(operation: Any) -> tuple[int, int, str]:
    """What takes away, and above all what a member of the staff takes away, comes at the end."""
    path, method = operation.path, operation.method.upper()
    order = ("GET", "POST", "PUT", "PATCH", "DELETE")
    return "/admin/" in path, order.index(method), path


def test_who_is_meant_is_told(town: Town) -> None:
    """Otherwise the words below would be found nowhere because they are nowhere."""
    seen = ""
    for path in ("notifications", "timelines/home", "lists"):
        who = "zoe" if path == "lists" else "yan"
        seen += httpx.get(
            f"{town.server.url}/api/v1/{path}",
            headers={"Authorization": f"Bearer {town.tokens[who]}"},
            timeout=60,
        ).text
    assert [
        word for word in (PRIVATE, DIRECT, WARNING, OPTION, ALT, LIST) if word not in seen
    ] == []


def test_nothing_fails_and_nobody_is_told_what_is_anothers(town: Town) -> None:
    """Whoever plays with the parameters of an app finds neither a fault nor a secret."""
    document = town.server.call("", "GET", "/api/openapi.json")
    contract = Contract(document)
    schema = schemathesis.openapi.from_dict(document)
    every = [each.ok() for each in schema.get_all_operations()]
    operations = sorted((each for each in every if not is_stream(each.path)), key=_hardest_last)
    assert len(operations) > 100
    wrong: list[str] = []
    statuses: Counter[int] = Counter()
    for role in ROLES:
        asker = Asker(town, role, contract)
        for operation in operations:
            limits = settings(
                max_examples=EXAMPLES,
                deadline=None,
                database=None,
                derandomize=True,
                phases=[Phase.generate],
                suppress_health_check=list(HealthCheck),
            )
            limits(given(asked(operation, town))(asker.ask))()
        wrong += asker.wrong
        statuses += asker.statuses
        asker.http.close()
    assert "\n".join(wrong) == "", statuses
    assert statuses[200] > 0.2 * statuses.total(), statuses
