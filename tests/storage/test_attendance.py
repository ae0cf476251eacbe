"""Attendance: time in voice counts once for a lesson, of those who take its course, in its own channel."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest

from bot.batch import House, run_batch
from bot.settings_book import SettingsBook
from bot.texts import load_texts
from handlers import FEATURES
from handlers.base import Person, Place, VoiceChanged
from storage.attendance import Stay, takes_place_in
from storage.store import Store
from tests.storage.making import NOW, School, a_course, a_lesson, a_member, a_school

LINK = "https://discord.com/channels/77/88"


async def a_talk(store: Store, school: School, names: Sequence[str], **more) -> tuple[int, list[int]]:
    """A live lesson of an hour that starts now, and the accounts of members who take its course."""
    course = await a_course(store, school)
    told = {"kind": "live", "starts_at": NOW, "ends_at": NOW + timedelta(hours=1)}
    lesson = await a_lesson(store, course, **told | more)
    accounts = []
    for name in names:
        member = await a_member(store, school, name)
        [account] = await store.people.accounts_of(member.id)
        await store.enrolments.enrol(school.community.id, course, account.id, source="chat", now=NOW)
        accounts.append(account.id)
    return lesson, accounts


def after(minutes: float) -> datetime:
    return NOW + timedelta(minutes=minutes)


async def minutes_of(store: Store, school: School, lesson: int) -> dict[str, int]:
    came = (await store.attendance.of(school.community.id, [lesson])).get(lesson, [])
    return {each.name: each.seconds // 60 for each in came}


async def test_only_the_time_of_the_lesson_counts_and_no_moment_twice(store):
    school = await a_school(store)
    lesson, [ann] = await a_talk(store, school, ["Ann"])
    stay = Stay(ann, "88", after(-20), after(30))

    for _ in range(2):
        await store.attendance.attend(school.community.id, [stay])
    await store.attendance.attend(school.community.id, [Stay(ann, "88", after(20), after(40))])
    await store.attendance.attend(school.community.id, [Stay(ann, "88", after(50), after(90))])

    assert await minutes_of(store, school, lesson) == {"Ann": 50}


async def test_who_does_not_take_the_course_is_not_noted(store):
    school = await a_school(store)
    lesson, _ = await a_talk(store, school, [])
    eve = await a_member(store, school, "Eve")
    [account] = await store.people.accounts_of(eve.id)

    await store.attendance.attend(school.community.id, [Stay(account.id, "88", NOW, after(60))])

    assert await minutes_of(store, school, lesson) == {}


@pytest.mark.parametrize(("link", "there"), [(None, True), (LINK, True), (LINK[:-1], False), ("https://meet.example/a", False)])  # fmt: skip
async def test_a_link_says_which_channel_counts(store, link: str | None, there: bool):
    school = await a_school(store)
    lesson, [ann] = await a_talk(store, school, ["Ann"], link=link)

    await store.attendance.attend(school.community.id, [Stay(ann, "88", NOW, after(60))])

    [known] = await store.attendance.going_on(school.community.id, NOW, after(1))
    assert (known.id, takes_place_in(known, "88")) == (lesson, there)
    assert bool(await minutes_of(store, school, lesson)) is there


async def test_joins_leaves_and_who_stays_over_the_end_are_counted_to_the_minute(store):
    school = await a_school(store, platform="discord")
    lesson, accounts = await a_talk(store, school, ["Ann", "Bob"])
    house = House(FEATURES, SettingsBook(FEATURES, {}), load_texts(), "en")
    known = [await store.people.account_by_id(each) for each in accounts]
    people = {each.name: Person(each.external_id, each.name) for each in known}
    count = 0

    async def voice(who: str, at: float, channel: str | None = "88", counts: bool = True) -> None:
        nonlocal count
        count += 1
        event = VoiceChanged(
            key=f"voice-{count}",
            at=after(at),
            place=Place("discord", school.space.external_id, channel),
            person=people[who],
            counts=counts,
        )
        await run_batch(house, store, [event], after(at))

    await voice("Ann", -10)
    await voice("Bob", 10)
    await voice("Bob", 25, None)
    await voice("Bob", 40)
    await store.attendance.look_into_voice(school.community.id, after(42))
    await voice("Bob", 50, counts=False)  # deafened: they hear nothing
    await store.attendance.look_into_voice(school.community.id, after(61))
    await voice("Ann", 75, None)
    await voice("Bob", 80, None)

    assert await minutes_of(store, school, lesson) == {"Ann": 60, "Bob": 25}


async def test_time_on_another_account_of_the_same_person_is_theirs(store):
    school = await a_school(store)
    lesson, [phone] = await a_talk(store, school, ["Ann"])
    desk = await a_member(store, school, "Ann too")
    [account] = await store.people.accounts_of(desk.id)
    ann = await store.people.member(school.community.id, phone)
    await store.joining.join(school.community.id, ann.id, desk.id)

    await store.attendance.attend(school.community.id, [Stay(account.id, "88", after(0), after(45))])
    [known] = await store.attendance.going_on(school.community.id, NOW, after(1))
    await store.attendance.be_here(school.community.id, known, phone, after(30))

    [came] = (await store.attendance.of(school.community.id, [lesson]))[lesson]
    assert (came.seconds, set(came.ways)) == (45 * 60, {"voice", "button"})
