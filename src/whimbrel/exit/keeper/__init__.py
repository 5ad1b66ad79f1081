"""Keepers: small processes elsewhere that hold the keyring, without any history of it."""
