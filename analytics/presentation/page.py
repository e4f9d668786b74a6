"""Pages of the house style: the blocks they are made of, and a page in one file that needs no server.

What a live page and a file share (style sheet, chart script, the macros of ``templates/blocks.html``) is held once.
"""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from urllib.parse import quote

from jinja2 import Environment, PackageLoader, StrictUndefined

from analytics.presentation.assets import asset, chart_library, style
from analytics.presentation.charts import Figure
from analytics.presentation.harmless import harmless
from analytics.presentation.language import install, language, later

GLOSSARY = {
    later("PV"): later("visits that began in the range; one person twice counts twice"),
    later("UV"): later("distinct visitors in the range; never added over hours, days or stores"),
    later("visit"): later("sightings of one visitor with no gap above the session gap"),
    later("new"): later("no visit on an earlier day since records began"),
    later("returning"): later("a visit on an earlier day"),
    later("dwell"): later("first to last sighting of a visit, as observed; a visit seen once has none"),
    later("bounce"): later("a visit with an observed dwell under 60 seconds"),
    later("completeness"): later("camera time seen ÷ camera time expected; below 95 % a figure is marked"),
    later("capture rate"): later("tracks that gave a usable face ÷ all face tracks"),
    later("cross-store"): later("a visitor with visits to two or more of the chosen stores in the range"),
    later("conversion"): later("transactions of the till ÷ visits; above 100 % it is a fault in the data"),
    later("FaceId"): later("the pseudonym of a recognised visitor; not a name"),
}
"""The terms and what they mean, to be said with ``_``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One large figure with its name. ``term`` is its entry in the glossary, ``marked`` draws it as incomplete.

    ``likely`` says in a few words what it probably stands for, and ``why`` explains that where the pointer rests on it.
    """

    label: str
    value: str
    note: str = ""
    term: str = ""
    marked: bool = False
    likely: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Rows of text under their columns."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    @property
    def csv_url(self) -> str:
        """The table as a file to download, without a server."""
        text = io.StringIO()
        rows = [list(map(harmless, row)) for row in (self.columns, *self.rows)]
        csv.writer(text, lineterminator="\n").writerows(rows)
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
    install(made)
    return made


def render_page(title: str, sections: Sequence[Section], *, lead: str = "") -> str:
    """Return an HTML page in one file: styles, scripts and data inside, no request to anyone.

    ``lead`` is the sentence under the title. All texts are plain and are escaped.
    """
    return (
        environment()
        .get_template("file.html")
        .render(
            language=language(),
            title=title,
            lead=lead,
            sections=sections,
            style=style(),
            charts_script=asset("js/charts.js"),
            chart_library=chart_library() if any(section.chart for section in sections) else "",
        )
    )
