"""Addresses of files. Each has its own random token: no address can be derived from another."""

from whimbrel.core.settings import Instance

# Pictures of people have fixed names, so that a token alone is enough to find one.
PICTURES = ("avatar", "header")


def file_url(instance: Instance, token: str, name: str) -> str:
    """Where anybody finds the file `name`, which must be called exactly so."""
    return f"{instance.media_origin}/media/{token}/{name}"


def avatar_url(instance: Instance, token: str) -> str:
    """Where anybody finds the picture that `accounts.avatar` names."""
    return file_url(instance, token, "avatar")


def header_url(instance: Instance, token: str) -> str:
    """Where anybody finds the picture that `accounts.header` names."""
    return file_url(instance, token, "header")
