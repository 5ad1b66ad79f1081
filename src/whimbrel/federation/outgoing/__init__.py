"""What our people do, told to the servers of whoever is concerned, and to nobody else.

Each function looks on while something happens (see `core.outbox`): for a server on which everybody
is at home it asks one question and is done."""
