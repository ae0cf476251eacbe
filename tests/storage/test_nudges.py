"""Nudges: who has stopped and may be told, and whose wish for quiet holds where."""

from datetime import datetime, timedelta

from tests.storage.making import NOW, School, a_course, a_member, a_school

LATER = NOW + timedelta(days=9)


async def a_straggler(store, school: School, name: str, course: int) -> tuple[int, int]:
    """Somebody who enrolled and did nothing since: their member's and their account's number."""
    member = await a_member(store, school, name)
    [account] = await store.people.accounts_of(member.id)
    await store.enrolments.enrol(school.community.id, course, account.id, source="chat", now=NOW)
    return member.id, account.id


async def stalled(
    store, school: School, *, everybody: bool = True, now: datetime = LATER, patience: int = 5
) -> list[int]:
    before = now - timedelta(days=patience)
    return await store.nudges.stalled(school.community.id, before, everybody=everybody, now=now)


async def test_who_has_stopped_is_found_once_and_only_with_a_cohort_unless_everybody_is_wanted(store):
    school = await a_school(store)
    alone, together = await a_course(store, school, "one"), await a_course(store, school, "two")
    ann, _ = await a_straggler(store, school, "Ann", alone)
    plain = {"starts_on": NOW.date(), "every_days": 1, "space_id": None, "channel_id": None}
    cohort = await store.cohorts.make(
        school.community.id, together, "", **plain, today=NOW.date(), now=NOW - timedelta(days=1)
    )
    bob, _ = await a_straggler(store, school, "Bob", together)

    assert await stalled(store, school) == [ann, bob]
    assert await stalled(store, school, everybody=False) == [bob]
    assert await stalled(store, school, patience=10) == []
    [taken] = await store.nudges.taken_by(school.community.id, [bob])
    await store.enrolments.nudged(taken, now=LATER)
    assert await stalled(store, school) == [ann]
    await store.nudges.answered(taken.all)
    await store.cohorts.end(cohort, NOW)
    assert await stalled(store, school, everybody=False) == []


async def test_who_left_or_opted_out_is_not_among_them(store):
    school = await a_school(store)
    course = await a_course(store, school)
    (_, account), (bob, _), (eve, _) = [
        await a_straggler(store, school, name, course) for name in ("Ann", "Bob", "Eve")
    ]

    await store.people.leave(account, school.space.id, NOW + timedelta(days=1))
    await store.privacy.choose(bob, profiled=False, recorded=None)

    assert await stalled(store, school) == [eve]


async def test_a_wish_for_quiet_holds_in_the_host_and_for_ever_is_not_shortened(store):
    host, guest = await a_school(store), await a_school(store)
    course = await a_course(store, guest)
    ann, account = await a_straggler(store, guest, "Ann", course)
    await store.nudges.keep_quiet(guest.community.id, account, None, now=NOW)
    await store.nudges.keep_quiet(guest.community.id, account, NOW + timedelta(days=1), now=NOW)
    assert await store.nudges.is_quiet(guest.community.id, ann, LATER)

    await store.joining.connect(host.community.id, guest.community.id, by=None, now=NOW)
    here = await store.people.member(host.community.id, account)

    assert await stalled(store, host) == []
    await store.nudges.speak_again(host.community.id, here.id)
    assert await stalled(store, host) == [here.id]
