"""Whatever happened between two bags, the chain leads to the server of today."""

import os
import shutil

from houses import House
from hypothesis import given, settings
from hypothesis import strategies as st

import people
from whimbrel.accounts import follow
from whimbrel.accounts.rules import Viewer
from whimbrel.exit import read
from whimbrel.exit.sealing import Opener, new_identity
from whimbrel.posts import boost, delete, edit, marks
from whimbrel.posts.publish import publish
from whimbrel.posts.rules import Draft, Mark, Visibility

STEPS = st.lists(
    st.tuples(
        st.sampled_from(("post", "answer", "boost", "edit", "delete", "mark", "follow", "bag")),
        st.integers(0, 9),
    ),
    min_size=3,
    max_size=14,
)
LEVELS = (Visibility.PUBLIC, Visibility.UNLISTED, Visibility.PRIVATE, Visibility.DIRECT)


class Town:
    """Three people and their posts, as far as the test must know them."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.people: list[Viewer] = house.write(
            lambda tx: [people.make(tx, name) for name in ("ada", "bob", "cat")]
        )
        self.posts: list[tuple[Viewer, int]] = []
        self.letters: set[int] = set()  # of those, direct ones, and answers to them

    def do(self, what: str, number: int) -> None:
        """One thing, where it can be done."""
        who, write = self.people[number % 3], self.house.write
        mine = [post for author, post in self.posts if author == who]
        if what == "post":
            draft = Draft(text=f"post {number} #tag{number % 4}", visibility=LEVELS[number % 4])
            self.posts.append((who, write(publish, who, draft).id))
            if draft.visibility is Visibility.DIRECT:
                self.letters.add(self.posts[-1][1])
        elif what == "follow":
            write(follow.follow, who, self.people[(number + 1) % 3].id)
        elif not mine:
            return
        elif what == "answer":
            draft = Draft(text=f"answer {number}", reply_to=mine[-1])
            self.posts.append((who, write(publish, who, draft).id))
            if mine[-1] in self.letters:
                self.letters.add(self.posts[-1][1])
        elif what == "boost" and number % 4 < 2 and mine[0] not in self.letters:
            write(boost.boost, who, mine[0])
        elif what == "edit":
            write(edit.edit, who, mine[-1], Draft(text=f"edited {number}"))
        elif what == "delete":
            write(delete.delete, who, mine[0], True)
            self.posts.remove((who, mine[0]))
        elif what == "mark":
            write(marks.mark, who, mine[-1], Mark.BOOKMARK)


def content_of(root, opener):
    """Every record and tombstone of a bag, by file, the sealed ones opened."""
    found = {}
    for path in sorted((root / "data").rglob("*.jsonl*")):
        lines = opener.lines(path) if path.suffix == ".sealed" else path.read_bytes().splitlines()
        sealed = path.suffix == ".sealed"
        found[path.name] = [line.partition(b" ")[2] if sealed else line for line in lines]
    return found


# Each is two databases; at night there are many.
EXAMPLES = {"sqlite": 6, "postgresql": 2}
LONG = 40


def test_any_history_in_any_number_of_bags_leads_to_the_same_server(house, engine, tmp_path, clock):
    """A bag that forgets a step would be found out on the night it is needed."""
    examples = LONG if os.environ.get("WHIMBREL_LONG") else EXAMPLES[engine]
    runs = iter(range(1_000_000))

    @settings(max_examples=examples)
    @given(STEPS)
    def story(steps):
        run = next(runs)
        room = tmp_path / f"run{run}"
        room.mkdir()
        here, there = house(f"here{run}"), house(f"there{run}")
        identity = room / "identity"
        identity.write_text(new_identity() + "\n")
        opener = Opener.of_file(identity)
        town, bags, since = Town(here), [], 0
        for what, number in [*steps, ("bag", 0)]:
            clock.step(seconds=1)
            if what == "bag":
                bags.append(room / f"bag{len(bags)}")
                since = here.export(bags[-1], since=since, recipient=opener.recipient).last
            else:
                town.do(what, number)
        read.verify_chain(bags)
        for bag in bags:
            there.bring(bag, identity)
            there.bring(bag, identity)
        here.export(room / "whole", recipient=opener.recipient)
        there.export(room / "other", recipient=opener.recipient)
        assert content_of(room / "whole", opener) == content_of(room / "other", opener)
        for each in (here, there):
            each.close()
        shutil.rmtree(room)

    story()
