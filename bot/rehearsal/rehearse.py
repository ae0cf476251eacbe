"""Rehearse: the last days, judged again by other rules in a database made for it, beside what stands now.

The rules are the live ones, and so is the way of a batch. What there was before the window is as it is;
within it every post and reaction is heard anew, in its order. So the end is what a fresh import of these days
would have given, on top of the same past.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import select

from bot.batch import House, run_batch
from bot.rehearsal.house import Reasons, RehearsingHouse
from bot.rehearsal.timeline import Timeline, timeline_of
from bot.settings_book import SettingsBook
from bot.texts import load_texts
from handlers import FEATURES
from handlers.base import Deleted, Event, FeatureSettings
from handlers.base.rehearsal import Left, Moved, OtherBoard, OtherPlace, Overlay, Rehearsed
from handlers.taking_part import points as post_rule
from storage.calendar import Calendar
from storage.database import Database
from storage.scratch import open_scratch
from storage.store import Store
from storage.tables import entries, members
from storage.values import MISSING
from storage.window import Row, Window, latest_start, read_totals, read_window

PAGE = 2_000
NAMED = 5
"""As many are told who would gain, and as many who would lose."""
PLACES = 10
MOST_POSTS = 200_000
"""So many posts are judged again at most, about a minute of one processor; the days are fewer then."""
NO_REASON = "none"
"""Of posts that are worth nothing, though no rule speaks against them."""


@dataclass(frozen=True, slots=True)
class Correction:
    """What one rule and source would have given, and what stands for it now."""

    rule: str
    source: str
    stands: Row | None
    would: Row | None


@dataclass(frozen=True, slots=True)
class Found:
    """What came of it: the figures, and what they are made of."""

    rehearsed: Rehearsed
    corrections: Sequence[Correction]
    entries: Sequence[Row]
    """Everything that would be on the ledger since then."""


async def rehearse(
    database: Database,
    base: Mapping[type[FeatureSettings], FeatureSettings],
    community_id: int,
    since: datetime,
    overlay: Sequence[Overlay] = (),
    *,
    now: datetime,
    folder: Path | None = None,
) -> Found:
    """Judge what happened since then by the rules as they are, under the overlay. Writes only in `folder`.

    Deterministic: the same rows and rules give the same entries. Raises StorageError.
    """
    async with database.read() as store:
        community = await store.communities.get(community_id)
        assert community is not None
        day = community.calendar.day(now)
        _, week, month, _ = community.calendar.periods(day)
        since = await latest_start(store.connection, community.id, community.calendar, since, MOST_POSTS)
        window = await read_window(store.connection, community_id, since)
        boards = await read_totals(store.connection, community_id, (week, month))
    timeline, reasons = timeline_of(window), Reasons()
    window.posts = window.parts = window.reactions = ()  # they are events now, and there can be very many
    house = RehearsingHouse(House(FEATURES, SettingsBook(FEATURES, base), load_texts()), reasons)
    with TemporaryDirectory(prefix="homeroom-rehearsal-", dir=folder) as place:
        scratch = await open_scratch(Path(place))
        try:
            would = await _played(scratch, house, window, timeline, overlay, now)
        finally:
            await scratch.close()
    corrections = _corrections(timeline, would)
    rehearsed = _figures(
        window, timeline, corrections, reasons, boards, (week, month), community.calendar, now
    )
    return Found(rehearsed, corrections, would)


async def _played(
    scratch: Database,
    house: House,
    window: Window,
    timeline: Timeline,
    overlay: Sequence[Overlay],
    now: datetime,
) -> list[Row]:
    """Feed the events to the rules, and read what they wrote on the ledger of the window."""
    async with scratch.write() as store:
        await window.put(store.connection)
        await _lay(store, window.community["id"], overlay, now)
    for page in _pages(timeline.events):
        async with scratch.write() as store:
            await run_batch(house, store, page, now, timeline.readings)
    async with scratch.read() as store:
        rows = await store.connection.execute(
            select(entries).where(entries.c.happened_at >= window.since).order_by(entries.c.id)
        )
        return [dict(row) for row in rows.mappings()]


async def _lay(store: Store, community: int, overlay: Sequence[Overlay], now: datetime) -> None:
    for each in overlay:
        where = {"space_id": each.space_id, "channel_id": each.channel_id}
        if each.value is MISSING:
            await store.settings.reset(community, each.key, **where)
        else:
            await store.settings.set(community, each.key, each.value, by=None, now=now, **where)


def _pages(events: Sequence[Event]) -> Iterator[list[Event]]:
    """A deletion begins a page: what it takes back must be written."""
    page: list[Event] = []
    for event in events:
        if page and (len(page) >= PAGE or isinstance(event, Deleted)):
            yield page
            page = []
        page.append(event)
    if page:
        yield page


def _corrections(timeline: Timeline, would: Sequence[Row]) -> list[Correction]:
    newest = {(row["rule"], row["source"]): row for row in sorted(would, key=lambda row: row["turn"])}
    wanted = {
        key: row
        for key, row in newest.items()
        if row["turn"] % 2 == 0 and key not in timeline.settled and row["account_id"] not in timeline.silent
    }
    found = [
        Correction(rule, source, timeline.standing.get((rule, source)), wanted.get((rule, source)))
        for rule, source in sorted(timeline.standing.keys() | wanted.keys())
    ]
    return [each for each in found if _worth(each.stands) != _worth(each.would)]


def _worth(row: Row | None) -> tuple[int, int] | None:
    return None if row is None else (row["points"], row["account_id"])


def _figures(
    window: Window,
    timeline: Timeline,
    corrections: Sequence[Correction],
    reasons: Reasons,
    boards: Sequence[tuple[str, int, str, int]],
    periods: Sequence[str],
    calendar: Calendar,
    now: datetime,
) -> Rehearsed:
    before: defaultdict[int, int] = defaultdict(int)
    for row in window.ledger:
        before[row["member_id"]] += row["points"]
    moved: defaultdict[int, int] = defaultdict(int)
    moved_in: defaultdict[tuple[str, int], int] = defaultdict(int)
    paid_anew, refused_anew = 0, defaultdict[str, int](int)
    for each in corrections:
        for entry, sign in ((each.stands, -1), (each.would, 1)):
            if entry is None:
                continue
            moved[entry["member_id"]] += sign * entry["points"]
            for period in calendar.periods(calendar.day(entry["happened_at"])):
                moved_in[period, entry["member_id"]] += sign * entry["points"]
        if each.rule == post_rule.RULE:
            paid_anew += each.stands is None
            if each.stands is not None and each.would is None:
                refused_anew[reasons.of_message.get(each.stands["message"], NO_REASON)] += 1
    people = {row["id"]: row for row in window.people[members]}
    would_have = [
        Moved(member, people[member]["name"], before[member], before[member] + points)
        for member, points in moved.items()
        if points
    ]
    by_gain = sorted(would_have, key=lambda each: (each.before - each.after, each.member_id))
    by_loss = sorted(would_have, key=lambda each: (each.after - each.before, each.member_id))
    total = sum(before.values())
    return Rehearsed(
        since=calendar.day(window.since),
        days=(calendar.day(now) - calendar.day(window.since)).days,
        posts=timeline.judged,
        points_before=total,
        points_after=total + sum(moved.values()),
        more=sum(1 for each in would_have if each.after > each.before),
        fewer=sum(1 for each in would_have if each.after < each.before),
        gainers=tuple(each for each in by_gain[:NAMED] if each.after > each.before),
        losers=tuple(each for each in by_loss[:NAMED] if each.after < each.before),
        boards=tuple(_board(period, boards, moved_in, people) for period in periods),
        paid_anew=paid_anew,
        refused_anew=dict(sorted(refused_anew.items(), key=lambda pair: -pair[1])),
        corrections=len(corrections),
        left=Left(timeline.edited, timeline.without_text, timeline.unpaid, dict(timeline.stood)),
    )


def _board(
    period: str,
    rows: Sequence[tuple[str, int, str, int]],
    moved: Mapping[tuple[str, int], int],
    people: Mapping[int, Row],
) -> OtherBoard:
    """The first places as they would be. Ties share a rank, as on every board."""
    names = {member: name for of, member, name, _ in rows if of == period}
    now = {member: points for of, member, _, points in rows if of == period}
    for of, member in moved:
        if of == period and member not in now and people[member]["listed"]:
            names[member], now[member] = people[member]["name"], 0
    then = {member: points + moved.get((period, member), 0) for member, points in now.items()}
    before, after = _ranks(now), _ranks(then)
    first = sorted(after, key=lambda member: (after[member], member))[:PLACES]
    return OtherBoard(
        period,
        tuple(OtherPlace(after[m], m, names[m], then[m], before.get(m), now[m]) for m in first),
    )


def _ranks(points: Mapping[int, int]) -> dict[int, int]:
    ranks: dict[int, int] = {}
    ordered = sorted((m for m in points if points[m] > 0), key=lambda m: (-points[m], m))
    for place, member in enumerate(ordered, start=1):
        tied = place > 1 and points[ordered[place - 2]] == points[member]
        ranks[member] = ranks[ordered[place - 2]] if tied else place
    return ranks
