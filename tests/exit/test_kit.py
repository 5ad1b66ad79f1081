"""The recovery kit: what only its owner opens, and what becomes of it when they take it back."""

from base64 import urlsafe_b64encode

import pytest
from houses import settle

from whimbrel.core.errors import Invalid
from whimbrel.exit.kit import box, make, recovery
from whimbrel.exit.kit.box import Kit
from whimbrel.exit.queries import kits
from whimbrel.federation import keys

KIT = Kit("https://a.example/1", "ada@a.example", 1, "pem", b"rsa", b"ed", [("x", "y")], ["b@c"])


def test_words_are_heard_however_they_are_written_and_a_slip_is_noticed():
    """Somebody reads them from paper, years later, in another handwriting."""
    words = recovery.new_words()
    assert len(words.split()) == 9
    key = recovery.public(recovery.secret(words))
    for written in (
        words.upper(),
        words.replace(" ", "-"),
        f"1. {words}.",
        words.replace(" ", "\n"),
    ):
        assert recovery.public(recovery.secret(written)) == key
    first, _, rest = words.partition(" ")
    other = ("b" if first[0] != "b" else "d") + first[1:]
    for wrong in (f"{other} {rest}", rest, f"{words} {first}", "", "a" * 5000, f"straw {rest}"):
        with pytest.raises(Invalid):
            recovery.secret(wrong)


def test_the_words_of_a_kit_are_the_same_in_years():
    """What was written down is all there is: a change of how it is read loses everybody's."""
    words = "babab babab babab babab babab babab babab babab"
    check = recovery._word(int.from_bytes(recovery._check(bytes(16))))
    made = recovery.public(recovery.secret(f"{words} {check}"))
    assert (check, made) == (
        "tajid",
        "whimbrel-recovery-O2Jr53PENn9nt41TmHy5gDBZGPNqqjC_NwxYk4SbDAk",
    )


def test_a_kit_opens_with_its_words_alone_and_only_whole():
    """Whoever finds the file must have nothing; whoever bends it must not be believed."""
    words, others = recovery.new_words(), recovery.new_words()
    file = box.seal(KIT, recovery.public(recovery.secret(words)))
    assert box.unseal(file, words) == KIT
    assert KIT.inboxes == ["y"] and b"a.example" not in file
    assert box.sealed_to(file) == recovery.public(recovery.secret(words))
    with pytest.raises(Invalid):
        box.unseal(file, others)
    for at in range(len(file)):
        bent = file[:at] + bytes([file[at] ^ 1]) + file[at + 1 :]
        with pytest.raises(Invalid):
            box.unseal(bent, words)
    for cut in (b"", file[:-1], file[: box.HEAD], file + b"x", b"PK\x03\x04"):
        with pytest.raises(Invalid):
            box.unseal(cut, words)


@pytest.mark.parametrize(
    "wrong",
    [
        "",
        "whimbrel-recovery-",
        "whimbrel-recovery-AAAA",
        "whimbrel-recipient-" + "A" * 43,
        "é" * 99,
    ],
)
def test_what_is_no_recovery_key_is_refused(wrong):
    """A kit that nobody can open would be found out on the worst day."""
    with pytest.raises(Invalid):
        recovery.raw(wrong)


def test_a_key_that_anybody_could_open_is_refused():
    """A point of low order: the shared secret would be known to all."""
    weak = recovery.PUBLIC + urlsafe_b64encode(bytes(32)).decode().rstrip("=")
    with pytest.raises(Invalid):
        box.seal(KIT, weak)


def test_a_kit_that_was_taken_back_signs_nothing(house):
    """A thief of the paper would walk away with the followers."""
    here = house("here")
    ada, bob, _, _ = here.write(settle)
    words = recovery.new_words()
    key = recovery.public(recovery.secret(words))

    async def story(app):
        name, file = await make.make(app, ada, f" {key}\n", "at my sister's")
        kit = box.unseal(file, words)
        assert name.endswith(".kit") and "/" not in name
        assert kit.archive == "at my sister's" and kit.followers == []
        assert kit.public == (await app.db.read(keys.public, ada.id)).rsa
        made, _ = await app.db.read(make.made, ada)
        assert (made.key, made.void) == (key, False)
        with pytest.raises(Invalid):
            await make.make(app, ada, key, "x" * (make.LONGEST + 1))
        await make.revoke(app, ada)
        assert kit.public != (await app.db.read(keys.public, ada.id)).rsa
        assert (await app.db.read(make.made, ada))[0] is None
        await make.make(app, bob, key)
        await make.revoke(app, ada)

    here.tell(story)
    assert here.write(kits.made, bob.id).key == key
