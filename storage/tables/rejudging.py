"""Rules applied to the past: which of an admin's actions did it, and the entries that it wrote."""

from sqlalchemy import ForeignKey, String, Table

from storage.retention import WITH_COMMUNITY, purpose
from storage.tables.base import metadata
from storage.types import Id, UtcDateTime, column

rejudgings = Table(
    "rejudgings",
    metadata,
    column("action_id", Id, "none", ForeignKey("audit.id"), primary_key=True, autoincrement=False),
    column("since", UtcDateTime, "none", nullable=False),
    column("state", String, "none", nullable=False),
    info=purpose("When an admin applied rules to the past.", "house", WITH_COMMUNITY),
)
"""It takes many transactions: its state ("applying", "applied", "undoing", "undone") says whether one was
broken off, so that the next start goes on."""

rejudged = Table(
    "rejudged",
    metadata,
    column(
        "action_id",
        Id,
        "none",
        ForeignKey("rejudgings.action_id", ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
    ),
    column(
        "entry_id",
        Id,
        "none",
        ForeignKey("entries.id", ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
        index=True,
    ),
    info=purpose("Which points that changed, so that it can be undone.", "house", WITH_COMMUNITY),
)
