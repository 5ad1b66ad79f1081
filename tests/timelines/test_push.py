"""Web Push: what arrives at the phone is what was meant, and only the phone can read it."""

import asyncio
import time
from types import SimpleNamespace

import msgspec
import pytest
import stories
from sqlalchemy import update

import people
from phone import Phone, b64
from whimbrel.accounts import sessions, tokens
from whimbrel.accounts.rules import BROWSER, Viewer
from whimbrel.accounts.tables import users
from whimbrel.core import webpush
from whimbrel.core.engines import Query, insert
from whimbrel.core.errors import Invalid, NotFound
from whimbrel.core.fetch import Fetcher, Unreachable
from whimbrel.core.ids import new_id
from whimbrel.core.keyring import Shredded
from whimbrel.core.words import language, say
from whimbrel.posts.rules import Visibility
from whimbrel.timelines import push
from whimbrel.timelines.events import Notified, PushDue
from whimbrel.timelines.queries import push as queries
from whimbrel.timelines.queries.push import Holder
from whimbrel.timelines.tables import notifications

# --- subscriptions --------------------------------------------------------------------------------


def arrive(tx, name="ada"):
    """Somebody with an app; the viewer it acts as."""
    person = people.make(tx, name)
    _, token = tokens.issue_with_id(tx, person.account, "read write push")
    return Viewer(account=person.account, scopes=frozenset({"push"}), token=token)


def wanted(phone, endpoint="https://push.example/1", alerts=("mention",), **more):
    return push.Wanted(
        endpoint=endpoint,
        p256dh=webpush.encoded(phone.point),
        auth=webpush.encoded(phone.auth),
        token="whb_secret",
        alerts=dict.fromkeys(alerts, True),
        **more,
    )


def test_one_subscription_for_each_token(tx):
    """Apps subscribe again at every start; two would ring twice."""
    app = arrive(tx)
    with pytest.raises(NotFound):
        push.show(tx, app)
    with pytest.raises(NotFound):
        push.update(tx, app, {}, "all")
    push.forget(tx, app)
    first = push.subscribe(tx, app, wanted(Phone()))
    assert first.alerts["mention"] and not first.alerts["follow"]
    assert (first.policy, first.standard) == ("all", False)
    assert b64(first.server_key)[0] == 4
    old = queries.of_holder(tx, Holder(app.token))
    second = push.subscribe(tx, app, wanted(Phone(), "https://push.example/2", standard=True))
    assert second == push.show(tx, app)
    assert second.endpoint == "https://push.example/2"
    assert old.slot in tx.shreds
    changed = push.update(tx, app, {"follow": True, "nonsense": True}, "followed")
    assert [kind for kind, on in changed.alerts.items() if on] == ["follow"]
    assert changed.policy == "followed"
    assert changed.id < 1 << 31
    push.forget(tx, app)
    with pytest.raises(NotFound):
        push.show(tx, app)


@pytest.mark.parametrize("endpoint", ["", "push.example", "ftp://push.example/", "https://a:b@c/"])
def test_an_endpoint_that_is_none_is_refused(tx, endpoint):
    """What is stored is asked later, by us."""
    with pytest.raises(Invalid):
        push.subscribe(tx, arrive(tx), wanted(Phone(), endpoint))


def test_the_secrets_of_a_subscription_are_sealed(tx):
    """A stolen database holds neither the app's token nor what reads its messages."""
    app = arrive(tx)
    phone = Phone()
    push.subscribe(tx, app, wanted(phone))
    row = queries.of_holder(tx, Holder(app.token))
    assert b"whb_secret" not in row.keys
    assert phone.auth not in row.keys
    assert b"whb_secret" in tx.unseal(row.place, row.keys)


def browse(tx, name="ada"):
    """Somebody signed in with a browser; the viewer they are."""
    person = people.make(tx, name)
    sessions.begin(tx, person.id)
    (session,) = sessions.of(tx, person)
    return Viewer(account=person.id, scopes=BROWSER, session=session.id)


@pytest.mark.parametrize("end", ["sign out", "elsewhere", "password"])
def test_a_browser_is_told_nothing_once_its_session_is_over(tx, end):
    """A computer in a library would go on showing who writes what."""
    ada = browse(tx)
    push.subscribe(tx, ada, wanted(Phone()))
    row = queries.of_holder(tx, Holder(session=ada.session))
    sessions.begin(tx, ada.id)
    assert queries.of_account(tx, ada.id)
    if end == "sign out":
        sessions.end(tx, ada)
    elif end == "elsewhere":
        sessions.revoke_others(tx, Viewer(account=ada.id, session=1))
    else:
        sessions.revoke_access(tx, ada.id)
    assert queries.of_account(tx, ada.id) == []
    assert row.slot in tx.shreds


