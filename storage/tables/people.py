"""Accounts on the platforms, their memberships in spaces, and members of communities."""

from sqlalchemy import Boolean, ForeignKey, Index, String, Table, UniqueConstraint, func, true

from storage.retention import LEFT, UNTIL_FORGOTTEN, purpose
from storage.tables.base import metadata
from storage.types import Clean, Id, Json, UtcDateTime, column

accounts = Table(
    "accounts",
    metadata,
    column("id", Id, "id", primary_key=True),
    column("platform", String, "none", nullable=False),
    column("external_id", String, "id", nullable=False),
    column("name", Clean, "name", nullable=False),
    column("handle", Clean, "name"),
    column("is_bot", Boolean, "none", nullable=False),
    column("language", String, "derived"),
    column("reachable_at", UtcDateTime, "derived"),
    column("community_id", Id, "derived", ForeignKey("communities.id")),
    column("created_at", UtcDateTime, "derived", nullable=False),
    UniqueConstraint("platform", "external_id"),
    info=purpose(
        "Your accounts: each platform's number of you, your name and handle, and whether I may write.",
        "you",
        UNTIL_FORGOTTEN,
    ),
)
Index("ix_accounts_handle", accounts.c.platform, func.lower(accounts.c.handle))
"""Handles keep their case and are found without it."""

memberships = Table(
    "memberships",
    metadata,
    column("account_id", Id, "id", ForeignKey("accounts.id"), primary_key=True),
    column("space_id", Id, "derived", ForeignKey("spaces.id"), primary_key=True, index=True),
    column("joined_at", UtcDateTime, "derived"),
    column("left_at", UtcDateTime, "derived"),
    column("changed_at", UtcDateTime, "derived", nullable=False),
    column("roles", Json, "derived"),
    column("invite", Clean, "derived"),
    info=purpose("Which groups and servers you are in, since when, and with which roles.", "you", LEFT),
)

members = Table(
    "members",
    metadata,
    column("id", Id, "id", primary_key=True),
    column("community_id", Id, "derived", ForeignKey("communities.id"), nullable=False, index=True),
    column("name", Clean, "name", nullable=False),
    column("language", String, "derived"),
    column("hidden", Boolean, "derived", nullable=False),
    column("staff", Boolean, "derived", nullable=False),
    column("listed", Boolean, "derived", nullable=False),
    column("created_at", UtcDateTime, "derived", nullable=False),
    column("profiled", Boolean, "derived", nullable=False, server_default=true()),
    column("recorded", Boolean, "derived", nullable=False, server_default=true()),
    info=purpose(
        "Who you are in a community: the name on boards, your language, what you opted out of.",
        "you",
        UNTIL_FORGOTTEN,
    ),
)
"""`profiled` and `recorded` are false for who opted out: of suggestions and judgements; of everything."""

member_accounts = Table(
    "member_accounts",
    metadata,
    column("community_id", Id, "derived", ForeignKey("communities.id"), primary_key=True),
    column("account_id", Id, "id", ForeignKey("accounts.id"), primary_key=True),
    column("member_id", Id, "id", ForeignKey("members.id"), nullable=False, index=True),
    info=purpose("Which accounts are yours, so that their points count together.", "you", UNTIL_FORGOTTEN),
)
