"""Breach resistance: budgets on reading, erasure."""
