"""What is counted beside posts: pictures, what streams tell, whom one follows; and the pause
before a guest reads on. Whoever uses this place a lot meets none of it."""

from browsing import Site, form_of

from whimbrel.accounts.rules import Viewer
from whimbrel.core.tx import Tx
from whimbrel.posts import serialize
from whimbrel.posts.publish import publish
from whimbrel.posts.rules import Draft, Visibility
from whimbrel.privacy.budgets import HOUR, LIMITS, Budgets, Limit
from whimbrel.privacy.waiting import WAIT

ON = "/auth/read-on"


class Clock:
    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


async def crowd(site: Site, many: int) -> list[str]:
    """Pages of people with twenty posts each."""
    for number in range(many):
        somebody = await site.person(f"p{number}")
        await site.app.db.write(_twenty, somebody.viewer)
    return [f"/@p{number}" for number in range(many)]


def _twenty(tx: Tx, author: Viewer) -> None:
    for tide in range(20):
        publish(tx, author, Draft(text=f"tide {tide}"))


def test_a_guest_who_read_a_lot_waits_a_moment_and_reads_on(tell):
    """A bare refusal would send them away, a puzzle those who cannot see it; no question at all
    would let in whoever copies."""

    async def story(site: Site) -> None:
        site.app.readings.clock = ticks = Clock()
        pages = await crowd(site, 9)
        guest = site.visitor()
        for page in pages[:2]:
            assert (await guest.get(page)).status_code == 200
        asked = await guest.get(f"{pages[2]}?x=1", headers={"accept-language": "en"})
        assert asked.status_code == 429 and asked.headers["retry-after"] == str(WAIT)
        assert "A moment, please" in asked.text and "/auth/sign-in?next=" in asked.text
        assert "script" not in asked.text.partition("<main")[2]
        form = form_of(asked.text, ON)
        early = await guest.client.post(ON, data=form)
        assert early.status_code == 429
        assert form_of(early.text, ON) == form, "who was too quick goes on waiting"
        ticks.now += WAIT
        for wrong in ("", "1.x", form["ticket"].replace(".", ".0"), f"9{form['ticket']}"):
            forged = await guest.client.post(ON, data={**form, "ticket": wrong})
            assert forged.status_code == 403
        let_on = await guest.client.post(ON, data=form)
        assert (let_on.status_code, let_on.headers["location"]) == (303, f"{pages[2]}?x=1")
        assert "set-cookie" not in let_on.headers, "nothing is left with them"
        for at in (2, 4, 6):
            for page in pages[at : at + 2]:
                assert (await guest.get(page)).status_code == 200
            form = form_of((await guest.get(pages[at + 2])).text, ON)
            ticks.now += WAIT
            again = await guest.client.post(ON, data=form)
            assert again.status_code == (303 if at < 6 else 429)
        assert ON not in again.text, "three times a day"

    tell(story, rate_limits=True, strangers_posts=480)


def test_nobody_is_let_on_while_the_alarm_rings(tell):
    """Fifty networks would each press the button."""

    async def story(site: Site) -> None:
        site.app.readings.clock = ticks = Clock()
        pages = await crowd(site, 3)
        guest = site.visitor()
        asked = [await guest.get(page) for page in pages][-1]
        form = form_of(asked.text, ON)
        ticks.now += WAIT
        site.app.readings.ring("much")
        refused = await guest.client.post(ON, data=form)
        assert refused.status_code == 429 and ON not in refused.text

    tell(story, rate_limits=True, strangers_posts=480)


def test_pictures_are_counted_and_a_page_full_of_them_is_nothing(tell):
    """70 TB of films left Parler in two days, and nobody counted them."""

    async def story(site: Site) -> None:
        ada, guest = await site.person("ada"), site.visitor()
        post = await ada.show(Visibility.PUBLIC)
        shown = await site.app.db.read(serialize.one, ada.viewer, post)
        url = shown.partition(b'"preview_url":"')[2].partition(b'"')[0].decode()
        size = int((await guest.client.head(url)).headers["content-length"])
        for _ in range(400):  # forty posts with four pictures each, and faces, twice
            assert (await guest.get(url)).status_code == 200
        spent = {level.kind: level.wait for level in site.app.budgets.known()}
        assert spent["file"] < HOUR / 40
        tag = (await guest.get(url)).headers["etag"]
        few = {**LIMITS, "file": Limit(3, HOUR), "file_size": Limit(2 * (size // 1024 + 1), HOUR)}
        site.app.budgets = Budgets(limits=few)
        told = [(await guest.get(url)).status_code for _ in range(3)]
        assert told == [200, 200, 429]
        seen = await guest.get(url, headers={"if-none-match": tag})
        assert seen.status_code == 304, "what they have costs nothing"

    tell(story, rate_limits=True)


def test_many_films_ring_the_alarm(tell):
    """Each of fifty networks takes what one may, and the whole server is gone."""

    async def story(site: Site) -> None:
        readings = site.app.readings
        for number in range(200):  # each for an evening of films
            readings.sent(f"198.51.{number}", 200 << 20)
        assert readings.alarm is None
        for number in range(50):
            readings.sent(f"203.0.{number}", 4 << 30)
        assert readings.alarm is not None and readings.alarm.why == "bytes"

    tell(story, rate_limits=True)


def test_nobody_follows_everybody(tell):
    """Whom one follows one reads freely: whoever follows all reads all."""

    async def story(site: Site) -> None:
        ada = await site.person("ada")
        for name in ("p0", "p1", "p2", "p3"):
            await site.person(name)
        site.app.budgets = Budgets(limits={**LIMITS, "follow": Limit(3, HOUR)})
        await ada.send("/@p0", "/@p0/follow")
        assert (await ada.client.post("/@nobody/follow", data=await _form(ada))).status_code == 404
        for name in ("p1", "p2"):
            assert (await ada.send(f"/@{name}", f"/@{name}/follow")).status_code == 303
        refused = await ada.send("/@p3", "/@p3/follow")
        assert refused.status_code == 429 and "Go on tomorrow" in refused.text
        assert (await ada.send("/@p2", "/@p2/unfollow")).status_code == 303

    tell(story, rate_limits=True)


async def _form(person) -> dict[str, str]:
    return form_of((await person.get("/@p1")).text, "/@p1/follow")


def test_whoever_is_here_all_day_is_never_refused(tell):
    """A limit that meets those who live here is a fault."""

    async def story(site: Site) -> None:
        budgets = site.app.budgets
        ticks = Clock()
        site.app.budgets = budgets = Budgets(clock=ticks)
        for _ in range(24 * 60):  # a bot that posts every minute, and a column that shows it
            budgets.spend("api", 1)
            budgets.spend("account", 1)
            budgets.spend("live", 2, 4)
            ticks.now += 60
        for _ in range(2000):  # a history of 2,000 posts with pictures and faces
            for kind, cost in (("file", 3), ("file_size", 3 * 300)):
                budgets.spend(kind, "192.0.2", cost)
            ticks.now += 0.5
        for _ in range(300):  # a newcomer who looks around
            budgets.spend("follow", 3)

    tell(story)
