"""Plain text to HTML: the shape apps read, nothing unescaped, no host that is another's."""

import re
from html import unescape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from whimbrel.core.text import bio_html, clean, parse, profile_field_html, tidy, to_html, to_plain

PIECES = [
    *("@ada", "@bob@b.example", "@", "#tag", "#<", ":blob:", "http://", "https://a.example/x?<&'"),
    *("https://" + "long." * 9 + "example/y", "https://аррӏе.com", "http://ñ.example/\u05d0"),
    *(" ", "\n", "\n\n", "\n \n", "<b>", "</p>", "<script>", "&amp;", "&", '"', "'", "é", "を"),
]
texts = st.lists(st.sampled_from(PIECES) | st.text(max_size=5), max_size=25).map(
    lambda pieces: tidy("".join(pieces))
)
ADA = {("ada", ""): ("https://our.example/@ada", "ada")}

OURS = re.compile(
    r'</?p>|<br />|</a>|</span>|<span>|<span class="(?:invisible|ellipsis|)">'
    r'|<a href="https?://[^"<>]*" target="_blank" rel="(?:me )?nofollow noopener" translate="no">'
    r'|<span class="h-card" translate="no">'
    r'|<a href="https://our\.example/@ada" class="u-url mention">'
    r'|<a href="https://our\.example/tags/[^"<>]*" class="mention hashtag" rel="tag">'
)


def tag_url(key: str) -> str:
    return f"https://our.example/tags/{key}"


def html(text: str) -> str:
    return to_html(text, ADA, tag_url)


def words(markup: str) -> str:
    return unescape(re.sub(r"<[^<>]*>", "", markup))


def test_a_link_has_the_shape_that_apps_read():
    """They cut links short by these classes."""
    assert html("https://a.example/") == (
        '<p><a href="https://a.example/" target="_blank" rel="nofollow noopener" translate="no">'
        '<span class="invisible">https://</span><span class="">a.example/</span>'
        '<span class="invisible"></span></a></p>'
    )
    assert html("http://a.example/0123456789/0123456789?a&b") == (
        '<p><a href="http://a.example/0123456789/0123456789?a&amp;b" target="_blank" '
        'rel="nofollow noopener" translate="no"><span class="invisible">http://</span>'
        '<span class="ellipsis">a.example/0123456789/012345678</span>'
        '<span class="invisible">9?a&amp;b</span></a></p>'
    )


def test_mentions_and_tags_have_the_shape_that_apps_read():
    """They open profiles and tags in the app by these classes."""
    assert html("@Ada, @eve #Café") == (
        '<p><span class="h-card" translate="no"><a href="https://our.example/@ada" '
        'class="u-url mention">@<span>ada</span></a></span>, @eve '
        '<a href="https://our.example/tags/cafe" class="mention hashtag" rel="tag">'
        "#<span>Café</span></a></p>"
    )


@pytest.mark.parametrize(
    ("text", "markup"),
    [
        ("", ""),
        (" \n ", ""),
        ("a\nb", "<p>a<br />b</p>"),
        ("a\n\nb", "<p>a</p><p>b</p>"),
        ("a\n \n\n\nb\nc", "<p>a</p><p>b<br />c</p>"),
        ("\n\na\n", "<p>a</p>"),
        ("<i> & \"b\" 'c'", "<p>&lt;i&gt; &amp; &quot;b&quot; &#39;c&#39;</p>"),
        (":blob:", "<p>:blob:</p>"),
    ],
)
def test_paragraphs_and_escapes(text, markup):
    """Poems keep their lines; code keeps its signs."""
    assert html(text) == markup


@given(texts)
def test_nothing_of_the_text_becomes_markup(text):
    """Or whoever writes a post could run a script at its readers'."""
    markup = html(text)
    assert "<" not in OURS.sub("", markup)
    assert ">" not in OURS.sub("", markup)


