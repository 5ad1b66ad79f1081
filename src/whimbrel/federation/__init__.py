"""Other servers: what we say to them, what we take from them, and how each proves who speaks."""
