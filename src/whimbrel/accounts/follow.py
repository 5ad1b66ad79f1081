"""Following: asking, letting in, turning away, leaving. Counters move with the rows, here only.

Who is told, and whose home fills or empties, is none of our business: we emit and stop."""

from collections.abc import Sequence

from whimbrel.core.errors import Forbidden, Invalid, NotFound
from whimbrel.core.tx import Tx

from . import moved, queries
from .events import FollowAsked, Followed, Unfollowed, Unlocked
from .queries import graph, lists
from .queries.graph import Wish
from .relationships import other
from .rules import Account, Viewer, is_language

MOST_LANGUAGES = 20
MOST = 7500  # whom somebody of ours may follow, as Mastodon has it; more where more follow them
RATIO = 1.1
LET_IN = 50  # requests answered in one transaction: ids of one moment seldom meet


def follow(
    tx: Tx,
    viewer: Viewer,
    target: int,
    *,
    reblogs: bool | None = None,
    notify: bool | None = None,
    languages: Sequence[str] | None = None,
) -> None:
    """Follow somebody, or ask to; again: change what is wanted of them.

    A locked account, one of another server, and a limited viewer's wish are asked first.

    Args:
        reblogs, notify, languages: None leaves it as it is; no languages at all means every one.
    Raises:
        NotFound: nobody, or suspended.
        Forbidden: themselves, one of the two blocks the other, or went to another account.
        Invalid: no languages; they follow as many as anybody may.
    Emits: Followed or FollowAsked, where it is new
    Source: Mastodon REST API, POST /api/v1/accounts/:id/follow
    """
    account = other(tx, viewer, target)
    if account.suspended_at is not None:
        raise NotFound
    moved.check_follow(tx, viewer, target)
    graph.lock(tx, viewer.id, target)
    standing = graph.standing(tx, viewer.id, target)
    if standing.blocked:
        raise Forbidden
    wish = _wish(standing.follow or standing.request or Wish(), reblogs, notify, languages)
    if standing.follow:
        graph.change_follow(tx, viewer.id, target, wish)
    elif standing.request:
        graph.change_request(tx, viewer.id, target, wish)
    else:
        me = queries.by_id(tx, viewer.id)
        _check_room(me)
        if not account.locked and account.domain is None and me.silenced_at is None:
            _begin(tx, viewer.id, target, wish)
        elif graph.add_request(tx, viewer.id, target, wish):
            tx.emit(FollowAsked(follower=viewer.id, followee=target))


def _check_room(me: Account) -> None:
    """Whoever follows everybody reads everybody. Of people elsewhere their own server decides."""
    most = max(MOST, int(me.followers * RATIO))
    if me.domain is None and me.following >= most:
        said = f"You cannot follow more than {most} people"
        raise Invalid(f"Validation failed: {said}", {"base": [("ERR_INVALID", said)]})


def _wish(
    old: Wish, reblogs: bool | None, notify: bool | None, languages: Sequence[str] | None
) -> Wish:
    return Wish(
        old.reblogs if reblogs is None else reblogs,
        old.notify if notify is None else notify,
        old.languages if languages is None else _languages(languages),
    )


def _languages(codes: Sequence[str]) -> str | None:
    wanted = list(dict.fromkeys(code for code in codes if code))
    if len(wanted) > MOST_LANGUAGES or not all(map(is_language, wanted)):
        said = "must be language codes such as en or pt-BR"
        raise Invalid(
            f"Validation failed: Languages {said}", {"languages": [("ERR_INVALID", said)]}
        )
    return " ".join(wanted) or None


def unfollow(tx: Tx, viewer: Viewer, target: int) -> None:
    """Follow somebody no more, or take back having asked. Not following is no error.

    Raises:
        NotFound: nobody.
        Forbidden: themselves.
    Emits: Unfollowed, where there was something to end
    """
    other(tx, viewer, target)
    graph.lock(tx, viewer.id, target)
    end(tx, viewer.id, target)


def authorize(tx: Tx, viewer: Viewer, follower: int) -> None:
    """Let somebody in who asked.

    Raises:
        NotFound: they did not ask.
    Emits: Followed
    """
    graph.lock(tx, viewer.id, follower)
    if not _let_in(tx, follower, viewer.id):
        raise NotFound


def reject(tx: Tx, viewer: Viewer, follower: int) -> None:
    """Turn away somebody who asked.

    Raises:
        NotFound: they did not ask.
    Emits: Unfollowed
    """
    graph.lock(tx, viewer.id, follower)
    if not graph.remove_request(tx, follower, viewer.id):
        raise NotFound
    tx.emit(Unfollowed(follower=follower, followee=viewer.id))


def remove_follower(tx: Tx, viewer: Viewer, follower: int) -> None:
    """Let somebody follow the viewer no more. Not being followed is no error.

    Raises:
        NotFound: nobody.
        Forbidden: themselves.
    Emits: Unfollowed, where they did
    """
    other(tx, viewer, follower)
    graph.lock(tx, viewer.id, follower)
    if graph.remove_follow(tx, follower, viewer.id):
        _counted(tx, follower, viewer.id, -1)
        tx.emit(Unfollowed(follower=follower, followee=viewer.id))


def part(tx: Tx, one: int, other_: int) -> None:
    """End every follow and request between two people, whose lock the caller holds.

    Emits: Unfollowed, for each direction that was there
    """
    end(tx, one, other_)
    end(tx, other_, one)


def let_in_waiting(tx: Tx, event: Unlocked) -> None:
    """Handle: an account is open now, so its requests are answered, some at a time.

    Emits: Followed for each, and Unlocked again while more wait
    """
    if not queries.by_ids(tx, [event.account]):
        return
    waiting = lists.waiting(tx, event.account, LET_IN)
    for follower in waiting:  # every lock before the first change: nobody waits for us crosswise
        graph.lock(tx, event.account, follower)
    for follower in waiting:
        _let_in(tx, follower, event.account)
    if len(waiting) == LET_IN:
        tx.emit(event)


def _let_in(tx: Tx, follower: int, followee: int) -> bool:
    wish = graph.standing(tx, follower, followee).request
    if wish is None or not graph.remove_request(tx, follower, followee):
        return False
    _begin(tx, follower, followee, wish)
    return True


def _begin(tx: Tx, follower: int, followee: int, wish: Wish) -> None:
    if graph.add_follow(tx, follower, followee, wish):
        _counted(tx, follower, followee, 1)
        tx.emit(Followed(follower=follower, followee=followee))


def end(tx: Tx, follower: int, followee: int) -> None:
    """End a follow or the asking, of two people whose lock the caller holds.

    Emits: Unfollowed, where there was something to end
    """
    followed = graph.remove_follow(tx, follower, followee)
    if followed:
        _counted(tx, follower, followee, -1)
    if graph.remove_request(tx, follower, followee) or followed:
        tx.emit(Unfollowed(follower=follower, followee=followee))


def _counted(tx: Tx, follower: int, followee: int, by: int) -> None:
    """Both sides' counters, the lower id first: two who meet crosswise would wait for ever."""
    gains = {follower: {"following": by}, followee: {"followers": by}}
    for id_ in sorted(gains):
        queries.count(tx, id_, **gains[id_])
