"""The bench of the chain's gallery, on few people."""

from pathlib import Path

import numpy as np
import pytest

from evaluation.gallery_bench import bench_gallery
from evaluation.invented_templates import InventedTemplates, shipped_spread
from footfall.snapshot_file import write_atomically

TEMPLATES = InventedTemplates(spread=shipped_spread())


def test_every_figure_is_measured_and_exact_search_finds_everybody(tmp_path: Path):
    told = set()
    figures = bench_gallery(
        TEMPLATES,
        2_000,
        tmp_path,
        write_whole=write_atomically,
        on_done=lambda step, done, total: told.add(step),
        for_s=0.1,
    )
    assert (figures.n, figures.recall_at_1) == (2_000, 1.0)
    assert min(figures.probes_per_s, figures.p50_ms, figures.adds_per_s, figures.rss_mb, figures.restart_s) > 0
    assert abs(figures.distance_bias) + figures.distance_sd < 1e-3
    assert told == {"build", "batches", "one by one", "adds", "restart", "exact"}


def test_invented_people_are_the_same_whenever_they_are_asked_for_and_lie_as_far_apart_as_measured():
    assert np.array_equal(TEMPLATES.block(3), TEMPLATES.block(3))
    assert TEMPLATES.ids(3) == TEMPLATES.ids(3)
    people, probes = TEMPLATES.mated(5_000, 400)
    templates = TEMPLATES.block(0)
    apart = np.linalg.norm(templates[people] - probes, axis=1)
    strangers = np.linalg.norm(templates[people[::-1]] - probes, axis=1)
    assert np.median(apart) == pytest.approx(0.53, abs=0.02)
    assert np.median(strangers) > 1.2
    assert [TEMPLATES.ids(0)[one] for one in people] == TEMPLATES.ids_of(people)
