"""Roles that were granted to people."""

from sqlalchemy import ForeignKey, String, Table

from storage.retention import ROLES, purpose
from storage.tables.base import metadata
from storage.types import Id, UtcDateTime, column

grants = Table(
    "grants",
    metadata,
    column("id", Id, "none", primary_key=True),
    column("community_id", Id, "derived", ForeignKey("communities.id"), nullable=False, index=True),
    column("member_id", Id, "id", ForeignKey("members.id"), nullable=False, index=True),
    column("account_id", Id, "id", ForeignKey("accounts.id"), nullable=False),
    column("role", String, "derived", nullable=False),
    column("granted_by", Id, "id", ForeignKey("accounts.id")),
    column("at", UtcDateTime, "derived", nullable=False),
    column("until", UtcDateTime, "derived"),
    info=purpose("Roles you were given here: which, by whom, from when until when.", "you", ROLES),
)
"""A member held a role from `at` on, until `until` (none: to this day).

Rows are ended, not deleted, so that a rule can ask what somebody was when they wrote. `account_id` is whom it
was granted to: when accounts part, a right stays with the one that was given it.
"""
