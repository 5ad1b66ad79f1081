"""Links that lead back: nobody is confirmed as somebody they are not, and no page holds us up."""

import asyncio
import time
from types import SimpleNamespace

import pytest

import people
from whimbrel.accounts import profile, queries, verify
from whimbrel.accounts.events import ProfileChanged
from whimbrel.accounts.profile import Changes, FieldDraft
from whimbrel.core.fetch import Fetcher

ME = "https://social.example/@ada"


@pytest.mark.parametrize(
    "html",
    [
        f'<a rel="me" href="{ME}">me</a>',
        f"<A HREF='{ME}/' class=x REL='noopener Me'>",
        f"<html><head><link href={ME} rel=me>",
        f'<p title="1 > 0"><br/><a title=\'"\' rel="me" href=" {ME} ">',
        '<a rel="me" href="https&#58;//social.example/@ada">',
        f'<script>"<a"</script><a rel="me" href="{ME}">',
    ],
)
def test_a_page_that_says_so_is_ones_own(html):
    """Somebody did all they were told to, and their row stays grey."""
    assert verify.leads_back(html, frozenset({ME}))


@pytest.mark.parametrize(
    "html",
    [
        "",
        f'<a href="{ME}">',
        f'<a rel="nofollow" href="{ME}">',
        f'<a rel="me" href="{ME}x">',
        f'<a rel="me" href="https://evil.example/?{ME}">',
        f'<!-- <a rel="me" href="{ME}"> -->',
        f'<!-- <a rel="me" href="{ME}">',
        f'<p title=\'<a rel="me" href="{ME}">\'>',
        f"<p title='<a rel=me href={ME}>",
        f'<textarea><a rel="me" href="{ME}"></textarea>',
        f'<script>var a = \'<a rel="me" href="{ME}">\'</script>',
        f'<p>&lt;a rel="me" href="{ME}"></p>',
        f'<a rel="x" rel="me" href="{ME}">',
    ],
)
def test_words_that_others_may_put_on_a_page_confirm_nobody(html):
    """A comment under an article would make its author whoever the comment names."""
    assert not verify.leads_back(html, frozenset({ME}))


@pytest.mark.parametrize(
    "piece", ["<", "<a ", "<a x='", "<!--", "<a =", "<script>", "a " * 9, "<a/"]
)
def test_no_page_takes_long(piece):
    """One page made for it would stop everybody's jobs."""
    began = time.perf_counter()
    assert not verify.leads_back(piece * (verify.PAGE // len(piece)), frozenset({ME}))
    assert time.perf_counter() - began < 2


async def _answer(reader, writer):
    head = (await reader.readuntil(b"\r\n\r\n")).decode()
    path = head.split()[1]
    body = f'<a rel="me" href="{ME}">'.encode() if path == "/mine" else b"<p>hello</p>"
    kind = "text/plain" if path == "/text" else "text/html; charset=utf-8"
    writer.write(
        f"HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-type: {kind}\r\n"
        f"content-length: {len(body)}\r\n\r\n".encode()
        + body
    )
    await writer.drain()
    writer.close()


def _wear(tx, rows):
    ada = people.make(tx, "ada")
    fields = tuple(FieldDraft(name=f"{n}", value=value) for n, value in enumerate(rows))
    profile.update(tx, ada, Changes(fields=fields))
    return ada


def test_a_link_is_looked_at_and_its_row_turns_green(db):
    """And only that one; a page that is not there breaks nothing. Twice is as once."""

    async def go():
        server = await asyncio.start_server(_answer, "127.0.0.1", 0)
        here = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        rows = (f"{here}/mine", f"{here}/other", "http://127.0.0.1:1/", f"see {here}/mine")
        ada = await db.write(_wear, rows)
        app = SimpleNamespace(db=db, fetcher=Fetcher(allow_private=("127.0.0.1",)))
        event = ProfileChanged(account=ada.id)
        await verify.verify(app, event)
        first = await db.read(queries.by_id, ada.id)
        assert [field.verified_at is not None for field in first.fields] == [True] + [False] * 3
        await verify.verify(app, event)
        assert await db.read(queries.by_id, ada.id) == first
        await verify.verify(app, ProfileChanged(account=1))
        await app.fetcher.close()
        server.close()

    asyncio.run(go())


def test_what_was_changed_meanwhile_is_not_confirmed(tx):
    """The page was looked at for another address than the one that stands there now."""
    ada = _wear(tx, ["https://b.example"])
    verify._note(tx, ada.id, {"https://a.example"})
    assert queries.by_id(tx, ada.id).fields[0].verified_at is None
    before = len(tx.emitted)
    verify._note(tx, ada.id, {"https://b.example"})
    assert queries.by_id(tx, ada.id).fields[0].verified_at == tx.ms
    assert tx.emitted[before:] == [ProfileChanged(account=ada.id)]
