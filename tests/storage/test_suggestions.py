"""Suggestions: what is shown, what comes of it, whose it is, and what members wish."""

from datetime import timedelta

from sqlalchemy import insert

from storage.suggestions import NewShowing, Wishes
from storage.tables import posts
from tests.storage.making import NOW, a_course, a_member, a_school, an_account


def showing(school, course, account, at=NOW, **more):
    given = {
        "community_id": school.community.id,
        "course_id": course,
        "account_id": account,
        "arm": "model",
        "way": "asked",
        "lane": "blend",
        "rank": 1,
        "score": 1.0,
        "because": "popular",
        "because_of": None,
        "model": "one",
        "shown_at": at,
    }
    return NewShowing(**given | more)


async def test_what_is_shown_is_a_members_with_whatever_account_and_nobody_elses(store):
    school = await a_school(store)
    ann, bob = await a_member(store, school, "Ann"), await a_member(store, school, "Bob")
    [account] = await store.people.accounts_of(ann.id)
    course = await a_course(store, school)
    here = school.community.id
    [first] = await store.suggestions.show([showing(school, course, account.id)])

    await store.suggestions.opened(first, NOW)
    await store.suggestions.opened(first, NOW + timedelta(hours=1))
    await store.suggestions.dismiss(first, NOW, "hard")

    found = await store.suggestions.get(here, ann.id, first)
    assert (found.opened_at, found.why, found.answered) == (NOW, "hard", True)
    assert await store.suggestions.get(here, bob.id, first) is None
    assert await store.suggestions.get(here + 1, ann.id, first) is None
    much_later = NOW + timedelta(days=400)
    standing = await store.suggestions.standing(here, [ann.id, bob.id], much_later, much_later)
    assert [each.id for each in standing[ann.id]] == [first]


async def test_who_enrols_within_a_month_did_so_because_of_the_last_showing(store):
    school = await a_school(store)
    ann = await a_member(store, school, "Ann")
    [account] = await store.people.accounts_of(ann.id)
    here, course, other = (
        school.community.id,
        await a_course(store, school),
        await a_course(store, school, "b"),
    )
    old, late, later, too_old = await store.suggestions.show(
        [
            showing(school, course, account.id, NOW - timedelta(days=20)),
            showing(school, course, account.id, NOW - timedelta(days=2), lane="new"),
            showing(school, course, account.id, NOW + timedelta(hours=1)),
            showing(school, other, account.id, NOW - timedelta(days=31)),
        ]
    )
    for each in (course, other):
        await store.enrolments.enrol(here, each, account.id, source="shop", now=NOW)

    assert await store.suggestions.note_enrolments(here, NOW + timedelta(days=1)) == 1
    assert await store.suggestions.note_enrolments(here, NOW + timedelta(days=1)) == 0

    got = [await store.suggestions.get(here, ann.id, each) for each in (old, late, later, too_old)]
    assert [each.enrolled_at for each in got] == [None, NOW, None, None]
    answers = (await store.suggestions.answers(here, "new"))[course]
    assert (answers.shown, answers.opened, answers.enrolled) == (1, 1, 1)
    figures = await store.suggestions.figures(here, NOW - timedelta(days=90))
    assert sorted((each.lane, each.shown, each.enrolled) for each in figures) == [
        ("blend", 3, 0),
        ("new", 1, 1),
    ]


