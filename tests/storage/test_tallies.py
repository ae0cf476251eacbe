"""Tallies: sums over a whole community's ledger, for those who look back."""

from datetime import UTC, datetime

from tests.storage.making import NOW, a_member, a_school, earn


async def test_tallies_add_up_what_each_rule_paid_and_leave_out_what_was_taken_back(database):
    async with database.write() as store:
        school, other = await a_school(store), await a_school(store)
        ann, bob = await a_member(store, school, "Ann"), await a_member(store, school, "Bob")
        await earn(store, ann, 5)
        await earn(store, ann, 3, rule="thanks")
        (gone,) = await earn(store, ann, 3, rule="thanks")
        await store.points.void(gone.id, note="taken back", now=NOW)
        await earn(store, bob, 5)
        await earn(store, await a_member(store, other, "Chidi"), 9)
        ids = {(await store.people.accounts_of(each.id))[0].external_id: each.name for each in (ann, bob)}

        found = await store.tallies.by_account(school.community.id)

        assert {(ids[paid.external_id], paid.rule, paid.count, paid.points) for paid in found} == {
            ("Ann", "post", 1, 5), ("Ann", "thanks", 1, 3), ("Bob", "post", 1, 5),
        }  # fmt: skip


async def test_months_are_those_of_the_ledger_oldest_first(database):
    async with database.write() as store:
        school = await a_school(store, zone="Asia/Shanghai")
        ann = await a_member(store, school, "Ann")
        for at in (datetime(2026, 9, 30, 17, tzinfo=UTC), NOW, NOW):
            await earn(store, ann, 5, at=at)

        assert await store.tallies.months(school.community.id) == ["2026-10", "2026-11"]
