"""What a report says of who comes again, as a section."""

from analytics.completeness import is_marked
from analytics.presentation.language import _
from analytics.presentation.page import Section, Table
from analytics.presentation.wording import day_text, number_text, share_text
from analytics.reports.chain_report import ChainReport
from analytics.reports.cohorts import Cohort, CohortWeek
from analytics.reports.report import Report

_MOST_WEEKS = 12


def cohort_sections(report: Report | ChainReport) -> list[Section]:
    """Return the cohorts where a range has two whole weeks or more."""
    table = cohorts_table(report)
    if not table.rows:
        return []
    return [
        Section(
            title=_("Who comes again in the weeks after the first visit?"),
            text=_(
                "Of the visitors of each week who had not come before (records since {day}), the share seen again "
                "one, two, three … weeks later. A week that the cameras saw less than 95\u202f% of carries a star.",
                day=day_text(report.known_since),
            ),
            table=table,
            wide=True,
        )
    ]


def cohorts_table(report: Report | ChainReport) -> Table:
    """Return a line for each cohort and a column for each week after, at most twelve; empty without a second week."""
    longest = min(len(report.cohorts) - 1, _MOST_WEEKS)
    if longest < 1:
        return Table(columns=(_("First visit"),), rows=())
    somebody = {week.week for cohort in report.cohorts for week in cohort.weeks if week.visitors}

    def known(week: CohortWeek, text: str) -> str:
        if week.watched.completeness is None and week.week not in somebody:
            return "–"  # nobody watched: that is not nought
        return text + ("*" if is_marked(week.watched.completeness) else "")

    return Table(
        columns=(_("First visit"), _("Visitors"), *(f"+{after}" for after in range(1, longest + 1))),
        rows=tuple(
            (
                cohort.weeks[0].week,
                known(cohort.weeks[0], number_text(cohort.visitors)),
                *(known(week, share_text(cohort.share(after))) for after, week in _later(cohort)),
                *("" for _ in range(longest - len(_later(cohort)))),
            )
            for cohort in report.cohorts
        ),
    )


def _later(cohort: Cohort) -> list[tuple[int, CohortWeek]]:
    return list(enumerate(cohort.weeks))[1 : _MOST_WEEKS + 1]
