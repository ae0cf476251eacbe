"""Effects: what handlers decided becomes rows, folded in memory and written a statement a table."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from bot.wire import plain_values, reply_to_json
from handlers.base import (
    Attend,
    Award,
    ClaimRow,
    Delivery,
    DirectMessage,
    DropCase,
    Effect,
    Facts,
    KeepRequest,
    LeaveOut,
    LetIn,
    OpenCase,
    Post,
    React,
    Remove,
    Restore,
    StandingEntry,
    TakeBack,
    TakeBackPost,
)
from storage.attendance import Stay
from storage.batches import BatchRepository
from storage.calendar import Calendar
from storage.store import Store
from storage.values import Community, NewParcel


@dataclass(frozen=True, slots=True)
class Moved:
    """A member's total of all time before and after."""

    member: int
    account: int
    before: int
    after: int


@dataclass(slots=True)
class EffectWriter:
    """Folds effects over what stands on the ledger, in order, and writes them at the end."""

    facts: Facts
    calendars: Mapping[int, Calendar]
    now: datetime
    hide: Callable[[str], str] | None = None
    """How a source is kept that names somebody who was forgotten; None: nobody of these was."""
    known: set[str] = field(default_factory=set)
    """Sources whose entries are loaded."""
    by_message: dict[tuple[int, str], set[tuple[str, str]]] = field(default_factory=lambda: defaultdict(set))
    """(space, message) -> (rule, source) of entries that stand for it."""
    _hidden: dict[str, str] = field(default_factory=dict)
    """Pseudonym -> the source that it stands for."""
    _kept_as: dict[str, str] = field(default_factory=dict)
    """Source -> the pseudonym under which it stands on the ledger, and goes on."""
    _rows: list[dict[str, Any]] = field(default_factory=list)
    _pending_voids: list[tuple[dict[str, Any], tuple[str, str, int]]] = field(default_factory=list)
    _totals: dict[tuple[int, str, int], int] = field(default_factory=lambda: defaultdict(int))
    _parcels: list[NewParcel] = field(default_factory=list)
    _left_out: dict[int, dict[int, bool]] = field(default_factory=lambda: defaultdict(dict))
    _claims: list[tuple[int, ClaimRow]] = field(default_factory=list)
    _requests: dict[tuple[int, int], dict[str, Any]] = field(default_factory=dict)
    _cases: dict[tuple[int, str], tuple[int, OpenCase | DropCase]] = field(default_factory=dict)
    """(space, message) -> the community, and the last that was said of the post."""
    _stays: dict[int, list[Stay]] = field(default_factory=lambda: defaultdict(list))

    async def load(self, batches: BatchRepository, sources: Iterable[str]) -> None:
        """Read what stands for sources, once."""
        wanted = {source for source in sources if source not in self.known}
        if wanted:
            self.known |= wanted
            if self.hide is not None:
                self._hidden |= {self.hide(source): source for source in wanted}
                wanted |= {self.hide(source) for source in wanted}
            self._hold(await batches.standing(wanted))

    async def load_messages(self, batches: BatchRepository, spaces: set[int], messages: set[str]) -> None:
        """Read what stands for messages that are to lose everything."""
        rows = await batches.entries_for(spaces, messages)
        rows = [row for row in rows if self._hidden.get(row.source, row.source) not in self.known]
        self.known |= {row.source for row in rows}
        self._hold(rows)

    def _hold(self, rows: Iterable[Any]) -> None:
        for row in rows:  # turns in order: the newest wins
            source = self._hidden.get(row.source, row.source)
            if source != row.source:
                self._kept_as[source] = row.source
            self.facts.standing[row.rule, source] = StandingEntry(
                row.id,
                row.turn,
                row.points,
                row.community_id,
                row.member_id,
                row.account_id,
                row.space_id,
                row.channel_id,
                row.message,
                row.actor_account_id,
                row.day,
                row.happened_at,
            )
            if row.message is not None and row.space_id is not None:
                self.by_message[row.space_id, row.message].add((row.rule, source))

    def missing(self, effect: Effect) -> str | None:
        """The source that must be loaded before the effect can be applied."""
        if isinstance(effect, Award | TakeBack) and effect.source not in self.known:
            return effect.source
        return None

    def apply(self, effect: Effect, community: int) -> list[Moved]:
        """Fold one effect, and say whose totals it moved."""
        match effect:
            case Award():
                return self._award(effect)
            case TakeBack():
                return self._take_back(effect.rule, effect.source, effect.note)
            case TakeBackPost():
                keys = sorted(self.by_message.get((effect.space, effect.message), ()))
                return [
                    moved for rule, source in keys for moved in self._take_back(rule, source, effect.note)
                ]
            case LeaveOut():
                self._left_out[community][effect.member] = effect.left_out
                return []
            case ClaimRow():
                self.facts.note_claimed(effect.row, effect.account)
                self._claims.append((community, effect))
                return []
            case Attend(stay=stay):
                self._stays[community].append(stay)
                return []
            case OpenCase(case=case):
                self._cases[case.space_id, case.message] = community, effect
                return []
            case DropCase():
                self._cases[effect.space, effect.message] = community, effect
                return []
            case KeepRequest():
                self._requests[effect.space, effect.account] = {
                    "space_id": effect.space,
                    "account_id": effect.account,
                    "invite": effect.invite,
                    "asked_at": effect.at,
                }
                return []
            case _:
                self._parcels.append(parcel_of(effect, community, self.now))
                return []

    def _award(self, award: Award) -> list[Moved]:
        key = (award.rule, award.source)
        standing = self.facts.standing.get(key)
        if standing is not None and standing.live:
            return []
        member = self.facts.members.get((award.community, award.account))
        if member is not None and not member.recorded:
            return []
        day = self.calendars[award.community].day(award.at)
        entry = StandingEntry(
            None,
            standing.turn + 1 if standing else 0,
            award.points,
            award.community,
            award.member,
            award.account,
            award.space,
            award.channel,
            award.message,
            award.actor,
            day,
            award.at,
        )
        if award.message is not None and award.space is not None:
            self.by_message[award.space, award.message].add(key)
        self._rows.append(self._row(entry, key, award.points, award.note))
        return self._stand(key, entry, award.points, 1)

    def _take_back(self, rule: str, source: str, note: str) -> list[Moved]:
        key = (rule, source)
        standing = self.facts.standing.get(key)
        if standing is None or not standing.live:
            return []
        entry = StandingEntry(
            None,
            standing.turn + 1,
            -standing.points,
            standing.community_id,
            standing.member_id,
            standing.account_id,
            standing.space_id,
            standing.channel_id,
            standing.message,
            standing.actor_account_id,
            standing.day,
            standing.happened_at,
        )
        row = self._row(entry, key, -standing.points, note)
        if standing.id is None:  # awarded in this very batch: its number is known only once it is written
            self._pending_voids.append((row, (rule, row["source"], standing.turn)))
        else:
            self._rows.append(row | {"voids": standing.id})
        return self._stand(key, entry, -standing.points, -1)

    def _stand(self, key: tuple[str, str], entry: StandingEntry, points: int, sign: int) -> list[Moved]:
        self.facts.standing[key] = entry
        before = self.facts.totals.get(entry.member_id, 0)
        self.facts.note_paid(
            member=entry.member_id,
            rule=key[0],
            day=entry.day,
            at=entry.happened_at,
            points=points,
            actor=entry.actor_account_id,
            sign=sign,
        )
        for period in self.calendars[entry.community_id].periods(entry.day):
            self._totals[entry.member_id, period, entry.community_id] += points
        return [Moved(entry.member_id, entry.account_id, before, before + points)]

    def _row(self, entry: StandingEntry, key: tuple[str, str], points: int, note: str) -> dict[str, Any]:
        return {
            "community_id": entry.community_id,
            "member_id": entry.member_id,
            "account_id": entry.account_id,
            "space_id": entry.space_id,
            "channel_id": entry.channel_id,
            "rule": key[0],
            "source": self._kept_as.get(key[1], key[1]),
            "turn": entry.turn,
            "points": points,
            "actor_account_id": entry.actor_account_id,
            "message": entry.message,
            "day": entry.day,
            "happened_at": entry.happened_at,
            "recorded_at": self.now,
            "voids": None,
            "note": note,
        }

    async def write(self, store: Store, batches: BatchRepository) -> int:
        """Write everything that was folded; say how many parcels are new."""
        await self._write_cases(store, batches)
        if self._rows:
            await batches.add_entries(self._rows)
        if self._pending_voids:
            ids = await batches.entry_ids({source for _, (_, source, _) in self._pending_voids})
            await batches.add_entries([row | {"voids": ids[key]} for row, key in self._pending_voids])
        if self._totals:
            listed = {member.id: member.listed for member in self.facts.members.values()}
            await batches.move_totals(
                [
                    {
                        "member_id": member,
                        "period": period,
                        "community_id": community,
                        "points": points,
                        "listed": listed.get(member, True),
                    }
                    for (member, period, community), points in self._totals.items()
                ]
            )
        for community, members in self._left_out.items():
            await store.people.set_staff(community, members)
        for community, claim in self._claims:
            await store.roster.claim(community, claim.row, claim.account, how=claim.how, now=self.now)
        for community, stays in self._stays.items():
            await store.attendance.attend(community, stays)
        if self._requests:
            await store.requests.ask(list(self._requests.values()))
        if self._parcels:
            return len(await store.outbox.add(self._parcels))
        return 0

    async def _write_cases(self, store: Store, batches: BatchRepository) -> None:
        """Open and drop cases; what follows at once from those that were opened is folded with the rest."""
        said = self._cases.values()
        dropped = [each for _, each in said if isinstance(each, DropCase)]
        for also in (False, True):
            keys = [(each.space, each.message) for each in dropped if each.reported is also]
            await store.cases.drop(keys, reported=also)
        wanted = {key: (of, each) for key, (of, each) in self._cases.items() if isinstance(each, OpenCase)}
        opened = await store.cases.open([each.case for _, each in wanted.values()])
        losing = [key for key in opened if any(isinstance(e, TakeBackPost) for e in wanted[key][1].then)]
        if losing:
            await self.load_messages(batches, {key[0] for key in losing}, {key[1] for key in losing})
        for key in opened:
            community, each = wanted[key]
            for effect in each.then:
                self.apply(effect, community)


