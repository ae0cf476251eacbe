"""The tables, one file an area; every column carries a privacy tag."""

from storage.tables.base import metadata
from storage.tables.codes import code_tries, codes
from storage.tables.communities import channels, communities, moved_spaces, settings, spaces
from storage.tables.condition import findings, put_offs, today_readers
from storage.tables.courses import (
    asked,
    attendance,
    cohorts,
    course_covers,
    course_needs,
    courses,
    enrolments,
    hooks,
    interests,
    lessons,
    lessons_done,
    nudge_wishes,
    submissions,
)
from storage.tables.delivery import cursors, dead_events, gaps, inbox, outbox, troubles
from storage.tables.joining import (
    connected_accounts,
    connected_entries,
    connected_grants,
    connected_spaces,
    connections,
    links,
)
from storage.tables.ledger import audit, board_steps, entries, totals
from storage.tables.people import accounts, member_accounts, members, memberships
from storage.tables.posts import album_parts, posts, reactions, voice_presence
from storage.tables.privacy import forgotten
from storage.tables.quality import (
    cases,
    course_reviews,
    expert_wishes,
    heads,
    labels,
    reports,
    scores,
    verdicts,
)
from storage.tables.rejudging import rejudged, rejudgings
from storage.tables.roles import grants
from storage.tables.roster import join_requests, purchases, roster, roster_refusals
from storage.tables.suggestions import models, suggestion_wishes, suggestions

__all__ = [
    "accounts",
    "album_parts",
    "asked",
    "attendance",
    "audit",
    "board_steps",
    "cases",
    "channels",
    "code_tries",
    "codes",
    "cohorts",
    "communities",
    "connected_accounts",
    "connected_entries",
    "connected_grants",
    "connected_spaces",
    "connections",
    "course_covers",
    "course_needs",
    "course_reviews",
    "courses",
    "cursors",
    "dead_events",
    "enrolments",
    "entries",
    "expert_wishes",
    "findings",
    "forgotten",
    "gaps",
    "grants",
    "heads",
    "hooks",
    "inbox",
    "interests",
    "join_requests",
    "labels",
    "lessons",
    "lessons_done",
    "links",
    "member_accounts",
    "members",
    "memberships",
    "metadata",
    "models",
    "moved_spaces",
    "nudge_wishes",
    "outbox",
    "posts",
    "purchases",
    "put_offs",
    "reactions",
    "rejudged",
    "rejudgings",
    "reports",
    "roster",
    "roster_refusals",
    "scores",
    "settings",
    "spaces",
    "submissions",
    "suggestion_wishes",
    "suggestions",
    "today_readers",
    "totals",
    "troubles",
    "verdicts",
    "voice_presence",
]
