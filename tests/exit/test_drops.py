"""What was deleted goes from older bags as well, and what was signed of them still holds."""

import shutil
from pathlib import Path

import media_samples
import pytest
from houses import settle
from test_bags import content_of, private_of

from whimbrel.core.errors import Invalid
from whimbrel.exit import drop, read
from whimbrel.exit.sealing import Opener, new_identity
from whimbrel.posts import delete, edit, queries
from whimbrel.posts.publish import publish
from whimbrel.posts.rules import Draft, Visibility


def test_what_is_deleted_goes_from_older_bags_and_the_chain_holds(house, tmp_path):
    """An archive that forgets nothing would be the copy that deleting does not reach."""
    here = house("here")
    _ada, bob, first, answer = here.write(settle)
    one = here.export(tmp_path / "1")
    here.write(delete.delete, bob, answer.id, True)
    here.export(tmp_path / "2", since=one.last)
    assert drop.drop(tmp_path / "1", [tmp_path / "2"]) > 0
    left = b"".join(path.read_bytes() for path in (tmp_path / "1").rglob("*") if path.is_file())
    assert b"welcome" not in left and b"hello" in left
    bags, said = read.verify_chain([tmp_path / "1", tmp_path / "2"])
    assert any("were dropped" in line for line in said)
    assert answer.id not in [post["key"][0] for post in read.posts(bags)]
    there = house("there")
    for name in ("1", "2"):
        there.bring(tmp_path / name)
    assert there.write(queries.any_post, first.id).content.text == "hello #whimbrel"
    here.export(tmp_path / "whole")
    there.export(tmp_path / "other")
    assert content_of(tmp_path / "whole") == content_of(tmp_path / "other")
    # The commitment is there, and no guess at the words can be held against it any more.
    guess = b"".join(tag.read_bytes() for tag in (tmp_path / "1/commitments").iterdir())
    assert b" -\n" in guess


def plain(root: Path, opener: Opener) -> bytes:
    """All that a bag holds, with what is sealed opened."""
    found = [path.read_bytes() for path in root.rglob("*") if path.is_file()]
    found += [b"".join(opener.chunks(path)) for path in root.rglob("*.sealed")]
    return b"".join(found)


def test_whoever_holds_the_identity_drops_from_what_is_sealed_too(house, tmp_path, identity):
    """A letter that was deleted, the words before an edit, and a picture for friends: whoever has
    the bag and its key would read them for ever."""
    here, opener = house("here"), Opener.of_file(identity)
    ada, bob, first, _answer = here.write(settle)
    slot = here.write(lambda tx: tx.slot())
    file = here.picture(ada.id, slot, media_samples.jpeg())
    draft = Draft(text="avocets", media=(file,), visibility=Visibility.PRIVATE)
    seen = here.write(publish, ada, draft)
    letter = here.write(publish, bob, Draft(text="@ada godwits", visibility=Visibility.DIRECT))
    bags = [tmp_path / name for name in "123"]
    since = here.export(bags[0], recipient=opener.recipient).last
    here.write(edit.edit, ada, first.id, Draft(text="whimbrels and curlews"))
    since = here.export(bags[1], since=since, recipient=opener.recipient).last
    for whose, post in ((ada, first), (ada, seen), (bob, letter)):
        here.write(delete.delete, whose, post.id, True)
    here.export(bags[2], since=since, recipient=opener.recipient)
    held = [plain(each, opener) for each in bags]
    assert b"godwits" in held[0] and b"avocets" in held[0] and b"hello" in held[1]
    pictures = list((bags[0] / "data/private/media").iterdir())
    assert pictures

    others = [shutil.copytree(each, tmp_path / f"other{each.name}") for each in bags]
    for chain, who in ((bags, opener), (others, None)):
        assert drop.drop(chain[0], chain[1:], who) and drop.drop(chain[1], chain[2:], who)
    for each in bags[:2]:
        left = plain(each, opener)
        for words in (b"godwits", b"avocets", b"hello", b"curlews"):
            assert words not in left
    assert not any(path.exists() for path in pictures)
    assert b"for friends" in plain(bags[0], opener)
    here.export(tmp_path / "whole", recipient=opener.recipient)
    for name, chain in (("there", bags), ("elsewhere", others)):
        read.verify_chain(chain)
        there = house(name)
        for each in chain:
            there.bring(each, identity)
            there.bring(each, identity)
        again = tmp_path / f"again {name}"
        there.export(again, recipient=opener.recipient)
        assert content_of(tmp_path / "whole") == content_of(again)
        assert private_of(tmp_path / "whole", opener) == private_of(again, opener)
    with pytest.raises(Invalid, match="this identity"):
        drop.drop(bags[0], bags[1:], Opener(new_identity()))
