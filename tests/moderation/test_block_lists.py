"""Lists of servers that others keep. What they say is a draft, and is undone for a day."""

import asyncio
from contextlib import asynccontextmanager
from types import SimpleNamespace

import pytest
import stories
from aiohttp import web

import people
from whimbrel.core.errors import Conflict, Forbidden, Invalid, NotFound
from whimbrel.core.fetch import Fetcher
from whimbrel.moderation import blocklist, eyes, servers
from whimbrel.moderation.events import ListDue, ProposalDue
from whimbrel.moderation.lists import book, collect, drafts
from whimbrel.moderation.queries import decisions
from whimbrel.moderation.queries import eyes as proposals
from whimbrel.moderation.queries import lists as queries
from whimbrel.moderation.queries import servers as stored
from whimbrel.moderation.rules import HOUR
from whimbrel.moderation.servers import BlockForm

URL = "https://lists.example/tier0.csv"
CSV = b"#domain,#severity,#reject_media,#reject_reports,#public_comment\n"
FAR = b"far.example,suspend,false,false,spam\n"
NEAR = b"near.example,silence,true,false,\n"


@pytest.fixture
def boss(tx):
    return people.make(tx, "boss", role="admin")


def listed(tx, boss, *lines, url=URL):
    """A list that was read, and says this."""
    made = book.subscribe(tx, boss, "Tier 0", url)
    says(tx, made, *lines)
    return made


def says(tx, made, *lines):
    """From now on."""
    rows = blocklist.read(CSV + b"".join(lines)) if lines else []
    collect._keep(tx, ListDue(list=made.id, turn=made.turn), rows, "")


def drafted(tx, boss):
    return [(each.kind, each.domain) for each in drafts.drafts(tx, boss)]


def kept(tx, domain):
    found = stored.block_of(tx, domain)
    return found and found.severity


def test_nothing_happens_until_somebody_does_it(tx, boss, ada):
    """Whoever keeps a list elsewhere would decide whom people here may know."""
    they = people.elsewhere(tx, "they", "pics.far.example")
    stories.follow(tx, ada, they)
    listed(tx, boss, FAR, NEAR, b"social.example,suspend,,,\n")
    assert kept(tx, "far.example") is None and kept(tx, "near.example") is None
    far, near = drafts.drafts(tx, boss)
    assert (far.kind, far.domain, far.people, far.following, far.cut) == (
        *("add", "far.example"),
        *(1, 1, 1),
    )
    assert (near.domain, near.row.reject_media, near.cut) == ("near.example", True, 0)
    done = drafts.apply(tx, boss, {"near.example"})
    assert (done.done, done.waiting) == (1, 0)
    assert kept(tx, "near.example") == "silence" and kept(tx, "far.example") is None
    assert drafted(tx, boss) == [("add", "far.example")]
    assert drafts.apply(tx, boss).done == 1
    assert stored.block_of(tx, "far.example").public_comment == "spam"
    assert drafted(tx, boss) == [] and drafts.apply(tx, boss) == drafts.Done(0)


def test_a_list_changes_its_mind_and_takes_back(tx, boss):
    """A server that mended its ways would be kept away for ever; or a list that was emptied would
    let all of them in."""
    made = listed(tx, boss, FAR, NEAR)
    drafts.apply(tx, boss)
    says(tx, made, b"far.example,silence,false,false,better\n")
    assert drafted(tx, boss) == [("change", "far.example"), ("lift", "near.example")]
    assert kept(tx, "far.example") == "suspend" and kept(tx, "near.example") == "silence"
    drafts.apply(tx, boss)
    assert kept(tx, "far.example") == "silence" and kept(tx, "near.example") is None
    assert drafted(tx, boss) == []


def test_what_the_operator_decided_stands(tx, boss):
    """A list would let near whom somebody here keeps away for a reason."""
    own = servers.add_block(tx, boss, BlockForm(domain="far.example", severity="silence"))
    made = listed(tx, boss, FAR, NEAR)
    assert drafted(tx, boss) == [("add", "near.example")]
    drafts.apply(tx, boss)
    block = stored.block_of(tx, "near.example")
    servers.change_block(tx, boss, block.id, BlockForm(private_comment="since the spring"))
    says(tx, made, b"other.example,suspend,,,\n")
    assert drafted(tx, boss) == [("add", "other.example")]
    assert stored.block_of(tx, "far.example").id == int(own["id"])


