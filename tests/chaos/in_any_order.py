"""People who write, link, part, connect, claim, are forgotten and come back, in any order: a Hypothesis machine.

Four groups on two platforms begin as four communities, with five accounts. What must always be so is checked
after every step, and once more when everything was parted again. One example is one transaction, which is
rolled back.
"""

import asyncio
from collections.abc import Awaitable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from typing import Any, TypeVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from sqlalchemy import func, select

from bot.batch import House, run_batch
from handlers.base import Deleted, Event, Joined, Left, Person, Place, Posted, Reacted, RepliedTo
from storage.codes import LINK, Code
from storage.database import Database
from storage.roster import NewRow
from storage.store import Store
from storage.tables import member_accounts
from storage.values import Account, NewEntry
from tests.chaos.always_so import (
    Who,
    nobody_gains_a_right,
    people_are_somebody,
    points_are_where_they_belong,
    points_by_account,
)
from tests.conftest import NOW

T = TypeVar("T")
PLACES = (("telegram", "-1"), ("telegram", "-2"), ("discord", "10"), ("discord", "20"))
ZONES = ("UTC", "Asia/Shanghai", "America/New_York", "Europe/Berlin")
PEOPLE: tuple[Who, ...] = (
    ("telegram", "1"),
    ("telegram", "2"),
    ("telegram", "3"),
    ("discord", "1"),
    ("discord", "2"),
)
place_numbers = st.integers(0, len(PLACES) - 1)
people = st.sampled_from(PEOPLE)


class RollBack(Exception):
    """Nothing of an example stays."""


