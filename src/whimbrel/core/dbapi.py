"""`apsw` as SQLAlchemy, hence Alembic, wants a driver to be (PEP 249): for migrations only.

Two SQLite libraries in one process, on one file, would let go of each other's locks."""

from typing import Any

from .native import Cursor, apsw

__all__ = ["connect", "paramstyle", "sqlite_version_info"]

paramstyle = "qmark"
sqlite_version_info = tuple(int(part) for part in apsw.sqlite_lib_version().split("."))

PATIENCE = 30_000  # ms to wait for another process's write
_WRITES = ("INSERT", "UPDATE", "DELETE", "REPLACE")

Error = apsw.Error
ProgrammingError = apsw.SQLError
Binary = bytes


class Described(Cursor):
    """A cursor that keeps what its last statement gives, for a result without rows too."""

    description: Any = None
    lastrowid = 0

    def __init__(self, connection: apsw.Connection) -> None:
        super().__init__(connection)
        self.exec_trace = self._begin

    def _begin(self, _cursor: Any, sql: str, _bound: object) -> bool:
        """As the drivers SQLAlchemy knows: what changes rows opens a transaction."""
        self.description = self.get_description() or None
        if sql.lstrip().upper().startswith(_WRITES) and not self.connection.in_transaction:
            self.connection.cursor().execute("BEGIN")
        return True


class Connection(apsw.Connection):
    """A connection whose transactions end by being told."""

    isolation_level: str | None = ""

    def commit(self) -> None:
        """Keep what was done."""
        if self.in_transaction:
            self.execute("COMMIT")

    def rollback(self) -> None:
        """Undo what was done."""
        if self.in_transaction:
            self.execute("ROLLBACK")

    def create_function(self, name: str, arguments: int, made: Any, **how: Any) -> None:
        """A function for SQL."""
        self.create_scalar_function(name, made, arguments, **how)


def connect(path: str, **_: Any) -> Connection:
    """Open the file `path`, which is made if it is not there."""
    connection = Connection(path)
    connection.cursor_factory = Described
    connection.set_busy_timeout(PATIENCE)
    return connection
