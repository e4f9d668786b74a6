"""What the operator's pages say of moments, marks and entries of the ledger, in the language spoken."""

from datetime import datetime
from typing import Any

from babel.dates import format_datetime

from analytics.presentation.language import _, later, locale
from analytics.presentation.wording import day_text, duration_text, face_text, share_text, weekday_text
from schemas.messages import IdentityEvent, IdentityKind

ROLES = (
    later("manager"), later("cashier"), later("operator"), later("admin"), later("till"), later("recognition"),
)  # fmt: skip
"""What a role is called; the templates say it by its value."""


def moment_text(moment: datetime) -> str:
    """Return a moment as it is said, to the minute."""
    return str(format_datetime(moment, _("EEE d MMM y, HH:mm"), tzinfo=moment.tzinfo, locale=locale()))


def clock_text(moment: datetime) -> str:
    """Return a moment of today in UTC."""
    return f"{moment:%H:%M} UTC"


def said_of(entry: IdentityEvent) -> str:
    """Return what an entry of the ledger says, in a sentence."""
    one = face_text(entry.face_id)
    other = face_text(entry.other_face_id) if entry.other_face_id else ""
    match entry.kind:
        case IdentityKind.MERGED:
            return _("{one} and {other} are one person now.", one=one, other=other)
        case IdentityKind.SPLIT:
            return _("What was parted from {one} belongs to {other} now.", one=one, other=other)
        case IdentityKind.NOT_THE_SAME:
            return _("{one} and {other} are kept apart from now on.", one=one, other=other)
        case IdentityKind.STAFF:
            return _("{one} is staff, in every report.", one=one)
        case IdentityKind.BOUND:
            return _("{one} is member {member} now.", one=one, member=entry.member_id or "")
        case IdentityKind.UNBOUND:
            return _("{one} is no member any more.", one=one)
        case IdentityKind.UNDONE:
            return _("That was taken back.")
        case _:
            return _("It is in the ledger.")


WORDS: dict[str, Any] = {
    "clock_text": clock_text,
    "day_text": day_text,
    "duration_text": duration_text,
    "face_text": face_text,
    "moment_text": moment_text,
    "said_of": said_of,
    "share_text": share_text,
    "weekday_text": weekday_text,
}
"""What the templates of these pages are given beside their values."""
