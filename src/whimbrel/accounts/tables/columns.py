"""Columns that many tables of this room have."""

from sqlalchemy import Column, ForeignKey

from whimbrel.core.tables import PERSONAL, Id


def account_id(name: str, *, primary_key: bool = False, nullable: bool = False) -> Column[int]:
    """A column that says whose a row is: it goes with the account."""
    return Column(
        name,
        Id,
        ForeignKey("accounts.id", ondelete="CASCADE"),
        primary_key=primary_key,
        autoincrement=False,
        nullable=nullable,
        info=PERSONAL,
    )
