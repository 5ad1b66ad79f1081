"""What a server says about itself: rules, texts, announcements, its own little pictures."""
