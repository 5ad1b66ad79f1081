"""The reference: the cheapest honest answer, 40 KB of fixed JSON, by the HTTP server we use.

`python -m bench.reference DATA` serves it with the very settings that `whimbrel serve` gives its
HTTP server, and prints `listening on URL`."""

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

import uvicorn

from whimbrel.app import serve
from whimbrel.core.settings import load

BODY = json.dumps([{"id": str(number), "content": "x" * 2018} for number in range(20)]).encode()
HEADERS = [
    (b"content-type", b"application/json"),
    (b"content-length", str(len(BODY)).encode()),
]


async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """The same body to whoever asks."""
    await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
    await send({"type": "http.response.body", "body": BODY})


async def run(data: Path) -> None:
    """Serve until SIGTERM."""
    settings = load(data, {"bind": "127.0.0.1:0"})
    doors: Any = app
    listener = serve.listen(settings)
    print(f"listening on http://127.0.0.1:{listener.getsockname()[1]}", flush=True)
    await uvicorn.Server(serve.config(settings, doors)).serve(sockets=[listener])


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=serve.event_loop) as runner:
        runner.run(run(Path(sys.argv[1])))
