"""Whimbrel: a microblogging server for communities that must be able to leave."""

__version__ = "0.1.0"
