"""An application that asks who is there, with two stores, and people and keys to ask by."""

import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

from app_client import AppClient
from fastapi import FastAPI

from analytics.access.accounts import Key, User
from analytics.access.login import Login
from analytics.access.passwords import Passwords
from analytics.access.roles import OF_STORES, Role
from analytics.access.sessions import Attempt
from analytics.access.store import AccessStore
from analytics.access.tokens import form_token, new_key
from analytics.camera_work import CameraWork
from analytics.records.repository import VisitRepository
from analytics.settings import StoreSettings
from analytics.web.app import create_app

OWN, FOREIGN = "own", "foreign"
PASSWORD = "four words of mine"
LIGHT = {"passes": 1, "memory_kib": 8, "lanes": 1}
BEGAN = datetime(2026, 5, 4, 9, tzinfo=UTC)


@dataclass(slots=True)
class Clock:
    """A clock that stands until it is put on."""

    now: datetime = BEGAN

    def __call__(self) -> datetime:
        return self.now


@dataclass(slots=True, kw_only=True)
class Site:
    """The application, and what is kept of access to it."""

    app: FastAPI
    repository: VisitRepository
    passwords: Passwords
    clock: Clock = field(default_factory=Clock)

    @property
    def access(self) -> AccessStore:
        return self.repository.access

    @property
    def client(self) -> AppClient:
        return AppClient(self.app)

    def add_user(self, name: str, role: Role = Role.ADMIN, *, password: str | None = None) -> None:
        """Make a user, of the own store alone where the role is of some; with a password where one is typed."""
        stores = frozenset({OWN}) if role in OF_STORES else None
        kept = self.passwords.hash(password) if password else "no hash"
        self.access.accounts.add_user(User(name=name, role=role, stores=stores, made_at=self.clock()), kept, by="test")

    def session(self, name: str) -> dict[str, str]:
        """Log a user in and return what their browser sends from then on, its forms included."""
        kept = self.access.accounts.password_of(name)
        assert kept is not None
        attempt = Attempt(attempt_id=uuid4(), wait=timedelta(0))
        token = self.access.sessions.begin(name, kept, attempt, "127.0.0.1", self.clock())
        assert token is not None
        return {"cookie": f"footfall_session={token}", "x-form-token": form_token(token)}

    def key(self, role: Role = Role.ADMIN, *, days: int = 1) -> tuple[str, dict[str, str]]:
        """Make a key, of the own store alone where the role is of some; return its id and what is sent by it."""
        made, stores = new_key(), frozenset({OWN}) if role in OF_STORES else None
        kept = Key(
            key_id=made.key_id,
            name="for a test",
            role=role,
            stores=stores,
            made_at=self.clock(),
            expires_at=self.clock() + timedelta(days=days),
        )
        self.access.accounts.add_key(kept, made, by="test")
        return made.key_id, {"x-api-key": made.text}


@contextmanager
def access_site(folder: Path, *, cameras: CameraWork | None = None) -> Iterator[Site]:
    """Open a site over a database in a folder. Streams end at once, after what there is."""
    with site_over(f"sqlite:///{folder / 'visits.sqlite'}", cameras=cameras) as site:
        yield site


@contextmanager
def site_over(url: str, *, cameras: CameraWork | None = None) -> Iterator[Site]:
    """Open a site over any database."""
    clock, ending = Clock(), threading.Event()
    ending.set()
    with closing(VisitRepository(url, lambda store_id: StoreSettings(store_id=store_id))) as repository:
        login = Login(store=repository.access, passwords=Passwords(**LIGHT))
        app = create_app(
            repository=repository, now=clock, stores=(OWN, FOREIGN), login=login, cameras=cameras,
            allowed_hosts=("*",), ending=ending,
        )  # fmt: skip
        yield Site(app=app, repository=repository, passwords=login.passwords, clock=clock)
