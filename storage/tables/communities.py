"""Communities, their spaces and channels, and their settings."""

from sqlalchemy import ForeignKey, Index, Integer, String, Table, UniqueConstraint

from storage.retention import REMOVED, WITH_COMMUNITY, purpose
from storage.tables.base import metadata
from storage.types import Clean, Id, Json, UtcDateTime, column

communities = Table(
    "communities",
    metadata,
    column("id", Id, "none", primary_key=True),
    column("name", Clean, "none", nullable=False),
    column("language", String, "none", nullable=False),
    column("zone", String, "none", nullable=False),
    column("week_start", Integer, "none", nullable=False),
    column("set_up_at", UtcDateTime, "none"),
    column("version", Integer, "none", nullable=False),
    column("created_at", UtcDateTime, "none", nullable=False),
    info=purpose("The name, language and time zone of each community.", "house", WITH_COMMUNITY),
)

spaces = Table(
    "spaces",
    metadata,
    column("id", Id, "none", primary_key=True),
    column("community_id", Id, "none", ForeignKey("communities.id"), nullable=False, index=True),
    column("platform", String, "none", nullable=False),
    column("external_id", String, "none", nullable=False),
    column("title", Clean, "none", nullable=False),
    column("standing", String, "none", nullable=False),
    column("unreachable", String, "none"),
    column("created_at", UtcDateTime, "none", nullable=False),
    column("removed_at", UtcDateTime, "none"),
    UniqueConstraint("platform", "external_id"),
    info=purpose("The groups and servers of a community.", "house", REMOVED),
)

moved_spaces = Table(
    "moved_spaces",
    metadata,
    column("platform", String, "none", primary_key=True),
    column("old_id", String, "none", primary_key=True),
    column("space_id", Id, "none", ForeignKey("spaces.id"), nullable=False),
    info=purpose("Former numbers of groups that got a new one.", "house", REMOVED),
)

channels = Table(
    "channels",
    metadata,
    column("id", Id, "none", primary_key=True),
    column("space_id", Id, "none", ForeignKey("spaces.id"), nullable=False),
    column("external_id", String, "none", nullable=False),
    column("parent_id", Id, "none", ForeignKey("channels.id")),
    column("title", Clean, "none", nullable=False),
    column("kind", String, "none", nullable=False),
    column("gone_at", UtcDateTime, "none"),
    UniqueConstraint("space_id", "external_id"),
    info=purpose("The channels and topics of a group or server.", "house", REMOVED),
)

settings = Table(
    "settings",
    metadata,
    column("id", Id, "none", primary_key=True),
    column("community_id", Id, "none", ForeignKey("communities.id"), nullable=False),
    column("space_id", Id, "none", ForeignKey("spaces.id")),
    column("channel_id", Id, "none", ForeignKey("channels.id")),
    column("key", String, "none", nullable=False),
    column("value", Json, "none"),
    column("changed_by", Id, "id", ForeignKey("accounts.id")),
    column("changed_at", UtcDateTime, "none", nullable=False),
    Index("ix_settings_scope", "community_id", "key", "space_id", "channel_id"),
    info=purpose("What admins set, which admin it was, and when.", "service", WITH_COMMUNITY),
)
