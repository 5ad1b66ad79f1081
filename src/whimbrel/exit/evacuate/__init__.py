"""Leaving for another node: the side that leaves, and the side that follows and takes over."""
