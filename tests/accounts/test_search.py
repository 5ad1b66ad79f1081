"""Finding people by handle and name: who is offered while somebody types, and at what price."""

import json
from itertools import product

import pytest
from sqlalchemy import update

import people
from whimbrel.accounts import follow, leave, profile
from whimbrel.accounts.queries import graph, search, users
from whimbrel.accounts.tables import accounts
from whimbrel.core.engines import Query
from whimbrel.core.ids import new_id


def names(tx, asked: str, viewer: int = 0, **more) -> list[str]:
    """The usernames of who is found."""
    found = search.find(tx, viewer, asked, **{"most": 5, **more})
    return [account.username for account in found]


def change(tx, who, **columns) -> None:
    tx.run(update(accounts).where(accounts.c.id == who.account).values(columns))


def test_found_are_beginnings_of_handles_and_of_words_in_names(tx, ada):
    """While somebody types @ad, ada must be offered; so must Ada King."""
    people.make(tx, "lovelace", display_name="Ada King")
    people.make(tx, "zoe", display_name="Zoé van Çelik-Straße 渡り鳥")
    people.make(tx, "grey_plover")
    assert names(tx, "@ad") == names(tx, "ada") == ["ada", "lovelace"]
    assert names(tx, "ada", offset=1) == ["lovelace"]
    assert names(tx, "ada", most=1) == ["ada"]
    assert names(tx, "king A") == names(tx, "ADA KI") == ["lovelace"]
    assert names(tx, "ada celik") == []
    for asked in ("Çelik", "celi", "ZOE", "van ze", "strass", "zoé straße", "渡り鳥"):
        assert names(tx, asked) == (["zoe"] if asked != "van ze" else []), asked
    assert names(tx, "grey_p") == names(tx, "plov") == ["grey_plover"]


def test_signs_of_patterns_are_no_patterns(tx, ada):
    """`%` and `_` would list everybody."""
    for asked in ("%", "a_a", "\\", "  ", "@", "@@", "", "a%", "?" * 400, "ada\U0010ffff"):
        assert names(tx, asked) in ([], ["ada"])
    assert names(tx, "%") == names(tx, "_") == names(tx, "a_a") == names(tx, "") == []
    assert names(tx, "x" * 400) == []


def test_handles_with_a_domain(tx, ada):
    """Our own may be said; half of another is looked for as it is."""
    assert names(tx, "@ada@social.example") == ["ada"]
    assert names(tx, "ada@social.exa") == names(tx, "ada@elsewhere.example") == []
    far = people.make(tx, "adam")
    change(tx, far, handle="adam@elsewhere.example", domain="elsewhere.example")
    assert names(tx, "@adam@else") == names(tx, "adam@elsewhere.example") == ["adam"]
    assert names(tx, "ad@else") == [], "that is another name"


def test_the_address_of_a_profile_finds_whose_it_is_alone(tx, ada):
    """Who pastes a link wants that person, not those who are called alike."""
    people.make(tx, "adam")
    assert names(tx, "https://social.example/@ada") == ["ada"]
    assert names(tx, "https://social.example/users/ADA") == ["ada"]
    assert names(tx, f"https://social.example/ap/users/{ada.id}") == ["ada"]
    far = people.elsewhere(tx, "adan")
    no = (f"/ap/users/{far.id}", "/ap/users/1", "/ap/users/ada", f"/{ada.id}")
    for wrong in ("/@ad", "/@ada/1", "/about", "/@ada?x", "/users/", "/@", *no):
        assert names(tx, f"https://social.example{wrong}") == [], wrong
    assert names(tx, "https://social.example.org/@ada") == []


def test_one_slip_of_the_finger_is_forgiven(tx):
    """Where nobody is called so, who is nearly called so is meant."""
    people.make(tx, "zed", display_name="Augusta Lovelace")
    for asked in ("lovelce", "lovellace", "lovealce", "lobelace", "povelace", "ovelac", "augsta"):
        assert names(tx, asked) == ["zed"], asked
    assert names(tx, "lobelce") == [], "two are too many"
    people.make(tx, "lobelace")
    assert names(tx, "lobelace") == ["lobelace"], "somebody is called so"
    people.make(tx, "ivan", display_name="Иван Куликов")
    assert names(tx, "кулеков") == ["ivan"]
    assert names(tx, "ivn") == [], "of so few letters each one counts"


def test_whom_one_follows_comes_first(tx, ada, bob):
    """A completion that offers strangers first is no help."""
    people.make(tx, "bobby")
    near = people.make(tx, "zed", display_name="Bob Near", discoverable=False)
    assert names(tx, "bob", ada.account) == ["bob", "bobby"]
    follow.follow(tx, ada, near.account)
    found = names(tx, "bo", ada.account)
    assert (found[0], sorted(found)) == ("zed", ["bob", "bobby", "zed"])
    assert names(tx, "bob", ada.account) == ["bob", "zed", "bobby"], "whoever is called so is first"
    assert names(tx, "bo", ada.account, following=True) == ["zed"]
    assert names(tx, "near bob", ada.account) == ["zed"]
    assert names(tx, "near", bob.account) == []
    assert names(tx, "bobbi", ada.account, following=True) == []


