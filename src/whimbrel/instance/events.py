"""What can be said to have happened to announcements. Ids only, and the name of an emoji."""

from whimbrel.core.outbox import Event


class AnnouncementDue(Event, frozen=True, kw_only=True):
    """A clock: an announcement is to be published, or what it is about is over."""

    announcement: int


class AnnouncementPublished(Event, frozen=True, kw_only=True):
    """Everybody may read it, or reads it in other words."""

    announcement: int


class AnnouncementRetracted(Event, frozen=True, kw_only=True):
    """Nobody reads it any more."""

    announcement: int


class AnnouncementReacted(Event, frozen=True, kw_only=True):
    """Somebody put an emoji under it, or took one away."""

    announcement: int
    name: str
