"""Posts of other servers: whose they are, for whom, and what they answer.

Rule I: what is fetched on the way draws on one budget for each activity, however long a thread."""

import contextlib
import time
from html import escape

from whimbrel.accounts.queries import people as accounts
from whimbrel.accounts.rules import Viewer
from whimbrel.accounts.serialize import account_url
from whimbrel.core.app import App
from whimbrel.core.errors import NotFound, WhimbrelError
from whimbrel.core.fetch import Refused, Unreachable
from whimbrel.core.ids import id_of
from whimbrel.core.settings import Instance
from whimbrel.core.text import tag_key, to_plain
from whimbrel.core.tx import Tx
from whimbrel.posts import receive
from whimbrel.posts.queries import acts, receiving
from whimbrel.posts.rules import Arrived, Content, Mention, Quoted, QuoteState, Visibility

from . import abroad, people, reading, spare, stamps
from .incoming import read_note
from .queries import approvals, quotes, received
from .queries.people import Met, rejects_media
from .queries.people import by_uri as met_by_uri
from .reading import PUBLIC
from .rules import Act, Note, host_of, origin_of

MOST_STRANGERS = 8  # whom a post may name to be looked at
MOST_FETCHED = 10  # posts for one activity
MOST_ABOVE = 100  # posts above one that answers
MOST_MET = 20  # people nobody met before, for one conversation
SECONDS = 60  # for all of it


class Budget:
    """How much more may be asked of others for one activity, or one conversation.

    Args:
        left: posts and lists.
        spare: nobody waits for any of it: it draws on what a server may be asked in an hour.
        besides: this is at hand.

    `away`: the server of what was asked for first could not be asked, and perhaps can be later.
    """

    def __init__(self, left: int = MOST_FETCHED, *, spare: bool = False, besides: str = "") -> None:
        self.left, self.spare, self.strangers, self.away = left, spare, MOST_MET, False
        self._until = time.monotonic() + SECONDS
        self._asked = {besides}

    def spend(self, uri: str = "") -> bool:
        """Whether there was anything left, and this was not asked for before."""
        if (uri and uri in self._asked) or time.monotonic() > self._until:
            return False
        self._asked.add(uri)
        self.left -= 1
        return self.left >= 0

    def meet(self) -> bool:
        """Whether one more may be met whom nobody here knows."""
        self.strangers -= 1
        return self.strangers >= 0


def our_post(instance: Instance, uri: str) -> tuple[int, int] | None:
    """Author and id in an id of a post of ours."""
    start = f"{instance.origin}/ap/users/"
    author, _, post = uri.removeprefix(start).partition("/statuses/")
    if not uri.startswith(start) or not post:
        return None
    return id_of(author), id_of(post.removesuffix("/activity"))


def known(tx: Tx, uri: str) -> int | None:
    """A post by what other servers call it: ours, or one that was written down."""
    own = our_post(tx.instance, uri)
    return receiving.by_uri(tx, uri) if own is None else receiving.ours(tx, *own)


def visibility(note: Note, followers: str | None) -> Visibility:
    """For whom it is: what is for nobody we know of is for those who are named."""
    if PUBLIC in note.to:
        return Visibility.PUBLIC
    if PUBLIC in note.cc:
        return Visibility.UNLISTED
    if followers is not None and followers in (*note.to, *note.cc):
        return Visibility.PRIVATE
    return Visibility.DIRECT


