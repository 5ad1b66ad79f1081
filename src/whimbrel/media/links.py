"""Links to files that not everybody may see: for one reader each, and for a quarter of an hour.

A file of a post for few, or of none yet, has no address that opens it. Where its address stands in
what is kept ready for many, there is a gap; it is filled when the words go to somebody, with a pass
that names them. Whether they may still see the post is asked again when the file is.

A pass is the present's only: it is signed, never stored, and cannot be taken back but by what it is
asked against."""

import re
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode

from whimbrel.core.keyring import Keyring

LASTS = 900  # seconds, at most
STEP = 300  # a reader's links stay the same for so long, and what they stand in with them

Who = int | str  # somebody here, by accounts.id; another server, as https://host

_SECRET = secrets.token_hex(16)  # nobody outside this process knows it
_MARK = _SECRET.encode()
_GAP = re.compile(rb"/media/([A-Za-z0-9_-]{22})/%b\.([0-9]{1,20})/" % _MARK)
_FILE = re.compile(  # of posts only: pictures of people are called otherwise
    rb"/media/([A-Za-z0-9_-]{22})/(?:[A-Za-z0-9_-]{38,480}/)?((?:original|small)\b)"
)
_MAC = 16  # bytes
_SOMEBODY = b"\0"


def gap(post: int) -> str:
    """What stands in an address instead of a pass. Args: `post`: the file's; 0 = it has none."""
    return f"{_SECRET}.{post}"


def has_gaps(told: bytes) -> bool:
    """Whether anything of this is to be filled before it goes out."""
    return _MARK in told


def filled(keyring: Keyring, told: bytes, who: Who, ms: int) -> bytes:
    """The same with links for `who`. Args: `ms`: the present."""
    until, name = _until(who, ms), _name(who)

    def linked(found: re.Match[bytes]) -> bytes:
        made = _pass(keyring, found[1], int(found[2]), until, name)
        return b"/media/%b/%b/" % (found[1], made)

    return _GAP.sub(linked, told)


def loose(keyring: Keyring, told: bytes, owner: int, ms: int) -> bytes:
    """The status of a post that is being deleted, with links for whoever may attach its files to
    another one."""
    return filled(keyring, _FILE.sub(rb"/media/\1/%b.0/\2" % _MARK, told), owner, ms)


def reader(keyring: Keyring, token: str, post: int, given: bytes, ms: int) -> Who | None:
    """Whom a pass names; None where it is none for this file on this post, or is over."""
    try:
        raw = urlsafe_b64decode(given + b"=" * (-len(given) % 4))
    except ValueError:
        return None
    until, name = int.from_bytes(raw[:4]), raw[4 + _MAC :]
    # Bytes, not what they stand for, are compared: base64 can say the same in several ways.
    genuine = secrets.compare_digest(given, _pass(keyring, token.encode(), post, until, name))
    if not genuine or not ms // 1000 < until <= ms // 1000 + LASTS:
        return None
    return int.from_bytes(name[1:]) if name[:1] == _SOMEBODY else name.decode()


def _pass(keyring: Keyring, token: bytes, post: int, until: int, name: bytes) -> bytes:
    end = until.to_bytes(4)
    said = b"".join((token, post.to_bytes(8), end, name))
    made = end + keyring.mac("a link to a file", said)[:_MAC] + name
    return urlsafe_b64encode(made).rstrip(b"=")


def _until(who: Who, ms: int) -> int:
    now = ms // 1000
    return (now if isinstance(who, str) else now - now % STEP) + LASTS


def _name(who: Who) -> bytes:
    return who.encode() if isinstance(who, str) else _SOMEBODY + who.to_bytes(8)
