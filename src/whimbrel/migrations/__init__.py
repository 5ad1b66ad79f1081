"""Alembic's folder: one file per change of shape, in order."""
