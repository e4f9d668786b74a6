"""Passwords: which are good enough, and what is kept of them."""

import secrets
from threading import Lock

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from schemas.errors import InputError

SHORTEST = 10
LONGEST = 256
_FEWEST_DIFFERENT = 5


def require_good(name: str, password: str) -> None:
    """Raise InputError, with what to do, for a password that is guessed at once."""
    if len(password) < SHORTEST:
        raise InputError(f"the password is too short: give one of at least {SHORTEST} characters, such as four words")
    if len(password) > LONGEST:
        raise InputError(f"the password is too long: give one of at most {LONGEST} characters")
    if len(set(password)) < _FEWEST_DIFFERENT:
        raise InputError(f"the password repeats itself: give one of at least {_FEWEST_DIFFERENT} different characters")
    if name.casefold() in password.casefold():
        raise InputError("the password has the name of the user in it: give another")


class Passwords:
    """Makes and checks argon2id hashes, one at a time: each takes its memory, and anybody may ask for one.

    The defaults are the second recommendation of RFC 9106. Safe to use from several threads.
    """

    def __init__(self, *, passes: int = 3, memory_kib: int = 65_536, lanes: int = 4) -> None:
        self._hasher = PasswordHasher(time_cost=passes, memory_cost=memory_kib, parallelism=lanes)
        self._lock = Lock()
        self._of_nobody = self.hash(secrets.token_hex())

    def hash(self, password: str) -> str:
        """Return what is kept of a password, its salt and parameters included."""
        with self._lock:
            return self._hasher.hash(password)

    def agree(self, kept: str | None, password: str) -> bool:
        """Tell whether a password is the one of which ``kept`` was made.

        None is the hash of nobody: the answer is no, and takes as long as for somebody.
        """
        with self._lock:
            try:
                self._hasher.verify(self._of_nobody if kept is None else kept, password)
            except (VerificationError, InvalidHashError):
                return False
        return kept is not None