class InAnyOrder(RuleBasedStateMachine):
    """The model knows which community was made part of which, and whom a role was given where."""

    def __init__(self, runner: asyncio.Runner, database: Database, house: House) -> None:
        super().__init__()
        self.runner, self.house = runner, house
        self.now: datetime = NOW
        self.serial = 0
        self.posts: list[tuple[Place, str, Who]] = []
        self.hosts: dict[int, tuple[int, int]] = {}
        """guest -> host and connection."""
        self.homes: dict[int, set[int]] = {}
        """Entry without a space -> the communities that it may belong to."""
        self.given: list[tuple[int, Who, str]] = []
        """community, whom, role."""
        self.manual: list[int] = []
        self.transaction = database.write()
        self.store: Store = self.do(self.transaction.__aenter__())

    def do(self, work: Awaitable[T]) -> T:
        async def it() -> T:
            return await work

        return self.runner.run(it())

    @initialize()
    def begin(self) -> None:
        self.own = [self.do(self._found(number)) for number in range(len(PLACES))]
        self.do(self._play(*(self._post(number, who) for number in range(4) for who in self._of(number))))
        for number in range(4):
            there = self._of(number)
            for points, who in enumerate(there, 1):
                self.do(self._correct(number, who, points, private=True))
            self.grant(number, there[number % 2], "expert")
            self.grant(number, there[-1], "muted")
            self.claim(number, there[0], number, back=False)
        for number in (0, 2):
            self.link(number, *self._of(number)[:2])

    async def _found(self, number: int) -> int:
        place = PLACES[number]
        space, community = await self.store.communities.add_space(
            *place, f"Group {number}", language="en", now=NOW
        )
        await self.store.communities.finish_setup(
            community.id, language="en", zone=ZONES[number], week_start=number % 2, now=NOW
        )
        return space.community_id

    # What people do

    @rule(number=place_numbers, who=people)
    def post(self, number: int, who: Who) -> None:
        if who in self._of(number):
            self.do(self._play(self._post(number, who)))

    @rule(
        pick=st.integers(0, 30),
        who=people,
        text=st.sampled_from(("thanks, that helps me", "and how is it done?")),
    )
    def answer(self, pick: int, who: Who, text: str) -> None:
        place, message, author = self.posts[pick % len(self.posts)]
        if who[0] == place.platform:
            to = RepliedTo(message=message, person=person(author))
            self.do(self._play(self._post(PLACES.index((place.platform, place.space)), who, text, to)))

    @rule(pick=st.integers(0, 30), who=people, held=st.booleans())
    def react(self, pick: int, who: Who, held: bool) -> None:
        place, message, author = self.posts[pick % len(self.posts)]
        if who[0] == place.platform:
            what: dict[str, Any] = {"added" if held else "removed": ("👍",)}
            self.do(
                self._play(
                    Reacted(
                        **self._next(),
                        place=place,
                        message=message,
                        person=person(who),
                        to=person(author),
                        **what,
                    )
                )
            )

    @rule(pick=st.integers(0, 30))
    def delete(self, pick: int) -> None:
        place, message, _ = self.posts[pick % len(self.posts)]
        self.do(self._play(Deleted(**self._next(), place=place, messages=(message,))))

    @rule(number=place_numbers, who=people, comes=st.booleans())
    def come_or_go(self, number: int, who: Who, comes: bool) -> None:
        if who in self._of(number):
            kind = Joined if comes else Left
            self.do(self._play(kind(**self._next(), place=place_of(number), person=person(who))))

    @rule(number=place_numbers, who=people, points=st.integers(-20, 20), private=st.booleans())
    def correct(self, number: int, who: Who, points: int, private: bool) -> None:
        self.do(self._correct(number, who, points, private))

    @rule(pick=st.integers(0, 30))
    def undo(self, pick: int) -> None:
        if self.manual:
            id = self.manual[pick % len(self.manual)]
            done = self.do(self.store.points.void(id, note="undo", now=self._tick(), final=True))
            if done is not None and id in self.homes:
                self.homes[done.id] = self.homes[id]

    # What becomes of who is who

    @rule(number=place_numbers, one=people, other=people)
    def link(self, number: int, one: Who, other: Who) -> None:
        with self.nobody_gains_points():
            self.do(self._link(self.root(self.own[number]), one, other))

    @rule(number=place_numbers, who=people)
    def unlink(self, number: int, who: Who) -> None:
        with self.nobody_gains_points():
            account = self.do(self.store.people.account(*who))
            if account is not None:
                self.do(self.store.joining.unlink(self.root(self.own[number]), account.id))

    @rule(one=place_numbers, other=place_numbers)
    def connect(self, one: int, other: int) -> None:
        host, guest = self.root(self.own[one]), self.root(self.own[other])
        if host != guest:
            with self.nobody_gains_points():
                made = self.do(self.store.joining.connect(host, guest, by=None, now=self._tick()))
            self.hosts[guest] = host, made.id

    @rule(pick=st.integers(0, 5))
    def disconnect(self, pick: int) -> None:
        awake = [guest for guest, (host, _) in self.hosts.items() if host not in self.hosts]
        if awake:
            guest = awake[pick % len(awake)]
            with self.nobody_gains_points():
                self.do(self.store.joining.disconnect(self.hosts[guest][1], now=self._tick()))
            del self.hosts[guest]

    @rule(number=place_numbers, who=people, role=st.sampled_from(("expert", "muted")))
    def grant(self, number: int, who: Who, role: str) -> None:
        here = self.root(self.own[number])
        account = self.do(self.store.people.account(*who))
        member = self.do(self.store.people.member(here, account.id)) if account else None
        if account is not None and member is not None:
            self.do(self.store.grants.give(here, member.id, account.id, role, by=None, now=self._tick()))
            self.given.append((here, who, role))

    @rule(number=place_numbers, who=people, buyer=st.integers(0, 2), back=st.booleans())
    def claim(self, number: int, who: Who, buyer: int, back: bool) -> None:
        with self.nobody_gains_points():
            self.do(self._claim(self.root(self.own[number]), who, f"buyer{buyer}@example.com", back))

    @rule(number=st.none() | place_numbers, who=people)
    def forget(self, number: int | None, who: Who) -> None:
        self.do(self._forget(None if number is None else self.root(self.own[number]), who))

    # What is always so

    @invariant()
    def nothing_is_miscounted(self) -> None:
        if hasattr(self, "own"):
            self.do(self._check())

    async def _check(self) -> None:
        await points_are_where_they_belong(self.store, self.root, self.homes)
        await people_are_somebody(self.store, self.root)
        await nobody_gains_a_right(self.store, self.root, self.own, PEOPLE, self.given, self.now)

    def teardown(self) -> None:
        try:
            if hasattr(self, "own"):
                while self.hosts:
                    self.disconnect(0)
                self.do(self._check())
                self.do(self._part_everybody())
                self.do(self._check())
        finally:
            self.runner.run(self._roll_back())

    async def _roll_back(self) -> None:
        error = RollBack()
        with suppress(RollBack):
            await self.transaction.__aexit__(RollBack, error, None)

    @contextmanager
    def nobody_gains_points(self) -> Iterator[None]:
        before = self.do(points_by_account(self.store))
        yield
        assert self.do(points_by_account(self.store)) == before

    def root(self, community: int) -> int:
        while community in self.hosts:
            community = self.hosts[community][0]
        return community

    def _under(self, community: int) -> set[int]:
        """A community and all that is part of it now."""
        found = {community}
        while more := {guest for guest, (host, _) in self.hosts.items() if host in found} - found:
            found |= more
        return found

    # How it is done

    def _of(self, number: int) -> list[Who]:
        return [who for who in PEOPLE if who[0] == PLACES[number][0]]

    def _tick(self) -> datetime:
        self.now += timedelta(minutes=7)
        return self.now

    def _next(self) -> dict[str, Any]:
        self.serial += 1
        return {"key": f"e{self.serial}", "order": self.serial, "at": self._tick()}

    def _post(self, number: int, who: Who, text: str = "", to: RepliedTo | None = None) -> Posted:
        common = self._next()
        message = f"{PLACES[number][1]}/{self.serial}"
        self.posts.append((place_of(number), message, who))
        return Posted(
            **common,
            place=place_of(number),
            message=message,
            person=person(who),
            text=text or f"how is number {self.serial * 7919} to be split?",
            reply_to=to,
        )

    async def _play(self, *events: Event) -> None:
        await run_batch(self.house, self.store, events, self.now)

    async def _correct(self, number: int, who: Who, points: int, private: bool) -> None:
        here = self.root(self.own[number])
        account = await self.store.people.account(*who)
        member = await self.store.people.member(here, account.id) if account else None
        if account is None or member is None:
            return
        space = await self.store.communities.space(*PLACES[number])
        assert space is not None
        self.serial += 1
        [entry] = await self.store.points.record(
            [
                NewEntry(
                    community_id=here,
                    member_id=member.id,
                    account_id=account.id,
                    space_id=None if private else space[0].id,
                    rule="manual",
                    source=f"manual:{self.serial}",
                    points=points,
                    happened_at=self._tick(),
                    recorded_at=self.now,
                )
            ]
        )
        self.manual.append(entry.id)
        if private:
            self.homes[entry.id] = self._under(here)

    async def _link(self, here: int, one: Who, other: Who) -> None:
        first, second = [await self.store.people.account(*who) for who in (one, other)]
        if first is None or second is None or first == second:
            return
        whose = [await self.store.people.member(here, each.id) for each in (first, second)]
        if whose[0] is None or whose[1] is None:
            return
        code = await self.store.codes.issue(LINK, here, first.id, f"account:{first.id}", now=self._tick())
        found = await self.store.codes.redeem(LINK, code, second.id, now=self.now)
        assert isinstance(found, Code)
        await self.store.joining.join(here, whose[0].id, whose[1].id)

    async def _claim(self, here: int, who: Who, email: str, back: bool) -> None:
        account = await self.store.people.account(*who)
        if account is None or await self.store.people.member(here, account.id) is None:
            return
        await self.store.roster.take_in(here, [NewRow(email=email)], now=self._tick())
        row = await self.store.roster.by_email(here, email)
        if row is None:
            return
        if back:
            await self.store.roster.release(here, row.id, now=self.now)
        else:
            await self.store.roster.claim(here, row.id, account.id, how="code", now=self.now)

    async def _forget(self, here: int | None, who: Who) -> None:
        account = await self.store.people.account(*who)
        if account is None:
            return
        before = await points_by_account(self.store)
        gone = await self._person(account, here)
        await self.store.privacy.forget(account.id, community_id=here, now=self._tick())
        after = await points_by_account(self.store)
        assert sum(after.values()) == sum(before.values()), "what a community earned stays"
        touched = {each.id for each in gone}
        others = await self.store.people.account("homeroom", "former")
        known = touched | ({others.id} if others else set())
        assert {k: v for k, v in after.items() if k not in known} == {
            k: v for k, v in before.items() if k not in known
        }
        names = {(each.platform, each.external_id) for each in gone}
        where = set(self.own) if here is None else self._under(here)
        self.given = [each for each in self.given if not (each[1] in names and each[0] in where)]
        left = select(member_accounts.c.account_id).where(
            member_accounts.c.account_id.in_(touched), member_accounts.c.community_id.in_(where)
        )
        assert (await self.store.connection.execute(left)).all() == [], "a member is left"

    async def _person(self, account: Account, here: int | None) -> set[Account]:
        """All accounts that are the same person, there or anywhere."""
        where = set(self.own) if here is None else self._under(here)
        found, more = set[Account](), {account}
        while more:
            found |= more
            members = [await self.store.people.member(place, each.id) for each in more for place in where]
            known = [await self.store.people.accounts_of(each.id) for each in members if each]
            more = {each for some in known for each in some} - found
        return found

    async def _part_everybody(self) -> None:
        rows = await self.store.connection.execute(
            select(member_accounts.c.community_id, member_accounts.c.account_id).order_by(
                member_accounts.c.account_id
            )
        )
        for community, account in rows.all():
            await self.store.joining.unlink(community, account)
        owners = await self.store.connection.execute(
            select(member_accounts.c.member_id).group_by(member_accounts.c.member_id).having(func.count() > 1)
        )
        assert owners.all() == [], "everybody is alone"


def place_of(number: int) -> Place:
    platform, space = PLACES[number]
    return Place(platform=platform, space=space, space_title=f"Group {number}")


def person(who: Who) -> Person:
    return Person(id=who[1], name=f"{who[0]} {who[1]}")
