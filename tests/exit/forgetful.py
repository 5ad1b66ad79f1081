"""A store that others run, which knows nothing of parts of a file: it gives all of it."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@contextmanager
def without_parts() -> Iterator[str]:
    """Where it answers, for the length of the block."""
    held: dict[str, bytes] = {}

    class Handler(BaseHTTPRequestHandler):
        def do_PUT(self) -> None:
            held[self.path] = self.rfile.read(int(self.headers.get("content-length") or 0))
            self.answer(200)

        def do_DELETE(self) -> None:
            self.answer(204 if held.pop(self.path, None) is not None else 404)

        def do_HEAD(self) -> None:
            self.answer(200 if self.path in held else 404)

        def do_GET(self) -> None:
            self.answer(200, held[self.path])

        def answer(self, status: int, body: bytes = b"") -> None:
            self.send_response(status)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: object) -> None:
            """Nothing is printed."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    serving = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    serving.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        serving.join()
        server.server_close()
