"""Finding people and tags: suggestions, the directory, tags to look at and to follow, trends."""
