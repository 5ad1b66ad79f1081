"""Notifications: what somebody is told about others, each thing once.

Nobody is told of their own acts (but of the end of their own poll), of whom they block or mute, of
threads they mute, or of anything they may not see. What their policy then holds back is kept for
`requests`."""

from collections.abc import Iterable

from whimbrel.accounts.events import (
    AccountCreated,
    AccountErased,
    AccountWarned,
    Blocked,
    FollowAsked,
    Followed,
    Reported,
    TiesSevered,
    Unfollowed,
)
from whimbrel.accounts.queries import severed
from whimbrel.accounts.rules import Permission, Viewer
from whimbrel.core.errors import NotFound
from whimbrel.core.tx import Tx
from whimbrel.posts import queries as posts
from whimbrel.posts.events import (
    Favourited,
    PollEnds,
    PostDeleted,
    PostEdited,
    PostPublished,
    Unfavourited,
)
from whimbrel.posts.rules import Visibility

from . import conversations, live, policy
from .events import Notified, NotifySlice, ToldOfErased
from .queries import notifications as queries
from .queries import requests as held
from .rules import Verdict

SLICE = 1000  # notifications of an erased account in one transaction


def tell_of_post(tx: Tx, event: PostPublished) -> None:
    """Handler: who is named, who was boosted, who rings a bell at each post.

    Emits: Notified; NotifySlice.
    """
    post = queries.about(tx, event.post)
    if post is None:
        return
    if post.boost_of is not None:
        _tell_of_boost(tx, event.post, post.boost_of, event.author)
        return
    _tell_mentioned(tx, event.post, event.author)
    if post.visibility == Visibility.DIRECT:
        conversations.add(tx, event.post)
    talks_to_others = post.reply_to_author not in (None, post.author)
    if post.visibility != Visibility.DIRECT and not talks_to_others:
        _tell_subscribed(tx, event.post, event.author, after=0)


def tell_slice(tx: Tx, event: NotifySlice) -> None:
    """Handler: more of those who ring a bell. Emits: Notified; NotifySlice."""
    if queries.about(tx, event.post) is not None:
        _tell_subscribed(tx, event.post, event.author, event.after)


def tell_of_edit(tx: Tx, event: PostEdited) -> None:
    """Handler: who boosted what is now something else; who is named in it for the first time."""
    post = queries.about(tx, event.post)
    if post is None:
        return
    _tell_mentioned(tx, event.post, event.author)
    if post.visibility == Visibility.DIRECT:
        conversations.add(tx, event.post)
    receivers = queries.boosters(tx, event.post, event.author)
    tell(tx, receivers, "update", event.author, event.post, f"update:{event.post}:{post.rev}")


def tell_of_favourite(tx: Tx, event: Favourited) -> None:
    """Handler: somebody liked a post."""
    receivers = queries.author_of(tx, event.post, event.account)
    key = _favourite(event.post, event.account)
    tell(tx, receivers, "favourite", event.account, event.post, key)


def tell_of_follow(tx: Tx, event: Followed) -> None:
    """Handler: a new follower; what was said of their asking is out of date."""
    _take_back(tx, _asking(event.follower, event.followee))
    receivers = queries.person(tx, event.followee, event.follower)
    tell(tx, receivers, "follow", event.follower, None, f"follow:{event.follower}")


def tell_of_asking(tx: Tx, event: FollowAsked) -> None:
    """Handler: somebody asks to follow a locked account."""
    receivers = queries.person(tx, event.followee, event.follower)
    tell(tx, receivers, "follow_request", event.follower, None, f"ask:{event.follower}")


def tell_of_poll(tx: Tx, event: PollEnds) -> None:
    """Handler: a poll is over; who voted and who made it hear of it."""
    post = queries.about(tx, event.post)
    if post is not None:
        receivers = queries.voters(tx, event.post, event.poll, post.author)
        tell(tx, receivers, "poll", post.author, event.post, f"poll:{event.poll}")


def tell_of_sign_up(tx: Tx, event: AccountCreated) -> None:
    """Handler: the staff hears who is new."""
    receivers = queries.staff(tx, event.account, Permission.MANAGE_USERS)
    tell(tx, receivers, "admin.sign_up", event.account, None, f"sign_up:{event.account}")


def tell_of_report(tx: Tx, event: Reported) -> None:
    """Handler: the staff hears of a report."""
    receivers = queries.staff(tx, event.account, Permission.MANAGE_REPORTS)
    key = f"report:{event.report}"
    tell(tx, receivers, "admin.report", event.account, None, key, subject=event.report)


def tell_of_warning(tx: Tx, event: AccountWarned) -> None:
    """Handler: somebody hears what moderators decided about them, and from nobody by name."""
    key = f"warning:{event.strike}"
    own = [event.account]
    tell(tx, own, "moderation_warning", event.account, None, key, subject=event.strike)


