"""Assembly: settings to a running server, and the command line."""
