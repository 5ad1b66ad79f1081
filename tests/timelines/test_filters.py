"""Filters: what matches is said to the app, in the right places, and costs nobody else anything."""

import asyncio

import msgspec
import pytest
import stories
from hypothesis import given
from hypothesis import strategies as st

import people
from app import Client
from whimbrel.core.errors import Invalid, NotFound
from whimbrel.posts import serialize as statuses
from whimbrel.timelines import api, filters, matching, reads, serialize
from whimbrel.timelines.filters import FilterForm, KeywordForm, OldForm
from whimbrel.timelines.queries.filters import Stored
from whimbrel.timelines.rules import Filter, Keyword, Window


def words(*texts, whole=True):
    return [KeywordForm(keyword=text, whole_word=whole) for text in texts]


def form(*texts, **more):
    more.setdefault("context", ["home", "public"])
    return FilterForm(title="spoilers", keywords_attributes=words(*texts), **more)


def shown(tx, viewer, context="public"):
    """The public timeline as the viewer's app gets it, newest first."""
    rows = reads.public(tx, viewer, Window())
    return msgspec.json.decode(serialize.shown(tx, viewer, rows, context).body)


def matches(post):
    return [(each["filter"]["title"], each["keyword_matches"]) for each in post["filtered"]]


def test_what_matches_is_told_with_the_post(tx, ada, bob):
    """Apps hide or warn by `filtered`; without it they show everything."""
    stories.write(tx, ada, "The BUTLER did it")
    stories.write(tx, ada, "butlers are fine")
    made = filters.create(tx, bob, form("butler"))
    fine, told = shown(tx, bob)
    assert fine["filtered"] == []
    assert matches(told) == [("spoilers", ["butler"])]
    result = told["filtered"][0]
    assert result["status_matches"] is None
    assert result["filter"] == {
        "id": made.id,
        "title": "spoilers",
        "context": ["home", "public"],
        "expires_at": None,
        "filter_action": "warn",
    }
    assert (
        "filtered"
        not in msgspec.json.decode(
            serialize.shown(tx, people.Viewer(), reads.public(tx, people.Viewer(), Window())).body
        )[0]
    )


def test_filters_hold_only_where_and_while_they_should(tx, ada, bob):
    """A filter for the home does not blank out a thread; one that has ended none at all."""
    stories.write(tx, ada, "the butler")
    made = filters.create(tx, bob, form("butler", context=["home"], expires_in=60))
    assert shown(tx, bob, "public")[0]["filtered"] == []
    assert matches(shown(tx, bob, "home")[0])
    tx.ms += 61_000
    assert shown(tx, bob, "home")[0]["filtered"] == []
    never = FilterForm(expires_in=None)
    filters.update(tx, bob, int(made.id), never, keep_end=True)
    assert shown(tx, bob, "home")[0]["filtered"] == []
    filters.update(tx, bob, int(made.id), never, keep_end=False)
    assert matches(shown(tx, bob, "home")[0])


def test_nobody_is_warned_of_their_own_words(tx, ada, bob):
    """Nor does a boost of theirs hide behind a warning; what they boosted may."""
    filters.create(tx, ada, form("butler"))
    stories.write(tx, ada, "my butler")
    stories.write(tx, bob, "your butler")
    assert [bool(post["filtered"]) for post in shown(tx, ada)] == [True, False]


def test_a_boost_is_filtered_as_what_it_repeats(tx, ada, bob, eve):
    """Both the wrapper and the post in it say so, as apps look at either."""
    stories.settle_in(tx, bob)
    stories.follow(tx, bob, eve)
    stories.publish(tx, eve, boost_of=stories.write(tx, ada, "the butler"))
    filters.create(tx, bob, form("butler"))
    rows = home_of(tx, bob)
    assert matches(rows[0]["reblog"]) == matches(rows[0]) == [("spoilers", ["butler"])]


def home_of(tx, viewer):
    rows = stories.homes.page(tx, viewer, *Window())
    return msgspec.json.decode(serialize.shown(tx, viewer, rows, "home").body)


