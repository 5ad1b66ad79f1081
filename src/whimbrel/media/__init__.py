"""Uploads: sniffed, rebuilt without metadata, sealed, served."""
