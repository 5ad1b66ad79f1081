"""The streams there are, what they are called and which scope each needs."""

from typing import NamedTuple

from whimbrel.accounts.rules import Viewer
from whimbrel.core.errors import Forbidden, Malformed
from whimbrel.core.ids import id_of
from whimbrel.core.text.tags import tag_key

from ..rules import FilterContext

USER, NOTIFICATIONS, DIRECT, LIST = "user", "user:notification", "direct", "list"
PUBLIC = "public public:local public:remote public:media public:local:media public:remote:media"
HASHTAGS = ("hashtag", "hashtag:local")
READ_POSTS, READ_NOTIFICATIONS = "read:statuses", "read:notifications"

# Where a stream is found on the plain HTTP side.
PATHS = {
    "user": USER,
    "user/notification": NOTIFICATIONS,
    "public": "public",
    "public/local": "public:local",
    "public/remote": "public:remote",
    "hashtag": "hashtag",
    "hashtag/local": "hashtag:local",
    "list": LIST,
    "direct": DIRECT,
}
_CONTEXTS: dict[str, FilterContext] = {USER: "home", LIST: "home", DIRECT: "thread"}
_PUBLIC = frozenset(PUBLIC.split())
_OWN = frozenset((USER, NOTIFICATIONS, DIRECT))


class Topic(NamedTuple):
    """What several may listen to together."""

    name: str
    key: int | str = 0  # the account, the list, the folded tag

    @property
    def is_open(self) -> bool:
        """Whether it is of what anybody writes, whoever follows whom."""
        return self.name in _PUBLIC or self.name in HASHTAGS

    @property
    def context(self) -> FilterContext:
        """Which filters apply to the statuses in it."""
        return _CONTEXTS.get(self.name, "public")


class Stream(NamedTuple):
    """A topic as a client called it, and as frames call it back."""

    topic: Topic
    label: tuple[str, ...]


def stream(viewer: Viewer, name: str, *, tag: str = "", list_id: str = "") -> Stream:
    """The stream that a client asks for; whose a list is has still to be asked.

    Raises:
        Malformed: there is no such stream, or its tag is none.
        Forbidden: the token's scopes do not cover it.
    """
    if name in _OWN:
        found = Stream(Topic(name, viewer.id), (name,))
    elif name in _PUBLIC:
        found = Stream(Topic(name), (name,))
    elif name in HASHTAGS:
        key = tag_key(tag)
        if not key:
            raise Malformed("This stream needs the name of a tag.")
        found = Stream(Topic(name, key), (name, tag))
    elif name == LIST:
        number = id_of(list_id)
        found = Stream(Topic(name, number), (name, str(number)))
    else:
        raise Malformed("There is no such stream.")
    if not viewer.may(READ_NOTIFICATIONS if name == NOTIFICATIONS else READ_POSTS):
        raise Forbidden("This action is outside the authorized scopes")
    return found
