"""What a database says when it cannot, as sentences, and whether trying again may help."""

from sqlalchemy import URL, Engine
from sqlalchemy.exc import DBAPIError

from schemas.errors import ConfigError, FootfallError, InvalidRecord, StorageError, TransientError

_SQLITE = (
    ("database or disk is full", "the disk is full; make room and start again, nothing stored is lost."),
    ("readonly database", "it may not be written; check the owner and the permissions of the file and its folder."),
    ("unable to open", "it cannot be opened; check that its folder exists and may be written."),
    ("not a database", "the file is not a database; move it away or give another data directory."),
    ("malformed", "the file is damaged; move it away and let the log be read again."),
    ("disk i/o error", "the disk answers with errors; check it before starting again."),
)

# By SQLSTATE (appendix A of the Postgres manual), or its first two characters: what passes by itself.
_PASSING = ("40", "08", "57", "53300", "55P03", "25P03")
_PASSING_SENTENCES = {
    "40001": "another writer was in the way",
    "40P01": "another writer was in the way",
    "55P03": "another writer holds what we need",
    "25P03": "we were silent for so long that it ended our transaction",
    "53300": "it has no connection left",
}
# A month that was there is gone: the next try makes it again.
_NO_PARTITION = "no partition of relation"
_POSTGRES = {
    "53100": "its disk is full; make room and start again, nothing stored is lost.",
    "42501": "the user may not do this; grant it the tables, or the right to make them.",
    "25006": "it takes no writes now; name the server that does.",
    "42P01": "its tables are missing; run footfall database upgrade first.",
    "42P07": "it holds tables of other origin under our names; give Footfall a database of its own.",
}
# A server that refuses a connection gives no SQLSTATE to the client, only words.
_REFUSED = (
    ("authentication failed", "it does not accept this user and password; correct them in the database's URL."),
    ("no password supplied", "it wants a password; put it into the database's URL."),
    ("no pg_hba.conf entry", "it accepts no connection of this user from here; change its pg_hba.conf."),
    ("FATAL: role", "there is no such user; make it, or correct the database's URL."),
    ("FATAL: database", "there is no such database; make it (createdb), or correct the database's URL."),
)


def as_sentence(engine: Engine, error: DBAPIError) -> FootfallError:
    """Return the error of ours that an error of the database's driver means."""
    place = f"database {name_of(engine)}"
    if engine.dialect.name == "sqlite":
        return _of_sqlite(place, error)
    return _of_postgres(place, error)


def name_of(engine: Engine) -> str:
    """Return what a database is called in a sentence: its file, or its address without user and password."""
    url = engine.url
    if url.get_backend_name() == "sqlite":
        return url.database or "in memory"
    return URL.create("postgresql", host=url.host, port=url.port, database=url.database).render_as_string()


def _of_sqlite(place: str, error: DBAPIError) -> FootfallError:
    said = str(error.orig).strip()
    if "locked" in said or "busy" in said:
        return TransientError(f"{place}: another process holds it; try again in a moment.")
    for sign, sentence in _SQLITE:
        if sign in said.lower():
            return StorageError(f"{place}: {sentence}")
    return StorageError(f"{place}: {said}")


def _of_postgres(place: str, error: DBAPIError) -> FootfallError:
    said = " ".join(str(error.orig).split())
    state = getattr(error.orig, "pgcode", None) or ""
    if not state and not error.connection_invalidated:
        for sign, sentence in _REFUSED:
            if sign in said:
                return ConfigError(f"{place}: {sentence}")
        return TransientError(f"{place}: it cannot be reached; try again in a moment. It says: {said}")
    if error.connection_invalidated or state.startswith(_PASSING) or _NO_PARTITION in said:
        why = _PASSING_SENTENCES.get(state, "the connection was lost")
        return TransientError(f"{place}: {why}; try again in a moment.")
    if state.startswith("22"):
        return InvalidRecord(f"{place} cannot keep this: {said}")
    if state in _POSTGRES:
        return StorageError(f"{place}: {_POSTGRES[state]}")
    return StorageError(f"{place}: {said}")
