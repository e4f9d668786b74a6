"""Tags of members: what may be one, and how many a member may have. Pure."""

import unicodedata
from collections.abc import Iterable

from schemas.errors import InputError

MOST_TAGS, LONGEST_TAG = 20, 64
_CONTROL, _SURROGATE = "Cc", "Cs"


def checked_tags(tags: Iterable[str]) -> tuple[str, ...]:
    """Return tags as they are kept: without blanks around them, each of them once, in their order.

    Raises InputError for a tag that is empty, longer than 64 characters or holds control characters, and for more than
    20 of them.
    """
    kept = tuple(dict.fromkeys(tag.strip() for tag in tags))
    for tag in kept:
        if not tag:
            raise InputError("a tag is empty: leave it out")
        if len(tag) > LONGEST_TAG:
            raise InputError(f"the tag {tag[:LONGEST_TAG]}… is longer than {LONGEST_TAG} characters: make it shorter")
        if any(unicodedata.category(character) in (_CONTROL, _SURROGATE) for character in tag):
            raise InputError(f"the tag {tag!r} holds control characters: leave them out")
    if len(kept) > MOST_TAGS:
        raise InputError(f"{len(kept)} tags are too many: a member has at most {MOST_TAGS}")
    return kept
