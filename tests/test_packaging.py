"""What goes with a release: the service file, and the list of what a server is made of."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
UNITS = ("whimbrel.service", "whimbrel-drill.service", "whimbrel-keeper.service")


def test_everything_that_is_installed_is_on_the_list_with_its_hashes():
    """Who looks for a package that was found to be bad would look in vain."""
    command = [sys.executable, ROOT / "script/sbom.py"]
    first, again = (subprocess.run(command, capture_output=True, check=True) for _ in range(2))
    assert first.stdout == again.stdout
    told = json.loads(first.stdout)
    assert (told["bomFormat"], told["specVersion"]) == ("CycloneDX", "1.6")
    lock = (ROOT / "requirements.lock").read_text()
    names = re.findall(r"(?m)^([a-z0-9._-]+)(?:\[.*?])?==([^ \\;]+)", lock)
    assert [(part["name"], part["version"]) for part in told["components"]] == names
    hashes = [
        file["hashes"][0]["content"]
        for part in told["components"]
        for file in part["externalReferences"]
    ]
    assert sorted(hashes) == sorted(re.findall(r"sha256:([0-9a-f]{64})", lock))
    assert all(part["externalReferences"] for part in told["components"])


@pytest.mark.parametrize("unit", UNITS)
def test_the_service_is_walled_in(tmp_path: Path, unit: str):
    """A line that systemd does not know is left out by it, silently."""
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze, which reads the service file, is not installed")
    text = (ROOT / "packaging" / unit).read_text()
    for wall in ("ProtectSystem=strict", "NoNewPrivileges=yes", "CapabilityBoundingSet=\n"):
        assert wall in text
    copy = tmp_path / unit
    copy.write_text(re.sub(r"(?m)^(ExecStart\w*)=.*", r"\1=/bin/true", text))
    checked = ["systemd-analyze", "verify", "--man=no", str(copy)]
    told = subprocess.run(checked, capture_output=True, text=True, check=False)
    ours = [line for line in told.stderr.splitlines() if unit in line]
    assert ours == []
    rated = ["systemd-analyze", "security", "--offline=true", "--threshold=30", str(copy)]
    told = subprocess.run(rated, capture_output=True, text=True, check=False)
    assert told.returncode == 0, told.stdout[-200:]
