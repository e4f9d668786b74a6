"""What the chain's gallery can do at a size: how much it finds, how fast, beside what, and in how much memory."""

import json
import resource
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from uuid import UUID

import numpy as np

from evaluation.invented_templates import PEOPLE_AT_ONCE, InventedTemplates, Vectors
from matcher.chain.file import chain_pieces, read_chain
from matcher.chain.gallery import ChainGallery

_PROBES = 4096
_BATCH = 512
_FOR_S = 10.0
_SINGLE_PROBES = 1000
_SHARE_WHILE_ADDING = 1 / 5
_SEARCHED_TOGETHER = 64
_MODEL = "invented"

WriteWhole = Callable[[Path, Iterable[bytes]], None]
OnDone = Callable[[str, int, int], None]
Found = list[tuple[UUID, float]]


@dataclass(frozen=True, slots=True, kw_only=True)
class GalleryFigures:
    """One size. ``recall_at_1``: of the mated probes that an exact search finds, the share found.

    ``probes_per_s`` in batches on every core; ``p50_ms`` and ``p99_ms`` one probe on one core; ``adds_per_s`` one by
    one, while a fifth of ``probes_per_s`` is searched. ``rss_mb`` is the memory of the process after building,
    ``rss_peak_mb`` the most until then. ``build_s`` is from the first template to the last trained list, the drawing of
    people included; ``restart_s`` from a file to the first answer. ``distance_bias`` and ``distance_sd`` are the error
    of the distances told of those found.
    """

    n: int
    recall_at_1: float
    probes_per_s: float
    p50_ms: float
    p99_ms: float
    adds_per_s: float
    rss_mb: float
    rss_peak_mb: float
    build_s: float
    restart_s: float
    distance_bias: float
    distance_sd: float


