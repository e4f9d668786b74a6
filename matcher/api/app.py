"""The recognition service as an application: routes over the desks. Whoever calls binds it to an address."""

import logging
from collections.abc import Callable
from typing import Annotated
from uuid import UUID

from fastapi import Depends, FastAPI, Path, Query, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException

from faces.errors import FacesError, OversizedPicture, PictureError, UnknownPicture
from matcher.api import errors as refusals
from matcher.api.access import Access
from matcher.api.answers import (
    Enrolled,
    Erased,
    FaceId,
    MemberId,
    Membership,
    Problem,
    Recognised,
    SearchResult,
    Verified,
    Visits,
)
from matcher.api.enrolment import Wanted, Who
from matcher.api.service import RecognitionService
from matcher.api.uploads import PICTURE_BODY, TWO_PICTURES_BODY, Uploads
from schemas.errors import FootfallError, InputError, StorageError
from schemas.member_tags import LONGEST_TAG, MOST_TAGS

_STATUS: dict[type[Exception], int] = {
    refusals.UnknownVisitor: 404,
    refusals.ErasedVisitor: 410,
    refusals.LooksLike: 409,
    refusals.MemberTaken: 409,
    refusals.NotServedHere: 501,
    InputError: 422,
    StorageError: 503,
    OversizedPicture: 413,
    UnknownPicture: 415,
    PictureError: 422,
    FootfallError: 503,
    FacesError: 503,
}
# Why a picture is not taken, in a word.
_REASONS: dict[type[Exception], str] = {
    refusals.NoFace: "no_face",
    refusals.SeveralFaces: "several_faces",
    refusals.PoorQuality: "poor_quality",
    refusals.LooksLike: "looks_like_another",
    OversizedPicture: "too_many_pixels",
    UnknownPicture: "unknown_format",
    PictureError: "unreadable",
}
_NAME = r"^[^\x00-\x1f\x7f]+$"
_MEMBER = r"^[^\s\x00-\x1f\x7f][^\x00-\x1f\x7f]*$"
_log = logging.getLogger(__name__)


