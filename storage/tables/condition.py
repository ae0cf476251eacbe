"""The condition: what the bot lacks and who was told, what admins put off, and who wants /today sent."""

from sqlalchemy import Boolean, Date, ForeignKey, Integer, String, Table, UniqueConstraint

from storage.retention import UNTIL_DUE, UNTIL_FORGOTTEN, WITH_COMMUNITY, purpose
from storage.tables.base import metadata
from storage.types import Id, Json, UtcDateTime, column

findings = Table(
    "findings",
    metadata,
    column("id", Id, "none", primary_key=True),
    column("community_id", Id, "none", ForeignKey("communities.id", ondelete="CASCADE"), nullable=False),
    column("key", String, "none", nullable=False),
    column("kind", String, "none", nullable=False),
    column("space_id", Id, "none", ForeignKey("spaces.id", ondelete="CASCADE"), index=True),
    column("words", Json, "none"),
    column("found_at", UtcDateTime, "none", nullable=False),
    column("told_at", UtcDateTime, "none"),
    UniqueConstraint("community_id", "key"),
    info=purpose("What I lack in a group or server: a right, a channel.", "house", WITH_COMMUNITY),
)

put_offs = Table(
    "put_offs",
    metadata,
    column("community_id", Id, "none", ForeignKey("communities.id", ondelete="CASCADE"), primary_key=True),
    column("account_id", Id, "id", ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True),
    column("key", String, "none", primary_key=True),
    column("until", UtcDateTime, "none", nullable=False),
    info=purpose("What an admin put off until later.", "service", UNTIL_DUE),
)

today_readers = Table(
    "today_readers",
    metadata,
    column("community_id", Id, "none", ForeignKey("communities.id", ondelete="CASCADE"), primary_key=True),
    column("account_id", Id, "id", ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True),
    column("weekly", Boolean, "derived", nullable=False),
    column("hour", Integer, "derived", nullable=False),
    column("looked_on", Date, "derived"),
    info=purpose("Which admins want the day's tasks sent, and at what hour.", "service", UNTIL_FORGOTTEN),
)
