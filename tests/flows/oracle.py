"""Who may see what, told slowly and plainly: the definition that the server is held to.

Nothing here is a query and nothing is kept up to date: every question is answered from the record
of what people did. Names stand for people, None for somebody who is not signed in. The only thing
remembered beside the record is what once came into a home, because that depends on the moment."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

OPEN = ("public", "unlisted")
BACKFILL = 40  # posts of somebody just followed that come into a home

Viewer = str | None


@dataclass(eq=False, repr=False)
class Post:
    """A post, or a boost: then `boost_of` is what it repeats and there are no words."""

    id: int
    author: str
    visibility: str
    words: str = ""
    named: frozenset[str] = frozenset()
    tagged: bool = False
    media: bool = False
    answers: "Post | None" = None
    boost_of: "Post | None" = None
    quotes: "Post | None" = None
    poll: str | None = None
    votes: dict[str, int] = field(default_factory=dict)
    gone: bool = False
    pinned: bool = False
    answered: str | None = None  # whom it answers; stays when what it answers is deleted

    @property
    def subject(self) -> "Post":
        """What is shown: of a boost the post it repeats."""
        return self.boost_of or self

    @property
    def answers_another(self) -> bool:
        """A reply, but not one that carries on the author's own thread."""
        return self.answered is not None and self.answered != self.author

    def __repr__(self) -> str:
        about = f" boosts {self.boost_of.id}" if self.boost_of else f" {self.words!r}"
        if self.quotes:
            about += f" quotes {self.quotes.id}"
        if self.answered:
            about += f" to {self.answers.id if self.answers else 'nothing'} of {self.answered}"
        flags = " ".join(n for n in ("gone", "pinned", "media", "tagged") if getattr(self, n))
        return f"<{self.id} {self.visibility} by {self.author}{about} {flags}>"


class Notice(NamedTuple):
    """Something that `to` was told: that `actor` did it, with which post if with any."""

    to: str
    kind: str
    actor: str
    post: Post | None


