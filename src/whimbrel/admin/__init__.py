"""The operator's pages: what whoever runs the server sees and does in a browser.

What is done is done by the rooms below (`moderation`, `discovery`, `instance`, `accounts`), by the
same functions that the Admin API and the commands call; here is what only these pages need."""
