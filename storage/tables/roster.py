"""The roster: people who were sold something, what they bought, and which account each turned out to be."""

from sqlalchemy import ForeignKey, Index, Integer, String, Table, UniqueConstraint

from storage.retention import UNTIL_DUE, UNTIL_FORGOTTEN, purpose
from storage.tables.base import metadata
from storage.types import Clean, Day, Id, UtcDateTime, column

roster = Table(
    "roster",
    metadata,
    column("id", Id, "id", primary_key=True),
    column("community_id", Id, "derived", ForeignKey("communities.id"), nullable=False),
    column("origin_id", Id, "derived", ForeignKey("communities.id"), nullable=False),
    column("email", Clean, "id"),
    column("email_key", Clean, "id"),
    column("customer", Clean, "id"),
    column("name", Clean, "name", nullable=False),
    column("platform", String, "none"),
    column("external_id", Clean, "id"),
    column("handle", Clean, "name"),
    column("turn", Integer, "none", nullable=False),
    column("link", Clean, "id"),
    column("space_id", Id, "derived", ForeignKey("spaces.id")),
    column("imported_at", UtcDateTime, "derived", nullable=False),
    column("put_off_until", UtcDateTime, "derived"),
    column("account_id", Id, "id", ForeignKey("accounts.id"), index=True),
    column("claimed_at", UtcDateTime, "derived"),
    column("claimed_how", String, "derived"),
    UniqueConstraint("origin_id", "email_key"),
    UniqueConstraint("origin_id", "customer"),
    UniqueConstraint("link"),
    Index("ix_roster_claimed", "community_id", "account_id"),
    Index("ix_roster_hint", "community_id", "platform", "external_id"),
    Index("ix_roster_handle", "community_id", "handle"),
    info=purpose(
        "What the school imported about you as a buyer: e-mail, name, and which account you are.",
        "course",
        UNTIL_FORGOTTEN,
    ),
)
"""`origin_id` is the community it was imported into: /disconnect finds it by that. Whose a row is, is an
account, so that /link and /unlink need not touch it. `turn` grows when a row's code and link become void."""

purchases = Table(
    "purchases",
    metadata,
    column("row_id", Id, "id", ForeignKey("roster.id", ondelete="CASCADE"), primary_key=True),
    column("course_key", Clean, "derived", primary_key=True),
    column("course", Clean, "derived", nullable=False),
    column("state", String, "derived", nullable=False),
    column("bought_on", Day, "derived"),
    column("paid_until", Day, "derived"),
    column("changed_at", UtcDateTime, "derived", nullable=False),
    info=purpose("Which courses you bought, and until when they are paid.", "course", UNTIL_FORGOTTEN),
)
"""`paid_until` is the last day that is paid, by the community's calendar."""

roster_refusals = Table(
    "roster_refusals",
    metadata,
    column("row_id", Id, "id", ForeignKey("roster.id", ondelete="CASCADE"), primary_key=True),
    column("account_id", Id, "id", ForeignKey("accounts.id"), primary_key=True, index=True),
    column("why", String, "derived", nullable=False),
    column("at", UtcDateTime, "derived", nullable=False),
    info=purpose("That an account is not the one a purchase belongs to.", "course", UNTIL_FORGOTTEN),
)
"""Accounts that came too late for a row ("late"), or of which an admin said that they are not it ("no")."""

join_requests = Table(
    "join_requests",
    metadata,
    column("space_id", Id, "derived", ForeignKey("spaces.id"), primary_key=True),
    column("account_id", Id, "id", ForeignKey("accounts.id"), primary_key=True, index=True),
    column("invite", Clean, "derived"),
    column("asked_at", UtcDateTime, "derived", nullable=False),
    info=purpose("That you asked to be let in, until an admin has decided.", "you", UNTIL_DUE),
)
"""Who asks to be let in and waits for an admin."""
