"""What is said of a UV beside its figure: how many people it probably stands for, and what that rests on."""

from analytics.presentation.language import _
from analytics.presentation.wording import day_text, number_text, share_text
from analytics.reports.chain_report import ChainReport
from analytics.reports.report import Report
from analytics.reports.uv_estimate import Bias, Doubt, UvEstimate

_LITTLE = 0.05


def likely(report: Report | ChainReport) -> str:
    """Return in a few words how many people a UV probably stands for; empty where nobody was counted."""
    estimate, uv = report.uv_estimate, report.figures.uv
    if not uv:
        return ""
    if estimate.value is None:
        return _("error not known yet")
    interval = likely_range(estimate)
    if estimate.doubt is not Doubt.NONE:
        return _("{interval}; not sure", interval=interval)
    match estimate.bias, abs(estimate.value - uv) <= _LITTLE * uv:
        case Bias.TOO_HIGH, True:
            return _("likely {interval}; counted is a little high", interval=interval)
        case Bias.TOO_HIGH, False:
            return _("likely {interval}; counted is too high", interval=interval)
        case Bias.TOO_LOW, True:
            return _("likely {interval}; counted is a little low", interval=interval)
        case Bias.TOO_LOW, False:
            return _("likely {interval}; counted is too low", interval=interval)
        case _other:
            return _("likely {interval}", interval=interval)


def likely_range(estimate: UvEstimate) -> str:
    """Return the interval, where it cannot be trusted with a word that says so; empty where there is none."""
    if estimate.low is None or estimate.high is None:
        return ""
    interval = _("{low} to {high}", low=number_text(estimate.low), high=number_text(estimate.high))
    return interval if estimate.trusted else _("perhaps {interval}", interval=interval)


def why(report: Report | ChainReport) -> str:
    """Return in a sentence or two what the estimate rests on, or why there is none."""
    estimate = report.uv_estimate
    if not report.figures.uv:
        return ""
    if estimate.value is None:
        return _(
            "How often visitors are counted twice is reckoned by night, once 50 visits by people who came before were "
            "recognised within four weeks, and if the model pack says how it errs."
        )
    stores = (report,) if isinstance(report, Report) else report.stores
    rates = [one.rates for one in stores if one.rates is not None]
    says = _(
        "95 % interval. Rests on {decided} visits recognised in the four weeks before {day}: of the visits by people "
        "who are known, about {share} get a FaceId of their own. Measured on {people}.",
        decided=number_text(sum(one.decided for one in rates)),
        day=day_text(max(one.at for one in rates).date()),
        share=share_text(max(one.fnir.mean for one in rates)),
        people="; ".join(dict.fromkeys(one.measured_on for one in rates)),
    )
    return " ".join(filter(None, (_doubt(estimate.doubt), says)))


def _doubt(doubt: Doubt) -> str:
    match doubt:
        case Doubt.OFTEN_LOST:
            return _("Not to be trusted: visitors are lost so often that errors of the estimate weigh as much as it.")
        case Doubt.ACROSS_STORES:
            return _("Not to be trusted: how often a visitor of one store is not found in another is not measured.")
        case Doubt.SOME_STORES:
            return _("Not to be trusted: of some stores it is not known, and they are taken to err as the others do.")
        case _other:
            return ""
