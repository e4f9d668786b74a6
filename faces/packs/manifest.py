"""Manifests: the TOML files that describe packs and shipped detectors. An unknown key is an error, never a shrug."""

import difflib
import re
import tomllib
from collections.abc import Iterator
from itertools import product
from pathlib import PurePosixPath
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, NamedTuple, Self, TypeVar, get_args

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator
from pydantic_core import ErrorDetails

from faces.alignment import ARCFACE_POINTS, DLIB_CHIP_PX
from faces.errors import ModelError
from faces.input_format import Channels, InputFormat, Layout, Triple
from faces.landmarks import LandmarkScheme
from faces.packs.checksums import Checksum

DetectorName = Literal["dlib", "yunet"]
Points = tuple[tuple[float, float], ...]
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
_NETWORKS = (".onnx", ".xml", ".tflite", ".dat")


def _plain_name(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise ValueError("should be lower-case letters, digits, dots, hyphens and underscores, 64 at most")
    return name


def _inside(name: str) -> str:
    path = PurePosixPath(name)
    if not name or path.is_absolute() or ".." in path.parts or str(path) != name:
        raise ValueError("should be the path of a file beside the manifest or in a folder there, such as net.onnx")
    return name


def _for_each_channel(value: object) -> object:
    return (value, value, value) if isinstance(value, int | float) else value


def _one_or_several(value: object) -> object:
    return (value,) if isinstance(value, str) else value


FileName = Annotated[str, AfterValidator(_inside)]
PerChannel = Annotated[Triple, BeforeValidator(_for_each_channel)]


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class FileEntry(_Table):
    """One file: what it must be, and where its project publishes it."""

    sha256: str | None = Field(default=None, pattern="^[0-9a-f]{64}$")
    sha384: str | None = Field(default=None, pattern="^[0-9a-f]{96}$")
    bytes: int | None = Field(default=None, gt=0)
    url: str | None = Field(default=None, pattern="^https?://")

    @property
    def checksum(self) -> Checksum | None:
        """What the file's content must hash to; None where the manifest does not say."""
        given = ((name, digest) for name, digest in (("sha256", self.sha256), ("sha384", self.sha384)) if digest)
        return next((Checksum(algorithm=name, digest=digest) for name, digest in given), None)


class Input(_Table):
    """What the network expects of a crop: (pixel - mean) / scale, pixels counting from 0 to 255."""

    side_px: int = Field(ge=16, le=1024)
    layout: Layout = "NCHW"
    channels: Channels = "BGR"
    mean: PerChannel = (0.0, 0.0, 0.0)
    scale: PerChannel = (1.0, 1.0, 1.0)

    def format(self) -> InputFormat:
        """Return the same for an engine."""
        return InputFormat(**self.model_dump())

    @model_validator(mode="after")
    def _scale_divides(self) -> Self:
        if not all(self.scale):
            raise ValueError("scale divides: it cannot be 0")
        return self


class Alignment(_Table):
    """Where the landmarks come to lie in the crop: a known scheme, or five points in parts of the crop's side.

    Points are those of the eyes, the nose and the corners of the mouth, left before right as seen in the picture.
    """

    scheme: Literal["arcface", "dlib"] | None = None
    points: Points | None = Field(default=None, min_length=5, max_length=5)

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.scheme is None) == (self.points is None):
            raise ValueError('should hold either scheme = "arcface" (or "dlib") or five points')
        return self

    @property
    def landmarks(self) -> LandmarkScheme:
        """The landmarks it must be given."""
        return LandmarkScheme.DLIB5 if self.scheme == "dlib" else LandmarkScheme.FIVE_POINT

    def targets(self) -> Points:
        """Return the five points in parts of the crop's side; for dlib's own chip there are none to give."""
        return ARCFACE_POINTS if self.points is None else self.points


class EmbedderTable(_Table):
    """The network that tells people apart, and what it takes and gives.

    Of several networks, which must be the same weights in other formats, the first whose files are in place is used.
    ``bfloat16`` says that it was measured to recognise people as well in that number format, which fast CPUs have.
    ``mirrored`` embeds the mirror image of each crop too and takes the mean, for twice the time.
    """

    network: Annotated[tuple[FileName, ...], BeforeValidator(_one_or_several)] = Field(min_length=1)
    model_id: str | None = Field(default=None, min_length=1, max_length=64)
    dimension: int = Field(ge=8, le=8192)
    metric: Literal["l2", "cosine"]
    output: str | None = None
    bfloat16: bool = False
    mirrored: bool = False
    input: Input
    alignment: Alignment

    @model_validator(mode="after")
    def _crop_has_the_side_of_the_input(self) -> Self:
        if self.alignment.scheme == "dlib" and self.input.side_px != DLIB_CHIP_PX:
            raise ValueError(f"dlib's chip is {DLIB_CHIP_PX} pixels wide: side_px must be that")
        return self


