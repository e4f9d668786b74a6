"""Pages of the house style: the blocks they are made of, and a page in one file that needs no server.

What a live page and a file share (style sheet, chart script, the macros of ``templates/blocks.html``) is held once.
"""

import csv
import gzip
import io
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from urllib.parse import quote

from jinja2 import Environment, PackageLoader, StrictUndefined
from plotly.offline import get_plotlyjs

from analytics.presentation.charts import Figure

GLOSSARY = {
    "PV": "visits that began in the range; one person twice counts twice",
    "UV": "distinct visitors in the range; never added over hours, days or stores",
    "visit": "sightings of one visitor with no gap above the session gap",
    "new": "no visit on an earlier day since records began",
    "returning": "a visit on an earlier day",
    "dwell": "first to last sighting of a visit, as observed; a visit seen once has none",
    "bounce": "a visit with an observed dwell under 60 seconds",
    "completeness": "camera time seen ÷ camera time expected; below 95 % a figure is marked",
    "capture rate": "tracks that gave a usable face ÷ all face tracks",
    "cross-store": "a visitor with visits to two or more of the chosen stores in the range",
    "conversion": "transactions of the till ÷ visits; above 100 % it is a fault in the data",
    "FaceId": "the pseudonym of a recognised visitor; not a name",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One large figure with its name. ``term`` is its entry in the glossary, ``marked`` draws it as incomplete."""

    label: str
    value: str
    note: str = ""
    term: str = ""
    marked: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Rows of text under their columns."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    @property
    def csv_url(self) -> str:
        """The table as a file to download, without a server."""
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerows([self.columns, *self.rows])
        return "data:text/csv;charset=utf-8," + quote(text.getvalue())


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """One block of a page: a finding or a question, and what answers it.

    A table beside a chart is folded away under "Show as table"; without a chart it stands open. ``warning`` says what
    is missing. ``wide`` blocks take the whole width of the page.
    """

    title: str
    text: str = ""
    warning: str = ""
    facts: tuple[Fact, ...] = ()
    chart: Figure | None = None
    table: Table | None = None
    wide: bool = False


@cache
def environment() -> Environment:
    """Return the templates, with escaping on and an error for any name that is not given."""
    made = Environment(
        loader=PackageLoader("analytics.presentation"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals["glossary"] = GLOSSARY
    return made


@cache
def asset(name: str) -> str:
    """Return the text of a file of ``static/``."""
    return files("analytics.presentation").joinpath("static", name).read_text(encoding="utf-8")


@cache
def chart_library() -> str:
    """Return Plotly's script, as the plotly package carries it."""
    return str(get_plotlyjs())


@cache
def chart_library_gzip() -> bytes:
    """Return Plotly's script packed, a third of its size."""
    return gzip.compress(chart_library().encode(), compresslevel=6)


def render_page(title: str, sections: Sequence[Section], *, lead: str = "") -> str:
    """Return an HTML page in one file: styles, scripts and data inside, no request to anyone.

    ``lead`` is the sentence under the title. All texts are plain and are escaped.
    """
    return (
        environment()
        .get_template("file.html")
        .render(
            title=title,
            lead=lead,
            sections=sections,
            style=asset("footfall.css"),
            charts_script=asset("charts.js"),
            chart_library=chart_library() if any(section.chart for section in sections) else "",
        )
    )
