"""Rules and the long texts: what the operator wrote is what people and apps read."""

import pytest

from app import Client
from whimbrel.core.errors import Invalid, NotFound
from whimbrel.core.languages import LANGUAGES
from whimbrel.core.text.markdown import markdown_html
from whimbrel.instance import api, texts
from whimbrel.instance.rules import Wording
from whimbrel.moderation.report import ReportForm, report


def test_rules_are_numbered_as_they_are_read(tx):
    """Whoever moves or removes a rule goes by its number on the page, not by when it was added."""
    first, second, third = (texts.add_rule(tx, text) for text in ("one", "two", "three"))
    texts.change_rule(tx, 3, position=1, hint="new")
    assert [rule.id for rule in texts.rules(tx)] == [third, first, second]
    texts.remove_rule(tx, 2)
    assert [(rule.text, rule.hint) for rule in texts.rules(tx)] == [("three", "new"), ("two", "")]
    for wrong in (0, 3, -1):
        with pytest.raises(NotFound):
            texts.change_rule(tx, wrong, text="x")


def test_a_rule_in_other_languages(tx):
    """Somebody who signs up in German agrees to what they can read."""
    texts.add_rule(tx, "Be kind", "Really")
    texts.translate_rule(tx, 1, "de", "Sei nett", "Wirklich")
    texts.translate_rule(tx, 1, "pt-BR", "Seja gentil")
    texts.translate_rule(tx, 1, "de", None)
    (rule,) = texts.rules(tx)
    assert rule.translations == {"pt-BR": Wording("Seja gentil")}
    with pytest.raises(Invalid):
        texts.translate_rule(tx, 1, "a language", "x")


@pytest.mark.parametrize("text", ["", "  ", "x" * 301])
def test_a_rule_has_words_that_fit(tx, text):
    """PostgreSQL would fail where SQLite keeps it."""
    with pytest.raises(Invalid):
        texts.add_rule(tx, text)


def test_a_report_may_name_a_rule_until_it_is_gone(tx, ada, bob):
    """A moderator reads which rule was broken; one that is no more, or never was, is refused."""
    rule = str(texts.add_rule(tx, "Be kind"))
    form = ReportForm(account_id=str(bob.id), rule_ids=[rule])
    assert report(tx, ada, form)[0].rules == (rule,)
    texts.remove_rule(tx, 1)
    with pytest.raises(Invalid):
        report(tx, ada, form)


def test_terms_hold_from_a_day_on(tx, clock):
    """Who agrees today agrees to today's terms, and is told which come next."""
    texts.write(tx, "terms", "old", "2026-01-01")
    now = texts.write(tx, "terms", "now")
    next_ = texts.write(tx, "terms", "next", "2027-01-01")
    assert now.day == "2026-11-25"
    assert texts.one(tx, "terms") == now
    assert texts.successor(tx, now) == next_
    assert texts.successor(tx, next_) is None
    assert texts.terms_of(tx, "2026-01-01").html == "<p>old</p>"
    for nonsense in ("2026-01-02", "20260101", "x", ""):
        with pytest.raises(NotFound):
            texts.terms_of(tx, nonsense)
    with pytest.raises(Invalid):
        texts.write(tx, "terms", "x", "tomorrow")


def test_terms_that_are_all_to_come_are_shown(tx):
    """Before the first terms hold, people can read what they will agree to."""
    coming = texts.write(tx, "terms", "first", "2027-01-01")
    assert texts.one(tx, "terms") == coming


def test_a_text_is_written_over_and_taken_away(tx):
    """Of description and privacy policy there is one."""
    texts.write(tx, "privacy", "one")
    texts.write(tx, "privacy", "# two")
    assert texts.one(tx, "privacy").html == "<h1>two</h1>"
    assert texts.source(tx, "privacy") == "# two"
    texts.forget(tx, "privacy")
    assert texts.one(tx, "privacy") is None
    with pytest.raises(NotFound):
        texts.forget(tx, "privacy")
    with pytest.raises(Invalid):
        texts.write(tx, "privacy", "x" * 100_001)


@pytest.mark.parametrize(
    ("markdown", "html"),
    [
        ("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"),
        ("[x](javascript:alert(1))", "<p>[x](javascript:alert(1))</p>"),
        ("[x](/about)", '<p><a href="/about" rel="noopener">x</a></p>'),
        ("![x](https://a.example/b.png)", "<p></p>"),
        ("a **b**\n\n- c", "<p>a <strong>b</strong></p>\n<ul>\n<li>c</li>\n</ul>"),
        ("|a|\n|-|\n|b|", "<table>\n<thead>\n<tr>\n<th>a</th>"),
    ],
)
def test_markdown_becomes_clean_html(markdown, html):
    """A text pasted from elsewhere must not run a script on the page that everybody reads."""
    assert html in markdown_html(markdown)


def test_as_apps_read_them(db, tmp_path):
    """Official apps show these before somebody signs up, and decode them strictly."""
    with Client(db, tmp_path, api.ROUTES) as client:
        root = "/api/v1/instance"
        assert client.get(f"{root}/rules") == []
        assert client.get(f"{root}/extended_description") == {"updated_at": None, "content": ""}
        for name in ("privacy_policy", "terms_of_service", "terms_of_service/2026-11-25"):
            assert client.ask("GET", f"{root}/{name}").status_code == 404
        rule = client.do(texts.add_rule, "Be kind", "Really")
        client.do(texts.translate_rule, 1, "de", "Sei nett")
        for kind in ("description", "privacy", "terms"):
            client.do(texts.write, kind, "words")
        client.do(texts.write, "terms", "more words", "2027-01-01")
        written = {"updated_at": "2026-11-25T12:00:00.000Z", "content": "<p>words</p>"}
        assert client.get(f"{root}/rules") == [
            {
                "id": str(rule),
                "text": "Be kind",
                "hint": "Really",
                "translations": {"de": {"text": "Sei nett", "hint": ""}},
            }
        ]
        assert client.get(f"{root}/extended_description") == written
        assert client.get(f"{root}/privacy_policy") == written
        terms = client.get(f"{root}/terms_of_service")
        assert terms == {
            "effective_date": "2026-11-25",
            "effective": True,
            "content": "<p>words</p>",
            "succeeded_by": "2027-01-01",
        }
        assert client.get(f"{root}/terms_of_service/2026-11-25") == terms
        later = client.get(f"{root}/terms_of_service/2027-01-01")
        assert (later["effective"], later["succeeded_by"]) == (False, None)
        assert {"code": "en", "name": "English"} in client.get(f"{root}/languages")
        assert client.get(f"{root}/translation_languages") == {}


def test_every_language_has_a_code_and_a_name():
    """A comma in a name would make two of it."""
    assert len(LANGUAGES) > 180
    assert all(code.isascii() and name[:1].isupper() for code, name in LANGUAGES.items())