def test_the_first_list_wins_and_another_one_can_be_put_first(tx, boss):
    """Two lists that do not agree would change a server to and fro each day."""
    listed(tx, boss, FAR)
    second = listed(tx, boss, b"far.example,silence,,,\n", url=f"{URL}2")
    (draft,) = drafts.drafts(tx, boss)
    assert draft.row.severity == "suspend"
    drafts.apply(tx, boss)
    assert drafted(tx, boss) == []
    book.prefer(tx, boss, second.id)
    (draft,) = drafts.drafts(tx, boss)
    assert (draft.kind, draft.list, draft.row.severity) == ("change", second.id, "silence")
    book.prefer(tx, boss, second.id)
    assert book.every(tx, boss)[0].id == second.id
    book.unsubscribe(tx, boss, second.id)
    assert drafted(tx, boss) == []
    assert ListDue(list=second.id, turn=0) in tx.emitted
    assert collect._wanted(tx, ListDue(list=second.id, turn=0)) == ""


def test_who_leaves_a_list_keeps_what_was_taken_over(tx, boss):
    """To leave a list would open the door to all on it at once."""
    made = listed(tx, boss, FAR)
    drafts.apply(tx, boss)
    book.unsubscribe(tx, boss, made.id)
    assert kept(tx, "far.example") == "suspend" and drafted(tx, boss) == []
    with pytest.raises(NotFound):
        book.unsubscribe(tx, boss, made.id)


def test_some_are_left_out_for_good(tx, boss):
    """The same server would be offered each day, and one day somebody would not look."""
    made = listed(tx, boss, FAR, NEAR)
    assert book.exclude(tx, boss, ["Far.example", "far.example"]) == 1
    assert drafted(tx, boss) == [("add", "near.example")]
    says(tx, made, b"far.example,silence,,,\n", NEAR)
    assert drafted(tx, boss) == [("add", "near.example")]
    assert queries.excluded(tx) == ["far.example"]
    book.include(tx, boss, "far.example")
    assert ("add", "far.example") in drafted(tx, boss)
    with pytest.raises(NotFound):
        book.include(tx, boss, "far.example")
    with pytest.raises(Invalid):
        book.exclude(tx, boss, ["no server"])


def test_it_is_undone_for_a_day(tx, boss):
    """A list with a mistake in it would be a day's work to mend by hand."""
    made = listed(tx, boss, FAR, NEAR)
    first = drafts.apply(tx, boss)
    says(tx, made, b"far.example,silence,true,true,other\n", b"new.example,suspend,,,\n")
    tx.ms += 60_000
    second = drafts.apply(tx, boss)
    assert (kept(tx, "far.example"), kept(tx, "near.example")) == ("silence", None)
    assert [each.id for each in drafts.undoable(tx, boss)] == [second.use, first.use]
    assert drafts.undo(tx, boss, second.use).done == 3
    back = stored.block_of(tx, "far.example")
    assert (back.severity, back.reject_media, back.public_comment) == ("suspend", False, "spam")
    assert kept(tx, "near.example") == "silence" and kept(tx, "new.example") is None
    assert len(drafted(tx, boss)) == 3  # all of it is a draft again
    with pytest.raises(NotFound):
        drafts.undo(tx, boss, second.use)
    tx.ms += 24 * HOUR
    assert drafts.undoable(tx, boss) == []
    with pytest.raises(NotFound):
        drafts.undo(tx, boss, first.use)
    assert kept(tx, "far.example") == "suspend"


def test_what_somebody_did_since_is_not_undone(tx, boss):
    """Or what was decided with care would go with what was not."""
    listed(tx, boss, FAR, NEAR)
    done = drafts.apply(tx, boss)
    servers.change_block(
        tx, boss, stored.block_of(tx, "far.example").id, BlockForm(private_comment="we looked")
    )
    servers.remove_block(tx, boss, stored.block_of(tx, "near.example").id)
    assert drafts.undo(tx, boss, done.use).done == 0
    assert kept(tx, "far.example") == "suspend" and kept(tx, "near.example") is None


