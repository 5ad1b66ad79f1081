"""The first tables. What they were is written down beside this file, one statement after another,
for the tables in the code go on changing."""

from pathlib import Path

from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Expand only."""
    connection = op.get_bind()
    path = Path(__file__).with_suffix(f".{connection.dialect.name}.sql")
    text = "".join(
        line
        for line in path.read_text(encoding="utf-8").splitlines(keepends=True)
        if not line.startswith("--")
    )
    for statement in text.split(";\n\n"):
        connection.exec_driver_sql(statement.strip().removesuffix(";"))
