"""Mastodon's entities as they are answered here, for the description alone: nothing is made of
these types. Where a room has a type that is encoded as it stands, that one is used."""
