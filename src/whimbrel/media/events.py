"""What can be said to have happened to media. Ids and object keys, never words."""

from whimbrel.core.outbox import Event


class UploadLapses(Event, frozen=True, kw_only=True):
    """A clock: emitted when a file is uploaded or let go of, due when it is erased unless used."""

    media: int


class PictureHashed(Event, frozen=True, kw_only=True):
    """By what a picture is known again is known now."""

    media: int


class CopyMade(Event, frozen=True, kw_only=True):
    """A file of another server turned out to be something else than was told, or larger or smaller;
    the post that it is on shows it otherwise."""

    media: int
    post: int


class CopyLapses(Event, frozen=True, kw_only=True):
    """A clock: a copy of a file of another server was made `at` (ms), and is let go when due."""

    media: int
    at: int


class FilesKept(Event, frozen=True, kw_only=True):
    """These objects of the store are files of ours now, not copies of what others have."""

    objects: tuple[str, ...]


class FilesForgotten(Event, frozen=True, kw_only=True):
    """Rows and keys are gone; these objects of the store hold noise and can go too."""

    objects: tuple[str, ...]
