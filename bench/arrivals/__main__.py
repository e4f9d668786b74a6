"""Measures arrivals: from a member before the camera of one store, enrolled by one picture in another, to a screen.

    python -m bench.arrivals [--members 14] [--strangers 6] [--enrolled 60] [--pack retail] [--seed 1] [--json]

Members are enrolled at the store `north`, a picture each, by `footfall enrol`; only some of them come. A film of the
door of the store `south`, in which members and strangers come in by turns beside three posters, two of members who also
come and one of a member who never does, is played over RTSP as a camera does; `footfall run` watches it, and a screen
follows the stream of arrivals. The people do not exist and look different on every visit, or are those of the pictures
in the folders in FOOTFALL_FACES, who come on other pictures than they were enrolled by.

The aim counts from the first good crop, which is what passes the gates. Here the clock starts with the first detection
of the face, which is that crop or earlier, never later: the figures are, if anything, too long. Beside it stands the
time from the oldest of the crops that were told first, which may be later than the first good one, and where the time
went, part by part. Prints those, members missed, and arrivals of strangers and posters; writes out/bench/arrivals.json.
Takes as long as the film, two minutes with the defaults.
"""

import argparse
import json
import math
import os
import sys
import tempfile
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import cv2
import httpx
import numpy as np

from bench.arrivals.door import Coming, film_door
from bench.arrivals.parts import PARTS, middle_of, parts_of
from bench.identity.cast import Casting, folders_of_people
from faces.packs import pack_files
from faces.ports import Image
from footfall.event_logs import local_log_url, open_event_log
from schemas.codec import decode
from schemas.ids import arrival_id, sighting_id
from schemas.messages import COMES_IN, FaceCrop, Phase, Sighting
from schemas.topics import CROPS, SIGHTINGS
from simulator.people import People

sys.path.append(str(Path(__file__).resolve().parents[2] / "tests"))

from arrival_screen import ArrivalScreen, Told
from footfall_process import Running, footfall
from services import RtspServer, free_port, wait_until

OUT = Path("out/bench/arrivals.json")
BARS = {"p50_s": 1.0, "p95_s": 2.5}
FIRST_S, EVERY_S = 8.0, 5.0
START_S, SETTLES_S = 60.0, 4.0
# A camera's picture is there some seconds after the film has begun to play.
BEGINS_S, AROUND_S = 2.5, 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Shop:
    """Who comes, by name and in order, who of them are members, and whose posters hang there; the film of it."""

    film: Path
    comers: Sequence[str]
    comings: Sequence[Coming]
    members: Sequence[str]
    posters: Sequence[str]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--members", type=int, default=14, help="how many come")
    parser.add_argument("--strangers", type=int, default=6)
    parser.add_argument("--enrolled", type=int, default=60, help="how many members there are, one on a poster alone")
    parser.add_argument("--pack", choices=["retail", "dlib"], help="retail where its files are there, else dlib")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true", help="print the figures as JSON alone")
    arguments = parser.parse_args()
    enrolled = max(arguments.enrolled, arguments.members + 1)
    people = enrolled + arguments.strangers
    pack = arguments.pack or ("retail" if all(file.found for file in pack_files("retail")) else "dlib")
    who, folders = folders_of_people(people) if "FOOTFALL_FACES" in os.environ else ("people who do not exist", ())
    if folders and len(folders) < people:
        sys.exit(f"{who} holds {len(folders)} people with two pictures or more, and {people} are asked for")
    cast = Casting(people=people, seed=arguments.seed, folders=folders).cast()
    with tempfile.TemporaryDirectory() as place:
        shop = opened(Path(place), cast, arguments.members, enrolled, arguments.seed)
        told, crops, sightings = watched(Path(place), shop, pack)
    result = {"pack": pack, "people": who, "members_enrolled": enrolled}
    result |= figures(shop, told, crops, sightings)
    OUT.parent.mkdir(parents=True, exist_ok=True)
    OUT.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(result, indent=2) if arguments.json else text(result))