def test_many_follows_take_two_people_and_what_was_undone_is_not_done_later(tx, boss):
    """Four eyes would be looked past with a list."""
    people.more_slots(tx)
    mod = people.make(tx, "chief", role="admin")
    they = people.elsewhere(tx, "they", "far.example")
    for n in range(eyes.FOLLOWS + 1):
        stories.follow(tx, people.make(tx, f"fan{n}"), they)
    made = listed(tx, boss, FAR, NEAR)
    done = drafts.apply(tx, boss)
    assert (done.done, done.waiting) == (1, 1) and kept(tx, "far.example") is None
    (draft,) = drafts.drafts(tx, boss)
    assert draft.waits and draft.cut == eyes.FOLLOWS + 1
    assert drafts.apply(tx, boss) == drafts.Done(0)  # nobody is asked twice
    (waiting,) = proposals.waiting(tx, 9)
    eyes.confirm(tx, mod, waiting.id)
    assert kept(tx, "far.example") == "suspend" and drafted(tx, boss) == []
    assert drafts.undo(tx, boss, done.use).done == 2
    again = drafts.apply(tx, boss, {"far.example"})
    drafts.apply(tx, boss, {"near.example"})
    queries.undo(tx, again.use)
    (waiting,) = proposals.waiting(tx, 9)
    with pytest.raises(Conflict):
        eyes.confirm(tx, mod, waiting.id)
    eyes.lapse(tx, ProposalDue(proposal=waiting.id))
    assert kept(tx, "far.example") is None
    drafts.apply(tx, boss, {"far.example"})
    (waiting,) = proposals.waiting(tx, 9)
    book.unsubscribe(tx, boss, made.id)
    with pytest.raises(Conflict):
        eyes.confirm(tx, mod, waiting.id)


def test_only_what_was_seen_is_done(tx, boss):
    """Between the look and the button a list may say something else."""
    made = listed(tx, boss, FAR)
    seen = drafts.digest(drafts.drafts(tx, boss))
    says(tx, made, FAR, b"friends.example,suspend,,,\n")
    with pytest.raises(Conflict):
        drafts.apply(tx, boss, {"far.example"}, seen)
    assert kept(tx, "far.example") is None


def test_a_list_is_named_and_lies_where_it_may_be_asked(tx, boss, ada):
    """What cannot be read would fail each day, and nobody would know why."""
    for name, url in (
        *(("", URL), ("x" * 101, URL), ("T", "http://lists.example/x"), ("T", "file:///etc/x")),
        *(("T", "https://u:p@lists.example/"), ("T", f"https://l.example/{'x' * 2048}")),
        *(("T", "http://127.0.0.1/x"), ("T", "")),
    ):
        with pytest.raises(Invalid):
            book.subscribe(tx, boss, name, url)
    book.subscribe(tx, boss, "x" * 100, f"https://l.example/{'x' * 2030}")
    book.subscribe(tx, boss, "Ours", "http://127.0.0.1:8/x", ("127.0.0.1",))
    with pytest.raises(Invalid):
        book.subscribe(tx, boss, "Again", "http://127.0.0.1:8/x", ("127.0.0.1",))
    for n in range(book.MOST - 2):
        book.subscribe(tx, boss, "T", f"{URL}{n}")
    with pytest.raises(Invalid):
        book.subscribe(tx, boss, "T", f"{URL}-more")
    first = book.every(tx, boss)[0].id
    for act in (
        lambda: book.every(tx, ada),
        lambda: book.subscribe(tx, ada, "T", URL),
        lambda: book.unsubscribe(tx, ada, first),
        lambda: book.prefer(tx, ada, first),
        lambda: book.renew(tx, ada, first),
        lambda: book.exclude(tx, ada, ["far.example"]),
        lambda: book.include(tx, ada, "far.example"),
        lambda: drafts.drafts(tx, ada),
        lambda: drafts.apply(tx, ada),
        lambda: drafts.undo(tx, ada, 1),
    ):
        with pytest.raises(Forbidden):
            act()


