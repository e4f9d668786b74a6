"""What the page of an evaluation says, block by block."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from analytics.presentation.charts import ACCENT, GREY, SECOND
from analytics.presentation.page import Fact, Section, Table
from evaluation.bootstrap import Interval
from evaluation.charts import COLORS, Axis, Line, histogram, line_chart
from evaluation.error_rates import FEWEST_BEHIND, RULE_OF_THIRTY, ErrorRate, curve
from evaluation.identification import Identification
from evaluation.measurement import Cost, Evaluation, GroupRates, ShotsFused
from evaluation.minting import ORDERS, Minting
from evaluation.open_set import OpenSet
from evaluation.rejection import SHARES, RejectCurve
from evaluation.wording import count_text
from matcher.policy import Policy

_BINS = 60
_UNREADABLE_NAMED = 5


def sections_of(evaluation: Evaluation) -> Iterator[Section]:
    """Yield the blocks of the page; what was not measured is left out."""
    yield _summary(evaluation)
    if evaluation.fused:
        yield _rates(evaluation)
        yield _trade_off(evaluation)
    singles = evaluation.fused.get(1) or next(iter(evaluation.fused.values()), None)
    if singles and len(singles.comparisons.mated) and len(singles.comparisons.non_mated):
        yield _scores(singles)
    if evaluation.minting:
        yield _minting(evaluation.minting)
    if evaluation.open_set:
        yield _open_set(evaluation.open_set)
    if evaluation.reject_curves:
        yield _rejection(evaluation.reject_curves)
    if evaluation.identification:
        yield _identification(evaluation.identification)
    if evaluation.groups:
        yield _groups(evaluation.groups)
    if evaluation.cost:
        yield _cost(evaluation.cost)


def _summary(evaluation: Evaluation) -> Section:
    facts = [Fact(label="People", value=f"{evaluation.people:,}", note=f"{evaluation.pictures:,} pictures")]
    if evaluation.pairs_accuracy:
        facts.append(
            Fact(
                label="Pairs answered rightly",
                value=f"{evaluation.pairs_accuracy.value:.2%}",
                note=_span(evaluation.pairs_accuracy),
            )
        )
    facts += [
        Fact(
            label="No face found",
            value=f"{evaluation.failure_to_detect:.1%}",
            note=count_text(len(evaluation.faces.without_face), "picture"),
        ),
        Fact(
            label="Refused by the gates",
            value=f"{evaluation.rejected_by_quality:.1%}",
            note=_reasons(evaluation) or "none",
            term="gates",
        ),
    ]
    return Section(
        title="What was measured",
        facts=tuple(facts),
        warning=_unreadable(list(evaluation.faces.unreadable)),
        wide=True,
    )


def _unreadable(names: Sequence[str]) -> str:
    if not names:
        return ""
    listed = ", ".join(names[:_UNREADABLE_NAMED])
    more = f" and {len(names) - _UNREADABLE_NAMED:,} more" if len(names) > _UNREADABLE_NAMED else ""
    return f"{count_text(len(names), 'picture')} could not be read: {listed}{more}."


def _reasons(evaluation: Evaluation) -> str:
    rejections = evaluation.faces.rejections
    reasons, counts = np.unique(rejections[rejections != ""], return_counts=True)
    return ", ".join(f"{count} {reason.replace('_', ' ')}" for reason, count in zip(reasons, counts, strict=True))


def _rates(evaluation: Evaluation) -> Section:
    rates = next(iter(evaluation.fused.values())).rates
    columns = [_shots(shots) for shots in evaluation.fused]
    rows = [
        (f"{rate:.0e}".replace("e-0", "e-"), *(_cell(fused.rates[rate]) for fused in evaluation.fused.values()))
        for rate in rates
    ]
    return Section(
        title="How often are two visits of one person taken for two people?",
        text=(
            "FNMR, with its 95 % interval over people, at the threshold that takes so large a share of the pairs of "
            f"different people for one person (FMR). –: fewer than {FEWEST_BEHIND} pairs of different people can tell. "
            f"≈: fewer than {RULE_OF_THIRTY} do."
        ),
        table=Table(columns=("FMR", *columns), rows=tuple(rows)),
        wide=True,
    )


def _trade_off(evaluation: Evaluation) -> Section:
    lines = []
    for color, (shots, fused) in zip(COLORS, evaluation.fused.items(), strict=False):
        fmr, fnmr = curve(fused.comparisons)
        if len(fmr):
            lines.append(Line(name=_shots(shots), x=fmr.tolist(), y=fnmr.tolist(), color=color))
    return Section(
        title="What does a stricter threshold cost?",
        text="DET curve: false matches against missed ones, both on logarithmic axes; nearer to the corner is better.",
        chart=line_chart(
            lines, Axis(title="FMR", kind="rate", high=0.5), Axis(title="FNMR", kind="rate", low=1e-4, high=1.0)
        )
        if lines
        else None,
    )


def _scores(singles: ShotsFused) -> Section:
    mated, non_mated = singles.comparisons.mated, singles.comparisons.non_mated
    edges = np.linspace(0.0, float(max(mated.distance[-1], non_mated.distance[-1])), _BINS + 1)
    of_same = np.histogram(mated.distance, edges)[0] / len(mated)
    of_others = np.histogram(non_mated.distance, edges, weights=non_mated.weight)[0] / non_mated.weight.sum()
    return Section(
        title="How far apart do faces lie?",
        text="Distances between pictures of one person, and between pictures of two.",
        chart=histogram(
            edges.tolist(),
            [("one person", of_same.tolist(), ACCENT), ("two people", of_others.tolist(), SECOND)],
            Axis(title="distance", kind="distance"),
        ),
    )


def _minting(minting: Minting) -> Section:
    low, high = minting.uv_error_range
    return Section(
        title="Would visitors be counted rightly?",
        text=(
            "Everyone with six usable pictures comes twice, three different photographs a visit, in random order; the "
            f"matcher decides by its shipped policy. In {ORDERS} orders the UV error was {low:+.1%} to {high:+.1%}."
        ),
        warning=(
            f"{minting.without_face_id:.1f} of {minting.visits} visits got no FaceId: their shots disagreed too much."
            if minting.without_face_id
            else ""
        ),
        facts=(
            Fact(label="UV", value=f"{minting.uv:.1f}", note=f"{minting.people} people", term="UV"),
            Fact(label="UV error", value=f"{minting.uv_error:+.1%}", term="UV"),
            Fact(label="Pair precision", value=f"{minting.pair_precision:.3f}", term="pair precision"),
            Fact(label="Pair recall", value=f"{minting.pair_recall:.3f}", term="pair recall"),
        ),
        wide=True,
    )


def _open_set(open_set: OpenSet) -> Section:
    sizes = [size.size for size in open_set.sizes]
    measured = (
        ("FPIR", [size.fpir for size in open_set.sizes], ACCENT),
        ("FNIR", [size.fnir for size in open_set.sizes], SECOND),
    )
    lines = [
        Line(
            name=name,
            x=sizes,
            y=[interval and interval.value for interval in intervals],
            error=[interval and (interval.low, interval.high) for interval in intervals],
            color=color,
            points=True,
        )
        for name, intervals, color in measured
        if any(interval is not None for interval in intervals)
    ]
    foretold = [size.fpir_foretold for size in open_set.sizes]
    if None not in foretold:
        lines.append(Line(name="FPIR foretold", x=sizes, y=foretold, color=GREY, dash="dot", points=True))
    columns = (
        "Templates",
        "of real people",
        "searches",
        "threshold",
        "FPIR",
        "FNIR",
        "FPIR foretold",
        "threshold kept",
    )
    rows = tuple(
        (
            f"{size.size:,}",
            f"{size.real:,}",
            f"{size.searches:,}",
            f"{size.threshold:.3f}",
            _share(size.fpir),
            _share(size.fnir),
            _percent(size.fpir_foretold),
            _percent(size.fpir_unchanged),
        )
        for size in open_set.sizes
    )
    return Section(
        title="Does a larger gallery bring more false matches?",
        text=(
            "Visits of three shots, searched by the shipped policy, which grants "
            f"{Policy().false_merge_budget:.1%} false matches at any size. Beyond the people there are pictures of the "
            "gallery holds invented ones. Within the distance that one real pair in a hundred comes to they come "
            f"{open_set.invented_nearness:.2f} times as often, so FPIR is also foretold from the real pairs alone, as "
            "it would be were all templates of people like these; in the table, also for a threshold that does not "
            "follow the size."
        ),
        chart=line_chart(lines, Axis(title="templates in the gallery", kind="number"), Axis(title="share of searches")),
        table=Table(columns=columns, rows=rows),
        wide=True,
    )


def _rejection(curves: Sequence[RejectCurve]) -> Section:
    lines = [
        Line(name=f"at FMR {one.fmr:.0e}".replace("e-0", "e-"), x=SHARES, y=one.fnmr, color=color, points=True)
        for color, one in zip(COLORS, curves, strict=False)
    ]
    rows = tuple(
        (f"{share:.1%}", *("–" if one.fnmr[place] is None else f"{one.fnmr[place]:.2%}" for one in curves))
        for place, share in enumerate(SHARES)
    )
    return Section(
        title="Does the quality score know which crops will fail?",
        text="FNMR of single shots when the crops of lowest quality are refused, at one threshold, without gates.",
        chart=line_chart(lines, Axis(title="share of the crops refused"), Axis(title="FNMR", low=0.0)),
        table=Table(columns=("refused", *(line.name for line in lines)), rows=rows),
    )


def _identification(found: Identification) -> Section:
    lines = [
        Line(name="recall", x=[at for at, _ in found.recall], y=[share for _, share in found.recall], color=ACCENT),
        Line(
            name="precision",
            x=[at for at, _ in found.precision],
            y=[share for _, share in found.precision],
            color=SECOND,
        ),
    ]
    return Section(
        title="Who is it, when everyone is known?",
        text=(
            f"{found.searches:,} single shots searched among one of each of {found.gallery:,} people. Nearest is right "
            f"in {found.top_1.value:.1%} (top-1, {_span(found.top_1)}), among the nearest five in "
            f"{found.top_5.value:.1%} (top-5, {_span(found.top_5)}). The chart accepts the nearest within a threshold."
        ),
        chart=line_chart(
            lines, Axis(title="threshold (distance)", kind="distance"), Axis(title="share", low=0.0, high=1.0)
        ),
    )


def _groups(groups: Mapping[str, GroupRates]) -> Section:
    rows = tuple(
        (
            name,
            f"{group.people:,}",
            f"{group.pictures:,}",
            *(_cell(found) for rate, found in group.rates.items() if rate >= 1e-4),
            "–" if group.fmr_at_shared is None else f"{group.fmr_at_shared:.2e}",
        )
        for name, group in groups.items()
    )
    return Section(
        title="Is one threshold fair to all groups?",
        text=(
            "Single shots, each group among itself. The last column is the FMR within the group at the threshold that "
            "gives 1e-3 over all: where it is higher, people of the group are taken for one another more often."
        ),
        table=Table(
            columns=("Group", "people", "pictures", "FNMR at 1e-2", "at 1e-3", "at 1e-4", "FMR at shared threshold"),
            rows=rows,
        ),
        wide=True,
    )


def _cost(cost: Cost) -> Section:
    return Section(
        title="What does it cost?",
        text="For each picture, when it was first looked at.",
        facts=(
            Fact(label="Finding faces", value=f"{cost.detect_ms[0]:.1f} ms", note=f"P99 {cost.detect_ms[1]:.1f} ms"),
            Fact(label="Embedding one", value=f"{cost.embed_ms[0]:.1f} ms", note=f"P99 {cost.embed_ms[1]:.1f} ms"),
            Fact(label="Processor time", value=f"{cost.cpu_ms:.1f} ms", note="mean"),
            Fact(label="Memory", value=f"{cost.rss_mb:.0f} MB", note="peak of this evaluation"),
        ),
        wide=True,
    )


def _cell(found: ErrorRate | None) -> str:
    if found is None:
        return "–"
    return (
        f"{'≈ ' if found.thin else ''}{found.fnmr.value:.2%} ({100 * found.fnmr.low:.1f}–{100 * found.fnmr.high:.1f})"
    )


def _share(interval: Interval | None) -> str:
    return "–" if interval is None else f"{interval.value:.2%} ({100 * interval.low:.1f}–{100 * interval.high:.1f})"


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{share:.2%}"


def _span(interval: Interval) -> str:
    return f"{interval.low:.2%} to {interval.high:.2%}"


def _shots(shots: int) -> str:
    return "1 shot" if shots == 1 else f"{shots} shots fused"
