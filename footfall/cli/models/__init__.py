"""``footfall models``: model packs. One module for each group of commands."""

from footfall.cli.models import add, bench, listing, pull, remove, verify  # noqa: F401 - each registers its commands
