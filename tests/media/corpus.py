"""The test images of ExifTool, and ExifTool itself to look at what came out of them.

From Debian's source package, for the images are in no binary one. They lie in a cache of the
user's, outside of this folder, and are fetched when first asked for."""

import json
import os
import shutil
import subprocess
import tarfile
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

PACKAGE = "libimage-exiftool-perl"
SOURCES = "deb-src [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] {} {} main\n"
ARCHIVE = "http://deb.debian.org/debian"
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "whimbrel-tests"
# What ExifTool says of any file at all, and what a picture cannot be without.
HARMLESS = {
    *("SourceFile", "ExifTool", "System", "File", "Composite", "JFIF"),
    *("RIFF", "PNG", "PNG-pHYs"),
}


def fetched() -> Path:
    """The unpacked source. Raises RuntimeError: it cannot be had, and what would help."""
    made = CACHE / PACKAGE
    if (made / "exiftool").exists():
        return made
    if shutil.which("apt-get") is None:
        raise RuntimeError(f"The test images come from Debian's {PACKAGE}; there is no apt-get.")
    CACHE.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=CACHE) as name:
        folder = Path(name)
        _download(folder)
        found = sorted(folder.glob("*.orig.tar.*"))
        if not found:
            raise RuntimeError(f"apt-get fetched no source of {PACKAGE}: is deb.debian.org there?")
        with tarfile.open(found[0]) as archive:
            archive.extractall(folder / "whole", filter="data")
        (root,) = (folder / "whole").iterdir()
        if not made.exists():  # another test process may have been quicker
            root.rename(made)
    return made


def _download(folder: Path) -> None:
    (folder / "lists" / "partial").mkdir(parents=True)
    (folder / "cache" / "archives" / "partial").mkdir(parents=True)
    release = Path("/etc/os-release").read_text()
    lines = dict(line.split("=", 1) for line in release.splitlines() if "=" in line)
    sources = SOURCES.format(ARCHIVE, lines["VERSION_CODENAME"].strip('"'))
    (folder / "sources.list").write_text(sources)
    options = {
        "Dir::Etc::sourcelist": folder / "sources.list",
        "Dir::Etc::sourceparts": "-",
        "Dir::State::lists": folder / "lists",
        "Dir::Cache": folder / "cache",
        "APT::Sandbox::User": "root",
    }
    command = ["apt-get", "-qq", *(f"-o{name}={value}" for name, value in options.items())]
    for words in (["update"], ["source", "--download-only", PACKAGE]):
        done = subprocess.run([*command, *words], cwd=folder, capture_output=True, check=False)
        if done.returncode:
            why = done.stderr.decode(errors="replace")[-500:]
            raise RuntimeError(f"The test images of {PACKAGE} could not be fetched: {why}")


def images() -> list[Path]:
    """Every file that ExifTool tests itself with."""
    return sorted(path for path in (fetched() / "t" / "images").iterdir() if path.is_file())


def told(files: Sequence[Path]) -> list[dict[str, Any]]:
    """All that ExifTool finds in these, by `group:tag`."""
    if not files:
        return []
    root = fetched()
    options = ("-j", "-G0:1", "-a", "-U", "-ee3", "-q", "-struct")
    command = ["perl", f"-I{root}/lib", str(root / "exiftool"), *options, *map(str, files)]
    done = subprocess.run(command, capture_output=True, check=False)
    found: list[dict[str, Any]] = json.loads(done.stdout)
    return found


def leaks(files: Sequence[Path]) -> list[str]:
    """What ExifTool still finds in files that are served, beyond what each picture has."""
    return [
        f"{Path(each['SourceFile']).name}: {tag} = {str(value)[:80]}"
        for each in told(files)
        for tag, value in each.items()
        if tag.rsplit(":", 1)[0].rsplit(":", 1)[-1] not in HARMLESS
    ]
