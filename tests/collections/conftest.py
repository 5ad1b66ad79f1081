"""Fixtures of this room's tests."""

import pytest


@pytest.fixture
def tick(tx):
    """Let time go on, so that ids are in order."""

    def on(ms=1):
        tx.ms += ms

    return on
