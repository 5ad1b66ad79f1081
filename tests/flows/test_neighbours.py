"""Two Whimbrels and a server of another make (Fedify), over HTTPS, by their names."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent / "neighbours"
PATIENCE = 240  # seconds; it takes some 20 of a machine that has nothing else to do
ALONE = ["unshare", "--map-root-user", "--net", "--mount", "--pid", "--fork", "--kill-child"]


def test_neighbours_of_two_makes_live_together(tmp_path: Path):
    """What a peer of our own making is content with may be what nobody else can read."""
    if not (HERE / "node_modules" / "@fedify").exists():
        pytest.skip("Fedify is not installed: script/test fetches it from npm")
    if shutil.which("unshare") is None or subprocess.run([*ALONE, "true"], check=False).returncode:
        pytest.skip("this machine forbids namespaces: names and port 443 cannot be had")
    done = subprocess.run(
        [*ALONE, sys.executable, str(HERE / "story.py"), str(tmp_path)],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.endswith("ok\n")
