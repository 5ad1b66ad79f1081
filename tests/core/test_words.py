"""Words in the language of whoever reads: which one, plurals, numbers, dates; what programs see."""

from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup, escape

from whimbrel.core import words
from whimbrel.core.words import Said, language, ours, reading, say, say_many, wanted

NOON = datetime(2026, 3, 12, 12, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("accept", "code"),
    [
        (b"", "en"),
        (b"de-AT,de;q=0.9,en;q=0.8", "de"),
        (b"nl, fr;q=0.5, es;q=0.7", "es"),
        (b"ja;q=0, ar;q=0.1", "ar"),
        (b"EN-gb;q=0.9, de;q=0.9", "en"),
        (b"*", "en"),
        (b"fr;q=nan, de;q=x, es;q=0.2", "es"),
        (b"\xff\xfe;;;,,,q=", "en"),
    ],
)
def test_a_browser_is_answered_in_the_language_it_asks_for(accept, code):
    """Whoever set their browser to German is greeted in English otherwise."""
    assert wanted(accept) == code


def test_who_asks_for_none_of_ours_gets_that_of_the_place():
    """A village in Portugal would be shown the developers' language; in their own if there is."""
    assert wanted(b"nl", "fr-CA") == "fr" and wanted(b"nl", "pt") == "en"
    assert words.first(("eo", "pt-BR", "fr-CH", "de")) == "fr" and words.first(("eo",)) == "en"
    assert (ours("ar-EG"), ours("zh"), ours("")) == ("ar", "", "")


@given(st.binary(max_size=300))
def test_no_header_is_too_strange(accept):
    """Anybody may send anything; a page must come back."""
    assert wanted(accept) in words.NAMES


def test_marked_words_are_english_to_programs():
    """An app that looks for "can't be blank" must find it, whoever is signed in."""
    said = say("Reply to %(who)s", who="Ada")
    with reading("de"):
        assert said == "Reply to Ada" and f"{said}" == "Reply to Ada"
        assert msgspec.json.encode(str(said)) == b'"Reply to Ada"'


def test_marked_words_are_a_pages_language_on_a_page():
    """A sentence from deep inside would stay English in the middle of a page."""
    said = say("Reply to %(who)s", who="<Ada>")
    with reading("de") as german:
        assert escape(said) == escape(german.plain(said)) != escape("Reply to <Ada>")
        assert "&lt;Ada&gt;" in escape(said)
        assert Markup("<b>{}</b>").format(said).count("<") == 2
    assert escape(said) == "Reply to &lt;Ada&gt;"


def test_a_number_of_things_has_the_form_that_fits():
    """ "1 Beiträge" reads like a machine; Arabic has six forms, Japanese one."""

    def form(code: str, count: int) -> str:
        said = say_many("%(n)s post", "%(n)s posts", count, n=count)
        return language(code).plain(said).replace(language(code).number(count), "#")

    assert form("en", 1) == "# post" and form("en", 2) == "# posts"
    assert form("de", 1) != form("de", 2) == form("de", 0)
    assert form("fr", 0) == form("fr", 1) != form("fr", 2)
    assert form("ja", 1) == form("ja", 5)
    assert len({form("ar", count) for count in (0, 1, 2, 3, 11, 100)}) >= 4
    assert form("ar", 3) == form("ar", 110) and form("ar", 11) == form("ar", 99)


def test_numbers_are_written_as_one_does_there():
    """1,870 is less than two to a German."""
    shown = {code: language(code).number(12345) for code in words.NAMES}
    assert (shown["en"], shown["de"], shown["es"]) == ("12,345", "12.345", "12.345")
    assert language("es").number(1870) == "1870" and language("en").number(-1870) == "-1,870"


@pytest.mark.parametrize(
    ("code", "full", "month", "short"),
    [
        ("en", "12 March 2026, 12:05 UTC", "March 2026", "12 Mar"),
        ("de", "12. März 2026, 12:05 UTC", "März 2026", "12. März"),
        ("es", "12 de marzo de 2026, 12:05 UTC", "marzo de 2026", "12 mar"),
        ("fr", "12 mars 2026, 12:05 UTC", "mars 2026", "12 mars"),
        ("ar", "12 مارس 2026، 12:05 UTC", "مارس 2026", "12 مارس"),
        ("ja", "2026年3月12日 12:05 UTC", "2026年3月", "3月12日"),
    ],
)
def test_dates_are_written_as_one_does_there(code, full, month, short):
    """12/03 is March to some and December to others; months have names."""
    tongue = language(code)
    assert tongue.dated(NOON) == full and tongue.dated(NOON, "month") == month
    assert tongue.ago(NOON, NOON.replace(month=9)) == short


@given(
    at=st.datetimes(datetime(2025, 11, 1), datetime(2026, 2, 1), timezones=st.just(UTC)),
    age=st.integers(-100_000, 1_000_000),
    part=st.floats(0, 1, exclude_max=True),
)
def test_a_page_is_kept_while_it_says_how_long_ago(at, age, part):
    """A page that was kept would say "now" of what was written an hour ago."""
    at = at.replace(microsecond=0)
    now = at + timedelta(seconds=age)
    lasts = words.ago_lasts(at, now)
    begins = int(now.timestamp() * 1000)
    assert lasts > begins
    later = datetime.fromtimestamp((begins + int(part * (lasts - begins))) / 1000, UTC)
    assert language("en").ago(at, later) == language("en").ago(at, now)


def test_a_letter_is_no_html():
    """ "Zoë &amp; Co" in a letter."""
    assert language("en").plain(say("Hello %(name)s,", name="Zoë & Co")) == "Hello Zoë & Co,"
    assert language("de").plain("as it is") == "as it is"


def test_words_within_words_are_translated_too():
    """Half a sentence would be English."""
    inner = say("Reply")
    said = say("Reply to %(who)s", who=inner)
    german = language("de")
    assert german.plain(said) == german.plain(say("Reply to %(who)s", who=german.plain(inner)))
    assert isinstance(said, Said) and said == "Reply to Reply"


def test_an_unknown_language_is_english():
    """A row from before a language was dropped would break every page of that person."""
    assert language("xx").code == "en"
