"""Enrolments: an account's or a bought row's, and whose they are however people are joined."""

import random
from datetime import timedelta

import pytest
from sqlalchemy import insert, select

from storage.enrolments import Enrolment, Told
from storage.roster import NewRow
from storage.tables import enrolments, lessons, lessons_done
from tests.storage.making import NOW, a_course, a_member, a_school, an_account

DAY = timedelta(days=1)


async def test_who_enrols_twice_is_enrolled_once(store):
    school = await a_school(store)
    ann = await a_member(store, school, "Ann")
    [account] = await store.people.accounts_of(ann.id)
    course = await a_course(store, school)

    first = await store.enrolments.enrol(school.community.id, course, account.id, source="chat", now=NOW)
    again = await store.enrolments.enrol(school.community.id, course, account.id, source="chat", now=NOW)

    assert (first, again) == (True, False)
    [mine] = await store.enrolments.of(school.community.id, ann.id)
    assert (mine.course_id, mine.state, mine.account_id) == (course, "enrolled", account.id)


async def test_what_was_bought_is_whose_the_row_is(store):
    school = await a_school(store)
    ann = await a_member(store, school, "Ann")
    [account] = await store.people.accounts_of(ann.id)
    course = await a_course(store, school)
    await store.roster.take_in(school.community.id, [NewRow(email="ann@example.com")], now=NOW)
    row = await store.roster.by_email(school.community.id, "ann@example.com")
    bought = {"community_id": school.community.id, "course_id": course, "row_id": row.id, "source": "shop"}
    times = {"state": "enrolled", "enrolled_at": NOW, "moved_at": NOW}
    await store.connection.execute(insert(enrolments).values(**bought | times))

    [waiting] = await store.enrolments.in_course(school.community.id, course)
    await store.roster.claim(school.community.id, row.id, account.id, how="code", now=NOW)
    [hers] = await store.enrolments.of(school.community.id, ann.id)

    assert (waiting.member_id, hers.member_id, hers.id) == (None, ann.id, waiting.id)


async def test_courses_and_what_was_done_in_them_come_along_and_go_back(store):
    host, guest = await a_school(store), await a_school(store)
    ann = await a_member(store, guest, "Ann")
    [account] = await store.people.accounts_of(ann.id)
    course = await a_course(store, guest)
    await store.enrolments.enrol(guest.community.id, course, account.id, source="chat", now=NOW)

    made = await store.joining.connect(host.community.id, guest.community.id, by=None, now=NOW)
    here = await store.people.member(host.community.id, account.id)
    assert [each.id for each in await store.courses.all(host.community.id)] == [course]
    assert [each.course_id for each in await store.enrolments.of(host.community.id, here.id)] == [course]
    assert await store.courses.all(guest.community.id) == []

    await store.joining.disconnect(made.id, now=NOW + timedelta(days=1))
    back = await store.people.member(guest.community.id, account.id)
    assert [each.course_id for each in await store.enrolments.of(guest.community.id, back.id)] == [course]
    assert await store.courses.all(host.community.id) == []


async def with_lessons(store, course, count=3):
    made = await store.connection.execute(
        insert(lessons).returning(lessons.c.id, sort_by_parameter_order=True),
        [
            {
                "course_id": course,
                "key": str(at),
                "position": at,
                "title": f"Lesson {at}",
                "kind": "video",
                "text": "",
            }
            for at in range(1, count + 1)
        ],
    )
    return list(made.scalars().all())


async def a_buyer(store, school, email="ann@example.com"):
    await store.roster.take_in(school.community.id, [NewRow(email=email)], now=NOW)
    return await store.roster.by_email(school.community.id, email)


async def test_a_member_with_two_accounts_has_one_enrolment(store):
    school = await a_school(store)
    here, ann = school.community.id, await a_member(store, school, "Ann")
    [first] = await store.people.accounts_of(ann.id)
    second = await an_account(store, "Ann too", platform="discord")
    her_other = await store.people.ensure_member(here, second.id, now=NOW)
    course = await a_course(store, school)
    one, two, three = await with_lessons(store, course)
    await store.enrolments.enrol(here, course, first.id, source="chat", now=NOW)
    await store.enrolments.enrol(here, course, second.id, source="chat", now=NOW + DAY)
    [mine], [other] = [await store.enrolments.of(here, each) for each in (ann.id, her_other.id)]
    await store.enrolments.do(mine, one, source="chat", now=NOW)
    await store.enrolments.do(other, two, source="chat", now=NOW, mark=0.7)
    await store.joining.join(here, ann.id, her_other.id)

    member = await store.people.member(here, first.id)
    [both] = await store.enrolments.of(here, member.id)

    assert set(both.all) == {mine.id, other.id}
    assert set((await store.enrolments.done([both]))[both.id]) == {one, two}
    again = await store.enrolments.enrol(here, course, second.id, source="chat", now=NOW + 2 * DAY)
    assert again is False
    await store.enrolments.do(both, three, source="chat", now=NOW + DAY)
    assert await store.enrolments.settle([both])
    assert (await store.enrolments.one(here, member.id, course)).finished_at == NOW + DAY


