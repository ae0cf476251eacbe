"""The ledger: it only grows, a balance is the sum of its entries, and once is once."""

from collections import defaultdict
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select, update

from storage.calendar import Calendar
from storage.tables import entries, members, totals
from tests.storage.making import NOW, a_member, a_school, earn, undone

ZONES = ("UTC", "Asia/Shanghai", "America/New_York", "Pacific/Apia", "Asia/Kathmandu")
moments = st.datetimes(datetime(2026, 2, 20), datetime(2026, 12, 31), timezones=st.just(UTC))
steps = st.lists(
    st.one_of(
        st.tuples(st.just("award"), st.integers(0, 2), st.integers(0, 5), st.integers(-20, 50), moments),
        st.tuples(st.just("void"), st.integers(0, 30)),
        st.tuples(st.just("calendar"), st.sampled_from(ZONES), st.integers(0, 6)),
        st.tuples(st.just("rebuild")),
    ),
    max_size=20,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=40)
@given(steps=steps, again=st.booleans())
async def test_totals_are_the_sums_of_the_ledger_in_every_period(database, steps, again):
    async with undone(database) as store:
        school = await a_school(store)
        community = school.community.id
        people = [await a_member(store, school, name) for name in ("Ann", "Bob", "Chidi")]
        calendar = Calendar()
        given_ids: list[int] = []
        for step in steps:
            match step:
                case ("award", who, source, points, at):
                    for _ in range(1 + again):
                        new = await earn(store, people[who], points, at=at, source=f"{community}:{source}")
                        given_ids += [entry.id for entry in new]
                case ("void", number) if given_ids:
                    for _ in range(1 + again):
                        entry = await store.points.void(
                            given_ids[number % len(given_ids)], note="taken back", now=NOW
                        )
                        given_ids += [entry.id] if entry else []
                case ("calendar", zone, week_start):
                    calendar = Calendar(zone, week_start)
                    await store.communities.finish_setup(
                        community, language="en", zone=zone, week_start=week_start, now=NOW
                    )
                case ("rebuild",):
                    await store.points.rebuild(community)

        sums: dict[tuple[int, str], int] = defaultdict(int)
        rows = await store.connection.execute(
            select(entries.c.member_id, entries.c.happened_at, entries.c.points).where(
                entries.c.community_id == community
            )
        )
        for member, at, points in rows.all():
            for period in calendar.periods(calendar.day(at)):
                sums[member, period] += points
        kept = await store.connection.execute(
            select(totals.c.member_id, totals.c.period, totals.c.points).where(
                totals.c.community_id == community
            )
        )
        assert {(member, period): points for member, period, points in kept.all()} == dict(sums)
        assert await store.points.differences() == []


async def test_the_same_award_twice_is_one_award(store):
    ann = await a_member(store, await a_school(store), "Ann")

    first = await earn(store, ann, 5, source="telegram:1:7")
    second = await earn(store, ann, 5, source="telegram:1:7")

    assert [entry.points for entry in first] == [5]
    assert second == []
    assert await store.points.total(ann.id) == 5
    assert await store.points.count() == 1


async def test_the_same_award_twice_in_one_call_is_one_award(store):
    from storage.values import NewEntry

    ann = await a_member(store, await a_school(store), "Ann")
    (account,) = await store.people.accounts_of(ann.id)
    award = NewEntry(
        community_id=ann.community_id,
        member_id=ann.id,
        account_id=account.id,
        rule="post",
        source="telegram:1:7",
        points=5,
        happened_at=NOW,
        recorded_at=NOW,
    )

    assert len(await store.points.record([award, award])) == 1
    assert await store.points.total(ann.id) == 5


async def test_one_source_may_be_paid_by_several_rules(store):
    ann = await a_member(store, await a_school(store), "Ann")

    await earn(store, ann, 5, rule="post", source="telegram:1:7")
    await earn(store, ann, 2, rule="thanks", source="telegram:1:7")

    assert await store.points.total(ann.id) == 7
    assert await store.points.counts_by_rule(ann.id, "all") == {"post": (1, 5), "thanks": (1, 2)}


async def test_points_count_on_the_day_on_which_they_were_earned_in_the_communitys_zone(store):
    ann = await a_member(store, await a_school(store, zone="Asia/Shanghai"), "Ann")

    await earn(store, ann, 5, at=datetime(2026, 11, 29, 16, 30, tzinfo=UTC))  # Monday there

    assert await store.points.total(ann.id, "2026-11-30") == 5
    assert await store.points.total(ann.id, "2026-W49") == 5
    assert await store.points.total(ann.id, "2026-11") == 5
    assert await store.points.total(ann.id, "2026-11-29") == 0
    assert await store.points.counts_by_rule(ann.id, "2026-W49") == {"post": (1, 5)}
    assert await store.points.counts_by_rule(ann.id, "2026-W48") == {}


