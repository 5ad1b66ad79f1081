"""The drill: the standby is restored into a scratch place, looked through, used and destroyed, so
that nobody believes in a copy that nobody ever opened."""