async def test_who_left_can_come_again_and_keeps_what_was_done(store):
    school = await a_school(store)
    here, ann = school.community.id, await a_member(store, school, "Ann")
    [account] = await store.people.accounts_of(ann.id)
    course = await a_course(store, school)
    [lesson] = await with_lessons(store, course, 1)
    await store.enrolments.enrol(here, course, account.id, source="chat", now=NOW)
    [taken] = await store.enrolments.of(here, ann.id)
    await store.enrolments.do(taken, lesson, source="chat", now=NOW)

    assert await store.enrolments.leave(taken, now=NOW + DAY)
    assert (await store.enrolments.one(here, ann.id, course)).state == "left"
    assert await store.enrolments.enrol(here, course, account.id, source="chat", now=NOW + 2 * DAY)

    back = await store.enrolments.one(here, ann.id, course)
    assert (back.state, back.enrolled_at) == ("enrolled", NOW)
    assert set((await store.enrolments.done([back]))[back.id]) == {lesson}


async def test_a_better_mark_is_kept_and_a_worse_one_is_not(store):
    school = await a_school(store)
    here, ann = school.community.id, await a_member(store, school, "Ann")
    [account] = await store.people.accounts_of(ann.id)
    course = await a_course(store, school)
    [lesson] = await with_lessons(store, course, 1)
    await store.enrolments.enrol(here, course, account.id, source="chat", now=NOW)
    [taken] = await store.enrolments.of(here, ann.id)

    marks = []
    for mark in (0.5, 0.9, 0.2, None):
        await store.enrolments.do(taken, lesson, source="chat", now=NOW, mark=mark)
        marks.append((await store.enrolments.done([taken]))[taken.id][lesson].mark)

    assert marks == [0.5, 0.9, 0.9, 0.9]


@pytest.mark.parametrize("seed", range(2))
async def test_any_order_and_repetition_of_what_is_told_gives_the_same_end(store, seed):
    school = await a_school(store)
    here, row = school.community.id, await a_buyer(store, school)
    told_of = random.Random(seed)
    ends = set()
    script = [
        (what, NOW + told_of.randrange(5) * DAY, told_of.randrange(2), told_of.choice([None, 0.3, 0.8]))
        for what in told_of.choices(["enrolled", "refunded", "done", "finished", "rated"], k=8)
    ]
    for _ in range(3):
        course = await a_course(store, school, key=f"course {len(ends)} {told_of.random()}")
        own = await with_lessons(store, course, 2)
        events = [
            Told(
                row_id=row.id,
                course_id=course,
                what=what,
                at=at,
                lesson_id=own[lesson] if what == "done" else None,
                mark=mark if what == "done" else None,
                stars=lesson + 1 if what == "rated" else None,
            )
            for what, at, lesson, mark in script
        ]
        events += told_of.sample(events, 3)
        told_of.shuffle(events)
        for at in range(0, len(events), 4):
            await store.enrolments.tell(here, events[at : at + 4], "shop")
        [end] = await store.enrolments.in_course(here, course)
        done = (await store.enrolments.done([end]))[end.id]
        ends.add(
            (
                *(end.state, end.state_at, end.enrolled_at, end.started_at, end.finished_at),
                *(end.moved_at, end.stars, end.rated_at),
                tuple(sorted((own.index(one.lesson_id), one.at, one.mark) for one in done.values())),
            )
        )

    assert len(ends) == 1


async def test_all_lessons_from_outside_finish_the_course_of_whoever_bought_it(store):
    school = await a_school(store)
    here, ann = school.community.id, await a_member(store, school, "Ann")
    [account] = await store.people.accounts_of(ann.id)
    course = await a_course(store, school)
    one, two = await with_lessons(store, course, 2)
    row = await a_buyer(store, school)
    await store.enrolments.enrol(here, course, account.id, source="chat", now=NOW)
    await store.enrolments.do((await store.enrolments.of(here, ann.id))[0], one, source="chat", now=NOW)
    await store.roster.claim(here, row.id, account.id, how="code", now=NOW)

    [taken] = await store.enrolments.tell(
        here, [Told(row_id=row.id, course_id=course, what="done", at=NOW + DAY, lesson_id=two)], "shop"
    )

    assert isinstance(taken, Enrolment)
    assert (taken.member_id, taken.finished_at, len(taken.all)) == (ann.id, NOW + DAY, 2)
    sources = await store.connection.execute(select(lessons_done.c.source).order_by(lessons_done.c.done_at))
    assert list(sources.scalars()) == ["chat", "shop"]
