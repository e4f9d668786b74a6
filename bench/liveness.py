"""Measures what tells a person from a picture of one: two networks, and whether the face moves.

    python -m bench.liveness [--json]

1. The networks on labelled pictures and videos in FOOTFALL_DATA (antispoof): the share of attacks that pass (APCER) and
   of people who do not (BPCER), by picture and, for videos, by film, with 95 % intervals of Wilson.
2. The networks, and the movement, on tracks of people in the videos there, as the ingest follows them: the share of
   tracks that an arrival would be denied. Nobody in them is a picture.
3. The movement on a simulated door beside which posters hang, with each pack that is there: how far the most restless
   poster moves in a track, and how soon whoever comes in has moved, from the first detection of the track.

Writes out/bench/liveness.json. Runs for three minutes on two cores.
"""

import argparse
import csv
import json
import math
import os
import tempfile
import threading
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from bench.arrivals.door import film_door
from faces.engines import ON_CPU
from faces.errors import ModelError
from faces.liveness import Liveness, open_liveness
from faces.packs import open_pack, pack_files
from faces.ports import FaceDetector, Image
from footfall.cameras import new_cameras
from footfall.config_loading import load_settings
from ingest.replay import replay
from ingest.tracks import iou
from matcher.liveness import liveness_of
from schemas.messages import COMES_IN, FaceCrop, Message, Phase
from simulator.face_space import shipped_face_space

OUT = Path("out/bench/liveness.json")
DATA = Path(os.environ.get("FOOTFALL_DATA", "../shared/data"))
BARS = (0.3, 0.5, 0.7)
EVERY = 5  # frames of a labelled video
SMALLEST_FACE_PX = {"retail": 36, "dlib": 48}
WALKERS, POSTERS = 30, 4
Z = 1.96


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="print the figures as JSON alone")
    arguments = parser.parse_args()
    result: dict[str, Any] = {}
    networks = _networks()
    if networks is None:
        print("the liveness networks are not there (docs/models.md): passed over")
    elif not (DATA / "antispoof").is_dir():
        print("no labelled pictures are there (FOOTFALL_DATA): passed over")
    else:
        result["labelled"] = labelled(networks)
        result["people_in_videos"] = people_in_videos()
    result["movement"] = {
        pack: movement(pack) for pack in SMALLEST_FACE_PX if all(file.found for file in pack_files(pack))
    }
    OUT.parent.mkdir(parents=True, exist_ok=True)
    OUT.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    if arguments.json:
        print(json.dumps(result, indent=2))
    else:
        tell(result)


def labelled(networks: Liveness) -> dict[str, Any]:
    """Score every labelled picture, and every fifth frame of the videos, and hold them against each bar."""
    detector = open_pack("retail").make_detector(min_face_px=36)
    pictures: dict[str, list[list[float]]] = defaultdict(list)
    films: dict[str, list[list[float]]] = defaultdict(list)
    with (DATA / "manifest.csv").open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["path"].startswith("antispoof/")]
    for row in rows:
        of = [one for image in _frames(DATA / row["path"]) if (one := _scored(networks, detector, image)) is not None]
        if row["path"].endswith(".jpg"):
            pictures[row["label"]] += of
        elif of:
            films[row["label"]].append([float(np.mean(column)) for column in zip(*of, strict=True)])
    looks = {"MiniFASNetV2": lambda of: of[0], "MiniFASNetV1SE": lambda of: of[1], "both": lambda of: sum(of) / 2}
    found: dict[str, Any] = {"films": {label: [round(sum(of) / 2, 3) for of in films[label]] for label in films}}
    for name, look in looks.items():
        found[name] = {
            f"{bar}": {
                "apcer": _share([look(of) >= bar for of in pictures["fake"]]),
                "bpcer": _share([look(of) < bar for of in pictures["real"]]),
            }
            for bar in BARS
        }
    return found


def people_in_videos() -> dict[str, Any]:
    """Follow the people in the videos, and say which share of their tracks scores below each bar, or never moves."""
    crops: list[FaceCrop] = []
    for file in sorted([*(DATA / "videos").glob("*.mp4"), *(DATA / "videos").rglob("*.mkv")]):
        crops += _confirmed(_watched("retail", file, liveness=True))
    scores = [score for crop in crops if (score := liveness_of(crop.shots)) is not None]
    widths = [(crop.shots[0].box[2], score) for crop, score in zip(crops, scores, strict=True)]
    small, large = ([score for width, score in widths if (width < 80) == is_small] for is_small in (True, False))
    found: dict[str, Any] = {"tracks": len(crops)}
    for bar in BARS:
        found[f"below_{bar}"] = _share([score < bar for score in scores])
        found[f"below_{bar}_under_80_px"] = _share([score < bar for score in small])
        found[f"below_{bar}_from_80_px"] = _share([score < bar for score in large])
    long = [crop for crop in crops if (crop.ended_at - crop.began_at).total_seconds() >= 1.0]
    found["never_moved"] = _share([(crop.moved or 0.0) < COMES_IN for crop in long])
    return found


