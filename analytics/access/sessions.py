"""Who is logged in, and who tries to."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from sqlalchemy import Connection, Engine, delete, insert, or_, select, text

from analytics.access.accounts import stores_of
from analytics.access.audit import AuditEntry, write_down
from analytics.access.roles import Principal
from analytics.access.throttle import PER_ADDRESS, PER_USER, wait_of
from analytics.access.tokens import hashed, new_token
from analytics.records import tables
from analytics.records.bulk import is_postgres
from analytics.records.database import reading, writing

SESSION_LASTS = timedelta(hours=16)
"""A day in a shop: a screen that is opened in the morning stays open until the evening."""

# Any number will do that nobody else locks: it stands for trying to log in.
_LOCK = 6_702_114_002

_session = tables.sessions.c
_attempt = tables.login_attempts.c
_user = tables.users.c


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """An attempt to log in: noted, unless it has to ``wait``."""

    attempt_id: UUID
    wait: timedelta


class Sessions:
    """Keeps sessions and attempts in the database, so that they outlive the server. Raises as ``VisitRepository``."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def attempt(self, name: str, address: str, now: datetime) -> Attempt:
        """Note an attempt before it is known what comes of it, so that many at once count as many.

        One that has to wait is not noted: whoever waits is let in then.
        """
        # By hashes: what is typed for a name may be a password, or hold what no database keeps.
        subjects = {_user_subject(name): PER_USER, hashed(f"address {address}"): PER_ADDRESS}
        made = uuid4()
        with writing(self._engine) as connection:
            _one_at_a_time(connection)
            longest = max(limit.within for limit in subjects.values())
            connection.execute(delete(tables.login_attempts).where(_attempt.at < now - longest))
            wait = max(
                wait_of(
                    connection.execute(select(_attempt.at).where(_attempt.subject == subject)).scalars(), now, limit
                )
                for subject, limit in subjects.items()
            )
            if not wait:
                rows = [{"attempt_id": made, "subject": subject, "at": now} for subject in subjects]
                connection.execute(insert(tables.login_attempts), rows)
        return Attempt(attempt_id=made, wait=wait)

    def failed(self, name: str | None, address: str, now: datetime) -> None:
        """Write down that an attempt came to nothing; None for a name that nobody has: it may be a password."""
        who = name or "somebody unknown"
        entry = AuditEntry(at=now, actor=who, action="login failed", subject=who, detail=f"from {address}")
        with writing(self._engine) as connection:
            write_down(connection, entry)

    def begin(self, name: str, password_hash: str, attempt: Attempt, address: str, now: datetime) -> str | None:
        """Begin a session of a user and return its token; their attempts before it count no more.

        None where the password is no longer the one that was checked, or the user is gone.
        """
        token = new_token()
        with writing(self._engine) as connection:
            # Locked, so that whoever changes the password meanwhile ends this session, too.
            now_kept = select(_user.password_hash).where(_user.name == name).with_for_update()
            if connection.execute(now_kept).scalar() != password_hash:
                return None
            mine = or_(_attempt.attempt_id == attempt.attempt_id, _attempt.subject == _user_subject(name))
            connection.execute(delete(tables.login_attempts).where(mine))
            connection.execute(delete(tables.sessions).where(_session.expires_at <= now))
            connection.execute(
                insert(tables.sessions).values(
                    token_hash=hashed(token), user_name=name, began_at=now, expires_at=now + SESSION_LASTS
                )
            )
            write_down(
                connection, AuditEntry(at=now, actor=name, action="login", subject=name, detail=f"from {address}")
            )
        return token

    def principal_of(self, token: str, now: datetime) -> Principal | None:
        """Return who is logged in by a token, as they are now; None for a session that has ended."""
        query = (
            select(_user.name, _user.role, _user.stores)
            .join(tables.sessions, _session.user_name == _user.name)
            .where(_session.token_hash == hashed(token), _session.expires_at > now)
        )
        with reading(self._engine) as connection:
            row = connection.execute(query).one_or_none()
        return None if row is None else Principal(name=row.name, role=row.role, stores=stores_of(row.stores))

    def end(self, token: str, name: str, now: datetime) -> None:
        """End a session."""
        with writing(self._engine) as connection:
            connection.execute(delete(tables.sessions).where(_session.token_hash == hashed(token)))
            write_down(connection, AuditEntry(at=now, actor=name, action="logout", subject=name))


def _user_subject(name: str) -> str:
    return hashed(f"user {name}")


def _one_at_a_time(connection: Connection) -> None:
    # SQLite has one writer anyway; in Postgres two would each count without the other.
    if is_postgres(connection):
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
