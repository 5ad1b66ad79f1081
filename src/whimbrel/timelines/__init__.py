"""What a reader sees: home, public, tags, lists, notifications, streams, search."""
