"""The ledger, which only grows, the totals kept beside it, and what admins did."""

from sqlalchemy import BigInteger, Boolean, ForeignKey, Index, Integer, String, Table, UniqueConstraint

from storage.retention import ACTIONS, UNTIL_FORGOTTEN, WITH_COMMUNITY, purpose
from storage.tables.base import metadata
from storage.types import Clean, Day, Id, Json, UtcDateTime, column

entries = Table(
    "entries",
    metadata,
    column("id", Id, "none", primary_key=True),
    column("community_id", Id, "derived", ForeignKey("communities.id"), nullable=False),
    column("member_id", Id, "id", ForeignKey("members.id"), nullable=False),
    column("account_id", Id, "id", ForeignKey("accounts.id"), nullable=False),
    column("space_id", Id, "derived", ForeignKey("spaces.id")),
    column("channel_id", Id, "derived", ForeignKey("channels.id")),
    column("rule", String, "derived", nullable=False),
    column("source", String, "id", nullable=False),
    column("turn", Integer, "none", nullable=False),
    column("points", BigInteger, "derived", nullable=False),
    column("actor_account_id", Id, "id", ForeignKey("accounts.id")),
    column("message", String, "id"),
    column("day", Day, "derived", nullable=False),
    column("happened_at", UtcDateTime, "derived", nullable=False),
    column("recorded_at", UtcDateTime, "derived", nullable=False),
    column("voids", Id, "none", ForeignKey("entries.id")),
    column("note", Clean, "text", nullable=False),
    UniqueConstraint("source", "rule", "turn"),
    Index("ix_entries_member_day", "member_id", "day"),
    Index("ix_entries_message", "space_id", "message"),
    info=purpose(
        "Every point you got: by which rule, when, for which message. It is what /why explains.",
        "points",
        UNTIL_FORGOTTEN,
    ),
)
"""`turn` is even for an award and odd for the entry that voids it, so that a state may change for ever.

An admin's /undo takes the last turn there is (`values.LAST_TURN`).
"""

totals = Table(
    "totals",
    metadata,
    column("member_id", Id, "id", ForeignKey("members.id"), primary_key=True),
    column("period", String, "derived", primary_key=True),
    column("community_id", Id, "derived", ForeignKey("communities.id"), nullable=False),
    column("points", BigInteger, "derived", nullable=False),
    column("listed", Boolean, "derived", nullable=False),
    info=purpose("Your points by day, week and month: the sums on the boards.", "points", UNTIL_FORGOTTEN),
)
Index(
    "ix_totals_board",
    totals.c.community_id,
    totals.c.period,
    totals.c.listed,
    totals.c.points.desc(),
    totals.c.member_id,
)
"""A board in its order: most points first, and of those who tie the older member."""

board_steps = Table(
    "board_steps",
    metadata,
    column("community_id", Id, "none", ForeignKey("communities.id"), primary_key=True),
    column("period", String, "none", primary_key=True),
    column("floor", BigInteger, "none", primary_key=True, autoincrement=False),
    column("members", BigInteger, "none", nullable=False),
    sqlite_with_rowid=False,
    info=purpose("How many members have how many points, so that boards are quick.", "house", WITH_COMMUNITY),
)
"""How many members a board shows with `floor` points or more, so that nobody has to be counted twice.

Triggers on `totals` (migration 0002) keep every row exact, whoever writes. The step at 1 is
always there; large boards have about a hundred, wherever `PointsRepository.tend_boards` put them.
"""

audit = Table(
    "audit",
    metadata,
    column("id", Id, "none", primary_key=True),
    column("community_id", Id, "derived", ForeignKey("communities.id"), nullable=False, index=True),
    column("account_id", Id, "id", ForeignKey("accounts.id")),
    column("action", String, "derived", nullable=False),
    column("target", Clean, "derived", nullable=False),
    column("before", Json, "derived"),
    column("after", Json, "derived"),
    column("at", UtcDateTime, "derived", nullable=False),
    column("undone_at", UtcDateTime, "derived"),
    info=purpose("What admins changed and which admin it was, so that it can be undone.", "service", ACTIONS),
)
