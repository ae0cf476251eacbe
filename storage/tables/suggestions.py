"""What was suggested to whom, what came of it, and the models that suggest."""

from sqlalchemy import Boolean, Float, ForeignKey, Index, Integer, String, Table, UniqueConstraint

from storage.retention import UNTIL_FORGOTTEN, WITH_COMMUNITY, purpose
from storage.tables.base import metadata
from storage.types import Clean, Id, Json, UtcDateTime, column

suggestions = Table(
    "suggestions",
    metadata,
    column("id", Id, "none", primary_key=True),
    column("community_id", Id, "derived", ForeignKey("communities.id"), nullable=False),
    column(
        "course_id", Id, "derived", ForeignKey("courses.id", ondelete="CASCADE"), nullable=False, index=True
    ),
    column("account_id", Id, "id", ForeignKey("accounts.id"), nullable=False, index=True),
    column("arm", String, "derived", nullable=False),
    column("way", String, "derived", nullable=False),
    column("lane", String, "derived", nullable=False),
    column("rank", Integer, "derived", nullable=False),
    column("score", Float, "derived", nullable=False),
    column("because", String, "derived", nullable=False),
    column("because_of", Clean, "derived"),
    column("model", String, "derived", nullable=False),
    column("shown_at", UtcDateTime, "derived", nullable=False),
    column("opened_at", UtcDateTime, "derived"),
    column("enrolled_at", UtcDateTime, "derived"),
    column("dismissed_at", UtcDateTime, "derived"),
    column("why", String, "derived"),
    column("later_until", UtcDateTime, "derived"),
    Index("ix_suggestions_shown", "community_id", "shown_at"),
    info=purpose("Which courses I suggested to you, why, and what came of it.", "course", UNTIL_FORGOTTEN),
)
"""`arm`: model, or popular for who is held out; none where there was no model to compare. `way`: asked,
pushed, finished, welcome or digest.
`because` with `because_of` is the reason: a kind, and the number of a course or a word."""

suggestion_wishes = Table(
    "suggestion_wishes",
    metadata,
    column("community_id", Id, "derived", ForeignKey("communities.id"), primary_key=True),
    column("account_id", Id, "id", ForeignKey("accounts.id"), primary_key=True, index=True),
    column("every_days", Integer, "derived"),
    column("reads", Boolean, "derived"),
    column("at", UtcDateTime, "derived", nullable=False),
    info=purpose(
        "How often I may suggest something unasked, and whether I may look at what you write for it.",
        "course",
        UNTIL_FORGOTTEN,
    ),
)
"""`every_days` 0: never. NULL: they have not said. `reads` is true only for who said yes."""

models = Table(
    "models",
    metadata,
    column("id", Id, "none", primary_key=True),
    column("community_id", Id, "none", ForeignKey("communities.id"), nullable=False),
    column("version", String, "none", nullable=False),
    column("state", String, "none", nullable=False),
    column("made_at", UtcDateTime, "none", nullable=False),
    column("serves_since", UtcDateTime, "none"),
    column("data_from", UtcDateTime, "none"),
    column("data_until", UtcDateTime, "none"),
    column("events", Integer, "none", nullable=False),
    column("members", Integer, "none", nullable=False),
    column("courses", Integer, "none", nullable=False),
    column("parameters", Json, "none", nullable=False),
    column("figures", Json, "none", nullable=False),
    column("skipped", Json, "none", nullable=False),
    column("file", String, "none", nullable=False),
    column("sha256", String, "none", nullable=False),
    UniqueConstraint("community_id", "version"),
    info=purpose(
        "The models that suggest courses, and how good they are. No member is in them.",
        "house",
        WITH_COMMUNITY,
    ),
)
"""`state`: serves, kept (can serve again), or refused (was worse than what served)."""
