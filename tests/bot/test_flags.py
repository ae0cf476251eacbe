"""Flags: what looks bad becomes a case once; what follows at once is what an admin chose, and can be taken back."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import product
from typing import Any

import pytest

from bot.batch import House, run_batch
from bot.settings_book import SettingsBook
from bot.texts import load_texts
from handlers import FEATURES
from handlers.base import Content, Deleted, Edited, Event, Person, Place, Posted, Reading, mark_of
from storage.cases import Case
from storage.database import Database
from storage.values import Parcel
from tests.conftest import NOW

PLACE = Place(platform="telegram", space="-1001", space_title="Data School")
LINES = (("advert", 0.5), ("abuse", 0.5), ("low_effort", 0.5), ("off_topic", 0.5))


class Group:
    """A group that is set up, whose posts are read as a test says: "ADVERT" is one."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.house = House(FEATURES, SettingsBook(FEATURES, {}), load_texts(), "en")
        self.community = 0
        self.space = 0

    async def set_up(self) -> "Group":
        async with self.database.write() as store:
            space, community = await store.communities.add_space(
                "telegram", "-1001", "Data School", language="en", now=NOW
            )
            await store.communities.finish_setup(
                community.id, language="en", zone="UTC", week_start=0, now=NOW
            )
        self.community, self.space = community.id, space.id
        return self

    async def choose(self, **settings: Any) -> None:
        async with self.database.write() as store:
            for name, value in settings.items():
                await store.settings.set(self.community, f"flags.{name}", value, by=None, now=NOW)

    async def hears(self, *events: Event) -> None:
        readings = {
            mark_of(event): Reading(
                0.9 if "ADVERT" in event.text else 0.45 if "http" in event.text else 0.1,
                0.1, 0.9 if "SHORT" in event.text else 0.1, 0.1, 0.1, "test", lines=LINES,
            )
            for event in events
            if isinstance(event, Posted | Edited)
        }  # fmt: skip
        async with self.database.write() as store:
            await run_batch(self.house, store, list(events), NOW, readings)

    async def cases(self) -> list[Case]:
        async with self.database.read() as store:
            return await store.cases.waiting(self.community)

    async def parcels(self, kind: str) -> Sequence[Parcel]:
        async with self.database.read() as store:
            return [each for each in await store.outbox.list("pending", 500) if each.kind == kind]

    async def points(self) -> int:
        async with self.database.read() as store:
            entries = await store.points.entries_for_message(self.space, "-1001/1")
            return sum(entry.points for entry in entries)


@pytest.fixture
async def group(database: Database) -> Group:
    return await Group(database).set_up()


def post(number: int, text: str, *, author: int = 1, seconds: float = 0, **more: Any) -> Posted:
    person = Person(id=str(100 + author), name=f"Member {author}", roles=more.pop("roles", None))
    return Posted(
        key=f"p{number}", order=number, at=NOW + timedelta(seconds=seconds), place=PLACE,
        message=f"-1001/{number}", person=person, text=text, **more,
    )  # fmt: skip


def edited(of: Posted, text: str) -> Edited:
    return Edited(
        key=f"e{of.key}{text}", order=of.order + 1, at=of.at + timedelta(minutes=1), place=PLACE,
        message=of.message, person=of.person, text=text,
    )  # fmt: skip


async def test_a_post_over_the_line_is_one_case_however_often_it_is_delivered(group: Group):
    bad = post(1, "ADVERT for shoes")
    for _ in range(2):
        await group.hears(bad, post(2, "How do I split data by time?", author=2))

    [case] = await group.cases()
    assert (case.message, case.kind, case.origin, case.action) == ("-1001/1", "advert", "judge", "none")
    assert (case.text, case.author_name) == ("ADVERT for shoes", "Member 1")
    assert not await group.parcels("direct")
    assert not await group.parcels("remove")


async def test_the_author_is_asked_in_private_where_an_admin_wants_that(group: Group):
    await group.choose(adverts="ask the author")
    await group.hears(post(1, "ADVERT for shoes"))

    [letter] = await group.parcels("direct")
    assert letter.target == "101"
    assert (
        letter.payload["reply"]["lines"][0]
        == "Your post in Data School is waiting for a look by our experts."
    )
    assert not await group.parcels("remove")


