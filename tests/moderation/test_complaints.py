"""A letter becomes reports and cases that are decided in time, and is answered."""

import csv
import hashlib
import io
import json
import sys
import time
from base64 import b64encode
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import select
from staff import Desk

from whimbrel.core.engines import Query
from whimbrel.core.errors import Conflict, Forbidden, Invalid
from whimbrel.core.search import open_search
from whimbrel.moderation import cases, verdicts
from whimbrel.moderation.api import ROUTES
from whimbrel.moderation.letters import complaints, pdf, reply, shown, standing
from whimbrel.moderation.letters.complaints import Intake, Order
from whimbrel.moderation.paging import hide
from whimbrel.moderation.queries import cases as stored
from whimbrel.moderation.queries import complaint_items as items
from whimbrel.moderation.queries import complaints as queries
from whimbrel.moderation.queries import verdicts as decided
from whimbrel.moderation.rules import DAY, HOUR, Case
from whimbrel.moderation.tables import decisions, pages
from whimbrel.moderation.verdicts import Ruling
from whimbrel.posts import delete
from whimbrel.posts.publish import publish
from whimbrel.posts.rules import Draft
from whimbrel.timelines import indexing

ORIGIN = "https://social.example"
MAIL = (
    "From: Trust <abuse@host.example>\nSubject: Notice 7\nMessage-ID: <7@host.example>\n"
    "Content-Type: text/plain; charset=utf-8\n\n{}\n"
)


class Town(Desk):
    """Eve and Bob write what a host complains of; mod and boss read its letters."""

    def __init__(self, db: Any, database: str, folder: Any, clock: Any) -> None:
        super().__init__(db, folder, ROUTES, "eve", "bob")
        self.clock = clock
        self.front.app.search = open_search(database or f"sqlite:///{folder / 'search.db'}")

    def __exit__(self, *problem: Any) -> None:
        self.front.app.search.close()
        super().__exit__(*problem)

    def write(self, text: str, name: str = "eve") -> int:
        post = int(self.do(publish, self.people[name], Draft(text=text)).id)
        self._runner.run(indexing.index_post(self.front.app, post))
        return post

    def take(self, text: str, **more: Any) -> int:
        """A letter, taken in and read."""
        form = Intake(data=text.encode(), **more)
        id_ = int(self.do(complaints.take_in, self.people["mod"].id, form))
        self.settle()
        return id_

    def settle(self) -> None:
        self._runner.run(self.front.settle())

    def after(self, minutes: float) -> None:
        self.clock.step(minutes=minutes)
        self.settle()

    def shown(self, id_: int) -> dict[str, Any]:
        return dict(self.do(shown.one, self.people["mod"], id_))

    def cases(self, id_: int) -> list[Case]:
        return list(self.do(lambda tx: stored.many(tx, queries.cases_of(tx, id_)).values()))

    def decide(self, case: int, *acts: Any, **more: Any) -> None:
        ruling = Ruling(acts=acts or ("none",), **more)
        self.do(verdicts.decide, self.people["mod"], case, ruling)

    def log(self, id_: int) -> list[str]:
        d = decisions.c
        query = select(d.action).where(d.kind == "complaint", d.target == id_).order_by(d.id)
        return [row[0] for row in self.do(lambda tx: tx.rows(query))]


@pytest.fixture
def town(db: Any, database: str, tmp_path: Any, clock: Any) -> Iterator[Town]:
    with Town(db, database, tmp_path, clock) as opened:
        yield opened