def test_a_name_is_found_only_of_those_who_want_it(tx):
    """Whoever said no to discovery is not found by a real name, yet can be named by handle."""
    people.make(tx, "quiet", display_name="Ada King Quiet", discoverable=False)
    assert names(tx, "king") == names(tx, "quiet king") == names(tx, "kind") == []
    assert names(tx, "qui") == ["quiet"]


def test_who_hides_is_not_found(tx, ada, bob):
    """Suspended people are gone, those who block the viewer as well; the limited are found by
    their whole handle and by who follows them."""
    change(tx, ada, silenced_at=1)
    assert names(tx, "ad") == []
    assert names(tx, "ada") == ["ada"]
    change(tx, ada, silenced_at=None)
    follow.follow(tx, bob, ada.account)
    change(tx, ada, silenced_at=1)
    assert names(tx, "ad", bob.account) == ["ada"]
    change(tx, ada, silenced_at=None)
    tx.run(_BLOCK, id=new_id(tx.now), account=ada.account, target=bob.account, at=tx.ms)
    assert names(tx, "ada", bob.account) == []
    assert names(tx, "ada") == ["ada"]
    change(tx, ada, suspended_at=1)
    assert names(tx, "ada") == []


_BLOCK = Query(graph.insert(graph.tables.blocks))


def test_a_new_name_is_found_and_the_old_one_is_not(tx, ada):
    """What somebody once called themselves must not follow them around."""
    profile.update(tx, ada, profile.Changes(display_name="Countess of Lovelace"))
    assert names(tx, "countess") == ["ada"]
    profile.update(tx, ada, profile.Changes(display_name="Somebody"))
    assert (names(tx, "countess"), names(tx, "someb")) == ([], ["ada"])
    profile.update(tx, ada, profile.Changes(discoverable=False))
    assert (names(tx, "someb"), names(tx, "ada")) == ([], ["ada"])
    leave.erase_account(tx, ada)
    assert tx.rows(_WORDS) == []


def test_who_signs_up_is_found_by_the_handle(tx):
    """A newcomer whom friends cannot find leaves again."""
    who = users.NewUser(
        *(new_id(tx.now), "Grey_Wren", tx.slot(), b"sealed", b"mac", None, "user", "en"),
        *(None, None, tx.ms, tx.ms),
    )
    users.add(tx, [who])
    assert names(tx, "grey_w") == names(tx, "wren") == ["Grey_Wren"]


_WORDS = Query(search.select(search.words.c.word))


def test_words_can_be_made_anew(tx, ada, bob):
    """`db rebuild-search` after an import, or with another folding."""
    before = sorted(tx.rows(_WORDS))
    search.forget(tx, ada.account)
    search.forget(tx, bob.account)
    last = search.keep_after(tx, 0, 1)
    assert search.keep_after(tx, last, 1) not in (None, last)
    assert sorted(tx.rows(_WORDS)) == before


MANY = 100_000
_PEOPLE = """
INSERT INTO accounts (id, username, handle, slot, at, discoverable)
SELECT n, 'p' || n, 'p' || n, 0, 0, {true} FROM {numbers}
"""
_NAMES = """
INSERT INTO account_words (account, word, open)
SELECT n, {word}, {true} FROM {numbers}
"""
_SERIES = {
    "sqlite": "(WITH RECURSIVE t (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t WHERE n < 100000)"
    " SELECT n FROM t)",
    "postgresql": "generate_series(1, 100000) AS t (n)",
}


@pytest.fixture
def crowd(tx, ada):
    """A hundred thousand people, whose names begin with every number."""
    numbers, true = _SERIES[tx.engine], "1" if tx.engine == "sqlite" else "true"
    for text, word in ((_PEOPLE, ""), (_NAMES, "'p' || n"), (_NAMES, "(n * 7919 % 9973) || 'x'")):
        tx._cursor.execute(text.format(numbers=numbers, true=true, word=word))
    if tx.engine == "postgresql":
        tx._cursor.execute("ANALYZE accounts")
        tx._cursor.execute("ANALYZE account_words")
    return ada


def test_nobody_reads_everybody(tx, crowd):
    """At a hundred thousand people a completion must not look at each of them."""
    for following, typo, more in product((False, True), (False, True), (0, 1)):
        _bounded(tx, crowd, following, typo, more)
    assert names(tx, "7919", crowd.account) != []


def _bounded(tx, crowd, following: bool, typo: bool, more: int) -> None:
    query = search._find(more, following=following, address=False, typo=typo)
    near = json.dumps(list(search._slips("7919x")))
    values = {"word": "79", "word0": "p", "words": near, "handle": "79", "start": "79%"}
    values |= {"viewer": crowd.account, "most": 40, "offset": 0}
    sql, values = query.prepare(tx.engine, values)
    how = "EXPLAIN QUERY PLAN " if tx.engine == "sqlite" else "EXPLAIN (ANALYZE) "
    tx._cursor.execute(how + sql, values)
    plan = "\n".join(str(row) for row in tx._cursor.fetchall())
    for table in ("accounts", "account_words"):
        assert f"Seq Scan on {table}" not in plan, plan
        assert f"SCAN {table}" not in plan, plan