def test_a_changed_filter_works_at_once(tx, ada, bob):
    """What is compiled is kept by revision: a stale one would go on hiding."""
    stories.write(tx, ada, "the butler and the gardener")
    made = filters.create(tx, bob, form("butler"))
    assert matches(shown(tx, bob)[0]) == [("spoilers", ["butler"])]
    tx.ms += 1
    keyword = filters.add_keyword(tx, bob, int(made.id), KeywordForm(keyword="gardener"))
    assert matches(shown(tx, bob)[0]) == [("spoilers", ["butler", "gardener"])]
    filters.delete_keyword(tx, bob, int(keyword.id))
    assert matches(shown(tx, bob)[0]) == [("spoilers", ["butler"])]
    filters.delete(tx, bob, int(made.id))
    assert shown(tx, bob)[0]["filtered"] == []


def test_single_posts_can_be_filtered(tx, ada, bob):
    """Hide this post, and no other; not one that the viewer may not see."""
    post, other = stories.write(tx, ada), stories.write(tx, ada)
    made = filters.create(tx, bob, form())
    entry = filters.add_post(tx, bob, int(made.id), post)
    assert filters.add_post(tx, bob, int(made.id), post) == entry
    by_id = {each["id"]: each["filtered"] for each in shown(tx, bob)}
    assert by_id[str(other)] == []
    assert by_id[str(post)][0]["status_matches"] == [str(post)]
    stories.block(tx, ada, bob)
    with pytest.raises(NotFound):
        filters.add_post(tx, bob, int(made.id), other)
    filters.delete_post(tx, bob, int(entry.id))
    assert filters.show(tx, bob, int(made.id)).statuses == ()


def test_filters_cost_statements_when_new_and_none_after(db):
    """Their revision is a column of the page."""
    ada, bob = (db.write_sync(people.make, name) for name in ("ada", "bob"))
    db.write_sync(lambda tx: stories.write(tx, ada, "the butler"))

    def cost(tx):
        assert len(shown(tx, bob)) == 1
        return tx.queries

    async def pages():
        return [await db.read(cost) for _ in range(2)]

    assert asyncio.run(pages())[1] == 1
    db.write_sync(lambda tx: filters.create(tx, bob, form("butler")))
    assert asyncio.run(pages()) == [5, 1]  # once: filters, their keywords and posts, labels


@given(st.text(max_size=30), st.text(min_size=1, max_size=6), st.text(max_size=30), st.booleans())
def test_whatever_is_written_can_be_looked_for(before, keyword, after, whole):
    """A keyword is text, not a pattern; and alone between spaces it always is a whole word."""
    keyword = keyword.strip() or "x"
    made = Filter(
        id="1",
        title="t",
        context=("home",),
        keywords=(Keyword(id="2", keyword=keyword, whole_word=whole),),
    )
    matcher = matching.Matcher([Stored(made, None)])
    assert matcher.match("home", 5, f"{before} {keyword.upper()} {after}", 0) is not None or (
        keyword.upper().casefold() != keyword.casefold()
    )
    assert matcher.match("public", 5, keyword, 0) is None


def test_a_filter_belongs_to_one_person(tx, ada, bob):
    """Ids of filters and keywords can be guessed."""
    made = filters.create(tx, bob, form("butler"))
    which, word = int(made.id), int(made.keywords[0].id)
    for attempt in (
        lambda: filters.show(tx, ada, which),
        lambda: filters.update(tx, ada, which, FilterForm(), keep_end=True),
        lambda: filters.delete(tx, ada, which),
        lambda: filters.add_keyword(tx, ada, which, KeywordForm(keyword="x")),
        lambda: filters.keyword(tx, ada, word),
        lambda: filters.change_keyword(tx, ada, word, KeywordForm(keyword="x")),
        lambda: filters.delete_keyword(tx, ada, word),
        lambda: filters.old_show(tx, ada, word),
        lambda: filters.old_delete(tx, ada, word),
        lambda: filters.post(tx, ada, 7),
    ):
        with pytest.raises(NotFound):
            attempt()
    mine = filters.create(tx, ada, form("x"))
    theirs = FilterForm(keywords_attributes=[KeywordForm(id=str(word), keyword="y")])
    with pytest.raises(NotFound):
        filters.update(tx, ada, int(mine.id), theirs, keep_end=True)


@pytest.mark.parametrize(
    "wrong",
    [
        FilterForm(title=" ", context=["home"]),
        FilterForm(title="x", context=[]),
        FilterForm(title="x", context=["elsewhere"]),
        FilterForm(title="x", context=["home"], filter_action="burn"),
        FilterForm(title="x", context=["home"], keywords_attributes=words(" ")),
        FilterForm(title="x", context=["home"], keywords_attributes=words("x" * 201)),
        FilterForm(title="x", context=["home"], keywords_attributes=words(*["x"] * 201)),
    ],
)
def test_nonsense_is_refused(tx, bob, wrong):
    """Each with a sentence, none with a 500."""
    with pytest.raises(Invalid):
        filters.create(tx, bob, wrong)


