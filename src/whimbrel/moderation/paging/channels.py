"""Ways a call goes out that reach no one by name: ntfy (one POST), a signed webhook. It says which
class of case waits, until when, and where it lies: phones leak.

Sources: ntfy's publishing API; Standard Webhooks 1.0 for the signature."""

import hmac
from base64 import b64decode, b64encode
from hashlib import sha256
from urllib.parse import urlsplit, urlunsplit

import msgspec

from whimbrel.core.abroad import Unreachable
from whimbrel.core.app import App
from whimbrel.core.ids import iso, millis, moment

from ..rules import Class

URGENT, HIGH = "5", "4"  # of ntfy: rings through silence; rings
_URGENT: tuple[Class, ...] = ("L0", "V1")
_PREFIX = "whsec_"


class Page(msgspec.Struct, frozen=True):
    """What somebody is called with."""

    id: int
    klass: Class
    due: int  # ms since 1970
    link: str  # takes the case on, once
    practice: bool = False  # nothing waits

    @property
    def title(self) -> str:
        """Class and end of its time, in one line."""
        begin = "Practice, as " if self.practice else ""
        return f"{begin}{self.klass}: until {moment(self.due):%d %b %H:%M} UTC"


async def ntfy(app: App, url: str, page: Page) -> None:
    """Publish to a topic.

    Args:
        url: of the topic; with an access token before the host (`https://TOKEN@ntfy.example/x`).
    Raises:
        Refused, Unreachable: it was not taken.
    """
    token, where = _apart(url)
    headers = {
        "Title": page.title,
        "Priority": URGENT if page.klass in _URGENT else HIGH,
        "Tags": "rotating_light",
        "Click": page.link,
    }
    if token:
        headers["Authorization"] = f"Bearer {token}"
    said = "Practice: nothing waits. Say that you got it" if page.practice else "A case waits"
    await _post(app, where, f"{said}. {page.link}".encode(), headers)


async def webhook(app: App, url: str, secret: str, page: Page) -> None:
    """Tell another program, signed.

    Args:
        secret: what the signature is made with: `whsec_` and base64.
    Raises:
        Refused, Unreachable: it was not taken.
    """
    now = app.db.env.clock()
    said = {"class": page.klass, "due": iso(page.due), "link": page.link}
    kind = "call.practised" if page.practice else "case.waits"
    event = {"type": kind, "timestamp": iso(millis(now)), "data": said}
    body, id_, at = msgspec.json.encode(event), f"page_{page.id}", f"{int(now.timestamp())}"
    headers = {
        "Content-Type": "application/json",
        "webhook-id": id_,
        "webhook-timestamp": at,
        "webhook-signature": f"v1,{signature(secret, id_, at, body)}",
    }
    await _post(app, url, body, headers)


def signature(secret: str, id_: str, at: str, body: bytes) -> str:
    """Over id, time and body, so that none can be sent again as another."""
    key = b64decode(secret.removeprefix(_PREFIX))
    made = hmac.digest(key, f"{id_}.{at}.".encode() + body, sha256)
    return b64encode(made).decode()


def _apart(url: str) -> tuple[str, str]:
    """The token of an address, and the address without it."""
    parts = urlsplit(url)
    token, _, host = parts.netloc.rpartition("@")
    return token, urlunsplit(parts._replace(netloc=host))


async def _post(app: App, url: str, body: bytes, headers: dict[str, str]) -> None:
    if app.fetcher is None:
        raise Unreachable("Nobody is called from a command.")
    answer = await app.fetcher.post(url, body, headers=headers)
    if not 200 <= answer.status < 300:
        raise Unreachable(f"The page was answered with {answer.status}.")