async def test_taking_back_is_a_new_entry_that_names_the_old_one_on_its_day(store):
    ann = await a_member(store, await a_school(store), "Ann")
    (entry,) = await earn(store, ann, 5, at=NOW - timedelta(days=30))

    void = await store.points.void(entry.id, note="deleted", now=NOW)

    assert void is not None
    assert (void.points, void.voids, void.turn) == (-5, entry.id, 1)
    assert (void.happened_at, void.recorded_at, void.note) == (entry.happened_at, NOW, "deleted")
    assert await store.points.total(ann.id) == 0
    assert await store.points.counts_by_rule(ann.id, "all") == {"post": (0, 0)}
    assert await store.points.entry(ann.community_id, entry.id) == entry


async def test_what_is_taken_back_cannot_be_taken_back_again(store):
    ann = await a_member(store, await a_school(store), "Ann")
    (entry,) = await earn(store, ann, 5)
    await store.points.void(entry.id, note="", now=NOW)

    assert await store.points.void(entry.id, note="", now=NOW) is None
    assert await store.points.total(ann.id) == 0


async def test_taking_back_what_took_points_back_gives_them_back(store):
    ann = await a_member(store, await a_school(store), "Ann")
    (entry,) = await earn(store, ann, 5)
    void = await store.points.void(entry.id, note="", now=NOW)

    await store.points.void(void.id, note="undone", now=NOW)

    assert await store.points.total(ann.id) == 5
    assert await store.points.counts_by_rule(ann.id, "all") == {"post": (1, 5)}


async def test_an_entry_of_another_community_is_not_there(store):
    one, other = await a_school(store), await a_school(store)
    (entry,) = await earn(store, await a_member(store, one, "Ann"), 5)

    assert await store.points.entry(other.community.id, entry.id) is None


async def test_entries_are_listed_newest_first_and_page_by_page(store):
    ann = await a_member(store, await a_school(store), "Ann")
    for points in (1, 2, 3, 4, 5):
        await earn(store, ann, points)

    first = await store.points.entries_of(ann.id, limit=2)
    second = await store.points.entries_of(ann.id, limit=2, before_id=first[-1].id)

    assert [entry.points for entry in first + second] == [5, 4, 3, 2]


async def test_everything_for_one_message_is_found_by_it(store):
    school = await a_school(store)
    ann = await a_member(store, school, "Ann")
    await earn(store, ann, 5, message="-1/7", space=school.space)
    await earn(store, ann, 2, rule="thanks", message="-1/7", space=school.space)
    await earn(store, ann, 9, message="-1/8", space=school.space)

    found = await store.points.entries_for_message(school.space.id, "-1/7")

    assert [(entry.rule, entry.points) for entry in found] == [("post", 5), ("thanks", 2)]


async def test_balances_take_whole_numbers_of_64_bits(store):
    ann = await a_member(store, await a_school(store), "Ann")

    await earn(store, ann, 2**62)

    assert await store.points.total(ann.id) == 2**62
    assert (await store.points.board(ann.community_id, "all", rows=1, page=1))[0].points == 2**62


async def test_a_total_that_is_wrong_is_found_and_mended(store):
    school = await a_school(store)
    ann, bob = await a_member(store, school, "Ann"), await a_member(store, school, "Bob")
    await earn(store, ann, 5)
    await earn(store, bob, 6)
    await store.connection.execute(
        update(totals).where(totals.c.member_id == ann.id, totals.c.period == "all").values(points=7)
    )
    await store.connection.execute(totals.delete().where(totals.c.member_id == bob.id))

    wrong = await store.points.differences(school.community.id)
    assert {(d.member_id, d.period, d.total, d.ledger) for d in wrong} == {
        (ann.id, "all", 7, 5),
        *((bob.id, period, 0, 6) for period in Calendar().periods(NOW.date())),
    }

    await store.points.rebuild(school.community.id)
    assert await store.points.differences(school.community.id) == []
    assert [r.points for r in await store.points.board(school.community.id, "all", rows=9, page=1)] == [6, 5]


async def test_another_zone_puts_points_on_their_new_days(store):
    school = await a_school(store)
    ann = await a_member(store, school, "Ann")
    await earn(store, ann, 5, at=datetime(2026, 11, 25, 20, 0, tzinfo=UTC))

    before = await store.communities.get(school.community.id)
    await store.communities.finish_setup(
        school.community.id, language="en", zone="Asia/Shanghai", week_start=0, now=NOW
    )

    assert await store.points.total(ann.id, "2026-11-25") == 0
    assert await store.points.total(ann.id, "2026-11-26") == 5
    assert (await store.communities.get(school.community.id)).version > before.version


async def test_the_points_of_a_hidden_member_are_kept_off_boards_from_the_first_on(store):
    school = await a_school(store)
    ann = await a_member(store, school, "Ann")
    await store.people.set_hidden(ann.id, True)

    await earn(store, ann, 5)

    assert await store.points.total(ann.id) == 5
    assert await store.points.members_on(school.community.id, "all") == 0


async def test_the_database_refuses_an_entry_of_nobody(store):
    from sqlalchemy.exc import IntegrityError

    school = await a_school(store)
    ann = await a_member(store, school, "Ann")
    (entry,) = await earn(store, ann, 5)

    with pytest.raises(IntegrityError):
        async with store.connection.begin_nested():
            await store.connection.execute(
                update(entries).where(entries.c.id == entry.id).values(account_id=10**9)
            )
            await store.connection.execute(select(func.count()).select_from(members))
