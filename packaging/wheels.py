"""How the wheel and the source archive are built: by nothing but Python, so that nothing has to be
fetched to build them, and the same files give the same bytes, wherever and whenever.

`pip` calls `build_wheel` (PEP 517). Nothing is compressed in the wheel: the zlib of one machine
makes other bytes than that of another. No time, owner or mode of a file goes in.

Source: Binary distribution format, Core metadata 2.4 (packaging.python.org)"""

import base64
import gzip
import hashlib
import io
import tarfile
import tomllib
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
_EPOCH = (1980, 1, 1, 0, 0, 0)  # the first that a zip can tell
_MODE = 0o100644 << 16
_LEFT_OUT = {"__pycache__", "node_modules", "PKG-INFO"}


def build_wheel(
    wheel_directory: str, config_settings: Any = None, metadata_directory: Any = None
) -> str:
    """Write the wheel; its name. Only the folder is asked for."""
    project = read_project()
    stem = f"{project['name']}-{project['version']}"
    info = f"{stem}.dist-info"
    files = {
        **{str(path.relative_to(ROOT / "src")): path.read_bytes() for path in _files("src")},
        f"{info}/METADATA": _metadata(project).encode(),
        f"{info}/WHEEL": b"Wheel-Version: 1.0\nGenerator: whimbrel\n"
        b"Root-Is-Purelib: true\nTag: py3-none-any\n",
        f"{info}/entry_points.txt": _commands(project).encode(),
        f"{info}/licenses/LICENSE": (ROOT / "LICENSE").read_bytes(),
    }
    rows = [f"{name},{_digest(content)},{len(content)}\n" for name, content in files.items()]
    files[f"{info}/RECORD"] = "".join([*rows, f"{info}/RECORD,,\n"]).encode()
    name = f"{stem}-py3-none-any.whl"
    with zipfile.ZipFile(Path(wheel_directory, name), "w", zipfile.ZIP_STORED) as wheel:
        for path, content in files.items():
            entry = zipfile.ZipInfo(path, _EPOCH)
            entry.create_system, entry.external_attr = 3, _MODE
            wheel.writestr(entry, content)
    return name


def build_sdist(sdist_directory: str, config_settings: Any = None) -> str:
    """Write the source archive: all that is here; its name."""
    project = read_project()
    stem = f"{project['name']}-{project['version']}"
    name = f"{stem}.tar.gz"
    content = {str(path.relative_to(ROOT)): path.read_bytes() for path in _files(".")}
    content["PKG-INFO"] = _metadata(project).encode()
    with (
        Path(sdist_directory, name).open("wb") as out,
        gzip.GzipFile("", "wb", fileobj=out, mtime=0) as packed,
        tarfile.open(mode="w", fileobj=packed, format=tarfile.PAX_FORMAT) as archive,
    ):
        for path, inside in sorted(content.items()):
            entry = tarfile.TarInfo(f"{stem}/{path}")
            entry.size = len(inside)
            entry.mode = 0o755 if inside.startswith(b"#!") else 0o644
            archive.addfile(entry, io.BytesIO(inside))
    return name


def read_project() -> dict[str, Any]:
    project: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    return project


def _files(where: str) -> Iterator[Path]:
    for path in sorted((ROOT / where).rglob("*"), key=lambda each: each.as_posix()):
        parts = path.relative_to(ROOT).parts
        if path.is_file() and not _LEFT_OUT.intersection(parts) and parts[0][0] != ".":
            yield path


def _digest(content: bytes) -> str:
    digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest())
    return f"sha256={digest.decode().rstrip('=')}"


def _metadata(project: dict[str, Any]) -> str:
    """What pip reads: of what this is, and what it needs."""
    lines = [
        "Metadata-Version: 2.4",
        f"Name: {project['name']}",
        f"Version: {project['version']}",
        f"Summary: {project['description']}",
        *(f"Author: {each['name']}" for each in project["authors"]),
        f"Keywords: {','.join(project['keywords'])}",
        f"License-Expression: {project['license']}",
        *(f"License-File: {each}" for each in project["license-files"]),
        *(f"Classifier: {each}" for each in project["classifiers"]),
        *(f"Project-URL: {name}, {url}" for name, url in project["urls"].items()),
        f"Requires-Python: {project['requires-python']}",
        *(f"Requires-Dist: {each}" for each in project["dependencies"]),
    ]
    for extra, needed in project["optional-dependencies"].items():
        lines.append(f"Provides-Extra: {extra}")
        lines += [f"Requires-Dist: {each}; extra == '{extra}'" for each in needed]
    lines.append("Description-Content-Type: text/markdown")
    return "\n".join(lines) + "\n\n" + (ROOT / project["readme"]).read_text()


def _commands(project: dict[str, Any]) -> str:
    named = [f"{name} = {where}" for name, where in project["scripts"].items()]
    return "\n".join(["[console_scripts]", *named, ""])
