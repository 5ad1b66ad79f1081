"""Serving: the token opens one file under one name, in any range, until the moment it is erased."""

import asyncio
import io
from types import SimpleNamespace

import media_samples as samples
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from whimbrel.core.errors import NotFound
from whimbrel.media import attach, erase, queries, serve
from whimbrel.media.serve import Unsatisfiable

POST = 71


async def ask(house, path, method="GET", query=b"", on_send=None, **headers):
    """What a browser gets. `on_send` sees each message before it is taken."""
    raw = path if isinstance(path, bytes) else path.encode()
    scope = {
        "type": "http",
        "method": method,
        "path": raw.decode("latin-1"),
        "raw_path": raw,
        "query_string": query,
        "headers": [(k.replace("_", "-").encode(), v.encode()) for k, v in headers.items()],
        "whimbrel": house.app,
    }
    answer = SimpleNamespace(status=0, headers={}, body=b"", whole=False)

    async def send(message):
        if on_send:
            await on_send(message)
        if message["type"] == "http.response.start":
            assert not answer.status
            names = [name for name, _ in message["headers"]]
            assert len(names) == len(set(names))
            answer.status = message["status"]
            answer.headers = {k.decode(): v.decode() for k, v in message["headers"]}
        else:
            answer.body += message["body"]
            answer.whole = not message.get("more_body", False)

    async def receive():
        return {"type": "http.request", "body": b"", "more_body": False}

    await serve.media(scope, receive, send)
    assert answer.whole
    return answer


async def posted(house, data=None, *, shielded=False):
    """An upload on a post: its row and the path of its original."""
    id_ = await house.send(data or samples.jpeg())
    await house.db.write(lambda tx: attach.bind(tx, POST, [id_], shielded=shielded))
    row = await house.db.read(queries.own, house.account, id_)
    file = row.file("original")
    return row, f"/media/{file.token}/{file.name}"


def test_a_file_comes_whole_and_harmless(happens_everywhere):
    """Whatever a stranger's file pretends to be, a browser must only ever see a picture in it."""

    async def story(house):
        row, path = await posted(house)
        answer = await ask(house, path)
        assert answer.status == 200
        assert len(answer.body) == row.files[0].size
        assert Image.open(io.BytesIO(answer.body)).format == "JPEG"
        assert answer.headers == {
            "content-type": "image/jpeg",
            "content-length": str(row.files[0].size),
            "content-disposition": "inline",
            "content-security-policy": "sandbox; default-src 'none'",
            "x-content-type-options": "nosniff",
            "cross-origin-resource-policy": "cross-origin",
            "referrer-policy": "same-origin",
            "strict-transport-security": "max-age=63072000; includeSubDomains; preload",
            "accept-ranges": "bytes",
            "cache-control": "public, max-age=31536000, s-maxage=60, immutable",
            "etag": f'"{row.files[0].token}"',
        }
        head = await ask(house, path, "HEAD")
        assert (head.status, head.headers, head.body) == (200, answer.headers, b"")
        seen = await ask(house, path, if_none_match=f'"x", W/{answer.headers["etag"]}')
        assert (seen.status, seen.body) == (304, b"")
        part = await ask(house, path, range="bytes=10-19")
        assert (part.status, part.body) == (206, answer.body[10:20])
        assert part.headers["content-range"] == f"bytes 10-19/{row.files[0].size}"

    happens_everywhere(story)


def test_any_range_is_the_bytes_of_the_whole(happens_once):
    """A film that is wound forward shows what belongs there, across the seams of sealed chunks."""

    async def story(house):
        noise = Image.effect_noise((700, 700), 90).convert("RGB")
        out = io.BytesIO()
        noise.save(out, "PNG")
        _, path = await posted(house, out.getvalue())
        whole = (await ask(house, path)).body
        size = len(whole)
        assert size > 2 * 65536
        edges = (0, 1, 65535, 65536, 65537, 131071, 131072, size - 1)
        for start in edges:
            for end in (edge for edge in (*edges, size + 5) if edge >= start):
                part = await ask(house, path, range=f"bytes={start}-{end}")
                assert (part.status, part.body) == (206, whole[start : end + 1])
            assert (await ask(house, path, range=f"bytes={start}-")).body == whole[start:]
        assert (await ask(house, path, range="bytes=-100")).body == whole[-100:]
        assert (await ask(house, path, range=f"bytes=-{size + 9}")).body == whole
        for outside in (f"bytes={size}-", f"bytes={size + 1}-{size + 2}", "bytes=-0"):
            refused = await ask(house, path, range=outside)
            assert (refused.status, refused.body) == (416, b"")
            assert refused.headers["content-range"] == f"bytes */{size}"
        for ignored in ("bytes=0-1,5-9", "bytes=-", "bytes=9-3", "lines=1-2", "bytes=a-b"):
            assert (await ask(house, path, range=ignored)).status == 200
        assert (await ask(house, path, range="bytes=0-1", if_range='"old"')).status == 200
        assert (await ask(house, path, "HEAD", range="bytes=0-1")).status == 200

    happens_once(story)


@given(
    size=st.integers(1, 300_000),
    given=st.from_regex(rb"bytes=[0-9]{0,7}-[0-9]{0,7}", fullmatch=True) | st.binary(max_size=30),
)
def test_a_range_lies_inside_the_file(size, given):
    """Whatever is asked for: whole, inside or refused; never an error of ours, never too much."""
    scope = {"method": "GET", "headers": [(b"range", given)]}
    try:
        wanted = serve._range(scope, b'"tag"', size)
    except Unsatisfiable:
        return
    if wanted is not None:
        start, end = wanted
        assert 0 <= start < end <= size


