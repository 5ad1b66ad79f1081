"""Calls of the staff by Web Push: to browsers that asked for it, with nothing but what the letter
says."""

import msgspec
from test_push import browse, delivered, wanted

from phone import Phone
from whimbrel.accounts import links
from whimbrel.accounts.events import StaffCalled
from whimbrel.accounts.queries import users
from whimbrel.timelines import calls, push
from whimbrel.timelines.events import CallDue


def called(tx, viewer, secret="tide"):
    user = users.by_account(tx, viewer.id)
    link = links.sealed(tx, viewer.id, user.slot, secret)
    return StaffCalled(account=viewer.id, klass="V1", due=tx.ms + 3_600_000, link=link, at=tx.ms)


def test_a_call_goes_to_browsers_that_hear_of_reports_and_to_no_app(tx):
    """Whoever did not ask for it would be woken by a telephone they lent to a child."""
    mod = browse(tx, "mod")
    calls.spread(tx, called(tx, mod))
    push.subscribe(tx, mod, wanted(Phone(), alerts=("mention",)))
    calls.spread(tx, called(tx, mod))
    assert not [each for each in tx.emitted if isinstance(each, CallDue)]
    push.subscribe(tx, mod, wanted(Phone(), alerts=("admin.report",)))
    other = browse(tx, "other")
    push.subscribe(tx, other, wanted(Phone(), alerts=("admin.report",)))
    event = called(tx, mod)
    calls.spread(tx, event)
    (due,) = [each for each in tx.emitted if isinstance(each, CallDue)]
    assert (due.account, due.klass, due.due, due.link) == (mod.id, "V1", event.due, event.link)


def test_the_browser_is_told_class_and_time_and_led_to_the_link(db, clock):
    """Nothing of what was reported: telephones lie on tables."""
    phone = Phone()

    async def act(app, service, endpoint):
        found = []

        def prepared(tx):
            mod = browse(tx, "mod")
            plain = wanted(phone, endpoint, standard=True, alerts=("admin.report",))
            push.subscribe(tx, mod, msgspec.structs.replace(plain, token=""))
            ((subscription, _),) = calls.queries.browsers_of(tx, mod.id)
            event = msgspec.structs.asdict(called(tx, mod))
            found.append(CallDue(subscription=subscription, **event))
            return mod

        mod = await db.write(prepared)
        await calls.deliver(app, found[0])
        ((_, body),) = service.handed
        said = msgspec.json.decode(phone.open_standard(body))
        assert said["path"] == "/calls/tide" and said["unread"] == 0
        assert said["title"].startswith("A report waits until ") and "V1" in said["body"]
        assert b"tide" not in body
        await db.write(lambda tx: users.change(tx, mod.id, disabled_at=1))
        await calls.deliver(app, found[0])
        assert len(service.handed) == 1

    delivered(db, act)
