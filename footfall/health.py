"""Whether a role is alive and ready, and where it says so."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from footfall.metrics import CONTENT_TYPE, READY, Meters
from schemas.errors import ConfigError

# As long as Kafka waits for a member that does not poll before it gives its partitions to others.
SILENT_AT_MOST_S = 300.0


class Health:
    """Told by the threads at work, asked by the endpoint. A role is alive as long as its loop turns."""

    def __init__(self, meters: Meters, *, clock_s: Callable[[], float] = time.monotonic) -> None:
        self._meters = meters
        self._clock_s = clock_s
        self._turned_s = clock_s()
        self._waiting_for = "it is starting"
        meters.set(READY, 0)

    def turned(self, waiting_for: str = "") -> None:
        """Note a turn of the loop, and what the role waits for; nothing, if it is ready."""
        self._turned_s = self._clock_s()
        self._waiting_for = waiting_for
        self._meters.set(READY, 0 if waiting_for else 1)

    def alive(self) -> str:
        """Return why the role should be started again, or nothing."""
        silent_s = self._clock_s() - self._turned_s
        return f"no turn of the loop for {silent_s:.0f} s" if silent_s > SILENT_AT_MOST_S else ""

    def ready(self) -> str:
        """Return what the role waits for, or nothing."""
        return self.alive() or self._waiting_for


@contextmanager
def told(health: Health, meters: Meters, host: str, port: int | None) -> Iterator[None]:
    """Answer ``/healthz``, ``/readyz`` and ``/metrics`` while the context lasts; nothing where ``port`` is None.

    200 for yes, 503 and a line for no. Raises ConfigError where the address cannot be listened on.
    """
    if port is None:
        yield
        return
    pages: dict[str, Callable[[], tuple[int, str, bytes]]] = {
        "/healthz": lambda: _answer(health.alive()),
        "/readyz": lambda: _answer(health.ready()),
        "/metrics": lambda: (200, CONTENT_TYPE, meters.page()),
    }

    class Handler(BaseHTTPRequestHandler):
        timeout = 10

        def do_GET(self) -> None:
            page = pages.get(self.path.partition("?")[0])
            status, kind, body = page() if page else (404, "text/plain", b"/healthz, /readyz or /metrics\n")
            self.send_response(status)
            self.send_header("content-type", kind)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing: whoever asks, asks every few seconds."""

    try:
        server = ThreadingHTTPServer((host, port), Handler)
    except OSError as error:
        raise ConfigError(
            f"{host}:{port} cannot be listened on ({error.strerror}): give another --health-port"
        ) from error
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.1}, name="health")
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _answer(problem: str) -> tuple[int, str, bytes]:
    return (503, "text/plain", f"{problem}\n".encode()) if problem else (200, "text/plain", b"ok\n")
