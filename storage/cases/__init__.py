"""Cases: posts before the experts, who looks at them, what they say, and what members reported."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import and_, delete, func, or_, select, update
from sqlalchemy import case as when
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.cases import deciding, opening
from storage.cases.deciding import DELETED, TAKEN, Decided
from storage.cases.rows import (
    ALONE,
    BAD,
    CASES,
    GONE_AT_ONCE,
    GOOD,
    SKIP,
    AtOnce,
    Case,
    NewCase,
    Outcome,
    Report,
    Tally,
    Verdict,
    case_of,
    in_community,
    removal_key,
)
from storage.insert import insert_new
from storage.outbox import OF_CASE
from storage.tables import album_parts, cases, member_accounts, posts, reports, verdicts

__all__ = [
    "BAD", "DELETED", "GONE_AT_ONCE", "GOOD", "OF_CASE", "SKIP", "TAKEN",
    "AtOnce", "Case", "CaseRepository", "Decided", "NewCase", "Outcome", "Report", "Tally", "Verdict",
    "removal_key",
]  # fmt: skip


class CaseRepository:
    """At most one case a post; of a space, seen from the community that the space is in."""

    __slots__ = ("connection",)

    def __init__(self, connection: AsyncConnection) -> None:
        self.connection = connection

    # Opening

    async def open(self, wanted: Sequence[NewCase]) -> dict[tuple[int, str], int]:
        """Open cases, unless they are there or the author is exempt; says which. Safe to call twice."""
        return await opening.open_cases(self.connection, wanted) if wanted else {}

    async def drop(self, which: Collection[tuple[int, str]], *, reported: bool) -> None:
        """Posts (space, message) are gone, or read well now: open cases are over, `reported` ones too."""
        await opening.drop_cases(self.connection, sorted(which), reported=reported)

    async def tally(self, community_id: int, account_id: int, now: datetime, most: int = 1_000) -> Tally:
        """How an account's posts were lately; posts are counted up to `most`."""
        return await opening.tally_of(self.connection, community_id, account_id, now, most)

    async def drop_texts(self, community_id: int, before: datetime) -> int:
        """Copies, authors' words and cases that came to nothing, from before a moment, go."""
        await opening.drop_gone(self.connection, community_id, before)
        return await opening.drop_texts(self.connection, community_id, before)

    # Reading

    async def get(self, community_id: int, id: int) -> Case | None:
        """One of them; None: there is none here."""
        return await deciding.one(self.connection, community_id, id)

    async def of_message(self, community_id: int, message: str) -> Case | None:
        """The case of a post anywhere in a community."""
        found = await self.connection.execute(
            CASES.where(in_community(community_id), cases.c.message == message)
        )
        row = found.first()
        return None if row is None else case_of(row)

    async def of_post(self, space_id: int, message: str) -> Case | None:
        """The case of a post, also by the message as which it was written again."""
        found = await self.connection.execute(
            CASES.where(
                cases.c.space_id == space_id,
                or_(cases.c.message == message, cases.c.restored == message),
            )
        )
        row = found.first()
        return None if row is None else case_of(row)

    async def waiting(self, community_id: int, limit: int = 100) -> list[Case]:
        """What is open: appeals first, then what members reported or was taken away, then the oldest.

        Of a flood only the first post is there: it stands for all of them.
        """
        first = when(
            (cases.c.appealed_at.is_not(None), 0),
            (or_(cases.c.origin == "report", cases.c.action.in_(GONE_AT_ONCE)), 1),
            (cases.c.origin == "sample", 3),
            else_=2,
        )
        rows = await self.connection.execute(
            CASES.where(in_community(community_id), cases.c.state == "open", ALONE)
            .order_by(first, cases.c.opened_at, cases.c.id)
            .limit(limit)
        )
        return [case_of(row) for row in rows]

    async def decided(self, community_id: int, since: datetime, limit: int = 100) -> list[Case]:
        """What was decided since then, the latest first."""
        rows = await self.connection.execute(
            CASES.where(in_community(community_id), cases.c.state == "decided", cases.c.decided_at >= since)
            .order_by(cases.c.decided_at.desc(), cases.c.id.desc())
            .limit(limit)
        )
        return [case_of(row) for row in rows]

    async def of_member(self, community_id: int, member_id: int, limit: int = 20) -> list[Case]:
        """A member's cases that they know of: asked, taken away, found bad, appealed; the latest first."""
        rows = await self.connection.execute(
            CASES.where(
                in_community(community_id),
                member_accounts.c.member_id == member_id,
                or_(
                    cases.c.action != "none",
                    and_(cases.c.state == "decided", cases.c.outcome.in_(BAD)),
                    cases.c.appealed_at.is_not(None),
                ),
                cases.c.state != "gone",
            )
            .order_by(func.coalesce(cases.c.decided_at, cases.c.opened_at).desc(), cases.c.id.desc())
            .limit(limit)
        )
        return [case_of(row) for row in rows]

    async def companions(self, case: Case) -> list[int]:
        """The other open cases of the same flood: what is decided of it is decided of all of them."""
        if case.origin != "flood":
            return []
        rows = await self.connection.execute(
            select(cases.c.id)
            .where(
                cases.c.space_id == case.space_id,
                cases.c.account_id == case.account_id,
                cases.c.origin == "flood",
                cases.c.state == "open",
                cases.c.appealed_at.is_(None),
                cases.c.id != case.id,
            )
            .order_by(cases.c.id)
        )
        return list(rows.scalars())

    async def count_open(self, community_id: int, before: datetime | None = None) -> int:
        """How many are open, a flood once; those opened before then alone, if it is given."""
        statement = select(func.count()).where(in_community(community_id), cases.c.state == "open", ALONE)
        if before is not None:
            statement = statement.where(cases.c.opened_at < before)
        return int((await self.connection.execute(statement)).scalar_one())

    async def parts(self, case: Case) -> list[str]:
        """The other messages of the album that the post is."""
        rows = await self.connection.execute(
            select(album_parts.c.message)
            .join(posts, posts.c.id == album_parts.c.post_id)
            .where(
                posts.c.space_id == case.space_id,
                posts.c.message == case.message,
                album_parts.c.message != (case.restored or ""),
            )
            .order_by(album_parts.c.message)
        )
        return list(rows.scalars())

    # Who looks

    async def claim(
        self, community_id: int, id: int, account_id: int, until: datetime, now: datetime
    ) -> bool:
        """Somebody looks at an open case until then; False: somebody else does, or it is over."""
        done = await self.connection.execute(
            update(cases)
            .where(
                in_community(community_id),
                cases.c.id == id,
                cases.c.state == "open",
                or_(
                    cases.c.claimed_until.is_(None),
                    cases.c.claimed_until <= now,
                    cases.c.claimed_by.is_(None),
                    cases.c.claimed_by == account_id,
                ),
            )
            .values(claimed_by=account_id, claimed_until=until)
        )
        return bool(done.rowcount)

    async def release(self, community_id: int, id: int, account_id: int) -> None:
        """Somebody looks at it no longer."""
        await self.connection.execute(
            update(cases)
            .where(in_community(community_id), cases.c.id == id, cases.c.claimed_by == account_id)
            .values(claimed_by=None, claimed_until=None)
        )

    # What is said

    async def add_verdict(
        self, case: Case, account_id: int, outcome: str, now: datetime, *, again: bool = False
    ) -> bool:
        """Keep what an expert says of a case; False: they have said it already, and it holds.

        What they said before the case was opened anew holds no longer, and is said anew.
        """
        await self.connection.execute(
            delete(verdicts).where(
                verdicts.c.case_id == case.id,
                verdicts.c.account_id == account_id,
                or_(verdicts.c.void_at.is_not(None), verdicts.c.outcome == SKIP),
            )
        )
        row = {
            "case_id": case.id,
            "account_id": account_id,
            "space_id": case.space_id,
            "outcome": outcome,
            "again": again,
            "at": now,
        }
        return bool(await insert_new(self.connection, verdicts, [row], returning=[verdicts.c.account_id]))

    async def verdicts(self, case: Case) -> list[Verdict]:
        """What experts said of a case, the oldest first; what holds no longer, too."""
        rows = await self.connection.execute(
            select(
                verdicts.c.account_id,
                member_accounts.c.member_id,
                verdicts.c.outcome,
                verdicts.c.again,
                verdicts.c.at,
                verdicts.c.void_at,
            )
            .outerjoin(
                member_accounts,
                and_(
                    member_accounts.c.account_id == verdicts.c.account_id,
                    member_accounts.c.community_id == case.community_id,
                ),
            )
            .where(verdicts.c.case_id == case.id)
            .order_by(verdicts.c.at, verdicts.c.account_id)
        )
        return [Verdict(*row) for row in rows]

    async def decide(
        self, community_id: int, id: int, outcome: Outcome, now: datetime, *, remove: bool = False
    ) -> Decided | None:
        """Settle an open case; None: somebody was quicker. handlers/quality/deciding.py acts on it."""
        return await deciding.decide(self.connection, community_id, id, outcome, now, remove=remove)

    async def reopen(self, community_id: int, id: int, now: datetime) -> Decided | None:
        """Take a decision back; None: it is not decided."""
        return await deciding.reopen(self.connection, community_id, id, now)

    async def appeal(self, community_id: int, id: int, words: str, now: datetime) -> bool:
        """The author asks that others look: once a case. False: it cannot be, or was."""
        return await deciding.appeal(self.connection, community_id, id, words, now)

    async def say_fine(self, community_id: int, id: int, words: str) -> bool:
        """The author says that an open case's post is fine; False: it is over, or was said."""
        done = await self.connection.execute(
            update(cases)
            .where(in_community(community_id), cases.c.id == id, cases.c.state == "open")
            .where(cases.c.appeal.is_(None))
            .values(appeal=words)
        )
        return bool(done.rowcount)

    async def removed(self, space_id: int, message: str, now: datetime) -> None:
        """A case's post was taken away by us: late answers and reactions to it pay nobody."""
        await self.connection.execute(
            update(posts)
            .where(posts.c.space_id == space_id, posts.c.message == message, posts.c.deleted_at.is_(None))
            .values(deleted_at=now)
        )

    async def keep_no_copy(self, id: int) -> None:
        """A case's post stands, or never comes back: its copy is not needed."""
        await self.connection.execute(update(cases).where(cases.c.id == id).values(kept=None))

    async def rewrite(self, id: int, restored: str) -> None:
        """A case's post was written again as that message: answers and reactions to it are about the post.

        It stands again, and its copy is kept no longer. Safe to call twice.
        """
        found = await self.connection.execute(
            update(cases)
            .where(cases.c.id == id)
            .values(restored=restored, kept=None)
            .returning(cases.c.space_id, cases.c.message)
        )
        case = found.first()
        if case is None:
            return
        # Where the platform told us of our own message first, it is nobody's post.
        await self.connection.execute(
            delete(posts).where(
                posts.c.space_id == case.space_id, posts.c.message == restored, posts.c.account_id.is_(None)
            )
        )
        post = await self.connection.execute(
            update(posts)
            .where(posts.c.space_id == case.space_id, posts.c.message == case.message)
            .values(deleted_at=None)
            .returning(posts.c.id)
        )
        number = post.scalar_one_or_none()
        if number is not None:
            row = {"space_id": case.space_id, "message": restored, "post_id": number}
            await insert_new(self.connection, album_parts, [row])

    # Reports

    async def report(self, case: Case, account_id: int, words: str, now: datetime) -> bool:
        """A member reports a post, once; False: they have already."""
        row = {
            "case_id": case.id,
            "account_id": account_id,
            "space_id": case.space_id,
            "words": words,
            "at": now,
        }
        return bool(await insert_new(self.connection, reports, [row], returning=[reports.c.account_id]))

    async def set_kind(self, case: Case, kind: str) -> None:
        """What those who reported an open case's post take it for."""
        await self.connection.execute(
            update(cases)
            .where(cases.c.id == case.id, cases.c.state == "open", cases.c.origin == "report")
            .values(kind=kind)
        )

    async def reports(self, case: Case) -> list[Report]:
        """Who reported a post, and what they said; the oldest first."""
        rows = await self.connection.execute(
            select(reports.c.account_id, reports.c.words, reports.c.at)
            .where(reports.c.case_id == case.id)
            .order_by(reports.c.at, reports.c.account_id)
        )
        return [Report(*row) for row in rows]

    async def reports_since(self, community_id: int, account_id: int, since: datetime) -> int:
        """How many posts an account reported since then."""
        found = await self.connection.execute(
            select(func.count())
            .select_from(reports.join(cases, cases.c.id == reports.c.case_id))
            .where(in_community(community_id), reports.c.account_id == account_id, reports.c.at >= since)
        )
        return int(found.scalar_one())

    async def reporter(self, community_id: int, account_id: int) -> tuple[int, int]:
        """Of an account's reports that were decided: how many experts confirmed, and how many dismissed."""
        found = await self.connection.execute(
            select(cases.c.outcome.in_(BAD), func.count())
            .select_from(reports.join(cases, cases.c.id == reports.c.case_id))
            .where(in_community(community_id), reports.c.account_id == account_id, cases.c.state == "decided")
            .group_by(cases.c.outcome.in_(BAD))
        )
        counts = {bool(bad): int(count) for bad, count in found}
        return counts.get(True, 0), counts.get(False, 0)
