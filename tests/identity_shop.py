"""A store on one machine in which some visitors may be one person, one is a member, and one seems to work there."""

import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import numpy as np
from access_site import LIGHT
from fastapi import FastAPI
from known_visitors import START, Seen

from analytics.access.login import Login
from analytics.access.passwords import Passwords
from analytics.identity_work import IdentityWork, Queue
from analytics.records.repository import VisitRepository
from analytics.settings import StoreSettings
from analytics.web.app import create_app
from faces.packs import open_pack
from footfall.camera_desk import CameraDesk
from footfall.config_loading import load_settings
from footfall.data_dir import DataDir
from footfall.event_logs import open_event_log
from footfall.identity_pages import IdentityPages
from footfall.page_enrolment import not_ready
from footfall.publisher import Publisher
from schemas.event_log import EventLog
from schemas.topics import TOPICS

STORE = "a"
NOW = START + timedelta(days=13, hours=9)
LIKELY = open_pack("dlib").calibration.loosest_threshold_for(1e-4)
"""So far apart are the templates of two of whom it is likely, and not sure, that they are one."""

FIRST, AGAIN = UUID(int=1 << 96), UUID(int=2 << 96)
WORKER = UUID(int=99 << 96)
MEMBER = "card-4711"


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityShop:
    """The application, what it may ask, and what lies behind it."""

    app: FastAPI
    pages: IdentityPages
    repository: VisitRepository
    log: EventLog

    @property
    def work(self) -> IdentityWork:
        return self.pages.work()

    def queue(self) -> Queue:
        """Wait until everybody was looked at."""
        until_s = time.monotonic() + 60
        while (queue := self.pages.queue()).looking or (queue.found_at is None and not queue.said):
            assert time.monotonic() < until_s
            time.sleep(0.05)
        return queue


def visitors(pairs: int) -> Seen:
    """Faces as the dlib pack gives them: strangers are 0.8 apart. FaceIds 1 and 2 may be one person, and so on."""
    rng = np.random.default_rng(3)
    seen = Seen(model_id=open_pack("dlib").model_id)

    def face(beside: np.ndarray | None = None, apart: float = 0.0) -> np.ndarray:
        drawn = rng.standard_normal(128)
        drawn /= np.linalg.norm(drawn)
        return (0.8 / np.sqrt(2) * drawn if beside is None else beside + apart * drawn).astype(np.float32)

    people: list[tuple[UUID, np.ndarray]] = []
    for number in range(pairs):
        known = face()
        people += [
            (UUID(int=(2 * number + 1) << 96), known),
            (UUID(int=(2 * number + 2) << 96), face(known, LIKELY)),
        ]
    people += [(UUID(int=number << 64), face()) for number in range(40)]
    for number, (face_id, embedding) in enumerate(people):
        seen.add(number, face_id, embedding, minutes=10.0 * number)
    for day in range(12):  # somebody who opens and closes the store
        for hour in (0, 8.5):
            seen.add(
                999, WORKER, face(), minutes=24 * 60 * day + 60 * hour, keep=False, minted=False, camera="back door"
            )
    for day in (3, 5, 9):
        seen.add(0, FIRST, people[0][1], minutes=24 * 60 * day + 95, keep=False, minted=False)
        seen.add(1, AGAIN, people[1][1], minutes=24 * 60 * day + 3000, keep=False, minted=False, camera="till")
    return seen


@contextmanager
def identity_shop(
    folder: Path, *, pairs: int = 3, people: bool = True, with_login: bool = False
) -> Iterator[IdentityShop]:
    """Open a store; without ``people`` nobody was seen yet."""
    place = DataDir(path=folder)
    settings = load_settings(None, data_dir=folder, store={"id": STORE})
    ending = threading.Event()
    with (
        closing(open_event_log(place.log_url)) as log,
        closing(VisitRepository(place.database_url, lambda store: StoreSettings(store_id=store))) as repository,
    ):
        log.create(TOPICS)
        if people:
            publisher = Publisher(log)
            seen = visitors(pairs)
            for message in (*seen.templates, *seen.sightings):
                publisher.publish(message)
            publisher.flush()
            repository.record(seen.sightings)
        login = Login(store=repository.access, passwords=Passwords(**LIGHT)) if with_login else None
        with closing(IdentityPages(settings=settings, log=log, repository=repository)) as pages:
            app = create_app(
                repository=repository,
                now=lambda: NOW,
                stores=(STORE,),
                work=replace(pages.work(), enrol=not_ready),
                cameras=CameraDesk(settings, repository).work(),
                login=login,
                ruled=frozenset({"zone"}),
                allowed_hosts=("*",),
                ending=ending,
            )
            yield IdentityShop(app=app, pages=pages, repository=repository, log=log)