def arrived(tx: Tx, note: Note, author: Met) -> Arrived:
    """A post with people and posts by our ids.

    Raises:
        NotFound: it is a letter to nobody here.
    """
    audience = {*note.to, *note.cc}
    found = {uri: people.known(tx, uri) for uri in note.mentions}
    named = accounts.by_ids(tx, [id_ for id_ in found.values() if id_ is not None])
    told = [id_ for uri, id_ in found.items() if uri in audience and id_ in named]
    level = visibility(note, author.followers)
    if level is Visibility.DIRECT and all(named[id_].domain is not None for id_ in told):
        raise NotFound
    barred = bool(note.media or note.emojis) and rejects_media(tx, note.id)
    quoted = None if note.quote is None else _quoted(tx, note, author.id)
    return Arrived(
        uri=note.id,
        url=note.url,
        author=author.id,
        visibility=level,
        content=Content(
            text=to_plain(note.html),
            html=note.html + (_elsewhere(note.quote) if note.quote and not quoted else ""),
            spoiler=note.spoiler,
            mentions=tuple(
                Mention(one.id, one.username, one.acct, account_url(tx.instance, one))
                for one in named.values()
            ),
            tags=note.tags,
            options=() if note.poll is None else note.poll.options,
            quoted=None if quoted is None else quoted.post,
        ),
        sensitive=note.sensitive,
        language=note.language,
        reply_to=(
            None
            if note.reply_to is None or note.unapproved
            else _parent(tx, note.reply_to, author.id)
        ),
        named=tuple(told),
        tags=tuple(dict.fromkeys(tag_key(tag) for tag in note.tags)),
        at=note.at,
        edited_at=note.edited_at if note.edited_at != note.at else None,
        media=() if barred else note.media,
        emojis={} if barred else dict(note.emojis),
        poll=note.poll,
        quoted=quoted,
        quote_policy=note.quote_policy,
    )


def _parent(tx: Tx, uri: str, author: int) -> int | None:
    """What is answered, if it is here and was the author's to see."""
    post = known(tx, uri)
    try:
        return None if post is None else acts.subject(tx, Viewer(account=author), post).id
    except NotFound:
        return None


def _quoted(tx: Tx, note: Note, author: int) -> Quoted | None:
    """What is quoted, if it is here and was the author's to see; never a boost (CVE-2025-62605)."""
    post = known(tx, note.quote or "")
    named = None if post is None else quotes.named(tx, post)
    if post is None or named is None or _parent(tx, note.quote or "", author) is None:
        return None
    proven = note.proven or named.author == author
    if not proven and not note.asks:
        return None
    state = QuoteState.ACCEPTED if proven else QuoteState.PENDING
    return Quoted(post, named.author, state, note.stamp if note.proven else None)


def _elsewhere(uri: str) -> str:
    """Where a quoted post is that is not shown."""
    where = escape(uri)
    return f'<p><a href="{where}" target="_blank" rel="nofollow noopener">{where}</a></p>'


async def proven(app: App, note: Note, budget: Budget) -> Note:
    """A post with what it quotes at hand, and whether that one's author agrees looked at, and that
    one's whom it answers: else it stands for itself."""
    if note.reply_to is not None and our_post(app.instance, note.reply_to) is None:
        note = note._replace(unapproved=not await _lets(app, note, budget))
    if note.quote is None:
        return note
    post = await fetched(app, note.quote, budget)
    named = None if post is None else await app.db.read(quotes.named, post)
    if named is None or named.uri is None or named.owner is None or note.stamp is None:
        return note
    if named.owner == note.author or not budget.spend():
        return note
    try:
        holds = await stamps.holds(app, note.stamp, named.owner, note.id, named.uri)
    except Unreachable:
        return note
    return note._replace(proven=holds)


async def _lets(app: App, note: Note, budget: Budget) -> bool:
    """Whether it may answer what it answers."""
    if note.approval is not None and not budget.spend():
        note = note._replace(approval=None)
    try:
        what = (note.approval, note.author, note.id, note.reply_to or "")
        return await stamps.lets(app, Act.REPLY, *what)
    except Unreachable:
        return False


def store(tx: Tx, note: Note, *, new: bool) -> int:
    """Write it down, unless it was taken back. Raises NotFound. Emits as `receive.receive`."""
    received.alone(tx, note.id)
    author = met_by_uri(tx, note.author)
    if author is None or received.buried(tx, note.id):
        raise NotFound
    post = receive.receive(tx, arrived(tx, note, author), new=new)
    approvals.set_policy(tx, post, note.asks_first, new=True)
    return post