async def write_effects(store: Store, effects: Sequence[Effect], community: Community, now: datetime) -> None:
    """Write what a command or a job decided, in its own transaction."""
    if not effects:
        return
    batches = BatchRepository(store.connection)
    facts = Facts()
    accounts = [effect.account for effect in effects if isinstance(effect, Award)]
    if accounts:
        facts.members = await batches.members({community.id}, accounts)
    writer = EffectWriter(facts, {community.id: community.calendar}, now, store.privacy.hidden)
    losing = [effect for effect in effects if isinstance(effect, TakeBackPost)]
    if losing:
        await writer.load_messages(batches, {e.space for e in losing}, {e.message for e in losing})
    for effect in effects:
        if (source := writer.missing(effect)) is not None:
            await writer.load(batches, [source])
        writer.apply(effect, community.id)
    await writer.write(store, batches)


def parcel_of(delivery: Delivery, community: int | None, now: datetime) -> NewParcel:
    """A delivery as a row of the outbox."""
    picture = None
    match delivery:
        case Post(place=place, reply=reply):
            platform, target, kind = place.platform, place.space, "post"
            payload: dict[str, Any] = {"place": plain_values(place), "reply": reply_to_json(reply)}
            picture = reply.picture
        case DirectMessage(platform=platform, account=account, reply=reply):
            target, kind = account, "direct"
            payload = {"account": account, "reply": reply_to_json(reply)}
            picture = reply.picture
        case React(place=place, message=message, emoji=emoji):
            platform, target, kind = place.platform, place.space, "react"
            payload = {"place": plain_values(place), "message": message, "emoji": emoji}
        case Restore(place=place, case=case, account=account, name=name, text=text, reply=reply):
            platform, target, kind = place.platform, place.space, "restore"
            payload = {
                "place": plain_values(place),
                "case": case,
                "account": account,
                "name": name,
                "text": text,
                "reply": reply_to_json(reply),
            }
        case LetIn(place=place, account=account, welcome=welcome):
            platform, target, kind = place.platform, place.space, "let in"
            payload = {"place": plain_values(place), "account": account, "welcome": welcome}
        case _:
            place, message = delivery.place, delivery.message
            platform, target, kind = place.platform, place.space, "remove"
            payload = {"place": plain_values(place), "message": message}
    due = now + timedelta(seconds=delivery.after) if isinstance(delivery, Remove) else now
    return NewParcel(
        key=delivery.key,
        kind=kind,
        platform=platform,
        target=target,
        payload=payload,
        due_at=due,
        created_at=now,
        priority=delivery.priority,
        community_id=community,
        picture=picture,
    )
