"""Accounts that were linked, and communities that were connected: what it takes to part them again."""

from typing import Any

from sqlalchemy import Column, ForeignKey, Table

from storage.retention import UNTIL_FORGOTTEN, WITH_COMMUNITY, purpose
from storage.tables.base import metadata
from storage.types import Id, UtcDateTime, column

connections = Table(
    "connections",
    metadata,
    column("id", Id, "none", primary_key=True),
    column("host_id", Id, "none", ForeignKey("communities.id"), nullable=False, index=True),
    column("guest_id", Id, "none", ForeignKey("communities.id"), nullable=False, unique=True),
    column("made_by", Id, "id", ForeignKey("accounts.id", ondelete="SET NULL")),
    column("made_at", UtcDateTime, "none", nullable=False),
    info=purpose("Which communities are connected, and which admin did it.", "service", WITH_COMMUNITY),
)
"""A guest's spaces are its host's while the row is there; its members and settings rest meanwhile."""


def _brought(name: str, target: str, privacy: str = "none") -> "list[Column[Any]]":
    """The key of a table of what one connection brought. What is deleted meanwhile goes there, too."""
    connection = ForeignKey("connections.id", ondelete="CASCADE")
    thing = ForeignKey(target, ondelete="CASCADE")
    return [
        column("connection_id", Id, "none", connection, primary_key=True, autoincrement=False),
        column(name, Id, privacy, thing, primary_key=True, autoincrement=False, index=True),
    ]


connected_spaces = Table(
    "connected_spaces",
    metadata,
    *_brought("space_id", "spaces.id"),
    info=purpose("Which spaces a connection brought.", "house", WITH_COMMUNITY),
)

connected_accounts = Table(
    "connected_accounts",
    metadata,
    *_brought("account_id", "accounts.id", "id"),
    info=purpose("That you were in both communities before they were connected.", "you", UNTIL_FORGOTTEN),
)
"""The guest's accounts that the host had, too, before."""

connected_entries = Table(
    "connected_entries",
    metadata,
    *_brought("entry_id", "entries.id"),
    info=purpose("Which points a connection brought.", "house", WITH_COMMUNITY),
)
"""The guest's entries that were given in no space. All others go back with their space."""

connected_grants = Table(
    "connected_grants",
    metadata,
    *_brought("grant_id", "grants.id"),
    info=purpose("Which roles a connection brought.", "house", WITH_COMMUNITY),
)

links = Table(
    "links",
    metadata,
    column("community_id", Id, "derived", ForeignKey("communities.id"), primary_key=True),
    column("account_id", Id, "id", ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True),
    column("since", UtcDateTime, "derived", nullable=False),
    column("connection_id", Id, "none", ForeignKey("connections.id", ondelete="CASCADE"), index=True),
    info=purpose("When your accounts were linked, so that they can be parted again.", "you", UNTIL_FORGOTTEN),
)
"""An account whose own member became part of an older one, and since when that had been there.

With `connection_id` it was /connect that made them one, because the guest knew them as one person.
"""
