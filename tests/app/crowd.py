"""Lists that are long, and grow by one entry each whenever somebody arrives."""

from collections import Counter
from collections.abc import Callable

import stories
from house import SCOPES, Caller, House

import people
from whimbrel.accounts import tables as accounts
from whimbrel.accounts.rules import Viewer
from whimbrel.core.engines import Query, insert
from whimbrel.core.ids import new_id
from whimbrel.core.tx import Tx
from whimbrel.posts.queries import quotes, scheduled
from whimbrel.posts.queries.quotes import Quote
from whimbrel.posts.queries.scheduled import Scheduled
from whimbrel.posts.rules import Draft, Mark, QuoteState, Visibility
from whimbrel.posts.tables import tag_follows
from whimbrel.timelines import conversations
from whimbrel.timelines import tables as timelines

DAY = 86_400_000  # ms

_REQUEST = Query(
    insert(
        accounts.follow_requests,
        ("id", "follower", "followee", "reblogs", "notify", "languages", "at"),
    )
)
_ENDORSE = Query(insert(accounts.endorsements, ("id", "account", "target", "at")))
_DOMAIN = Query(insert(accounts.domain_blocks, ("id", "account", "domain", "at")))
_LIST = Query(insert(timelines.lists, ("id", "account", "title", "replies_policy", "exclusive")))
_MEMBER = Query(insert(timelines.list_members, ("list", "account")))


_WAITING = Query(insert(timelines.notification_requests))
_HELD = Query(insert(timelines.held_notifications))
_TAG = Query(insert(tag_follows, ("id", "account", "tag")))
_TOLD = Query(insert(timelines.notifications, ("id", "account", "kind", "actor", "post", "key")))


class Crowd:
    """Bob reads, Ada writes. Whom people are sorted into stands in no other's way: Carl blocks,
    Dana mutes, Erin is asked, Finn endorses."""

    def __init__(self, house: House, callers: dict[str, Caller]) -> None:
        self.house, self.callers = house, callers
        self.count: Counter[str] = Counter()
        self.ids: dict[str, str] = {}

    @classmethod
    async def gather(cls, house: House, entries: int) -> "Crowd":
        """One with so many entries in each list."""
        names = ("bob", "ada", "carl", "dana", "erin", "finn")
        callers = {name: await house.person(name, SCOPES) for name in names}
        staff = f"{SCOPES} admin:read admin:write"
        callers["boss"] = await house.person("boss", staff, role="admin")
        crowd = cls(house, callers)
        await house.app.db.write(crowd._begin)
        for group in GROUPS:
            await crowd.arrive(group, entries)
        return crowd

    async def arrive(self, group: str, many: int = 1) -> None:
        """So many entries more in every list of a group."""

        def act(tx: Tx) -> None:
            for _ in range(many):
                self.count[group] += 1
                GROUPS[group](self, tx, self.count[group])

        if many:
            await self.house.app.db.write(act)

    def who(self, name: str) -> Viewer:
        """One of those with a name."""
        return self.callers[name].viewer

    def _begin(self, tx: Tx) -> None:
        bob, ada = self.who("bob"), self.who("ada")
        stories.settle_in(tx, bob)
        stories.follow(tx, bob, ada)
        post, kept = stories.write(tx, ada), new_id(tx.now)
        row = {"id": kept, "account": bob.id, "title": "all"}
        tx.run(_LIST, **row, replies_policy="list", exclusive=False)
        tx.run(_MEMBER, list=kept, account=ada.id)
        self.post, self.list = post, kept
        self.ids = {name: str(self.who(name).id) for name in self.callers}
        self.ids |= {"post": str(post), "list": str(kept)}


def _people(crowd: Crowd, tx: Tx, nth: int) -> None:
    somebody, bob, finn = people.make(tx, f"person{nth}"), crowd.who("bob"), crowd.who("finn")
    stories.follow(tx, somebody, bob, id=stories.tick(tx))
    stories.follow(tx, bob, somebody, id=stories.tick(tx))
    stories.block(tx, crowd.who("carl"), somebody)
    stories.mute(tx, crowd.who("dana"), somebody)
    row = {"id": stories.tick(tx), "at": tx.ms}
    wish = {"reblogs": True, "notify": False, "languages": None}
    tx.run(_REQUEST, **row, **wish, follower=somebody.id, followee=crowd.who("erin").id)
    tx.run(_ENDORSE, **row, account=finn.id, target=somebody.id)
    tx.run(_MEMBER, list=crowd.list, account=somebody.id)
    stories.mark(tx, somebody, crowd.post, Mark.FAVOURITE)
    dana, id_ = crowd.who("dana"), stories.tick(tx)
    outside = {"id": id_, "account": dana.id, "actor": somebody.id}
    tx.run(_WAITING, **outside)
    tx.run(_HELD, **outside, kind="follow", post=None, subject=None, key=f"follow:{somebody.id}")


def _boosts(crowd: Crowd, tx: Tx, nth: int) -> None:
    somebody = people.make(tx, f"booster{nth}")
    stories.write(tx, somebody, boost_of=crowd.post)
    stories.mark(tx, somebody, crowd.post, Mark.BOOST)


def _posts(crowd: Crowd, tx: Tx, nth: int) -> None:
    bob, ada = crowd.who("bob"), crowd.who("ada")
    post = stories.publish(tx, ada)
    stories.hashtags.put(tx, post, ("cats",))
    stories.mark(tx, bob, post, Mark.FAVOURITE)
    stories.mark(tx, bob, post, Mark.BOOKMARK)
    row = {"id": stories.tick(tx), "account": bob.id, "kind": "mention", "actor": ada.id}
    tx.run(_TOLD, **row, post=post, key=f"mention:{post}")


def _domains(crowd: Crowd, tx: Tx, nth: int) -> None:
    row = {"id": stories.tick(tx), "at": tx.ms, "account": crowd.who("finn").id}
    tx.run(_DOMAIN, **row, domain=f"server{nth}.example")


def _scheduled(crowd: Crowd, tx: Tx, nth: int) -> None:
    ada = crowd.who("ada")
    draft = Draft(text=f"later {nth}", visibility=Visibility.PUBLIC)
    row = Scheduled(stories.tick(tx), ada.id, tx.ms + DAY, None, draft, tx.slot())
    scheduled.add(tx, row, tx.value(stories._SLOT, account=ada.id), None)


def _talks(crowd: Crowd, tx: Tx, nth: int) -> None:
    erin, finn = crowd.who("erin"), crowd.who("finn")
    conversations.add(tx, stories.write(tx, erin, visibility=Visibility.DIRECT, named=(finn,)))


def _tags(crowd: Crowd, tx: Tx, nth: int) -> None:
    word = f"tag{nth}"
    tag = stories.hashtags.ids_for(tx, [word])[word]
    tx.run(_TAG, id=stories.tick(tx), account=crowd.who("finn").id, tag=tag)


def _quotes(crowd: Crowd, tx: Tx, nth: int) -> None:
    post = stories.write(tx, crowd.who("carl"), visibility=Visibility.UNLISTED)
    author = crowd.who("ada").id
    quotes.add(tx, Quote(post, crowd.post, author, QuoteState.ACCEPTED))


GROUPS: dict[str, Callable[[Crowd, Tx, int], None]] = {
    "people": _people,
    "boosts": _boosts,
    "posts": _posts,
    "domains": _domains,
    "scheduled": _scheduled,
    "talks": _talks,
    "tags": _tags,
    "quotes": _quotes,
}