async def test_what_is_taken_down_earns_nothing_and_a_picture_stays(group: Group):
    await group.choose(adverts="take down")
    await group.hears(
        post(1, "ADVERT for shoes"), post(2, "ADVERT with a picture", author=2, content=Content.MEDIA)
    )

    assert [each.payload["message"] for each in await group.parcels("remove")] == ["-1001/1"]
    assert [(case.action, case.kept) for case in await group.cases()] == [
        ("take down", {"text": "ADVERT for shoes", "content": "text"}),
        ("ask", None),
    ]
    assert await group.points() == 0


async def test_a_mended_text_is_no_case_and_a_spoilt_one_is_again(group: Group):
    bad = post(1, "ADVERT for shoes")
    await group.hears(bad, edited(bad, "I made this in lesson 3"))
    assert await group.cases() == []

    later = edited(bad, "ADVERT after all")
    await group.hears(replace(later, at=later.at + timedelta(minutes=5), order=9))
    assert [case.kind for case in await group.cases()] == ["advert"]


async def test_what_was_found_fine_and_then_changed_is_looked_at_again(group: Group):
    bad = post(1, "ADVERT for shoes")
    await group.hears(bad)
    [case] = await group.cases()
    async with group.database.write() as store:
        await store.cases.decide(group.community, case.id, "fine", NOW)

    await group.hears(edited(bad, "ADVERT with another link"))
    assert [each.id for each in await group.cases()] == [case.id]


async def test_what_its_author_deleted_is_over(group: Group):
    await group.hears(post(1, "ADVERT for shoes"))
    await group.hears(Deleted(key="d", at=NOW, place=PLACE, messages=("-1001/1",)))
    assert await group.cases() == []


async def test_newcomers_and_links_are_held_to_a_stricter_line_where_wanted(group: Group):
    await group.hears(post(1, "see http://example.com"))
    assert await group.cases() == []
    await group.choose(adverts_stricter=True)
    await group.hears(post(2, "look at http://example.com", seconds=60))
    assert [case.message for case in await group.cases()] == ["-1001/2"]


async def test_admins_and_the_trusted_are_exempt_and_who_opted_out_from_all_but_adverts(group: Group):
    await group.choose(trusted_after=2)
    await group.hears(post(1, "ADVERT by who runs it", author=1, roles=("admin",)))
    old = [post(n, f"number {n} is a good question", author=2, seconds=-9_000 + n * 600) for n in (2, 3)]
    await group.hears(*old, post(4, "ADVERT by who is known", author=2))
    await group.choose(trusted_after=0)
    await group.hears(post(5, "hello", author=3, seconds=-600))
    async with group.database.write() as store:
        member = await store.people.find_member(group.community, "telegram", external_id="103", handle="")
        await store.privacy.choose(member.id, profiled=False)
    await group.hears(post(6, "SHORT", author=3), post(7, "ADVERT by the unprofiled", author=3, seconds=60))

    assert [case.message for case in await group.cases()] == ["-1001/7"]


async def test_a_hundred_posts_in_a_second_are_one_flood_that_nobody_is_exempt_from(group: Group):
    await group.choose(floods="take down")
    await group.hears(
        *(
            post(n, f"thought {a}{b} of mine", seconds=n / 100, roles=("admin",))
            for n, (a, b) in enumerate(product("abcdefghij", "klmnopqrst"), 1)
        )
    )

    [case] = await group.cases()
    assert (case.origin, case.reasons[0]["feature"]) == ("flood", "burst")
    assert len(await group.parcels("remove")) == 93
    assert len(await group.parcels("direct")) == 1
    async with group.database.read() as store:
        assert len(await store.cases.companions(case)) == 92


async def test_the_same_in_three_places_is_a_flood(group: Group):
    places = [replace(PLACE, channel=str(n), channel_title=f"room {n}") for n in range(3)]
    said = [replace(post(n + 1, "Buy my course now", seconds=n * 60), place=places[n]) for n in range(3)]
    await group.hears(*said)
    assert [case.reasons[0]["feature"] for case in await group.cases()] == ["everywhere"]


async def test_what_could_not_be_deleted_stands_and_an_admin_is_told(group: Group):
    await group.choose(adverts="take down")
    await group.hears(post(1, "ADVERT for shoes"))
    [parcel] = await group.parcels("remove")
    async with group.database.write() as store:
        await store.outbox.fail(parcel.id, "not enough rights to delete", NOW)
        assert await store.outbox.not_removed(group.community, NOW - timedelta(days=7)) == 1
        assert await store.outbox.not_removed(group.community + 1, NOW - timedelta(days=7)) == 0
    assert [case.deleted for case in await group.cases()] == [False]
