"""Links: which trend, whose posts show one, who may be shown it first, and that an address is
forgotten with the last post that says it."""

import msgspec
import pytest
from sqlalchemy import func, select, update

import people
from whimbrel.accounts.block import block
from whimbrel.accounts.circles import Window
from whimbrel.accounts.rules import STRANGER
from whimbrel.accounts.tables import accounts
from whimbrel.core.errors import Forbidden, NotFound
from whimbrel.discovery import links, trends
from whimbrel.discovery.tables import link_days, link_trends, publishers
from whimbrel.posts import links as cards
from whimbrel.posts.delete import delete
from whimbrel.posts.edit import edit
from whimbrel.posts.publish import publish
from whimbrel.posts.rules import Draft, Preview, Visibility
from whimbrel.posts.tables import post_links, tags

EEL = "https://news.example/eel"
COD = "https://blog.example/cod"
ALL = Window(0, 1 << 62, False, 20)


@pytest.fixture
def crowd(tx):
    """Six people who want to be found; nobody looks at trends first."""
    review(tx, on=False)
    return [people.make(tx, f"c{at}") for at in range(6)]


def review(tx, *, on):
    tx.instance = msgspec.structs.replace(tx.instance, trends_review=on)


def linked(tx, who, url=EEL, title="Eels", **more):
    """A post, and its card once the page has answered."""
    post = publish(tx, who, Draft(text=f"look {url}", **more)).id
    cards.put(tx, post, url, Preview(url=url, title=title), None)
    return post


def count(tx):
    """A tick of the clock, again as after a crash."""
    trends.start(tx)
    event = tx.emitted[-1]
    for _ in range(4):
        trends.tick(tx, event)


def trending(tx):
    return [link.card.url for link in links.trending(tx, 0, 10)]


def with_link(tx, viewer=STRANGER, url=EEL):
    return [row[0] for row in links.posts_with(tx, viewer, url, ALL)]


def rows(tx, table):
    return tx.rows(select(func.count()).select_from(table))[0][0]


def test_a_page_that_many_link_to(tx, tick, crowd):
    """Three people make a trend, one who shouts does not; the newest card is shown."""
    posts = []
    for at, who in enumerate(crowd[:3]):
        posts.append(linked(tx, who, title=f"Eels {at}"))
        tick()
    for _ in range(5):
        linked(tx, crowd[0], COD)
    count(tx)
    (eel,) = links.trending(tx, 0, 10)
    assert (eel.card.url, eel.card.title) == (EEL, "Eels 2")
    assert eel.history[0][1:] == (3, 3)
    assert with_link(tx) == sorted(posts, reverse=True)
    for url in (COD, "https://never.example/", "eel", ""):
        with pytest.raises(NotFound):
            with_link(tx, url=url)


@pytest.mark.parametrize("level", [level for level in Visibility if level != Visibility.PUBLIC])
def test_what_is_not_public_leaves_no_trace(tx, crowd, level):
    """Which pages friends talk about would be told to all."""
    for who in crowd:
        linked(tx, who, visibility=level)
    count(tx)
    assert trending(tx) == []
    assert rows(tx, post_links) == rows(tx, tags) == 0


@pytest.mark.parametrize(
    "hidden", [{"discoverable": False}, {"silenced_at": 1}, {"suspended_at": 1}], ids=str
)
def test_who_is_not_to_be_found_does_not_count(tx, crowd, hidden):
    """Nor are they shown with a page that trends by others."""
    shy = linked(tx, crowd[5], title="mine")
    tx.run(update(accounts).where(accounts.c.id == crowd[5].id).values(hidden))
    for who in crowd[:2]:
        linked(tx, who)
    count(tx)
    assert trending(tx) == []
    linked(tx, crowd[2])
    count(tx)
    assert links.trending(tx, 0, 10)[0].card.title == "Eels"
    assert shy not in with_link(tx)


def test_a_reader_is_not_shown_whom_they_block(tx, crowd):
    """Not by this way either."""
    posts = [linked(tx, who) for who in crowd[:3]]
    count(tx)
    block(tx, crowd[4], crowd[0].id)
    block(tx, crowd[1], crowd[4].id)
    assert with_link(tx, crowd[4]) == [posts[2]]


def test_an_address_goes_with_its_last_post(tx, crowd):
    """A deleted post's address would be found in the database of whoever copies it."""
    posts = [linked(tx, who) for who in crowd[:3]]
    count(tx)
    delete(tx, crowd[2], posts[2], delete_media=True)
    assert [link.card.title for link in links.trending(tx, 0, 10)] == ["Eels"]
    edit(tx, crowd[1], posts[1], Draft(text="nothing"))
    assert with_link(tx) == [posts[0]]
    delete(tx, crowd[0], posts[0], delete_media=True)
    assert rows(tx, tags) == rows(tx, link_days) == rows(tx, link_trends) == 0
    count(tx)
    assert rows(tx, publishers) == 0


def test_an_address_is_no_tag(tx, crowd):
    """Links would show up among the tags that trend, and tags among the links."""
    for who in crowd[:3]:
        linked(tx, who)
        publish(tx, who, Draft(text="#eel"))
    count(tx)
    assert [tag.name for tag in trends.of_tags(tx, STRANGER, 0, 10)] == ["eel"]
    assert trending(tx) == [EEL]


def test_pages_are_reviewed_one_by_one_or_by_site(tx, crowd):
    """What is said of a page goes before what is said of its site."""
    mod = people.make(tx, "mod", role="moderator")
    for who in crowd[:3]:
        linked(tx, who)
        linked(tx, who, COD)
    count(tx)
    review(tx, on=True)
    assert trending(tx) == []
    with pytest.raises(NotFound):
        with_link(tx)
    known = {link.card.url: link for link in links.to_review(tx, mod, 0, 10)}
    assert {link.review for link in known.values()} == {None}
    sites = {site.domain: site for site in links.publishers(tx, mod, ALL)}
    assert set(sites) == {"news.example", "blog.example"}
    said = links.review_publisher(tx, mod, sites["news.example"].id, shown=True)
    assert (said.review, said.reviewed_at) == (1, tx.ms)
    assert trending(tx) == [EEL]
    assert links.review(tx, mod, known[EEL].id, shown=False).review == 0
    assert links.review(tx, mod, known[COD].id, shown=True).review == 1
    assert trending(tx) == [COD]
    count(tx)
    assert trending(tx) == [COD]


def test_only_moderators_review(tx, crowd):
    """Whoever wants their own page shown would just say so."""
    mod = people.make(tx, "mod", role="moderator")
    for ask in (
        lambda who: links.to_review(tx, who, 0, 10),
        lambda who: links.publishers(tx, who, ALL),
        lambda who: links.review(tx, who, 5, shown=True),
        lambda who: links.review_publisher(tx, who, 5, shown=True),
    ):
        with pytest.raises(Forbidden):
            ask(crowd[0])
    with pytest.raises(NotFound):
        links.review(tx, mod, 5, shown=True)
    with pytest.raises(NotFound):
        links.review_publisher(tx, mod, 5, shown=True)
