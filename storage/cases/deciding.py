"""Deciding: the one place where what experts said becomes what follows, and is taken back."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.cases.rows import BAD, CASES, GONE_AT_ONCE, Case, Outcome, case_of, in_community
from storage.points import PointsRepository
from storage.tables import cases, verdicts
from storage.values import LAST_TURN, Entry

TAKEN = "judged"
"""The note of what was taken back because experts found a post bad."""
DELETED = "deleted"
"""The note of what was taken back because a message went, by us or by its author."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """What follows from a decision, or from its undoing; handlers/quality/deciding.py makes effects of it."""

    case: Case
    """As it is now."""
    before: Case
    """As it was."""
    take_back: bool = False
    """What the post earned is to be taken back."""
    give_back: tuple[Entry, ...] = ()
    """What was taken from it is to be given again."""
    excellent: bool = False
    """It earns what excellent posts earn."""
    not_excellent: bool = False
    """It does so no longer."""
    removal: str | None = None
    """The message that is to go: it stands, and those who run the place want it gone."""
    restoring: bool = False
    """The post was taken away, and is to be written again."""


async def decide(
    connection: AsyncConnection,
    community_id: int,
    case_id: int,
    outcome: Outcome,
    now: datetime,
    *,
    remove: bool = False,
) -> Decided | None:
    """Settle an open case; None: there is none, or somebody was quicker. Two at once make one outcome.

    With `remove` a bad post is to go, and a copy is kept, so that it can come back.
    """
    before = await one(connection, community_id, case_id)
    if before is None:
        return None
    bad = outcome in BAD
    copy = {}
    if bad and remove and before.kept is None and not before.deleted:
        copy = {"kept": {"text": before.text or "", "content": before.content}}
    done = await connection.execute(
        update(cases)
        .where(in_community(community_id), cases.c.id == case_id, cases.c.state == "open")
        .values(state="decided", outcome=outcome, decided_at=now, claimed_by=None, claimed_until=None, **copy)
    )
    if not done.rowcount:
        return None
    after = await one(connection, community_id, case_id)
    assert after is not None
    return Decided(
        case=after,
        before=before,
        take_back=bad,
        give_back=() if bad else await taken(connection, after),
        excellent=outcome == "excellent",
        removal=_standing(after) if bad and (remove or after.action in GONE_AT_ONCE) else None,
        restoring=not bad and away(after),
    )


async def reopen(
    connection: AsyncConnection, community_id: int, case_id: int, now: datetime
) -> Decided | None:
    """A decision is taken back: the case is open as if nobody had said anything. None: it is not decided."""
    before = await one(connection, community_id, case_id)
    done = await connection.execute(
        update(cases)
        .where(in_community(community_id), cases.c.id == case_id, cases.c.state == "decided")
        .values(state="open", outcome=None, decided_at=None)
    )
    if before is None or not done.rowcount:
        return None
    await connection.execute(
        update(verdicts)
        .where(verdicts.c.case_id == case_id, verdicts.c.void_at.is_(None))
        .values(void_at=now)
    )
    after = await one(connection, community_id, case_id)
    assert after is not None
    return Decided(
        case=after,
        before=before,
        give_back=await taken(connection, after) if before.bad and after.action not in GONE_AT_ONCE else (),
        not_excellent=before.outcome == "excellent",
        restoring=before.bad and after.action not in GONE_AT_ONCE and away(after),
    )


async def appeal(
    connection: AsyncConnection, community_id: int, case_id: int, words: str, now: datetime
) -> bool:
    """The author asks that others look: once a case, and only where something is held against the post.

    The verdicts stay, so that it is known who is not to look again.
    """
    done = await connection.execute(
        update(cases)
        .where(
            in_community(community_id),
            cases.c.id == case_id,
            cases.c.state == "decided",
            cases.c.outcome.in_(BAD),
            cases.c.appealed_at.is_(None),
        )
        .values(state="open", appeal=words or None, appealed_at=now, claimed_by=None, claimed_until=None)
    )
    return bool(done.rowcount)


def away(case: Case) -> bool:
    """Whether a post was taken away by us, can be written again, and has not been since."""
    return case.kept is not None and case.restored is None


async def taken(connection: AsyncConnection, case: Case) -> tuple[Entry, ...]:
    """What was given for a case's post and then taken back by us, and has not been given again."""
    notes = {TAKEN, DELETED} if case.kept is not None else {TAKEN}
    newest: dict[tuple[str, str], Entry] = {}
    for entry in await PointsRepository(connection).entries_for_message(case.space_id, case.message):
        newest[entry.rule, entry.source] = entry
    return tuple(
        entry
        for entry in newest.values()
        if entry.voids is not None and entry.turn != LAST_TURN and entry.note in notes
    )


def _standing(case: Case) -> str:
    """The message as which the post stands, if it does."""
    return case.restored or case.message


async def one(connection: AsyncConnection, community_id: int, case_id: int) -> Case | None:
    """A case of that community."""
    found = await connection.execute(CASES.where(in_community(community_id), cases.c.id == case_id))
    row = found.first()
    return None if row is None else case_of(row)