class LandmarksTable(_Table):
    """A network that finds the five points of a face more exactly than the detector does, in a square of ``side_px``.

    Of several, which must be the same weights in other formats, the first whose files are in place is used.
    """

    network: Annotated[tuple[FileName, ...], BeforeValidator(_one_or_several)] = Field(min_length=1)
    side_px: int = Field(ge=16, le=512)


class DetectorTable(_Table):
    """The shipped detector the embedder is paired with, and what differs from its own settings."""

    name: DetectorName
    min_face_px: float | None = Field(default=None, gt=0)
    min_score: float | None = Field(default=None, ge=0, le=1)


class _WithFiles(_Table):
    licence: str = ""
    package: str | None = None
    files: dict[FileName, FileEntry] = {}


class Detector(_WithFiles):
    """A shipped detector: the order of its landmarks, the narrowest face it finds well, its files."""

    name: DetectorName
    landmarks: LandmarkScheme
    min_face_px: float
    min_score: float


class Networks(NamedTuple):
    """The networks of a pack beside its detector's: the embedder's, and that of the landmarks where it has one."""

    embedder: str
    landmarks: str | None = None

    def all(self) -> tuple[str, ...]:
        """Return those there are."""
        return (self.embedder,) if self.landmarks is None else (self.embedder, self.landmarks)


class Manifest(_WithFiles):
    """A pack. ``package`` is the Python package its files come with; ``calibration`` is for ``faces.calibration``.

    ``formerly`` are the model_ids of its versions before.
    """

    name: Annotated[str, AfterValidator(_plain_name)]
    version: str = "1"
    formerly: tuple[str, ...] = ()
    accuracy: str = ""
    detector: DetectorTable
    landmarks: LandmarksTable | None = None
    embedder: EmbedderTable
    calibration: dict[str, Any] | None = None

    @model_validator(mode="after")
    def _landmarks_are_those_aligned_by(self) -> Self:
        if self.landmarks is not None and self.embedder.alignment.landmarks is not LandmarkScheme.FIVE_POINT:
            raise ValueError("landmarks: such a network gives five points, and dlib's chip is cut by others")
        return self

    def choices(self) -> Iterator[Networks]:
        """Yield the networks that may be run together, best first."""
        of_landmarks = (None,) if self.landmarks is None else self.landmarks.network
        return (Networks(*chosen) for chosen in product(self.embedder.network, of_landmarks))

    def files_of(self, networks: Networks, known: tuple[str, ...]) -> tuple[str, ...]:
        """Return the files that belong to networks.

        An IR has a .bin beside its .xml; what lies in a SavedModel folder must be ``known``. What the manifest lists
        for no network, such as weights that ONNX keeps in a second file, belongs to each.
        """
        of_all = {part for some in self.choices() for one in some.all() for part in _parts(one, known)}
        own = (part for one in networks.all() for part in _parts(one, known))
        return *own, *(name for name in self.files if name not in of_all)


_Kind = TypeVar("_Kind", Manifest, Detector)


def parse(kind: type[_Kind], text: str, where: str) -> _Kind:
    """Return what a manifest says; raises ModelError with a sentence for each thing that is wrong with it."""
    try:
        return kind.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise ModelError(f"{where}: this is not TOML: {error}") from error
    except ValidationError as error:
        raise ModelError("\n".join(f"{where}: {_complaint(kind, one)}" for one in error.errors())) from None


def _parts(network: str, known: tuple[str, ...]) -> tuple[str, ...]:
    if network.endswith(".xml"):
        return network, network.removesuffix(".xml") + ".bin"
    if network.endswith(_NETWORKS):
        return (network,)
    return tuple(name for name in known if name.startswith(f"{network}/"))


def _complaint(kind: type[BaseModel], error: ErrorDetails) -> str:
    path = [str(part) for part in error["loc"]]
    said = error["msg"].removeprefix("Value error, ").removeprefix("Input ")
    if error["type"] == "extra_forbidden":
        there = sorted(_keys(kind, path[:-1]))
        near = difflib.get_close_matches(path[-1], there, n=1, cutoff=0.5)
        said = "there is no such key; " + (f"did you mean {near[0]}?" if near else f"there are {', '.join(there)}")
    elif error["type"] == "missing":
        said = "is missing: docs/models.md says what belongs there"
    return f"{'.'.join(path)}: {said}" if path else said


def _keys(kind: Any, path: list[str]) -> set[str]:
    """Return the keys of the table at a path, by walking the types."""
    for part in path:
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            kind = kind.model_fields[part].annotation
        else:
            kind = get_args(kind)[-1]
        if isinstance(kind, UnionType):  # a table that need not be there
            kind = next(one for one in get_args(kind) if one is not NoneType)
    return set(kind.model_fields)
