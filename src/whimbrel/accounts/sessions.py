"""Browsers that are signed in: begun, listed, ended."""

DAY = 86_400_000  # ms
ABSOLUTE = 90 * DAY  # a session ends then, however much it is used
IDLE = 30 * DAY
