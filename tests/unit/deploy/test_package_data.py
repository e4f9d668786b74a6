"""What is installed without the repository, as in the image, holds every file that the packages read."""

import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
SETUPTOOLS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["setuptools"]
PACKAGES = ("schemas", "faces", "ingest", "matcher", "analytics", "simulator", "evaluation", "footfall")


def installed(package: str) -> set[Path]:
    """Return the files of a package that its package-data names, and those of the packages within it."""
    return {
        path
        for named, patterns in SETUPTOOLS["package-data"].items()
        if named.split(".")[0] == package
        for pattern in patterns
        for path in (ROOT / named.replace(".", "/")).glob(pattern)
    }


@pytest.mark.parametrize("package", PACKAGES)
def test_every_file_of_a_package_that_is_no_code_is_installed_with_it(package: str):
    there = {path for path in (ROOT / package).rglob("*") if path.is_file() and "__pycache__" not in path.parts}
    data = {path for path in there if path.suffix not in (".py", ".pyc", ".mo")}
    assert sorted(map(str, data - installed(package))) == []
