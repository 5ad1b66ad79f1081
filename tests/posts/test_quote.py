"""Quoting: shown to whoever may see both posts, and taken back by whoever wrote the quoted one."""

import json

import msgspec
import pytest
from conversations import befriend, block, mute, shown
from sqlalchemy import update

from whimbrel.accounts.profile import Changes
from whimbrel.accounts.profile import update as change_profile
from whimbrel.accounts.rules import Viewer
from whimbrel.accounts.tables import accounts, domain_blocks
from whimbrel.core.engines import Query, insert
from whimbrel.core.errors import Invalid, NotFound
from whimbrel.core.ids import MAX_ID, new_id
from whimbrel.posts import serialize
from whimbrel.posts.boost import boost
from whimbrel.posts.delete import delete
from whimbrel.posts.edit import edit
from whimbrel.posts.events import PostQuoted
from whimbrel.posts.history import versions
from whimbrel.posts.publish import publish
from whimbrel.posts.queries import quotes
from whimbrel.posts.quote import revoke, set_policy
from whimbrel.posts.rules import VISIBILITY, Draft, PollDraft, QuotePolicy, QuoteState, Visibility

STRANGER = Viewer()
BLOCK_DOMAIN = Query(insert(domain_blocks))


def quoting(tx, viewer, post, text="look", **more):
    return publish(tx, viewer, Draft(text=text, quoted=post.id, **more))


def quote_of(tx, viewer, post):
    return shown(tx, viewer, post.id)["quote"]


def approval(tx, viewer, post):
    return shown(tx, viewer, post.id)["quote_approval"]


def test_a_quote_shows_the_other_post_whole(tx, ada, bob, eve):
    """And that one counts it."""
    post = publish(tx, ada, Draft(text="the original"))
    quote = quoting(tx, bob, post)
    assert PostQuoted(post=quote.id, author=bob.id, quoted=post.id) in tx.emitted
    for viewer in (ada, bob, eve, STRANGER):
        told = quote_of(tx, viewer, quote)
        assert told["state"] == "accepted"
        assert told["quoted_status"]["content"] == "<p>the original</p>"
        assert ("favourited" in told["quoted_status"]) == (viewer is not STRANGER)
    assert shown(tx, eve, post.id)["quotes_count"] == 1
    assert shown(tx, eve, post.id)["quote"] is None
    delete(tx, bob, quote.id)
    assert shown(tx, eve, post.id)["quotes_count"] == 0


def test_without_words_a_quote_is_a_post(tx, ada, bob):
    """As a picture is."""
    post = publish(tx, ada, Draft(text="x"))
    assert quote_of(tx, bob, quoting(tx, bob, post, ""))["state"] == "accepted"


def test_of_a_boost_the_original_is_quoted(tx, ada, bob, eve):
    """CVE-2025-62605: a boost was a way around the policy of the original."""
    post = publish(tx, ada, Draft(text="x", quote_policy=QuotePolicy.NOBODY))
    boosted = boost(tx, bob, post.id)
    with pytest.raises(NotFound):
        publish(tx, eve, Draft(text="y", quoted=boosted))
    set_policy(tx, ada, post.id, QuotePolicy.PUBLIC)
    quote = publish(tx, eve, Draft(text="y", quoted=boosted))
    assert quote_of(tx, ada, quote)["quoted_status"]["id"] == str(post.id)


@pytest.mark.parametrize("policy", list(QuotePolicy))
@pytest.mark.parametrize("visibility", VISIBILITY.values())
def test_who_may_quote(tx, ada, bob, eve, policy, visibility):
    """The table of who may, and that what is told to apps is what is done."""
    befriend(tx, bob, ada)
    draft = Draft(text="@bob @eve", visibility=visibility, quote_policy=policy)
    post = publish(tx, ada, draft)
    open_ = visibility in (Visibility.PUBLIC, Visibility.UNLISTED)
    allowed = {
        ada: visibility < Visibility.DIRECT,
        bob: open_ and policy is not QuotePolicy.NOBODY,
        eve: open_ and policy is QuotePolicy.PUBLIC,
    }
    for viewer, may in allowed.items():
        told = approval(tx, viewer, post)
        assert told["current_user"] == ("automatic" if may else "denied")
        if may:
            quoting(tx, viewer, post)
        else:
            with pytest.raises(NotFound):
                quoting(tx, viewer, post)
    words = {QuotePolicy.PUBLIC: ["public"], QuotePolicy.FOLLOWERS: ["followers"]}
    assert told["automatic"] == (words.get(policy, []) if open_ else [])
    if open_:
        assert approval(tx, STRANGER, post)["current_user"] == "denied"


