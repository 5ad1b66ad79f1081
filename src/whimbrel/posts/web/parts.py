"""A thread before it goes out: one post of it stands in the form, the others wait in its draft."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from msgspec.structs import replace

from whimbrel.core.errors import Invalid
from whimbrel.core.text import parse
from whimbrel.core.words import say

from ..rules import Unfinished

MOST = 25  # posts of one thread
EXCERPT = 80  # characters of one that is not in the form


class Refused(Invalid):
    """One of the posts cannot be taken as it is: the one at this place."""

    def __init__(self, at: int, error: Invalid) -> None:
        super().__init__(str(error), error.details)
        self.at = at


@contextmanager
def refused(at: int) -> Iterator[None]:
    """What goes wrong within is told with the post at this place. Raises Refused."""
    try:
        yield
    except Invalid as error:
        raise Refused(at, error) from error


def join(given: Unfinished, at: int, kept: Unfinished | None) -> Unfinished:
    """What was typed, with the rest of the thread that its draft keeps.

    Args:
        at: its place in the thread, as the form was made: somebody may have turned to another
            post since, and come back by the browser's own button.
    """
    if kept is None or len(kept.thread) == 1:
        return given
    thread = kept.thread
    at = min(at, len(thread))
    return replace(given, before=thread[:at], after=thread[at + 1 :])


def turn(form: Unfinished, at: int) -> Unfinished:
    """The same thread with another of its posts in the form. Raises Invalid: there is none."""
    thread = form.thread
    if not 0 <= at < len(thread):
        raise Invalid(say("The thread has no such post."))
    return replace(thread[at], before=thread[:at], after=thread[at + 1 :])


def add(form: Unfinished) -> Unfinished:
    """With a new post in the form, under the one that was there and for the same people.

    Raises:
        Invalid: the thread is to wait for its time, or is long enough.
    """
    if form.scheduled_at:
        said = say("A thread goes out at once. Leave the time empty to add to it.")
        raise Invalid(said, {"scheduled_at": [("ERR_INVALID", said)]})
    if len(form.thread) >= MOST:
        raise Invalid(say("A thread has at most %(most)s posts.", most=MOST))
    named = [each.text for each in parse(form.text).tokens if each.kind == "mention"]
    same = form.visibility == "direct"  # for who is named: the rest of it as well
    fresh = Unfinished(
        text="".join(f"{name} " for name in dict.fromkeys(named)) if same else "",
        spoiler=form.spoiler,
        language=form.language,
        visibility=form.visibility,
        quote_policy=form.quote_policy,
    )
    here = replace(form, before=(), after=())
    return replace(fresh, before=(*form.before, here), after=form.after)


def shown(form: Unfinished) -> list[dict[str, Any]]:
    """Its posts in their order, for the page; none where it is no thread."""
    if len(form.thread) == 1:
        return []
    return [
        {
            "here": at == len(form.before),
            "text": " ".join(each.text.split())[:EXCERPT],
            "files": len(each.media),
            "empty": each.empty,
        }
        for at, each in enumerate(form.thread)
    ]
