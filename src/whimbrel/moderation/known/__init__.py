"""Pictures that are known: on lists that others give out, and in letters."""
