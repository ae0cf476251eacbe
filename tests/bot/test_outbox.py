"""The outbox: every parcel ends in a state that is true, in order, and never twice by our own doing."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any, Literal

import pytest

from bot.effects import parcel_of
from bot.outbox import Outbox, delivery_of
from bot.platforms import DeliveryError
from handlers.base import Bold, Button, DirectMessage, LetIn, Place, Post, React, Remove, Reply
from storage.database import Database
from storage.values import Parcel
from tests.bot.played import GROUP, Clock, PlayedAdapter

ELSEWHERE = Place("telegram", "-1002")


class PostOffice:
    """An outbox over a played platform: put parcels in, let it run until all is quiet."""

    def __init__(self, database: Database, **settings: Any) -> None:
        self.database, self.clock, self.adapter = database, Clock(), PlayedAdapter()
        self.settings = settings
        self.outbox = self._outbox()

    def _outbox(self) -> Outbox:
        return Outbox(self.database, {"telegram": self.adapter}, clock=self.clock, **self.settings)

    async def put(self, *deliveries: Post | DirectMessage | React | Remove) -> None:
        async with self.database.write() as store:
            await store.outbox.add([parcel_of(each, None, self.clock.now) for each in deliveries])
        self.outbox.wake()

    async def state(self, key: str) -> str:
        return (await self.parcel(key)).state

    async def parcel(self, key: str) -> Parcel:
        async with self.database.read() as store:
            found = await store.outbox.get(key)
        assert found is not None
        return found

    @contextlib.asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        self.outbox = self._outbox()
        life = asyncio.create_task(self.outbox.run())
        try:
            yield
        finally:
            self.outbox.stop()
            await asyncio.wait_for(life, 5)

    async def delivered(self) -> None:
        """Run until nothing is due any more."""
        async with self.open():
            await self.quiet()

    async def quiet(self) -> None:
        async with asyncio.timeout(5):
            while True:
                self.outbox.wake()
                await asyncio.sleep(0.01)
                async with self.database.read() as store:
                    due = await store.outbox.due(self.clock.now, 1, "telegram")
                    sending = (await store.outbox.counts()).get("sending")
                if not due and not sending:
                    return


@pytest.fixture
def office(sqlite_database: Database) -> PostOffice:
    return PostOffice(sqlite_database)


def post(key: str, place: Place = GROUP, **more: Any) -> Post:
    return Post(key=key, place=place, reply=Reply(f"This is {key}."), **more)


async def test_what_is_due_arrives_once_and_in_the_order_of_its_place(office: PostOffice):
    await office.put(*(post(f"p{number}") for number in range(5)), post("other", ELSEWHERE))
    await office.put(post("p2"), post("p3"))  # known already
    await office.delivered()
    await office.delivered()

    assert [key for key in office.adapter.keys if key != "other"] == ["p0", "p1", "p2", "p3", "p4"]
    assert office.adapter.keys.count("other") == 1
    assert (await office.parcel("p0")).state == "sent"


async def test_what_is_more_urgent_goes_first(office: PostOffice):
    await office.put(React(key="react", place=GROUP, message="-1001/1", emoji="👍"), post("post"))
    await office.put(post("alarm", priority=1))
    await office.delivered()
    assert office.adapter.keys == ["alarm", "post", "react"]


async def test_what_is_for_later_waits_for_its_time(office: PostOffice):
    await office.put(Remove(key="remove", place=GROUP, message="-1001/1", after=60))
    await office.delivered()
    assert office.adapter.keys == []
    office.clock.later(seconds=60)
    await office.delivered()
    assert office.adapter.keys == ["remove"]


async def test_it_is_known_to_be_on_its_way_before_the_call_is_made(office: PostOffice):
    states = []

    async def look() -> None:
        states.append(await office.state("p"))

    office.adapter.meanwhile = look
    await office.put(post("p"))
    await office.delivered()
    assert (states, await office.state("p")) == (["sending"], "sent")


async def test_a_refusal_for_good_is_tried_once(office: PostOffice):
    office.adapter.troubles["-1001"].append(DeliveryError("no right to write here", permanent=True))
    await office.put(post("p"), post("q"))
    await office.delivered()
    assert office.adapter.tried == ["p", "q"]
    failed = await office.parcel("p")
    assert (failed.state, failed.error) == ("failed", "no right to write here")
    assert await office.state("q") == "sent"


@pytest.mark.parametrize(
    ("policy", "kind", "state", "tries"),
    [
        ("hold", "post", "uncertain", 1),
        ("retry", "post", "sent", 2),
        ("hold", "react", "sent", 2),
        ("hold", "remove", "sent", 2),
        ("hold", "let in", "sent", 2),
    ],
)
async def test_a_lost_answer_is_tried_again_only_where_two_copies_do_no_harm_or_are_chosen(
    sqlite_database: Database, policy: Literal["hold", "retry"], kind: str, state: str, tries: int
):
    office = PostOffice(sqlite_database, on_unknown=policy)
    office.adapter.troubles["-1001"].append(DeliveryError("timed out", unknown=True))
    kinds = {
        "post": post("p"),
        "react": React(key="p", place=GROUP, message="-1001/1", emoji="👍"),
        "remove": Remove(key="p", place=GROUP, message="-1001/1"),
        "let in": LetIn(key="p", place=GROUP, account="7"),
    }
    await office.put(kinds[kind])
    await office.delivered()
    office.clock.later(minutes=10)
    await office.delivered()
    assert (await office.state("p"), len(office.adapter.tried)) == (state, tries)


async def test_told_to_wait_only_that_place_waits_and_for_as_long_as_told(office: PostOffice):
    office.adapter.troubles["-1001"].append(DeliveryError("flood", retry_after=30))
    await office.put(post("p"), post("q"), post("other", ELSEWHERE))
    async with office.open():
        async with asyncio.timeout(5):
            while office.adapter.keys != ["other"] or await office.state("p") != "pending":
                await asyncio.sleep(0.01)
        office.clock.later(seconds=29)
        office.outbox.wake()
        await asyncio.sleep(0.05)
        assert office.adapter.tried.count("p") == 1
        assert "q" not in office.adapter.tried
        office.clock.later(seconds=1)
        await office.quiet()
    assert office.adapter.keys == ["other", "p", "q"]


async def test_trouble_is_waited_out_longer_each_time_and_given_up_in_the_end(sqlite_database: Database):
    office = PostOffice(sqlite_database, max_tries=3)
    office.adapter.troubles["-1001"].extend(DeliveryError("502") for _ in range(5))
    await office.put(post("p"))
    waits = []
    for _ in range(3):
        await office.delivered()
        parcel = await office.parcel("p")
        waits.append((parcel.due_at - office.clock.now).total_seconds())
        office.clock.now = max(parcel.due_at, office.clock.now)
    assert waits[:2] == [2, 4]
    given_up = await office.parcel("p")
    assert (given_up.state, given_up.error) == ("failed", "Given up after 3 tries: 502")


async def test_while_the_platform_is_away_no_number_of_tries_is_too_many(sqlite_database: Database):
    office = PostOffice(sqlite_database, max_tries=3)
    office.adapter.health.connected = False
    office.adapter.troubles["-1001"].extend(DeliveryError("no connection") for _ in range(12))
    await office.put(post("p"))
    for _ in range(13):
        await office.delivered()
        office.clock.later(seconds=300)
    assert await office.state("p") == "sent"


async def test_after_two_days_it_is_given_up(sqlite_database: Database):
    office = PostOffice(sqlite_database, give_up_after=timedelta(days=2))
    office.adapter.troubles["-1001"].extend(DeliveryError("502") for _ in range(2))
    await office.put(post("p"))
    await office.delivered()
    office.clock.later(days=2, seconds=1)
    await office.delivered()
    assert await office.state("p") == "failed"


async def test_a_group_with_a_new_id_takes_everything_with_it(office: PostOffice):
    async with office.database.write() as store:
        await store.communities.add_space(
            "telegram", "-1001", "Data School", language="en", now=office.clock.now
        )
    office.adapter.troubles["-1001"].append(DeliveryError("moved", moved_to="-100900"))
    await office.put(post("p"), post("q"))
    await office.delivered()
    assert [(target, delivery.key) for target, delivery in office.adapter.delivered] == [
        ("-100900", "p"),
        ("-100900", "q"),
    ]
    async with office.database.read() as store:
        found = await store.communities.space("telegram", "-1001")
    assert found is not None
    assert found[0].external_id == "-100900"


async def test_who_cannot_be_written_to_any_more_is_remembered(office: PostOffice):
    now = office.clock.now
    async with office.database.write() as store:
        account = await store.people.see("telegram", "77", "Ann", "ann", now=now)
        await store.people.set_reachable(account.id, now)
        space, _ = await store.communities.add_space("telegram", "-1001", "School", language="en", now=now)
    for target in ("77", "-1001"):
        office.adapter.troubles[target].append(DeliveryError("gone", permanent=True, unreachable=True))
    await office.put(
        post("p"), DirectMessage(key="d", platform="telegram", account="77", reply=Reply("Hello"))
    )
    await office.delivered()
    async with office.database.read() as store:
        ann, group = (
            await store.people.account("telegram", "77"),
            await store.communities.space_by_id(space.id),
        )
    assert ann is not None
    assert not ann.reachable
    assert group is not None
    assert group.standing != "present"
    assert [await office.state("p"), await office.state("d")] == ["failed", "failed"]


async def test_a_fault_of_our_own_fails_that_parcel_and_no_other(office: PostOffice):
    office.adapter.troubles["-1001"].append(KeyError("a defect"))
    await office.put(post("p"), post("q"))
    await office.delivered()
    broken = await office.parcel("p")
    assert (broken.state, broken.error) == ("failed", "It could not be made: see the log.")
    assert office.adapter.keys == ["q"]


async def test_after_a_crash_what_was_on_its_way_is_held_or_harmless(office: PostOffice):
    await office.put(post("p"), React(key="r", place=ELSEWHERE, message="-1002/1", emoji="👍"), post("q"))
    async with office.database.write() as store:
        ids = [parcel.id for parcel in await store.outbox.due(office.clock.now, 9, "telegram")]
        await store.outbox.mark_sending([id for id in ids if id != max(ids)])

    await office.outbox.recover()
    await office.delivered()

    assert [await office.state(key) for key in ("p", "r", "q")] == ["uncertain", "sent", "sent"]
    assert "p" not in office.adapter.tried


@pytest.mark.parametrize(
    "delivery",
    [
        Post(
            key="p",
            place=Place("telegram", "-1001", "-1001/7", space_title="School"),
            reply=Reply(
                "Look", (Bold("here"), "!"), buttons=[Button("Go", "go", ("1",))], picture=b"\x89PNG"
            ),
        ),
        DirectMessage(key="d", platform="telegram", account="77", reply=Reply("Hello")),
        React(key="r", place=GROUP, message="-1001/1", emoji="👍"),
        Remove(key="x", place=GROUP, message="-1001/1"),
    ],
    ids=lambda each: type(each).__name__,
)
async def test_what_was_put_in_is_what_comes_out(office: PostOffice, delivery: Any):
    await office.put(delivery)
    made = delivery_of(await office.parcel(delivery.key))
    assert type(made) is type(delivery)
    if isinstance(delivery, Post | DirectMessage):
        assert isinstance(made, Post | DirectMessage)
        assert (made.reply.lines, made.reply.buttons) == (delivery.reply.lines, delivery.reply.buttons)
        assert made.reply.picture == delivery.reply.picture
    else:
        assert made == delivery
