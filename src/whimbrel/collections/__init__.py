"""Collections: people whom somebody recommends together, and who agreed to it."""
