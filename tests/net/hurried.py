"""`whimbrel` that waits for other servers for a moment where it waits for seconds and minutes:
`python tests/net/hurried.py serve ...`. Nothing else is different."""

from whimbrel.core import fetch, worker
from whimbrel.federation import abroad, deliver, inbox, state

MOMENT = 2.0  # seconds

if __name__ == "__main__":
    from whimbrel.app.cli import main

    fetch.Fetcher.__init__.__kwdefaults__["seconds"] = MOMENT
    abroad.SECONDS = inbox.SECONDS = MOMENT
    deliver.LADDER = (0.3,) * len(deliver.LADDER)  # type: ignore[assignment]
    worker.LADDER = (0.3, 0.6, *[2.0] * 6)  # type: ignore[assignment]
    state.MISSING = 300  # ms
    main()
