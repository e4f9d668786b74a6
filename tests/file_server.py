"""A web server of files that can be told to misbehave, and a proxy before it. Threads of the test, on 127.0.0.1."""

import hashlib
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(kw_only=True)
class FileServer:
    """What it serves, how it misbehaves, and what it was asked: ``asked`` holds method, path and Range header.

    ``cut_after`` bytes of a body the connection ends, ``cuts`` times; ``ranges`` False: the whole file, always;
    ``stall_after`` bytes it falls silent; ``status`` it answers in place of the file; ``login`` it wants.
    """

    files: dict[str, bytes]
    url: str = ""
    ranges: bool = True
    etags: bool = True
    cut_after: int | None = None
    cuts: int = 1_000
    stall_after: int | None = None
    pause_s: float = 0.0
    status: int | None = None
    login: str | None = None
    asked: list[tuple[str, str, str | None]] = field(default_factory=list)
    ending: threading.Event = field(default_factory=threading.Event)

    def gets(self) -> list[str | None]:
        """The Range headers of all GETs."""
        return [asked_range for method, _, asked_range in self.asked if method == "GET"]


@contextmanager
def serving(files: dict[str, bytes]) -> Iterator[FileServer]:
    """Serve files by their paths."""
    server = FileServer(files=files)
    with _listening(_handler(server)) as port:
        server.url = f"http://127.0.0.1:{port}"
        yield server
        server.ending.set()


@contextmanager
def forwarding() -> Iterator[tuple[str, list[str]]]:
    """Run a proxy; yields its address and the addresses it was asked for."""
    asked: list[str] = []

    class Proxy(_Quiet):
        def do_GET(self) -> None:
            asked.append(self.path)
            passed = {name: value for name, value in self.headers.items() if name in ("Range", "If-Range")}
            direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
            with direct.open(urllib.request.Request(self.path, headers=passed, method=self.command)) as answer:
                body = answer.read()
                self.send_response(answer.status)
                for name in ("ETag", "Content-Range", "Content-Length"):
                    if value := answer.headers.get(name):
                        self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

        def do_HEAD(self) -> None:
            self.do_GET()

    with _listening(Proxy) as port:
        yield f"http://127.0.0.1:{port}", asked


class _Listener(ThreadingHTTPServer):
    def handle_error(self, *_: object) -> None:
        pass  # a client that hangs up is what some of them do


class _Quiet(BaseHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


def _handler(server: FileServer) -> type[BaseHTTPRequestHandler]:
    class Handler(_Quiet):
        def do_HEAD(self) -> None:
            self._answer()

        def do_GET(self) -> None:
            body = self._answer()
            if body is None:
                return
            cut = server.cut_after if server.cuts > 0 else None
            for at in range(0, len(body), 512):
                if cut is not None and at >= cut:
                    server.cuts -= 1
                    return
                if server.stall_after is not None and at >= server.stall_after:
                    server.ending.wait(5)
                    return
                self.wfile.write(body[at : at + 512])
                time.sleep(server.pause_s)

        def _answer(self) -> bytes | None:
            wanted = self.headers.get("Range")
            server.asked.append((self.command, self.path, wanted))
            whole = server.files.get(self.path.lstrip("/"))
            status = server.status or (404 if whole is None else 200)
            if server.login and self.headers.get("Authorization") != server.login:
                status = 401
            if whole is None or status >= 300:
                self.send_error(status)
                return None
            tag = '"' + hashlib.sha256(whole).hexdigest()[:8] + '"'
            same = self.headers.get("If-Range") in (None, tag)
            first = int(wanted.removeprefix("bytes=").rstrip("-")) if wanted and server.ranges and same else 0
            if first > len(whole) or (first and first == len(whole)):
                self.send_error(416)
                return None
            self.send_response(206 if first else 200)
            if first:
                self.send_header("Content-Range", f"bytes {first}-{len(whole) - 1}/{len(whole)}")
            if server.etags:
                self.send_header("ETag", tag)
            self.send_header("Content-Length", str(len(whole) - first))
            self.end_headers()
            return whole[first:]

    return Handler


@contextmanager
def _listening(handler: Callable[..., BaseHTTPRequestHandler]) -> Iterator[int]:
    listener = _Listener(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=listener.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield listener.server_address[1]
    finally:
        listener.shutdown()
        listener.server_close()
        thread.join()
