"""masto.js, unchanged from npm, in Node: the library inside Elk and Phanpy."""

import subprocess
from pathlib import Path

import pytest
from client_town import Town

import services

HERE = Path(__file__).parent / "node"
PATIENCE = 60


def run(town: Town, script: str, *names: str) -> None:
    """A script of `node/`, with the address of the server and these people's tokens."""
    if not (HERE / "node_modules" / "masto").exists():
        pytest.skip("masto.js is not installed: script/test fetches it from npm")
    tokens = [town.tokens[name] for name in names]
    done = subprocess.run(
        [services.found("node"), script, town.server.url, *tokens],
        cwd=HERE,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.endswith("ok\n")


def test_streams_pages_and_errors(town: Town) -> None:
    """Elk opens one socket for all its columns, and walks pages by the Link header."""
    run(town, "streaming.mjs", "ada", "bob")


def test_grouped_notifications(town: Town) -> None:
    """Phanpy shows one line for all who liked a post; with one key missing it shows none."""
    run(town, "notifications.mjs", "gus", "hal", "ivy")
