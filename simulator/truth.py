"""What really happened in a simulated day, and the file it is kept in."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from schemas.errors import InputError, StorageError

SESSION_GAP = timedelta(minutes=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class TrueCamera:
    """A camera and its film. ``file`` is relative to the folder of the truth."""

    camera: str
    file: str
    starts_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class TrueBox:
    """Where a face was ``at_s`` seconds into the camera's film: (x, y, width, height) in pixels."""

    at_s: float
    box: tuple[float, float, float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """One walk of one person through the view of one camera, from the first moment of the face to the last."""

    person: str
    camera: str
    began_at: datetime
    ended_at: datetime
    boxes: tuple[TrueBox, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TrueVisit:
    """Passages of one person with no gap above the session gap; ``passages`` are indices into the truth's."""

    person: str
    began_at: datetime
    ended_at: datetime
    passages: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """A simulated day. ``parameters`` are the numbers it was made from, for the record."""

    store: str
    cameras: tuple[TrueCamera, ...]
    passages: tuple[Passage, ...]
    session_gap: timedelta
    parameters: Mapping[str, Any]

    @property
    def people(self) -> tuple[str, ...]:
        """Everyone who came, sorted."""
        return tuple(sorted({passage.person for passage in self.passages}))

    @property
    def visits(self) -> tuple[TrueVisit, ...]:
        """The visits that the passages make by definition, oldest first."""
        return visits_of(self.passages, self.session_gap)

    @property
    def pv(self) -> int:
        """Number of visits."""
        return len(self.visits)

    @property
    def uv(self) -> int:
        """Number of distinct people."""
        return len(self.people)


def visits_of(passages: Sequence[Passage], session_gap: timedelta) -> tuple[TrueVisit, ...]:
    """Return the visits: for each person, passages with no gap above ``session_gap``; oldest first."""
    visits: list[TrueVisit] = []
    latest: dict[str, int] = {}
    for index, passage in sorted(enumerate(passages), key=lambda item: (item[1].began_at, item[0])):
        place = latest.get(passage.person)
        if place is not None and passage.began_at - visits[place].ended_at <= session_gap:
            visit = visits[place]
            visits[place] = replace(
                visit, ended_at=max(visit.ended_at, passage.ended_at), passages=(*visit.passages, index)
            )
            continue
        latest[passage.person] = len(visits)
        visits.append(
            TrueVisit(person=passage.person, began_at=passage.began_at, ended_at=passage.ended_at, passages=(index,))
        )
    return tuple(visits)


def save_truth(truth: Truth, path: Path) -> None:
    """Write a truth as JSON. Visits, PV and UV are written for people who look; they follow from the passages."""
    document = {
        "store": truth.store,
        "session_gap_s": truth.session_gap.total_seconds(),
        "pv": truth.pv,
        "uv": truth.uv,
        "parameters": dict(truth.parameters),
        "cameras": [
            {"camera": camera.camera, "file": camera.file, "starts_at": _text(camera.starts_at)}
            for camera in truth.cameras
        ],
        "people": list(truth.people),
        "visits": [
            {
                "person": visit.person,
                "began_at": _text(visit.began_at),
                "ended_at": _text(visit.ended_at),
                "passages": list(visit.passages),
            }
            for visit in truth.visits
        ],
        "passages": [
            {
                "person": passage.person,
                "camera": passage.camera,
                "began_at": _text(passage.began_at),
                "ended_at": _text(passage.ended_at),
                "boxes": [[box.at_s, *box.box] for box in passage.boxes],
            }
            for passage in truth.passages
        ],
    }
    try:
        path.write_text(json.dumps(document, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    except OSError as error:
        raise StorageError(f"{path}: cannot be written ({error.strerror}); choose another folder") from error


def load_truth(path: Path) -> Truth:
    """Read a truth. Raises InputError naming the file and the field at fault."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}); give the truth.json of a simulation") from error
    except ValueError as error:
        raise InputError(f"{path}: is not JSON ({error}); give the truth.json of a simulation") from error
    try:
        return _truth(document)
    except KeyError as error:
        raise InputError(f"{path}: field {error} is missing; write the truth again with footfall simulate") from error
    except (TypeError, ValueError, AttributeError) as error:
        raise InputError(f"{path}: {error}; write the truth again with footfall simulate") from error


def _truth(document: Any) -> Truth:
    return Truth(
        store=str(document["store"]),
        cameras=tuple(
            TrueCamera(camera=item["camera"], file=item["file"], starts_at=_moment(item["starts_at"]))
            for item in document["cameras"]
        ),
        passages=tuple(
            Passage(
                person=item["person"],
                camera=item["camera"],
                began_at=_moment(item["began_at"]),
                ended_at=_moment(item["ended_at"]),
                boxes=tuple(_box(numbers) for numbers in item["boxes"]),
            )
            for item in document["passages"]
        ),
        session_gap=timedelta(seconds=float(document["session_gap_s"])),
        parameters=dict(document["parameters"]),
    )


def _box(numbers: Sequence[float]) -> TrueBox:
    at_s, x, y, width, height = (float(number) for number in numbers)
    return TrueBox(at_s=at_s, box=(x, y, width, height))


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"time {text} has no zone")
    return moment.astimezone(UTC)


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