def test_what_followers_may_quote_changes_with_the_follow(tx, ada, bob):
    """No memory of bytes may remember who followed whom."""
    post = publish(tx, ada, Draft(text="x", quote_policy=QuotePolicy.FOLLOWERS))
    assert approval(tx, bob, post)["current_user"] == "denied"
    befriend(tx, bob, ada)
    assert approval(tx, bob, post)["current_user"] == "automatic"


def test_a_quote_of_what_is_for_followers_is_for_followers(tx, ada, bob, eve):
    """One's own post, quoted by oneself: whoever may not see it learns nothing."""
    befriend(tx, bob, ada)
    secret = publish(tx, ada, Draft(text="secret", visibility=Visibility.PRIVATE))
    quote = quoting(tx, ada, secret, visibility=Visibility.PUBLIC)
    assert shown(tx, bob, quote.id)["visibility"] == "private"
    assert quote_of(tx, bob, quote)["quoted_status"]["content"] == "<p>secret</p>"
    with pytest.raises(NotFound):
        shown(tx, eve, quote.id)
    named = quoting(tx, ada, secret, "@eve", visibility=Visibility.DIRECT)
    assert quote_of(tx, eve, named) == {"state": "unauthorized", "quoted_status": None}


def test_blocks_and_mutes_are_told_apart(tx, ada, bob, eve):
    """Whom the reader blocks is folded away; who blocks the reader is not shown at all."""
    post = publish(tx, ada, Draft(text="x"))
    quote = quoting(tx, bob, post)
    mute(tx, eve, ada)
    told = quote_of(tx, eve, quote)
    assert told["state"] == "muted_account"
    assert told["quoted_status"]["id"] == str(post.id)
    block(tx, eve, ada)
    assert quote_of(tx, eve, quote)["state"] == "blocked_account"
    block(tx, ada, bob)
    assert quote_of(tx, bob, quote) == {"state": "unauthorized", "quoted_status": None}


def test_a_blocked_server_is_told_of(tx, ada, bob, eve):
    """Everybody there, at once."""
    post = publish(tx, ada, Draft(text="x"))
    quote = quoting(tx, bob, post)
    tx.run(update(accounts).where(accounts.c.id == ada.id).values(domain="far.example"))
    tx.run(BLOCK_DOMAIN, id=new_id(tx.now), account=eve.id, domain="far.example", at=tx.ms)
    assert quote_of(tx, eve, quote)["state"] == "blocked_domain"


def test_a_deleted_post_is_deleted_from_its_quotes(tx, ada, bob):
    """With everything that it said."""
    post = publish(tx, ada, Draft(text="regret"))
    quote = quoting(tx, bob, post)
    assert quote_of(tx, bob, quote)["state"] == "accepted"
    delete(tx, ada, post.id)
    assert quote_of(tx, bob, quote) == {"state": "deleted", "quoted_status": None}


def test_a_quote_is_taken_back_by_whoever_wrote_the_quoted_post(tx, ada, bob, eve):
    """Nobody else can, and once is enough."""
    post, other = (publish(tx, ada, Draft(text=text)) for text in "xy")
    quote = quoting(tx, bob, post)
    for who, which in ((bob, post), (eve, post), (ada, other)):
        with pytest.raises(NotFound):
            revoke(tx, who, which.id, quote.id)
    assert revoke(tx, ada, post.id, quote.id) == quote.id
    assert revoke(tx, ada, post.id, quote.id) == quote.id
    assert quote_of(tx, eve, quote) == {"state": "revoked", "quoted_status": None}
    assert shown(tx, eve, post.id)["quotes_count"] == 0
    delete(tx, bob, quote.id)
    assert shown(tx, eve, post.id)["quotes_count"] == 0


@pytest.mark.parametrize("state", [QuoteState.PENDING, QuoteState.REJECTED])
def test_what_was_not_agreed_to_is_not_shown(tx, ada, bob, eve, state):
    """Other servers ask first; until then nobody sees it, not even who waits."""
    post = publish(tx, ada, Draft(text="x"))
    quote = quoting(tx, bob, post)
    quotes.set_state(tx, quote.id, state)
    for viewer in (ada, bob, eve):
        assert quote_of(tx, viewer, quote) == {"state": state.word, "quoted_status": None}


def test_a_quote_in_a_quote_is_only_named(tx, ada, bob, eve):
    """Or a chain of quotes would be as long as anybody likes; and only to who may see it."""
    first = publish(tx, ada, Draft(text="first"))
    second = quoting(tx, bob, first)
    third = quoting(tx, ada, second)
    inner = quote_of(tx, bob, third)["quoted_status"]["quote"]
    assert inner == {"state": "accepted", "quoted_status_id": str(first.id)}
    block(tx, ada, eve)
    fourth = quoting(tx, bob, second)
    inner = quote_of(tx, eve, fourth)["quoted_status"]["quote"]
    assert inner == {"state": "unauthorized", "quoted_status_id": None}


