"""The sixteen steps in words, and what came of them."""

from typing import Literal, NamedTuple

import msgspec

Verdict = Literal["held", "broken", "unfinished", "untried"]

MOST_FOUND = 20  # lines that a step tells; more of the same tell nothing new


class Lesson(NamedTuple):
    """What happened in 2021, what is promised here, and how far a step may go."""

    id: str
    title: str
    happened: str
    promise: str
    requests: int  # at most
    seconds: float  # at most


class Result(msgspec.Struct, kw_only=True):
    """What came of a step.

    `held`: all that was tried was refused as promised. `broken`: something was found. `unfinished`:
    its bounds were reached, or the server broke off, before it was through. `untried`: none of it
    can be tried from where the drill stands.
    """

    id: str
    verdict: Verdict
    tried: list[str] = []
    found: list[str] = []
    untried: list[str] = []
    requests: int = 0
    seconds: float = 0.0


class Report(msgspec.Struct, kw_only=True):
    """A whole drill."""

    server: str  # where
    copy: bool  # of a throw-away copy, or of the server itself
    version: str
    began: str  # ISO 8601, UTC
    seconds: float
    results: list[Result]

    @property
    def counts(self) -> dict[Verdict, int]:
        """How many steps ended in which way."""
        found: dict[Verdict, int] = {"held": 0, "broken": 0, "unfinished": 0, "untried": 0}
        for result in self.results:
            found[result.verdict] += 1
        return found

    @property
    def status(self) -> int:
        """The exit status: 0 = all that could be tried held, 1 = something was found, 2 = a step
        did not come to its end."""
        counts = self.counts
        return 1 if counts["broken"] else 2 if counts["unfinished"] else 0


def line(result: Result) -> str:
    """A result in one line."""
    said = "; ".join(result.found or result.tried)
    left = f"not tried: {'; '.join(result.untried)}" if result.untried else ""
    return f"{result.id:4}{result.verdict:11}{'. '.join(filter(None, (said, left)))}"


def summary(report: Report) -> str:
    """A report in one line, with nobody's name in it."""
    counts = report.counts
    told = ", ".join(f"{counts[verdict]} {verdict}" for verdict in counts if counts[verdict])
    bad = [each.id for each in report.results if each.verdict in ("broken", "unfinished")]
    return f"{told}{': ' + ' '.join(bad) if bad else ''}"


LESSONS: tuple[Lesson, ...] = (
    Lesson(
        "D1",
        "Numbers cannot be counted through",
        "A hidden counter could be turned into the address of any post, one after the other.",
        "No counter reaches anybody outside. Whoever counts up or down from something they know"
        " finds nothing that they could not have found anyway.",
        270_000,
        1800,
    ),
    Lesson(
        "D2",
        "Addresses cannot be guessed",
        "Posts were numbered in their order, so the next one was easy to guess.",
        "Guessing is hopeless and soon refused; files have addresses of 128 random bits.",
        30_000,
        900,
    ),
    Lesson(
        "D3",
        "Strangers see the newest page only",
        "Everything could be read without an account, page after page.",
        "Who is not signed in sees single posts and the newest page of a profile, nothing further.",
        8000,
        180,
    ),
    Lesson(
        "D4",
        "Nobody copies the server",
        "There was no limit that worked: 99 in 100 posts were gone within two days.",
        "Reading much is refused, an alarm rings within a minute, and those who live here notice"
        " nothing of it.",
        40_000,
        300,
    ),
    Lesson(
        "D5",
        "Deleted means gone",
        "Deleted posts were only marked as deleted, and were copied with the rest.",
        "What is deleted is in no answer, in no file, and cannot be read from a backup either.",
        400,
        120,
    ),
    Lesson(
        "D6",
        "Private stays private",
        "Private and deleted things lay beside the public ones, within reach.",
        "Whoever may not see a post is told the same as if it had never been.",
        16_000,
        300,
    ),
    Lesson(
        "D7",
        "Pictures do not tell where they were taken",
        "Files were kept as they came, and 70,000 of them told where they had been taken.",
        "Every file is made anew before it is kept; nothing that it told about itself remains.",
        200,
        180,
    ),
    Lesson(
        "D8",
        "One address does not lead to another",
        "The address of a small picture gave away that of the original.",
        "Each version of a file has a random address of its own.",
        600,
        60,
    ),
    Lesson(
        "D9",
        "Files of private posts are private",
        "Whoever had an address of a file got it, whoever they were.",
        "A file of a post that is not public is kept by no cache, is not found without its whole"
        " address, and is gone when the post is.",
        200,
        60,
    ),
    Lesson(
        "D10",
        "Nothing lists what there is",
        "1.1 million films stood in a list, the newest first.",
        "No folder, bucket, sitemap or odd request tells what is stored.",
        400,
        60,
    ),
    Lesson(
        "D11",
        "Every door is guarded",
        "Calls meant for moderators were known from the app, and only hidden.",
        "Each door says who may come in, and lets in nobody else.",
        12_000,
        180,
    ),
    Lesson(
        "D12",
        "Nobody can tell who moderates",
        "Profiles told the world who moderates, and those people were threatened.",
        "What is public of the staff is the same as of anybody.",
        100,
        60,
    ),
    Lesson(
        "D13",
        "Errors say nothing of the inside",
        "Error messages told how the server was built.",
        "Nonsense is answered with a short refusal: no program text, no paths, no database.",
        2600,
        180,
    ),
    Lesson(
        "D14",
        "No pile of personal data",
        "Identity documents were kept, and staff could look at them.",
        "E-mail addresses and network addresses are kept sealed, network addresses for a week; who"
        " of the staff looks is written down, and the person is shown that they did.",
        200,
        120,
    ),
    Lesson(
        "D15",
        "A check that fails lets nobody in",
        "When the firm that checked e-mails and phones dropped out, the checks fell open.",
        "When mail does not work, nobody gets an account or a new password by it, and a new"
        " password never replaces the second step.",
        200,
        120,
    ),
    Lesson(
        "D16",
        "Stolen keys open nothing",
        "Two cookies were enough to be somebody, for a long time.",
        "The database holds no token that works, and what is revoked ends within two seconds.",
        200,
        60,
    ),
)
BY_ID = {lesson.id: lesson for lesson in LESSONS}
