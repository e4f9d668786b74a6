"""Numbers, times and ids as people read them, in the language spoken."""

from datetime import date, time
from uuid import UUID

from babel.dates import format_date, get_day_names
from babel.numbers import format_decimal

from analytics.presentation.language import _, locale


def number_text(value: float) -> str:
    """Return a whole number with its thousands apart."""
    return format_decimal(round(value), format="#,##0", locale=locale())


def mean_text(value: float | None) -> str:
    """Return a mean to a tenth; an unknown one as a dash."""
    return "–" if value is None else format_decimal(value, format="#,##0.0", locale=locale())


def share_text(share: float | None) -> str:
    """Return 0..1 as percent, never rounded up to the whole; an unknown share as a dash."""
    if share is None:
        return "–"
    percent = share * 100
    rounded = f"{percent:.1f}" if percent < 99.95 else f"{min(percent, 99.9) if percent < 100 else 100:g}"
    return _("{percent}\u202f%", percent=rounded.removesuffix(".0"))


def change_text(percent: float | None) -> str:
    """Return a change in percent with its sign; an unknown one as a dash."""
    if percent is None:
        return "–"
    rounded = round(percent, 1 if abs(percent) < 10 else 0)
    signed = f"{rounded:+g}".replace("-", "−") if rounded else "0"
    return _("{percent}\u202f%", percent=signed)


def duration_text(seconds: float) -> str:
    """Return a duration in the two units that matter."""
    whole = round(seconds)
    if whole < 60:
        return _("{seconds} s", seconds=whole)
    minutes, rest_s = divmod(whole, 60)
    if minutes >= 10:
        minutes, rest_s = round(seconds / 60), 0
    if minutes < 60:
        text = _("{minutes} min", minutes=minutes)
        return _("{minutes} min {seconds} s", minutes=minutes, seconds=rest_s) if rest_s else text
    hours, minutes = divmod(minutes, 60)
    return _("{hours} h {minutes} min", hours=hours, minutes=minutes) if minutes else _("{hours} h", hours=hours)


def day_text(day: date) -> str:
    """Return a day as it is said."""
    return format_date(day, _("EEE d MMM y"), locale=locale())


def short_day_text(day: date) -> str:
    """Return a day where its year is known and there is little room."""
    return format_date(day, _("EEE d MMM"), locale=locale())


def range_text(from_day: date, to_day: date) -> str:
    """Return a range of days as it is said."""
    if from_day == to_day:
        return day_text(from_day)
    return _("{first} to {last}", first=day_text(from_day), last=day_text(to_day))


def weekday_text(weekday: int, *, short: bool = False) -> str:
    """Return the name of a weekday; Monday is 0."""
    return str(get_day_names("abbreviated" if short else "wide", locale=locale())[weekday])


def hour_text(hour: int) -> str:
    """Return an hour of the day as a clock shows its beginning."""
    return f"{time(hour):%H:%M}"


def face_text(face_id: UUID) -> str:
    """Return a FaceId as a page shows it: its first 8 characters."""
    return str(face_id)[:8]
