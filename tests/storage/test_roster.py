"""The roster: one row a person, one account a row, and no purchase lost."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from storage.database import Database
from storage.roster import Claim, NewRow, Purchase
from tests.storage.making import NOW, a_member, a_school, an_account

LATER = NOW + timedelta(minutes=1)
SQL, RUST = Purchase("SQL from zero"), Purchase("Rust")


async def taken(store, school, *rows):
    return await store.roster.take_in(school.community.id, rows, now=NOW)


async def the_row(store, school, email="ann@example.com"):
    row = await store.roster.by_email(school.community.id, email)
    assert row is not None
    return row


async def courses_of(store, member):
    rows = await store.roster.rows_of(member.community_id, member.id)
    bought = await store.roster.purchases_of([row.id for row in rows])
    return sorted(purchase.course for each in bought.values() for purchase in each)


async def test_a_person_is_one_row_however_the_email_is_written(store):
    school = await a_school(store)

    first = await taken(store, school, NewRow(email="Ann@Example.com", name="Ann Li", purchases=(SQL,)))
    again = await taken(store, school, NewRow(email=" ann@example.COM", name="Ann Li", purchases=(SQL,)))
    more = await taken(store, school, NewRow(email="ann@example.com", purchases=(RUST,)))

    assert (first, again, more) == (["added"], ["known"], ["changed"])
    row = await the_row(store, school)
    assert (row.email, row.name) == ("Ann@Example.com", "Ann Li")
    bought = await store.roster.purchases_of([row.id])
    assert [each.course for each in bought[row.id]] == ["Rust", "SQL from zero"]


async def test_a_later_purchase_says_what_is_true_now(store):
    school = await a_school(store)
    bought = replace(SQL, state="active", bought_on=date(2026, 3, 1), paid_until=date(2027, 3, 1))
    refund = replace(SQL, state="refunded", bought_on=date(2026, 3, 1))
    older = replace(SQL, state="expired", bought_on=date(2025, 1, 1))

    for purchase in (bought, refund, older, SQL):
        await taken(store, school, NewRow(email="ann@example.com", purchases=(purchase,)))

    row = await the_row(store, school)
    [kept] = (await store.roster.purchases_of([row.id]))[row.id]
    assert kept == Purchase("SQL from zero", "refunded", date(2026, 3, 1), date(2027, 3, 1))


async def test_two_files_find_one_person_by_whatever_they_share(store):
    school = await a_school(store)
    said = await taken(
        store,
        school,
        NewRow(customer="cus_1", name="Ann"),
        NewRow(customer="cus_1", email="ann@example.com"),
        NewRow(email="ann@example.com", purchases=(SQL,)),
        NewRow(email="bob@example.com"),
        NewRow(email="bob@example.com", customer="cus_1"),
        NewRow(platform="telegram", external_id="77", purchases=(RUST,)),
        NewRow(platform="telegram", handle="@Cleo", purchases=(RUST,)),
        NewRow(platform="telegram", handle="cleo", purchases=(RUST,)),
    )

    assert said == ["added", "changed", "changed", "added", "clash", "added", "added", "known"]
    assert (await store.roster.counts(school.community.id)).rows == 4


async def test_a_row_is_claimed_once_and_its_purchases_with_it(store):
    school = await a_school(store)
    await taken(store, school, NewRow(email="ann@example.com", purchases=(SQL, RUST)))
    ann, bob = await a_member(store, school, "Ann"), await a_member(store, school, "Bob")
    (of_ann,), (of_bob,) = await store.people.accounts_of(ann.id), await store.people.accounts_of(bob.id)
    row, home = await the_row(store, school), school.community.id

    ends = [
        await store.roster.claim(home, row.id, account.id, how="link", now=LATER)
        for account in (of_ann, of_ann, of_bob)
    ]

    assert ends == [Claim.DONE, Claim.OWN, Claim.TAKEN]
    assert await courses_of(store, ann) == ["Rust", "SQL from zero"]
    assert await courses_of(store, bob) == []
    assert [(late.id, who) for late, who in await store.roster.came_late(home, 5)] == [(row.id, of_bob.id)]
    assert [each.member_id for each in await store.roster.without_row(home, 5)] == [bob.id]


async def test_a_claim_taken_back_waits_again_under_another_code(store):
    school = await a_school(store)
    await taken(store, school, NewRow(email="ann@example.com", purchases=(SQL,)))
    thief, ann = await an_account(store, "Thief"), await an_account(store, "Ann")
    home, row = school.community.id, await the_row(store, school)
    code = store.roster.code(row)
    assert await store.roster.row_of(code.lower().replace("-", " ")) == row
    await store.roster.claim(home, row.id, thief.id, how="code", now=NOW)

    released = await store.roster.release(home, row.id, now=LATER)

    assert released == thief.id
    assert await store.roster.row_of(code) is None
    assert await store.roster.claim(home, row.id, thief.id, how="code", now=LATER) is Claim.REFUSED
    pending = await the_row(store, school)
    assert await store.roster.row_of(store.roster.code(pending)) == pending
    assert await store.roster.claim(home, row.id, ann.id, how="code", now=LATER) is Claim.DONE
    ann_member = await store.people.member(home, ann.id)
    assert await courses_of(store, ann_member) == ["SQL from zero"]
    assert await store.roster.release(home, row.id, now=LATER) == ann.id
    # An admin's word outweighs what was said before.
    claim = await store.roster.claim(home, row.id, thief.id, how="match", now=LATER, sure=True)
    assert claim is Claim.DONE


@pytest.mark.parametrize("text", ["", "7", "claim", "2" * 10, "2" * 200, "ABCD-EFGH-222", "é" * 12, "0" * 12])
async def test_what_is_no_code_finds_nothing(store, text):
    assert await store.roster.row_of(text) is None


async def test_a_row_of_another_community_cannot_be_claimed(store):
    school, other = await a_school(store), await a_school(store)
    await taken(store, school, NewRow(email="ann@example.com"))
    row, account = await the_row(store, school), await an_account(store, "Ann")

    claim = await store.roster.claim(other.community.id, row.id, account.id, how="code", now=NOW)

    assert claim is Claim.UNKNOWN
    assert await store.roster.release(other.community.id, row.id, now=NOW) is None


async def test_a_row_that_names_an_account_is_theirs_once_they_are_a_member(store):
    school = await a_school(store)
    named = NewRow(email="ann@example.com", platform="telegram", external_id="4711", purchases=(SQL,))
    await taken(store, school, named)
    assert (await the_row(store, school)).account_id is None
    account = await store.people.see("telegram", "4711", "Ann", now=NOW)
    member = await store.people.ensure_member(school.community.id, account.id, now=NOW)

    await taken(store, school, named)

    assert (await the_row(store, school)).account_id == account.id
    assert await courses_of(store, member) == ["SQL from zero"]
    # A later file that knows the account alone means the same person.
    await taken(store, school, NewRow(platform="telegram", external_id="4711", purchases=(RUST,)))
    assert await courses_of(store, member) == ["Rust", "SQL from zero"]


async def test_rows_of_a_group_with_a_new_id_are_kept(store):
    school, early = await a_school(store), await a_school(store)
    for each in (school, early):
        await taken(store, each, NewRow(email="ann@example.com", purchases=(SQL,)), NewRow(customer="7"))
    row = await the_row(store, early)
    await store.roster.set_link(early.community.id, row.id, "https://t.me/+abc", early.space.id)

    await store.communities.migrate(
        "telegram", school.space.external_id, early.space.external_id, title="", now=LATER
    )

    assert (await store.roster.counts(school.community.id)).rows == 4
    assert await store.roster.row_of(store.roster.code(row)) is not None
    assert (await the_row(store, school)).id != row.id


PEOPLE = ("ann", "bob")
STEPS = st.one_of(
    st.tuples(st.just("import"), st.sampled_from(PEOPLE), st.sampled_from(["a", "b", "c"])),
    st.tuples(st.just("claim"), st.sampled_from(PEOPLE), st.integers(0, 2)),
    st.tuples(st.just("release"), st.sampled_from(PEOPLE), st.just(0)),
)


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(steps=st.lists(STEPS, max_size=12))
async def test_in_any_order_one_row_has_one_member_and_no_purchase_is_lost(
    sqlite_database: Database, steps: list[tuple[str, str, object]]
):
    async with sqlite_database.write() as store:
        school = await a_school(store)
        home = school.community.id
        accounts = [await an_account(store, f"P{n}") for n in range(3)]
        bought: dict[str, set[str]] = {}
        owner: dict[str, int] = {}
        refused: set[tuple[str, int]] = set()
        for what, person, of in steps:
            email = f"{person}@example.com"
            row = await store.roster.by_email(home, email)
            if what == "import":
                await taken(store, school, NewRow(email=email, purchases=(Purchase(str(of)),)))
                bought.setdefault(person, set()).add(str(of))
            elif row is None:
                continue
            elif what == "claim":
                assert isinstance(of, int)
                end = await store.roster.claim(home, row.id, accounts[of].id, how="code", now=NOW)
                if person in owner:
                    assert end is (Claim.OWN if owner[person] == of else Claim.TAKEN)
                elif (person, of) in refused:
                    assert end is Claim.REFUSED
                else:
                    assert end is Claim.DONE
                    owner[person] = of
            elif person in owner:
                assert await store.roster.release(home, row.id, now=NOW) == accounts[owner[person]].id
                refused.add((person, owner.pop(person)))
        for person, courses in bought.items():
            row = await the_row(store, school, f"{person}@example.com")
            kept = (await store.roster.purchases_of([row.id]))[row.id]
            assert {each.course for each in kept} == courses
            assert row.account_id == (accounts[owner[person]].id if person in owner else None)
