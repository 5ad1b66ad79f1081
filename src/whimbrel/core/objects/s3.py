"""Objects in a bucket of any S3 endpoint, addressed by path: PUT, ranged GET, DELETE and list.

Nothing else of S3 is used, so that every provider's dialect will do. Bucket policies, versioning
and life cycles are the operator's affair: a bucket that keeps versions keeps ciphertext only."""

import asyncio
import random
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from xml.etree import ElementTree

from aiohttp import ClientError, ClientResponse, ClientSession, ClientTimeout, TCPConnector
from yarl import URL

from ..errors import NotFound, Unavailable
from .sigv4 import EMPTY, Credentials, query_string, sign
from .store import BLOCK, Stored, checked, digest_file, is_key, key_of

TRIES = 4
_TIMEOUT = ClientTimeout(total=None, sock_connect=10, sock_read=30)
_ANSWERED = 40.0  # seconds until an answer begins, and more for what is sent:
_SLOWEST = 50_000  # bytes a second
_PAGE_BYTES = 8 << 20  # a page of 1,000 keys has about 0.3 MB
_DELETES = 8  # at once


class S3Failure(Exception):
    """What the store answered, for the operator: the cause of the `Unavailable` that people see."""


class S3Store:
    """An `ObjectStore` in a bucket that exists."""

    def __init__(self, bucket: str, endpoint: str, region: str, key: str, secret: str) -> None:
        """`endpoint` is `http(s)://HOST[:PORT]`, without the bucket."""
        parts = urlsplit(endpoint)
        self.bucket = bucket
        self._origin = f"{parts.scheme}://{parts.netloc}"
        self._host = parts.netloc
        self._who = Credentials(key, secret, region)
        self._session: ClientSession | None = None

    async def put(self, path: Path) -> Stored:
        """See `ObjectStore.put`."""
        digest, size = await asyncio.to_thread(digest_file, path)
        key = key_of(digest)
        async with self._ask("HEAD", key, good=(200, 404)) as found:
            if found.status == 200 and found.content_length == size:
                return Stored(key, size)
        async with self._ask("PUT", key, good=(200,), file=path, digest=digest, size=size):
            return Stored(key, size)

    async def open(self, key: str, start: int = 0, end: int | None = None) -> AsyncGenerator[bytes]:
        """See `ObjectStore.open`."""
        checked(key)
        if end is not None and end <= start:
            return
        whole = start == 0 and end is None
        headers = {} if whole else {"range": f"bytes={start}-{'' if end is None else end - 1}"}
        good = (200, 404) if whole else (200, 206, 404, 416)
        async with self._ask("GET", key, good=good, headers=headers) as answer:
            if answer.status == 404:
                raise NotFound
            if answer.status == 416:  # begins behind the last byte
                return
            if answer.status == 200 and not whole:  # rclone says so of a part, too
                part = answer.headers.get("content-range", "")
                if not part.startswith(f"bytes {start}-"):
                    failure = S3Failure(f"GET {self.bucket}/{key}: no part of it, but all")
                    raise Unavailable("The media storage does not work right now.") from failure
            try:
                async for block in answer.content.iter_chunked(BLOCK):
                    yield block
            except (ClientError, TimeoutError) as failure:
                raise Unavailable("The media storage stopped answering.") from failure

    async def delete(self, keys: Sequence[str]) -> None:
        """See `ObjectStore.delete`. One by one: not every provider has the request for many."""
        slots = asyncio.Semaphore(_DELETES)

        async def remove(key: str) -> None:
            async with slots, self._ask("DELETE", key, good=(200, 204, 404)):
                return

        removals = (remove(checked(key)) for key in keys)
        for failure in await asyncio.gather(*removals, return_exceptions=True):
            if failure is not None:
                raise failure

    async def list(self, prefix: str = "") -> AsyncGenerator[Stored]:
        """See `ObjectStore.list`."""
        query = {"list-type": "2", "prefix": prefix}
        while True:
            async with self._ask("GET", "", good=(200,), query=query) as answer:
                found, following = _parse_page(await _read_page(answer))
            for stored in found:
                yield stored
            if not following:
                return
            query["continuation-token"] = following

    async def holds(self, prefix: str) -> bool:
        """Whether any name begins with `prefix`, strangers' files included. Raises Unavailable."""
        query = {"list-type": "2", "prefix": prefix, "max-keys": "1"}
        async with self._ask("GET", "", good=(200,), query=query) as answer:
            return b"<Key>" in await _read_page(answer)

    async def read(self, name: str, most: int) -> bytes | None:
        """A small object of any name; None: there is none. Raises Unavailable, also where it has
        more than `most` bytes."""
        async with self._ask("GET", name, good=(200, 404)) as answer:
            if answer.status == 404:
                return None
            return await _read_up_to(answer, most)

    async def write(self, name: str, content: bytes, *, fresh: bool = False) -> bool:
        """Store a small object under any name; whether it is this that lies there now.

        Args:
            fresh: only where there is none of that name (If-None-Match).
        """
        headers = {"if-none-match": "*"} if fresh else {}
        digest, size = sha256(content).hexdigest(), len(content)
        async with self._ask(
            "PUT",
            name,
            good=(200, 409, 412) if fresh else (200,),
            headers=headers,
            file=content,
            digest=digest,
            size=size,
        ) as answer:
            if answer.status == 200:
                return True
        # It may have been we: an answer that was lost is asked for a second time.
        return await self.read(name, _PAGE_BYTES) == content

    async def save(self, name: str, path: Path) -> str:
        """Store a file under any name, in the place of what lies there; its SHA-256 (hex)."""
        digest, size = await asyncio.to_thread(digest_file, path)
        async with self._ask("PUT", name, good=(200,), file=path, digest=digest, size=size):
            return digest

    async def load(self, name: str, path: Path) -> str:
        """Write an object of any name to a file; its SHA-256 (hex).

        Raises:
            NotFound, Unavailable: as `open`.
        """
        found = sha256()
        async with self._ask("GET", name, good=(200, 404)) as answer:
            if answer.status == 404:
                raise NotFound
            try:
                with await asyncio.to_thread(path.open, "wb") as out:
                    async for block in answer.content.iter_chunked(BLOCK):
                        found.update(block)
                        await asyncio.to_thread(out.write, block)
            except (ClientError, TimeoutError) as failure:
                raise Unavailable("The media storage stopped answering.") from failure
        return found.hexdigest()

    async def remove(self, name: str) -> None:
        """Remove an object of any name. An absent one is no error."""
        async with self._ask("DELETE", name, good=(200, 204, 404)):
            return

    async def make_bucket(self) -> None:
        """Create the bucket; nothing happens when it is ours already."""
        async with self._ask("PUT", "", good=(200, 409)):
            return

    async def close(self) -> None:
        """See `ObjectStore.close`."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    @asynccontextmanager
    async def _ask(
        self,
        method: str,
        key: str,
        *,
        good: tuple[int, ...],
        query: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        file: Path | bytes | None = None,
        digest: str = EMPTY,
        size: int = 0,
    ) -> AsyncIterator[ClientResponse]:
        """One request, signed anew at each try; 5xx, 429 and broken connections are retried."""
        for attempt in range(1, TRIES + 1):
            async with AsyncExitStack() as stack:
                try:
                    answer = await self._send(
                        stack, method, key, query, headers, file, digest, size
                    )
                except (ClientError, TimeoutError, OSError) as broken:
                    failure = S3Failure(f"{method} {self.bucket}/{key}: {broken!r}")
                else:
                    if answer.status in good:
                        yield answer
                        return
                    failure = await _explain(answer, f"{method} {self.bucket}/{key}")
                    if answer.status < 500 and answer.status != 429:
                        break
            if attempt < TRIES:
                await asyncio.sleep(0.2 * 2**attempt * random.uniform(0.5, 1))
        raise Unavailable("The media storage does not work right now.") from failure

    async def _send(
        self,
        stack: AsyncExitStack,
        method: str,
        key: str,
        query: Mapping[str, str] | None,
        headers: Mapping[str, str] | None,
        file: Path | bytes | None,
        digest: str,
        size: int,
    ) -> ClientResponse:
        if self._session is None:  # made here: it belongs to the running event loop
            self._session = ClientSession(
                connector=TCPConnector(limit=0),  # as many as read: the slow hold up nobody else
                timeout=_TIMEOUT,
                headers={"accept-encoding": "identity"},
                auto_decompress=False,
            )
        path = f"/{self.bucket}/{key}" if key else f"/{self.bucket}"
        asked = query_string(query or {})
        signed = sign(
            self._who, datetime.now(UTC), method, self._host, path, asked, digest, headers
        )
        body: Any = file
        if file is not None:
            signed["content-length"] = str(size)
        if isinstance(file, Path):
            body = stack.enter_context(await asyncio.to_thread(file.open, "rb"))
        url = URL(f"{self._origin}{path}{'?' if asked else ''}{asked}", encoded=True)
        # The library begins to count when all is sent: a store may take no more before that.
        async with asyncio.timeout(_ANSWERED + size / _SLOWEST):
            return await stack.enter_async_context(
                self._session.request(method, url, headers=signed, data=body, allow_redirects=False)
            )


async def _explain(answer: ClientResponse, what: str) -> S3Failure:
    """Status and the store's own code, such as SignatureDoesNotMatch or NoSuchBucket."""
    said = await answer.content.read(2000)
    code = said.partition(b"<Code>")[2].partition(b"</Code>")[0][:80].decode("ascii", "replace")
    return S3Failure(f"{what}: {answer.status} {code or answer.reason}")


