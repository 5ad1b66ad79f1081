"""What a server of this version is made of, as CycloneDX 1.6 JSON, from the lock file alone:

    .venv/bin/python script/sbom.py >whimbrel.cdx.json

The same lock gives the same bytes. Licences are told of packages that are installed here."""

import hashlib
import json
import re
import sys
import tomllib
import uuid
from importlib import metadata
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
_PINNED = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^]]*])?==([^\s;\\]+)")
_HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")


def pinned(lock: str) -> list[tuple[str, str, list[str]]]:
    """(name, version, SHA-256 of each file it may come as) of a lock file, in its order."""
    found: list[tuple[str, str, list[str]]] = []
    for line in lock.splitlines():
        if named := _PINNED.match(line):
            found.append((named[1].lower(), named[2], []))
        if found:
            found[-1][2].extend(_HASH.findall(line))
    return found


def bill(lock: str, version: str) -> dict[str, Any]:
    """The whole document."""
    parts = [_component(*each) for each in pinned(lock)]
    ours = {
        "type": "application",
        "bom-ref": "whimbrel",
        "name": "whimbrel",
        "version": version,
        "licenses": [{"license": {"id": "Apache-2.0"}}],
    }
    digest = hashlib.sha256(f"{version}\n{lock}".encode()).digest()
    return {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid.UUID(bytes=digest[:16], version=4)}",
        "version": 1,
        "metadata": {"component": ours},
        "components": parts,
        "dependencies": [
            {"ref": "whimbrel", "dependsOn": [part["bom-ref"] for part in parts]},
        ],
    }


def _component(name: str, version: str, hashes: list[str]) -> dict[str, Any]:
    where = f"pkg:pypi/{name}@{version}"
    # A package is one of several files, and only one is installed: each is told with its hash.
    files = [{"type": "distribution", "url": where, "hashes": [_sha(each)]} for each in hashes]
    licence = _licence(name, version)
    return {
        "type": "library",
        "bom-ref": where,
        "name": name,
        "version": version,
        "purl": where,
        **({"licenses": [{"license": {"name": licence}}]} if licence else {}),
        "externalReferences": files,
    }


def _sha(digest: str) -> dict[str, str]:
    return {"alg": "SHA-256", "content": digest}


def _licence(name: str, version: str) -> str:
    try:
        found = metadata.metadata(name)
    except metadata.PackageNotFoundError:
        return ""
    if found["Version"] != version:
        return ""
    said = found.get("License-Expression") or found.get("License") or ""
    return said.strip().splitlines()[0][:200] if said.strip() else ""


if __name__ == "__main__":
    lock = ROOT / (sys.argv[1] if len(sys.argv) > 1 else "requirements.lock")
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    json.dump(bill(lock.read_text(), version), sys.stdout, indent=1)
    sys.stdout.write("\n")
