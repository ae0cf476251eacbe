"""What becomes of a table's rows when members become one and part, and when communities do.

A table that names a member or a community is named here, or a test fails: what were forgotten would be lost.
"""

from enum import Enum
from typing import Any

from sqlalchemy import Column, Table

from storage.tables import (
    accounts,
    asked,
    attendance,
    audit,
    board_steps,
    codes,
    cohorts,
    connections,
    course_reviews,
    courses,
    enrolments,
    entries,
    expert_wishes,
    findings,
    grants,
    heads,
    hooks,
    interests,
    links,
    member_accounts,
    members,
    metadata,
    models,
    nudge_wishes,
    outbox,
    put_offs,
    roster,
    settings,
    spaces,
    submissions,
    suggestion_wishes,
    suggestions,
    today_readers,
    totals,
)


class Members(Enum):
    """When two members become one, and when an account of theirs parts."""

    BY_ACCOUNT = "each row has an account: whose member that is, has the row"
    GRANTED = "as roles are: the one person has all, and each account takes its own along (storage/grants.py)"
    ADDED_UP = "worked out anew from the ledger"


class Communities(Enum):
    """When a guest becomes part of a host, and when it parts."""

    RESTS = "stays with the guest, which comes back as it was"
    WITH_ITS_SPACE = "goes where its space goes"
    REMEMBERED = "becomes the host's, and a list says which went along"
    BY_ORIGIN = "becomes the host's; the row says where it came from"
    WITH_ITS_COURSE = "goes where its course goes"
    ADDED_UP = "worked out anew"
    VOID = "what was open is void"


NAMING_MEMBERS: dict[Column[Any], Members] = {
    entries.c.member_id: Members.BY_ACCOUNT,
    member_accounts.c.member_id: Members.BY_ACCOUNT,
    grants.c.member_id: Members.GRANTED,
    totals.c.member_id: Members.ADDED_UP,
}

NAMING_COMMUNITIES: dict[Column[Any], Communities] = {
    accounts.c.community_id: Communities.RESTS,
    audit.c.community_id: Communities.RESTS,
    findings.c.community_id: Communities.RESTS,
    links.c.community_id: Communities.RESTS,
    member_accounts.c.community_id: Communities.RESTS,
    members.c.community_id: Communities.RESTS,
    outbox.c.community_id: Communities.RESTS,
    put_offs.c.community_id: Communities.RESTS,
    today_readers.c.community_id: Communities.RESTS,
    connections.c.host_id: Communities.RESTS,
    connections.c.guest_id: Communities.RESTS,
    spaces.c.community_id: Communities.REMEMBERED,
    entries.c.community_id: Communities.REMEMBERED,
    grants.c.community_id: Communities.REMEMBERED,
    settings.c.community_id: Communities.WITH_ITS_SPACE,
    roster.c.community_id: Communities.BY_ORIGIN,
    roster.c.origin_id: Communities.RESTS,
    courses.c.community_id: Communities.BY_ORIGIN,
    courses.c.origin_id: Communities.RESTS,
    asked.c.community_id: Communities.BY_ORIGIN,
    asked.c.origin_id: Communities.RESTS,
    interests.c.community_id: Communities.BY_ORIGIN,
    interests.c.origin_id: Communities.RESTS,
    cohorts.c.community_id: Communities.WITH_ITS_COURSE,
    enrolments.c.community_id: Communities.WITH_ITS_COURSE,
    attendance.c.community_id: Communities.WITH_ITS_COURSE,
    submissions.c.community_id: Communities.WITH_ITS_COURSE,
    suggestions.c.community_id: Communities.WITH_ITS_COURSE,
    suggestion_wishes.c.community_id: Communities.RESTS,
    nudge_wishes.c.community_id: Communities.RESTS,
    models.c.community_id: Communities.RESTS,
    hooks.c.community_id: Communities.RESTS,
    heads.c.community_id: Communities.RESTS,
    expert_wishes.c.community_id: Communities.RESTS,
    course_reviews.c.community_id: Communities.WITH_ITS_COURSE,
    totals.c.community_id: Communities.ADDED_UP,
    board_steps.c.community_id: Communities.ADDED_UP,
    codes.c.community_id: Communities.VOID,
}
"""The settings of a whole community rest; those of a space or a channel go with it."""


def tables_that(what: Communities) -> list[Table]:
    """The tables whose community changes in that way, in the order of their names."""
    found = (column.table for column, decided in NAMING_COMMUNITIES.items() if decided is what)
    return sorted(found, key=lambda table: table.name)


def undecided() -> set[str]:
    """Columns that name a member or a community and of which nothing is said here, or too much."""
    naming: dict[str, set[Column[Any]]] = {
        "members.id": set(NAMING_MEMBERS),
        "communities.id": set(NAMING_COMMUNITIES),
    }
    return {
        f"{column} -> {target}"
        for target, decided in naming.items()
        for column in naming_columns(target) ^ decided
    }


def naming_columns(target: str) -> set[Column[Any]]:
    """The columns with a foreign key to that one."""
    return {
        column
        for table in metadata.tables.values()
        for column in table.columns
        if any(key.target_fullname == target for key in column.foreign_keys)
    }


REFUSED_WHEN = {"hidden": True, "staff": True, "profiled": False, "recorded": False}
"""What keeps something from being done with a member, and the value that does."""


def choices_of(*rows: Any) -> dict[str, Any]:
    """What several members have chosen as one person: what one of them refused is refused."""
    chosen: dict[str, Any] = {
        name: refused if any(getattr(row, name) is refused for row in rows) else not refused
        for name, refused in REFUSED_WHEN.items()
        if name in members.c
    }
    return chosen | {"language": next((row.language for row in rows if row.language), None)}
