"""Writing: what a rehearsal found becomes entries that correct the past, and they are taken back.

An entry is never changed: what stood is voided under its next turn, what would have been is awarded under
the one after. So a source stays what it is, and nothing is paid twice. What moved meanwhile is left to what
moved it.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from bot.effects import EffectWriter
from handlers.base import Award, Facts, TakeBack
from storage.batches import BatchRepository
from storage.store import Store
from storage.values import LAST_TURN, Community

NOTE, UNDONE = "new rules", "undo"


@dataclass(frozen=True, slots=True)
class Planned:
    """What is to stand for a rule and source instead of the payment of this number and turn."""

    rule: str
    source: str
    at: datetime
    stands: int | None
    """The turn that has to stand; None: nothing stands."""
    would: Award | None


async def correct(
    store: Store, community: Community, planned: Sequence[Planned], action: int, now: datetime
) -> int:
    """Write some of an action's corrections, and say how many. Safe to call twice: what is done stands."""
    writing = await _begun(store, community, [each.source for each in planned], now, _accounts(planned))
    done = 0
    for each in planned:
        standing = writing.writer.facts.standing.get((each.rule, each.source))
        live = standing is not None and standing.live
        if standing is not None and standing.turn == LAST_TURN:
            continue
        if (standing.turn if standing is not None and live else None) != each.stands:
            continue
        if live:
            writing.writer.apply(
                TakeBack(rule=each.rule, source=each.source, at=each.at, note=NOTE), community.id
            )
        if each.would is not None and (award := writing.of_today(each.would)) is not None:
            writing.writer.apply(award, community.id)
        done += 1
    await writing.finish(store, action)
    return done


async def take_back(
    store: Store, community: Community, keys: Sequence[tuple[str, str]], action: int, now: datetime
) -> int:
    """Put back what stood before an action corrected these (source, rule). Safe to call twice."""
    batches = BatchRepository(store.connection)
    await batches.lock({community.id})
    turns: defaultdict[tuple[str, str], list[Any]] = defaultdict(list)
    for row in await batches.standing({source for source, _ in keys}):
        turns[row.source, row.rule].append(row)
    mine = await store.rejudging.written(action, [row.id for rows in turns.values() for row in rows])
    stood = {
        key: _stood_before(turns[key], mine)
        for key in keys
        if turns[key][-1].id in mine  # else something happened since, and that counts
    }
    accounts = {row.account_id for row in stood.values() if row is not None}
    writing = await _begun(store, community, [source for source, _ in stood], now, accounts)
    for (source, rule), before in stood.items():
        writing.writer.apply(TakeBack(rule=rule, source=source, at=now, note=UNDONE), community.id)
        if before is not None and (award := writing.of_today(_award_of(before, UNDONE))) is not None:
            writing.writer.apply(award, community.id)
    await writing.finish(store, None)
    return len(stood)


def _stood_before(turns: Sequence[Any], mine: set[int]) -> Any:
    """The payment that an action took away; None: there was none."""
    first = next(row for row in turns if row.id in mine)
    return next((row for row in turns if row.id == first.voids), None)


@dataclass(slots=True)
class _Writing:
    writer: EffectWriter
    batches: BatchRepository
    community: Community
    sources: set[str]
    turns: dict[tuple[str, str], int]
    """The newest turn of each (rule, source) before."""

    def of_today(self, award: Award) -> Award | None:
        """For the member whom the account is now; None: the account is nobody's any more."""
        member = self.writer.facts.members.get((self.community.id, award.account))
        return None if member is None else replace(award, member=member.id)

    async def finish(self, store: Store, action: int | None) -> None:
        await self.writer.write(store, self.batches)
        if action is not None:
            rows = await self.batches.standing(self.sources)
            new = [row.id for row in rows if row.turn > self.turns.get((row.rule, row.source), -1)]
            await store.rejudging.keep(action, new)


async def _begun(
    store: Store, community: Community, sources: Sequence[str], now: datetime, accounts: set[int]
) -> _Writing:
    batches, facts = BatchRepository(store.connection), Facts()
    await batches.lock({community.id})
    writer = EffectWriter(facts, {community.id: community.calendar}, now)
    await writer.load(batches, sources)
    accounts = accounts | {entry.account_id for entry in facts.standing.values()}
    facts.members = await batches.members({community.id}, accounts)
    turns = {key: entry.turn for key, entry in facts.standing.items()}
    return _Writing(writer, batches, community, set(sources), turns)


def _accounts(planned: Sequence[Planned]) -> set[int]:
    return {each.would.account for each in planned if each.would is not None}


def _award_of(row: Any, note: str) -> Award:
    return Award(
        rule=row.rule,
        source=row.source,
        points=row.points,
        community=row.community_id,
        member=row.member_id,
        account=row.account_id,
        space=row.space_id,
        channel=row.channel_id,
        actor=row.actor_account_id,
        message=row.message,
        at=row.happened_at,
        note=note,
    )