def test_an_app_and_a_browser_have_each_their_own(tx):
    """One would silence the other."""
    ada = browse(tx)
    _, token = tokens.issue_with_id(tx, ada.account, "read write push")
    app = Viewer(account=ada.account, scopes=frozenset({"push"}), token=token)
    push.subscribe(tx, ada, wanted(Phone(), "https://push.example/browser"))
    push.subscribe(tx, app, wanted(Phone(), "https://push.example/app"))
    push.forget(tx, app)
    assert push.show(tx, ada).endpoint == "https://push.example/browser"


# --- who is pushed to -----------------------------------------------------------------------------


def notify(tx, receiver, actor, kind="mention", post=None):
    id_ = new_id(tx.now)
    row = {"id": id_, "account": receiver.id, "kind": kind, "actor": actor.id, "post": post}
    tx.run(Query(insert(notifications)), key=str(id_), subject=None, **row)
    return id_


@pytest.mark.parametrize(
    ("policy", "follows", "followed", "due"),
    [
        ("all", False, False, True),
        ("none", True, True, False),
        ("followed", True, False, True),
        ("followed", False, True, False),
        ("follower", False, True, True),
        ("follower", True, False, False),
    ],
)
def test_a_policy_says_from_whom(tx, policy, follows, followed, due):
    """Whoever wants to hear of friends only must not be woken by strangers."""
    ada, eve = arrive(tx), people.make(tx, "eve")
    if follows:
        stories.follow(tx, ada, eve)
    if followed:
        stories.follow(tx, eve, ada)
    push.subscribe(tx, ada, wanted(Phone(), policy=policy))
    note, other = notify(tx, ada, eve), notify(tx, ada, eve, "follow")
    for _ in range(2):
        tx.emitted.clear()
        push.spread(tx, Notified(account=ada.id, notification=note))
        push.spread(tx, Notified(account=ada.id, notification=other))
        number = queries.of_account(tx, ada.id)[0][0]
        event = PushDue(subscription=number, account=ada.id, notification=note)
        assert tx.emitted == ([event] if due else [])


def test_nobody_is_pushed_to_without_asking(tx):
    """And a notification that is gone rings nowhere."""
    ada, eve = arrive(tx), people.make(tx, "eve")
    push.spread(tx, Notified(account=ada.id, notification=notify(tx, ada, eve)))
    push.subscribe(tx, ada, wanted(Phone()))
    push.spread(tx, Notified(account=ada.id, notification=1))
    assert tx.emitted == []


def test_every_kind_that_can_be_asked_for_says_what_it_is():
    """A phone that rings with a bare name tells nobody why."""
    assert push._TITLES.keys() == set(push.KINDS)


# --- what arrives ---------------------------------------------------------------------------------


class Service:
    """A push service: keeps what it is handed and answers `status`."""

    def __init__(self):
        self.status, self.handed = 201, []

    async def answer(self, reader, writer):
        head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        headers = dict(line.lower().split(": ", 1) for line in head[1:] if line)
        exact = dict(line.split(": ", 1) for line in head[1:] if line)
        headers["crypto-key"] = exact.get("Crypto-Key", "")
        headers["encryption"] = exact.get("Encryption", "")
        headers["authorization"] = exact["Authorization"]
        body = await reader.readexactly(int(headers["content-length"]))
        self.handed.append((headers, body))
        said = f"HTTP/1.1 {self.status} X\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"
        writer.write(said.encode())
        await writer.drain()
        writer.close()
        await writer.wait_closed()