def test_each_step_is_in_the_log(tx, boss):
    """Whoever keeps whom away is asked about it years later."""
    made = listed(tx, boss, FAR)
    says(tx, made, FAR)  # the same again is not worth a line
    done = drafts.apply(tx, boss)
    drafts.undo(tx, boss, done.use)
    book.exclude(tx, boss, ["far.example"])
    book.unsubscribe(tx, boss, made.id)

    def acts(target):
        return [(row.action, row.by) for row in decisions.newest(tx, "block_list", target, 9)][::-1]

    assert acts(made.id) == [("create", boss.id), ("fetch", None), ("destroy", boss.id)]
    assert acts(done.use) == [("apply", boss.id), ("undo", boss.id)]
    assert acts(0) == [("exclude", boss.id)]


def test_lists_of_gotosocial_are_read_as_well():
    """They are JSON, and half of the servers that keep lists write them."""
    rows = blocklist.read(
        b' [{"domain": "Far.example", "suspended_at": "2024-01-01", "comment": "spam\\u0000"},'
        b'{"domain": "near.example", "severity": "silence", "reject_media": true},'
        b'{"domain": "*.example"}, {"domain": "x.example", "severity": "odd"}]'
    )
    assert [(row.domain, row.severity, row.reject_media) for row in rows] == [
        ("far.example", "suspend", False),
        ("near.example", "silence", True),
    ]
    assert rows[0].public_comment == "spam"
    many = b",".join([b'{"domain":"far.example"}'] * (blocklist.MOST + 1))
    for wrong in (b"[", b"[1]", b"[{}]", b"[]", b"[" * 10_000, b"[%s]" % many):
        with pytest.raises(Invalid):
            blocklist.read(wrong)


@asynccontextmanager
async def host():
    """A server with a list on it: `says` is what it answers."""
    shown = SimpleNamespace(says=CSV + FAR, status=200, url="")

    async def answer(request):
        return web.Response(body=shown.says, status=shown.status)

    app = web.Application()
    app.router.add_get("/list.csv", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    shown.url = f"http://127.0.0.1:{runner.addresses[0][1]}/list.csv"
    try:
        yield shown
    finally:
        await runner.cleanup()


def test_it_is_read_from_its_server_and_stays_when_that_fails(db):
    """A list that cannot be had for a day is not an empty one: all on it would be taken back."""

    async def story():
        boss = await db.write(lambda tx: people.make(tx, "boss", role="admin"))
        app = SimpleNamespace(db=db, fetcher=Fetcher(allow_private=("127.0.0.1",)))
        closed = SimpleNamespace(db=db, fetcher=Fetcher())
        async with host() as there:
            made = await db.write(book.subscribe, boss, "Ours", there.url, ("127.0.0.1",))
            due = ListDue(list=made.id, turn=made.turn)

            async def read(app=app):
                await collect.fetch(app, due)
                found = await db.read(queries.one, made.id)
                return found.error, found.many

            assert await read(closed) == ("refused", 0)
            assert await read() == ("", 1)
            there.says = b'[{"domain": "a.example"}, {"domain": "b.example"}]'
            assert await read() == ("", 2)
            there.status = 404
            assert await read() == ("missing", 2)
            there.status, there.says = 200, b"<html>gone</html>"
            assert await read() == ("unreadable", 2)
            there.says = b"x" * (blocklist.LARGEST + 1)
            assert await read() == ("refused", 2)
            await db.write(book.renew, boss, made.id)
            there.says = CSV + FAR
            assert await read() == ("refused", 2)  # that clock is none any more
        due = ListDue(list=made.id, turn=made.turn + 1)
        assert await read() == ("unreachable", 2)
        await app.fetcher.close()
        await closed.fetcher.close()
        shown = await db.read(drafts.drafts, boss)
        assert [each.domain for each in shown] == ["a.example", "b.example"]

    asyncio.run(story())