async def test_wishes_are_a_members_and_no_account_may_be_passed_over(store):
    school = await a_school(store)
    ann = await a_member(store, school, "Ann")
    [account] = await store.people.accounts_of(ann.id)
    second = await an_account(store, "Ann at home")
    other = await store.people.ensure_member(school.community.id, second.id, now=NOW)
    here = school.community.id
    assert await store.suggestions.wishes(here, [ann.id]) == {}

    await store.suggestions.wish(here, account.id, every_days=30, now=NOW)
    await store.suggestions.wish(here, account.id, reads=True, now=NOW)
    assert await store.suggestions.wishes(here, [ann.id]) == {ann.id: Wishes(30, True)}

    await store.suggestions.wish(here, second.id, reads=False, now=NOW)
    one = await store.joining.join(here, ann.id, other.id)
    assert (await store.suggestions.wishes(here, [one]))[one] == Wishes(30, False)
    await store.suggestions.wish(here, second.id, every_days=0, reads=True, now=NOW + timedelta(days=1))
    assert (await store.suggestions.wishes(here, [one]))[one] == Wishes(0, True)
    await store.suggestions.look_no_more(one)
    assert (await store.suggestions.wishes(here, [one]))[one] == Wishes(0, False)


async def test_who_took_what_and_what_after_what_is_counted_by_members(store):
    school = await a_school(store)
    here, first, then = school.community.id, await a_course(store, school), await a_course(store, school, "b")
    sign = await store.suggestions.catalogue_sign(here)
    for number in range(4):
        member = await a_member(store, school, f"M{number}")
        [account] = await store.people.accounts_of(member.id)
        old = NOW - timedelta(days=100 * (number == 0))
        await store.enrolments.enrol(here, first, account.id, source="chat", now=old)
        if number < 3:
            await store.enrolments.enrol(
                here, then, account.id, source="chat", now=NOW + timedelta(days=1 - number)
            )

    taken = await store.suggestions.taken(here, NOW - timedelta(days=90))

    assert (taken[first].ever, taken[first].lately) == (4, 3)
    assert await store.suggestions.takers(here) == 4
    assert await store.suggestions.followed(here, first, then) == (4, 1)
    await a_course(store, school, "c")
    assert await store.suggestions.catalogue_sign(here) != sign


async def test_the_held_out_are_about_a_share_and_all_accounts_of_a_person_alike(store):
    held = [store.suggestions.held_out([number], 0.1) for number in range(2_000)]

    assert 150 < sum(held) < 250
    assert held == [store.suggestions.held_out([number, number + 5_000], 0.1) for number in range(2_000)]
    assert not any(store.suggestions.held_out([number], 0.0) for number in range(100))


async def test_who_can_be_written_to_when_and_what_was_written_before(store):
    school = await a_school(store)
    ann, bob = await a_member(store, school, "Ann"), await a_member(store, school, "Bob")
    [account] = await store.people.accounts_of(ann.id)
    here, course = school.community.id, await a_course(store, school)
    await store.privacy.choose(bob.id, profiled=False)
    found = await store.suggestions.addressees(here, NOW)
    assert [(each.member.id, each.accounts[0].id) for each in found] == [(ann.id, account.id)]
    assert await store.suggestions.addressees(here, NOW - timedelta(days=1)) == []

    for days in (3, 2, 1):
        at = NOW - timedelta(days=days)
        [number] = await store.suggestions.show([showing(school, course, account.id, at, way="pushed")])
        if days == 3:
            await store.suggestions.put_off(number, NOW)
    written = (await store.suggestions.written(here, [ann.id]))[ann.id]
    assert (written.asked, len(written.pushed_at), written.unanswered) == (False, 3, 2)
    assert written.pushed_at[0] == NOW - timedelta(days=1)

    for number in range(3):
        post = {"author": "person", "content": "text", "text": "How do gradients work?", "forwarded": False}
        ids = {"space_id": school.space.id, "message": str(number), "account_id": account.id, "stub": False}
        when = {"posted_at": NOW - timedelta(days=number), "recorded_at": NOW}
        await store.connection.execute(insert(posts).values(**post | ids | when))
    assert await store.suggestions.hours(here, [ann.id], NOW - timedelta(days=9)) == {ann.id: {12: 3}}
    assert [text for _, text in await store.suggestions.last_texts(ann.id, 2)] == [
        "How do gradients work?"
    ] * 2
