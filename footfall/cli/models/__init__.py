"""``footfall models``: model packs. One module for each group of commands."""

from footfall.cli.models import (  # noqa: F401 - each registers its commands
    add,
    bench,
    calibrate,
    evaluate,
    listing,
    pull,
    remove,
    verify,
)
