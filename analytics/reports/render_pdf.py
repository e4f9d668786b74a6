"""A report on paper: the sections of its page, charts drawn as lines, figures and their marks as there."""

import io
from dataclasses import replace
from typing import Any
from xml.sax.saxutils import escape

from reportlab.lib.colors import HexColor
from reportlab.lib.enums import TA_RIGHT
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import BaseDocTemplate, Flowable, Frame, KeepTogether, PageTemplate, Paragraph, Spacer, Table

from analytics.presentation.drawn_charts import COLORS, drawn
from analytics.presentation.page import Fact, Section
from analytics.presentation.page import Table as Rows
from analytics.presentation.paper import font_of, on_paper
from analytics.reports.about import MARKS, NEVER_ADD_UV
from analytics.reports.chain_report import ChainReport
from analytics.reports.chain_sections import chain_sections
from analytics.reports.report import Report
from analytics.reports.report_sections import whole_sections
from analytics.reports.report_summary import lead_of, title_of

_MARGIN = 18 * mm
_WIDTH = A4[0] - 2 * _MARGIN
_FACTS_A_ROW = 3
_MOST_ROWS_BESIDE_A_CHART = 31
_CHART_HEIGHT, _WIDE_CHART_HEIGHT = 130, 160
_MUTED, _TEXT, _LINE = COLORS["var(--muted)"], COLORS["var(--text)"], COLORS["var(--line)"]
_WARN = "#8a5a00"


def render_pdf(report: Report | ChainReport) -> bytes:
    """Return the report as PDF, A4. Single visits are left out, and the rows of a chart that has too many to print.

    Letters are those of Latin and Chinese.
    """
    sections = whole_sections(report) if isinstance(report, Report) else chain_sections(report)
    title, lead = title_of(report), lead_of(report)
    parts: list[Flowable] = [_paragraph(title, size=18, bold=True), _paragraph(lead, color=_MUTED), Spacer(0, 4 * mm)]
    printed: set[str] = set()
    for section in sections:
        # What a table before has said is not said again beside the next chart.
        repeats = section.table is not None and set(section.table.columns) <= printed
        parts += _section(replace(section, table=None) if repeats else section)
        printed |= set(() if section.table is None else section.table.columns) if section.chart else set()
    parts += [Spacer(0, 4 * mm), _paragraph(f"{NEVER_ADD_UV} {MARKS}", color=_MUTED, size=8)]
    file = io.BytesIO()
    document = BaseDocTemplate(
        file, pagesize=A4, title=on_paper(title), subject=on_paper(f"{lead} {NEVER_ADD_UV}"), creator="Footfall"
    )
    frame = Frame(_MARGIN, _MARGIN + 6 * mm, _WIDTH, A4[1] - 2 * _MARGIN - 6 * mm, 0, 0, 0, 0)
    foot = f"{title} · {lead}"
    document.addPageTemplates([PageTemplate(frames=[frame], onPage=lambda canvas, _: _foot(canvas, foot))])
    document.build(parts)
    return file.getvalue()


def _section(section: Section) -> list[Flowable]:
    head: list[Flowable] = [_paragraph(section.title, size=12, bold=True, before=4 * mm)]
    if section.text:
        head.append(_paragraph(section.text, color=_MUTED))
    if section.warning:
        head.append(_paragraph(f"* {section.warning}", color=_WARN))
    if section.facts:
        head.append(_facts(section.facts))
    if section.chart is not None:
        head.append(drawn(section.chart, _WIDTH, _WIDE_CHART_HEIGHT if section.wide else _CHART_HEIGHT))
    rows = section.table
    if rows is None or not rows.rows or (section.chart and len(rows.rows) > _MOST_ROWS_BESIDE_A_CHART):
        return [KeepTogether(head)]
    return [KeepTogether(head), Spacer(0, 1 * mm), _rows(rows)]


def _facts(facts: tuple[Fact, ...]) -> Table:
    cells = [
        [
            _paragraph(fact.label, color=_MUTED, size=8),
            _paragraph(fact.value + ("*" if fact.marked else ""), size=15, bold=True),
            _paragraph(" · ".join(filter(None, (fact.likely, fact.note))), color=_MUTED, size=7.5),
        ]
        for fact in facts
    ]
    rows: list[list[Any]] = [cells[start : start + _FACTS_A_ROW] for start in range(0, len(cells), _FACTS_A_ROW)]
    rows[-1] += [""] * (_FACTS_A_ROW - len(rows[-1]))
    style = [("VALIGN", (0, 0), (-1, -1), "TOP"), ("LEFTPADDING", (0, 0), (-1, -1), 0)]
    return Table(rows, colWidths=[_WIDTH / _FACTS_A_ROW] * _FACTS_A_ROW, style=style, hAlign="LEFT")


def _rows(rows: Rows) -> Table:
    size = 7.5 if len(rows.columns) <= 8 else 6.5
    cells = [
        [_paragraph(text, size=size, color=color, right=column > 0) for column, text in enumerate(row)]
        for row, color in ((rows.columns, _MUTED), *((row, _TEXT) for row in rows.rows))
    ]
    style = [
        ("LINEBELOW", (0, 0), (-1, 0), 0.6, HexColor(_MUTED)),
        ("LINEBELOW", (0, 1), (-1, -1), 0.25, HexColor(_LINE)),
        ("TOPPADDING", (0, 0), (-1, -1), 1.5),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 1.5),
        ("LEFTPADDING", (0, 0), (0, -1), 0),
        ("VALIGN", (0, 0), (-1, -1), "BOTTOM"),
    ]
    first = _WIDTH * (0.24 if len(rows.columns) <= 9 else 0.12)
    others = (_WIDTH - first) / max(1, len(rows.columns) - 1)
    widths = [first, *[others] * (len(rows.columns) - 1)]
    return Table(cells, colWidths=widths, repeatRows=1, style=style, hAlign="LEFT")


def _paragraph(
    text: str, *, size: float = 9, bold: bool = False, color: str = _TEXT, right: bool = False, before: float = 0
) -> Paragraph:
    font = font_of(text, bold=bold)
    style = ParagraphStyle(
        "text",
        fontName=font,
        fontSize=size,
        leading=size * 1.3,
        textColor=HexColor(color),
        spaceBefore=before,
        spaceAfter=1 * mm if size >= 9 else 0,
        alignment=TA_RIGHT if right else 0,
        wordWrap=None if font_of("") == font or bold else "CJK",
    )
    return Paragraph(escape(on_paper(text)), style)


def _foot(canvas: Canvas, text: str) -> None:
    canvas.saveState()
    canvas.setFillColor(HexColor(_MUTED))
    canvas.setFont(font_of(text), 7)
    canvas.drawString(_MARGIN, _MARGIN - 2 * mm, on_paper(text)[:140])
    canvas.setFont(font_of(""), 7)
    canvas.drawRightString(A4[0] - _MARGIN, _MARGIN - 2 * mm, str(canvas.getPageNumber()))
    canvas.restoreState()
