"""Attacks that once worked elsewhere, by their numbers; the table of all is in `test_trust.py`."""

import asyncio
from contextlib import suppress
from pathlib import Path

import browsing
from far import PEERS, ask, far, send
from test_inbox import follow
from test_notes import following, post_of

from whimbrel.core.fetch import Unreachable
from whimbrel.core.text import profile_field_html, to_plain
from whimbrel.federation import once
from whimbrel.federation.allowance import MOST_HOSTS, Allowance, Seldom
from whimbrel.federation.incoming import read_actor, read_note
from whimbrel.posts.rules import Visibility


async def test_what_one_is_shown_is_not_shown_to_the_next(tmp_path: Path):
    """A post for followers, kept by its address alone, was read by whoever asked next; and lists
    that anybody may ask for told of posts that are not for them, to followers too."""
    async with (
        browsing.site(tmp_path, **PEERS) as site,
        far() as peer,
        far("127.0.0.2") as other,
    ):
        ada = await site.person("ada")
        me = f"{browsing.ORIGIN}/ap/users/{ada.viewer.id}"
        await send(site, follow(peer, me))
        root = await ada.write("open")
        hidden = await ada.write("for friends", visibility=Visibility.PRIVATE, reply_to=root)
        path, key = f"/ap/users/{ada.viewer.id}", f"{peer.eve}#main-key"
        stranger = f"{other.eve}#main-key"
        for end in ("", "/activity"):
            where = f"{path}/statuses/{hidden}{end}"
            shown = await ask(site, where, key)
            assert "for friends" in shown.text
            assert shown.headers["cache-control"] == "private, no-store"
            assert "Signature" in shown.headers["vary"]
            for _ in range(2):
                assert (await ask(site, where, stranger)).status_code == 404
                assert (await ask(site, where)).status_code == 401
        for end in ("outbox?page=true", f"statuses/{root}/replies?page=2", "collections/featured"):
            told = await ask(site, f"{path}/{end}", key)
            assert told.status_code == 200
            assert str(hidden) not in told.text, end


def test_what_is_remembered_of_servers_has_an_end():
    """Whoever makes up a server for each letter fills the memory of those who count how often each
    fails; and a server that failed once was never asked again."""
    kept, seldom = Allowance(3, per=1000, dear=3), Seldom(1000)
    for number in range(MOST_HOSTS + 100):
        kept.failed(f"https://{number}.example", 0)
        seldom.again(number, 0)
    assert len(kept._asked) == len(seldom._until) == MOST_HOSTS
    last = f"https://{MOST_HOSTS + 99}.example"
    assert not kept.take(last, 999)
    assert kept.take(last, 1000)
    asked: once.Once[None] = once.Once(1000)

    async def fails() -> None:
        raise Unreachable

    async def ask_() -> None:
        for number in range(once.MOST + 100):
            with suppress(Unreachable):
                await asked.ask(str(number), 0, fails)

    asyncio.run(ask_())
    assert len(asked._missing) == once.MOST


def test_a_poll_with_too_much_to_choose_is_none():
    """A hundred thousand options in one post: every reader of it had to be told of all of them."""
    many = [{"type": "Note", "name": f"{number}"} for number in range(21)]
    said = {"id": "https://a.example/1", "type": "Question", "attributedTo": "https://a.example/u"}
    note = read_note({**said, "oneOf": many, "content": "?"})
    assert note.poll is None
    assert note.html.count("<li>") <= 20
    found = read_note({**said, "oneOf": [{"type": "Note", "name": "x" * 10**6}, *many[:1]]})
    assert found.poll is not None
    assert len(found.poll.options[0]) <= 300


def test_a_link_that_is_vouched_for_hides_nothing():
    """A link with a green mark showed one address and led to another. Of strangers' rows none has a
    mark, whatever they say; of ours the whole address is to be read."""
    html = (
        '<a href="https://evil.example"><span class="invisible">https://evil.example#</span>x</a>'
    )
    row = {"type": "PropertyValue", "name": "a", "value": html, "verified_at": "2020-01-01"}
    said = {"id": "https://a.example/u", "type": "Person", "preferredUsername": "a"}
    made = read_actor({**said, "inbox": "https://a.example/i", "attachment": [row]})
    assert [each.verified_at for each in made.person.fields] == [None]
    url = "https://good.example/" + "a" * 40 + "?x=<y>"
    shown = profile_field_html(url, verified=True)
    assert "invisible" not in shown
    assert to_plain(shown) == url


async def test_an_old_signature_in_a_document_proves_nothing(tmp_path: Path):
    """What Eve once signed with RsaSignature2017 could be turned round by whoever passed it on."""
    async with (
        browsing.site(tmp_path, **PEERS) as site,
        far() as peer,
        far("127.0.0.2") as other,
    ):
        await following(site, "ada", peer)
        note = peer.note("ld")
        signature = {"type": "RsaSignature2017", "creator": f"{peer.eve}#main-key"}
        said = {**peer.act("Create", note), "signature": {**signature, "signatureValue": "eA=="}}
        answer = await send(site, said, f"{other.eve}#main-key")
        assert answer.status_code == 401
        assert await post_of(site, note["id"]) is None
        assert (await send(site, said)).status_code == 202  # nor does it harm
