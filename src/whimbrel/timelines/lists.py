"""Lists: some of those one follows, to be read apart. What they wrote is looked up in `reads`."""

from collections.abc import Sequence
from typing import get_args

import msgspec

from whimbrel.accounts.events import FollowMoved, Unfollowed
from whimbrel.accounts.rules import Account, Viewer
from whimbrel.core.errors import Invalid, NotFound, echo
from whimbrel.core.ids import new_id
from whimbrel.core.tx import Tx
from whimbrel.core.words import say

from .queries import lists as queries
from .rules import RepliesPolicy, UserList, Window

TITLE_CHARS = 200
MOST_LISTS = 100
MOST_MEMBERS = 5000  # shown where no page is asked for


class ListForm(msgspec.Struct, kw_only=True):
    """What an app sends about a list; what is left out stays as it is."""

    title: str | None = None
    replies_policy: str | None = None
    exclusive: bool | None = None


def mine(tx: Tx, viewer: Viewer) -> list[UserList]:
    """The viewer's lists.

    Source: Mastodon REST API, GET /api/v1/lists
    """
    return queries.all_of(tx, viewer.id)


def show(tx: Tx, viewer: Viewer, list_id: int) -> UserList:
    """One of them. Raises NotFound."""
    return queries.own(tx, viewer.id, list_id)


def holding(tx: Tx, viewer: Viewer, account: int) -> list[UserList]:
    """The viewer's lists that `account` is in.

    Source: Mastodon REST API, GET /api/v1/accounts/:id/lists
    """
    return queries.holding(tx, viewer.id, account)


def create(tx: Tx, viewer: Viewer, form: ListForm) -> UserList:
    """A new list.

    Raises:
        Invalid: no title, too long a one, an unknown policy, too many lists.
    Source: Mastodon REST API, POST /api/v1/lists
    """
    tx.lock("lists", viewer.id)
    if queries.count(tx, viewer.id) >= MOST_LISTS:
        raise Invalid(say("You can have %(most)s lists.", most=MOST_LISTS))
    made = _checked(UserList(id=str(new_id(tx.now)), title=""), form)
    queries.add(tx, viewer.id, made)
    return made


def update(tx: Tx, viewer: Viewer, list_id: int, form: ListForm) -> UserList:
    """Change a list.

    Raises:
        NotFound: no list of the viewer's.
        Invalid: as for `create`.
    Source: Mastodon REST API, PUT /api/v1/lists/:id
    """
    changed = _checked(queries.own(tx, viewer.id, list_id), form)
    queries.change(tx, changed)
    return changed


def delete(tx: Tx, viewer: Viewer, list_id: int) -> None:
    """Remove a list. Raises NotFound."""
    if not queries.remove(tx, viewer.id, list_id):
        raise NotFound


def members(tx: Tx, viewer: Viewer, list_id: int, window: Window) -> list[Account]:
    """Who is in a list of the viewer's.

    Args:
        window: `most` = 0 asks for all of them.
    Raises:
        NotFound: no list of the viewer's.
    Source: Mastodon REST API, GET /api/v1/lists/:id/accounts
    """
    queries.own(tx, viewer.id, list_id)
    if not window.most:
        window = window._replace(most=MOST_MEMBERS)
    return queries.members(tx, list_id, window)


def add(tx: Tx, viewer: Viewer, list_id: int, accounts: Sequence[int]) -> None:
    """Put accounts that the viewer follows (or the viewer) into a list.

    Raises:
        NotFound: no such list, or somebody is not followed.
    Source: Mastodon REST API, POST /api/v1/lists/:id/accounts
    """
    queries.own(tx, viewer.id, list_id)
    wanted = set(accounts) - {viewer.id}
    if wanted - queries.followed(tx, viewer.id, list(wanted)):
        raise NotFound
    queries.add_members(tx, list_id, list(dict.fromkeys(accounts)))


def take_out(tx: Tx, viewer: Viewer, list_id: int, accounts: Sequence[int]) -> None:
    """Take accounts out of a list. Raises NotFound: no list of the viewer's."""
    queries.own(tx, viewer.id, list_id)
    queries.remove_members(tx, list_id, list(accounts))


def drop_unfollowed(tx: Tx, event: Unfollowed) -> None:
    """Handler: who is followed no more is in no list either."""
    queries.remove_everywhere(tx, event.follower, event.followee)


def carry_over(tx: Tx, event: FollowMoved) -> None:
    """Witness: where somebody was in a list, the account is that they moved to."""
    for each in queries.holding(tx, event.follower, event.account):
        queries.add_members(tx, int(each.id), [event.target])


def _checked(old: UserList, form: ListForm) -> UserList:
    title = old.title if form.title is None else form.title.strip()
    if not title:
        said = say("can't be blank")
        raise Invalid(f"Validation failed: Title {said}", {"title": [("ERR_BLANK", said)]})
    if len(title) > TITLE_CHARS:
        raise Invalid(say("A title has at most %(most)s characters.", most=TITLE_CHARS))
    policy = old.replies_policy if form.replies_policy is None else form.replies_policy
    if policy not in get_args(RepliesPolicy):
        raise Invalid(say("'%(given)s' is not a valid replies_policy", given=echo(policy)))
    exclusive = old.exclusive if form.exclusive is None else form.exclusive
    return msgspec.structs.replace(old, title=title, replies_policy=policy, exclusive=exclusive)
