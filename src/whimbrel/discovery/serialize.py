"""What is found, as Mastodon's JSON."""

from whimbrel.accounts import serialize
from whimbrel.accounts.rules import Account
from whimbrel.core.settings import Instance

from .rules import OLD_NAME, Suggestion


def array(parts: list[bytes]) -> bytes:
    """JSON values as an array."""
    return b"[%b]" % b",".join(parts)


def accounts(instance: Instance, found: list[Account]) -> bytes:
    """Accounts as an array."""
    return array([serialize.account(instance, each) for each in found])


def suggestion(instance: Instance, found: Suggestion) -> bytes:
    """Somebody suggested (Mastodon's Suggestion)."""
    sources = ",".join(f'"{source}"' for source in found.sources)
    return b'{"source":"%b","sources":[%b],"account":%b}' % (
        OLD_NAME[found.sources[0]].encode(),
        sources.encode(),
        serialize.account(instance, found.account),
    )
