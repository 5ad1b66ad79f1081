"""Mastodon.py: quoting, and who may; scheduled and retried posts as its users send them."""

from datetime import UTC, datetime, timedelta

import pytest
from client_town import Town, until
from mastodon.errors import MastodonAPIError, MastodonNotFoundError


def test_quoting_and_taking_it_back(town: Town) -> None:
    """Who is quoted hears of it, sees who quotes them, and can end it."""
    post = town.leo.status_post("a thought of leo")
    assert post.quote_approval.automatic == ["public"]
    quote = town.kit.status_post("look", quoted_status_id=post)
    assert quote.quote.state == "accepted"
    assert quote.quote.quoted_status.id == post.id
    assert town.gus.status(post).quotes_count == 1
    assert [each.id for each in town.leo.status_quotes(post)] == [quote.id]
    told = until(lambda: [n for n in town.leo.notifications() if n.type == "quote"])
    assert told[0].status.id == quote.id
    assert town.leo.status_quote_revoke(post, quote).quote.state == "revoked"
    assert town.gus.status(quote).quote.quoted_status is None
    assert list(town.leo.status_quotes(post)) == []
    with pytest.raises(MastodonNotFoundError):
        town.kit.status_quote_revoke(post, quote)


def test_who_may_quote(town: Town) -> None:
    """Said with the post, later, or once for all new ones."""
    post = town.leo.status_post("not to be quoted", quote_approval_policy="nobody")
    assert town.kit.status(post).quote_approval.current_user == "denied"
    with pytest.raises(MastodonNotFoundError):
        town.kit.status_post("look", quoted_status_id=post)
    opened = town.leo.status_update_quote_approval_policy(post, "public")
    assert opened.quote_approval.automatic == ["public"]
    assert opened.edited_at is None
    assert town.kit.status_post("look", quoted_status_id=post).quote.state == "accepted"
    with pytest.raises(MastodonNotFoundError):
        town.kit.status_update_quote_approval_policy(post, "nobody")


def test_a_retried_scheduled_post_waits_once(town: Town) -> None:
    """A train goes through a tunnel while it is sent."""
    at = datetime.now(UTC) + timedelta(hours=3)
    first = town.kit.status_post("later", scheduled_at=at, idempotency_key="tunnel")
    again = town.kit.status_post("later", scheduled_at=at, idempotency_key="tunnel")
    assert first.id == again.id
    town.kit.scheduled_status_delete(first)
    with pytest.raises(MastodonAPIError):
        town.kit.scheduled_status_update(first, at)


def test_a_time_that_is_over_is_now(town: Town) -> None:
    """As Mastodon does it: a clock that is a little behind must not lose a post."""
    made = town.kit.status_post("now", scheduled_at=datetime.now(UTC) - timedelta(minutes=1))
    assert town.gus.status(made.id).id == made.id
