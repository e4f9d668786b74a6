"""The tables as they are now, the same on SQLite and Postgres but where a comment says otherwise.

How a database comes to have them is in ``analytics/records/migrations``; what each is for is in docs/database.md.
"""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Date,
    Float,
    Index,
    Integer,
    String,
    Table,
    Uuid,
    false,
    text,
)

from analytics.access.roles import Role
from analytics.outbound.delivery import DeliveryState
from analytics.outbound.events import EventKind
from analytics.records import (
    camera_tables,  # noqa: F401 - tables of the same metadata, which have a file of their own
    table_base,
)
from analytics.records.column_types import EnumText, UtcDateTime
from analytics.records.table_base import StoreId
from schemas.messages import ArrivalStatus, Decision, IdentityKind, Phase

metadata = table_base.metadata

# One row a store. Writers lock it first, so that a store has one writer at a time and its changes are numbered in the
# order in which they are committed. `session_gap_s` is the gap with which the visits of the store were built.
stores = Table(
    "stores",
    metadata,
    Column("store_id", StoreId, primary_key=True),
    Column("session_gap_s", Float, nullable=False),
    Column("last_change", BigInteger, nullable=False),
)

# How each store is counted, as the program that records it said last: read by all who report. Kept apart from `stores`,
# as a store may be set up before anything is recorded there. Times of day are text, `opening_hours` is by weekday.
store_settings = Table(
    "store_settings",
    metadata,
    Column("store_id", StoreId, primary_key=True),
    Column("zone", String, nullable=False),
    Column("day_start", String, nullable=False),
    Column("session_gap_s", Float, nullable=False),
    Column("opening_hours", JSON),
)

# The form of each sighting that stands. `change` is the number of the store's change that wrote the row.
#
# In Postgres the table is cut into months of `began_at` (`analytics/records/months.py`), so that old months can be
# dropped, and its key is (sighting_id, began_at): a sighting's id derives from its track, whose id derives from its
# beginning, so all forms of one sighting begin at the same moment. Rows come in nearly by time, so that a block range
# index finds a stretch of it and is tiny; SQLite has no such index, and `sightings_by_time` is (store_id, began_at).
sightings = Table(
    "sightings",
    metadata,
    Column("sighting_id", Uuid, primary_key=True),
    Column("event_id", Uuid, nullable=False),
    Column("track_id", Uuid, nullable=False),
    Column("store_id", StoreId, nullable=False),
    Column("camera_id", String, nullable=False),
    Column("phase", EnumText(Phase), nullable=False),
    Column("decision", EnumText(Decision), nullable=False),
    Column("reason", String, nullable=False),
    Column("face_id", Uuid),
    Column("began_at", UtcDateTime, nullable=False),
    Column("ended_at", UtcDateTime, nullable=False),
    Column("best_shot_at", UtcDateTime, nullable=False),
    Column("box", JSON, nullable=False),
    Column("shots", Integer, nullable=False),
    Column("quality", Float, nullable=False),
    Column("distance", Float),
    Column("threshold", Float),
    Column("model_id", String, nullable=False),
    Column("produced_at", UtcDateTime, nullable=False),
    Column("decided_at", UtcDateTime, nullable=False),
    Column("moved", Float),
    Column("liveness", Float),
    Column("change", BigInteger, nullable=False),
    Index("sightings_by_face", "face_id", "began_at"),
    Index("sightings_by_time", "began_at", postgresql_using="brin"),
    Index("sightings_by_change", "store_id", "change"),
    postgresql_partition_by="RANGE (began_at)",
    info={"postgresql_key": ("sighting_id", "began_at")},
)

# Visits as the standing sightings give them, kept so that a report need not build them again. `first_at` is when the
# first visit of the FaceId to the store began; null where a program of the version before wrote the row.
visits = Table(
    "visits",
    metadata,
    Column("visit_id", Uuid, primary_key=True),
    Column("store_id", StoreId, nullable=False),
    Column("face_id", Uuid, nullable=False),
    Column("began_at", UtcDateTime, nullable=False),
    Column("ended_at", UtcDateTime, nullable=False),
    Column("sightings", Integer, nullable=False),
    Column("first_at", UtcDateTime),
    # The first covers all that a report counts: the visits of a store lie among those of all others, a month of them on
    # every page of that month. SQLite can include nothing: there they are the last columns. The second is for when a
    # FaceId was first in the chain, and what a sighting may join.
    Index(
        "visits_by_time",
        "store_id",
        "began_at",
        postgresql_include=["face_id", "ended_at", "sightings", "first_at"],
    ),
    Index("visits_by_face", "face_id", "store_id", "began_at"),
    # Of a version before that wrote no ``first_at``; empty else.
    Index(
        "visits_unsettled",
        "store_id",
        "face_id",
        postgresql_where=text("first_at IS NULL"),
        sqlite_where=text("first_at IS NULL"),
    ),
    postgresql_with={"fillfactor": 85},
)

