"""Writing: what a draft becomes, what is refused, and what is counted."""

import asyncio
import json

import pytest
from sqlalchemy import select, update

import people
from whimbrel.accounts import queries as accounts
from whimbrel.accounts.tables import users
from whimbrel.core.errors import Invalid, NotFound
from whimbrel.posts import queries, serialize
from whimbrel.posts.events import PollEnds, PostPublished
from whimbrel.posts.publish import publish
from whimbrel.posts.rules import Draft, PollDraft, Visibility
from whimbrel.posts.tables import posts


def shown(tx, viewer, post):
    return json.loads(serialize.one(tx, viewer, post))


def test_a_post_is_stored_and_told(tx, ada):
    """The event is what homes, notifications and other servers live on."""
    post = publish(tx, ada, Draft(text="  Hello #World  "))
    assert tx.emitted == [PostPublished(post=post.id, author=ada.account)]
    assert queries.visible_post(tx, ada, post.id) == post
    status = shown(tx, ada, post.id)
    assert status["tags"] == [{"name": "world", "url": "https://social.example/tags/world"}]
    assert status["url"] == f"https://social.example/@ada/{post.id}"
    assert status["uri"] == f"https://social.example/ap/users/{ada.id}/statuses/{post.id}"
    assert status["account"]["statuses_count"] == 1
    assert status["account"]["last_status_at"] == "2026-11-25"


@pytest.mark.parametrize(
    ("said", "own", "pages", "stored"),
    [
        *(("fr", "de", "es", "fr"), (None, "de", "es", "de"), ("??", "de", "es", "de")),
        *((None, None, "pt-BR", "pt-BR"), (None, None, "x", None)),
    ],
)
def test_a_post_is_in_the_language_its_writer_said(tx, ada, said, own, pages, stored):
    """Readers who take only some languages would miss it, or get all others too."""
    spoken = {"language": own, "locale": pages}
    tx.run(update(users).where(users.c.account == ada.id).values(spoken))
    post = publish(tx, ada, Draft(text="hm", language=said))
    assert post.language == shown(tx, ada, post.id)["language"] == stored


def test_the_words_lie_sealed(tx, ada):
    """Whoever steals the database without the keyring reads nothing."""
    post = publish(tx, ada, Draft(text="a very rare word", spoiler="careful"))
    (sealed,) = tx.row(select(posts.c.content).where(posts.c.id == post.id))
    assert b"rare" not in bytes(sealed)
    assert b"careful" not in bytes(sealed)


@pytest.mark.parametrize(
    "draft",
    [
        Draft(text="   "),
        Draft(text="x" * 501),
        Draft(text="x" * 490, spoiler="y" * 11),
        Draft(text="?", poll=PollDraft(options=("one",), expires_in=600)),
        Draft(text="?", poll=PollDraft(options=("one", "one"), expires_in=600)),
        Draft(text="?", poll=PollDraft(options=("one", " "), expires_in=600)),
        Draft(text="?", poll=PollDraft(options=("one", "two"), expires_in=10)),
        Draft(text="", poll=PollDraft(options=("one", "two"), expires_in=600)),
        Draft(text="x", media=(123,)),
    ],
)
def test_what_cannot_be_a_post_is_refused_whole(tx, ada, draft):
    """Half a post, or a counter without one, would stay for ever."""
    with pytest.raises(Invalid):
        publish(tx, ada, draft)
    assert tx.emitted == []


def test_an_address_counts_23(tx, ada):
    """As the app counted while it was written."""
    publish(tx, ada, Draft(text="x" * 476 + " https://example.org/" + "y" * 400))


def test_who_is_named_is_linked_and_may_read(tx, ada, bob, eve):
    """A direct post is for those named, whatever is asked by whom."""
    post = publish(
        tx, ada, Draft(text="hi @BOB and @nobody@social.example", visibility=Visibility.DIRECT)
    )
    status = shown(tx, bob, post.id)
    assert [one["acct"] for one in status["mentions"]] == ["bob"]
    assert 'href="https://social.example/@bob"' in status["content"]
    with pytest.raises(NotFound):
        serialize.one(tx, eve, post.id)