def tell_of_severed(tx: Tx, event: TiesSevered) -> None:
    """Handler: who lost people by a block or a decision hears of it, a slice at a time.

    Emits: Notified; TiesSevered, for the rest.
    """
    concerned = severed.concerned(tx, event.cause, event.after, queries.SLICE)
    for id_, account in concerned:
        tell(tx, [account], "severed_relationships", account, None, f"severed:{id_}", subject=id_)
    if len(concerned) == queries.SLICE:
        tx.emit(TiesSevered(cause=event.cause, after=concerned[-1][0]))


# ----------------------------------------------------------------------------- taken back


def forget_favourite(tx: Tx, event: Unfavourited) -> None:
    """Handler: it was taken back."""
    key = _favourite(event.post, event.account)
    _take_back(tx, f"{key}:{event.author}")


def forget_boost(tx: Tx, event: PostDeleted) -> None:
    """Handler: a boost was taken back. What was said of a deleted post goes with its row."""
    if event.boost_of is not None:
        original = queries.about(tx, event.boost_of)
        if original is not None:
            key = _boost(event.boost_of, event.author)
            _take_back(tx, f"{key}:{original.author}")


def forget_follow(tx: Tx, event: Unfollowed) -> None:
    """Handler: a follow, or the asking, ended."""
    follow = f"follow:{event.follower}:{event.followee}"
    _take_back(tx, follow, _asking(event.follower, event.followee))


def forget_blocked(tx: Tx, event: Blocked) -> None:
    """Handler: nobody keeps looking at whom they block."""
    queries.remove_actor(tx, event.account, event.target)
    held.drop(tx, event.account, event.target)


def forget_erased(tx: Tx, event: AccountErased | ToldOfErased) -> None:
    """Handler: nobody reads any more what somebody did who is erased, a slice at a time.

    Emits: ToldOfErased while there is more
    """
    if queries.remove_some_of(tx, event.account, SLICE):
        tx.emit(ToldOfErased(account=event.account))


def dismiss(tx: Tx, viewer: Viewer, notification: int) -> None:
    """Remove one of the viewer's notifications. Raises NotFound.

    Source: Mastodon REST API, POST /api/v1/notifications/:id/dismiss
    """
    if not queries.remove(tx, viewer.id, notification):
        raise NotFound


def clear(tx: Tx, viewer: Viewer) -> None:
    """Remove all of them.

    Source: Mastodon REST API, POST /api/v1/notifications/clear
    """
    queries.clear(tx, viewer.id)
    held.clear(tx, viewer.id)


# ----------------------------------------------------------------------------- common


def _tell_of_boost(tx: Tx, boost: int, original: int, booster: int) -> None:
    asked = queries.author_of(tx, original, booster)
    # A boost for followers only is nobody else's business, not even the author's.
    receivers = [who for who in asked if posts.cards_of(tx, Viewer(account=who), [boost])]
    tell(tx, receivers, "reblog", booster, original, _boost(original, booster))


def _tell_mentioned(tx: Tx, post: int, author: int) -> None:
    receivers = queries.mentioned(tx, post, author)
    tell(tx, receivers, "mention", author, post, f"mention:{post}")


def _tell_subscribed(tx: Tx, post: int, author: int, after: int) -> None:
    receivers = queries.subscribed(tx, post, author, after)
    tell(tx, receivers, "status", author, post, f"status:{post}")
    if len(receivers) == queries.SLICE:
        tx.emit(NotifySlice(post=post, author=author, after=receivers[-1]))


def tell(
    tx: Tx,
    receivers: Iterable[int],
    kind: str,
    actor: int,
    post: int | None,
    key: str,
    subject: int | None = None,
) -> None:
    """Tell those who are willing to hear it, as far as their policies let it through.

    Args:
        receivers: of ours, who may see it and want to: see `queries`.
        key: what may be told once.
        subject: the id of a strike, a report, a loss or a collection.
    Emits: Notified
    """
    judged = policy.judge(tx, receivers, kind, actor, post)
    told = [who for who, verdict in judged if verdict is Verdict.ACCEPT]
    for receiver, id_ in queries.add(tx, told, kind, actor, post, key, subject):
        live.say(tx, live.NotificationAdded(account=receiver, notification=id_))
        tx.emit(Notified(account=receiver, notification=id_))
    outside = [who for who, verdict in judged if verdict is Verdict.FILTER]
    held.hold(tx, outside, kind, actor, post, key, subject)


def _take_back(tx: Tx, *keys: str) -> None:
    queries.remove_keys(tx, list(keys))
    held.remove_keys(tx, keys)


def _favourite(post: int, account: int) -> str:
    return f"favourite:{post}:{account}"


def _boost(original: int, booster: int) -> str:
    return f"reblog:{original}:{booster}"


def _asking(follower: int, followee: int) -> str:
    return f"ask:{follower}:{followee}"
