"""Builds a release of the tree that this file lies in, with its `packaging` on PYTHONPATH:
`python script/release.py FOLDER`.

In it are the wheel, the source archive, the list of what a server is made of, what is new, and
SHA256SUMS over all of them, which `script/release` signs."""

import hashlib
import json
import re
import sys
from pathlib import Path
from typing import Any

import sbom
import wheels

ROOT = Path(__file__).parent.parent


def notes(changelog: str, version: str) -> str:
    """What is new in a version. Raises LookupError: the changelog does not say."""
    found = re.search(rf"(?ms)^## {re.escape(version)}\b[^\n]*\n(.*?)(?=^## |\Z)", changelog)
    if found is None:
        raise LookupError(f"CHANGELOG.md has no part that is called {version}")
    return f"# Whimbrel {version}\n\n{found[1].strip()}\n"


def release(folder: Path) -> None:
    """Write all of it but the signature."""
    project: dict[str, Any] = wheels.read_project()
    version = str(project["version"])
    stem = folder / f"whimbrel-{version}"
    said = notes((ROOT / "CHANGELOG.md").read_text(), version)
    stem.with_name(f"{stem.name}.md").write_text(said)
    parts = sbom.bill((ROOT / "requirements.lock").read_text(), version)
    stem.with_name(f"{stem.name}.cdx.json").write_text(json.dumps(parts, indent=1) + "\n")
    wheels.build_wheel(str(folder))
    wheels.build_sdist(str(folder))
    made = sorted(folder.iterdir())
    sums = [f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n" for path in made]
    (folder / "SHA256SUMS").write_text("".join(sums))


if __name__ == "__main__":
    release(Path(sys.argv[1]))
