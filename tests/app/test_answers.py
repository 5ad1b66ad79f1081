"""Every route answers as it is described: asked with everything somebody can have, it answers well
at least once, and that answer has each key that is promised and no other."""

import asyncio
import re
from typing import Any
from urllib.parse import quote

from belongings import belongings, held_back, make
from contract import Contract, filled
from house import SCOPES, Caller, House, house
from sqlalchemy import update

from whimbrel.accounts import follow
from whimbrel.accounts.tables import accounts
from whimbrel.core.tx import Tx
from whimbrel.instance import announcements, texts

STAFF = f"{SCOPES} admin:read admin:write"
# Answers well only where more has happened than one request can make happen.
NEVER = {
    "DELETE /api/v1/announcements/{id}/reactions/{name}": "two names; tests/app/test_instance.py",
    "PUT /api/v1/announcements/{id}/reactions/{name}": "two names; tests/app/test_instance.py",
    "GET /api/v1/annual_reports/{year}": "there are none",
    "POST /api/v1/annual_reports/{year}/read": "there are none",
    "GET /api/v1/instance/domain_blocks": "not told unless somebody wishes it",
    "GET /api/v1/instance/terms_of_service/{date}": "by its day; tests/app/test_instance.py",
    "GET /api/v1_alpha/async_refreshes/{id}": "nothing is refreshed behind an answer",
    "POST /api/v1/accounts/move": "needs the password; tests/federation/test_moving.py",
    "POST /api/v1/accounts": "the walk bars its address first; tests/accounts/test_signup.py",
    "POST /api/v1/statuses/{id}/translate": "nothing is translated here",
    "POST /api/v1/admin/accounts/{id}/approve": "only who waits; test_accounts_api.py",
    "POST /api/v1/admin/accounts/{id}/reject": "only who waits; test_accounts_api.py",
    "DELETE /api/v1/admin/accounts/{id}": "only who is suspended; test_accounts_api.py",
    "POST /api/v1/emails/confirmations": "only before the address is confirmed; test_signup.py",
    "POST /oauth/revoke": "needs a token of the app itself; tests/accounts/test_oauth.py",
    "POST /api/v1/statuses/{id}/quotes/{quoting_id}/revoke": "two posts; tests/posts/test_quote.py",
    "GET /api/v1/timelines/link": "only what trends; tests/discovery/test_api.py",
    "DELETE /api/v1/collections/{id}/items/{item}": "two ids; tests/collections/test_api.py",
    "POST /api/v1/collections/{id}/items/{item}/revoke": "two ids; tests/collections/test_api.py",
    **{
        f"POST /api/v1/admin/trends/{what}/{act}": "only what trends; tests/discovery/test_api.py"
        for what in ("tags/{name}", "statuses/{id}", "links/{id}", "links/publishers/{id}")
        for act in ("approve", "reject")
    },
}


class Walk:
    """Somebody who asks every route, with one thing after the other, and looks at the answers."""

    def __init__(self, here: House, who: Caller, contract: Contract, ids: list[str]) -> None:
        self.here, self.who, self.contract, self.ids = here, who, contract, ids
        self.wrong: dict[str, None] = {}
        self.good: set[str] = set()
        self.last: dict[str, str] = {}

    async def all(self, *methods: str) -> None:
        """Each route of these methods that has not answered well yet."""
        for method, path, operation in self.contract.operations(*methods):
            if f"{method} {path}" not in self.good:
                await self._one(method, path, operation)

    async def _one(self, method: str, path: str, operation: dict[str, Any]) -> None:
        headers, body = self.contract.body(operation)
        if method in ("GET", "DELETE"):
            headers, body = {}, b""
        for part in dict.fromkeys(self.ids) if "{" in path else [""]:
            target = filled(path, quote(part)) + self.contract.query(operation)
            if method == "GET":
                await self._ask(method, path, target, {}, b"")
            status = await self._ask(method, path, target, {**headers, **self.who.by_app}, body)
            if status < 300:
                self.good.add(f"{method} {path}")
                if method != "GET":
                    return

    async def _ask(
        self, method: str, path: str, target: str, headers: dict[str, str], body: bytes
    ) -> int:
        sent = await self.here.ask(method, target, headers, body)
        wrong = self.contract.unfit(method, path, sent)
        if wrong:
            self.wrong[f"{method} {path}: {wrong}"] = None
        made = re.match(rb'{"id":"(\d+)"', sent.body)
        if made and method != "GET" and sent.status < 300:
            self.ids.append(made[1].decode())
        self.last[f"{method} {path}"] = f"{sent.status} {sent.body[:120]!r}"
        return sent.status

    def told(self) -> str:
        """Everything that was wrong, and which routes never answered well."""
        silent = self.last.keys() - self.good - NEVER.keys()
        return "\n".join([*self.wrong, *(f"{name}: {self.last[name]}" for name in sorted(silent))])


def _said_by_the_house(tx: Tx) -> str:
    """An announcement, and the long texts; the announcement's id."""
    for kind in ("description", "privacy", "terms"):
        texts.write(tx, kind, "words")
    return str(announcements.publish(tx, "we move").id)


def _let_be_found(tx: Tx) -> None:
    """Whoever is not cannot be put into a collection."""
    tx.run(update(accounts).values(discoverable=True))


def test_every_answer_is_as_described(tmp_path):
    """Clients made of the description would break on a key that is not there, or not told of."""

    async def run():
        async with house(tmp_path) as here:
            ada = await here.person("ada", STAFF, role="admin")
            things = await belongings(here, ada)
            askers = [await here.person(f"asker{n}") for n in range(3)]
            for asker in askers:
                await here.app.db.write(follow.follow, asker.viewer, ada.viewer.id)
                await here.app.db.write(follow.follow, ada.viewer, asker.viewer.id)
            poll = {"options": ["a", "b"], "expires_in": 3600}
            asked = await make(here, askers[0], "/api/v1/statuses", status="?", poll=poll)
            mine = await make(here, ada, "/api/v1/statuses", status="for all #tag")
            said = await here.app.db.write(_said_by_the_house)
            ids = [mine["id"], asked["id"], asked["poll"]["id"], said]
            ids += [*things.values(), *(str(each.viewer.id) for each in askers), "tag", "ada"]
            ids += [f"ungrouped-{things['notification']}"]
            ids += [await here.app.db.write(held_back, ada.viewer, askers[0].viewer)]
            await here.app.db.write(_let_be_found)
            kept = await make(here, ada, "/api/v1/collections", name="birders")
            ids += [kept["collection"]["id"]]
            public = [things["account"], things["request"]]
            known = {
                "account_id": things["request"],
                "account_ids": [str(askers[2].viewer.id)],
                "client_id": here.client_id,
                "client_secret": here.client_secret,
                "display_name": "Tag",  # also a tag's, which has to be the same word
                "id": public,
                "status_id": things["status"],
                "url": asked["url"],
            }
            walk = Walk(here, ada, await Contract.of(here, **known), ids)
            for _ in range(3):  # what one act stands in the way of, the next one clears
                await walk.all("get", "put", "patch", "post")
            await walk.all("delete")
            assert walk.told() == ""

    asyncio.run(run())
