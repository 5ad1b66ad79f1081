"""`python -m whimbrel` is `whimbrel`."""

from whimbrel.app.cli import main

main()
