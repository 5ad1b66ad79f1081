"""The changes of shape, in order."""
