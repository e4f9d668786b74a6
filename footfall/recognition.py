"""The recognition service, put together."""

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from functools import partial
from threading import Lock
from uuid import UUID

from fastapi import FastAPI

from analytics.access.roles import Role
from analytics.access.tokens import same
from analytics.identity_work import EnrolledMember
from analytics.records.repository import VisitRepository
from faces.face_finder import FaceFinder
from faces.packs import Pack
from faces.pictures import decode_picture
from faces.ports import Image
from footfall.api_meters import Metered
from footfall.config import Settings
from footfall.data_dir import DataDir
from footfall.databases import open_repository
from footfall.metrics import PICTURES_REFUSED, Meters
from footfall.page_enrolment import Enrol, enrol_member, not_ready
from footfall.publisher import Publisher
from footfall.visit_records import VisitRecords
from footfall.web_server import is_loopback, served
from footfall.wiring import policy_of, utc_now
from ingest.gates import Gates
from matcher.api.app import create_api
from matcher.api.desk import RecognitionDesk
from matcher.api.enrolment import EnrolmentDesk, Publish
from matcher.api.face_reader import FaceReader
from matcher.api.known_people import KnownPeople
from matcher.api.service import RecognitionService
from matcher.state import MatcherState
from schemas.errors import ConfigError
from schemas.event_log import EventLog
from schemas.messages import Message

_log = logging.getLogger(__name__)


class Recognition:
    """The service of one process: there as soon as the matcher's state is."""

    def __init__(
        self,
        settings: Settings,
        pack: Pack,
        log: EventLog,
        *,
        repository: Callable[[], VisitRepository | None],
        meters: Meters | None = None,
    ) -> None:
        self._settings = settings
        self._pack = pack
        self._log = log
        self._repository = repository
        self._meters = meters or Meters()
        self._service: RecognitionService | None = None
        self._enrol: Enrol = not_ready

    def begin(self, state: MatcherState) -> None:
        """Serve from what a matcher knows."""
        people = people_of(self._settings, self._pack, state)
        reader = reader_of(self._pack)
        enrolment = enrolment_of(self._pack, self._log, reader, people)
        records = VisitRecords(settings=self._settings, log=self._log, repository=self._repository, people=people)
        self._service = RecognitionService(
            store_id=self._settings.store.id,
            recognition=RecognitionDesk(reader, people),
            enrolment=enrolment,
            erase=records.erase,
            visits=records.visits,
        )
        self._enrol = partial(enrol_member, enrolment, people)

    def enrol(
        self, picture: bytes, store_id: str, member_id: str, actor: str, may_touch: Callable[[UUID], None]
    ) -> EnrolledMember:
        """Enrol a member by a picture; raises as ``enrol_member`` does, and TransientError before it can be done."""
        return self._enrol(picture, store_id, member_id, actor, may_touch)

    def api(self, *, beyond_this_machine: bool) -> FastAPI:
        """Return the application, which answers that it is starting until then. Beyond this machine it takes a key."""
        asks = beyond_this_machine or self._settings.api.key is not None
        app = create_api(
            lambda: self._service,
            admits=self._admits if asks else None,
            on_refused=lambda reason: self._meters.add(PICTURES_REFUSED, reason=reason),
        )
        app.add_middleware(Metered, meters=self._meters)
        return app

    def _admits(self, given: str) -> bool:
        """Tell whether a key is the one that is set, or one of those made for recognition."""
        key = self._settings.api.key
        if key is not None and same(given, key.get_secret_value()):
            return True
        repository = self._repository()
        if repository is None:
            return False
        principal = repository.access.accounts.principal_of_key(given, utc_now())
        return principal is not None and principal.role is Role.RECOGNITION


def people_of(settings: Settings, pack: Pack, state: MatcherState) -> KnownPeople:
    """Return everybody whom a matcher's state knows."""
    return KnownPeople(
        gallery=state.people.chain,
        ledger=lambda: state.people.ledger,
        calibration=pack.calibration,
        policy=policy_of(settings),
    )


def reader_of(pack: Pack, decode: Callable[[bytes], Image] = decode_picture) -> FaceReader:
    """Return what reads pictures with a pack's own networks, loaded at the first one; gates as at a camera."""
    return FaceReader(lambda: FaceFinder(pack), refuse=Gates(min_score=pack.min_score).refuse, decode=decode)


def enrolment_of(pack: Pack, log: EventLog, reader: FaceReader, people: KnownPeople) -> EnrolmentDesk:
    """Return the desk that enrols into a log."""
    return EnrolmentDesk(reader=reader, people=people, publish=_onto(log), model_id=pack.model_id, now=utc_now)


@contextmanager
def recognition_served(
    settings: Settings, port: int, pack: Pack, log: EventLog, state: MatcherState, meters: Meters
) -> Iterator[None]:
    """Serve recognition at a port while the context lasts, and measure it.

    Raises ConfigError where the address cannot be listened on, or reaches beyond this machine and no key is set.
    """
    api = settings.api
    if not is_loopback(api.host) and api.key is None:
        raise ConfigError(
            f"api.host {api.host} reaches beyond this machine: set a key that every request must carry, "
            "FOOTFALL_API_KEY, or use 127.0.0.1"
        )
    with ExitStack() as opened:
        repository = opened.enter_context(_repository_at_need(settings))
        recognition = Recognition(settings, pack, log, repository=repository, meters=meters)
        recognition.begin(state)
        app = recognition.api(beyond_this_machine=not is_loopback(api.host))
        opened.enter_context(served(app, api.host, port, name="api", remedy="give another --api-port"))
        _log.info(
            "recognition is served at http://%s:%d/ %s", api.host, port,
            "to whoever has the key" if api.key else "to programs of this machine",
        )  # fmt: skip
        yield


@contextmanager
def _repository_at_need(settings: Settings) -> Iterator[Callable[[], VisitRepository | None]]:
    """Give what opens the database when it is first asked for; None where there is none to open."""
    with ExitStack() as opened:
        lock, held = Lock(), list[VisitRepository]()

        def repository() -> VisitRepository | None:
            here = (DataDir(path=settings.data_dir).path / "visits.sqlite").is_file()
            if settings.database is None and not here:
                return None
            with lock:
                if not held:
                    held.append(opened.enter_context(closing(open_repository(settings))))
                return held[0]

        yield repository


def _onto(log: EventLog) -> Publish:
    publisher = Publisher(log)

    def publish(messages: Sequence[Message]) -> None:
        for message in messages:
            publisher.publish(message)
        publisher.flush()

    return publish
