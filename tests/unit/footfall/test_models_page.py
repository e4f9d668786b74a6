"""docs/models.md: its manifests can be read, its commands exist, and no key of a manifest is left out."""

import re
import shlex
from pathlib import Path

import pytest
from pydantic import BaseModel
from typer.main import get_command

from faces.packs.manifest import Alignment, DetectorTable, EmbedderTable, Input, LandmarksTable, Manifest, parse
from footfall.cli import models as _registered  # noqa: F401
from footfall.cli.app import app

PAGE = (Path(__file__).resolve().parents[3] / "docs/models.md").read_text(encoding="utf-8")
MANIFESTS = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)
COMMANDS = re.findall(r"^footfall models (?:list|pull|verify|remove|add)\b.*$", PAGE, re.MULTILINE)


@pytest.mark.parametrize("text", MANIFESTS)
def test_every_manifest_on_the_page_can_be_read(text: str):
    assert parse(Manifest, text, "page").name in {"arcface", "mobilefacenet", "facenet"}


@pytest.mark.parametrize("line", COMMANDS)
def test_every_command_on_the_page_exists(line: str):
    _, group, name, *arguments = shlex.split(line)
    commands = get_command(app).commands[group].commands
    commands[name].make_context(name, arguments, resilient_parsing=False)


@pytest.mark.parametrize(
    ("prefix", "table"),
    [
        ("", Manifest),
        ("detector.", DetectorTable),
        ("landmarks.", LandmarksTable),
        ("embedder.", EmbedderTable),
        ("embedder.input.", Input),
        ("embedder.alignment.", Alignment),
    ],
)
def test_every_key_is_on_the_page(prefix: str, table: type[BaseModel]):
    tables = {"detector", "landmarks", "embedder", "files", "input", "alignment"}
    missing = [key for key in table.model_fields if key not in tables and f"`{prefix}{key}`" not in PAGE]
    assert missing == []
