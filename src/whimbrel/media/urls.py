"""Addresses of files. Each has its own random token: no address can be derived from another."""

from whimbrel.core.settings import Instance

from .links import gap

# Pictures of people have fixed names, so that a token alone is enough to find one.
PICTURES = ("avatar", "header")
_BELOW = "/media/"


def file_url(instance: Instance, token: str, name: str, closed: int | None = None) -> str:
    """Where the file `name` is found, which must be called exactly so.

    Args:
        closed: the post it is on, where not everybody may see that, or 0 for a file on none: then
            the address has a gap (`links`).
    """
    if closed is not None:
        name = f"{gap(closed)}/{name}"
    return f"{instance.media_origin}{_BELOW}{token}/{name}"


def shown(instance: Instance, url: str | None, closed: int | None = None) -> str | None:
    """An address that was written down once, as it is today. Args: as `file_url`."""
    token, _, name = (url or "").rpartition(_BELOW)[2].partition("/")
    return file_url(instance, token, name, closed) if token and name else url


def avatar_url(instance: Instance, token: str) -> str:
    """Where anybody finds the picture that `accounts.avatar` names."""
    return file_url(instance, token, "avatar")


def header_url(instance: Instance, token: str) -> str:
    """Where anybody finds the picture that `accounts.header` names."""
    return file_url(instance, token, "header")
