"""What pages say of themselves, however they say it; and that nobody keeps us busy with a page."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from whimbrel.core.ids import iso
from whimbrel.posts.preview.head import decoded, read
from whimbrel.posts.preview.judge import card_of, embed_address, wants_embed

URL = "https://news.example/2026/birds"
FULL = """<!doctype html><html lang=en-GB><head><meta charset=utf-8>
<title>The title &amp; the site</title>
<meta property="og:title" content="Birds &quot;return&quot;">
<meta content='They
 do.' property='og:description'>
<meta property="og:image" content="/pictures/1.jpg?a=1&amp;b=2">
<meta property=og:image:alt content=Waders>
<META PROPERTY="og:site_name" CONTENT="The News">
<meta property="article:published_time" content="2026-11-20T08:00:00+01:00">
<meta name="author" content="A. Writer"><meta property="article:author" content="https://a.example/w">
</head><body><p>text</p></body></html>"""


def judged(page, url=URL, embed=None):
    return card_of(url, read(page), embed)


def test_open_graph_is_read():
    """Most pages speak it, in any order and with any quotes."""
    card, image = judged(FULL)
    assert (card.title, card.description) == ('Birds "return"', "They do.")
    assert (card.provider, card.alt, card.language) == ("The News", "Waders", "en-GB")
    assert (card.author, card.author_url) == ("A. Writer", "https://a.example/w")
    assert iso(card.published_at) == "2026-11-20T07:00:00.000Z"
    assert image == "https://news.example/pictures/1.jpg?a=1&b=2"
    assert card.url == URL


def test_json_ld_counts_first():
    """Newspapers say there who wrote it."""
    told = """{"@context":"https://schema.org","@graph":[{"@type":"WebSite","name":"x"},
    {"@type":["NewsArticle"],"headline":"H","description":"D","datePublished":"2026-11-20",
    "inLanguage":"de","author":[{"@type":"Person","name":"Ada","url":"https://a.example/"}],
    "publisher":{"@type":"Organization","name":"P","url":"https://p.example"}}]}"""
    page = f'<title>t</title><script type="application/ld+json">\n{told}</script>'
    card, image = judged(page)
    assert (card.title, card.description, card.author) == ("H", "D", "Ada")
    assert (card.author_url, card.provider) == ("https://a.example/", "P")
    assert (card.provider_url, card.language) == ("https://p.example", "de")
    assert card.published_at is not None
    assert image is None


@pytest.mark.parametrize(
    "told", ["", "{", "[]", "null", '"x"', '{"@type": 7}', "[" * 5000, '{"@type":"Article"}']
)
def test_broken_json_ld_is_passed_over(told):
    """The page still has a title."""
    page = f'<script type="application/ld+json">{told}</script><title>still here</title>'
    assert judged(page).card.title == "still here"


def test_twitter_cards_and_the_bare_title():
    """Older pages."""
    page = "<title>t</title><meta name=twitter:title content=T>"
    page += '<meta name="twitter:image" content="i.png">'
    card, image = judged(page)
    assert (card.title, image) == ("T", "https://news.example/2026/i.png")
    assert judged("<title>\n only\tthis </title>").card.title == "only this"
    assert judged("<p>nothing</p>") is None
    assert judged("<title> </title>") is None


def test_oembed_fills_the_gaps():
    """Films and photographs say there who made them."""
    page = (
        "<title>t</title><link rel=alternate type=application/json+oembed"
        ' href="/oembed?url=x&amp;format=json">'
    )
    head = read(page)
    assert wants_embed(head)
    assert embed_address(URL, head) == "https://news.example/oembed?url=x&format=json"
    embed = {
        "type": "photo",
        "url": "https://cdn.example/p.jpg",
        "author_name": "Eve",
        "author_url": "https://e.example/",
        "provider_name": "Photos",
        "html": "<script>alert(1)</script>",
        "title": 5,
    }
    card, image = judged(page, embed=embed)
    assert (card.kind, card.author, card.provider) == ("photo", "Eve", "Photos")
    assert image == "https://cdn.example/p.jpg"
    assert "alert" not in str(card)
    assert not wants_embed(read(FULL))


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)",
        "data:image/png;base64,xx",
        "file:///etc/passwd",
        "https://u:p@a.example",
    ],
)
def test_only_addresses_of_pages_are_taken(address):
    """CVE-2025-46340: a scheme that does something else than lead to a page."""
    page = f'<title>t</title><meta property="og:image" content="{address}">'
    page += f'<meta property="article:author" content="{address}">'
    card, image = judged(page)
    assert image is None
    assert card.author_url == ""


def test_texts_have_an_end_and_no_tricks():
    """A title of a megabyte, or one that turns the rest of the line around."""
    page = f"<meta property=og:title content='{'x' * 3000}'>"
    page += "<meta property=og:site_name content='a\u202eb'>"
    card, _ = judged(page)
    assert len(card.title) == 300
    assert card.provider == "ab"


def test_letters_that_only_fold_to_ours_are_no_tags():
    """To Python `İ` is an `i` where case does not matter: such a page was an error of ours."""
    card, _ = judged("<t\u0130tle>a</t\u0130tle><\u017ftyle><title>b</title>")
    assert card.title == "b"


@pytest.mark.parametrize(
    ("body", "kind", "text"),
    [
        ("é".encode(), "text/html", "é"),
        ("é!!!".encode("latin-1"), "text/html", "é!!!"),
        ("é".encode("latin-1"), "text/html; charset=ISO-8859-1", "é"),
        ("日本".encode("shift_jis"), 'text/html; charset="Shift_JIS"', "日本"),
        ("<meta charset=euc-jp>日本".encode("euc_jp"), "text/html", "<meta charset=euc-jp>日本"),
        ("\ufeffé".encode("utf-16"), "text/html; charset=utf-8", "\ufeffé"),
        ("\ufeffé".encode(), "text/html; charset=latin1", "é"),
        ("<meta charset=utf-16>é".encode(), "text/html", "<meta charset=utf-16>é"),
        ("<meta charset=punycode>é".encode(), "text/html", "<meta charset=punycode>é"),
        ("é".encode(), "text/html; charset=no-such-thing", "é"),
        ("日本".encode()[:-1], "text/html", "日\ufffd"),
    ],
)
def test_however_it_is_written_it_is_read(body, kind, text):
    """Half of the web says one thing and does another."""
    assert decoded(body, kind).lstrip("\ufeff") == text.lstrip("\ufeff")


@pytest.mark.parametrize(
    "piece",
    [
        "<meta ",
        '<meta content="',
        "<meta a=' ",
        "<title>",
        "<!--",
        "<script",
        "<",
        "<link a=b ",
        "</",
    ],
)
def test_a_page_made_to_keep_us_busy_does_not(piece):
    """A million beginnings without an end."""
    page = piece * (1_000_000 // len(piece))
    began = time.perf_counter()
    head = read(page)
    card_of(URL, head)
    assert time.perf_counter() - began < 2


@given(st.text(), st.dictionaries(st.text(max_size=9), st.text(max_size=9)))
def test_whatever_a_page_says_it_is_read(text, embed):
    """Nothing a stranger writes is a failure of ours."""
    for page in (
        text,
        f"<title>{text}",
        f"<meta property=og:image content='{text}'><title>x</title>",
    ):
        judged(page, embed=embed)


@given(st.binary(max_size=200), st.text(max_size=40))
def test_whatever_bytes_come_they_become_text(body, kind):
    """And whatever the header says of them."""
    decoded(body, kind)
