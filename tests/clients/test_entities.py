"""Whole entities: apps in Kotlin, Swift and Dart decode strictly, and a key that is not there ends
the whole page for them. What must be there is what Mastodon.py's types say."""

from collections.abc import Iterator
from typing import Any, get_args, get_type_hints

import httpx
import pytest
from client_town import Town, until
from mastodon import return_types as types
from mastodon.types_base import try_cast_recurse

import people
from whimbrel.accounts import sever
from whimbrel.accounts.queries import graph
from whimbrel.accounts.queries.graph import Wish
from whimbrel.accounts.queries.severed import Cause
from whimbrel.accounts.rules import Viewer
from whimbrel.core.ids import new_id
from whimbrel.core.tx import Tx

RENAMED = {"rules_ids": "rule_ids"}  # the library's word, and Mastodon's


def _missing(kind: type, entity: dict[str, Any]) -> set[str]:
    wanted = {
        RENAMED.get(name, name)
        for name, hint in get_type_hints(kind).items()
        if not name.startswith("_") and type(None) not in get_args(hint)
    }
    return wanted - entity.keys()


def _of_posts(town: Town, picture: bytes) -> Iterator[tuple[type, Any]]:
    call, ada = town.server.call, town.tokens["ada"]
    bearer = {"Authorization": f"Bearer {ada}"}
    sent = {"file": ("x.png", picture)}
    media = httpx.post(f"{town.server.url}/api/v2/media", headers=bearer, files=sent).json()
    yield types.MediaAttachment, media
    text = "@fay #entity https://example.org/x"
    status = call(ada, "POST", "/api/v1/statuses", status=text, media_ids=[media["id"]])
    yield types.Status, status
    yield types.Account, status["account"]
    yield types.StatusMention, status["mentions"][0]
    yield types.Tag, status["tags"][0]
    assert status["application"].keys() == {"name", "website"}  # the rest its owner alone is told
    app = {"client_name": "Entities", "redirect_uris": "https://app.example/back"}
    yield types.Application, call("", "POST", "/api/v1/apps", **app)
    yield types.Status, call("", "GET", f"/api/v1/statuses/{status['id']}")
    yield types.StatusSource, call(ada, "GET", f"/api/v1/statuses/{status['id']}/source")
    boost = call(ada, "POST", f"/api/v1/statuses/{status['id']}/reblog")
    yield types.Status, boost
    yield types.Status, boost["reblog"]
    yield types.Tag, call(ada, "GET", "/api/v2/search", q="entity")["hashtags"][0]
    yield types.StatusEdit, call("", "GET", f"/api/v1/statuses/{status['id']}/history")[0]
    quote = call(ada, "POST", "/api/v1/statuses", status="look", quoted_status_id=status["id"])
    yield types.Quote, quote["quote"]
    yield types.Status, quote["quote"]["quoted_status"]
    yield types.QuoteApproval, quote["quote_approval"]
    again = call(ada, "POST", "/api/v1/statuses", status="on", quoted_status_id=quote["id"])
    yield types.ShallowQuote, again["quote"]["quoted_status"]["quote"]
    at = "2099-01-01T00:00:00Z"
    waiting = call(ada, "POST", "/api/v1/statuses", status="later", scheduled_at=at)
    yield types.ScheduledStatus, waiting
    yield types.ScheduledStatusParams, waiting["params"]
    poll = {"options": ["a", "b"], "expires_in": 600}
    asked = call(ada, "POST", "/api/v1/statuses", status="?", poll=poll)["poll"]
    yield types.Poll, asked
    yield types.PollOption, asked["options"][0]
    notifications = "/api/v1/notifications"
    yield (
        types.Notification,
        until(lambda: call(town.tokens["fay"], "GET", notifications, types="mention"))[0],
    )
    report = {"account_id": status["account"]["id"], "status_ids": [status["id"]]}
    yield types.Report, call(town.tokens["fay"], "POST", "/api/v1/reports", **report)
    home = {"last_read_id": status["id"]}
    yield types.Marker, call(ada, "POST", "/api/v1/markers", home=home)["home"]
    yield types.Status, call(ada, "DELETE", f"/api/v1/statuses/{status['id']}")


