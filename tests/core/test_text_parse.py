"""Reading a post: what is an address, a mention, a tag, and what only looks like one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from whimbrel.core.text import count, parse, tag_key, tidy

PIECES = [
    *("@ada", "@bob@b.example", "@", "#tag", "#", "#12", ":blob:", ":", "http://", "https://"),
    *("https://a.example/x_(y)", "HTTP://Ä.example", "a@b.example", "/", ".", ",", "(", ")", "]"),
    *(" ", "\n", "\n\n", "\r\n", "\t", "<b>", "</p>", "&amp;", "&", '"', "'", "é", "を", "कि", "ß"),
    *("\u0301", "\u202e", "\u2066", "\u2069", "\u200c", "\x00", "\ud83d", "x" * 40, "1", "_", "·"),
]
texts = st.lists(st.sampled_from(PIECES) | st.text(max_size=5), max_size=25).map("".join)


def found(text: str, kind: str) -> list[str]:
    return [token.text for token in parse(text).tokens if token.kind == kind]


@given(texts)
def test_the_tokens_are_the_text(text):
    """A lost or doubled character would change what somebody wrote."""
    parsed = parse(text)
    assert "".join(token.text for token in parsed.tokens) == text
    assert all(token.text for token in parsed.tokens)
    assert len(set(parsed.mentions)) == len(parsed.mentions)
    assert len({key for key, _ in parsed.tags}) == len(parsed.tags)
    assert all(tag_key(key) == key for key, _ in parsed.tags)


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("see https://a.example.", "https://a.example"),
        ("see https://a.example/b, or not", "https://a.example/b"),
        ("(https://a.example/b)", "https://a.example/b"),
        ("(https://a.example/b).", "https://a.example/b"),
        ("https://en.example/wiki/Foo_(bar)!", "https://en.example/wiki/Foo_(bar)"),
        ("[label](https://a.example/b)", "https://a.example/b"),
        ("[https://a.example/b]", "https://a.example/b"),
        ("https://a.example/b[1]", "https://a.example/b[1]"),
        ('"https://a.example/?q=1&r=a=="', "https://a.example/?q=1&r=a=="),
        ("<https://a.example/>", "https://a.example/"),
        ("https://a.example:8443/@ada#x-y", "https://a.example:8443/@ada#x-y"),
        ("https://a.example…", "https://a.example"),
        ("見てhttps://a.exampleをみて。", "https://a.example"),
        ("「https://a.example/日本」", "https://a.example/日本"),
        ("https://例え.テスト/道", "https://例え.テスト/道"),
        ("HTTPS://A.Example/B", "HTTPS://A.Example/B"),
        ("https://a.example/x\u202egnp.exe", "https://a.example/x"),
    ],
)
def test_an_address_ends_where_a_reader_sees_it_end(text, url):
    """A full stop in the link is a page not found."""
    assert found(text, "url") == [url]


@pytest.mark.parametrize(
    "text",
    [
        *("http://", "https://localhost/x", "http://127.0.0.1/", "ftp://a.example", "a.example"),
        *("xhttps://a.example", "@https://a.example", "https://a..example", "https://-a.example"),
        *("https://a.example.1", "https://a.example:99999/", "https://a.e", "https://a℀b.example"),
        *("https://ｂａｎｋ.example", "https://a½.example"),
        "https://bank.example@evil.example/",
        "https://bank.example:80@evil.example/",
        "https://" + "a" * 64 + ".example",
    ],
)
def test_what_is_no_web_address_is_no_link(text):
    """A name of our own network, or one that hides the real host behind an @."""
    assert found(text, "url") == []


@pytest.mark.parametrize(
    ("text", "mentions"),
    [
        ("@ada", [("ada", "")]),
        ("@Ada, @ADA: .@ada", [("ada", "")]),
        ("@ada.", [("ada", "")]),
        ("@a.b-c_d", [("a.b-c_d", "")]),
        ("@ada@B.Example!", [("ada", "b.example")]),
        ("@ada @ada@b.example", [("ada", ""), ("ada", "b.example")]),
        ("@ada@localhost", [("ada", "localhost")]),
        ("@ada@münchen.example", [("ada", "xn--mnchen-3ya.example")]),
        ("(@ada)", [("ada", "")]),
        ("@adaさん", [("ada", "")]),
        ("@ada@", [("ada", "")]),
        ("@ada@127.0.0.1", []),
        ("@ada@-b.example", [("ada", "")]),
        ("ada@b.example", []),
        ("https://a.example/@ada", []),
        ("/@ada =@ada é@ada", []),
        ("@é", []),
        ("@" + "a" * 101, []),
    ],
)
def test_mentions(text, mentions):
    """A wrong one rings at a stranger's; a mail address must ring at nobody's."""
    assert list(parse(text).mentions) == mentions


@pytest.mark.parametrize(
    ("text", "tags"),
    [
        ("#Café #CAFE #cafe", [("cafe", "Café")]),
        ("#2day #day2", [("2day", "2day"), ("day2", "day2")]),
        ("#1 #2024", []),
        ("#a-b", [("a", "a")]),
        ("#col·lecció", [("col·leccio", "col·lecció")]),
        ("#कविता", [("कविता", "कविता")]),
        ("#猫、#犬", [("猫", "猫"), ("犬", "犬")]),
        ("#می\u200cروم", [("می\u200cروم", "می\u200cروم")]),
        ("a#b /#b =#b )#b", []),
        ("https://a.example/#top", []),
        ("#️⃣", []),
        ("#" + "a" * 101, []),
        ("(#a)", [("a", "a")]),
    ],
)
def test_tags(text, tags):
    """A number in a list is no tag; a vowel sign does not end a word."""
    assert list(parse(text).tags) == tags


@pytest.mark.parametrize(
    ("text", "emojis"),
    [
        (":blob_cat: :blob_cat:", ["blob_cat"]),
        ("hi :a1:!", ["a1"]),
        ("12:30:45", []),
        (":a: ::bb:: x:bb:", []),
        (":bb::cc:", []),
        ("https://a.example/:bb:/", []),
    ],
)
def test_emojis(text, emojis):
    """A time of day must not become a picture."""
    assert list(parse(text).emojis) == emojis


def test_the_addresses_of_a_text_are_links():
    """Cards are fetched from these: the host must be the one that is linked to."""
    assert parse("https://A.example/B https://a.example/B http://Ö.example").urls == (
        "https://a.example/B",
        "http://xn--nda.example",
    )


@given(st.text("abc/?=", max_size=200), texts)
def test_an_address_counts_23_however_long(path, rest):
    """Whoever shares a long address must not be told that the post is too long."""
    assert count(f"https://a.example/{path}x {rest}") == 23 + count(f" {rest}")


@given(texts)
def test_a_length_does_not_depend_on_who_asks(text):
    """The app, the check and the stored post must agree."""
    assert count(text) == count(parse(text)) == count(text, "cw") - 2
    assert count(f"@ada@b.example {text}") == count(f"@ada {text}")


def test_lengths():
    """As Mastodon's apps reckon, in code points."""
    assert count("") == 0
    assert count("é", "né") == 3
    assert count("@ada@b.example hi") == len("@ada hi")
    assert count("👨‍👩‍👧") == 5