def test_a_letter_from_its_coming_to_its_answer(town: Town) -> None:
    """The whole way. Parler was switched off because such a letter lay about."""
    one, two, three = (town.write(f"Burn number {n} down tonight") for n in range(3))
    other = town.write("A news report", "bob")
    gone = town.write("Never mind")
    text = (
        f"Please remove {ORIGIN}/@eve/{one}, hxxps://social[.]example/@eve/{two}, "
        f'{ORIGIN}/@bob/{other} and {ORIGIN}/@eve/{gone}, and "burn number 2 down tonight". '
        f"Also {ORIGIN}/@eve/{gone + 1}. We need your answer within 8 hours."
    )
    id_ = town.take(MAIL.format(text))
    letter = town.shown(id_)["letter"]
    assert (letter["sender"], letter["subject"], letter["all"]) == (
        "abuse@host.example",
        "Notice 7",
        6,
    )
    assert (letter["done"], letter["missing"], letter["confirmed"]) == (0, 1, False)
    found = {each.target: each for each in town.cases(id_)}
    assert {each.klass for each in found.values()} == {"H1"}
    assert len(found) == 2  # what is the same person's is decided together
    received = letter["received"]
    assert {each.due for each in found.values()} == {received + 12 * HOUR}

    # Until a person says that the letter means eight hours, it counts as a day.
    (candidate,) = letter["candidates"]
    assert candidate.due == received + 8 * HOUR
    town.do(complaints.confirm, town.people["mod"], id_, candidate.due)
    assert {each.due for each in town.cases(id_)} == {received + 6 * HOUR}

    with pytest.raises(Conflict):
        town.do(reply.write, town.people["mod"], id_, reply.Draft(to="abuse@host.example"))
    town.do(delete.delete, town.people["eve"], gone)
    eve, bob = town.people["eve"].id, town.people["bob"].id
    town.decide(found[eve].id, "hide", facts="It calls for arson.", posts=(one, two, three))
    town.decide(found[bob].id, facts="It reports on a fire.")
    town.do(complaints.settle, town.people["mod"], id_, [5], "There never was such a post.")
    states = {each["number"]: (each["state"], each["acts"]) for each in town.shown(id_)["items"]}
    assert sorted(states.values()) == sorted(
        [*[("done", ("hide",))] * 3, ("done", ()), ("gone", ()), ("answered", ())]
    )

    draft = reply.Draft(to="abuse@host.example", changed="New accounts wait a day.")
    written = town.do(reply.write, town.people["mod"], id_, draft)
    with pytest.raises(Forbidden):  # nobody is their own second reader
        town.do(reply.approve, town.people["mod"], written)
    town.do(reply.approve, town.people["boss"], written)
    town.settle()
    ((to, subject, body),) = [each for each in town.front.letters() if "Notice 7" in each[1]]
    assert (to, subject) == ("abuse@host.example", "Re: Notice 7")
    for words in (str(one), "hidden from everybody", "It calls for arson.", "never was", "a day."):
        assert words in body, words
    told = json.loads(town.do(reply.file, town.people["mod"], id_, written, "json"))
    assert [each["measures"] for each in told["items"]].count(["hide"]) == 3
    assert all(each["at"] for each in told["items"] if each["state"] == "done")
    assert told["last_30_days"]["letters"] == 1
    assert town.do(reply.file, town.people["mod"], id_, written, "pdf").startswith(b"%PDF-1.4")
    assert town.shown(id_)["letter"]["state"] == "closed"
    assert town.log(id_) == [
        *("receive", "read", "confirm", "settle", "write", "approve", "send"),
    ]
    notices = ("host.example=72", "other.example=24")
    host, other = town.do(standing.of_hosts, town.people["mod"], notices)
    assert (host.notice, other.host, other.notice, other.letters) == (72, "other.example", 24, 0)
    assert (host.host, host.open, host.letters, host.reply is not None) == (
        "host.example",
        0,
        1,
        True,
    )
    with pytest.raises(Conflict):
        town.do(complaints.finish, town.people["mod"], id_)


def test_a_forged_letter_hides_nothing(town: Town) -> None:
    """Whoever writes to the mailbox of a host that allows it must not make posts vanish: until a
    person has looked, the clock of a host's case does not act."""
    post = town.write("I do not like the mayor")
    id_ = town.take(MAIL.format(f"Remove {ORIGIN}/@eve/{post} within 1 hour!"))
    (case,) = town.cases(id_)

    def may(tx: Any) -> bool:
        tx.instance = type("All", (), {"hide_in_place": ("H1",)})()
        return hide.may(tx, stored.one(tx, case.id))

    assert not town.do(may)
    town.after(11)
    assert "assume" in town.log(id_)
    assert town.shown(id_)["letter"]["due"] == case.received + DAY
    assert not town.do(may)
    town.do(complaints.confirm, town.people["mod"], id_, case.received + 5 * HOUR)
    assert town.do(may)


def test_nobody_is_called_forty_times_for_one_letter(town: Town) -> None:
    town.write("x")
    posts = [town.write(f"Post {name}", name) for name in ("eve", "bob")]
    names = ("eve", "bob")
    addresses = " ".join(
        f"{ORIGIN}/@{name}/{post}" for name, post in zip(names, posts, strict=True)
    )
    id_ = town.take(addresses)
    query = Query(select(pages.c.account).where(pages.c.account.is_not(None)))
    called = town.do(lambda tx: tx.rows(query))
    assert len(town.cases(id_)) == 2
    assert sorted(row[0] for row in called) == sorted(
        town.people[name].id for name in ("mod", "boss")
    )


