"""Who listens to which event: the one table. Reading it tells what follows from what."""

from whimbrel.accounts import clients, follow, leave, letters, mute
from whimbrel.accounts.events import (
    AccessRevoked,
    AccountCreated,
    AccountErased,
    AppLapses,
    Followed,
    LetterWanted,
    MuteEnds,
    RowDue,
    SignUpLapses,
    TiesLeft,
    Unfollowed,
    Unlocked,
)
from whimbrel.core.outbox import Effect, Event, Handler, Lane, Routes
from whimbrel.media import erase
from whimbrel.media.events import FilesForgotten, UploadLapses
from whimbrel.posts.events import PostDeleted, PostEdited, PostPublished
from whimbrel.timelines import fanout, homes, live, search
from whimbrel.timelines.events import FanOutSlice, ForgetSlice

#     lane         when           do
HANDLERS: tuple[tuple[Lane, type[Event], Handler], ...] = (
    ("timelines", PostPublished, fanout.add_to_homes),
    ("timelines", FanOutSlice, fanout.deliver_slice),
    ("timelines", PostDeleted, fanout.remove),
    ("timelines", ForgetSlice, fanout.remove_slice),
    ("timelines", PostPublished, live.tell_added),
    ("timelines", PostEdited, live.tell_changed),
    ("timelines", PostDeleted, live.tell_gone),
    ("timelines", AccessRevoked, live.tell_revoked),
    ("timelines", AccountCreated, homes.begin),
    ("timelines", AccountErased, homes.end),
    ("timelines", Followed, homes.add_followed),
    ("timelines", Unfollowed, homes.remove_unfollowed),
    ("timelines", Unlocked, follow.let_in_waiting),
    ("slow", MuteEnds, mute.forget_ended),
    ("slow", AccountErased, leave.clear_graph),
    ("slow", TiesLeft, leave.clear_more),
    ("slow", RowDue, leave.remove_row),
    ("slow", SignUpLapses, leave.drop_unconfirmed),
    ("slow", AppLapses, clients.drop_unused),
    ("media", UploadLapses, erase.forget_unattached),
)
EFFECTS: tuple[tuple[Lane, type[Event], Effect], ...] = (
    ("slow", LetterWanted, letters.send_letter),
    ("media", FilesForgotten, erase.delete_objects),
    ("slow", PostPublished, search.on_published),
    ("slow", PostEdited, search.on_edited),
    ("slow", PostDeleted, search.on_deleted),
)


def routes() -> Routes:
    """The table as the outbox uses it."""
    return Routes(HANDLERS, EFFECTS)
