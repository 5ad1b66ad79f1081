"""Where sealed files are kept: a local folder or any S3 endpoint, behind one `ObjectStore`."""

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import parse_qs, urlsplit

from ..settings import SettingsError
from .folder import FolderStore
from .store import ObjectStore, Stored

if TYPE_CHECKING:
    from .s3 import S3Store

__all__ = [
    "Bucket",
    "FolderStore",
    "ObjectStore",
    "Stored",
    "bucket_of",
    "open_bucket",
    "open_store",
]


class Bucket(NamedTuple):
    """A bucket of an S3 endpoint, as settings name it."""

    name: str
    endpoint: str  # http(s)://HOST[:PORT]
    region: str


def bucket_of(url: str, setting: str = "objects") -> Bucket:
    """What `s3://BUCKET?endpoint=URL&region=NAME` names.

    Args:
        setting: where it was said, for the error.
    Raises:
        SettingsError: not a URL of that form.
    """
    parts = urlsplit(url)
    options = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    endpoint = options.get("endpoint", "")
    if (
        parts.scheme != "s3"
        or not parts.netloc
        or parts.path not in ("", "/")
        or not endpoint.startswith(("http://", "https://"))
        or options.keys() - {"endpoint", "region"}
    ):
        raise SettingsError(f"{setting}: must be s3://BUCKET?endpoint=URL&region=NAME, or empty.")
    return Bucket(parts.netloc, endpoint, options.get("region", "us-east-1"))


def open_bucket(bucket: Bucket, key: str, secret: str, setting: str = "objects") -> "S3Store":
    """The store in this bucket. Nothing is contacted yet.

    Raises:
        SettingsError: no keys for it, or an extra is missing.
    """
    if not (key and secret):
        prefix = {"objects": "s3"}.get(setting, setting)
        raise SettingsError(
            f"{setting}: an s3:// store also needs {prefix}_key and {prefix}_secret."
        )
    # aiohttp comes with the extra `s3` and is not needed for a folder.
    try:
        from .s3 import S3Store
    except ModuleNotFoundError as missing:
        raise SettingsError(
            f"{setting}: an s3:// store needs {missing.name}: pip install 'whimbrel[s3]'."
        ) from missing
    return S3Store(bucket.name, bucket.endpoint, bucket.region, key, secret)


def open_store(url: str, data: Path, s3_key: str = "", s3_secret: str = "") -> ObjectStore:
    """The store that the settings name. Nothing is contacted yet.

    Args:
        url: "" for the folder `objects` in `data`, or `s3://BUCKET?endpoint=URL&region=NAME`.
    Raises:
        SettingsError: not a URL of that form, or no keys for it.
    """
    if not url:
        return FolderStore(data / "objects")
    return open_bucket(bucket_of(url), s3_key, s3_secret)
