"""``footfall models``: model packs. One module for each group of commands."""

from footfall.cli.models import bench, packs  # noqa: F401 - each registers its commands
