"""Who listens to which event: the one table. Reading it tells what follows from what."""

from whimbrel.core.outbox import Effect, Event, Handler, Lane, Routes

#     lane         when           do
HANDLERS: tuple[tuple[Lane, type[Event], Handler], ...] = ()
EFFECTS: tuple[tuple[Lane, type[Event], Effect], ...] = ()


def routes() -> Routes:
    """The table as the outbox uses it."""
    return Routes(HANDLERS, EFFECTS)
