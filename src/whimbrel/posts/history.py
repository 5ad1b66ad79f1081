"""What a post said, from its first version to this one.

Readers are told what was changed under their favourites. Whoever wants words to be gone deletes the
post: every version goes then, each with its key."""

from typing import Any

import msgspec

from whimbrel.accounts import queries as people
from whimbrel.accounts import serialize as faces
from whimbrel.accounts.rules import Viewer, shortcodes
from whimbrel.core.ids import iso
from whimbrel.core.tx import Tx
from whimbrel.media import links
from whimbrel.media import queries as media

from . import queries, serialize
from .queries import acts
from .queries import history as former
from .queries.history import Version
from .render import closed_of, media_of
from .rules import Content


def versions(tx: Tx, viewer: Viewer, post_id: int) -> list[dict[str, Any]]:
    """A post's versions as Mastodon's StatusEdit, the oldest first and the present one last.

    A file that was taken off the post is erased, and so missing in former versions too.

    Raises:
        NotFound: not the viewer's to see.
    Source: Mastodon REST API, GET /api/v1/statuses/:id/history
    """
    post = queries.any_post(tx, acts.subject(tx, viewer, post_id).id)
    author = people.by_id(tx, post.author)
    now = Version(post.content or Content(), post.sensitive, post.edited_at or post.at)
    told = [*former.of_post(tx, post.id), now]
    ours = post.uri is None
    used = {version.at: _shortcodes(version.content) if ours else set() for version in told}
    emojis = queries.named_emojis(tx, set().union(*used.values())) if any(used.values()) else []
    there = {str(id_) for id_ in media.on_post(tx, post.id)}
    quote = _read(serialize.one(tx, viewer, post.id)).quote if now.content.quoted else None
    closed = closed_of(post) is not None

    def files(content: Content) -> list[dict[str, Any]]:
        told = msgspec.json.encode(media_of(tx.instance, post, content))
        if closed:
            told = links.filled(tx.keyring, told, viewer.id, tx.ms)
        found: list[dict[str, Any]] = msgspec.json.decode(told)
        return found

    face = msgspec.Raw(faces.account(tx.instance, author))
    return [
        _entity(version, [each for each in files(version.content) if each["id"] in there])
        | {
            "account": face,
            "quote": quote,
            "emojis": [
                faces.emoji(tx.instance, each)
                for each in (*emojis, *version.content.emojis)
                if not ours or each.shortcode in used[version.at]
            ],
        }
        for version in told
    ]


class _Quoting(msgspec.Struct):
    quote: msgspec.Raw  # a quote stays whatever becomes of the words


_read = msgspec.json.Decoder(_Quoting).decode


def _shortcodes(content: Content) -> set[str]:
    return shortcodes("\n".join((content.text, content.spoiler, *content.options)))


def _entity(version: Version, files: list[dict[str, Any]]) -> dict[str, Any]:
    content = version.content
    options = [{"title": title} for title in content.options]
    return {
        "content": content.html,
        "spoiler_text": content.spoiler,
        "sensitive": version.sensitive,
        "created_at": iso(version.at),
        "media_attachments": files,
        "poll": {"options": options} if options else None,
    }