async def _read_page(answer: ClientResponse) -> bytes:
    return await _read_up_to(answer, _PAGE_BYTES)


async def _read_up_to(answer: ClientResponse, most: int) -> bytes:
    page = bytearray()
    try:
        async for block in answer.content.iter_chunked(BLOCK):
            page += block
            if len(page) > most:
                raise S3Failure(f"an answer of more than {most} bytes")
    except (ClientError, TimeoutError, S3Failure) as failure:
        raise Unavailable("The media storage sent what cannot be read.") from failure
    return bytes(page)


def _parse_page(xml: bytes) -> tuple[list[Stored], str]:
    """Objects of a ListObjectsV2 answer and the token of the next page ("" = this is the last)."""
    try:
        if b"<!" in xml:
            raise S3Failure("a list with a document type or entities")
        root = ElementTree.fromstring(xml)  # noqa: S314 - no "<!", so no entities to expand
        space = root.tag.partition("}")[0] + "}" if root.tag.startswith("{") else ""
        found = [
            Stored(entry.findtext(f"{space}Key", ""), int(entry.findtext(f"{space}Size", "")))
            for entry in root.iter(f"{space}Contents")
        ]
    except (ElementTree.ParseError, ValueError, S3Failure) as failure:
        raise Unavailable("The media storage sent a list that cannot be read.") from failure
    following = root.findtext(f"{space}NextContinuationToken", "")
    return [stored for stored in found if is_key(stored.key)], following
