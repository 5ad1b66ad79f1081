"""Lists of servers that others keep. What they say is a draft until the staff does it."""
