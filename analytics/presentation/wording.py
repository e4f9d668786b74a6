"""Numbers, times and ids as people read them. One place, so that another language finds it."""

from datetime import date
from uuid import UUID

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def number_text(value: float) -> str:
    """Return a whole number with its thousands apart."""
    return f"{value:,.0f}".replace(",", "\u202f")


def mean_text(value: float | None) -> str:
    """Return a mean to a tenth; an unknown one as a dash."""
    return "–" if value is None else f"{value:,.1f}".replace(",", "\u202f")


def share_text(share: float | None) -> str:
    """Return 0..1 as percent, never rounded up to the whole; an unknown share as a dash."""
    if share is None:
        return "–"
    percent = share * 100
    rounded = f"{percent:.1f}" if percent < 99.95 else f"{min(percent, 99.9) if percent < 100 else 100:g}"
    return f"{rounded.removesuffix('.0')}\u202f%"


def change_text(percent: float | None) -> str:
    """Return a change in percent with its sign; an unknown one as a dash."""
    if percent is None:
        return "–"
    rounded = round(percent, 1 if abs(percent) < 10 else 0)
    return f"{rounded:+g}\u202f%".replace("-", "−") if rounded else "0\u202f%"


def duration_text(seconds: float) -> str:
    """Return a duration in the two units that matter."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    minutes, rest_s = divmod(whole, 60)
    if minutes >= 10:
        minutes, rest_s = round(seconds / 60), 0
    if minutes < 60:
        return f"{minutes} min {rest_s} s" if rest_s else f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if minutes else f"{hours} h"


def day_text(day: date) -> str:
    """Return a day as it is said."""
    return f"{day:%a} {day.day} {day:%b %Y}"


def range_text(from_day: date, to_day: date) -> str:
    """Return a range of days as it is said."""
    return day_text(from_day) if from_day == to_day else f"{day_text(from_day)} to {day_text(to_day)}"


def face_text(face_id: UUID) -> str:
    """Return a FaceId as a page shows it: its first 8 characters."""
    return str(face_id)[:8]
