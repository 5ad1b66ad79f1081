"""Every SQL statement of this room: `texts` for rules and long texts, `announcements`, `counts`."""
