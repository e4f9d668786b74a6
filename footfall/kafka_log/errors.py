"""The client's errors as sentences of ours."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import kafka.errors as client

from schemas.errors import ConfigError, PartitionsLost, StorageError, TransientError

_NOT_A_MEMBER = (
    client.CommitFailedError,
    client.IllegalGenerationError,
    client.RebalanceInProgressError,
    client.UnknownMemberIdError,
)
_FENCED = (client.InvalidProducerEpochError, client.ProducerFencedError)


class LastWord(logging.Handler):
    """Remembers why the client could not connect, which it only tells its own log."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self._reason: BaseException | None = None

    def emit(self, record: logging.LogRecord) -> None:
        """Take note of the error in a line of the client's."""
        for argument in record.args if isinstance(record.args, tuple) else ():
            # That time ran out says nothing, and a broker that has refused us goes on to hang up.
            if isinstance(self._reason, client.SaslAuthenticationFailedError):
                return
            if isinstance(argument, BaseException) and not isinstance(argument, client.KafkaTimeoutError):
                self._reason = argument

    @contextmanager
    def connecting(self, name: str, user: str) -> Iterator[None]:
        """Raise what hinders a connection: ConfigError for what the operator has to put right, else TransientError."""
        client_log = logging.getLogger("kafka.net.manager")
        former_level, client_log.propagate = client_log.level, False
        client_log.setLevel(logging.WARNING)
        client_log.addHandler(self)
        try:
            yield
        except client.KafkaTimeoutError as error:
            raise self._sentence(name, user) from error
        finally:
            client_log.removeHandler(self)
            client_log.setLevel(former_level)
            client_log.propagate = True

    def _sentence(self, name: str, user: str) -> StorageError | ConfigError:
        if isinstance(self._reason, client.SaslAuthenticationFailedError):
            return ConfigError(f"{name}: refuses the user {user!r} or the password: put them right in the address")
        if "CERTIFICATE" in str(self._reason) or "SSL" in str(self._reason):
            return ConfigError(
                f"{name}: no trusted TLS connection ({self._reason}): name the authority's certificate with ca=FILE, "
                "or a listener that speaks TLS"
            )
        reason = f" ({self._reason})" if self._reason else ""
        return TransientError(
            f"{name}: cannot be reached{reason}: check that it runs and that the address and the listener's security "
            "are right"
        )


@contextmanager
def translated(name: str) -> Iterator[None]:
    """Raise the client's errors as ours; ``name`` says which log."""
    try:
        yield
    except client.KafkaError as error:
        raise in_our_words(name, error) from error


def of_a_wrong_clock(error: BaseException) -> bool:
    """Whether the broker refuses records for their time; of several at once it calls them invalid, and says why."""
    return isinstance(error, client.InvalidTimestampError) or (
        isinstance(error, client.InvalidRecordError) and "imestamp" in str(error)
    )


def in_our_words(name: str, error: BaseException) -> Exception:
    """Return the error of ours that a client's error means."""
    # A producer that has failed answers whatever it is asked with the reason behind a sentence of its own.
    for reason in getattr(error, "args", ())[1:]:
        if isinstance(reason, client.KafkaError):
            error = reason
    if isinstance(error, _NOT_A_MEMBER):
        return PartitionsLost(f"{name}: this member was away for too long, or the group is being shared out anew")
    if isinstance(error, _FENCED):
        return PartitionsLost(f"{name}: another member has been given the partitions of this one")
    if isinstance(error, client.FencedInstanceIdError):
        return StorageError(
            f"{name}: another process of the same consumer group runs under this instance: give each its own"
        )
    if isinstance(error, client.SaslAuthenticationFailedError):
        return ConfigError(f"{name}: refuses the user or the password: put them right in the address")
    if isinstance(error, client.AuthorizationError):
        return ConfigError(f"{name}: this user may not do that ({error}): grant it the rights that docs/kafka.md lists")
    if of_a_wrong_clock(error):
        return StorageError(
            f"{name}: takes no record from this machine, whose clock is more than an hour ahead of the broker's: have "
            "both set by NTP and start again"
        )
    if isinstance(error, client.CorruptRecordError):
        return StorageError(
            f"{name}: damaged on the broker ({error}): restore the partition from a replica, or move the group's "
            "offset behind it"
        )
    if getattr(error, "retriable", False):
        return TransientError(f"{name}: does not answer at the moment ({error})")
    return StorageError(f"{name}: {error}")
