"""A small invented town that moves into a fresh server, so that a newcomer meets a living place;
and that moves out again, leaving nothing. It is told in `town.toml` and `talks.toml`."""