def delivered(db, act, *, private=("127.0.0.1",)):
    async def go():
        service = Service()
        server = await asyncio.start_server(service.answer, "127.0.0.1", 0)
        fetcher = Fetcher(allow_private=private)
        app = SimpleNamespace(db=db, instance=db.instance, fetcher=fetcher)
        try:
            await act(app, service, f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/x")
        finally:
            await fetcher.close()
            server.close()
            await asyncio.sleep(0.02)

    asyncio.run(go())


def prepare(tx, phone, endpoint, standard):
    ada, eve = arrive(tx), people.make(tx, "eve")
    post = stories.write(
        tx, eve, "Meet me at the  old mill.", visibility=Visibility.DIRECT, named=(ada,)
    )
    push.subscribe(tx, ada, wanted(phone, endpoint, standard=standard))
    note = notify(tx, ada, eve, post=post)
    number = queries.of_account(tx, ada.id)[0][0]
    return ada, PushDue(subscription=number, account=ada.id, notification=note)


@pytest.mark.parametrize("standard", [True, False])
def test_the_phone_reads_what_was_meant(db, clock, standard):
    """Who, what and which account; and the service in between reads none of it."""
    phone = Phone()

    async def act(app, service, endpoint):
        _, event = await db.write(prepare, phone, endpoint, standard)
        await push.deliver(app, event)
        ((headers, body),) = service.handed
        assert headers["content-encoding"] == ("aes128gcm" if standard else "aesgcm")
        assert headers["ttl"] == str(48 * 3600)
        assert headers["authorization"].startswith("vapid t=" if standard else "WebPush ")
        text = phone.open_standard(body) if standard else phone.open_draft(body, headers)
        assert msgspec.json.decode(text) == {
            "access_token": "whb_secret",
            "preferred_locale": "en",
            "notification_id": str(event.notification),
            "notification_type": "mention",
            "icon": "https://social.example/avatars/original/missing.png",
            "title": "eve mentioned you",
            "body": "Meet me at the old mill.",
        }
        assert b"mill" not in body

    delivered(db, act)


def _surf(tx, phone, endpoint, kind):
    ada, eve = browse(tx), people.make(tx, "eve")
    mine = stories.write(tx, ada, "tide at nine")
    theirs = stories.write(tx, eve, "at ten", visibility=Visibility.DIRECT, named=(ada,))
    about = {"mention": theirs, "favourite": mine}.get(kind)
    plain = wanted(phone, endpoint, standard=True, alerts=(kind,))
    push.subscribe(tx, ada, msgspec.structs.replace(plain, token=""))
    note = notify(tx, ada, eve, kind, about)
    number = queries.of_account(tx, ada.id)[0][0]
    event = PushDue(subscription=number, account=ada.id, notification=note)
    paths = {"follow": "/@eve", "follow_request": "/follow_requests", "admin.report": None}
    author = "eve" if about == theirs else "ada"
    return event, f"/@{author}/{about}" if about else paths[kind] or "/notifications"


@pytest.mark.parametrize(
    "kind", ["mention", "favourite", "follow", "follow_request", "admin.report"]
)
def test_a_browser_is_told_what_to_open_and_how_much_waits(db, clock, kind):
    """Whoever presses the message would land on a page about something else."""
    phone = Phone()

    async def act(app, service, endpoint):
        event, path = await db.write(_surf, phone, endpoint, kind)
        await push.deliver(app, event)
        ((_, body),) = service.handed
        said = msgspec.json.decode(phone.open_standard(body))
        assert (said["path"], said["unread"]) == (path, 1)
        assert "access_token" not in said

    delivered(db, act)


def _locale(who, code):
    return update(users).where(users.c.account == who.id).values(locale=code)


def test_a_phone_is_told_in_its_owners_language(db):
    """Half of what lights up on a locked screen would be English to somebody who has none."""
    phone = Phone()

    async def act(app, service, endpoint):
        ada, event = await db.write(prepare, phone, endpoint, True)
        await db.write(lambda tx: tx.run(_locale(ada, "de-AT")))
        await push.deliver(app, event)
        ((_, body),) = service.handed
        said = msgspec.json.decode(phone.open_standard(body))
        assert said["title"] == language("de").plain(say("%(name)s mentioned you", name="eve"))
        assert said["title"] != "eve mentioned you"

    delivered(db, act)


def test_a_phone_that_is_gone_is_forgotten_and_a_busy_service_asked_again(db, clock):
    """404 and 410 are for good; 429 and 500 for now, but not for longer than an hour."""
    phone = Phone()

    async def act(app, service, endpoint):
        clock.now = clock.now.fromtimestamp(time.time(), clock.now.tzinfo)
        ada, event = await db.write(prepare, phone, endpoint, True)
        for status in (429, 500, 503):
            service.status = status
            with pytest.raises(Unreachable):
                await push.deliver(app, event)
        service.status = 400
        await push.deliver(app, event)
        assert (await db.read(push.show, ada)).endpoint == endpoint
        row = await db.read(queries.of_holder, Holder(ada.token))
        service.status = 410
        await push.deliver(app, event)
        with pytest.raises(NotFound):
            await db.read(push.show, ada)
        with pytest.raises(Shredded):
            db.keyring.unseal(row.place, row.keys)
        count = len(service.handed)
        await push.deliver(app, event)
        assert len(service.handed) == count

    delivered(db, act)


def test_a_push_that_is_hours_late_is_given_up(db, clock):
    """The test's clock stands far from now, so that the notification is old."""

    async def act(app, service, endpoint):
        clock.now = clock.now.fromtimestamp(time.time() - 7200, clock.now.tzinfo)
        _, event = await db.write(prepare, Phone(), endpoint, True)
        service.status = 503
        await push.deliver(app, event)

    delivered(db, act)


def test_an_endpoint_inside_is_never_asked(db, clock):
    """A subscription is the easiest way to make a server talk to its own neighbours."""

    async def act(app, service, endpoint):
        _, event = await db.write(prepare, Phone(), endpoint, True)
        await push.deliver(app, event)
        assert service.handed == []

    delivered(db, act, private=())
