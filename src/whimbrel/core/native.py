"""SQLite's C library, set up for how we use it: `sqlite3` from here, never from elsewhere.

By itself the library locks a mutex for every column of every row and for every piece of memory,
lest two threads share a connection. Ours never do (`sqlite.py` gives each thread its own), and
those locks were an eighth of what a page costs. Python's module has no words for it, so the library
is told directly, which has to happen before the first connection is opened."""

import ctypes

import pysqlite3 as sqlite3
from pysqlite3 import _sqlite3

__all__ = ["sqlite3", "unlocked"]

_MULTITHREAD, _MEMSTATUS = 2, 9  # SQLITE_CONFIG_..., of sqlite3.h
_OK = 0


def _configure() -> bool:
    library = ctypes.CDLL(_sqlite3.__file__)  # the one that is loaded already
    if not hasattr(library, "sqlite3_config"):
        return False  # a build that hides it: right all the same, and slower
    library.sqlite3_shutdown()
    done = [
        library.sqlite3_config(ctypes.c_int(_MULTITHREAD)),
        library.sqlite3_config(ctypes.c_int(_MEMSTATUS), ctypes.c_int(0)),
    ]
    library.sqlite3_initialize()
    return done == [_OK, _OK]


unlocked = _configure()
