"""Measures `footfall cluster`: how right it is on people, and what 100,000 faces take.

    python -m bench.clusters [--data ../shared/data] [--faces 100000]

How right: the pictures of LFW and CASIA-FaceV5 with every pack in place, clustered as the command does it and, for
comparison, by DBSCAN at the distance the calibration gives for the same rate and for 1e-4, and by HDBSCAN. Pairs of
faces clustered together are held against the folders, one folder for each person; the largest face of a picture counts.

What it takes: vectors of people who do not exist, drawn with the covariances that the embeddings of LFW's people have
between and within people. A fifth of the faces are of people seen once. The command itself runs, on two cores.
"""

import argparse
import csv
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from numpy.typing import NDArray
from sklearn.cluster import DBSCAN, HDBSCAN

from evaluation.clustering import Material, agreement, cluster_material, material_of_folder
from evaluation.clusters import fmr_of_links
from evaluation.face_cache import FaceCache
from evaluation.face_set import faces_of_folder, pictures_in
from faces.packs import Pack, open_pack, pack_files, pack_names

GROUPS = {"LFW": "lfw_deepfunneled/images", "CASIA-FaceV5": "casia_facev5_40/images"}
CORES = 2
FACES_A_PERSON = 5.0
SEEN_ONCE = 0.2
# The command, and then its processor time in seconds and the most memory it held in kB, as Linux counts them.
COMMAND = """
import atexit, pathlib, sys, time
from footfall.cli import main
status = pathlib.Path("/proc/self/status")
peak = lambda: next(line.split()[1] for line in status.read_text().splitlines() if "VmHWM" in line)
atexit.register(lambda: print(time.process_time(), peak(), file=sys.stderr))
main()
"""

Labels = NDArray[np.int64]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("FOOTFALL_DATA", "../shared/data")))
    parser.add_argument("--faces", type=int, default=100_000)
    arguments = parser.parse_args()
    for folder in GROUPS.values():
        if not (arguments.data / folder).is_dir():
            parser.error(f"{arguments.data / folder} is not there: say with --data where the pictures are")
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:CORES])
    for name in [name for name in pack_names() if all(file.found for file in pack_files(name))]:
        pack = open_pack(name)
        for group, folder in GROUPS.items():
            material = material_of(arguments.data / folder, pack)
            how_right(group, material, pack)
            if group == "LFW":
                celebrities = material
        what_it_takes(celebrities, pack, arguments.faces)


def material_of(folder: Path, pack: Pack) -> Material:
    with FaceCache(pack, today=datetime.now(UTC).date()) as cache:
        return material_of_folder(folder, faces_of_folder(folder, pictures_in(folder), pack, cache))


def how_right(group: str, material: Material, pack: Pack) -> None:
    known = material.people >= 0
    people = len(set(material.people[known].tolist()))
    print(f"\npack {pack.name}, {group}: {len(material.entries)} faces, {known.sum()} of {people} known people")
    print(f"{'':44}{'precision':>10}{'recall':>8}{'clusters':>10}{'in none':>9}")
    for name, labels in ways(material, pack):
        precision, recall = (f"{value:.3f}" for value in agreement(labels[known], material.people[known]))
        print(f"{name:44}{precision:>10}{recall:>8}{labels.max() + 1:>10}{(labels < 0).sum():>9}")


def ways(material: Material, pack: Pack) -> Iterator[tuple[str, Labels]]:
    for fmr in (None, 1e-3, 1e-4, 1e-5):
        found = cluster_material(material, pack, fmr=fmr, min_faces=2)
        yield f"footfall cluster{f' --fmr {fmr:.0e}' if fmr else ''}", found.clusters.labels
    for fmr in (fmr_of_links(len(material.entries)), 1e-4):
        eps = pack.calibration.of_single_shots().threshold_for(fmr)
        labels = DBSCAN(eps=eps, min_samples=2).fit_predict(material.embeddings)
        yield f"DBSCAN, eps {eps:.3f} of FMR {fmr:.1e}", labels
    yield "HDBSCAN, two faces make a cluster", HDBSCAN(min_cluster_size=2, copy=True).fit_predict(material.embeddings)


def what_it_takes(material: Material, pack: Pack, faces: int) -> None:
    vectors, people = invented(material, faces, np.random.default_rng(1))
    with TemporaryDirectory() as place:
        stored, out = Path(place) / "faces.npz", Path(place) / "out"
        np.savez(stored, embeddings=vectors, names=np.arange(faces).astype(str), model_id=pack.model_id)
        arguments = ["cluster", "--embeddings", stored, "--pack", pack.name, "--out", out, "--json"]
        done = subprocess.run([sys.executable, "-c", COMMAND, *arguments], capture_output=True, check=True, text=True)
        found = json.loads(done.stdout)
        with (out / "clusters.csv").open(encoding="utf-8-sig") as file:
            labels = np.array([int(row["cluster"] or 0) - 1 for row in csv.DictReader(file)])
    precision, recall = agreement(labels, people)
    print(f"\npack {pack.name}, {faces} invented faces of {people.max() + 1} people, {vectors.shape[1]} numbers each")
    processor_s, peak_kb = (float(word) for word in done.stderr.split()[-2:])
    print(f"  {sum(found['seconds'].values()):.0f} s on {CORES} cores, of processor time {processor_s:.0f} s")
    print(f"  {peak_kb / 1e6:.2f} GB of memory at most")
    print(f"  pair precision {precision:.3f}, recall {recall:.3f}, {found['clusters']} clusters")


def invented(material: Material, faces: int, rng: np.random.Generator) -> tuple[NDArray[np.float32], Labels]:
    """Return vectors (n, dim), as alike within and between people as the embeddings of known people, and the people."""
    known = material.people >= 0
    vectors, people = material.embeddings[known].astype(np.float64), material.people[known]
    _, numbers, counts = np.unique(people, return_inverse=True, return_counts=True)
    means = np.zeros((len(counts), vectors.shape[1]))
    np.add.at(means, numbers, vectors)
    means /= counts[:, None]
    often = counts[numbers] > 1
    within = np.cov((vectors - means[numbers])[often].T) * often.sum() / (often.sum() - (counts > 1).sum())
    between = np.cov(means.T) - within * np.mean(1 / counts)
    once = int(SEEN_ONCE * faces)
    sizes = 1 + rng.geometric(1 / (FACES_A_PERSON - 1), size=faces)
    sizes = sizes[: np.searchsorted(np.cumsum(sizes), faces - once)]
    who = np.repeat(
        np.arange(len(sizes) + faces - sizes.sum()), np.pad(sizes, (0, faces - sizes.sum()), constant_values=1)
    )
    drawn = means.mean(axis=0) + drawn_with(between, who.max() + 1, rng)[who] + drawn_with(within, faces, rng)
    if np.allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-3):
        drawn /= np.linalg.norm(drawn, axis=1, keepdims=True)
    shuffled = rng.permutation(faces)
    return drawn[shuffled].astype(np.float32), who[shuffled]


def drawn_with(covariance: NDArray[np.float64], count: int, rng: np.random.Generator) -> NDArray[np.float64]:
    values, directions = np.linalg.eigh(covariance)
    return rng.standard_normal((count, len(values))) @ (directions * np.sqrt(np.maximum(values, 0.0))).T


if __name__ == "__main__":
    main()
