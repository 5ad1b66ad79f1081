"""Mastodon.py, unchanged from PyPI: finding people and tags."""

import pytest
from client_town import Town, until
from mastodon.errors import MastodonAPIError, MastodonNotFoundError


def home(town: Town, who: str) -> list[str]:
    """The ids of the newest of a home."""
    return [s.id for s in getattr(town, who).timeline_home(limit=40)]


def test_endorsements(town: Town) -> None:
    """Whom one recommends is on one's profile, under both of Mastodon's names for it."""
    leo = town.id("leo")
    with pytest.raises(MastodonAPIError, match="422"):
        town.kit.account_endorse(leo)
    town.kit.account_follow(leo)
    assert town.kit.account_endorse(leo).endorsed
    assert [a.acct for a in town.kit.endorsements()] == ["leo"]
    shown = town.server.call("", "GET", f"/api/v1/accounts/{town.id('kit')}/endorsements")
    assert [a["acct"] for a in shown] == ["leo"]
    assert not town.kit.account_unendorse(leo).endorsed
    assert town.kit.account_pin(leo).endorsed
    assert not town.kit.account_unpin(leo).endorsed
    town.kit.account_pin(leo)
    assert not town.kit.account_unfollow(leo).endorsed
    assert town.kit.endorsements() == []


def test_domain_blocks(town: Town) -> None:
    """A server is named as plain text, and unblocked by a DELETE with a query."""
    town.kit.domain_block("far.example")
    assert list(town.kit.domain_blocks()) == ["far.example"]
    town.kit.domain_unblock("far.example")
    assert list(town.kit.domain_blocks()) == []


def test_suggestions_and_the_directory(town: Town) -> None:
    """Only who wants to be found; and nobody twice whom one sent away."""
    for name in ("ivy", "jon"):
        getattr(town, name).account_update_credentials(discoverable=True)
    ivy = town.id("ivy")
    assert ivy in [str(a.id) for a in town.kit.directory(order="new", local=True, limit=80)]
    town.leo.account_follow(ivy)
    found = {str(each.account.id): each for each in town.kit.suggestions_v2()}
    assert found[ivy].sources == ["most_followed"]
    assert found[ivy].source == "global"
    assert ivy in [str(a.id) for a in town.kit.suggestions_v1()]
    town.kit.suggestion_delete(ivy)
    assert ivy not in [str(a.id) for a in town.kit.suggestions()]
    town.leo.account_unfollow(ivy)


def test_followed_tags(town: Town) -> None:
    """Posts with the tag come home, those from before too, and go with it."""
    before = town.gus.status_post("about #oystercatchers")
    assert not town.kit.tag("OysterCatchers").following
    assert town.kit.tag_follow("oystercatchers").following
    assert [tag.name for tag in town.kit.followed_tags()] == ["oystercatchers"]
    until(lambda: before.id in home(town, "kit"), "posts from before")
    after = town.gus.status_post("again #OysterCatchers")
    until(lambda: after.id in home(town, "kit"), "new posts with the tag")
    assert not town.kit.tag_unfollow("oystercatchers").following
    until(lambda: not {before.id, after.id} & set(home(town, "kit")), "a home without the tag")
    assert list(town.kit.followed_tags()) == []


def test_featured_tags(town: Town) -> None:
    """A profile shows what its owner writes about, with how often."""
    town.hal.status_post("a #plover")
    town.hal.status_post("two #plover and a #knot")
    assert {tag.name for tag in town.hal.featured_tag_suggestions()} >= {"plover", "knot"}
    made = town.hal.featured_tag_create("plover")
    assert (made.name, made.statuses_count) == ("plover", "2")
    assert [tag.name for tag in town.kit.account_featured_tags(town.id("hal"))] == ["plover"]
    assert town.hal.tag_feature("knot").name == "knot"
    assert [tag.name for tag in town.hal.featured_tags()] == ["plover", "knot"]
    town.hal.tag_unfeature("knot")
    town.hal.featured_tag_delete(made)
    assert town.hal.featured_tags() == []


def test_trends(town: Town) -> None:
    """Nothing trends among so few; the app shows empty pages, not errors."""
    assert list(town.kit.trending_tags()) == []
    assert list(town.kit.trends()) == []
    assert list(town.kit.trending_statuses()) == []
    assert list(town.kit.trending_links()) == []
    with pytest.raises(MastodonAPIError):
        town.kit.admin_trending_tags()
    with pytest.raises(MastodonNotFoundError):
        town.kit.tag("two words")
