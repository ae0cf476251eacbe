"""Opening: a post becomes a case once, whoever found it, and what finds it again joins."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.cases.rows import BAD, CONTENT_KINDS, GONE_AT_ONCE, NewCase, Tally, in_community
from storage.insert import insert_new
from storage.tables import cases, member_accounts, members, posts, spaces, verdicts

REMEMBERED: Final = timedelta(days=180)
"""A bad post weighs against its author's record for so long."""


async def open_cases(connection: AsyncConnection, wanted: Sequence[NewCase]) -> dict[tuple[int, str], int]:
    """Open those that may be; (space, message) -> number of those that were opened. Safe to call twice."""
    chosen = [case for case in wanted if not await _spared(connection, case)]
    made = await insert_new(
        connection,
        cases,
        [_row(case) for case in chosen],
        returning=[cases.c.id, cases.c.space_id, cases.c.message],
    )
    opened = {(row.space_id, row.message): int(row.id) for row in made}
    for case in chosen:
        key = (case.space_id, case.message)
        if key not in opened and case.anew and (number := await _open_again(connection, case)) is not None:
            opened[key] = number
    return opened


def _row(case: NewCase) -> dict[str, Any]:
    return {
        "space_id": case.space_id,
        "channel_id": case.channel_id,
        "account_id": case.account_id,
        "message": case.message,
        "state": "open",
        "opened_at": case.at,
        **_found(case),
    }


def _found(case: NewCase) -> dict[str, Any]:
    return {
        "kind": case.kind,
        "score": case.score,
        "origin": case.origin,
        "reasons": [dict(reason) for reason in case.reasons],
        "wanted": case.wanted,
        "action": case.action,
        "kept": None if case.kept is None else dict(case.kept),
    }


async def _open_again(connection: AsyncConnection, case: NewCase) -> int | None:
    """The post has another text: what was said of the old one holds no longer."""
    found = await connection.execute(
        update(cases)
        .where(
            cases.c.space_id == case.space_id,
            cases.c.message == case.message,
            cases.c.state.in_(("decided", "gone")),
            cases.c.restored.is_(None),
        )
        .values(
            state="open", outcome=None, decided_at=None, claimed_by=None, claimed_until=None,
            opened_at=case.at, **_found(case),
        )
        .returning(cases.c.id)
    )  # fmt: skip
    number: int | None = found.scalar_one_or_none()
    if number is not None:
        await connection.execute(
            update(verdicts)
            .where(verdicts.c.case_id == number, verdicts.c.void_at.is_(None))
            .values(void_at=case.at)
        )
    return number


async def _spared(connection: AsyncConnection, case: NewCase) -> bool:
    """Whether the author is exempt from what the case is about. Floods and reports spare nobody."""
    if case.origin not in ("judge", "sample"):
        return False
    community = await connection.execute(select(spaces.c.community_id).where(spaces.c.id == case.space_id))
    community_id = community.scalar_one()
    profiled = await connection.execute(
        select(members.c.profiled)
        .join(member_accounts, member_accounts.c.member_id == members.c.id)
        .where(
            member_accounts.c.account_id == case.account_id,
            member_accounts.c.community_id == community_id,
        )
    )
    if profiled.scalar_one_or_none() is False and case.kind not in CONTENT_KINDS:
        return True
    if not case.enough_good:
        return False
    tally = await tally_of(connection, community_id, case.account_id, case.at, case.enough_good)
    return tally.bad == 0 and tally.posts >= case.enough_good


async def tally_of(
    connection: AsyncConnection, community_id: int, account_id: int, now: datetime, most: int
) -> Tally:
    """How an account's posts were lately; posts are counted up to `most`."""
    some = (
        select(posts.c.id)
        .join(spaces, spaces.c.id == posts.c.space_id)
        .where(
            posts.c.account_id == account_id,
            spaces.c.community_id == community_id,
            posts.c.deleted_at.is_(None),
            ~posts.c.stub,
            ~posts.c.forwarded,
            posts.c.posted_at < now,
        )
        .limit(most)
        .subquery()
    )
    written = await connection.execute(select(func.count()).select_from(some))
    bad = await connection.execute(
        select(func.count()).where(
            in_community(community_id),
            cases.c.account_id == account_id,
            cases.c.state == "decided",
            cases.c.outcome.in_(BAD),
            cases.c.decided_at >= now - REMEMBERED,
        )
    )
    return Tally(int(written.scalar_one()), int(bad.scalar_one()))


async def drop_cases(
    connection: AsyncConnection, posts_now_fine: Sequence[tuple[int, str]], *, reported: bool
) -> None:
    """These posts are gone, or read well now: what is open of them, and was not taken away by us, is over.

    With `reported` also what members reported: there is nothing left to look at.
    """
    for space_id in sorted({space for space, _ in posts_now_fine}):
        which: list[ColumnElement[bool]] = [
            cases.c.space_id == space_id,
            cases.c.message.in_([message for space, message in posts_now_fine if space == space_id]),
            cases.c.state == "open",
            cases.c.appealed_at.is_(None),
            cases.c.action.not_in(GONE_AT_ONCE),
        ]
        if not reported:
            which.append(cases.c.origin.in_(("judge", "sample")))
        await connection.execute(
            update(cases).where(*which).values(state="gone", claimed_by=None, claimed_until=None, appeal=None)
        )


async def drop_texts(connection: AsyncConnection, community_id: int, before: datetime) -> int:
    """Texts of cases from before a moment are kept no longer: copies and what was said; says of how many."""
    done = await connection.execute(
        update(cases)
        .where(
            in_community(community_id),
            cases.c.opened_at < before,
            cases.c.kept.is_not(None) | cases.c.appeal.is_not(None),
        )
        .values(kept=None, appeal=None)
    )
    return done.rowcount


async def drop_gone(connection: AsyncConnection, community_id: int, before: datetime) -> None:
    """Cases that came to nothing are kept no longer than the texts of their posts."""
    await connection.execute(
        delete(cases).where(in_community(community_id), cases.c.state == "gone", cases.c.opened_at < before)
    )
