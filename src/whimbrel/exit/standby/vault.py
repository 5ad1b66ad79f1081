"""Evidence at the standby: the files of `vault/`, sealed as they lie there, copied and read back as
media are. They have names of their own: what of them was a file of a post is deleted with that.

Nobody opens one without the legal role's key and a slot of the keyring, which is destroyed when its
time is over. An index beside them says what there is."""

import asyncio
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import TYPE_CHECKING

import msgspec

from whimbrel.core import logs
from whimbrel.core.elsewhere import unseen
from whimbrel.core.errors import NotFound, Unavailable, WhimbrelError
from whimbrel.core.keyring import sync_folder

from .litestream import Failed

if TYPE_CHECKING:
    from whimbrel.core.objects.s3 import S3Store

EVERY = 2.0  # seconds between looks
_INDEX, _BELOW = "vault.json", "vault/"  # at the standby
_LARGEST = 64 << 20  # bytes of an index
_NOTED = "standby-vault.json"  # in the data folder: what the standby has

log = logs.get(__name__)


class Held(msgspec.Struct, frozen=True):
    """A file of the vault, and how it is known again here."""

    size: int
    changed: int  # ns
    sha256: str = ""  # as it was copied


Index = dict[str, Held]  # by its place in the vault


class Vault:
    """Keeps the standby's copy as the folder is. Use `run`."""

    def __init__(self, data: Path, scratch: Path, store: "S3Store") -> None:
        self._data, self._scratch, self._store = data, scratch, store
        self._wrong = ""

    async def run(self) -> None:
        """Until cancelled."""
        unseen.set(True)
        while True:
            try:
                await self.round()
                self._wrong = ""
            except (WhimbrelError, OSError) as error:
                why = str(error.__cause__ or error)
                if why != self._wrong:
                    log.warning("evidence does not get to the standby", why=why)
                self._wrong = why
            await asyncio.sleep(EVERY)

    async def round(self) -> None:
        """What is new goes there, what is gone goes from there.

        Raises:
            Unavailable: the store does not answer, or does not give back what it took.
        """
        here, there = await asyncio.to_thread(_look, self._data)
        new = _missing(here, there)
        gone = there.keys() - here.keys()
        if not new and not gone:
            return
        now = {name: there[name] for name in here.keys() - new.keys()}
        for name, each in new.items():
            now[name] = msgspec.structs.replace(each, sha256=await self._copy(name))
        await self._store.write(_INDEX, msgspec.json.encode(now))
        for name in gone:
            await self._store.remove(_BELOW + name)
        await asyncio.to_thread(_note, self._data, now)

    async def _copy(self, name: str) -> str:
        sha = await self._store.save(_BELOW + name, self._data / "vault" / name)
        with NamedTemporaryFile(dir=self._scratch, prefix="standby-") as back:
            if await self._store.load(_BELOW + name, Path(back.name)) != sha:
                raise Unavailable(f"{name} came back changed from the standby.")
        return sha


def _missing(here: Index, there: Index) -> Index:
    """What of the files here is not there, or is another by now."""
    known = {name: msgspec.structs.replace(each, sha256="") for name, each in there.items()}
    return {name: each for name, each in here.items() if known.get(name) != each}


def _look(data: Path) -> tuple[Index, Index]:
    """What lies here, and what the standby was given last."""
    root, here = data / "vault", {}
    for path in sorted(root.rglob("*")):
        if path.is_file() and path.suffix != ".part":  # one that is being written
            found = path.stat()
            here[path.relative_to(root).as_posix()] = Held(found.st_size, found.st_mtime_ns)
    try:
        there = msgspec.json.decode((data / _NOTED).read_bytes(), type=Index)
    except (FileNotFoundError, msgspec.DecodeError):
        there = {}
    return here, there


def _note(data: Path, index: Index) -> None:
    new = data / (_NOTED + ".new")
    new.write_bytes(msgspec.json.encode(index))
    new.replace(data / _NOTED)


def waiting(data: Path) -> tuple[int, int]:
    """How many files of evidence there are, and how many of them the standby does not have."""
    here, there = _look(data)
    return len(here), len(_missing(here, there))


def again(data: Path) -> None:
    """Of what the standby has nothing is known any more: all is copied."""
    (data / _NOTED).unlink(missing_ok=True)


async def fetch(store: "S3Store", data: Path) -> int:
    """Lay what the standby has of evidence into a new data folder; how many files.

    Raises:
        Failed: something is not there, or not what it was.
        Unavailable: the store does not answer.
    """
    index = msgspec.json.decode(await store.read(_INDEX, _LARGEST) or b"{}", type=Index)
    root = data / "vault"
    for name, held in index.items():
        if ".." in Path(name).parts or Path(name).is_absolute():
            raise Failed(f"{name} is no place in the vault.")
        await asyncio.to_thread((root / name).parent.mkdir, 0o700, True, True)
        try:
            sha = await store.load(_BELOW + name, root / name)
        except NotFound:
            sha = ""
        if sha != held.sha256:
            raise Failed(f"Evidence is not what it was: {name}.")
        (root / name).chmod(0o600)
    if index:
        await asyncio.to_thread(sync_folder, root)
    return len(index)