class Binding(BaseModel):
    """Which member of the shop a visitor is."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"example": {"member_id": "card-4711", "consent": True, "tags": ["gold", "likes tea"]}},
    )

    member_id: Annotated[MemberId, Field(max_length=128, pattern=_MEMBER)]
    consent: bool = Field(default=False, description="Whether the member agreed to be recognised; must be true.")
    tags: list[str] | None = Field(
        default=None,
        max_length=MOST_TAGS,
        description=f"What the shop says of the member, each of 1 to {LONGEST_TAG} characters; left out, what was said "
        "stays, and an empty list takes it away.",
    )


def _who(
    actor: Annotated[str, Query(max_length=64, pattern=_NAME, description="Who asks; kept in the ledger.")] = "api",
    reason: Annotated[str, Query(max_length=256, description="Why; kept in the ledger.")] = "",
) -> Who:
    return Who(actor=actor, reason=reason)


_Who = Annotated[Who, Depends(_who)]
_Face = Annotated[FaceId, Path(description="A visitor, by any FaceId that ever stood for them.")]
_OptionalFace = Annotated[UUID | None, Query()]


def create_api(
    service: Callable[[], RecognitionService | None],
    *,
    admits: Callable[[str], bool] | None,
    on_refused: Callable[[str], None] = lambda _reason: None,
) -> FastAPI:
    """Return the application over a service, which is None until it is ready.

    Every request must carry a key that ``admits`` takes; without that, only programs of this machine are answered.
    ``on_refused`` is told of each picture that is not taken, in a word why.
    """
    app = FastAPI(
        title="Footfall recognition",
        version="1",
        description="Who is on a picture. A picture is sent as the body itself: a JPEG, PNG or WebP of at most 8 MB "
        "and 12 megapixels. Nothing is kept of it but, when it is enrolled, its embedding.",
        docs_url=None,
        redoc_url=None,
        dependencies=[Depends(Access(admits))],
    )
    uploads = Uploads()

    def ready() -> RecognitionService:
        serving = service()
        if serving is None:
            raise HTTPException(503, "the service is starting: try again in a moment", {"retry-after": "1"})
        return serving

    Service = Annotated[RecognitionService, Depends(ready)]  # noqa: N806 - a type
    Picture = Annotated[bytes, Depends(uploads.picture)]  # noqa: N806 - a type
    TwoPictures = Annotated[tuple[bytes, bytes], Depends(uploads.two_pictures)]  # noqa: N806 - a type

    @app.post("/recognize", openapi_extra=PICTURE_BODY, responses=_problems(413, 415))
    def recognize(serving: Service, picture: Picture) -> Recognised:
        """Tell whose faces are in a picture, the largest first; of a picture without a face, none."""
        return serving.recognition.recognise(picture)

    @app.post("/search", openapi_extra=PICTURE_BODY, responses=_problems(413, 415))
    def search(serving: Service, picture: Picture, top_k: Annotated[int, Query(ge=1, le=100)] = 5) -> SearchResult:
        """List the visitors who resemble the largest face of a picture most, best first."""
        return serving.recognition.search(picture, top_k)

    @app.post("/verify", openapi_extra=TWO_PICTURES_BODY, responses=_problems(413, 415))
    def verify(serving: Service, pictures: TwoPictures) -> Verified:
        """Tell whether the largest faces of two pictures are of one person."""
        return serving.recognition.verify(*pictures)

    @app.post("/faces", openapi_extra=PICTURE_BODY, responses=_problems(404, 409, 410, 413, 415), status_code=201)
    def enrol(
        serving: Service,
        picture: Picture,
        who: _Who,
        store: Annotated[
            str | None, Query(min_length=1, max_length=64, pattern=_NAME, description="Where; else the service's own.")
        ] = None,
        face_id: _OptionalFace = None,
        member_id: Annotated[MemberId | None, Query(max_length=128, pattern=_MEMBER)] = None,
        consent: Annotated[bool, Query(description="Whether the member agreed to be recognised.")] = False,
        apart_from: Annotated[UUID | None, Query(description="A visitor who looks alike and is somebody else.")] = None,
    ) -> Enrolled:
        """Enrol the one face of a picture: as somebody new, or as a further look of `face_id`.

        The same picture gives the same answer, however often it is sent. A member is bound with `consent` alone.
        """
        wanted = Wanted(
            store_id=store or serving.store_id,
            face_id=face_id,
            member_id=member_id,
            consent=consent,
            apart_from=apart_from,
        )
        return serving.enrolment.enrol(picture, wanted, who)

    @app.delete("/faces/{face_id}", responses=_problems(404, 501))
    def erase(
        serving: Service,
        face_id: _Face,
        who: _Who,
        visits_too: Annotated[bool, Query(description="Take the visits out of the counts as well.")] = False,
    ) -> Erased:
        """Erase a visitor for good, with every FaceId that is one with them. It cannot be undone."""
        return serving.erase(face_id, who, visits_too=visits_too)

    @app.get("/faces/{face_id}/visits", responses=_problems(404, 410, 501))
    def visits(serving: Service, face_id: _Face) -> Visits:
        """List a visitor's visits to every store, oldest first."""
        return serving.visits(face_id)

    @app.put("/faces/{face_id}/member", responses=_problems(404, 409, 410))
    def bind(serving: Service, face_id: _Face, binding: Binding, who: _Who) -> Membership:
        """Say which member of the shop a visitor is, with that member's consent; and what is to be known of them."""
        return serving.enrolment.bind(face_id, binding.member_id, who, consent=binding.consent, tags=binding.tags)

    @app.delete("/faces/{face_id}/member", responses=_problems(404, 410))
    def unbind(serving: Service, face_id: _Face, who: _Who) -> Membership:
        """Take back which member a visitor is."""
        return serving.enrolment.unbind(face_id, who)

    def answer_error(request: Request, error: Exception) -> JSONResponse:
        if (reason := _reason_of(error)) is not None:
            on_refused(reason)
        return _answer_error(request, error)

    for kind in (FootfallError, FacesError, HTTPException, RequestValidationError):
        app.add_exception_handler(kind, answer_error)
    return app


def _reason_of(error: Exception) -> str | None:
    if isinstance(error, HTTPException):
        return "too_many_bytes" if error.status_code == 413 else None
    return next((_REASONS[kind] for kind in type(error).__mro__ if kind in _REASONS), None)


def _problems(*statuses: int) -> dict[int | str, dict[str, object]]:
    always = (401, 403, 408, 422, 503)
    return {status: {"model": Problem, "description": _MEANING[status]} for status in sorted({*statuses, *always})}


_MEANING = {
    401: "The key is missing or wrong.",
    403: "Without a key only programs of this machine are answered.",
    404: "Nobody has this FaceId.",
    408: "The body did not come in time.",
    409: "The face, or the member, is another visitor's.",
    410: "The visitor was erased.",
    413: "More than 8 MB or 12 megapixels.",
    415: "Not a JPEG, PNG or WebP.",
    422: "The picture or a parameter cannot be used.",
    501: "This process was given no database of visits.",
    503: "Log, database or model are away, or too many pictures came at once.",
}


def _answer_error(request: Request, error: Exception) -> JSONResponse:
    """Answer with the sentence of an error and the status of its kind."""
    headers = None
    if isinstance(error, HTTPException):
        status, said, headers = error.status_code, str(error.detail), error.headers
    elif isinstance(error, RequestValidationError):
        first = error.errors()[0]
        status, said = 422, f"{first['loc'][-1]}: {first['msg']}"
    else:
        status = next(_STATUS[kind] for kind in type(error).__mro__ if kind in _STATUS)
        said = f"the picture {error}" if isinstance(error, PictureError) else str(error)
        if isinstance(error, UnknownPicture):
            said = "the body is no picture that is accepted: send a JPEG, PNG or WebP"
        if status == 503:
            _log.error("%s %s: %s", request.method, request.url.path, error)
    problem: dict[str, str] = {"error": said}
    if isinstance(error, refusals.Refused) and error.face_id is not None:
        problem["face_id"] = str(error.face_id)
    return JSONResponse(problem, status_code=status, headers=headers)
