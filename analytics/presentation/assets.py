"""What a page loads beside its HTML: one style sheet, one script, and Plotly's where a chart stands.

The style sheet is every file of ``static/css`` in the order of their names, the script every file of ``static/js``: a
part for each thing that has a look or a behaviour of its own.
"""

import gzip
from functools import cache
from hashlib import sha256
from importlib.resources import files

from plotly.offline import get_plotlyjs


@cache
def asset(name: str) -> str:
    """Return the text of a file of ``static/``, such as ``js/charts.js``."""
    return files("analytics.presentation").joinpath("static", name).read_text(encoding="utf-8")


@cache
def style() -> str:
    """Return the style sheet."""
    return _joined("css")


@cache
def script() -> str:
    """Return the script; every part of it does nothing on a page without what it is for."""
    return _joined("js")


@cache
def version(text: str) -> str:
    """Return what changes with a text, for an address that may be kept for good."""
    return sha256(text.encode()).hexdigest()[:8]


@cache
def chart_library() -> str:
    """Return Plotly's script, as the plotly package carries it."""
    return str(get_plotlyjs())


@cache
def packed(text: str) -> bytes:
    """Return a text in gzip: Plotly's script is a third of its size then."""
    return gzip.compress(text.encode(), compresslevel=6)


def _joined(kind: str) -> str:
    parts = files("analytics.presentation").joinpath("static", kind).iterdir()
    return "\n".join(part.read_text(encoding="utf-8") for part in sorted(parts, key=lambda part: part.name))
