"""What a broker sends is taken in pieces that are as large as what lies there."""

import socket
from collections.abc import Iterator
from types import SimpleNamespace

import pytest
from kafka.errors import KafkaConnectionError
from kafka.net.transport import KafkaSSLTransport, KafkaTCPTransport

import footfall.kafka_log.clients  # noqa: F401 - whoever makes a client has it read so

FETCH = bytes(range(256)) * 400


@pytest.fixture
def ends() -> Iterator[tuple[socket.socket, socket.socket]]:
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    yield ours, theirs
    ours.close()
    theirs.close()


@pytest.mark.parametrize("transport", [KafkaTCPTransport, KafkaSSLTransport])
def test_all_that_lies_there_is_taken_in_one_go(transport: type, ends: tuple[socket.socket, socket.socket]):
    ours, theirs = ends
    theirs.sendall(FETCH)
    pieces = []

    def recv(size: int) -> bytes:
        pieces.append(ours.recv(size))
        return pieces[-1]

    assert transport._sock_recv(SimpleNamespace(_sock=SimpleNamespace(recv=recv))) == (FETCH, None)
    assert len(pieces) < 20, "4 kB at a time"


@pytest.mark.parametrize("transport", [KafkaTCPTransport, KafkaSSLTransport])
def test_what_came_before_a_connection_ended_is_told_with_its_end(
    transport: type, ends: tuple[socket.socket, socket.socket]
):
    ours, theirs = ends
    theirs.sendall(b"the last answer")
    theirs.close()
    data, error = transport._sock_recv(SimpleNamespace(_sock=ours))
    assert data == b"the last answer"
    assert isinstance(error, KafkaConnectionError)


def test_a_connection_that_breaks_is_told_of(ends: tuple[socket.socket, socket.socket]):
    def recv(_size: int) -> bytes:
        raise ConnectionResetError("reset by peer")

    data, error = KafkaTCPTransport._sock_recv(SimpleNamespace(_sock=SimpleNamespace(recv=recv)))
    assert data == b""
    assert isinstance(error, KafkaConnectionError)
    assert "reset by peer" in str(error)
