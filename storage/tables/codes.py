"""One-time codes, and how often somebody tried one that was wrong."""

from sqlalchemy import ForeignKey, Index, Integer, String, Table

from storage.retention import CODES, purpose
from storage.tables.base import metadata
from storage.types import Id, UtcDateTime, column

codes = Table(
    "codes",
    metadata,
    column("id", Id, "none", primary_key=True),
    column("kind", String, "none", nullable=False),
    column("community_id", Id, "derived", ForeignKey("communities.id"), nullable=False),
    column("account_id", Id, "id", ForeignKey("accounts.id", ondelete="CASCADE"), index=True),
    column("subject", String, "id", nullable=False),
    column("label", String, "none", nullable=False, unique=True),
    column("digest", String, "none", nullable=False),
    column("tries", Integer, "none", nullable=False),
    column("made_at", UtcDateTime, "derived", nullable=False),
    column("expires_at", UtcDateTime, "none", nullable=False, index=True),
    column("proven_by", Id, "id", ForeignKey("accounts.id", ondelete="SET NULL"), index=True),
    column("used_at", UtcDateTime, "derived"),
    Index("ix_codes_subject", "kind", "subject"),
    info=purpose("A code of yours that links accounts, while it can be used.", "you", CODES),
)
"""A code is its label, by which it is found, and a secret, of which only a keyed digest is kept."""

code_tries = Table(
    "code_tries",
    metadata,
    column("account_id", Id, "id", ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True),
    column("since", UtcDateTime, "derived", nullable=False),
    column("tries", Integer, "derived", nullable=False),
    info=purpose("How often a wrong code was typed, so that nobody guesses one.", "you", CODES),
)
"""Wrong codes an account typed lately, so that nobody guesses by trying many."""
