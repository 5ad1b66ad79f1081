"""Search as an app meets it: the real index of each engine; and who finds what."""

import asyncio
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from sqlalchemy import update
from stories import block, follow, mute

from app import Client
from whimbrel.accounts import leave, profile
from whimbrel.accounts.follow import unfollow
from whimbrel.accounts.tables import accounts
from whimbrel.core.engines import Query, insert
from whimbrel.core.search import open_search
from whimbrel.core.tx import Tx
from whimbrel.discovery import tags
from whimbrel.discovery.tables import tag_trends
from whimbrel.posts import boost, delete, edit, follow_tag, marks, poll
from whimbrel.posts.publish import publish
from whimbrel.posts.queries import tags as words
from whimbrel.posts.rules import Draft, Mark, PollDraft, Visibility
from whimbrel.timelines import indexing
from whimbrel.timelines import search as finding
from whimbrel.timelines.api import search as doors

PUBLIC, PRIVATE, DIRECT = Visibility.PUBLIC, Visibility.PRIVATE, Visibility.DIRECT


class Town(Client):
    """Ada lets her posts be found; the others do not."""

    def __init__(self, db: Any, database: str, folder: Any, clock: Any) -> None:
        super().__init__(db, folder, doors.ROUTES, "ada", "bob", "eve", "dan")
        self.clock = clock
        self.front.app.search = open_search(database or f"sqlite:///{folder / 'search.db'}")
        self.front.app.tags = tags.found
        for name in ("bob", "eve", "dan"):
            self.set(name, indexable=False)

    def __exit__(self, *problem: Any) -> None:
        self.front.app.search.close()
        super().__exit__(*problem)

    def set(self, name: str, **columns: Any) -> None:
        """Columns of somebody's account."""
        who = self.people[name].id
        self.do(
            lambda tx: tx.run(Query(update(accounts).where(accounts.c.id == who).values(columns)))
        )

    def write(self, name: str, text: str, visibility: Visibility = PUBLIC, **draft: Any) -> int:
        """A post, by its id."""
        self.clock.step(seconds=1)
        draft |= {"text": text, "visibility": visibility}
        return int(self.do(publish, self.people[name], Draft(**draft)).id)

    def settle(self) -> None:
        """Let the outbox do what is due."""
        self._runner.run(self.front.settle())

    def find(self, name: str, q: str, **more: Any) -> list[int]:
        """Ids of what somebody finds."""
        found = self.get("/api/v2/search", name, params={"q": q, "type": "statuses", **more})
        return [int(each["id"]) for each in found["statuses"]]

    def who_finds(self, q: str) -> str:
        """The first letters of those who find something."""
        return "".join(name[0] for name in self.people if self.find(name, q))

    def in_index(self, *facet: Any) -> list[int]:
        """What the index has under a facet."""
        token = indexing.words(self.db.keyring).facet(*facet)
        found: list[int] = self._runner.run(self.front.app.search.find([token]))
        return found


@pytest.fixture
def town(db, database, tmp_path, clock) -> Iterator[Town]:
    with Town(db, database, tmp_path, clock) as opened:
        yield opened


# ----------------------------------------------------------------------------- who finds what


def test_found_are_ones_own_those_that_name_one_and_those_of_who_allows_it(town):
    """A post of somebody who did not agree must not be found by a stranger by its words."""
    town.write("ada", "a whimbrel")
    town.write("bob", "a curlew")
    town.write("bob", "a godwit for @eve", PRIVATE)
    town.write("ada", "a dunlin", Visibility.UNLISTED)
    town.settle()
    assert town.who_finds("whimbrel") == "abed"
    assert town.who_finds("curlew") == "b"
    assert town.who_finds("godwit") == "be"
    assert town.who_finds("dunlin") == "a"


