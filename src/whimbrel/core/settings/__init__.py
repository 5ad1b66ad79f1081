"""Settings: what an administrator can choose, read once at start and never again.

Nothing here opens a database or a port."""

from .checks import class_hours, host_hours
from .fields import DEFAULTS, KEYS, SECRETS, Role, Settings, Signups, describe, masked
from .instance import Instance
from .reading import SettingsError, load, places, variable

__all__ = [
    "DEFAULTS",
    "KEYS",
    "SECRETS",
    "Instance",
    "Role",
    "Settings",
    "SettingsError",
    "Signups",
    "class_hours",
    "describe",
    "host_hours",
    "load",
    "masked",
    "places",
    "variable",
]
