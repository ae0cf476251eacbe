"""Points: the ledger, which only grows, and the totals kept beside it."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, case, delete, func, or_, select, true, update

from storage.among import among, chunks
from storage.boards import BoardRepository
from storage.calendar import ALL, Calendar
from storage.insert import insert_new, upsert_add
from storage.tables import board_steps, communities, entries, member_accounts, members, posts, totals
from storage.values import LAST_TURN, Difference, Entry, NewEntry, StoredPost

PAGE = 5000
"""As many rows as are worked on at once when everything is worked out anew."""


class PointsRepository(BoardRepository):
    """A balance is always a sum of entries; corrections are new entries that name what they void."""

    __slots__ = ()

    async def total(self, member_id: int, period: str = ALL) -> int:
        """What a member has earned in a period."""
        found = await self.connection.execute(_TOTAL, {"of_member": member_id, "of_period": period})
        return int(found.scalar_one_or_none() or 0)

    async def entry(self, community_id: int, id: int) -> Entry | None:
        """One entry of this community's ledger."""
        row = (
            await self.connection.execute(
                select(*ENTRY).where(entries.c.id == id, entries.c.community_id == community_id)
            )
        ).first()
        return None if row is None else Entry(*row)

    async def entries_of(self, member_id: int, *, limit: int, before_id: int | None = None) -> list[Entry]:
        """A member's entries, newest first; with `before_id`, those before that one."""
        older = true() if before_id is None else entries.c.id < before_id
        rows = await self.connection.execute(
            select(*ENTRY)
            .where(entries.c.member_id == member_id, older)
            .order_by(entries.c.id.desc())
            .limit(limit)
        )
        return [Entry(*row) for row in rows]

    async def entries_for_message(self, space_id: int, message: str) -> list[Entry]:
        """Everything that was given, or taken back, for one message, in the order of the ledger."""
        rows = await self.connection.execute(
            select(*ENTRY)
            .where(entries.c.space_id == space_id, entries.c.message == message)
            .order_by(entries.c.id)
        )
        return [Entry(*row) for row in rows]

    async def count(self, community_id: int | None = None) -> int:
        """How many entries the ledger has, of one community or of all."""
        which = true() if community_id is None else entries.c.community_id == community_id
        statement = select(func.count()).select_from(entries).where(which)
        return int((await self.connection.execute(statement)).scalar_one())

    async def stands(self, rule: str, source: str) -> bool:
        """Whether the award of a rule for a source stands, or an admin has settled that it does not."""
        newest = select(func.max(entries.c.turn)).where(entries.c.source == source, entries.c.rule == rule)
        turn = (await self.connection.execute(newest)).scalar_one_or_none()
        return turn is not None and (turn % 2 == 0 or turn == LAST_TURN)

    async def ever_given(self, rule: str, sources: Collection[str]) -> set[str]:
        """Those of these sources for which a rule has ever given anything, taken back since or not."""
        found = await self.connection.execute(
            select(entries.c.source).where(entries.c.rule == rule, among(entries.c.source, "sources")),
            {"sources": list(sources)},
        )
        return set(found.scalars().all())

    async def given_today(self, receiver: int, giver: int, rule: str, day: date) -> tuple[int, int]:
        """How often a rule paid a member on a day: in all, and because of one other member."""
        mine = select(member_accounts.c.account_id).where(member_accounts.c.member_id == giver)
        sign = case((entries.c.turn % 2 == 0, 1), else_=-1)
        by_giver = case((entries.c.actor_account_id.in_(mine), sign), else_=0)
        row = (
            await self.connection.execute(
                select(func.coalesce(func.sum(sign), 0), func.coalesce(func.sum(by_giver), 0)).where(
                    entries.c.member_id == receiver, entries.c.rule == rule, entries.c.day == day
                )
            )
        ).one()
        return int(row[0]), int(row[1])

    async def last_payment(self, member_id: int, rule: str, *, before: StoredPost) -> datetime | None:
        """When a rule last paid a member for what came before a post, taken back since or not."""
        statement = select(func.max(entries.c.happened_at)).where(
            entries.c.member_id == member_id,
            entries.c.rule == rule,
            entries.c.voids.is_(None),
            _came_before(before),
        )
        last: datetime | None = (await self.connection.execute(statement)).scalar_one()
        return last

    async def paid_on(self, member_id: int, rule: str, day: date, *, before: StoredPost) -> int:
        """Points that a rule paid a member on a day before a post, net of what was taken back."""
        statement = select(func.coalesce(func.sum(entries.c.points), 0)).where(
            entries.c.member_id == member_id,
            entries.c.rule == rule,
            entries.c.day == day,
            _came_before(before),
        )
        return int((await self.connection.execute(statement)).scalar_one())

    async def counts_by_rule(self, member_id: int, period: str) -> dict[str, tuple[int, int]]:
        """Rule -> (how often it paid, how much), in a period, net of what was taken back."""
        found = await self.connection.execute(
            select(communities.c.zone, communities.c.week_start)
            .join(members, members.c.community_id == communities.c.id)
            .where(members.c.id == member_id)
        )
        row = found.first()
        if row is None:
            return {}
        days = Calendar(row.zone, row.week_start).days(period)
        within = true() if days is None else entries.c.day.between(*days)
        paid = func.sum(case((entries.c.turn % 2 == 0, 1), else_=-1))
        rows = await self.connection.execute(
            select(entries.c.rule, paid, func.sum(entries.c.points))
            .where(entries.c.member_id == member_id, within)
            .group_by(entries.c.rule)
            .order_by(entries.c.rule)
        )
        return {rule: (int(count), int(points)) for rule, count, points in rows.all()}

    async def record(self, awards: Sequence[NewEntry]) -> list[Entry]:
        """Add the entries that are not there yet and move their totals. Safe to call twice."""
        if not awards:
            return []
        people = await self._people({award.member_id for award in awards})
        rows = [
            asdict(award) | {"day": award.day or people[award.member_id][0].day(award.happened_at)}
            for award in awards
        ]
        days = {(row["source"], row["rule"], row["turn"]): row["day"] for row in rows}
        added = await insert_new(self.connection, entries, rows, returning=ENTRY)
        new = sorted((Entry(*row) for row in added), key=lambda entry: entry.id)
        sums: dict[tuple[int, str], int] = defaultdict(int)
        for entry in new:
            calendar, _, _ = people[entry.member_id]
            for period in calendar.periods(days[entry.source, entry.rule, entry.turn]):
                sums[entry.member_id, period] += entry.points
        await upsert_add(
            self.connection,
            totals,
            [
                {
                    "member_id": member_id,
                    "period": period,
                    "community_id": people[member_id][1],
                    "points": points,
                    "listed": people[member_id][2],
                }
                for (member_id, period), points in sums.items()
            ],
        )
        return new

    async def _people(self, ids: set[int]) -> dict[int, tuple[Calendar, int, bool]]:
        found: dict[int, tuple[Calendar, int, bool]] = {}
        ordered = sorted(ids)
        for start in range(0, len(ordered), 500):
            rows = await self.connection.execute(_PEOPLE, {"ids": ordered[start : start + 500]})
            found.update(
                {r.id: (Calendar(r.zone, r.week_start), r.community_id, r.listed) for r in rows.all()}
            )
        return found

    async def void(self, entry_id: int, *, note: str, now: datetime, final: bool = False) -> Entry | None:
        """Take back what an entry gave, on the day on which it gave it; None: it is taken back already.

        Voiding an entry that voids another gives the points back. `final` is the last word for that rule
        and source: what people do and undo there pays no more.
        """
        row = (await self.connection.execute(select(*ENTRY).where(entries.c.id == entry_id))).first()
        if row is None:
            return None
        entry = Entry(*row)
        taken_back = select(entries.c.id).where(entries.c.voids == entry_id)
        if final and (await self.connection.execute(taken_back)).first() is not None:
            return None
        found = await self.connection.execute(select(entries.c.day).where(entries.c.id == entry_id))
        added = await self.record(
            [
                NewEntry(
                    community_id=entry.community_id,
                    member_id=entry.member_id,
                    account_id=entry.account_id,
                    space_id=entry.space_id,
                    channel_id=entry.channel_id,
                    rule=entry.rule,
                    source=entry.source,
                    turn=LAST_TURN if final else entry.turn + 1,
                    points=-entry.points,
                    actor_account_id=entry.actor_account_id,
                    message=entry.message,
                    happened_at=entry.happened_at,
                    recorded_at=now,
                    day=found.scalar_one(),
                    voids=entry.id,
                    note=note,
                )
            ]
        )
        return added[0] if added else None

    # The proof

    async def rebuild(self, community_id: int) -> int:
        """Work out every day and total of a community from its ledger; says how many totals there are.

        Changes nothing when nothing was wrong and the calendar is the same.
        """
        await self.connection.execute(delete(totals).where(totals.c.community_id == community_id))
        await self.connection.execute(delete(board_steps).where(board_steps.c.community_id == community_id))
        which, whose = entries.c.community_id == community_id, members.c.community_id == community_id
        found = await self._add_up(community_id, which, whose)
        await self.tend_boards()
        return found

    async def rebuild_members(self, community_id: int, member_ids: Sequence[int]) -> None:
        """The same for some of its members. Totals of theirs in another community go."""
        for some in chunks(member_ids):
            await self.connection.execute(delete(totals).where(totals.c.member_id.in_(some)))
            which, whose = entries.c.member_id.in_(some), members.c.id.in_(some)
            await self._add_up(community_id, which, whose)

    async def _add_up(self, community_id: int, which: ColumnElement[bool], whose: ColumnElement[bool]) -> int:
        calendar = await self._calendar(community_id)
        await self._place_days(which, calendar)
        sums = await self._sums(which, calendar)
        found = await self.connection.execute(select(members.c.id, members.c.listed).where(whose))
        listed = {row.id: row.listed for row in found}
        rows = [
            {
                "member_id": member_id,
                "period": period,
                "community_id": community_id,
                "points": points,
                "listed": listed.get(member_id, False),
            }
            for (member_id, period), points in sums.items()
        ]
        for start in range(0, len(rows), PAGE):
            await upsert_add(self.connection, totals, rows[start : start + PAGE])
        return len(rows)

    async def differences(self, community_id: int | None = None) -> list[Difference]:
        """Every total that is not the sum of its entries, of one community or of all. Empty: all is well."""
        which = true() if community_id is None else communities.c.id == community_id
        found = await self.connection.execute(
            select(communities.c.id).where(which).order_by(communities.c.id)
        )
        wrong: list[Difference] = []
        for community in found.scalars().all():
            here = entries.c.community_id == community
            sums = await self._sums(here, await self._calendar(community))
            rows = await self.connection.execute(
                select(totals.c.member_id, totals.c.period, totals.c.points).where(
                    totals.c.community_id == community
                )
            )
            kept = {(row.member_id, row.period): int(row.points) for row in rows.all()}
            wrong += [
                Difference(community, key[0], key[1], kept.get(key, 0), sums.get(key, 0))
                for key in sorted(sums.keys() | kept.keys())
                if kept.get(key, 0) != sums.get(key, 0)
            ]
        return wrong

    async def _calendar(self, community_id: int) -> Calendar:
        row = (
            await self.connection.execute(
                select(communities.c.zone, communities.c.week_start).where(communities.c.id == community_id)
            )
        ).one()
        return Calendar(row.zone, row.week_start)

    async def _place_days(self, which: ColumnElement[bool], calendar: Calendar) -> None:
        """Put each of these entries on the local date of when it happened."""
        last = 0
        while True:
            found = await self.connection.execute(
                select(entries.c.id, entries.c.happened_at, entries.c.day)
                .where(which, entries.c.id > last)
                .order_by(entries.c.id)
                .limit(PAGE)
            )
            rows = found.all()
            if not rows:
                return
            last = rows[-1].id
            moved = [
                {"of_entry": row.id, "new_day": day}
                for row in rows
                if (day := calendar.day(row.happened_at)) != row.day
            ]
            if moved:
                await self.connection.execute(_MOVE_DAY, moved)

    async def _sums(self, which: ColumnElement[bool], calendar: Calendar) -> Mapping[tuple[int, str], int]:
        found = await self.connection.execute(
            select(entries.c.member_id, entries.c.day, func.sum(entries.c.points))
            .where(which)
            .group_by(entries.c.member_id, entries.c.day)
        )
        sums: dict[tuple[int, str], int] = defaultdict(int)
        member_id: int
        day: date
        for member_id, day, points in found.all():
            for period in calendar.periods(day):
                sums[member_id, period] += int(points)
        return sums


