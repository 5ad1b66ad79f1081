"""What is typed into a search box: operators that are meant, and words that only look like some."""

from hypothesis import given
from hypothesis import strategies as st

from whimbrel.core.search import split
from whimbrel.timelines.operators import END, Asked, read

DAY = 86_400_000
NEW_YEAR = 1_735_689_600_000  # 2025-01-01


def test_operators_are_taken_out_of_the_words():
    """Somebody who asks for pictures by Ada must not look for the word `has`."""
    asked = read('tide from:@Ada@Example.org has:image -is:reply "grey  sea" in:library -rain')
    assert asked == Asked(
        words=("tide",),
        phrases=("grey  sea",),
        facets=(("has", "image"),),
        people=("ada@example.org",),
        not_words=("rain",),
        not_facets=(("is", "reply"),),
        reach="library",
    )
    assert read("FROM:me Language:pt-BR is:media") == Asked(
        people=("me",), facets=(("language", "pt-br"), ("has", "media"))
    )
    assert read("“grey sea” -«red tide»") == Asked(phrases=("grey sea",), not_words=("red tide",))


def test_what_is_no_operator_is_words():
    """An address, a clock or a mistake in an operator must not make words disappear."""
    for text in ("https://example.org/x", "12:30", "has:money", "before:lunch", "language:?"):
        assert read(text) == Asked(words=(text,)), text
    assert read("from:") == Asked(words=("from:",))
    assert read("in:all -in:all") == Asked(not_words=("in:all",))
    assert read('5" long') == Asked(words=("5", "long"))
    assert read("e-mail +tide") == Asked(words=("e-mail", "tide"))


def test_dates_are_days_months_and_years():
    """Who asks for what was before a day must not get the day itself, nor after it."""
    assert read("before:2025-01-01").until == NEW_YEAR
    assert read("after:2024-12-31").since == NEW_YEAR
    during = read("during:2025-01")
    assert (during.since, during.until) == (NEW_YEAR, NEW_YEAR + 31 * DAY)
    assert read("during:2025").until == NEW_YEAR + 365 * DAY
    both = read("after:2024 before:2025-01-03")
    assert (both.since, both.until) == (NEW_YEAR, NEW_YEAR + 2 * DAY)
    assert read("-before:2025-01-01").since == NEW_YEAR
    assert read("-after:2024-12-31").until == NEW_YEAR
    assert read("-during:2025-01-01").not_during == ((NEW_YEAR, NEW_YEAR + DAY),)
    for wrong in ("2025-13-01", "2025-02-30", "0000-01-01", "1", "20250101"):
        assert read(f"before:{wrong}").words == (f"before:{wrong}",)


@given(st.text())
def test_every_text_is_a_question(text):
    """A search that fails for some signs is a search that people give up."""
    asked = read(text)
    assert 0 <= asked.since <= END
    assert 0 <= asked.until <= END


@given(st.lists(st.from_regex(r"\w[\w.,;!?'-]{0,12}", fullmatch=True), max_size=20))
def test_plain_words_are_kept(words):
    """Whatever has no operator in it must be looked for as it was typed."""
    text = " ".join(words)
    asked = read(text)
    assert asked == Asked(words=asked.words)
    assert set(split(" ".join(asked.words))) == set(split(text))


_SOME = st.sampled_from(
    ["from:me", "has:", "-", '"', "in:library", "before:2025", "-is:reply", "x", "“", ":", "+a:b"]
)


@given(st.lists(_SOME, max_size=12), st.sampled_from([" ", ""]))
def test_words_survive_between_operators(parts, between):
    """Halves of operators and quotes that nobody closed must not swallow the words beside them."""
    text = between.join([*parts, " tide ", *parts])
    asked = read(text)
    everything = (*asked.words, *asked.phrases, *asked.not_words)
    assert any("tide" in split(each) for each in everything)
