"""Announcements over real sockets: everybody who is here hears them, once."""

import asyncio
import json

from air import frames, on_air, subscribe

import people
from whimbrel.instance import announcements
from whimbrel.instance.events import (
    AnnouncementPublished,
    AnnouncementReacted,
    AnnouncementRetracted,
)
from whimbrel.timelines import live


def test_everybody_hears_of_an_announcement(db, tmp_path):
    """Who has an app open reads it at once, sees the numbers under it and sees it go."""

    def cast(tx):
        return [people.make(tx, name) for name in ("ada", "bob")]

    def act(tx):
        id_ = announcements.publish(tx, "hello").id
        live.tell_announced(tx, AnnouncementPublished(announcement=id_))
        announcements.react(tx, ada, id_, "🐦")
        live.tell_reacted(tx, AnnouncementReacted(announcement=id_, name="🐦"))
        return id_

    def end(tx):
        announcements.retract(tx, id_)
        live.tell_retracted(tx, AnnouncementRetracted(announcement=id_))

    async def go():
        nonlocal id_
        async with on_air(db, tmp_path) as air:
            tokens = [await air.token(who) for who in (ada, bob)]
            async with air.connect(tokens[0]) as one, air.connect(tokens[1]) as two:
                await subscribe(one, "user")
                await subscribe(two, "public")
                id_ = await db.write(act)
                heard = await frames(one)
                await db.write(end)
                return heard + await frames(one), await frames(two)

    ada, bob = db.write_sync(cast)
    id_ = 0
    heard, silent = asyncio.run(go())
    assert silent == []
    assert [frame["event"] for frame in heard] == [
        *("announcement", "announcement.reaction", "announcement.delete"),
    ]
    told, counted, gone = (frame["payload"] for frame in heard)
    assert json.loads(told)["content"] == "<p>hello</p>"
    assert "read" not in json.loads(told)
    assert json.loads(counted) == {"name": "🐦", "count": 1, "announcement_id": str(id_)}
    assert gone == str(id_)
