"""Quality: how posts were read, cases before the experts, what they decided, and what was learned of it."""

from sqlalchemy import (
    Boolean,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    UniqueConstraint,
    text,
)

from storage.retention import TEXTS, UNTIL_FORGOTTEN, WITH_COMMUNITY, WITH_TEXTS, purpose
from storage.tables.base import metadata
from storage.types import Clean, Id, Json, UtcDateTime, column

scores = Table(
    "scores",
    metadata,
    column("space_id", Id, "derived", ForeignKey("spaces.id"), primary_key=True),
    column("message", String, "id", primary_key=True),
    column("account_id", Id, "id", ForeignKey("accounts.id"), nullable=False, index=True),
    column("advert", Float, "derived", nullable=False),
    column("abuse", Float, "derived", nullable=False),
    column("low_effort", Float, "derived", nullable=False),
    column("off_topic", Float, "derived", nullable=False),
    column("helpful", Float, "derived", nullable=False),
    column("head", String, "derived", nullable=False),
    column("at", UtcDateTime, "derived", nullable=False),
    Index("ix_scores_recent", "space_id", "at"),
    info=purpose("How I read your posts: helpful, or rather not.", "words", WITH_TEXTS),
)
"""Each a probability, 0 to 1; `head` is the version that gave them. `at` is when the post was written."""

cases = Table(
    "cases",
    metadata,
    column("id", Id, "none", primary_key=True),
    column("space_id", Id, "derived", ForeignKey("spaces.id"), nullable=False),
    column("channel_id", Id, "derived", ForeignKey("channels.id")),
    column("account_id", Id, "id", ForeignKey("accounts.id"), nullable=False, index=True),
    column("message", String, "id", nullable=False),
    column("kind", String, "derived", nullable=False),
    column("score", Float, "derived", nullable=False),
    column("origin", String, "derived", nullable=False),
    column("reasons", Json, "derived", nullable=False),
    column("wanted", Integer, "derived", nullable=False),
    column("state", String, "derived", nullable=False),
    column("outcome", String, "derived"),
    column("action", String, "derived", nullable=False),
    column("kept", Json, "text"),
    column("restored", String, "id"),
    column("opened_at", UtcDateTime, "derived", nullable=False),
    column("decided_at", UtcDateTime, "derived"),
    column("claimed_by", Id, "id", ForeignKey("accounts.id")),
    column("claimed_until", UtcDateTime, "derived"),
    column("appeal", Clean, "text"),
    column("appealed_at", UtcDateTime, "derived"),
    UniqueConstraint("space_id", "message"),
    Index("ix_cases_open", "space_id", "state", "opened_at"),
    info=purpose("Posts of yours that experts looked at, why, and what they said.", "words", TEXTS),
)
"""`origin`: judge, report, flood or sample (a post that it is unsure of). `state`: open, decided or gone.
`outcome`: fine, excellent, advert, abuse, low_effort or off_topic. `action`: what was done at once. `kept`:
the copy of a post that was taken down."""

reports = Table(
    "reports",
    metadata,
    column("case_id", Id, "id", ForeignKey("cases.id", ondelete="CASCADE"), primary_key=True),
    column("account_id", Id, "id", ForeignKey("accounts.id"), primary_key=True, index=True),
    column("space_id", Id, "derived", ForeignKey("spaces.id"), nullable=False),
    column("words", Clean, "text", nullable=False),
    column("at", UtcDateTime, "derived", nullable=False),
    info=purpose("Posts that you reported.", "words", UNTIL_FORGOTTEN),
)

