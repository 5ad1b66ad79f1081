"""Calling people to a case before its time is up: who, when, and by which way."""
