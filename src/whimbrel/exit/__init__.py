"""Leaving whole: a server as signed bags that anybody can check, and into another one again."""
