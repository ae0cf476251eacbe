"""Interactions: what members did, as rows; and who is left out."""

from datetime import timedelta
from typing import Any, get_args

from sqlalchemy import insert, update

from recsys.suggestions.interactions import KINDS
from storage.interactions import Interaction, InteractionKind
from storage.roster import NewRow
from storage.store import Store
from storage.tables import asked, enrolments, suggestions
from storage.values import Member
from tests.storage.making import NOW, School, a_course, a_member, a_school


def test_storage_and_arithmetic_call_the_kinds_alike():
    assert set(get_args(InteractionKind)) == set(KINDS)


async def test_an_enrolment_tells_all_that_happened_in_it(store):
    school = await a_school(store)
    ann, course = await a_member(store, school, "Ann"), await a_course(store, school)
    await _taken(
        store,
        ann,
        course,
        started_at=NOW + timedelta(hours=1),
        finished_at=NOW + timedelta(days=2),
        stars=5,
        rated_at=NOW + timedelta(days=3),
    )

    found = await store.interactions.of(school.community.id)

    assert [(one.kind, one.at - NOW) for one in found] == [
        ("enrolled", timedelta(0)),
        ("progress", timedelta(hours=1)),
        ("finished", timedelta(days=2)),
        ("rated_high", timedelta(days=3)),
    ]
    assert {(one.member_id, one.course_id) for one in found} == {(ann.id, course)}


async def test_what_speaks_against_a_course_comes_last_where_it_came_at_once(store):
    school = await a_school(store)
    ann = await a_member(store, school, "Ann")
    low, back = await a_course(store, school, "low"), await a_course(store, school, "back")
    await _taken(store, ann, low, stars=2, rated_at=NOW)
    await _taken(store, ann, back, state="refunded", started_at=NOW)

    found = await store.interactions.of(school.community.id, ann.id)

    assert [one.kind for one in found if one.course_id == low] == ["enrolled", "rated_low"]
    assert [one.kind for one in found if one.course_id == back] == ["enrolled", "progress", "refunded"]


async def test_suggestions_and_questions_tell_too(store):
    school = await a_school(store)
    ann, course = await a_member(store, school, "Ann"), await a_course(store, school)
    [account] = await store.people.accounts_of(ann.id)
    shown = {
        "community_id": school.community.id,
        "course_id": course,
        "account_id": account.id,
        "arm": "model",
        "way": "asked",
        "lane": "blend",
        "rank": 1,
        "score": 1.0,
        "because": "popular",
        "model": "1",
        "shown_at": NOW,
    }
    times = {"opened_at": NOW, "dismissed_at": NOW + timedelta(hours=1)}
    await store.connection.execute(insert(suggestions), [shown | dict.fromkeys(times)])
    await store.connection.execute(insert(suggestions), [shown | times])
    question = {
        "community_id": school.community.id,
        "origin_id": school.community.id,
        "account_id": account.id,
        "text": "?",
        "at": NOW + timedelta(days=1),
    }
    await store.connection.execute(insert(asked), [question | {"course_id": None}])
    await store.connection.execute(insert(asked), [question | {"course_id": course}])

    found = await store.interactions.of(school.community.id, ann.id)

    assert [one.kind for one in found] == ["opened", "dismissed", "asked"]


async def test_who_enrolled_in_what_was_suggested_is_told_apart(store):
    school = await a_school(store)
    ann, bob = await a_member(store, school, "Ann"), await a_member(store, school, "Bob")
    course, other = await a_course(store, school), await a_course(store, school, "other")
    [account] = await store.people.accounts_of(ann.id)
    await store.connection.execute(
        insert(suggestions).values(
            community_id=school.community.id,
            course_id=course,
            account_id=account.id,
            arm="model",
            way="asked",
            lane="blend",
            rank=1,
            score=1.0,
            because="popular",
            model="1",
            shown_at=NOW,
            enrolled_at=NOW,
        )
    )
    for member, which in ((ann, course), (ann, other), (bob, course)):
        await _taken(store, member, which)

    found = await store.interactions.of(school.community.id)

    assert [(one.member_id, one.course_id) for one in found if one.suggested] == [(ann.id, course)]


async def test_who_opted_out_is_left_out(store):
    school = await a_school(store)
    course = await a_course(store, school)
    ann, bob, eve = [await a_member(store, school, name) for name in ("Ann", "Bob", "Eve")]
    for member in (ann, bob, eve):
        await _taken(store, member, course)

    before = await store.interactions.traces(school.community.id)
    await store.privacy.choose(bob.id, profiled=False)
    await store.privacy.choose(eve.id, recorded=False)

    assert {one.member_id for one in await store.interactions.of(school.community.id)} == {ann.id}
    assert await _everybody(store, school) == [Interaction(ann.id, course, "enrolled", NOW)]
    assert await store.interactions.of(school.community.id, bob.id) == []
    after = await store.interactions.traces(school.community.id)
    assert (after.done != before.done, after.catalogue) == (True, before.catalogue)


async def test_who_bought_and_has_not_come_teaches_without_being_a_member(store):
    school = await a_school(store)
    ann, course = await a_member(store, school, "Ann"), await a_course(store, school)
    [account] = await store.people.accounts_of(ann.id)
    await store.roster.take_in(school.community.id, [NewRow(email="ann@example.com")], now=NOW)
    row = await store.roster.by_email(school.community.id, "ann@example.com")
    await store.connection.execute(
        insert(enrolments).values(
            community_id=school.community.id,
            course_id=course,
            row_id=row.id,
            source="shop",
            state="enrolled",
            enrolled_at=NOW,
            moved_at=NOW,
        )
    )

    assert await store.interactions.of(school.community.id) == []
    assert await _everybody(store, school) == [Interaction(-row.id, course, "enrolled", NOW)]

    await store.roster.claim(school.community.id, row.id, account.id, how="code", now=NOW)
    assert await _everybody(store, school) == [Interaction(ann.id, course, "enrolled", NOW)]
    await store.privacy.choose(ann.id, profiled=False)
    assert await _everybody(store, school) == []


async def test_traces_differ_when_something_happened_and_only_then(store):
    school, other = await a_school(store), await a_school(store)
    ann, course = await a_member(store, school, "Ann"), await a_course(store, school)
    await _taken(store, ann, course)
    first = await store.interactions.traces(school.community.id)

    await a_course(store, other)
    assert await store.interactions.traces(school.community.id) == first

    await store.connection.execute(
        update(enrolments)
        .where(enrolments.c.course_id == course)
        .values(finished_at=NOW - timedelta(days=99))  # told of late, by a file
    )
    finished = await store.interactions.traces(school.community.id)
    await a_course(store, school, "new")
    new = await store.interactions.traces(school.community.id)

    assert (finished.done != first.done, finished.catalogue) == (True, first.catalogue)
    assert (new.done, new.catalogue != finished.catalogue) == (finished.done, True)


async def _taken(store: Store, member: Member, course: int, **more: Any) -> None:
    [account] = await store.people.accounts_of(member.id)
    row = {
        "community_id": member.community_id,
        "course_id": course,
        "account_id": account.id,
        "source": "chat",
        "state": "enrolled",
        "enrolled_at": NOW,
        "moved_at": NOW,
    }
    await store.connection.execute(insert(enrolments).values(**row | more))


async def _everybody(store: Store, school: School) -> list[Interaction]:
    return [one async for one in store.interactions.each(school.community.id)]