def _came_before(post: StoredPost) -> ColumnElement[bool]:
    """Payments for what came before a post.

    Telegram's times are whole seconds: of two posts in one, what is stored first came first.
    """
    its_post = select(posts.c.id).where(
        posts.c.space_id == entries.c.space_id, posts.c.message == entries.c.message, posts.c.id < post.id
    )
    at = entries.c.happened_at
    return or_(at < post.posted_at, and_(at == post.posted_at, its_post.exists()))


ENTRY: tuple[Any, ...] = (
    entries.c.id,
    entries.c.community_id,
    entries.c.member_id,
    entries.c.account_id,
    entries.c.space_id,
    entries.c.channel_id,
    entries.c.rule,
    entries.c.source,
    entries.c.turn,
    entries.c.points,
    entries.c.actor_account_id,
    entries.c.message,
    entries.c.happened_at,
    entries.c.recorded_at,
    entries.c.voids,
    entries.c.note,
)

_TOTAL = select(totals.c.points).where(
    totals.c.member_id == bindparam("of_member"), totals.c.period == bindparam("of_period")
)

_PEOPLE = (
    select(
        members.c.id, members.c.community_id, members.c.listed, communities.c.zone, communities.c.week_start
    )
    .join(communities, communities.c.id == members.c.community_id)
    .where(members.c.id.in_(bindparam("ids", expanding=True)))
)

_MOVE_DAY = update(entries).where(entries.c.id == bindparam("of_entry")).values(day=bindparam("new_day"))