def concerns(tx: Tx, note: Note) -> bool:
    """Whether a post that was sent here is anybody's business: its author is followed, somebody of
    ours is named, or it answers what is here."""
    author = met_by_uri(tx, note.author)
    if author is not None and accounts.by_id(tx, author.id).followers > 0:
        return True
    audience = {*note.to, *note.cc}
    ours = [people.our_id(tx.instance, uri) for uri in note.mentions if uri in audience]
    if accounts.by_ids(tx, [id_ for id_ in ours if id_ is not None]):
        return True
    return note.reply_to is not None and known(tx, note.reply_to) is not None


async def strangers(app: App, note: Note, budget: Budget) -> None:
    """Meet whom a post names and for whom it is, as far as nobody here knows them yet."""
    audience = {*note.to, *note.cc}
    for uri in note.mentions[:MOST_STRANGERS]:
        if uri not in audience or await app.db.read(people.known, uri) is not None:
            continue
        if not budget.spend():
            return
        with contextlib.suppress(WhimbrelError, ValueError):
            await people.met(app, uri)


async def fetched(app: App, uri: str, budget: Budget) -> int | None:
    """A post that is open to everybody, with what it answers; None where it cannot be had."""
    chain: list[Note] = []
    wanted: str | None = uri
    while wanted is not None and await app.db.read(known, wanted) is None and budget.spend(wanted):
        try:
            note = await read(app, wanted, budget, spare_=bool(chain) or budget.spare)
        except (WhimbrelError, ValueError) as error:
            away = isinstance(error, Unreachable) and not isinstance(error, Refused)
            budget.away = away and not chain
            break
        chain.append(note)
        wanted = note.reply_to
    for note in reversed(chain):
        try:
            note = await proven(app, note, budget)
            await app.db.write(store_old, note)
        except WhimbrelError:
            continue
    return await app.db.read(known, uri)


def store_old(tx: Tx, note: Note) -> int:
    """Write down what was only looked up: nobody is told. As `store`."""
    return store(tx, note, new=False)


async def read(app: App, uri: str, budget: Budget, *, spare_: bool) -> Note:
    """A post where it lies, and who wrote it.

    Args:
        spare_: nobody waits for it.
    Raises:
        NotFound: it is not for everybody; nothing is left for its server, or for strangers.
        Else as `abroad.read_object`, `people.met`.
    """
    if spare_ and not await spare.may_ask(app, uri):
        raise NotFound
    await people.admit(app, origin_of(uri).partition("://")[2])
    try:
        note = read_note(await abroad.read_object(app, uri))
    except Unreachable as error:
        if spare_ and not isinstance(error, Refused):
            spare.failed(app, uri)
        raise
    await writer(app, note, budget, spare_=spare_)
    return note


async def writer(app: App, note: Note, budget: Budget, *, spare_: bool) -> None:
    """Meet whoever wrote a post that is for everybody. Args, Raises: as `read`."""
    if PUBLIC not in (*note.to, *note.cc):
        raise NotFound
    if not spare_:
        await people.met(app, note.author)
    elif await app.db.read(met_by_uri, note.author) is None:
        if not budget.meet() or not await spare.may_ask(app, note.author):
            raise NotFound
        await people.met(app, note.author, brief=True)


async def embedded(app: App, about: object, actor: str) -> Note:
    """The post in an activity: what is embedded counts only if it is on its author's own server and
    theirs who signed; else it is read where it lies (rule B).

    Raises:
        NotFound: it is somebody else's.
        Refused, Unreachable, Malformed: as `abroad.read_object`.
    """
    inner = about[0] if isinstance(about, list) and about else about
    id_ = reading.id_of(inner)
    if id_ is None or _host(id_) != _host(actor):
        raise NotFound  # nor is anybody else asked: it could not be theirs
    if isinstance(inner, dict) and "attributedTo" in inner:
        note = read_note(inner)
    else:
        note = read_note(await abroad.read_object(app, id_))
    if note.author != actor or _host(note.id) != _host(actor):
        raise NotFound
    return note


def _host(uri: str) -> str:
    try:
        return host_of(uri)
    except ValueError:
        return ""
