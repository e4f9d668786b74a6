"""Settings from file, environment and command line, and a sentence for each that cannot be used."""

import difflib
import json
import os
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails
from pydantic_settings import SettingsConfigDict, SettingsError

from footfall.config import ENVIRONMENT_PREFIX, Settings
from ingest.addresses import redact
from schemas.errors import ConfigError

# Where model files lie and are kept, and what the tests and benches read: no settings of the program.
_NOT_SETTINGS = {
    "FOOTFALL_CACHE",
    "FOOTFALL_DATA",
    "FOOTFALL_FACES",
    "FOOTFALL_MODELS",
    "FOOTFALL_REFERENCE_PYTHON",
    "FOOTFALL_TEST_FAIL_AT",
    "FOOTFALL_TEST_KAFKA",
    "FOOTFALL_TEST_POSTGRES",
}
# What may hold a password in any form is never shown, also where it could not be read.
_LISTS = ("camera", "reports.schedule")
_SECRET = {"api.key", "arrivals.tags_url", "camera.url", "database", "events.url", "mail.password"}
_IN_OUR_WORDS = {
    "model_type": "should be a table",
    "tuple_type": "should be a list",
    "timezone_aware": "should end in its offset from UTC, such as Z or +08:00",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One setting: its dotted name, the environment variable that sets it, and what it does."""

    name: str
    environment: str
    description: str


def load_settings(file: Path | None, **command_line: Any) -> Settings:
    """Return the settings of a TOML file (None: none), the environment above it, the command line above both.

    ``command_line`` holds settings as the file would, groups as mappings. Raises ConfigError naming each setting that
    is unknown, with the nearest one there is, or has a value it cannot have, with what is expected.
    """
    if file:
        _require_toml(file)
    _require_known_environment()

    class FromFile(Settings):
        model_config = SettingsConfigDict(toml_file=file)

    try:
        return FromFile(**command_line)
    except ValidationError as error:
        problems = [_sentence(problem, file, command_line) for problem in error.errors(include_url=False)]
    except SettingsError:
        problems = [_malformed_environment()]
    # Not chained: the library's error carries the addresses of cameras, passwords included.
    raise ConfigError("\n".join(problems))


def settings_list() -> list[Setting]:
    """Return every setting there is, in the order of the file."""
    return [
        Setting(name=name, environment=_environment_of(name), description=field.description or "")
        for name, field in _fields(Settings)
    ]


def _require_toml(file: Path) -> None:
    try:
        tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"{file}: {error.strerror}: give another file with --config") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{file}: this is not TOML: {redact(str(error))}") from None


def _fields(model: type[BaseModel], prefix: str = "") -> Iterator[tuple[str, FieldInfo]]:
    for name, field in model.model_fields.items():
        inner = [kind for kind in (field.annotation, *get_args(field.annotation)) if _is_group(kind)]
        if inner:
            yield from _fields(inner[0], f"{prefix}{name}.")
        else:
            yield prefix + name, field


def _is_group(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseModel)


def _environment_of(name: str) -> str:
    # A list of tables is one variable, written as JSON.
    whole = next((one for one in _LISTS if name.startswith(f"{one}.")), name)
    return ENVIRONMENT_PREFIX + whole.replace(".", "_").upper()


def _require_known_environment() -> None:
    known = {setting.environment for setting in settings_list()}
    for name in sorted(set(os.environ) - known - _NOT_SETTINGS):
        if name.startswith(ENVIRONMENT_PREFIX):
            raise ConfigError(f"environment variable {name}: there is no such setting{_nearest(name, known)}")


def _malformed_environment() -> str:
    for name in (
        "FOOTFALL_CAMERA",
        "FOOTFALL_STORE_OPENING_HOURS",
        "FOOTFALL_WEBHOOKS_ALLOW",
        "FOOTFALL_REPORTS_SCHEDULE",
    ):
        try:
            json.loads(os.environ.get(name, "null"))
        except json.JSONDecodeError as error:
            return f"environment variable {name}: this is not JSON: {error}"
    return "the environment variables FOOTFALL_… cannot be read"


def _sentence(problem: ErrorDetails, file: Path | None, command_line: Mapping[str, Any]) -> str:
    # Of a name that a table cannot hold, the library says where it stands, and then in brackets that it is a name.
    path, value = tuple(part for part in problem["loc"] if part != "[key]"), problem["input"]
    name = ".".join(part for part in path if isinstance(part, str))
    complaint = _IN_OUR_WORDS.get(problem["type"], problem["msg"].removeprefix("Value error, ").removeprefix("Input "))
    if problem["type"] == "extra_forbidden":
        complaint = "there is no such setting" + _nearest(name, {setting.name for setting in settings_list()})
    elif problem["type"] == "missing":
        complaint = "is missing: " + "".join(setting.description for setting in settings_list() if setting.name == name)
    elif name not in _SECRET and not isinstance(value, Mapping | list | tuple | BaseModel):
        complaint = f"{redact(repr(value))}: {complaint}"
    shown = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path).lstrip(".")
    return ": ".join(part for part in (_origin(path, name, file, command_line), shown, complaint) if part)


def _origin(path: Sequence[int | str], name: str, file: Path | None, command_line: Mapping[str, Any]) -> str:
    if _holds(command_line, path):
        return "command line"
    if path and _environment_of(name) in os.environ:
        return f"environment variable {_environment_of(name)}"
    return str(file) if file else "settings"


def _holds(tree: Any, path: Sequence[int | str]) -> bool:
    try:
        for part in path:
            tree = tree[part]
    except (KeyError, IndexError, TypeError):
        return False
    return bool(path)


def _nearest(name: str, known: set[str]) -> str:
    last = name.rpartition(".")[2]
    same_name = sorted(candidate for candidate in known if candidate.rpartition(".")[2] == last)
    near = same_name or difflib.get_close_matches(name, sorted(known), n=1, cutoff=0.5)
    return f"; did you mean {near[0]}?" if near else "; docs/configuration.md lists them all"
