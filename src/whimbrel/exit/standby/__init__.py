"""The standby: what a second provider has of this server, good enough to go on from."""
