"""Taking what a broker sends from the socket in large pieces.

The client takes 4 kB at a time. A fetch of pictures is a thousand times that, and each time the thread that reads gives
the interpreter away and queues for it again behind the one that handles the batch before: the next batch is not there
when it is wanted.
"""

import ssl
from typing import Any

from kafka.errors import KafkaConnectionError
from kafka.net.transport import KafkaSSLTransport, KafkaTCPTransport

_AT_ONCE_BYTES = 262_144
# Of TLS there may be more behind what the socket tells of: it is read until it says that it has nothing.
_NOTHING_MORE = (BlockingIOError, InterruptedError, ssl.SSLWantReadError, ssl.SSLWantWriteError)


def receive_in_large_pieces() -> None:
    """Have all connections of the client, plain and with TLS, read so."""
    for transport in (KafkaTCPTransport, KafkaSSLTransport):
        transport._sock_recv = _received


def _received(transport: Any) -> tuple[bytes, KafkaConnectionError | None]:
    """Return all that lies there, and what became of the connection if it is over."""
    pieces: list[bytes] = []
    try:
        while piece := transport._sock.recv(_AT_ONCE_BYTES):
            pieces.append(piece)
    except _NOTHING_MORE:
        return b"".join(pieces), None
    except Exception as error:  # noqa: BLE001 - whatever it is, the client closes the connection with it
        return b"".join(pieces), KafkaConnectionError(error)
    return b"".join(pieces), KafkaConnectionError("socket disconnected")
