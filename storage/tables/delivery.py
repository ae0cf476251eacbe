"""What comes in and goes out: inbox, outbox, cursors and gaps, dead events, errors under their reference."""

from sqlalchemy import ForeignKey, Index, Integer, LargeBinary, String, Table, UniqueConstraint

from storage.retention import INBOX, OUTBOX, TROUBLES, WITH_COMMUNITY, purpose
from storage.tables.base import metadata
from storage.types import Clean, Id, Json, UtcDateTime, column

inbox = Table(
    "inbox",
    metadata,
    column("id", Id, "none", primary_key=True),
    column("platform", String, "none", nullable=False),
    column("key", String, "none", nullable=False),
    column("payload", Json, "text"),
    column("state", String, "none", nullable=False),
    column("received_at", UtcDateTime, "derived", nullable=False),
    column("finished_at", UtcDateTime, "derived"),
    UniqueConstraint("platform", "key"),
    Index("ix_inbox_state", "state"),
    info=purpose(
        "A command of yours while it waits for my answer, so that it is done once.", "service", INBOX
    ),
)

outbox = Table(
    "outbox",
    metadata,
    column("id", Id, "none", primary_key=True),
    column("key", String, "id", nullable=False, unique=True),
    column("community_id", Id, "derived", ForeignKey("communities.id")),
    column("platform", String, "none", nullable=False),
    column("kind", String, "none", nullable=False),
    column("target", String, "id", nullable=False),
    column("payload", Json, "text"),
    column("picture", LargeBinary, "derived"),
    column("priority", Integer, "none", nullable=False),
    column("state", String, "none", nullable=False),
    column("tries", Integer, "none", nullable=False),
    column("due_at", UtcDateTime, "none", nullable=False),
    column("created_at", UtcDateTime, "derived", nullable=False),
    column("finished_at", UtcDateTime, "derived"),
    column("message", String, "id"),
    column("error", Clean, "none"),
    Index("ix_outbox_due", "state", "due_at"),
    info=purpose("What I say, until it has arrived, so that you get it once.", "service", OUTBOX),
)

cursors = Table(
    "cursors",
    metadata,
    column("platform", String, "none", primary_key=True),
    column("name", String, "none", primary_key=True),
    column("value", String, "id", nullable=False),
    info=purpose("How far each channel has been read.", "house", WITH_COMMUNITY),
)

gaps = Table(
    "gaps",
    metadata,
    column("id", Id, "none", primary_key=True),
    column("platform", String, "none", nullable=False),
    column("space", String, "none", nullable=False),
    column("channel", String, "none", nullable=False),
    column("after", String, "id", nullable=False),
    column("before", String, "id"),
    column("created_at", UtcDateTime, "none", nullable=False),
    UniqueConstraint("platform", "channel", "after"),
    info=purpose("What of a channel has still to be read.", "house", WITH_COMMUNITY),
)

dead_events = Table(
    "dead_events",
    metadata,
    column("id", Id, "none", primary_key=True),
    column("platform", String, "none", nullable=False),
    column("key", String, "none", nullable=False),
    column("reason", Clean, "none", nullable=False),
    column("payload", Clean, "text", nullable=False),
    column("at", UtcDateTime, "none", nullable=False),
    UniqueConstraint("platform", "key"),
    info=purpose("Messages I could not understand, so that the fault can be mended.", "service", TROUBLES),
)

troubles = Table(
    "troubles",
    metadata,
    column("ref", String, "none", primary_key=True),
    column("at", UtcDateTime, "none", nullable=False),
    column("place", Clean, "none", nullable=False),
    column("event", Json, "text"),
    column("traceback", Clean, "text", nullable=False),
    info=purpose("What happened when something broke, so that it can be mended.", "service", TROUBLES),
)