def test_found_is_what_one_did_something_with_for_as_long_as_one_does(town):
    """Who bookmarked something wants to find it again; and who took a like back is not told by the
    index any more to have liked it."""
    acts = {
        "liked": lambda tx, who, post: marks.mark(tx, who, post, Mark.FAVOURITE),
        "kept": lambda tx, who, post: marks.mark(tx, who, post, Mark.BOOKMARK),
        "boosted": lambda tx, who, post: boost.boost(tx, who, post, PUBLIC),
        "answered": lambda tx, who, post: publish(tx, who, Draft(text="so?", reply_to=post)).id,
    }
    for word, act in acts.items():
        post = town.write("bob", word)
        town.settle()
        assert town.who_finds(word) == "b"
        town.clock.step(seconds=1)
        made = town.do(act, town.people["eve"], post)
        assert town.in_index("reader", town.people["eve"].id).count(post) == 0
        town.settle()
        assert town.who_finds(word) == "be", word
        if word in ("liked", "kept"):
            kind = Mark.FAVOURITE if word == "liked" else Mark.BOOKMARK
            town.do(marks.unmark, town.people["eve"], post, kind)
        else:
            town.do(delete.delete, town.people["eve"], made)
        assert town.who_finds(word) == "b", f"{word} before the index knows"
        town.settle()
        assert post not in town.in_index("reader", town.people["eve"].id), word


def test_found_is_the_poll_one_voted_in(town):
    """The poll of last week is looked for by who voted, and by nobody else."""
    asked = PollDraft(options=("north", "south"), expires_in=3600)
    town.write("bob", "which way", poll=asked)
    town.settle()
    assert town.who_finds("north") == "b"
    number = town.get("/api/v2/search?q=north", "bob")["statuses"][0]["poll"]["id"]
    town.do(poll.vote, town.people["dan"], int(number), [0])
    town.settle()
    assert town.who_finds("north") == "bd"


def test_of_many_the_last_are_kept(town, monkeypatch):
    """A post that thousands liked must not make an entry of thousands of words."""
    monkeypatch.setattr("whimbrel.timelines.queries.search.READERS", 2)
    post = town.write("bob", "popular")
    for name in ("ada", "eve", "dan"):
        town.clock.step(seconds=1)
        town.do(marks.mark, town.people[name], post, Mark.FAVOURITE)
    town.settle()
    assert town.who_finds("popular") == "bed"


def _blocked(town: Town) -> None:
    town.do(block, town.people["bob"], town.people["eve"])


def _blocks(town: Town) -> None:
    town.do(block, town.people["eve"], town.people["bob"])


def _mutes(town: Town) -> None:
    town.do(mute, town.people["eve"], town.people["bob"])


def _suspended(town: Town) -> None:
    town.set("bob", suspended_at=1)


def _deleted(town: Town) -> None:
    for post in town.find("bob", "secret"):
        town.do(delete.delete, town.people["bob"], post)


def _erased(town: Town) -> None:
    town.do(leave.erase_account, town.people["bob"])


CHANGES = (_blocked, _blocks, _mutes, _suspended, _deleted, _erased)


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("settled", [False, True])
def test_what_one_may_not_see_any_more_is_not_found(town, change, settled):
    """The index is always a moment late; the database decides, so nothing slips out meanwhile."""
    eve = town.people["eve"]
    town.set("bob", indexable=True)
    town.do(follow, eve, town.people["bob"])
    town.write("bob", "a secret for all")
    town.write("bob", "a secret for friends and @eve", PRIVATE)
    town.write("bob", "a secret for @eve", DIRECT)
    liked = town.write("bob", "a secret that was liked", PRIVATE)
    town.do(marks.mark, eve, liked, Mark.FAVOURITE)
    town.settle()
    assert len(town.find("eve", "secret")) == 4
    change(town)
    if settled:
        town.settle()
    assert town.find("eve", "secret") == []
    assert town.find("eve", '"a secret"') == []
    assert town.find("eve", "-foo in:library from:bob") == []