@dataclass
class Record:
    """What people did, in the order in which it matters."""

    locked: frozenset[str] = frozenset()
    unindexed: frozenset[str] = frozenset()
    people: tuple[str, ...] = ()
    posts: list[Post] = field(default_factory=list)
    follows: dict[tuple[str, str], bool] = field(default_factory=dict)  # -> with boosts
    asked: dict[tuple[str, str], bool] = field(default_factory=dict)  # the same, of a locked one
    blocks: set[tuple[str, str]] = field(default_factory=set)
    mutes: dict[tuple[str, str], bool] = field(default_factory=dict)  # -> notifications too
    favourites: list[tuple[str, Post]] = field(default_factory=list)  # oldest first
    bookmarks: list[tuple[str, Post]] = field(default_factory=list)
    lists: dict[str, set[str]] = field(default_factory=dict)  # one list each -> members
    homes: dict[str, set[Post]] = field(default_factory=dict)
    bells: set[tuple[str, str]] = field(default_factory=set)  # wants to be told of each post
    seekers: set[str] = field(default_factory=set)  # who follows the tag
    told: dict[tuple[object, ...], "Notice"] = field(default_factory=dict)  # each thing once
    announced: list["Notice"] = field(default_factory=list)  # all of it, also what was taken back

    def summary(self) -> str:
        """How people stand to each other, for whoever reads a failure."""
        names = ("follows", "asked", "blocks", "mutes", "lists", "seekers", "homes")
        return "\n".join(f"{name}: {getattr(self, name)}" for name in names)

    # ------------------------------------------------------------------ the two rules

    def sees(self, viewer: Viewer, post: Post) -> bool:
        """Whether `viewer` may see a post: a boost only where both it and what it repeats."""
        return not post.gone and all(self._sees(viewer, each) for each in {post, post.subject})

    def _sees(self, viewer: Viewer, post: Post) -> bool:
        if viewer == post.author:
            return True
        if (post.author, viewer) in self.blocks:
            return False
        if post.visibility in OPEN or viewer in post.named:
            return True
        return post.visibility == "private" and (viewer, post.author) in self.follows

    def hides(self, viewer: Viewer, person: str) -> bool:
        """Whether `viewer` wants to hear nothing of `person`."""
        return (viewer, person) in self.blocks or (viewer, person) in self.mutes

    def quoted(self, viewer: Viewer, post: Post) -> tuple[str, Post | None]:
        """How what a post quotes stands with `viewer`, and it, if it is theirs to see."""
        other = post.quotes
        assert other is not None
        if other.gone:
            return "deleted", None
        if not self.sees(viewer, other):
            return "unauthorized", None
        if (viewer, other.author) in self.blocks:
            return "blocked_account", other
        return "muted_account" if self.hides(viewer, other.author) else "accepted", other

    def may_quote(self, viewer: str, post: Post) -> bool:
        """Whether `viewer` may quote what they see: what is for all, and their own."""
        own = post.author == viewer and post.visibility == "private"
        return post.visibility in OPEN or own

    def shows(self, viewer: Viewer, post: Post) -> bool:
        """Whether a timeline shows a post: seen, and nobody hidden wrote or boosted it."""
        hidden = any(self.hides(viewer, each.author) for each in (post, post.subject))
        return self.sees(viewer, post) and not hidden

    # ------------------------------------------------------------------ pages of posts

    def account(self, viewer: Viewer, author: str) -> list[Post]:
        """Everything of one author that is theirs to see, newest first; nobody is hidden here."""
        return newest(p for p in self.posts if p.author == author and self.sees(viewer, p))

    def pins(self, viewer: Viewer, author: str) -> set[Post]:
        """What the author keeps at the top."""
        return {post for post in self.account(viewer, author) if post.pinned}

    def public(self, viewer: Viewer) -> list[Post]:
        """Public posts that are neither boosts nor replies to somebody else."""
        return newest(p for p in self._open_to(viewer) if not p.answers_another)

    def tag(self, viewer: Viewer) -> list[Post]:
        """Public posts with the tag, replies among them."""
        return newest(post for post in self._open_to(viewer) if post.tagged)

    def _open_to(self, viewer: Viewer) -> list[Post]:
        return [
            post
            for post in self.posts
            if post.visibility == "public" and not post.boost_of and self.shows(viewer, post)
        ]

    def home(self, viewer: str) -> list[Post]:
        """What came in and may still be shown."""
        return newest(post for post in self.homes[viewer] if self.shows(viewer, post))

    def listed(self, viewer: str) -> list[Post]:
        """What the members of the viewer's list wrote, replies among themselves included."""
        members = self.lists[viewer]
        return newest(
            post
            for post in self.posts
            if post.author in members
            and post.visibility != "direct"
            and self.shows(viewer, post)
            and (not post.boost_of or self.follows.get((viewer, post.author), True))
            and (not post.answers_another or post.answered in {viewer, *members})
        )

    def marked(self, viewer: str, marks: Iterable[tuple[str, Post]]) -> list[Post]:
        """One's own favourites or bookmarks, last one first; nobody is hidden here."""
        return [p for who, p in reversed([*marks]) if who == viewer and self.sees(viewer, p)]

    def ancestors(self, viewer: Viewer, post: Post) -> list[Post]:
        """What a post answers, oldest first; of a boost, what the original answers."""
        above = []
        at = post.subject.answers
        while at is not None:
            above.insert(0, at)
            at = at.answers
        return [each for each in above if self.shows(viewer, each)]

    def descendants(self, viewer: Viewer, post: Post) -> list[Post]:
        """What answers a post, each followed by its own answers. What was answered to something
        hidden stays."""
        found: list[Post] = []
        for answer in oldest(p for p in self.posts if p.answers is post.subject and not p.gone):
            found += [answer] if self.shows(viewer, answer) else []
            found += self.descendants(viewer, answer)
        return found

    def found(self, viewer: Viewer, word: str) -> list[Post]:
        """What search finds: one's own, what one is named in or did something with, and public
        posts of who allows it; for strangers nothing."""
        if viewer is None:
            return []
        return newest(
            post
            for post in self.posts
            if word in post.words.split()
            and self.shows(viewer, post)
            and (
                post.author == viewer
                or viewer in post.named
                or (viewer, post) in (*self.favourites, *self.bookmarks)
                or viewer in post.votes
                or any(
                    post in (p.boost_of, p.answers)
                    for p in self.posts
                    if p.author == viewer and not p.gone
                )
                or (post.visibility == "public" and post.author not in self.unindexed)
            )
        )

    def feed(self, author: str) -> list[Post]:
        """The Atom feed: what the author wrote for everybody."""
        return [
            post
            for post in self.account(None, author)
            if post.visibility == "public" and not post.boost_of and not post.answers_another
        ]

    # ------------------------------------------------------------------ people and numbers

    def likers(self, viewer: Viewer, post: Post) -> list[str]:
        """Who favourited it, last one first, less whom the viewer hides."""
        who = [who for who, liked in reversed(self.favourites) if liked is post.subject]
        return [each for each in who if not self.hides(viewer, each)]

    def boosters(self, viewer: Viewer, post: Post) -> list[str]:
        """Who boosted it, as far as the boost is the viewer's to see, less whom they hide."""
        boosts = newest(p for p in self.posts if p.boost_of is post.subject)
        seen = [each.author for each in boosts if self.sees(viewer, each)]
        return [each for each in seen if not self.hides(viewer, each)]

    def numbers(self, post: Post) -> tuple[int, int, int, int]:
        """Replies that anybody may read, boosts, favourites, quotes; the same for every viewer."""
        subject, alive = post.subject, [each for each in self.posts if not each.gone]
        return (
            sum(each.answers is subject and each.visibility in OPEN for each in alive),
            sum(each.boost_of is subject for each in alive),
            sum(liked is subject for _, liked in self.favourites),
            sum(each.quotes is subject for each in alive),
        )

    def counts(self, person: str) -> tuple[int, int, int]:
        """Followers, following, and posts; posts for named people only are nobody's business."""
        own = [post for post in self.posts if post.author == person and not post.gone]
        return (
            sum(followee == person for _, followee in self.follows),
            sum(follower == person for follower, _ in self.follows),
            sum(post.visibility != "direct" for post in own),
        )

    # ------------------------------------------------------------------ notifications

    def notifications(self, viewer: str) -> list[Notice]:
        """What the viewer was told, less what is about a post they may not see by now, and less
        those they mute with notifications by now. In no order."""
        return [
            each
            for each in self.told.values()
            if each.to == viewer
            and (each.post is None or self.sees(viewer, each.post))
            and not self.mutes.get((viewer, each.actor), False)
        ]

    def tell(self, to: str, kind: str, actor: str, post: Post | None, *once: object) -> None:
        """Record that somebody is told, if they are to hear of it; the same thing only once.

        Nobody hears of their own acts, of whom they mute with notifications, of somebody with a
        block between them, or of a post they may not see."""
        if to == actor or {(to, actor), (actor, to)} & self.blocks:
            return
        if self.mutes.get((to, actor), False) or (post is not None and not self.sees(to, post)):
            return
        key = (to, kind, actor, post, *once)
        if key not in self.told:
            self.told[key] = Notice(to, kind, actor, post)
            self.announced.append(self.told[key])

    def tell_of(self, post: Post) -> None:
        """Record who is told of a new post or boost."""
        if post.boost_of is not None:
            # Of a boost that is not theirs to see, the author hears nothing either.
            if self.sees(post.subject.author, post):
                self.tell(post.subject.author, "reblog", post.author, post.boost_of)
            return
        for name in post.named:
            self.tell(name, "mention", post.author, post)
        if post.quotes is not None:
            self.tell(post.quotes.author, "quote", post.author, post)
        if post.visibility != "direct" and not post.answers_another:
            for follower in self.people:
                pair = (follower, post.author)
                if pair in self.bells & self.follows.keys() and follower not in post.named:
                    self.tell(follower, "status", post.author, post)

    def tell_of_edit(self, post: Post, revision: int) -> None:
        """Record who is told that a post says something else: those named, if they were not told
        before, and those who boosted it."""
        for name in post.named:
            self.tell(name, "mention", post.author, post)
        for boost in self.posts:
            if boost.boost_of is post and not boost.gone:
                self.tell(boost.author, "update", post.author, post, revision)
        for quote in self.posts:
            if quote.quotes is post and not quote.gone and self.sees(quote.author, post):
                self.tell(quote.author, "quoted_update", post.author, quote, revision)

    def untell(self, to: str, actor: str, *kinds: str, post: Post | None = None) -> None:
        """Record that it was taken back; no kinds: everything about that person."""
        self.told = {
            key: each
            for key, each in self.told.items()
            if (each.to, each.actor) != (to, actor)
            or (kinds and (each.kind not in kinds or each.post is not post))
        }

    # ------------------------------------------------------------------ what comes into homes

    def delivered(self, post: Post) -> set[str]:
        """Into whose homes a new post comes: the author's, those of followers who want it, and
        those of who follows its tag. A boost comes where what it repeats is not."""
        got = set() if self._echoes(post.author, post) else {post.author}
        got |= {seeker for seeker in self.seekers if self.sought(seeker, post, new=True)}
        for follower, followee in self.follows:
            if followee == post.author and self._takes(follower, post):
                got.add(follower)
        return got

    def sought(self, reader: str, post: Post, *, new: bool = False) -> bool:
        """Whether a followed tag brings a post home, or keeps it there."""
        if not post.tagged or post.visibility != "public" or post.boost_of:
            return False
        return reader in self.seekers and (not new or self._willing(reader, post))

    def _willing(self, reader: str, post: Post) -> bool:
        """Nobody who wrote it or is named in it is hidden, and no writer blocks the reader."""
        subject = post.subject
        writers = {post.author, subject.author}
        if any(self.hides(reader, each) for each in writers | subject.named):
            return False
        return not any((writer, reader) in self.blocks for writer in writers)

    def _takes(self, follower: str, post: Post) -> bool:
        if not self._willing(follower, post):
            return False
        return not self._echoes(follower, post) and self._belongs(follower, post)

    def _echoes(self, reader: str, post: Post) -> bool:
        """Whether a boost repeats what is in a home, as itself or boosted by somebody else."""
        here = [old for old in self.homes[reader] if not old.gone]
        return post.boost_of is not None and any(old.subject is post.subject for old in here)

    def _belongs(self, follower: str, post: Post) -> bool:
        """The part that also holds for what comes in when somebody is followed."""
        if post.visibility == "direct" and follower not in post.named:
            return False
        if post.boost_of and not self.follows[follower, post.author]:
            return False
        return not post.answers_another or (
            post.answered == follower or (follower, post.answered) in self.follows
        )

    def deliver(self, post: Post) -> set[str]:
        """Record that a post came in; to whom."""
        got = self.delivered(post)
        for reader in got:
            self.homes[reader].add(post)
        return got

    def begin(self, follower: str, followee: str, *, boosts: bool) -> None:
        """Record a follow and what it brings into the follower's home."""
        self.follows[follower, followee] = boosts
        self.untell(followee, follower, "follow_request")
        self.tell(followee, "follow", follower, None)
        lately = newest(p for p in self.posts if p.author == followee and not p.gone)[:BACKFILL]
        self.homes[follower] |= {post for post in lately if self._belongs(follower, post)}

    def end(self, follower: str, followee: str) -> None:
        """Record that a follow, or the asking, is over: what came from it goes."""
        pair = (follower, followee)
        if pair in self.follows or pair in self.asked:
            self.homes[follower] = {
                post
                for post in self.homes[follower]
                if post.author != followee or self.sought(follower, post)
            }
            self.lists[follower].discard(followee)
            self.untell(followee, follower, "follow", "follow_request")
        self.bells.discard(pair)
        self.follows.pop(pair, None)
        self.asked.pop(pair, None)

    def seek(self, reader: str) -> None:
        """Record that somebody follows the tag, and what that brings home."""
        if reader not in self.seekers:
            self.seekers.add(reader)
            lately = newest(p for p in self.posts if self.sought(reader, p) and not p.gone)
            self.homes[reader] |= set(lately[:BACKFILL])

    def seek_no_more(self, reader: str) -> None:
        """Record that they do not any more: what only the tag brought goes."""
        if reader in self.seekers:
            self.seekers.remove(reader)
            self.homes[reader] = {
                post
                for post in self.homes[reader]
                if not post.tagged
                or post.author == reader
                or ((reader, post.author) in self.follows and self._belongs(reader, post))
            }

    def forget(self, post: Post) -> None:
        """Record that a post, and every boost of it, is no more. Answers to it answer nothing."""
        for each in self.posts:
            if each is post or each.boost_of is post:
                each.gone = True
            if each.answers is post:
                each.answers = None
        self.told = {key: n for key, n in self.told.items() if n.post is None or not n.post.gone}
        if post.boost_of is not None:
            self.untell(post.boost_of.author, post.author, "reblog", post=post.boost_of)
        self.favourites = [(who, p) for who, p in self.favourites if not p.gone]
        self.bookmarks = [(who, p) for who, p in self.bookmarks if not p.gone]


def newest(posts: Iterable[Post]) -> list[Post]:
    """Newest first."""
    return sorted(posts, key=lambda post: -post.id)


def oldest(posts: Iterable[Post]) -> list[Post]:
    """Oldest first."""
    return sorted(posts, key=lambda post: post.id)
