"""Tags of members: what may be one, and how many a member may have. Pure."""

import re
import unicodedata
from collections.abc import Iterable

from schemas.errors import InputError

MOST_TAGS, LONGEST_TAG = 20, 64
_SEPARATORS = ",\uff0c"
"""Between tags where they are typed in one line."""
_UNSEEN = frozenset({"Cc", "Cs", "Zl", "Zp"})
_TURNING = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""What turns the direction of the text around it."""


def tags_in(text: str) -> list[str]:
    """Return the tags that were typed in one line, with commas of either script between them; none of them is empty."""
    return [tag for tag in re.split(f"[{_SEPARATORS}]", text) if tag.strip()]


def checked_tags(tags: Iterable[str]) -> tuple[str, ...]:
    """Return tags as they are kept: without blanks around them, each of them once, in their order.

    Raises InputError for a tag that shows nothing, is longer than 64 characters or holds commas or control characters,
    and for more than 20 of them.
    """
    kept = tuple(dict.fromkeys(unicodedata.normalize("NFC", tag).strip() for tag in tags))
    for tag in kept:
        if not any(unicodedata.category(character)[0] not in "CZ" for character in tag):
            raise InputError("a tag is empty: leave it out")
        if len(tag) > LONGEST_TAG:
            raise InputError(f"the tag {tag[:LONGEST_TAG]}… is longer than {LONGEST_TAG} characters: make it shorter")
        if any(character in _SEPARATORS for character in tag):
            raise InputError(f"the tag {tag} holds a comma: make two tags of it")
        if any(unicodedata.category(character) in _UNSEEN or character in _TURNING for character in tag):
            raise InputError(f"the tag {tag!r} holds control characters: leave them out")
    if len(kept) > MOST_TAGS:
        raise InputError(f"{len(kept)} tags are too many: a member has at most {MOST_TAGS}")
    return kept