def test_unfollowed_a_liked_private_post_is_gone(town):
    """A like is no key to what is for followers only."""
    bob, eve = town.people["bob"], town.people["eve"]
    town.do(follow, eve, bob)
    post = town.write("bob", "confidential", PRIVATE)
    town.do(marks.mark, eve, post, Mark.BOOKMARK)
    town.settle()
    assert town.find("eve", "confidential") == [post]
    town.do(unfollow, eve, bob.id)
    assert town.find("eve", "confidential") == []


def test_an_edit_is_found_by_its_new_words(town):
    """What was taken out of a post must not find it any more."""
    post = town.write("ada", "a slip of the pen")
    town.settle()
    town.clock.step(seconds=1)
    town.do(edit.edit, town.people["ada"], post, Draft(text="a word"))
    town.settle()
    assert (town.who_finds("slip"), town.who_finds('"a word"')) == ("", "abed")


def test_the_limited_are_found_by_who_follows_them(town):
    """Limited means: not for strangers."""
    town.do(follow, town.people["eve"], town.people["ada"])
    town.write("ada", "loud words")
    town.settle()
    town.set("ada", silenced_at=1)
    assert town.who_finds("loud") == "ae"


def test_a_change_of_mind_about_being_found_counts_for_old_posts(town, monkeypatch):
    """Who says no wants the posts of the last years not to be found either; and at once."""
    monkeypatch.setattr(indexing, "SLICE", 2)
    posts = [town.write("bob", "old words") for _ in range(5)]
    town.write("bob", "old words for @ada", DIRECT)
    town.settle()
    assert town.who_finds("from:bob old") == "ab"
    assert town.find("dan", "old") == []
    town.do(profile.update, town.people["bob"], profile.Changes(indexable=True))
    for _ in range(4):
        town.settle()
    assert town.find("dan", "old") == posts[::-1]
    town.do(profile.update, town.people["bob"], profile.Changes(indexable=False))
    assert town.find("dan", "old") == [], "before the index knows"
    for _ in range(4):
        town.settle()
    assert town.in_index("open", "") == []


def test_nothing_says_what_the_erased_did(town):
    """With the keyring one could ask the index what somebody who is gone had liked."""
    post, eve = town.write("ada", "likeable"), town.people["eve"]
    town.do(marks.mark, eve, post, Mark.FAVOURITE)
    town.settle()
    assert town.in_index("reader", eve.id) == [post]
    town.do(leave.erase_account, eve)
    for _ in range(2):  # what she did goes first, and then the index hears of it
        town.settle()
    assert town.in_index("reader", eve.id) == []
    assert town.find("bob", "likeable") == [post]


# ----------------------------------------------------------------------------- operators


def test_operators_narrow(town):
    """Each must find what it says and nothing else."""
    plain = town.write("ada", "tide and wind")
    other = town.write("ada", "tide, wind and sand", language="pt-BR")
    reply = town.write("eve", "tide tables @ada https://example.org/", reply_to=plain)
    asked = town.write("ada", "tide?", poll=PollDraft(options=("yes", "no"), expires_in=3600))
    hidden = town.write("ada", "tide (spoiled)", sensitive=True, spoiler="hm")
    town.settle()

    def finds(*ids: int, q: str) -> None:
        assert town.find("ada", q) == sorted(ids, reverse=True), q

    finds(plain, other, reply, asked, hidden, q="tide")
    finds(plain, other, asked, hidden, q="tide from:me")
    finds(plain, other, asked, hidden, q="from:@ada@social.example")
    finds(reply, q="tide from:eve")
    finds(reply, q="tide -from:me")
    finds(q="tide from:nobody")
    finds(q="tide from:eve from:ada")
    finds(plain, other, reply, asked, hidden, q="tide -from:nobody")
    finds(asked, q="has:poll")
    finds(plain, other, reply, hidden, q="tide -has:poll")
    finds(reply, q="has:link")
    finds(reply, q="is:reply")
    finds(hidden, q="is:sensitive tide")
    finds(other, q="language:pt")
    finds(other, q="language:pt-br")
    finds(q="language:pt-pt")
    finds(q="has:media")
    finds(plain, q='"and wind"')
    finds(plain, other, q="wind")
    finds(other, q='wind -"tide and"')
    finds(other, q="wind -tide-and")
    finds(plain, q="wind -sand")
    finds(plain, other, asked, hidden, q="tide in:public")
    finds(plain, other, reply, asked, hidden, q="in:library")
    finds(q="--")
    finds(q='"?!"')
    assert town.find("dan", "in:library") == []
    assert town.find("dan", "tide in:public -has:poll") == [hidden, other, plain]


