"""Columns that several tables of this room have."""

from sqlalchemy import BigInteger, Column, ForeignKey

from whimbrel.core.tables import SYSTEM


def moderator(name: str) -> Column[int]:
    """Who of the staff; null = nobody, or they have left."""
    return Column(name, BigInteger, ForeignKey("accounts.id", ondelete="SET NULL"), info=SYSTEM)


def case_id(name: str, *, primary_key: bool = False, nullable: bool = False) -> Column[int]:
    """Which case. Cases are never deleted."""
    return Column(
        name,
        BigInteger,
        ForeignKey("cases.id"),
        primary_key=primary_key,
        autoincrement=False,
        nullable=nullable,
        info=SYSTEM,
    )
