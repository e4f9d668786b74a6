"""A real RTSP camera, from Debian's GStreamer."""

import select
import signal
import subprocess
from pathlib import Path
from typing import Self

from .common import free_port, require

_SYSTEM_PYTHON = "/usr/bin/python3"
_CAMERA = Path(__file__).resolve().parents[2] / "deploy" / "camera" / "rtsp_camera.py"
_START_S = 20.0


def require_rtsp_server() -> None:
    """Skip, or in CI fail, without Debian's RTSP server and its Python."""
    code = "import gi; gi.require_version('GstRtspServer', '1.0'); from gi.repository import GstRtspServer"
    there = (
        Path(_SYSTEM_PYTHON).exists()
        and not subprocess.run([_SYSTEM_PYTHON, "-c", code], capture_output=True).returncode
    )
    require(there, "needs Debian's gir1.2-gst-rtsp-server-1.0 and python3-gi (tests/debian-packages.txt)")


class RtspServer:
    """A camera at ``url`` that plays one H.264 file from its beginning to each new viewer."""

    def __init__(self, file: Path, *, user: str = "", password: str = "", port: int | None = None) -> None:
        self._file = file
        self._login = [user, password] if user else []
        self._process: subprocess.Popen[str] | None = None
        self.port = port or free_port()

    @property
    def url(self) -> str:
        """The address, with the right user and password."""
        login = ":".join(self._login) + "@" if self._login else ""
        return f"rtsp://{login}127.0.0.1:{self.port}/door"

    def start(self) -> None:
        """Start it and wait until the stream is there."""
        command = [_SYSTEM_PYTHON, str(_CAMERA), "127.0.0.1", str(self.port), str(self._file), *self._login]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        readable, _, _ = select.select([self._process.stdout], [], [], _START_S)
        assert readable, f"the RTSP server did not answer within {_START_S:.0f} s"
        assert self._process.stdout.readline() == "ready\n"

    def freeze(self) -> None:
        """Let it hang, its connections open."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)

    def kill(self) -> None:
        """End it at once, as a power cut would."""
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()