def test_only_the_exact_address_finds_a_file(happens):
    """D8, D10, CVE-2025-32943, CVE-2025-46559: no other file is a guess away, and no path is."""

    async def story(house):
        row, path = await posted(house)
        token, small = row.files[0].token, row.file("small")
        hostile = [
            path.replace("original", "small"),
            f"/media/{small.token}/original.jpg",
            path.removesuffix(".jpg"),
            path.replace(".jpg", ".png"),
            path.replace(".jpg", ".JPG"),
            path.replace("original", "original@2x"),
            path + ".orig",
            path + "/",
            path + "/..",
            path + "%00",
            path + "\0",
            path + "\n",
            path.replace("/original", "//original"),
            path.replace("original", "%6friginal"),
            f"/media/{token}",
            f"/media/{token}/",
            f"/media/{token.swapcase()}/original.jpg",
            f"/media/{token[:-1]}/original.jpg",
            "/media/",
            "/media/../whimbrel.db",
            f"/media/%2e%2e/{token}/original.jpg",
            f"/media/..\\{token}/original.jpg",
            f"/media/{token}/../../keyring.bin",
            f"/media/{row.files[0].object}",
        ]
        for bad in hostile:
            with pytest.raises(NotFound):
                await ask(house, bad)
        with pytest.raises(NotFound):
            await ask(house, path, query=b"list-type=2")
        for method in ("POST", "DELETE", "TRACE", "PUT"):
            assert (await ask(house, path, method)).status == 405
        assert (await ask(house, path)).status == 200

    happens(story)


def test_hidden_posts_files_stay_out_of_caches(happens):
    """D9: a proxy that keeps a direct message's picture serves it to the next who asks."""

    async def story(house):
        _, path = await posted(house, shielded=True)
        id_ = await house.send(samples.jpeg())
        loose = (await house.db.read(queries.own, house.account, id_)).files[0]
        draft = f"/media/{loose.token}/{loose.name}"
        for each in (path, draft):
            with pytest.raises(NotFound):
                await ask(house, each)
        asked = []

        async def may_look(scope, who, file):
            asked.append((who, file.post))
            return True

        house.app.may_look = may_look
        for each in (path, draft):
            assert (await ask(house, each)).headers["cache-control"] == "private, no-store"
        assert asked == [(None, POST), (None, 0)]

    happens(story)


def test_an_erased_file_is_gone_with_the_next_question(happens_everywhere):
    """Erased is erased: by row, by the file's key, by its author's key; whatever the store has."""

    async def story(house):
        row, path = await posted(house)
        other, other_path = await posted(house)
        assert (await ask(house, path)).status == 200
        await house.db.write(erase.forget, [row.id])
        for headers in ({}, {"if_none_match": f'"{row.files[0].token}"'}, {"range": "bytes=0-1"}):
            with pytest.raises(NotFound):
                await ask(house, path, **headers)
        house.db.keyring.shred([other.author_slot])
        with pytest.raises(NotFound):
            await ask(house, other_path)
        with pytest.raises(NotFound):
            await ask(house, other_path, "HEAD")

    happens_everywhere(story)


def test_files_of_a_suspended_account_are_given_to_nobody(happens):
    """Who has the address of a picture must not go on seeing what moderators took away; and when
    they give it back, it is there again."""

    async def story(house):
        _, path = await posted(house)
        await house.db.write(queries.withhold, house.account, True)
        with pytest.raises(NotFound):
            await ask(house, path)
        await house.db.write(queries.withhold, house.account, False)
        assert (await ask(house, path)).status == 200

    happens(story)


def test_a_download_under_way_breaks_off_when_the_file_is_erased(happens_once):
    """Whoever reads slowly must not go on reading for an hour what is no more."""

    async def story(house):
        out = io.BytesIO()
        Image.effect_noise((700, 700), 90).convert("RGB").save(out, "PNG")
        row, path = await posted(house, out.getvalue())
        sent = []

        async def erased_at_once(message):
            sent.append(len(message.get("body", b"")))
            if sent[-1]:
                await house.db.write(erase.forget, [row.id])

        with pytest.raises(NotFound):
            await ask(house, path, on_send=erased_at_once)
        assert sum(sent) == 65536

    happens_once(story)


def test_a_lost_or_changed_object_is_an_error_before_the_first_byte(happens_once, tmp_path):
    """Half a picture with status 200 would be kept by every cache for a year."""

    async def story(house):
        row, path = await posted(house)
        place = tmp_path / "objects" / row.files[0].object
        sealed = place.read_bytes()
        place.write_bytes(sealed[:-1] + bytes([sealed[-1] ^ 1]))
        for error, broken in ((Exception, True), (NotFound, False)):
            seen = []

            async def note(message, seen=seen):
                seen.append(message)

            with pytest.raises(error):
                await ask(house, path, on_send=note)
            assert seen == []
            if broken:
                place.unlink()

    happens_once(story)


def test_many_at_once(happens_once):
    """A page of pictures is asked for in one breath."""

    async def story(house):
        paths = [(await posted(house))[1] for _ in range(3)]
        answers = await asyncio.gather(*(ask(house, path) for path in paths * 10))
        assert {answer.status for answer in answers} == {200}

    happens_once(story)
