"""What the groups of settings share."""

from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from analytics.settings import LONGEST_NAME, fits_in_address


class Group(BaseModel):
    """Settings that stand together: frozen, and no others among them."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


def _name(name: str) -> str:
    if not fits_in_address(name):
        raise ValueError("should be a name that fits into the address of a page: no / or control character in it")
    return name


def _whole_path(path: Path) -> Path:
    return path.expanduser().absolute()


Folder = Annotated[Path, AfterValidator(_whole_path)]
OptionalFolder = Folder | None
Name = Annotated[str, Field(min_length=1, max_length=LONGEST_NAME), AfterValidator(_name)]


def clock_time(value: object) -> object:
    """Refuse a number where a time of day is meant: 6 and 06.00 are numbers in TOML."""
    if isinstance(value, (int, float)):
        raise ValueError('should be a time of day in quotes, such as "06:00"')
    return value
