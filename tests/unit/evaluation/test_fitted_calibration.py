"""Thresholds measured on groups of people, written, and read again by a pack."""

import tomllib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from faces_on_paper import crowd, face_set

from evaluation.bootstrap import Interval
from evaluation.calibration import RATES, SHARES, as_toml, calibration_of, measure_group, widest_mutual_gaps
from evaluation.visits import Samples, numbered, one_visit_each
from faces.calibration import Calibration, Repeats, among_a_hundred, mutual_gap
from faces.errors import ModelError
from faces.own_calibration import own_calibration_file, read_own_calibration, write_own_calibration
from faces.packs import open_pack
from schemas.errors import InputError


def faces_of(people: int, *, dim: int = 32, seed: int = 0):
    return face_set(crowd(people, 3, dim=dim, noise=0.3, seed=seed))


def test_a_rarer_rate_has_a_smaller_distance_and_its_interval_around_it():
    group = measure_group(faces_of(120), "crowd")
    values = [group.distances[rate].value for rate in RATES]

    assert values == sorted(values)
    assert len(set(values)) == len(values)
    assert all(at.low <= at.value <= at.high for at in group.distances.values())
    assert (group.people, group.visits, group.pairs) == (120, 120 * 20, 20 * 120 * 119 // 2)


def test_distances_are_those_that_fresh_people_come_to():
    measured = measure_group(faces_of(150), "crowd").distances
    strangers = np.array([vector for name, vector in crowd(1200, 1, dim=32, noise=0.3, seed=9).items()])
    distance = np.sqrt(np.maximum(2 - 2 * strangers @ strangers.T, 0))[np.triu_indices(1200, 1)]

    for rate in (1e-1, 1e-2, 1e-3, 1e-4):
        found = (distance <= measured[rate].value).mean()
        assert rate / 3 < found < 3 * rate


def test_more_people_narrow_the_interval():
    few, many = (measure_group(faces_of(people), "crowd").distances[1e-4] for people in (25, 200))

    assert many.high - many.low < few.high - few.low


def test_visits_are_of_three_pictures_and_whoever_has_fewer_has_no_part():
    once = {f"once-{name}": place for name, place in crowd(60, 1, dim=32, noise=0.3, seed=2).items()}
    group = measure_group(face_set(crowd(60, 3, dim=32, noise=0.3) | once), "crowd")

    assert (group.people, group.shots) == (60, 3)


def test_visits_are_of_two_pictures_where_hardly_anybody_has_three():
    group = measure_group(face_set(crowd(60, 2, dim=32, noise=0.3)), "crowd")

    assert (group.people, group.shots) == (60, 2)


@pytest.mark.parametrize("kind", ["gap", "mutual_gap"])
def test_a_gap_is_the_wider_the_rarer(kind: str):
    gaps: dict[float, Interval] = getattr(measure_group(faces_of(100), "crowd"), kind)
    widths = [gaps[share].value for share in SHARES]

    assert widths == sorted(widths, reverse=True)
    assert all(gap.low <= gap.value <= gap.high for gap in gaps.values())


def test_the_mutual_gap_of_a_crowd_is_that_of_a_few_of_it():
    """So that what was measured among some hundreds holds in a gallery of any size."""
    crowds = [measure_group(faces_of(people), "crowd").mutual_gap for people in (60, 400)]
    few, many = (gaps[5e-2].value for gaps in crowds if gaps is not None)

    assert few == pytest.approx(many, rel=0.2)


def test_everybody_has_part_in_the_mutual_gap_with_as_few_pictures_as_there_are():
    faces = face_set(crowd(2, 5, seed=1) | {f"once-{name}": at for name, at in crowd(2, 1, seed=2).items()})
    _, person_of = numbered(faces.people)
    visits = one_visit_each(faces.embeddings, faces.qualities, person_of, shots=3, seed=0)

    assert visits.person_of.tolist() == [0, 1, 2, 3]
    assert (visits.rows >= 0).sum(axis=1).tolist() == [1, 1, 3, 3]
    assert all((person_of[own[own >= 0]] == person).all() for person, own in enumerate(visits.rows))
    assert np.allclose(np.linalg.norm(visits.vectors, axis=1), 1.0, atol=1e-5)


def test_the_widest_mutual_gap_is_that_of_the_definition():
    vectors = crowd(30, 1, dim=8, noise=0.3).values()
    samples = Samples(
        vectors=np.array(list(vectors)), person_of=np.arange(30, dtype=np.int32), rows=np.zeros((30, 1), np.int64),
        people=30,
    )  # fmt: skip
    apart = np.linalg.norm(samples.vectors[:, None] - samples.vectors[None], axis=2)

    def others(one: int, other: int) -> list[float]:
        return sorted(apart[one, [each for each in range(30) if each not in (one, other)]].tolist())

    widest = [
        max(
            mutual_gap(float(apart[one, other]), others(one, other), others(other, one))
            for other in range(30)
            if other != one
        )
        for one in range(30)
    ]
    assert widest_mutual_gaps(samples)["gap"] == pytest.approx([among_a_hundred(gap, 30) for gap in widest], abs=1e-5)


def test_a_calibration_written_is_the_calibration_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("FOOTFALL_CACHE", str(tmp_path))
    groups = {
        "shop": measure_group(faces_of(60), "shop"),
        'the "others"': measure_group(faces_of(60, seed=2), "others"),
    }
    made = calibration_of(groups, single_shots={"shop": groups["shop"]}, measured_on='people of a "shop"')
    write_own_calibration(own_calibration_file("any"), as_toml(made, "model-1"))

    table = read_own_calibration("any", "model-1")
    assert table is not None
    read = Calibration(
        measured_on=table["measured_on"],
        groups={name: tuple(map(tuple, points)) for name, points in table["groups"].items()},
        neighbour_gap=tuple(map(tuple, table["neighbour_gap"])),
        mutual_gap=tuple(map(tuple, table["mutual_gap"])),
        single_shots={name: tuple(map(tuple, points)) for name, points in table["single_shots"].items()},
    )
    assert read == made


def test_an_own_calibration_goes_before_the_one_a_pack_brings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    brought = open_pack("dlib")
    monkeypatch.setenv("FOOTFALL_CACHE", str(tmp_path))
    shop = {"shop": measure_group(faces_of(60), "shop")}
    made = calibration_of(shop, single_shots=shop, measured_on="the people of a shop")
    made = replace(made, repeats=Repeats(people=40, ratios=((0.5, 0.6), (0.99, 1.1)), newcomers=60, fpir=0.001))
    write_own_calibration(own_calibration_file("dlib"), as_toml(made, brought.model_id))

    assert open_pack("dlib").calibration == made
    own_calibration_file("dlib").unlink()
    assert open_pack("dlib").calibration == brought.calibration


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("no TOML", "is no calibration of pack dlib"),
        ("[calibration]\n", "is no calibration of pack dlib"),
        ('[calibration]\nmodel_id = "another"\n', "was measured for model another"),
    ],
)
def test_a_file_that_does_not_fit_the_pack_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, said: str
):
    monkeypatch.setenv("FOOTFALL_CACHE", str(tmp_path))
    write_own_calibration(own_calibration_file("dlib"), text)

    with pytest.raises(ModelError, match=said) as raised:
        open_pack("dlib")
    assert "footfall models calibrate" in str(raised.value)


def test_a_handful_of_people_is_no_group():
    with pytest.raises(InputError, match="9 of its people have a usable picture"):
        measure_group(faces_of(9), "few")


def test_small_groups_alone_have_no_neighbourhoods():
    group = measure_group(faces_of(15), "few")

    assert group.gap is None
    with pytest.raises(InputError, match="no group has more than 20 people"):
        calibration_of({"few": group}, single_shots={}, measured_on="few")


def test_what_is_written_stands_in_a_manifest_as_it_is():
    shop = {"shop": measure_group(faces_of(60), "shop")}
    made = calibration_of(shop, single_shots=shop, measured_on="a shop")
    table = tomllib.loads(as_toml(made, "model-1"))["calibration"]

    assert set(table) == {"model_id", "measured_on", "neighbour_gap", "mutual_gap", "groups", "single_shots"}
