"""SQLite's C library, set up for how we use it: `apsw` from here, never from elsewhere.

By itself the library locks a mutex for every column of every row and for every piece of memory,
lest two threads share a connection. Ours never do (`sqlite.py` gives each thread its own), and
those locks were an eighth of what a page costs."""

import apsw

__all__ = ["Cursor", "apsw"]

apsw.shutdown()  # what follows has to be said before the first connection
apsw.config(apsw.SQLITE_CONFIG_MULTITHREAD)
apsw.config(apsw.SQLITE_CONFIG_MEMSTATUS, False)
apsw.initialize()


class Cursor(apsw.Cursor):
    """With what `tx.Cursor` asks for beyond it."""

    @property
    def rowcount(self) -> int:
        """Rows that the statement touched."""
        return self.connection.changes()