def opened(place: Path, cast: People, members: int, enrolled: int, seed: int) -> Shop:
    """Film the door and lay out the enrolment pictures in ``place``; the first ``enrolled`` of the people are members.

    The first ``members`` of those come, and two of them hang there as posters as well as the next, who never comes.
    """
    names = [f"person-{number:03}" for number in range(len(cast.names))]
    (place / "enrol").mkdir()
    for number in range(enrolled):
        cv2.imwrite(str(place / "enrol" / f"{names[number]}.png"), _framed(cast.portraits(number, 0)[0]))
    strangers = range(enrolled, len(names))
    order = np.random.default_rng(seed).permutation([*range(members), *strangers])
    on_posters = [*[int(number) for number in order if number < members][-2:], members]
    film = place / "door.mp4"
    comings, _ = film_door(
        film,
        [cast.portraits(int(number), 1) for number in order],
        [cast.portraits(number, 2)[0] for number in on_posters],
        outline=cast.outline,
        seed=seed,
        first_s=FIRST_S,
        every_s=EVERY_S,
    )
    return Shop(
        film=film,
        comers=[names[number] for number in order],
        comings=comings,
        members=names[:enrolled],
        posters=[names[number] for number in on_posters],
    )


def watched(place: Path, shop: Shop, pack: str) -> tuple[list[Told], list[FaceCrop], list[Sighting]]:
    """Enrol the members at one store, let the program watch the other, and return what its screen was told."""
    data_dir = place / "data"
    enrolled = footfall(
        "enrol", place / "enrol", "--by", "name", "--consent", "--store", "north", "--pack", pack, "--json",
        "--data-dir", data_dir,
    )  # fmt: skip
    counts = enrolled.json["counts"]
    if counts != {"enrolled": len(shop.members)}:
        print(f"of {len(shop.members)} members were enrolled: {counts}", file=sys.stderr)
    port = free_port()
    page = f"http://127.0.0.1:{port}"
    with RtspServer(shop.film) as camera:
        asked = ("--store", "south", "--pack", pack, "--port", port, "--data-dir", data_dir, "--camera")
        with Running("run", *asked, f"door={camera.url}") as program:
            if not wait_until(lambda: answers(page) or not program.runs, within_s=START_S) or not program.runs:
                sys.exit(program.err)
            with ArrivalScreen(page, "south") as screen:
                wait_until(lambda: not program.runs, within_s=shop.comings[-1].ends_s + SETTLES_S)
                program.terminate()
                program.end()
                told = list(screen.told)
    with closing(open_event_log(local_log_url(data_dir / "log.sqlite"))) as log:
        read = [decode(record.value) for topic in (CROPS, SIGHTINGS) for record in log.replay(topic) if record.value]
    crops = [one for one in read if isinstance(one, FaceCrop)]
    return told, crops, [one for one in read if isinstance(one, Sighting)]


def answers(page: str) -> bool:
    try:
        return httpx.get(f"{page}/healthz", timeout=5.0).status_code == 200
    except httpx.HTTPError:
        return False


