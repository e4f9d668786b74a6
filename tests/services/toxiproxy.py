"""Faults on the wire: Toxiproxy, built by Go, between a client and a server."""

import json
import os
import shutil
import subprocess
import urllib.request
from pathlib import Path
from typing import Any, Self

from .common import free_port, one_at_a_time, require, wait_until

TOXIPROXY_VERSION = "v2.5.0"

_MODULE = f"github.com/Shopify/toxiproxy/v2/cmd/server@{TOXIPROXY_VERSION}"
_BUILD_S = 300.0
_START_S = 10.0


def require_toxiproxy() -> None:
    """Skip, or in CI fail, where it is neither built yet nor can be."""
    require(
        _program().exists() or shutil.which("go") is not None, "needs go on the PATH, to build Toxiproxy (golang-go)"
    )


class Toxiproxy:
    """A server of proxies on free ports of this machine, ended on leaving the context."""

    def __init__(self) -> None:
        self._port = free_port()
        self._process: subprocess.Popen[bytes] | None = None

    def proxy(self, name: str, *, port: int, to: int) -> None:
        """Pass on what comes to one port of this machine to another."""
        addresses = {"listen": f"127.0.0.1:{port}", "upstream": f"127.0.0.1:{to}"}
        self._ask("POST", "/proxies", {"name": name, "enabled": True, **addresses})

    def let_through(self, name: str, enabled: bool) -> None:
        """Cut all connections of a proxy and refuse new ones, or take them again."""
        self._ask("POST", f"/proxies/{name}", {"enabled": enabled})

    def poison(self, name: str, kind: str, *, stream: str = "downstream", **attributes: int) -> str:
        """Put something in the way of a proxy's connections (Toxiproxy calls it a toxic); return its name."""
        toxic = f"{kind}-{stream}"
        what = {"name": toxic, "type": kind, "stream": stream, "attributes": attributes}
        self._ask("POST", f"/proxies/{name}/toxics", what)
        return toxic

    def cure(self, name: str, toxic: str) -> None:
        """Take it out of the way."""
        self._ask("DELETE", f"/proxies/{name}/toxics/{toxic}")

    def heal(self) -> None:
        """Let everything through, undisturbed."""
        self._ask("POST", "/reset")

    def __enter__(self) -> Self:
        command = [built_toxiproxy(), "-host", "127.0.0.1", "-port", str(self._port)]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        assert wait_until(self._answers, within_s=_START_S), "Toxiproxy did not answer"
        return self

    def __exit__(self, *_: object) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def _answers(self) -> bool:
        try:
            self._ask("GET", "/version")
        except OSError:
            return False
        return True

    def _ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> None:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"http://127.0.0.1:{self._port}{path}", data=data, method=method)
        with urllib.request.urlopen(request, timeout=10) as answer:
            answer.read()


def built_toxiproxy() -> Path:
    """Return the program, built into the user's cache by the first who asks."""
    program = _program()
    with one_at_a_time(program):
        if not program.exists():
            environment = {**os.environ, "GOBIN": str(program.parent)}
            done = subprocess.run(
                ["go", "install", _MODULE], env=environment, capture_output=True, text=True, timeout=_BUILD_S
            )
            require(done.returncode == 0, f"Toxiproxy could not be built: {done.stderr[-500:]}")
    return program


def _program() -> Path:
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return cache / "footfall-tests" / f"toxiproxy-{TOXIPROXY_VERSION}" / "server"