def test_an_order_of_an_authority_is_decided_within_the_hour(town: Town) -> None:
    """Regulation (EU) 2021/784: one hour from receipt, whatever longer time it names."""
    post = town.write("Go and get him")
    order = Order(authority="Coimisiún na Meán", reference="TCO-1", ground="Art. 3")
    with pytest.raises(Invalid):
        complaints.refuse_unfit(Intake(data=b"x", order=Order(), country="IE"))
    with pytest.raises(Invalid):
        complaints.refuse_unfit(Intake(data=b"x", order=order, country="IRL"))
    text = f"Remove {ORIGIN}/@eve/{post} within 12 hours."
    id_ = town.take(text, order=order, country="ie")
    (case,) = town.cases(id_)
    assert (case.klass, case.due - case.received) == ("L0", HOUR)
    assert town.take(text, order=order, country="ie") == id_  # it came twice
    town.do(complaints.confirm, town.people["mod"], id_, case.received + 12 * HOUR)
    assert town.shown(id_)["letter"]["due"] == case.received + HOUR
    assert town.shown(id_)["letter"]["country"] == "IE"


def test_an_order_can_forbid_to_tell_whom_it_is_about(town: Town) -> None:
    """They hear of it when it ends, with everything that a statement has; that it was kept from
    them is in the log."""
    post = town.write("Go and get him")
    order = Order(authority="Coimisiún na Meán", reference="TCO-2")
    end = town.do(lambda tx: tx.ms) + 42 * DAY
    id_ = town.take(f"Remove {ORIGIN}/@eve/{post}.", order=order, silent_until=end)
    (case,) = town.cases(id_)
    town.decide(case.id, "hide", facts="A call for murder.", ground="law")
    town.settle()

    def told() -> list[str]:
        return [text for to, _, text in town.front.letters() if to == "eve@example.org"]

    assert told() == []
    town.after(42 * 24 * 60 + 1)
    (letter,) = told()
    assert "A call for murder." in letter
    secret = letter.partition("/statements/")[2].split()[0]
    (verdict,) = town.do(decided.of_cases, [case.id])
    said = town.do(decided.by_secret, hashlib.sha256(secret.encode()).digest())
    assert (said.id, said.account) == (verdict.statement, town.people["eve"].id)
    d = decisions.c
    query = select(d.action).where(d.kind == "case", d.target == case.id).order_by(d.id)
    assert "silence" in [row[0] for row in town.do(lambda tx: tx.rows(query))]


def test_a_letter_turns_out_to_be_an_order(town: Town) -> None:
    post = town.write("Go and get him")
    id_ = town.take(f"Remove {ORIGIN}/@eve/{post}.")
    (case,) = town.cases(id_)
    assert case.klass == "H1"
    order = Order(authority="Bundeskriminalamt")
    town.do(complaints.make_order, town.people["boss"], id_, order, "DE", None)
    (case,) = town.cases(id_)
    assert (case.klass, case.due - case.received) == ("L0", HOUR)


def test_what_was_not_found_is_looked_at_by_hand(town: Town) -> None:
    """A wrong address, a picture: somebody says what is meant, or that there is nothing."""
    post = town.write("the fountain will be painted blue")
    id_ = town.take(f"See {ORIGIN}/@eve/{post + 7} and {ORIGIN}/@nobody")
    mod = town.people["mod"]
    assert [each["state"] for each in town.shown(id_)["items"]] == ["missing", "missing"]
    with pytest.raises(Invalid):
        town.do(complaints.link, mod, id_, 1, "https://elsewhere.example/@eve/1")
    town.do(complaints.link, mod, id_, 1, f"{ORIGIN}/@eve/{post}")
    with pytest.raises(Conflict):
        town.do(complaints.settle, mod, id_, [1], "Nothing.")
    with pytest.raises(Invalid):
        town.do(complaints.settle, mod, id_, [2], " ")
    town.do(complaints.settle, mod, id_, [2], "Nobody is called so.")
    (case,) = town.cases(id_)
    counted = town.do(items.counts, [id_])[id_]
    assert (counted.all, counted.done, counted.missing) == (2, 1, 0)
    town.do(cases.claim, mod, case.id)
    town.decide(case.id, "remove")
    assert town.do(items.counts, [id_])[id_].done == 2
    assert [each["state"] for each in town.shown(id_)["items"]] == ["done", "answered"]


