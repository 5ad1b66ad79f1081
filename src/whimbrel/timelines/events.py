"""What timelines tell themselves: long work, cut into jobs. Ids only."""

from whimbrel.core.outbox import Event


class FanOutSlice(Event, frozen=True, kw_only=True):
    """Deliver a post to the followers whose ids come after `after`."""

    post: int
    author: int
    after: int


class ForgetSlice(Event, frozen=True, kw_only=True):
    """Take a post that is no more out of the homes of the followers after `after`."""

    post: int
    author: int
    after: int


class SeekersSlice(Event, frozen=True, kw_only=True):
    """Deliver a post to those after `after` who follow a tag of it."""

    post: int
    after: int


class ForgetTaggedSlice(Event, frozen=True, kw_only=True):
    """Take a post that is no more out of the homes of those after `after` who follow its tags."""

    post: int
    tags: tuple[int, ...]
    after: int


class NotifySlice(Event, frozen=True, kw_only=True):
    """Tell of a post those followers after `after` who want to hear of each."""

    post: int
    author: int
    after: int


class Notified(Event, frozen=True, kw_only=True):
    """`account` has a new notification: what a push goes out for."""

    account: int
    notification: int


class QuotedSlice(Event, frozen=True, kw_only=True):
    """More who quote an edited post wait to be told; those with quotes above `after` were not."""

    post: int
    author: int
    rev: int
    after: int


class ToldOfErased(Event, frozen=True, kw_only=True):
    """People were told of what an erased account did, and not all of that is taken back yet."""

    account: int


class PushDue(Event, frozen=True, kw_only=True):
    """One app is to be pushed to."""

    subscription: int
    account: int
    notification: int


class CallDue(Event, frozen=True, kw_only=True):
    """One browser of one of the staff is to be pushed to; as `accounts.events.StaffCalled`."""

    subscription: int
    account: int
    klass: str
    due: int
    link: str
    at: int
    practice: int = 0


class ImportSlice(Event, frozen=True, kw_only=True):
    """Bring in more rows of a file."""

    import_: int