def figures(
    shop: Shop, told: Sequence[Told], crops: Sequence[FaceCrop], sightings: Sequence[Sighting]
) -> dict[str, Any]:
    """Return whom the screen was told of rightly, how soon, and whom it should not have been told of."""
    began_at = min(crop.began_at for crop in crops) - timedelta(seconds=BEGINS_S)  # posters are there throughout
    last_first = sorted(crops, key=lambda crop: (crop.phase is Phase.PROVISIONAL, -crop.ended_at.timestamp()))
    tracks = {arrival_id(sighting_id(crop.track_id)): crop for crop in last_first}  # as each was told first
    first = {UUID(one.arrival["arrival_id"]): one for one in reversed(told)}
    rightly: dict[str, tuple[Told, FaceCrop]] = {}
    wrongly: list[str] = []
    for key, one in first.items():
        member = one.arrival["member"]
        at_s = (datetime.fromisoformat(one.arrival["seen_at"]) - began_at).total_seconds()
        if _comes(shop, member, at_s):
            rightly.setdefault(member, (one, tracks[key]))
        else:
            wrongly.append(member)
    coming = [name for name in shop.comers if name in shop.members]
    crop_s = sorted((one.at - _oldest(crop)).total_seconds() for one, crop in rightly.values())
    seen_s = sorted((one.at - crop.began_at).total_seconds() for one, crop in rightly.values())
    walking_s = sorted(
        (one.at - crop.began_at).total_seconds()
        for one, crop in rightly.values()
        if one.arrival["status"] == "provisional"
    )
    posters = [one for one in sightings if one.store_id == "south" and (one.moved or 0.0) < COMES_IN and one.face_id]
    parts = parts_of({name: (one.at, crop.track_id) for name, (one, crop) in rightly.items()}, crops, sightings)
    found: dict[str, Any] = {
        "members_came": len(coming),
        "members_told": len(rightly),
        "told_provisionally_first": sum(one.arrival["status"] == "provisional" for one, _ in rightly.values()),
        "strangers_came": len(shop.comers) - len(coming),
        "posters": len(shop.posters),
        "arrivals_of_strangers": sum(member not in shop.posters for member in wrongly),
        "arrivals_of_posters": sum(member in shop.posters for member in wrongly),
        "sightings_that_never_moved": len(posters),
        "after_the_crop": _quantiles(crop_s),
        "after_the_first_detection": _quantiles(seen_s),
        "of_those_told_walking_in": _quantiles(walking_s),
        "not_told": [name for name in coming if name not in rightly],
        "parts": middle_of(parts),
        "parts_of_each": parts,
    }
    holds = {
        "soon": bool(seen_s) and all(found["after_the_first_detection"][name] <= bar for name, bar in BARS.items()),
        "no_stranger": found["arrivals_of_strangers"] == 0,
        "no_poster": found["arrivals_of_posters"] == 0,
    }
    return found | {"bars": BARS, "holds": holds}


def text(result: dict[str, Any]) -> str:
    holds = result["holds"]
    crop, seen = result["after_the_crop"], result["after_the_first_detection"]
    walking = result["of_those_told_walking_in"]
    parts = "\n".join(
        f"    {PARTS[name]}: p50 {one['p50']} s, p95 {one['p95']} s" for name, one in result["parts"].items()
    )
    return f"""\
pack {result["pack"]}, {result["people"]}; {result["members_enrolled"]} members, enrolled by one picture each
  members told of: {result["members_told"]} of {result["members_came"]}, \
{result["told_provisionally_first"]} while they still walked in
  from the first detection of the face to the screen: p50 {seen["p50_s"]} s, p95 {seen["p95_s"]} s; \
bars {BARS["p50_s"]} s, {BARS["p95_s"]} s: {_word(holds["soon"])}
  of those who still walked in: p50 {walking["p50_s"]} s, p95 {walking["p95_s"]} s
  from the oldest crop that was told first to the screen: p50 {crop["p50_s"]} s, p95 {crop["p95_s"]} s
{parts}
  arrivals of {result["strangers_came"]} strangers: {result["arrivals_of_strangers"]}; bar none: \
{_word(holds["no_stranger"])}
  arrivals of {result["posters"]} posters of members: {result["arrivals_of_posters"]}; bar none: \
{_word(holds["no_poster"])}; they gave {result["sightings_that_never_moved"]} sightings of somebody

{OUT}"""


def _word(holds: bool) -> str:
    return "holds" if holds else "MISSED"


def _oldest(crop: FaceCrop) -> datetime:
    return min(shot.captured_at for shot in crop.shots)


def _comes(shop: Shop, member: str, at_s: float) -> bool:
    """Return whether a member is on the film at about a moment."""
    return any(
        name == member and coming.begins_s - AROUND_S <= at_s <= coming.ends_s + AROUND_S
        for name, coming in zip(shop.comers, shop.comings, strict=True)
    )


def _quantiles(values_s: Sequence[float]) -> dict[str, float]:
    if not values_s:
        return {"p50_s": math.nan, "p95_s": math.nan, "max_s": math.nan}
    p50, p95 = np.quantile(values_s, [0.5, 0.95])
    return {"p50_s": round(float(p50), 2), "p95_s": round(float(p95), 2), "max_s": round(values_s[-1], 2)}


def _framed(portrait: Image) -> Image:
    """Return a picture of somebody as one has it: the portrait before a wall."""
    picture = np.full((360, 640, 3), 127, dtype=np.uint8)
    picture[70:290, 210:430] = cv2.resize(portrait, (220, 220))
    return picture


if __name__ == "__main__":
    main()
