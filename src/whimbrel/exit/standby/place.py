"""The second provider, as the settings name it.

Its bucket has the sealed media under the keys that they have here, and SQLite's database as
Litestream writes it, below `DATABASE`. PostgreSQL has a replica there instead. Neither has a key:
those are at keepers."""

from typing import TYPE_CHECKING, NamedTuple, Self

from whimbrel.core.objects import Bucket, bucket_of, open_bucket
from whimbrel.core.settings import Settings, SettingsError

if TYPE_CHECKING:
    from whimbrel.core.objects.s3 import S3Store

DATABASE = "database"  # what Litestream writes is below this; no object's key looks so


class StandbyPlace(NamedTuple):
    """Where the standby is."""

    bucket: Bucket
    key: str
    secret: str
    replica: str  # postgresql:// of the replica; "" where the database is SQLite

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """Raises SettingsError: no standby is set, or not all that it takes."""
        if not settings.standby:
            raise SettingsError("standby: name a bucket at another provider; there is none.")
        if settings.database_url.startswith("postgresql:") and not settings.standby_replica:
            raise SettingsError("standby_replica: name the replica that PostgreSQL has there.")
        bucket = bucket_of(settings.standby, "standby")
        return cls(bucket, settings.standby_key, settings.standby_secret, settings.standby_replica)

    def store(self) -> "S3Store":
        """Its media. Nothing is contacted yet. Raises SettingsError."""
        return open_bucket(self.bucket, self.key, self.secret, "standby")
