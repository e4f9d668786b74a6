"""What a store says about itself: its zone, its day, its session gap, its opening hours."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import time, timedelta
from difflib import get_close_matches
from typing import Literal, get_args
from unicodedata import category
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from schemas.errors import ConfigError

DEFAULT_SESSION_GAP = timedelta(minutes=30)
MIN_SESSION_GAP = timedelta(seconds=1)
MAX_SESSION_GAP = timedelta(hours=3)

LONGEST_NAME = 64

Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
WEEKDAYS: tuple[Weekday, ...] = get_args(Weekday)


def fits_in_address(name: str) -> bool:
    """Tell whether a name of a store or a camera can stand in the address of a page."""
    printable = not any(category(character) == "Cc" for character in name)
    return 1 <= len(name) <= LONGEST_NAME and "/" not in name and name not in (".", "..") and printable


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreSettings:
    """The settings of one store on which its numbers depend.

    ``zone`` is an IANA name; ``day_start`` the local time at which the business day begins; a gap between sightings
    above ``session_gap`` begins a new visit. ``opening_hours`` maps a weekday (Monday is 0) to the local times of
    opening and closing; a closing time not after the opening time lies on the next day; a weekday left out is closed;
    None means that the hours are not known. Raises ConfigError for values that cannot be meant.
    """

    store_id: str
    zone: str = "UTC"
    day_start: time = time(0)
    session_gap: timedelta = DEFAULT_SESSION_GAP
    opening_hours: Mapping[int, tuple[time, time]] | None = None

    def __post_init__(self) -> None:
        try:
            ZoneInfo(self.zone)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            near = get_close_matches(self.zone, available_timezones(), n=1)
            meant = f"did you mean {near[0]}?" if near else "give an IANA name such as Europe/Paris."
            raise ConfigError(f"store {self.store_id}: zone {self.zone!r} is not known here; {meant}") from error
        if not MIN_SESSION_GAP <= self.session_gap <= MAX_SESSION_GAP:
            raise ConfigError(
                f"store {self.store_id}: a session gap of {self.session_gap.total_seconds():g} s cannot be used; "
                f"give at least {MIN_SESSION_GAP.total_seconds():g} and at most {MAX_SESSION_GAP.total_seconds():g} s."
            )
        clock_times = [self.day_start, *(moment for hours in (self.opening_hours or {}).values() for moment in hours)]
        if any(moment.tzinfo is not None for moment in clock_times):
            raise ConfigError(f"store {self.store_id}: times are by the store's own clock; give none a zone.")
        if any(weekday not in range(7) for weekday in self.opening_hours or ()):
            raise ConfigError(f"store {self.store_id}: weekdays of opening hours go from 0 (Monday) to 6 (Sunday).")

    @property
    def tz(self) -> ZoneInfo:
        """The zone, ready for arithmetic."""
        return ZoneInfo(self.zone)


SettingsOf = Callable[[str], StoreSettings]
"""Looks up the settings of a store by its id."""
