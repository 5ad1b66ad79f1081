"""What somebody leaving or arriving makes happen."""

from whimbrel.core.outbox import Event


class ArchiveWanted(Event, frozen=True, kw_only=True):
    """Somebody wants all that is theirs as a file: `media` is the upload that it becomes."""

    account: int
    media: int


class ArrivalWanted(Event, frozen=True, kw_only=True):
    """Somebody brought an archive: the upload `media`. `import_` says how far it is."""

    account: int
    media: int
    import_: int


class UndoWanted(Event, frozen=True, kw_only=True):
    """What an import brought is to go again, a slice at a time."""

    account: int
    import_: int
