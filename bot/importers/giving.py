"""Giving: balances become entries of the ledger, once for an account in a community."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import islice
from time import monotonic

from bot.batch import House
from bot.clock import Clock, utc_now
from bot.gather import name_of
from bot.importers.errors import ImportProblem, Unfit
from bot.importers.members import Balance
from bot.importers.neutral import Reading
from handlers.base import Person
from handlers.taking_part import levels
from handlers.taking_part.curve import points_for_level
from storage.batches import BatchRepository
from storage.database import Database
from storage.store import Store
from storage.values import Account, Community, Member, NewAccount, NewEntry, Space

RULE = "import"
FORGOTTEN = Unfit("this person asked to be forgotten")
CHUNK = 1_000
LONG_BEFORE = timedelta(days=62)
"""Balances are dated to a month that no board of the present shows."""


@dataclass(slots=True)
class Given:
    """What came of bringing balances."""

    people: int = 0
    given: int = 0
    """Balances that are new."""
    points: int = 0
    known: int = 0
    """Balances that had been given before."""
    seconds: float = 0.0
    day: date | None = None
    community: str = ""
    differ: list[int] = field(default_factory=list)
    """Rows whose people have another starting balance already, which stays."""

    def add(self, more: "Given") -> None:
        """What came of further lines of the same file."""
        self.people += more.people
        self.given += more.given
        self.points += more.points
        self.known += more.known
        self.day = more.day
        self.differ += more.differ


async def community_named(database: Database, named: str | None) -> Community:
    """The community of a number or name; without one, the only one that is set up. Raises ImportProblem."""
    async with database.read() as store:
        known = await store.communities.all()
    if named is not None:
        found = [each for each in known if named in (str(each.id), each.name)]
        if len(found) != 1:
            raise ImportProblem(
                "There is no community {named} here, or more than one. These are known: {known}",
                named=named,
                known=_listed(known),
            )
        if found[0].set_up_at is None:
            raise ImportProblem(
                "{name} is not set up yet. An admin does it there with /setup.", name=found[0].name
            )
        return found[0]
    ready = [each for each in known if each.set_up_at is not None]
    if len(ready) == 1:
        return ready[0]
    if not ready:
        raise ImportProblem("No community is set up yet. An admin does it in its group with /setup.")
    raise ImportProblem("Name the community with --community. These are known: {known}", known=_listed(ready))


def _listed(known: list[Community]) -> str:
    return ", ".join(f"{each.name or 'without a name'} ({each.id})" for each in known)


async def give_balances(
    database: Database,
    house: House,
    community: Community,
    balances: Iterator[Balance],
    *,
    reading: Reading,
    platform: str | None = None,
    on: date | None = None,
    dry_run: bool = False,
    clock: Clock = utc_now,
) -> Given:
    """Give each account its balance, once. Safe to call twice. Raises ImportProblem and StorageError."""
    began, now = monotonic(), clock()
    given = Given(community=community.name)
    given.day = on or community.calendar.day(now - LONG_BEFORE).replace(day=1)
    async with database.read() as store:
        spaces = await store.communities.spaces(community.id)
        rows = await store.settings.of(community.id)
    platform = platform or only_platform(spaces)
    homes = _Homes(spaces)
    rules = house.book.at(community, rows, None, ())(levels.Settings)
    assert isinstance(rules, levels.Settings)
    while chunk := list(islice(balances, CHUNK)):
        worth = {}
        for balance in chunk:
            points = balance.points
            if points is None:
                points = points_for_level(balance.level or 0, base=rules.base, growth=rules.growth)
            key = (balance.platform or platform, balance.external_id)
            if key in worth:
                reading.refuse(
                    balance.row, Unfit("the same id stands in the file before; the first one counts")
                )
                continue
            if not homes.of(key[0]):
                reading.refuse(
                    balance.row,
                    Unfit(
                        "the community has no space on {platform} yet; add the bot there first",
                        platform=key[0],
                    ),
                )
                continue
            worth[key] = (balance, points)
        if dry_run:
            async with database.read() as store:
                worth = await _without_forgotten(store, community, worth, reading)
                _new_of(worth, await _standing(store, homes, worth), given)
        else:
            async with database.write() as store:
                worth = await _without_forgotten(store, community, worth, reading)
                await _give(store, community, homes, worth, given, now)
    given.seconds = monotonic() - began
    return given


def only_platform(spaces: list[Space]) -> str:
    """The one platform that a community is on. Raises ImportProblem where it is on several."""
    platforms = {space.platform for space in spaces}
    if len(platforms) == 1:
        return platforms.pop()
    raise ImportProblem("Say whose ids these are: --platform telegram or --platform discord")


Key = tuple[str, str]
Worth = Mapping[Key, tuple[Balance, int]]


async def _without_forgotten(
    store: Store, community: Community, worth: Worth, reading: Reading
) -> dict[Key, tuple[Balance, int]]:
    """A balance is of before; who was forgotten since begins at zero."""
    gone = await store.privacy.forgotten_in(community.id, worth)
    for key in gone:
        reading.refuse(worth[key][0].row, FORGOTTEN)
    return {key: value for key, value in worth.items() if key not in gone}


def source_of(space: Space, external_id: str) -> str:
    """Of a balance to start from. It names the space, which stays when communities are connected."""
    return f"import:{space.platform}:{space.external_id}:{external_id}"


class _Homes:
    """The spaces of a community by platform, the oldest first: balances are given there."""

    def __init__(self, spaces: list[Space]) -> None:
        self._spaces = spaces

    def of(self, platform: str) -> list[Space]:
        """None where the bot is nowhere on a platform."""
        return [space for space in self._spaces if space.platform == platform]


async def _standing(store: Store, homes: _Homes, worth: Worth) -> dict[Key, int]:
    """What accounts were given before, in whatever space of the community."""
    sources = {source_of(space, id): (platform, id) for platform, id in worth for space in homes.of(platform)}
    rows = await BatchRepository(store.connection).standing(sources)
    return {sources[row.source]: row.points for row in rows if row.rule == RULE and row.turn == 0}


def _new_of(worth: Worth, standing: Mapping[Key, int], given: Given) -> dict[Key, tuple[Balance, int]]:
    """Those whose balance is new, all of them counted."""
    new = {}
    for key, (balance, points) in worth.items():
        given.people += 1
        known = standing.get(key)
        if known is None:
            new[key] = (balance, points)
            given.given += points > 0
            given.points += points
        else:
            given.known += 1
            if known != points:
                given.differ.append(balance.row)
    return new


async def _give(
    store: Store, community: Community, homes: _Homes, worth: Worth, given: Given, now: datetime
) -> None:
    new = _new_of(worth, await _standing(store, homes, worth), given)
    accounts = await store.people.see_many(
        [
            NewAccount(
                platform=platform,
                external_id=id,
                name=name_of(Person(id, balance.name)) if balance.name else "",
            )
            for (platform, id), (balance, _) in new.items()
        ],
        now=now,
    )
    batches = BatchRepository(store.connection)
    await batches.lock({community.id})
    members = await batches.members({community.id}, [account.id for account in accounts.values()])
    missing = [
        (community.id, account.id, account.name, False)
        for account in accounts.values()
        if (community.id, account.id) not in members
    ]
    if missing:
        members |= await batches.add_members(missing, now)
        await _be_there(store, homes, accounts, members, {account for _, account, _, _ in missing}, now)
    assert given.day is not None
    await store.points.record(
        [
            _entry(
                homes.of(key[0])[0],
                members[community.id, accounts[key].id],
                accounts[key],
                points,
                given.day,
                now,
            )
            for key, (_, points) in new.items()
            if points > 0 and members[community.id, accounts[key].id].recorded
        ]
    )


async def _be_there(
    store: Store,
    homes: _Homes,
    accounts: Mapping[tuple[str, str], Account],
    members: Mapping[tuple[int, int], Member],
    new: set[int],
    now: datetime,
) -> None:
    """Who comes with a balance is taken to be in the community's space, so that boards show them."""
    for (platform, _), account in accounts.items():
        if account.id in new:
            await store.people.seen_in(account.id, homes.of(platform)[0].id, now - LONG_BEFORE)
    await store.people.relist([member.id for (_, account), member in members.items() if account in new])


def _entry(space: Space, member: Member, account: Account, points: int, day: date, now: datetime) -> NewEntry:
    return NewEntry(
        community_id=member.community_id,
        member_id=member.id,
        account_id=account.id,
        rule=RULE,
        source=source_of(space, account.external_id),
        space_id=space.id,
        points=points,
        happened_at=datetime(day.year, day.month, day.day, 12, tzinfo=now.tzinfo),
        recorded_at=now,
        day=day,
    )
