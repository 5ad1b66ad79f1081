"""Accounts: sign-up, sign-in, OAuth, who follows, blocks and mutes whom."""
