"""What everybody may know of how this place is run, and what a public database is told."""
