"""What is left of people who were forgotten: a mark that says since when, and nothing else."""

from sqlalchemy import ForeignKey, String, Table

from storage.retention import FOR_EVER, purpose
from storage.tables.base import metadata
from storage.types import Id, UtcDateTime, column

forgotten = Table(
    "forgotten",
    metadata,
    column("id", Id, "none", primary_key=True),
    column("mark", String, "derived", nullable=False, index=True),
    column("space_id", Id, "none", ForeignKey("spaces.id"), index=True),
    column("at", UtcDateTime, "derived", nullable=False),
    info=purpose(
        "After /forget a mark in your place, so that nothing from before is taken in again.", "you", FOR_EVER
    ),
)
"""`mark` is made with a key that is not in the database (`storage.pseudonyms`). `space_id` None: everywhere.

By space, not by community, so that /connect and /disconnect need not touch it.
"""