@given(texts)
def test_every_word_is_still_there(text):
    """Only hosts may look different, and white space at paragraph ends."""
    plain = "".join(token.text for token in parse(text).tokens if token.kind != "url")
    rest = re.sub(r'<a href="[^"]*" target.*?</a>', "", html(text))
    shown = words(rest).replace("@ada", "").lower()
    assert "".join(shown.split()) == "".join(plain.lower().replace("@ada", "").split())


@given(texts)
def test_the_sanitizer_leaves_our_own_html_its_words(text):
    """Other servers of our kind sanitise what we send: a post must read the same there."""
    markup = html(text)
    assert words(clean(markup)) == words(markup)
    assert to_plain(clean(markup)) == to_plain(markup)


def link(text: str) -> tuple[str, str, str]:
    """href, what is seen, and the whole text of the link in `text`."""
    found = re.search(r'<a href="([^"]*)".*?<span class="(?:ellipsis)?">(.*?)</span>', html(text))
    assert found
    return unescape(found[1]), unescape(found[2]), words(html(text))


@pytest.mark.parametrize(
    ("written", "href_host", "seen_host"),
    [
        ("münchen.example", "xn--mnchen-3ya.example", "münchen.example"),
        ("MÜNCHEN.example", "xn--mnchen-3ya.example", "münchen.example"),
        ("xn--mnchen-3ya.example", "xn--mnchen-3ya.example", "münchen.example"),
        ("例え.テスト", "xn--r8jz45g.xn--zckzah", "例え.テスト"),
        ("пример.рф", "xn--e1afmkfd.xn--p1ai", "пример.рф"),
        ("аррӏе.com", "xn--80ak6aa92e.com", "xn--80ak6aa92e.com"),
        ("pаypal.example", "xn--pypal-4ve.example", "xn--pypal-4ve.example"),
        ("ɡoogle.example", "xn--oogle-qmc.example", "xn--oogle-qmc.example"),
        ("xn--a-ecp.example", "xn--a-ecp.example", "xn--a-ecp.example"),
        ("xn--99999999999.example", "xn--99999999999.example", "xn--99999999999.example"),
    ],
)
def test_a_look_alike_shows_its_true_name(written, href_host, seen_host):
    """CVE-2023-36462 and its kin: who trusts the name must land where it leads."""
    href, seen, _ = link(f"https://{written}/x")
    assert href == f"https://{href_host}/x"
    assert seen == f"{seen_host}/x"


def test_a_host_is_never_cut():
    """`bank.example.` and forty letters more would hide whose page it is."""
    long_host = "bank.example." + "a" * 40 + ".evil.example"
    href, seen, whole = link(f"https://{long_host}/login")
    assert href == whole == f"https://{long_host}/login"
    assert seen == long_host


@given(st.text("abcé.а-ӏxn1を", min_size=1, max_size=20))
def test_the_host_seen_is_the_host_linked_to(name):
    """Whatever is shown leads back to the same address when it is typed."""
    for token in parse(f"https://{name}.example/").tokens:
        if token.kind == "url":
            href, _, whole = link(token.text)
            assert parse(whole).urls == (href,)


def test_a_stranger_cannot_break_out_by_a_profile_address():
    """Addresses and names of remote profiles are theirs to choose."""
    evil = {("ada", ""): ('https://x/"><script>\n\n', "<b>\n\nada")}
    markup = to_html("@ada", evil, tag_url)
    assert markup.count("<p>") == 1
    assert "<script>" not in markup
    assert "<b>" not in markup


def test_bios_and_fields():
    """A field's link says `me`, so that the page at its end can confirm whose it is."""
    assert bio_html("a\n@ada", ADA, tag_url) == html("a\n@ada")
    field = profile_field_html("https://a.example/ #x @ada <b>\n")
    assert field.startswith('<a href="https://a.example/" target="_blank" rel="me nofollow noopen')
    assert field.endswith("</a> #x @ada &lt;b&gt;")
    assert profile_field_html("@ada #x", ADA, tag_url) == html("@ada #x")[3:-4]