def test_older_apps_see_keywords(tx, bob):
    """v1 knows one phrase to a filter; it must not change what other phrases share unnoticed."""
    made = filters.old_create(
        tx, bob, OldForm(phrase="butler", context=["home"], irreversible=True)
    )
    assert (made.phrase, made.irreversible, made.whole_word) == ("butler", True, False)
    changed = OldForm(phrase="maid", irreversible=False, whole_word=True)
    maid = filters.old_update(tx, bob, int(made.id), changed, keep_end=True)
    assert (maid.phrase, maid.irreversible, maid.whole_word) == ("maid", False, True)
    whole = filters.mine(tx, bob)[0]
    tx.ms += 1
    filters.add_keyword(tx, bob, int(whole.id), KeywordForm(keyword="cook"))
    assert [each.phrase for each in filters.old_mine(tx, bob)] == ["maid", "cook"]
    with pytest.raises(Invalid):
        filters.old_update(tx, bob, int(made.id), OldForm(context=["public"]), keep_end=True)
    filters.old_delete(tx, bob, int(made.id))
    assert [each.phrase for each in filters.old_mine(tx, bob)] == ["cook"]
    filters.old_delete(tx, bob, int(filters.old_mine(tx, bob)[0].id))
    assert filters.mine(tx, bob) == []


def test_over_http_as_apps_send_them(db, tmp_path):
    """Rails forms with lists of maps, empty `expires_in`, `_destroy`."""
    with Client(db, tmp_path, api.ROUTES, "bob") as client:
        data = {
            "title": "spoilers",
            "context[]": ["home", "thread"],
            "filter_action": "hide",
            "expires_in": "60",
            "keywords_attributes[][keyword]": "butler",
            "keywords_attributes[][whole_word]": "false",
        }
        made = client.ask("POST", "/api/v2/filters", "bob", data=data).json()
        assert made["expires_at"] == "2026-11-25T12:01:00.000Z"
        word = made["keywords"][0]
        assert (word["keyword"], word["whole_word"]) == ("butler", False)
        path = f"/api/v2/filters/{made['id']}"
        change = {
            "expires_in": "",
            "keywords_attributes": [
                {"id": word["id"], "_destroy": True},
                {"keyword": "maid", "whole_word": "true"},
            ],
        }
        changed = client.ask("PUT", path, "bob", json=change).json()
        assert changed["expires_at"] is None
        assert [each["keyword"] for each in changed["keywords"]] == ["maid"]
        assert client.get("/api/v2/filters", "bob") == [changed]
        assert client.get(f"{path}/keywords", "bob") == changed["keywords"]
        more = client.ask("POST", f"{path}/keywords", "bob", data={"keyword": "cook"}).json()
        at = f"/api/v2/filters/keywords/{more['id']}"
        assert client.get(at, "bob") == more
        changed = client.ask("PUT", at, "bob", data={"whole_word": "0"}).json()
        assert changed == {**more, "whole_word": False}
        assert client.ask("DELETE", at, "bob").json() == {}
        assert client.get(f"{path}/statuses", "bob") == []
        assert client.get("/api/v1/filters", "bob")[0]["phrase"] == "maid"
        assert client.ask("DELETE", path, "bob").json() == {}
        assert client.ask("GET", path, "bob").status_code == 404


def test_words_of_a_page_are_all_there(tx, ada, bob):
    """A filter that looks at half of the posts is worse than none."""
    posts = [stories.write(tx, ada, f"text {n}") for n in range(3)]
    rows = reads.public(tx, bob, Window())
    assert set(statuses.words(tx, rows)) == set(posts)


def test_who_filters_nothing_here_pays_nothing(tx, bob):
    """Whoever once had a filter, or has one for home alone, would have slow pages for ever."""
    made = filters.create(tx, bob, form("butler", context=["home"]))
    assert matching.of(tx, bob.id, 1, "home") is not None
    assert matching.of(tx, bob.id, 1, "notifications") is None
    filters.delete(tx, bob, int(made.id))
    assert matching.of(tx, bob.id, 2, "home") is None