@given(st.text(max_size=30))
def test_a_key_is_its_own_key(name):
    """Or a tag found by its page's address would not be found."""
    key = tag_key(name)
    assert tag_key(key) == key
    assert len(key) <= 100


@pytest.mark.parametrize(
    ("name", "key"),
    [
        *(("#Cafe\u0301", "cafe"), ("CAFÉ", "cafe"), ("Straße", "strasse"), ("Łódź", "lodz")),
        *(("ﬁsh", "fish"), ("ＡＢＣ", "abc"), ("й", "й"), ("が", "が"), ("İstanbul", "istanbul")),
        *(("", ""), ("#", ""), ("12", ""), ("①②", ""), ("a b", ""), ("a/b", ""), ("<b>", "")),
        *(("·", ""), ("##a", ""), ("a" * 100, "a" * 100), ("a" * 101, ""), ("ﷺ" * 50, "")),
    ],
)
def test_spellings_of_one_tag_meet(name, key):
    """Those who write without accents would otherwise talk alone."""
    assert tag_key(name) == key


@given(texts)
def test_tidy_text_is_tidy(text):
    """What is stored can be sent, shown and stored again."""
    clean = tidy(text)
    assert tidy(clean) == clean
    clean.encode()
    assert not set(clean) & set("\x00\r\x1b\x7f\u202e\u202d")


def test_tidy_keeps_what_can_be_read():
    """Only what nobody can see is taken away, and half characters are made whole or replaced."""
    assert tidy("  a\r\nb\rc\td\x00\x1b \n") == "a\nb\nc\td"
    assert tidy("x\ud83d\ude00 \ud83d!") == "x😀 \ufffd!"
    assert tidy("shown\u202etxt.exe") == "showntxt.exe"
    assert tidy("\u2066שלום\u2069 b") == "\u2066שלום\u2069 b"
    assert tidy("\u2067open\nnext\u2069") == "open\nnext"
