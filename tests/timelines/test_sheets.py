"""Files of people: what Mastodon writes is read, what we write is what it reads."""

import pytest

from whimbrel.core.errors import Invalid
from whimbrel.timelines import sheets


def test_what_is_written_is_what_is_read():
    """A file of ours would not come back in."""
    rows = {
        "follows": [("ada@x.example", "true", "false", "en, de")],
        "mutes": [("ada@x.example", "false")],
        "blocks": [("ada@x.example",), ("bob@x.example",)],
        "domain_blocks": [("x.example",)],
        "lists": [('Birds, "wet"', "ada@x.example"), ("Birds", "bob@x.example")],
        "bookmarks": [("https://x.example/users/ada/statuses/1",)],
        "filters": [("Ends, of books", "she dies", "true", "home public", "hide", "")],
    }
    for kind in sheets.KINDS:
        assert sheets.read(kind, sheets.write(kind, rows[kind])) == rows[kind], kind


def test_files_from_elsewhere_are_understood():
    """Years of follows would be left behind for a byte or a column."""
    full = b"Account address,Show boosts,Notify on new posts,Languages\nada@x.example,false,true,\n"
    assert sheets.read("follows", full) == [("ada@x.example", "false", "true", "")]
    bom = b"\xef\xbb\xbfAccount address\r\nada@x.example\r\n\r\nada@x.example\r\n"
    assert sheets.read("follows", bom) == [("ada@x.example", "", "", "")]
    turned = b"Languages,Account address\nde,ada@x.example\n"
    assert sheets.read("follows", turned) == [("ada@x.example", "", "", "de")]
    assert sheets.read("domain_blocks", b"#domain,#severity\nx.example,suspend") == [("x.example",)]
    assert sheets.read("lists", b"Birds,ada@x.example\nBirds\n") == [("Birds", "ada@x.example")]
    assert sheets.read("mutes", b"ada@x.example\n") == [("ada@x.example", "")]


@pytest.mark.parametrize("content", [b"", b"\n\n", b"Account address\n", b"\xff\xfe\x00", b"\0"])
def test_what_is_no_such_file_is_refused(content):
    """A picture chosen by mistake would be brought in as nobody, with success."""
    with pytest.raises(Invalid):
        sheets.read("follows", content)


def test_a_file_has_an_end():
    """One file would keep the server busy for a week."""
    content = b"".join(b"a%d@x.example\n" % at for at in range(sheets.MOST + 1))
    with pytest.raises(Invalid, match="20,000"):
        sheets.read("blocks", content)