def test_dates_narrow(town):
    """What was before a day, after it and in it must not overlap."""
    first = town.write("ada", "tide")
    town.clock.step(days=1)
    second = town.write("ada", "tide")
    town.clock.step(days=1)
    third = town.write("ada", "tide")
    town.settle()
    assert town.find("bob", "tide before:2026-11-26") == [first]
    assert town.find("bob", "tide after:2026-11-26") == [third]
    assert town.find("bob", "tide during:2026-11-26") == [second]
    assert town.find("bob", "tide -during:2026-11-26") == [third, first]
    assert town.find("bob", "during:2026") == [third, second, first]
    assert town.find("bob", "after:2026") == []
    assert town.find("bob", "tide", max_id=third) == [second, first]
    assert town.find("bob", "tide", min_id=first) == [third, second]
    assert town.find("bob", "tide", max_id=third, min_id=second) == []
    assert town.find("bob", "tide", account_id=town.people["ada"].id) == [third, second, first]
    assert town.find("bob", "tide from:bob", account_id=town.people["ada"].id) == []


def test_a_page_is_whole_however_many_are_left_out(town, monkeypatch):
    """Posts by the blocked in between must not make pages shorter, or an app stops too early."""
    monkeypatch.setattr(finding, "SPARE", 1)
    monkeypatch.setattr(finding, "LOOK", 3)
    town.set("eve", indexable=True)
    kept = []
    for number in range(4):
        kept.append(town.write("ada", "tide"))
        for _ in range(number + 1):
            town.write("eve", "tide")
    town.settle()
    town.do(block, town.people["bob"], town.people["eve"])
    assert town.find("bob", "tide", limit=3) == kept[::-1][:3]
    assert town.find("bob", "tide", limit=2, offset=2) == kept[::-1][2:]
    assert town.find("bob", "tide", offset=4) == []


# ----------------------------------------------------------------------------- the doors


def test_both_doors_say_the_same(town):
    """One answer is made by a raw handler, for its price; apps must not see a difference."""
    town.write("ada", "tide #tide")
    town.settle()
    for query in ("q=tide", "q=%23tide", "q=@ad", "q=", "q=tide&type=statuses&limit=1"):
        slow = town.ask("GET", f"/api/v2/search?{query}", "bob")
        hot = town.hot(doors.HOT[doors.PATH], doors.PATH, "bob", query)
        assert (hot["status"], hot["body"]) == (200, slow.content)


def test_tags_are_whole(town):
    """Apps draw the last week beside a tag and offer to follow it, wherever they found it."""
    town.write("ada", "one #shorebirds and #Shoreline")
    town.write("bob", "a letter about #shorelife", DIRECT)
    town.settle()
    town.do(follow_tag.follow, town.people["bob"], "shoreline")

    def find(name: str, **more: Any) -> list[Any]:
        params = {"q": "#shore", "type": "hashtags", **more}
        found: list[Any] = town.get("/api/v2/search", name, params=params)["hashtags"]
        return found

    found = find("bob")
    assert [each["name"] for each in found] == ["shorebirds", "shoreline"]
    assert [each["following"] for each in found] == [False, True]
    assert found[1]["url"] == "https://social.example/tags/shoreline"
    assert [len(each["history"]) for each in found] == [7, 7]
    assert set(found[0]["history"][0]) == {"day", "uses", "accounts"}
    assert find("bob", offset=1) == found[1:]
    assert find("bob", exclude_unreviewed=True) == []
    town.do(_let_pass, "shorebirds")
    assert find("bob", exclude_unreviewed=True) == found[:1]
    town.do(_hide, "shorebirds")
    assert find("bob") == found[1:]
    assert find("bob", q="#shorebirds") == []