def bench_gallery(
    templates: InventedTemplates,
    n: int,
    folder: Path,
    *,
    write_whole: WriteWhole,
    on_done: OnDone,
    for_s: float = _FOR_S,
    reuse: bool = False,
) -> GalleryFigures:
    """Measure a gallery of ``n`` invented people, a template each, a file of which goes through ``folder``.

    Batches, and adds, are measured for so many seconds each. ``on_done`` is told a step, and of how many parts how many
    are done. With ``reuse`` the gallery is read from ``folder`` where one of this size was built before, with what was
    measured then of time and memory, and is left there.
    """
    file, note = folder / f"gallery-{n}.chain", folder / f"gallery-{n}.json"
    if reuse and note.exists():
        with file.open("rb") as opened:
            gallery = read_chain(opened, model_id=_MODEL)
        build_s, rss_mb, rss_peak_mb = json.loads(note.read_text())
    else:
        gallery = ChainGallery(templates.dim)
        build_s = _build(gallery, templates, n, on_done)
        rss_mb, rss_peak_mb = _rss_mb(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        write_whole(file, chain_pieces(gallery, _MODEL))
        write_whole(note, [json.dumps([build_s, rss_mb, rss_peak_mb]).encode()])
    mates, probes = templates.mated(n, min(_PROBES, n))
    found = _found(gallery, probes)
    probes_per_s = _batched(gallery, probes, for_s, on_done)
    single_ms = _single(gallery, probes, on_done)
    adds_per_s = _adding(gallery, templates, n, probes, probes_per_s * _SHARE_WHILE_ADDING, for_s, on_done)
    gallery.settle()
    del gallery
    restart_s = _restart(file, probes[:1], on_done)
    exact, distances = _exact(templates, n, mates, probes, on_done)
    ids = templates.ids_of(mates)
    right = np.array([one == face_id for (one, _), face_id in zip(found, ids, strict=True)])
    errors = np.array([distance for _, distance in found])[right] - distances[right]
    return GalleryFigures(
        n=n,
        recall_at_1=float(right[exact].mean()),
        probes_per_s=probes_per_s,
        p50_ms=float(np.quantile(single_ms, 0.5)),
        p99_ms=float(np.quantile(single_ms, 0.99)),
        adds_per_s=adds_per_s,
        rss_mb=rss_mb,
        rss_peak_mb=rss_peak_mb,
        build_s=build_s,
        restart_s=restart_s,
        distance_bias=float(errors.mean()),
        distance_sd=float(errors.std()),
    )


def _build(gallery: ChainGallery, templates: InventedTemplates, n: int, on_done: OnDone) -> float:
    began = time.perf_counter()
    for block, begin in enumerate(range(0, n, PEOPLE_AT_ONCE)):
        count = min(PEOPLE_AT_ONCE, n - begin)
        ids = templates.ids(block)[:count]
        gallery.add_many(ids, ids, templates.block(block)[:count])
        on_done("build", begin + count, n)
    gallery.settle()
    return time.perf_counter() - began


def _found(gallery: ChainGallery, probes: Vectors) -> Found:
    return [(best.face_id, best.distance) for (best,) in gallery.search(probes, 1)]


def _batched(gallery: ChainGallery, probes: Vectors, for_s: float, on_done: OnDone) -> float:
    began, searched = time.perf_counter(), 0
    while (passed := time.perf_counter() - began) < for_s:
        batch = probes.take(range(searched, searched + _BATCH), axis=0, mode="wrap")
        gallery.search(batch, 1)
        searched += len(batch)
        on_done("batches", int(100 * passed / for_s), 100)
    return searched / (time.perf_counter() - began)


def _single(gallery: ChainGallery, probes: Vectors, on_done: OnDone) -> list[float]:
    took_ms = []
    for number in range(_SINGLE_PROBES):
        probe = probes[number % len(probes)][None]
        began = time.perf_counter()
        gallery.search(probe, 1)
        took_ms.append(1000 * (time.perf_counter() - began))
        on_done("one by one", number + 1, _SINGLE_PROBES)
    return took_ms


def _adding(
    gallery: ChainGallery,
    templates: InventedTemplates,
    n: int,
    probes: Vectors,
    rate: float,
    for_s: float,
    on_done: OnDone,
) -> float:
    """Return how many templates a second go in one by one while so many probes a second are searched."""
    block = -(-n // PEOPLE_AT_ONCE)  # people who are not there yet
    ids, embeddings = templates.ids(block), templates.block(block)
    ended = Event()

    def search() -> None:
        searched, began = 0, time.perf_counter()
        while not ended.is_set():
            gallery.search(probes.take(range(searched, searched + _SEARCHED_TOGETHER), axis=0, mode="wrap"), 1)
            searched += _SEARCHED_TOGETHER
            ended.wait(max(0.0, searched / rate - (time.perf_counter() - began)))

    with ThreadPoolExecutor(1) as searching:
        searches = searching.submit(search)
        began, added = time.perf_counter(), 0
        try:
            while added < len(ids) and (passed := time.perf_counter() - began) < for_s:
                gallery.add(ids[added], ids[added], embeddings[added])
                added += 1
                on_done("adds", int(100 * passed / for_s), 100)
            adds_per_s = added / (time.perf_counter() - began)
        finally:
            ended.set()
        searches.result()
    return adds_per_s


def _restart(file: Path, probe: Vectors, on_done: OnDone) -> float:
    on_done("restart", 0, 1)
    began = time.perf_counter()
    with file.open("rb") as opened:
        read_chain(opened, model_id=_MODEL).search(probe, 1)
    on_done("restart", 1, 1)
    return time.perf_counter() - began


def _exact(
    templates: InventedTemplates, n: int, mates: np.ndarray, probes: Vectors, on_done: OnDone
) -> tuple[np.ndarray, np.ndarray]:
    """Return of which probes the mate is nearest, (n,) bool, and how far it is, (n,), all templates drawn again."""
    nearest, mated = np.full(len(probes), np.inf), np.empty(len(probes))
    for begin, embeddings in _blocks(templates, n):
        for at in range(0, len(embeddings), _BATCH * 8):
            some = embeddings[at : at + _BATCH * 8]
            squares = 2.0 - 2.0 * probes @ some.T
            np.minimum(nearest, squares.min(axis=1), out=nearest)
        here = np.flatnonzero((mates >= begin) & (mates < begin + len(embeddings)))
        mated[here] = np.square(embeddings[mates[here] - begin] - probes[here]).sum(axis=1)
        on_done("exact", begin + len(embeddings), n)
    return mated <= nearest + 1e-5, np.sqrt(mated)


def _blocks(templates: InventedTemplates, n: int) -> Iterator[tuple[int, Vectors]]:
    for block, begin in enumerate(range(0, n, PEOPLE_AT_ONCE)):
        yield begin, templates.block(block)[: n - begin]


def _rss_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 2**20
