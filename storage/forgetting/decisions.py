"""Decisions: what becomes of each table when a person is forgotten. A test fails for a table without one."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum


class Then(Enum):
    """What becomes of a row that names a person."""

    DELETE = "delete"
    CLEAR = "clear"
    """The row stays, and names nobody."""
    FORMER = "former"
    """The row stays, and names the community's former members, who are all one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """How a table names people, and what goes."""

    names: Mapping[str, Then] = field(default_factory=dict)
    """Columns that hold the number of an account or of a member."""
    through: str = ""
    """Goes with the rows of that table which it hangs on."""
    searched: bool = False
    """Whole events or messages are in it: it is searched for ids, handles and names."""
    nobody: str = ""
    """Why it tells of no member."""
    untold: Mapping[str, str] = field(default_factory=dict)
    """Columns that an export leaves out, and why."""
    acted: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Of a row that is about somebody else, and names who did it: the columns that are the doer's own."""


OTHERS = "it can name somebody else"
NUMBERS = "it is arithmetic that only the model can read"

DECISIONS: dict[str, Decision] = {
    # People
    "accounts": Decision(names={"id": Then.DELETE}),
    "memberships": Decision(names={"account_id": Then.DELETE}),
    "members": Decision(names={"id": Then.DELETE}),
    "member_accounts": Decision(names={"account_id": Then.DELETE, "member_id": Then.DELETE}),
    "forgotten": Decision(nobody="marks that only the key can make: the tombstones themselves"),
    # What they wrote and did
    "posts": Decision(names={"account_id": Then.DELETE}, untold={"mentions": OTHERS}),
    "album_parts": Decision(through="posts"),
    "reactions": Decision(names={"account_id": Then.DELETE}),
    "voice_presence": Decision(names={"account_id": Then.DELETE}),
    # Points
    "entries": Decision(
        names={"member_id": Then.FORMER, "account_id": Then.FORMER, "actor_account_id": Then.FORMER},
        untold={"actor_account_id": OTHERS, "source": OTHERS},
        acted={"actor_account_id": ("community_id", "rule", "points", "note", "day", "happened_at")},
    ),
    "totals": Decision(names={"member_id": Then.FORMER}),
    "board_steps": Decision(nobody="how many members have so many points, and never which"),
    "audit": Decision(
        names={"account_id": Then.CLEAR},
        searched=True,
        acted={"account_id": ("id", "community_id", "account_id", "action", "at", "undone_at")},
    ),
    # Communities
    "communities": Decision(nobody="the community's own"),
    "spaces": Decision(nobody="the community's own"),
    "moved_spaces": Decision(nobody="the community's own"),
    "channels": Decision(nobody="the community's own"),
    "settings": Decision(
        names={"changed_by": Then.CLEAR},
        acted={"changed_by": ("community_id", "key", "changed_by", "changed_at")},
    ),
    "findings": Decision(nobody="what the bot lacks in a space"),
    "connections": Decision(
        names={"made_by": Then.CLEAR}, acted={"made_by": ("host_id", "guest_id", "made_by", "made_at")}
    ),
    "connected_spaces": Decision(nobody="the community's own"),
    "connected_accounts": Decision(names={"account_id": Then.DELETE}),
    "connected_entries": Decision(nobody="which entries came from where; whose they are stands in them"),
    "connected_grants": Decision(nobody="which grants came from where; whose they are stands in them"),
    "rejudgings": Decision(nobody="which action applied rules to the past"),
    "rejudged": Decision(nobody="which entries that wrote; whose they are stands in them"),
    "grants": Decision(
        names={"member_id": Then.DELETE, "account_id": Then.DELETE, "granted_by": Then.CLEAR},
        untold={"granted_by": OTHERS},
        acted={"granted_by": ("community_id", "role", "granted_by", "at")},
    ),
    "links": Decision(names={"account_id": Then.DELETE}),
    "put_offs": Decision(names={"account_id": Then.DELETE}),
    "today_readers": Decision(names={"account_id": Then.DELETE}),
    # Codes and the roster
    "codes": Decision(
        names={"account_id": Then.DELETE, "proven_by": Then.DELETE},
        untold={"digest": "it is a secret", "label": "it is a secret", "proven_by": OTHERS},
        acted={"proven_by": ("community_id", "kind", "proven_by", "used_at")},
    ),
    "code_tries": Decision(names={"account_id": Then.DELETE}),
    "roster": Decision(names={"account_id": Then.DELETE}),
    "purchases": Decision(through="roster"),
    "roster_refusals": Decision(names={"account_id": Then.DELETE}),
    "join_requests": Decision(names={"account_id": Then.DELETE}),
    # Learning
    "courses": Decision(nobody="the community's own"),
    "course_covers": Decision(nobody="the community's own"),
    "course_needs": Decision(nobody="the community's own"),
    "lessons": Decision(nobody="the community's own"),
    "cohorts": Decision(nobody="the community's own"),
    "enrolments": Decision(names={"account_id": Then.DELETE}, through="roster"),
    "lessons_done": Decision(through="enrolments"),
    "attendance": Decision(names={"account_id": Then.DELETE}),
    "nudge_wishes": Decision(names={"account_id": Then.DELETE}),
    "submissions": Decision(
        names={"account_id": Then.DELETE, "marked_by": Then.CLEAR},
        untold={"marked_by": OTHERS},
        acted={"marked_by": ("community_id", "lesson_id", "state", "words", "marked_by", "marked_at")},
    ),
    "asked": Decision(names={"account_id": Then.DELETE}),
    "interests": Decision(names={"account_id": Then.DELETE}),
    "hooks": Decision(nobody="which messages of a shop were taken"),
    "suggestions": Decision(names={"account_id": Then.DELETE}),
    "suggestion_wishes": Decision(names={"account_id": Then.DELETE}),
    "models": Decision(nobody="arithmetic over everybody's courses"),
    # Quality
    "scores": Decision(names={"account_id": Then.DELETE}),
    "cases": Decision(
        names={"account_id": Then.DELETE, "claimed_by": Then.CLEAR},
        untold={"claimed_by": OTHERS},
        acted={"claimed_by": ("id", "space_id", "claimed_by", "claimed_until")},
    ),
    "reports": Decision(names={"account_id": Then.DELETE}),
    "verdicts": Decision(names={"account_id": Then.DELETE}),
    "labels": Decision(names={"account_id": Then.DELETE}, untold={"mark": NUMBERS, "features": NUMBERS}),
    "heads": Decision(nobody="arithmetic over what everybody's posts were judged to be"),
    "expert_wishes": Decision(names={"account_id": Then.DELETE}),
    "course_reviews": Decision(
        names={"done_by": Then.CLEAR},
        acted={"done_by": ("community_id", "course_id", "outcome", "words", "done_by", "done_at")},
    ),
    # What comes in and goes out
    "inbox": Decision(searched=True),
    "outbox": Decision(searched=True),
    "dead_events": Decision(searched=True),
    "troubles": Decision(searched=True),
    "cursors": Decision(nobody="how far a channel's history is read"),
    "gaps": Decision(nobody="which stretch of a channel's history is not read"),
}
