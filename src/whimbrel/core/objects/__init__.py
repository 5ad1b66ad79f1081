"""Where sealed files are kept: a local folder or any S3 endpoint, behind one `ObjectStore`."""

from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from ..settings import SettingsError
from .folder import FolderStore
from .store import ObjectStore, Stored

__all__ = ["FolderStore", "ObjectStore", "Stored", "open_store"]


def open_store(url: str, data: Path, s3_key: str = "", s3_secret: str = "") -> ObjectStore:
    """The store that the settings name. Nothing is contacted yet.

    Args:
        url: "" for the folder `objects` in `data`, or `s3://BUCKET?endpoint=URL&region=NAME`.
    Raises:
        SettingsError: not a URL of that form, or no keys for it.
    """
    if not url:
        return FolderStore(data / "objects")
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
        raise SettingsError("objects: must be empty or s3://BUCKET?endpoint=URL&region=NAME.")
    if not (s3_key and s3_secret):
        raise SettingsError("objects: an s3:// store also needs s3_key and s3_secret.")
    # aiohttp comes with the extra `s3` and is not needed for a folder.
    try:
        from .s3 import S3Store
    except ModuleNotFoundError as missing:
        raise SettingsError(
            f"objects: an s3:// store needs {missing.name}: pip install 'whimbrel[s3]'."
        ) from missing
    return S3Store(parts.netloc, endpoint, options.get("region", "us-east-1"), s3_key, s3_secret)