def movement(pack: str) -> dict[str, Any]:
    """Watch a door beside which posters hang: how far those move, and how soon people have."""
    space, rng = shipped_face_space(), np.random.default_rng(7)
    people = [[space.portrait(space.look(one, rng))] for one in (space.person(rng) for _ in range(WALKERS + POSTERS))]
    with tempfile.TemporaryDirectory() as place:
        film = Path(place) / "door.mp4"
        hanging = [portrait for (portrait,) in people[WALKERS:]]
        _, places = film_door(film, people[:WALKERS], hanging, seed=7, first_s=5.0, every_s=6.0)
        messages = _watched(pack, film, liveness=False)
    walked, hung = [], []
    for crop in _confirmed(messages):
        (hung if any(iou(place, crop.shots[0].box) > 0.2 for place in places) else walked).append(crop)
    provisional = {
        one.track_id: one  # as it was told first
        for one in reversed(messages)
        if isinstance(one, FaceCrop) and one.phase is Phase.PROVISIONAL
    }
    soon_s = [
        (provisional[crop.track_id].ended_at - crop.began_at).total_seconds()
        for crop in walked
        if crop.track_id in provisional
    ]
    return {
        "bar": COMES_IN,
        "poster_tracks": len(hung),
        "poster_seconds": round(sum((crop.ended_at - crop.began_at).total_seconds() for crop in hung)),
        "posters_moved_at_most": round(max((crop.moved or 0.0 for crop in hung), default=0.0), 3),
        "visitor_tracks": len(walked),
        "visitor_tracks_that_moved": sum((crop.moved or 0.0) >= COMES_IN for crop in walked),
        "moved_after_s": {name: round(float(np.quantile(soon_s, at)), 2) for name, at in (("p50", 0.5), ("p95", 0.95))},
    }


def tell(result: dict[str, Any]) -> None:
    if "labelled" in result:
        print("labelled pictures: attacks that pass (APCER), people who do not (BPCER)")
        for name in ("MiniFASNetV2", "MiniFASNetV1SE", "both"):
            for bar, one in result["labelled"][name].items():
                print(f"  {name:15} bar {bar}: APCER {_text(one['apcer'])}, BPCER {_text(one['bpcer'])}")
        for label, scores in result["labelled"]["films"].items():
            print(f"  videos, {label}: mean scores {', '.join(map(str, scores))}")
        videos = result["people_in_videos"]
        print(f"people in videos, {videos['tracks']} tracks:")
        for name, share in videos.items():
            if name != "tracks":
                print(f"  {name.replace('_', ' ')}: {_text(share)}")
    for pack, one in result["movement"].items():
        print(f"movement, pack {pack}:")
        for name, value in one.items():
            print(f"  {name.replace('_', ' ')}: {value}")
    print(f"\n{OUT}")


def _networks() -> Liveness | None:
    try:
        return open_liveness(ON_CPU)
    except ModelError:
        return None


def _frames(file: Path) -> Iterator[Image]:
    if file.suffix == ".jpg":
        yield np.asarray(cv2.imread(str(file)), dtype=np.uint8)
        return
    video = cv2.VideoCapture(str(file))
    number = 0
    while True:
        there, frame = video.read()
        if not there:
            return
        if number % EVERY == 0:
            yield np.asarray(frame, dtype=np.uint8)
        number += 1


def _scored(networks: Liveness, detector: FaceDetector, image: Image) -> list[float] | None:
    largest = max(detector.detect(image), key=lambda one: one.box[2] * one.box[3], default=None)
    return None if largest is None else networks.each(image, largest)


def _watched(pack: str, film: Path, *, liveness: bool) -> list[Message]:
    with tempfile.TemporaryDirectory() as place:
        settings = load_settings(
            None,
            data_dir=Path(place),
            pack=pack,
            store={"id": "bench"},
            camera=[{"name": "door", "url": str(film), "start": datetime(2026, 1, 5, 8, tzinfo=UTC)}],
            ingest={"min_face_px": SMALLEST_FACE_PX[pack], "liveness": liveness},
        )
        messages: list[Message] = []
        stop = threading.Event()
        replay(new_cameras(settings, open_pack(pack), messages.append, stop), stop)
    return messages


def _confirmed(messages: Sequence[Message]) -> list[FaceCrop]:
    return [one for one in messages if isinstance(one, FaceCrop) and one.phase is Phase.CONFIRMED and not one.beside]


def _share(those: Sequence[bool]) -> dict[str, Any]:
    """Return how many of how many, and the interval of their share by Wilson's score."""
    count, hits = len(those), sum(those)
    if not count:
        return {"of": 0, "share": None, "interval": [0.0, 1.0]}
    share = hits / count
    middle = (share + Z * Z / (2 * count)) / (1 + Z * Z / count)
    reach = Z / (1 + Z * Z / count) * math.sqrt(share * (1 - share) / count + Z * Z / (4 * count * count))
    return {"of": count, "share": round(share, 4), "interval": [round(middle - reach, 4), round(middle + reach, 4)]}


def _text(share: dict[str, Any]) -> str:
    low, high = share["interval"]
    return "none there" if not share["of"] else f"{share['share']:.1%} ({low:.1%} to {high:.1%}) of {share['of']}"


if __name__ == "__main__":
    main()
