"""A message together with where it lay in the log."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from schemas.messages import Message


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """A decoded record of a topic. ``offset`` orders the messages of one partition."""

    message: Message
    topic: str
    partition: int
    offset: int


Handler = Callable[[Sequence[Received]], Sequence[Sequence[Message]]]
"""Turns a batch into outputs, in stages: each stage is in the log for good before the next is appended.

Called again with the same batch after a transient failure, and after a restart with records it has already handled:
it must give the same outputs again.
"""