def test_direct_posts_are_counted_nowhere(tx, ada, bob):
    """A number that moves tells that somebody wrote in private."""
    root = publish(tx, bob, Draft(text="root"))
    publish(tx, ada, Draft(text="@bob psst", visibility=Visibility.DIRECT, reply_to=root.id))
    author = accounts.by_id(tx, ada.account)
    assert (author.statuses, author.last_status_at) == (0, None)
    assert shown(tx, bob, root.id)["replies_count"] == 0


def test_only_what_anybody_may_read_counts_as_a_reply(tx, ada, bob):
    """The count of replies to a public post must not betray private ones."""
    root = publish(tx, ada, Draft(text="root"))
    for visibility in Visibility:
        publish(tx, bob, Draft(text="@ada x", visibility=visibility, reply_to=root.id))
    assert shown(tx, ada, root.id)["replies_count"] == 2


def test_a_reply_joins_the_thread(tx, ada, bob):
    """Otherwise a conversation falls apart."""
    root = publish(tx, ada, Draft(text="root"))
    reply = publish(tx, bob, Draft(text="@ada yes", reply_to=root.id))
    assert (reply.thread, reply.reply_to, reply.reply_to_author) == (
        root.id,
        root.id,
        ada.account,
    )


def test_a_reply_to_a_hidden_post_is_not_found(tx, ada, bob):
    """Not Forbidden: the answer must not tell a stranger that the post exists."""
    secret = publish(tx, ada, Draft(text="for friends", visibility=Visibility.PRIVATE))
    with pytest.raises(NotFound) as hidden:
        publish(tx, bob, Draft(text="what?", reply_to=secret.id))
    with pytest.raises(NotFound) as absent:
        publish(tx, bob, Draft(text="what?", reply_to=1))
    assert str(hidden.value) == str(absent.value)


def test_a_warning_covers_media(tx, ada):
    """Whoever warns of something does not want it seen at once."""
    assert publish(tx, ada, Draft(text="x", spoiler="spiders", sensitive=False)).sensitive
    only = publish(tx, ada, Draft(spoiler="only a warning"))
    assert only.content.text == "only a warning"


def test_a_limited_account_is_not_in_public(tx):
    """What moderators limited must not reach the public timelines."""
    mallory = people.make(tx, "mallory", silenced_at=1)
    assert publish(tx, mallory, Draft(text="x")).visibility is Visibility.UNLISTED


def test_a_key_used_twice_gives_the_first_post(tx, ada, bob, clock):
    """A phone that lost the answer sends again; nobody wants it twice."""
    first = publish(tx, ada, Draft(text="once", idempotency_key="k"))
    again = publish(tx, ada, Draft(text="once", idempotency_key="k"))
    other = publish(tx, bob, Draft(text="mine", idempotency_key="k"))
    assert again.id == first.id != other.id
    assert len(tx.emitted) == 2


def test_a_key_used_at_once_by_many_gives_one_post(db):
    """Two requests that race must not both win."""
    ada = db.write_sync(people.make, "ada")

    async def race():
        drafts = [Draft(text=f"{n}", idempotency_key="same") for n in range(12)]
        return await asyncio.gather(*(db.write(publish, ada, draft) for draft in drafts))

    assert len({post.id for post in asyncio.run(race())}) == 1


def test_a_poll_has_a_clock(tx, ada, clock):
    """Nobody else closes it."""
    post = publish(
        tx, ada, Draft(text="tea?", poll=PollDraft(options=("yes", "no"), expires_in=600))
    )
    assert PollEnds(poll=post.poll, post=post.id) in tx.emitted
    poll = shown(tx, ada, post.id)["poll"]
    assert poll["expires_at"] == "2026-11-25T12:10:00.000Z"
    assert [option["title"] for option in poll["options"]] == ["yes", "no"]
    assert (poll["voted"], poll["own_votes"], poll["expired"]) == (True, [], False)