# The business days on which anything was seen, and more between them: what the views for other tools count by.
business_days = Table(
    "business_days",
    metadata,
    Column("store_id", StoreId, primary_key=True),
    Column("day", Date, primary_key=True),
    Column("began_at", UtcDateTime, nullable=False),
    Column("ended_at", UtcDateTime, nullable=False),
    Index("business_days_by_beginning", "store_id", "began_at"),
)

# The entries of the identity ledger, all of them, as they came.
identity_events = Table(
    "identity_events",
    metadata,
    Column("event_id", Uuid, primary_key=True),
    Column("kind", EnumText(IdentityKind), nullable=False),
    Column("face_id", Uuid, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("actor", String, nullable=False),
    Column("reason", String, nullable=False),
    Column("other_face_id", Uuid),
    Column("member_id", String),
    Column("undoes", Uuid),
    Column("track_ids", JSON, nullable=False),
    Column("visits_too", Boolean, nullable=False),
    Column("tags", JSON, nullable=False, server_default="[]"),
    Index("identity_events_by_face", "face_id", "at"),
    Index("identity_events_by_kind", "kind", "at"),
)

# What the entries say of each FaceId, and of the anonymous id of each that was erased: under which id its visits
# are kept (none where they were erased too), and what holds for the person. Who only stands for himself has no row.
identities = Table(
    "identities",
    metadata,
    Column("face_id", Uuid, primary_key=True),
    Column("stands_for", Uuid),
    Column("staff", Boolean, nullable=False),
    Column("member_id", String),
    Column("erased", Boolean, nullable=False),
    Column("static", Boolean, nullable=False, server_default=false()),
    Column("tags", JSON, nullable=False, server_default="[]"),
    Index("identities_by_visitor", "stands_for"),
    Index("identities_by_member", "member_id"),
)

# The sightings that a split moved to another FaceId than the one they were decided for.
moved_sightings = Table(
    "moved_sightings",
    metadata,
    Column("sighting_id", Uuid, primary_key=True),
    Column("face_id", Uuid, nullable=False),
    Index("moved_sightings_by_face", "face_id"),
)

# The arrivals of members that were told of, as they stand, for as long as the topic of arrivals keeps them. `change` is
# numbered as that of the sightings is.
arrivals = Table(
    "arrivals",
    metadata,
    Column("arrival_id", Uuid, primary_key=True),
    Column("sighting_id", Uuid, nullable=False),
    Column("store_id", StoreId, nullable=False),
    Column("face_id", Uuid, nullable=False),
    Column("member_id", String, nullable=False),
    Column("status", EnumText(ArrivalStatus), nullable=False),
    Column("seen_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    Column("produced_at", UtcDateTime, nullable=False),
    Column("change", BigInteger, nullable=False),
    Index("arrivals_by_time", "store_id", "seen_at"),
    Index("arrivals_by_change", "store_id", "change"),
)

# Who said at a screen that they greeted the member of an arrival. Kept as long as the arrival is.
greeted_arrivals = Table(
    "greeted_arrivals",
    metadata,
    Column("arrival_id", Uuid, primary_key=True),
    Column("store_id", StoreId, nullable=False),
    Column("greeted_by", String, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Index("greeted_arrivals_by_time", "store_id", "at"),
)

# What the tills said was sold. An id is a till's, so that it is one of its store. `amount` is text, as SQLite has no
# decimal numbers; `taken_up_at` says since when a transaction is known.
transactions = Table(
    "transactions",
    metadata,
    Column("store_id", StoreId, primary_key=True),
    Column("transaction_id", String, primary_key=True),
    Column("at", UtcDateTime, nullable=False),
    Column("amount", String),
    Column("taken_up_at", UtcDateTime, nullable=False),
    Index("transactions_by_time", "store_id", "at"),
)

# Who may use the pages. `stores` is null for every store; of a password there is its argon2 hash.
users = Table(
    "users",
    metadata,
    Column("name", String, primary_key=True),
    Column("role", EnumText(Role), nullable=False),
    Column("stores", JSON(none_as_null=True)),
    Column("password_hash", String, nullable=False),
    Column("made_at", UtcDateTime, nullable=False),
)

# Which programs may. Of a key there is its id, which stands in it, and the hash of the whole.
api_keys = Table(
    "api_keys",
    metadata,
    Column("key_id", String, primary_key=True),
    Column("name", String, nullable=False),
    Column("role", EnumText(Role), nullable=False),
    Column("stores", JSON(none_as_null=True)),
    Column("key_hash", String, nullable=False),
    Column("made_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    Column("revoked_at", UtcDateTime),
)

# Who is logged in, by the hash of what their browser sends.
sessions = Table(
    "sessions",
    metadata,
    Column("token_hash", String, primary_key=True),
    Column("user_name", String, nullable=False),
    Column("began_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    Index("sessions_by_user", "user_name"),
)

# Attempts to log in that came to nothing yet, once for the user and once for the address, both as hashes.
login_attempts = Table(
    "login_attempts",
    metadata,
    Column("attempt_id", Uuid, primary_key=True),
    Column("subject", String, primary_key=True),
    Column("at", UtcDateTime, nullable=False),
    Index("login_attempts_by_subject", "subject", "at"),
    Index("login_attempts_by_time", "at"),
)

# Who did what to whom, of all that has to do with access, numbered as it was done.
audit = Table(
    "audit",
    metadata,
    Column("entry_id", Integer, primary_key=True),
    Column("at", UtcDateTime, nullable=False),
    Column("actor", String, nullable=False),
    Column("action", String, nullable=False),
    Column("subject", String, nullable=False),
    Column("detail", String, nullable=False),
    Index("audit_by_time", "at"),
)

# Where events are sent. The secret signs what is sent there, so that it is kept as it is and not as a hash. `stores` is
# null for every store.
webhooks = Table(
    "webhooks",
    metadata,
    Column("webhook_id", String, primary_key=True),
    Column("url", String, nullable=False),
    Column("secret", String, nullable=False),
    Column("events", JSON, nullable=False),
    Column("stores", JSON(none_as_null=True)),
    Column("made_at", UtcDateTime, nullable=False),
    Column("failing_since", UtcDateTime),
    Column("disabled_at", UtcDateTime),
    Column("disabled_for", String, nullable=False),
)

# What leaves by itself, word for word, from the transaction that made it until a week later.
outbox = Table(
    "outbox",
    metadata,
    Column("message_id", Uuid, primary_key=True),
    Column("kind", EnumText(EventKind), nullable=False),
    Column("store_id", StoreId),
    Column("made_at", UtcDateTime, nullable=False),
    Column("body", String, nullable=False),
    Column("face_id", Uuid),
    Index("outbox_by_face", "face_id"),
    Index("outbox_by_time", "made_at"),
)

# To whom each message of the outbox goes, a webhook or a mailbox, and how far that is. Who sends one holds its lease.
deliveries = Table(
    "deliveries",
    metadata,
    Column("message_id", Uuid, primary_key=True),
    Column("target", String, primary_key=True),
    Column("state", EnumText(DeliveryState), nullable=False),
    Column("due_at", UtcDateTime, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("lease", Uuid),
    Column("leased_until", UtcDateTime),
    Index("deliveries_by_due", "state", "target", "due_at"),
)

# Every attempt to send something: what was answered, or why nothing was.
delivery_attempts = Table(
    "delivery_attempts",
    metadata,
    Column("attempt_id", Uuid, primary_key=True),
    Column("message_id", Uuid, nullable=False),
    Column("target", String, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("status", Integer),
    Column("problem", String, nullable=False),
    Column("took_ms", Integer, nullable=False),
    Index("delivery_attempts_by_time", "at"),
)

# The business days after which everybody was looked at again, and by which process: `ended_at` is null while it is at
# work. Of the day on which the table was begun there is a row without figures.
reconciliations = Table(
    "reconciliations",
    metadata,
    Column("day", String, primary_key=True),
    Column("runner", String, nullable=False),
    Column("began_at", UtcDateTime, nullable=False),
    Column("ended_at", UtcDateTime),
    Column("merged", Integer),
    Column("split", Integer),
    Column("to_review", Integer),
)

# How often the matcher errs in a store, as it was reckoned by night: means, with standard deviations.
error_rates = Table(
    "error_rates",
    metadata,
    Column("store_id", StoreId, primary_key=True),
    Column("fnir", Float, nullable=False),
    Column("fnir_sd", Float, nullable=False),
    Column("fpir", Float, nullable=False),
    Column("fpir_sd", Float, nullable=False),
    Column("decided", Integer, nullable=False),
    Column("measured_on", String, nullable=False),
    Column("at", UtcDateTime, nullable=False),
)
