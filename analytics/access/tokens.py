"""Random texts by which somebody is known again: sessions and keys. Only their hashes are kept."""

import hashlib
import re
import secrets
from dataclasses import dataclass

_RANDOM_BYTES = 32
_ID_BYTES = 4
_KEY = re.compile(rf"footfall_([0-9a-f]{{{2 * _ID_BYTES}}})_[\w-]+", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewKey:
    """A key as it was made: its id, by which people speak of it, and the text, which is shown once."""

    key_id: str
    text: str


def new_token() -> str:
    """Return a text that nobody can guess."""
    return secrets.token_urlsafe(_RANDOM_BYTES)


def new_key() -> NewKey:
    """Return a key that nobody can guess; its id stands in it."""
    key_id = secrets.token_hex(_ID_BYTES)
    return NewKey(key_id=key_id, text=f"footfall_{key_id}_{new_token()}")


def key_id_of(text: str) -> str | None:
    """Return the id that stands in a key; None for a text that is no key."""
    found = _KEY.fullmatch(text)
    return found.group(1) if found else None


def hashed(token: str) -> str:
    """Return what is kept of a token. It is random and long: a fast hash cannot be turned round either."""
    return hashlib.sha256(token.encode()).hexdigest()


def form_token(token: str) -> str:
    """Return what the forms of a session carry. It follows from the session, which no page of elsewhere can read."""
    return hashed(f"form {token}")


def same(given: str, expected: str) -> bool:
    """Compare two texts in a time that tells nothing of where they differ."""
    return secrets.compare_digest(given.encode(), expected.encode())
