"""Asking other servers: signed in our server's own name, guarded, and believed only as far as an
answer proves itself.

Rules A to I of the trust rules: a document counts if it lies where its id says, on the server of
whoever it speaks of, in a media type that is meant for it. Nothing here is stored."""

import asyncio
from typing import NamedTuple
from urllib.parse import urldefrag, urljoin

from whimbrel.core.app import App
from whimbrel.core.errors import NotFound
from whimbrel.core.fetch import Answer, Refused, Unreachable, address_of

from . import keys, reading, signatures
from .queries import signers
from .queries.barred import is_barred
from .rules import SERVER, Style, hosts_of, origin_of, same_origin
from .signatures.message import request_to

DAY = 86_400_000  # ms
STYLE_LASTS = 30 * DAY
REDIRECTS = 3
SECONDS = 10.0  # for one document, with everything that leads to it
ACCEPT = 'application/activity+json, application/ld+json; profile="https://www.w3.org/ns/activitystreams"'


class Missing(NotFound):
    """The other server says that there is no such thing."""


class Departed(Missing):
    """The other server says that it was deleted."""


class Document(NamedTuple):
    """What was found, and where in the end."""

    said: reading.Object
    url: str


async def read_object(app: App, url: str) -> reading.Object:
    """What lies at `url`, under that id.

    Raises:
        Refused: it says that it is another thing, or of another server; our own address.
        Missing, Departed, Unreachable, Malformed.
    """
    found = await read(app, url)
    id_ = reading.id_of(found.said)
    if id_ is None or not same_origin(id_, found.url):
        raise Refused("That document says that it is from elsewhere.")
    if id_ != found.url:
        found = await read(app, id_)
        if reading.id_of(found.said) != id_ or found.url != id_:
            raise Refused("That document does not lie where it says.")
    author = reading.author_of(found.said)
    if author is not None and not same_origin(author, id_):
        raise Refused("That document is about somebody elsewhere.")
    return found.said


async def read(app: App, url: str) -> Document:
    """A document of ActivityStreams, whatever it says that it is. Redirects stay on its server.

    Raises:
        As `read_object`.
    """
    url = urldefrag(url).url
    try:
        async with asyncio.timeout(SECONDS):
            answer = await _follow(app, url)
    except TimeoutError as error:
        raise Unreachable from error
    if not reading.is_activity(answer.headers.get("content-type", "")):
        raise Refused("That server answers with something else.")
    return Document(reading.parse(answer.body), answer.url)


async def _follow(app: App, url: str) -> Answer:
    try:
        first = origin_of(url)
    except ValueError as error:
        raise Refused from error
    if first in (app.instance.origin, app.instance.media_origin):
        raise Refused("That is ourselves.")
    host = first.partition("://")[2]
    if await app.db.read(is_barred, hosts_of(host.rpartition(":")[0] or host)):
        raise Refused("This server is kept out here.")
    at = str(address_of(url))
    for _ in range(REDIRECTS + 1):
        answer = await _get(app, at)
        onward = answer.headers.get("location")
        if answer.status // 100 != 3 or onward is None:
            return _checked(answer)
        at = urldefrag(str(address_of(urljoin(at, onward)))).url
        if not same_origin(at, first):
            raise Refused("That address leads to another server.")
    raise Refused("That address leads on and on.")


def _checked(answer: Answer) -> Answer:
    if answer.status == 200:
        return answer
    if answer.status == 410:
        raise Departed
    if answer.status == 404:
        raise Missing
    raise Unreachable(f"That server answers {answer.status}.")


async def _get(app: App, url: str) -> Answer:
    """One signed GET, in the way that this server takes; if we do not know, in both."""
    origin = origin_of(url)
    now = app.db.env.clock()
    since = int(now.timestamp() * 1000) - STYLE_LASTS
    known = await app.db.read(signers.style, origin, since)
    order = [known] if known is not None else []
    order += [style for style in Style if style is not known]
    for style in order:
        answer = await _ask(app, url, style)
        wish = None if style is not order[0] else _wished(answer, url)
        if wish is not None:
            style = Style.RFC9421
            answer = await _ask(app, url, style, wish)
        if answer.status not in (400, 401):
            if style is not known and answer.status == 200:
                await app.db.write(signers.set_style, origin, style)
            return answer
    if "?" in url:  # some leave the query out of what is signed
        return await _ask(app, url, Style.DRAFT, bare=True)
    return answer


def _wished(answer: Answer, url: str) -> signatures.Wish | None:
    """How it asks to be signed to, where that is another way than ours."""
    if answer.status != 401:
        return None
    return signatures.wished(answer.headers, request_to("GET", url, headers={"accept": ACCEPT}))


async def _ask(
    app: App, url: str, style: Style, wish: signatures.Wish | None = None, *, bare: bool = False
) -> Answer:
    if app.fetcher is None:
        raise Unreachable
    at = url.partition("?")[0] if bare else url
    signed = await _signed(app, at, style, wish)
    return await app.fetcher.get(url, headers=signed, most=1 << 20, redirects=0)


async def asks(app: App, url: str) -> dict[str, str]:
    """The headers of a GET for a file that is not for everybody, in our server's name."""
    since = int(app.db.env.clock().timestamp() * 1000) - STYLE_LASTS
    known = await app.db.read(signers.style, origin_of(url), since)
    return await _signed(app, url, known or Style.DRAFT)


async def _signed(
    app: App, url: str, style: Style, wish: signatures.Wish | None = None
) -> dict[str, str]:
    """The headers of a GET in our server's name."""
    private = await keys.private_of(app, SERVER)
    request = request_to("GET", url, headers={"accept": ACCEPT})
    key_id = f"{keys.actor_of(app.instance, SERVER)}#main-key"
    now = app.db.env.clock().timestamp()
    return keys.sign(style, request, private, key_id, now, wish)


async def read_json(app: App, url: str, accept: str) -> reading.Object:
    """A document that is no activity: WebFinger. Redirects may lead to another server, for that is
    how handles are hosted.

    Raises:
        Refused, Missing, Unreachable, Malformed.
    """
    if app.fetcher is None:
        raise Unreachable
    answer = _checked(await app.fetcher.get(url, headers={"accept": accept}, most=1 << 18))
    kind = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in ("application/jrd+json", "application/json"):
        raise Refused("That server answers with something else.")
    return reading.plain(answer.body)


async def read_text(app: App, url: str, accept: str) -> str:
    """The beginning of a small text; redirects as with `read_json`. Raises as that."""
    if app.fetcher is None:
        raise Unreachable
    answer = _checked(await app.fetcher.get(url, headers={"accept": accept}, most=1 << 16))
    return answer.body.decode("utf-8", "replace")
