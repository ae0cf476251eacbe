"""Enrolments: an account's or a bought row's, and whose they are however people are joined."""

from datetime import timedelta

from sqlalchemy import insert

from storage.roster import NewRow
from storage.tables import enrolments
from tests.storage.making import NOW, a_course, a_member, a_school


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