verdicts = Table(
    "verdicts",
    metadata,
    column("case_id", Id, "id", ForeignKey("cases.id", ondelete="CASCADE"), primary_key=True),
    column("account_id", Id, "id", ForeignKey("accounts.id"), primary_key=True, index=True),
    column("space_id", Id, "derived", ForeignKey("spaces.id"), nullable=False),
    column("outcome", String, "derived", nullable=False),
    column("again", Boolean, "derived", nullable=False),
    column("at", UtcDateTime, "derived", nullable=False),
    column("void_at", UtcDateTime, "derived"),
    info=purpose("What you decided as an expert.", "words", UNTIL_FORGOTTEN),
)
"""`again`: it was decided already; it is judged twice to see how far experts agree. `outcome` may be skip."""

labels = Table(
    "labels",
    metadata,
    column("id", Id, "none", primary_key=True),
    column("space_id", Id, "derived", ForeignKey("spaces.id"), nullable=False, index=True),
    column("case_id", Id, "id", ForeignKey("cases.id", ondelete="CASCADE"), unique=True),
    column("account_id", Id, "id", ForeignKey("accounts.id"), nullable=False, index=True),
    column("outcome", String, "derived", nullable=False),
    column("weight", Float, "derived", nullable=False),
    column("encoder", String, "derived", nullable=False),
    column("mark", String, "derived", nullable=False),
    column("features", LargeBinary, "derived", nullable=False),
    column("at", UtcDateTime, "derived", nullable=False),
    info=purpose(
        "What was learned from a post of yours that experts decided on: numbers, not its words.",
        "words",
        UNTIL_FORGOTTEN,
    ),
)
"""`features`: vector, surface and hashed n-grams, as recsys.quality.looks packs them. `mark`: the same for
near-copies. A label holds while its case is decided."""

heads = Table(
    "heads",
    metadata,
    column("id", Id, "none", primary_key=True),
    column("community_id", Id, "none", ForeignKey("communities.id"), nullable=False),
    column("version", String, "none", nullable=False),
    column("state", String, "none", nullable=False),
    column("made_at", UtcDateTime, "none", nullable=False),
    column("labels", Integer, "none", nullable=False),
    column("figures", Json, "none", nullable=False),
    column("file", String, "none", nullable=False),
    column("sha256", String, "none", nullable=False),
    UniqueConstraint("community_id", "version"),
    info=purpose("What reads posts, and how well it does. No member is in it.", "house", WITH_COMMUNITY),
)
"""`state`: serves, kept or refused."""

expert_wishes = Table(
    "expert_wishes",
    metadata,
    column("community_id", Id, "derived", ForeignKey("communities.id"), primary_key=True),
    column("account_id", Id, "id", ForeignKey("accounts.id"), primary_key=True, index=True),
    column("a_day", Integer, "derived"),
    column("paused_until", UtcDateTime, "derived"),
    column("letters", Boolean, "derived", nullable=False),
    column("at", UtcDateTime, "derived", nullable=False),
    info=purpose(
        "How many cases a day you want to see as an expert, and whether I tell you what waits.",
        "you",
        UNTIL_FORGOTTEN,
    ),
)

course_reviews = Table(
    "course_reviews",
    metadata,
    column("id", Id, "none", primary_key=True),
    column("community_id", Id, "none", ForeignKey("communities.id"), nullable=False),
    column("course_id", Id, "none", ForeignKey("courses.id", ondelete="CASCADE"), nullable=False, index=True),
    column("why", String, "none", nullable=False),
    column("opened_at", UtcDateTime, "none", nullable=False),
    column("done_at", UtcDateTime, "none"),
    column("done_by", Id, "id", ForeignKey("accounts.id")),
    column("outcome", String, "none"),
    column("words", Clean, "text"),
    Index(
        "ix_course_reviews_open",
        "course_id",
        unique=True,
        sqlite_where=text("done_at IS NULL"),
        postgresql_where=text("done_at IS NULL"),
    ),
    info=purpose("Which expert looked a course over.", "service", WITH_COMMUNITY),
)
"""`why`: new, changed, time, ratings or stalls. `opened_at`: from when it waits. `outcome`: fine, work, or
none where an admin decided past it. A course waits once at a time."""
