"""Fixtures of this room's tests."""

import pytest

from whimbrel.core.ids import moment


@pytest.fixture
def tick(tx):
    """Let time go on, so that ids are in order."""

    def on(ms=1):
        tx.ms += ms
        tx.now = moment(tx.ms)

    return on
