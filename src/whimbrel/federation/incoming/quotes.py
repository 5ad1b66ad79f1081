"""What posts elsewhere quote, and who may quote them.

Source: FEP-044f; GoToSocial's interaction policies, in their old and their new words"""

from whimbrel.posts.rules import QuotePolicy

from .. import reading
from ..reading import PUBLIC
from .values import web_address

# What somebody's software says for who cannot show quotes; Mastodon's marks it so.
_MENTION = '<p class="quote-inline">'


def quoted_by(said: reading.Object) -> str | None:
    """The post that one quotes."""
    for name in ("quote", "_misskey_quote", "quoteUri", "quoteUrl"):
        found = web_address(reading.id_of(said.get(name)))
        if found is not None:
            return found
    return None


def quote_policy(said: reading.Object, author: str) -> QuotePolicy:
    """Who may quote a post, or may ask; nobody, where that is not said."""
    policy = said.get("interactionPolicy")
    may = policy.get("canQuote") if isinstance(policy, dict) else None
    if not isinstance(may, dict):
        return QuotePolicy.NOBODY
    names = ("automaticApproval", "manualApproval", "always", "approvalRequired")
    named = {each for name in names for each in reading.ids_of(may.get(name))}
    if PUBLIC in named:
        return QuotePolicy.PUBLIC
    return QuotePolicy.FOLLOWERS if named - {author} else QuotePolicy.NOBODY


def without_mention(html: str) -> str:
    """A text without the line that stands for the quote where none can be shown."""
    before, found, rest = html.partition(_MENTION)
    if not found:
        return html
    _, end, after = rest.partition("</p>")
    return before + after if end else html
