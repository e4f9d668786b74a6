"""An evaluation for programs. These names are kept for good; more may join them. What the data cannot tell is null."""

from pathlib import Path
from typing import Any

from evaluation.bootstrap import Interval
from evaluation.error_rates import ErrorRate
from evaluation.measurement import Evaluation

_DIGITS = 6


def as_json(evaluation: Evaluation, html: Path) -> dict[str, Any]:
    """Return the object that ``footfall models evaluate --json`` prints. An interval is [value, low, high]."""
    minting, found, open_set, cost = (
        evaluation.minting,
        evaluation.identification,
        evaluation.open_set,
        evaluation.cost,
    )
    return {
        "pack": evaluation.pack.name,
        "model_id": evaluation.pack.model_id,
        "data": str(evaluation.folder),
        "people": evaluation.people,
        "pictures": evaluation.pictures,
        "unreadable": len(evaluation.faces.unreadable),
        "failure_to_detect": round(evaluation.failure_to_detect, _DIGITS),
        "rejected_by_quality": round(evaluation.rejected_by_quality, _DIGITS),
        "pairs_accuracy": evaluation.pairs_accuracy and round(evaluation.pairs_accuracy.value, _DIGITS),
        "pairs_accuracy_interval": _interval(evaluation.pairs_accuracy),
        "fnmr": {
            str(shots): {_key(rate): _fnmr(found) for rate, found in fused.rates.items()}
            for shots, fused in evaluation.fused.items()
        },
        "thin": {
            str(shots): [_key(rate) for rate, found in fused.rates.items() if found is not None and found.thin]
            for shots, fused in evaluation.fused.items()
        },
        "thresholds": {
            str(shots): {
                _key(rate): None if found is None else round(found.threshold, _DIGITS)
                for rate, found in fused.rates.items()
            }
            for shots, fused in evaluation.fused.items()
        },
        "minting": {
            "people": minting.people if minting else 0,
            "visits": minting.visits if minting else 0,
            "uv": minting and round(minting.uv, 1),
            "uv_error": minting and round(minting.uv_error, _DIGITS),
            "uv_error_range": minting and [round(error, _DIGITS) for error in minting.uv_error_range],
            "pair_precision": minting and round(minting.pair_precision, _DIGITS),
            "pair_recall": minting and round(minting.pair_recall, _DIGITS),
            "pair_precision_range": minting and [round(share, _DIGITS) for share in minting.pair_precision_range],
            "pair_recall_range": minting and [round(share, _DIGITS) for share in minting.pair_recall_range],
            "without_face_id": minting and round(minting.without_face_id, 1),
            "orders": minting and minting.orders,
        },
        "open_set": open_set
        and {
            "invented_nearness": round(open_set.invented_nearness, 3),
            "sizes": {
                str(size.size): {
                    "real": size.real,
                    "searches": size.searches,
                    "threshold": round(size.threshold, _DIGITS),
                    "fpir": _interval(size.fpir),
                    "fnir": _interval(size.fnir),
                    "fpir_foretold": _rounded(size.fpir_foretold),
                    "fpir_unchanged": _rounded(size.fpir_unchanged),
                }
                for size in open_set.sizes
            },
        },
        "identification": found
        and {
            "gallery": found.gallery,
            "searches": found.searches,
            "top_1": _interval(found.top_1),
            "top_5": _interval(found.top_5),
            "recall": [[round(at, 4), round(share, _DIGITS)] for at, share in found.recall],
        },
        "reject_curves": {
            _key(curve.fmr): [None if fnmr is None else round(fnmr, _DIGITS) for fnmr in curve.fnmr]
            for curve in evaluation.reject_curves
        },
        "groups": {
            name: {
                "people": group.people,
                "pictures": group.pictures,
                "fnmr": {_key(rate): _fnmr(found) for rate, found in group.rates.items()},
                "fmr_at_shared_threshold": group.fmr_at_shared,
            }
            for name, group in evaluation.groups.items()
        },
        "detect_ms": cost and [round(value, 2) for value in cost.detect_ms],
        "embed_ms": cost and [round(value, 2) for value in cost.embed_ms],
        "cpu_ms": cost and round(cost.cpu_ms, 2),
        "rss_mb": cost and round(cost.rss_mb, 1),
        "html": str(html),
    }


def _key(rate: float) -> str:
    return f"{rate:.0e}"


def _fnmr(found: ErrorRate | None) -> list[float] | None:
    return None if found is None else _interval(found.fnmr)


def _rounded(share: float | None) -> float | None:
    return None if share is None else round(share, _DIGITS)


def _interval(interval: Interval | None) -> list[float] | None:
    return None if interval is None else [round(float(number), _DIGITS) for number in interval]