def _hide(tx: Tx, name: str) -> None:
    words.judge(tx, words.ids_of(tx, [name])[name], usable=True, listable=False)


def _let_pass(tx: Tx, name: str) -> None:
    tag = words.ids_of(tx, [name])[name]
    seen = {"tag": tag, "score": 1.0, "peak": 1.0, "peak_at": 0, "review": 1}
    tx.run(Query(insert(tag_trends)), **seen)


def test_people_are_found_beside_posts(town):
    """One field finds everything; an app that asks for one kind gets that alone."""
    town.write("ada", "ada writes")
    town.settle()
    found = town.get("/api/v2/search", "bob", params={"q": "ada"})
    assert [each["acct"] for each in found["accounts"]] == ["ada"]
    assert len(found["statuses"]) == 1
    found = town.get("/api/v2/search", "bob", params={"q": "ada", "type": "accounts"})
    assert (len(found["accounts"]), found["statuses"], found["hashtags"]) == (1, [], [])
    for q in ("https://social.example/@ada", "@ada@social.example"):
        found = town.get("/api/v2/search", "bob", params={"q": q, "resolve": True})
        assert [each["acct"] for each in found["accounts"]] == ["ada"], q
    following = town.get("/api/v2/search", "bob", params={"q": "ada", "following": True})
    assert following["accounts"] == []


def test_a_stranger_may_not_page_or_resolve(town):
    """Strangers find nothing; where everything is open, people, tags and a post by its address, but
    nothing that can be walked along."""
    app = town.front.app
    assert town.ask("GET", "/api/v2/search?q=tide").status_code == 401
    app.settings = msgspec.structs.replace(app.settings, public_reading="open")
    for query in ("q=tide&offset=1", "q=tide&resolve=true"):
        assert town.ask("GET", f"/api/v2/search?{query}").status_code == 401
    post = town.write("ada", "tide")
    address = f"https://social.example/@ada/{post}"
    (found,) = town.get("/api/v2/search", params={"q": address})["statuses"]
    assert found["id"] == str(post)
    assert town.get("/api/v2/search", params={"q": found["uri"]})["statuses"] == [found]
    town.settle()
    assert town.get("/api/v2/search?q=tide")["statuses"] == []
    town.write("ada", "#tide")
    town.settle()
    (tag,) = town.get("/api/v2/search?q=%23tide")["hashtags"]
    assert "following" not in tag


def test_a_search_is_one_statement(town, monkeypatch):
    """Another one for each search would be a third of its price."""
    town.write("ada", "tide")
    town.settle()
    town.find("bob", "tide")
    asked: list[Any] = []
    rows = Tx.rows

    def seen(tx: Tx, query: Any, **values: Any) -> Any:
        asked.append(query)
        return rows(tx, query, **values)

    monkeypatch.setattr(Tx, "rows", seen)
    assert len(town.find("bob", "tide")) == 1
    assert len(asked) == 1


def test_the_index_is_made_anew(town):
    """After `db rebuild-search` everything is found as before, by every operator."""
    post = town.write("bob", "tide https://example.org/ #shore", language="de")
    town.do(marks.mark, town.people["eve"], post, Mark.BOOKMARK)
    town.settle()
    search = town.front.app.search

    async def anew() -> None:
        await search.clear()
        ids, left = await town.db.read(finding.posts_after, 0, 10)
        assert left == 0
        await asyncio.gather(*(indexing.index_post(town.front.app, each) for each in ids))

    town._runner.run(search.clear())
    assert town.find("eve", "tide") == []
    town._runner.run(anew())
    assert town.find("eve", "tide has:link language:de in:library from:bob") == [post]
    assert town.in_index("public", "") == [post]