def test_a_program_hands_letters_in(town: Town) -> None:
    """And only one of the staff's: anybody else's gets 403 and learns nothing."""
    post = town.write("Go and get him")
    path = "/api/whimbrel/v1/admin/letters"
    body = {"text": f"Remove {ORIGIN}/@eve/{post} by tomorrow 5 pm"}
    for method, where in (("POST", path), ("GET", path), ("GET", f"{path}/1")):
        answer = town.ask(method, where, "eve", **({"json": body} if method == "POST" else {}))
        assert answer.status_code == 403
    assert town.ask("POST", path, "mod", json={"text": "  "}).status_code == 422
    answer = town.ask("POST", path, "mod", json=body)
    assert answer.status_code == 202
    id_ = answer.json()["id"]
    town.settle()
    (listed,) = town.get(path, "mod")
    assert (listed["id"], listed["all"], listed["done"]) == (id_, 1, 0)
    told = town.get(f"{path}/{id_}", "mod")
    assert [each["state"] for each in told["items"]] == ["waiting"]
    assert len(told["deadlines"]) == 1
    mail = MAIL.format(f"{ORIGIN}/@eve/{post}").encode()
    answer = town.ask("POST", path, "mod", files={"file": ("letter.eml", mail)})
    assert answer.status_code == 202


def test_three_hundred_addresses_twenty_quotes_and_ten_pictures(town: Town, capsys: Any) -> None:
    """Proof obligation 3: cases within ten seconds, and an answer that leaves nothing out."""
    png = b"\x89PNG\r\n\x1a\n" + bytes(64)
    posts = [town.write(f"Number {n}: meet at the fountain with lanterns") for n in range(30)]
    posts += [town.write(f"Number {n}: bring torches to the market", "bob") for n in range(30)]
    shapes = (
        "{o}/@eve/{id}",
        "hxxps://social[.]example/@bob/{id}?x",
        "{o}/ap/users/1/statuses/{id}",
    )
    rows = [shapes[n % 3].format(o=ORIGIN, id=id_) for n, id_ in enumerate(posts[:40])]
    rows += [f"{ORIGIN}/@eve/{(posts[-1] >> 16) - 9 << 16 | n}" for n in range(260)]
    quotes = [f'"number {n}: bring torches to the market"' for n in range(10, 30)]
    table = io.StringIO()
    csv.writer(table).writerows([["what"], *([row] for row in (*rows, *quotes))])
    parts = "".join(
        "--b\nContent-Type: image/png\nContent-Transfer-Encoding: base64\n\n"
        f"{b64encode(png + bytes([n])).decode()}\n"
        for n in range(10)
    )
    mail = (
        "From: abuse@host.example\nSubject: 330 examples\nMIME-Version: 1.0\n"
        'Content-Type: multipart/mixed; boundary="b"\n\n--b\nContent-Type: text/csv\n\n'
        f"{table.getvalue()}\n{parts}--b--\n"
    )
    begin = time.perf_counter()
    id_ = town.take(mail)
    took = time.perf_counter() - begin
    with capsys.disabled():
        sys.stdout.write(f"\n330 things: {took:.2f} s to {len(town.cases(id_))} cases\n")
    assert took < 10
    counted = town.do(items.counts, [id_])[id_]
    assert (counted.all, counted.missing) == (330, 270)
    for case in town.cases(id_):
        town.decide(case.id, "hide", facts="Calls for arson.")
    missing = [each["number"] for each in town.shown(id_)["items"] if each["state"] == "missing"]
    town.do(complaints.settle, town.people["mod"], id_, missing, "Not here.")
    draft = reply.Draft(to="abuse@host.example")
    written = town.do(reply.write, town.people["mod"], id_, draft)
    told = json.loads(town.do(reply.file, town.people["mod"], id_, written, "json"))
    assert len(told["items"]) == 330
    assert all(each["measures"] or each["reason"] for each in told["items"])
    text = town.do(reply.file, town.people["mod"], id_, written, "txt").decode()
    assert all(f"\n{n}. " in text for n in range(1, 331))


def test_a_pdf_says_what_the_text_says() -> None:
    """Pages, every line, and signs that its font lacks by their numbers."""
    made = pdf.write("\n".join(f"Zeile {n} (ä\\)" for n in range(200)) + "\nあ", "Re: (7)")
    assert made.count(b"/Type /Page ") == 4
    assert b"Zeile 199 (\xe4\\\\\\)".replace(b"(\xe4", b"\\(\xe4") in made
    assert b"(U+3042)" in made
    start = int(made.rsplit(b"startxref\n", 1)[1].split(b"\n")[0])
    assert made[start:].startswith(b"xref\n0 ")
    offsets = [int(line[:10]) for line in made[start:].split(b"\n")[3:] if line.endswith(b" n ")]
    assert all(made[at:].startswith(f"{n} 0 obj".encode()) for n, at in enumerate(offsets, 1))
