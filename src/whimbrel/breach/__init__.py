"""The breach drill: what was done to Parler in January 2021, done to a server of one's own."""
