"""What can go wrong for a caller, told as a sentence to a stranger.

An error carries a status and a code for the edge that answers; nothing here knows HTTP."""

from collections.abc import Mapping, Sequence

ECHOED = 40  # characters


def echo(said: str) -> str:
    """What somebody sent, as an error may repeat it: enough to know it again, and no more."""
    return said if len(said) <= ECHOED else said[: ECHOED - 1] + "…"


class WhimbrelError(Exception):
    """Base of every refusal. The message is shown to whoever asked, so it tells nothing secret."""

    status = 500
    code = "error"
    challenge: str = ""  # how a request is to be signed; see RFC 9421, Accept-Signature

    def __init__(self, message: str = "") -> None:
        super().__init__(message or (self.__doc__ or "").split("\n", 1)[0])

    def __str__(self) -> str:
        """The message as it was given: `words.Said` is still that, for a page to translate."""
        said: str = self.args[0]
        return said


class Invalid(WhimbrelError):
    """That cannot be taken as it is."""

    status, code = 422, "invalid"

    def __init__(
        self,
        message: str = "",
        details: Mapping[str, Sequence[tuple[str, str]]] | None = None,
    ) -> None:
        """`details` maps a field's name to (Mastodon error code, sentence) pairs."""
        super().__init__(message)
        self.details = dict(details or {})


class Malformed(WhimbrelError):
    """The request could not be read."""

    status, code = 400, "malformed"


class Unauthorized(WhimbrelError):
    """The access token is invalid."""

    status, code = 401, "unauthorized"


class ForMembers(Unauthorized):
    """This method requires an authenticated user"""

    # In Mastodon's words: the operator does not let strangers read this.


class Forbidden(WhimbrelError):
    """This action is not allowed."""

    status, code = 403, "forbidden"


class NotFound(WhimbrelError):
    """Record not found"""

    # Absent, erased, or not for your eyes: the three are told in the same words and take the
    # same time.
    status, code = 404, "not_found"


class Conflict(WhimbrelError):
    """Somebody else was first. Read it again and retry."""

    status, code = 409, "conflict"


class Gone(WhimbrelError):
    """This was here and has been removed."""

    status, code = 410, "gone"


class TooLarge(WhimbrelError):
    """That is more than this server takes."""

    status, code = 413, "too_large"


class WrongType(WhimbrelError):
    """What was sent is of a kind that is not taken here."""

    status, code = 415, "wrong_type"


class TooMany(WhimbrelError):
    """Too many requests"""

    status, code = 429, "too_many"

    def __init__(self, message: str = "", retry_after: int = 60) -> None:
        """`retry_after` in seconds."""
        super().__init__(message)
        self.retry_after = retry_after


class Unavailable(WhimbrelError):
    """This does not work right now. Nothing was changed."""

    status, code = 503, "unavailable"

    def __init__(self, message: str = "", retry_after: int = 30) -> None:
        """`retry_after` in seconds."""
        super().__init__(message)
        self.retry_after = retry_after


class NoRoom(Unavailable):
    """This server's disk is full. Nothing was changed."""

    status, code = 507, "no_room"


class DiskBroken(WhimbrelError):
    """The disk failed. Nothing more was acknowledged: look at the disk, then start again."""
