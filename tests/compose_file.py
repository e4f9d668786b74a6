"""docker-compose.yml as compose reads it: with what .env.example says, and passwords."""

import re
from pathlib import Path
from typing import Any

import yaml
from dotenv import dotenv_values

ROOT = Path(__file__).resolve().parent.parent
PASSWORDS = {"POSTGRES_PASSWORD": "open-sesame", "GRAFANA_PASSWORD": "open-sesame"}
OURS = ("topics", "tables", "film", "ingest", "matcher", "analytics")
ROLES = ("ingest", "matcher", "analytics")

_VARIABLE = re.compile(r"\$\{(\w+)(?::([-?])([^}]*))?\}")


def compose_text() -> str:
    """The file as it stands."""
    return (ROOT / "docker-compose.yml").read_text(encoding="utf-8")


def variables() -> set[str]:
    """The variables that the file asks for."""
    return {name for name, _, _ in _VARIABLE.findall(compose_text())}


def example() -> dict[str, str]:
    """What .env.example says."""
    return {name: value or "" for name, value in dotenv_values(ROOT / ".env.example").items()}


def services() -> dict[str, dict[str, Any]]:
    """Every service, its variables filled in."""
    given = example() | PASSWORDS

    def filled(found: re.Match[str]) -> str:
        name, kind, default = found.groups()
        value = given.get(name, default if kind == "-" else None)
        assert value, f"{name} is asked for and not given"
        return str(value)

    def fill(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: fill(one) for key, one in value.items()}
        if isinstance(value, list):
            return [fill(one) for one in value]
        return _VARIABLE.sub(filled, value) if isinstance(value, str) else value

    found = fill(yaml.safe_load(compose_text())["services"])
    assert isinstance(found, dict)
    return found
