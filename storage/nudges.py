"""Nudges: who may have stopped on the way, and who does not want to be told."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, and_, delete, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.accounts import ACCOUNT as ACCOUNT_COLUMNS
from storage.accounts import account_of
from storage.among import among
from storage.enrolments import ACCOUNT, ENROLMENTS, Enrolment, joined
from storage.enrolments.rows import enrolment_from
from storage.insert import insert_into
from storage.presence import is_present
from storage.tables import (
    accounts,
    cohorts,
    connections,
    courses,
    enrolments,
    member_accounts,
    members,
    nudge_wishes,
    roster,
)
from storage.values import Account


class NudgeRepository:
    """A member's wish holds for all accounts of theirs. Every question is about one community."""

    __slots__ = ("connection",)

    def __init__(self, connection: AsyncConnection) -> None:
        self.connection = connection

    async def stalled(
        self, community_id: int, before: datetime, *, everybody: bool, now: datetime
    ) -> list[int]:
        """Members with a course in which nothing happened since then, and of which they have not heard since.

        Only those who are here, are recorded and profiled, and did not ask for quiet. Without `everybody` it
        is a course that they take with a cohort that has not ended.
        """
        waits = [
            enrolments.c.state == "enrolled",
            enrolments.c.finished_at.is_(None),
            enrolments.c.moved_at <= before,
            or_(enrolments.c.nudged_at.is_(None), enrolments.c.nudged_at < enrolments.c.moved_at),
        ]
        if not everybody:
            waits.append(cohorts.c.id.is_not(None) & cohorts.c.ended_at.is_(None))
        rows = await self.connection.execute(
            select(members.c.id)
            .distinct()
            .select_from(enrolments)
            .join(courses, and_(courses.c.id == enrolments.c.course_id, courses.c.state == "published"))
            .outerjoin(roster, roster.c.id == enrolments.c.row_id)
            .outerjoin(cohorts, cohorts.c.id == enrolments.c.cohort_id)
            .join(
                member_accounts,
                and_(
                    member_accounts.c.account_id == ACCOUNT,
                    member_accounts.c.community_id == enrolments.c.community_id,
                ),
            )
            .join(members, members.c.id == member_accounts.c.member_id)
            .where(
                enrolments.c.community_id == community_id,
                *waits,
                members.c.profiled,
                members.c.recorded,
                is_present(members.c.id),
                members.c.id.not_in(_quiet(community_id, now)),
            )
            .order_by(members.c.id)
        )
        return [int(row.id) for row in rows]

    async def accounts_of(self, member_ids: Sequence[int]) -> dict[int, list[Account]]:
        """Member -> their accounts that are no bots, the oldest first."""
        found: dict[int, list[Account]] = {member: [] for member in member_ids}
        rows = await self.connection.execute(
            select(*ACCOUNT_COLUMNS, member_accounts.c.member_id)
            .join(member_accounts, member_accounts.c.account_id == accounts.c.id)
            .where(among(member_accounts.c.member_id, "members"), ~accounts.c.is_bot)
            .order_by(accounts.c.id),
            {"members": list(member_ids)},
        )
        for row in rows:
            found[row.member_id].append(account_of(row))
        return found

    async def taken_by(self, community_id: int, member_ids: Sequence[int]) -> list[Enrolment]:
        """What these members take, took, left or were refunded; one enrolment a person and course."""
        rows = await self.connection.execute(
            ENROLMENTS.where(
                enrolments.c.community_id == community_id, among(member_accounts.c.member_id, "members")
            ).order_by(enrolments.c.enrolled_at, enrolments.c.id),
            {"members": list(member_ids)},
        )
        return joined(enrolment_from(row) for row in rows)

    async def is_quiet(self, community_id: int, member_id: int, now: datetime) -> bool:
        """Whether they asked not to be nudged now."""
        quiet = select(members.c.id).where(
            members.c.id == member_id, members.c.id.in_(_quiet(community_id, now))
        )
        return (await self.connection.execute(quiet)).first() is not None

    async def keep_quiet(
        self, community_id: int, account_id: int, until: datetime | None, *, now: datetime
    ) -> None:
        """They want no nudge until then; None: until they ask for them again, whatever they say besides."""
        insert = insert_into(self.connection, nudge_wishes).values(
            community_id=community_id, account_id=account_id, quiet_until=until, at=now
        )
        await self.connection.execute(
            insert.on_conflict_do_update(
                index_elements=[nudge_wishes.c.community_id, nudge_wishes.c.account_id],
                set_={"quiet_until": until, "at": now},
                where=nudge_wishes.c.quiet_until.is_not(None),
            )
        )

    async def speak_again(self, community_id: int, member_id: int) -> None:
        """They may be nudged again."""
        theirs = select(member_accounts.c.account_id).where(
            member_accounts.c.community_id == community_id, member_accounts.c.member_id == member_id
        )
        await self.connection.execute(
            delete(nudge_wishes).where(_here(community_id), nudge_wishes.c.account_id.in_(theirs))
        )

    async def answered(self, enrolment_ids: Sequence[int]) -> None:
        """They answered the nudge, so that it does not count as unanswered."""
        await self.connection.execute(
            update(enrolments).where(enrolments.c.id.in_(list(enrolment_ids))).values(nudged_at=None)
        )


def _quiet(community_id: int, now: datetime) -> ColumnElement[int]:
    """The members who asked for quiet, in a subquery."""
    return (
        select(member_accounts.c.member_id)
        .join(nudge_wishes, nudge_wishes.c.account_id == member_accounts.c.account_id)
        .where(
            member_accounts.c.community_id == community_id,
            _here(community_id),
            or_(nudge_wishes.c.quiet_until.is_(None), nudge_wishes.c.quiet_until > now),
        )
        .scalar_subquery()
    )


def _here(community_id: int) -> ColumnElement[bool]:
    """Said in the community, or in one that has become a part of it."""
    guests = select(connections.c.guest_id).where(connections.c.host_id == community_id)
    return or_(nudge_wishes.c.community_id == community_id, nudge_wishes.c.community_id.in_(guests))