def test_a_boost_of_a_quote_and_a_quote_with_a_poll(tx, ada, bob, eve):
    """The parts of a status that differ by reader stand beside each other."""
    post = publish(tx, ada, Draft(text="x"))
    asked = PollDraft(options=("a", "b"), expires_in=600)
    quote = quoting(tx, bob, post, "?", poll=asked)
    status = shown(tx, eve, boost(tx, eve, quote.id))
    assert status["quote"] is None
    assert status["reblog"]["quote"]["quoted_status"]["id"] == str(post.id)
    assert status["reblog"]["poll"]["voted"] is False
    assert status["reblog"]["reblogged"] is True and status["reblogged"] is True


def test_an_edit_keeps_the_quote(tx, ada, bob):
    """Words change, what they are about does not."""
    post = publish(tx, ada, Draft(text="x"))
    quote = quoting(tx, bob, post, "tpyo")
    edit(tx, bob, quote.id, Draft(text="typo"))
    assert quote_of(tx, bob, quote)["quoted_status"]["id"] == str(post.id)
    told = json.loads(msgspec.json.encode(versions(tx, ada, quote.id)))
    assert [each["quote"]["quoted_status"]["id"] for each in told] == [str(post.id)] * 2
    edit(tx, bob, quote.id, Draft(text=""))
    assert quote_of(tx, bob, quote)["state"] == "accepted"


def test_a_policy_is_changed_without_an_edit(tx, ada, bob):
    """Who liked the post must not be told that it says something else."""
    post = publish(tx, ada, Draft(text="x"))
    assert set_policy(tx, ada, post.id, QuotePolicy.NOBODY) == post.id
    assert approval(tx, bob, post)["current_user"] == "denied"
    edit(tx, ada, post.id, Draft(text="x", quote_policy=QuotePolicy.FOLLOWERS))
    assert approval(tx, bob, post)["automatic"] == ["followers"]
    assert shown(tx, bob, post.id)["edited_at"] is None
    with pytest.raises(NotFound):
        set_policy(tx, bob, post.id, QuotePolicy.PUBLIC)
    with pytest.raises(Invalid):
        set_policy(tx, bob, boost(tx, bob, post.id), QuotePolicy.PUBLIC)
    secret = publish(tx, ada, Draft(text="x", visibility=Visibility.PRIVATE))
    set_policy(tx, ada, secret.id, QuotePolicy.PUBLIC)
    assert approval(tx, ada, secret)["automatic"] == []


def test_a_writer_has_a_policy_of_their_own(tx, ada, bob):
    """New posts begin with it."""
    change_profile(tx, ada, Changes(quote_policy="nobody"))
    post = publish(tx, ada, Draft(text="x"))
    assert approval(tx, bob, post)["current_user"] == "denied"


def test_the_quotes_of_a_post_are_those_the_reader_may_see(tx, ada, bob, eve):
    """In pages, the latest first; revoked ones are none."""
    befriend(tx, bob, eve)
    post = publish(tx, ada, Draft(text="x"))
    made = [
        quoting(tx, eve, post, "public"),
        quoting(tx, eve, post, "private", visibility=Visibility.PRIVATE),
        quoting(tx, bob, post, "bob"),
    ]
    gone = quoting(tx, bob, post, "gone")
    revoke(tx, ada, post.id, gone.id)
    made = sorted((each.id for each in made), reverse=True)

    def page(viewer, low=0, high=MAX_ID, most=20, ascending=False):
        rows = quotes.page(tx, viewer.id, post.id, low, high, most, ascending)
        return serialize.ids(rows)

    assert page(bob) == made
    assert len(page(ada)) == 2
    assert page(bob, high=made[0], most=1) == made[1:2]
    assert page(bob, low=made[2], most=1, ascending=True) == made[1:2]
    block(tx, ada, bob)
    assert all(shown(tx, ada, id_)["account"]["username"] == "eve" for id_ in page(ada))


def test_a_page_without_quotes_asks_nothing_more(tx, ada, bob):
    """Nearly every page is one."""
    posts = [publish(tx, ada, Draft(text=f"{n}")).id for n in range(3)]
    rows = serialize.queries.cards_of(tx, bob, posts)
    asked = tx.queries
    serialize.page(tx, bob, rows)
    assert tx.queries == asked + 1  # their bodies
    quote = quoting(tx, bob, publish(tx, ada, Draft(text="x")))
    rows = serialize.queries.cards_of(tx, bob, [*posts, quote.id])
    asked = tx.queries
    serialize.page(tx, bob, rows)
    assert tx.queries <= asked + 1 + 3