def _of_people(town: Town) -> Iterator[tuple[type, Any]]:
    call, ada = town.server.call, town.tokens["ada"]
    me = call(ada, "GET", "/api/v1/accounts/verify_credentials")
    yield types.Account, me
    yield types.CredentialAccountSource, me["source"]
    yield types.Role, me["role"]
    relationships = "/api/v1/accounts/relationships"
    yield types.Relationship, call(ada, "GET", relationships, id=town.id("fay"))[0]
    made = call(ada, "POST", "/api/v1/lists", title="entities")
    yield types.UserList, made
    call(ada, "DELETE", f"/api/v1/lists/{made['id']}")
    keywords = [{"keyword": "x"}]
    filter_ = call(
        *(ada, "POST", "/api/v2/filters"),
        title="t",
        context=["home"],
        keywords_attributes=keywords,
    )
    yield types.FilterV2, filter_
    yield types.FilterKeyword, filter_["keywords"][0]
    call(ada, "DELETE", f"/api/v2/filters/{filter_['id']}")


def _of_the_server(town: Town) -> Iterator[tuple[type, Any]]:
    old = town.server.call("", "GET", "/api/v1/instance")
    yield types.Instance, old
    yield types.InstanceConfiguration, old["configuration"]
    new = town.server.call("", "GET", "/api/v2/instance")
    yield types.InstanceV2, new
    yield types.InstanceConfigurationV2, new["configuration"]
    yield types.InstanceStatusConfiguration, new["configuration"]["statuses"]
    yield types.InstanceAccountConfiguration, new["configuration"]["accounts"]
    yield types.InstanceURLsV2, new["configuration"]["urls"]
    yield types.InstanceRegistrations, new["registrations"]
    yield types.InstanceThumbnail, new["thumbnail"]
    yield types.InstanceContact, new["contact"]


@pytest.mark.parametrize("about", ["posts", "people", "server"])
def test_every_key_is_there(town: Town, picture: bytes, about: str) -> None:
    """One absent key, and Tusky shows "could not load" in place of a timeline."""
    found = {
        "posts": lambda: _of_posts(town, picture),
        "people": lambda: _of_people(town),
        "server": lambda: _of_the_server(town),
    }[about]()
    missing = {kind.__name__: gone for kind, each in found if (gone := _missing(kind, each))}
    assert missing == {}


def test_a_loss_is_whole(tx: Tx, ada: Viewer) -> None:
    """Whom somebody loses is on another server, so no app can make it happen on this one alone."""
    other = people.elsewhere(tx, "kit")
    graph.add_follow(tx, ada.id, other.id, Wish())
    cause = Cause(new_id(tx.now), "user_domain_block", domain="far.example")
    sever.part(tx, cause, [(ada.id, other.id)])
    (lost,) = sever.mine(tx, ada)
    told = sever.entity(tx.instance, lost)
    assert _missing(types.RelationshipSeveranceEvent, told) == set()
    read = try_cast_recurse(types.RelationshipSeveranceEvent, told)
    assert (read.target_name, read.purged) == ("far.example", False)
    assert (read.followers_count, read.following_count) == (0, 1)
    assert int(read.created_at.timestamp()) == tx.ms // 1000


def test_ids_are_text_and_times_are_whole(town: Town) -> None:
    """Apps compare ids as text, and read times with milliseconds and a Z; numbers break both."""
    status = town.server.call(town.tokens["ada"], "POST", "/api/v1/statuses", status="plain")
    for entity in (status, status["account"]):
        assert entity["id"].isdigit()
        assert entity["created_at"].endswith("Z")
        assert entity["created_at"][-5] == "."
    assert len(status["account"]["last_status_at"]) == len("2026-11-25")
    assert status["account"]["created_at"].endswith("T00:00:00.000Z")
    assert status["account"]["acct"] == "ada"
