"""Codes: told once, tried five times, used once, and of no use to whoever reads the database."""

from datetime import timedelta

from sqlalchemy import select

from storage.codes import CLAIM, CONNECT, LASTS, LINK, PAUSE, Code, Refused
from storage.tables import codes
from tests.storage.making import NOW, a_school, an_account


async def a_code(store, kind=LINK, *, subject="account:1", **more):
    school, ann, bob = await a_school(store), await an_account(store, "Ann"), await an_account(store, "Bob")
    text = await store.codes.issue(kind, school.community.id, ann.id, subject, now=NOW, **more)
    return text, ann, bob


async def test_a_code_is_used_once_by_whoever_types_it_however_it_is_spelled(store):
    text, ann, bob = await a_code(store)

    code = await store.codes.redeem(LINK, f" {text.lower().replace('-', ' ')} ", bob.id, now=NOW)

    assert isinstance(code, Code)
    assert (code.kind, code.account_id, code.subject) == (LINK, ann.id, "account:1")
    assert await store.codes.redeem(LINK, text, bob.id, now=NOW) is Refused.USED


async def test_what_is_kept_is_no_code(store):
    text, _, _ = await a_code(store)

    (row,) = (await store.connection.execute(select(codes))).mappings().all()

    assert not any(text.partition("-")[2] in str(value) for value in row.values())


async def test_a_code_runs_out_and_a_newer_one_takes_its_place(store):
    text, ann, bob = await a_code(store)
    assert await store.codes.redeem(LINK, text, bob.id, now=NOW + LASTS) is Refused.EXPIRED

    second = await store.codes.issue(
        LINK, (await store.communities.all())[0].id, ann.id, "account:1", now=NOW, lasts=timedelta(days=30)
    )

    assert await store.codes.redeem(LINK, text, bob.id, now=NOW) is Refused.UNKNOWN
    late = NOW + timedelta(days=29)
    assert isinstance(await store.codes.redeem(LINK, second, bob.id, now=late), Code)


async def test_a_code_for_something_else_stays_unused(store):
    text, _, bob = await a_code(store, CLAIM)

    assert await store.codes.redeem(CONNECT, text, bob.id, now=NOW) is Refused.OTHER_KIND
    assert isinstance(await store.codes.redeem(CLAIM, text, bob.id, now=NOW), Code)


async def test_five_wrong_secrets_kill_a_code_even_if_each_is_typed_by_another(store):
    text, _, bob = await a_code(store)
    for number in range(5):
        other = await an_account(store, f"Guesser {number}")
        wrong = text[:5] + "222222"
        assert await store.codes.redeem(LINK, wrong, other.id, now=NOW) is Refused.UNKNOWN

    assert await store.codes.redeem(LINK, text, bob.id, now=NOW) is Refused.DEAD


async def test_whoever_types_five_wrong_codes_has_to_wait_even_with_the_right_one(store):
    text, _, bob = await a_code(store, lasts=timedelta(hours=1))
    for wrong in ("AAAA-222222", "", "BBBB", "🎉", "CCCC-" + "2" * 9000):
        assert await store.codes.redeem(LINK, wrong, bob.id, now=NOW) is Refused.UNKNOWN

    assert await store.codes.redeem(LINK, text, bob.id, now=NOW) is Refused.WAIT
    assert isinstance(await store.codes.redeem(LINK, text, bob.id, now=NOW + PAUSE), Code)


async def test_what_was_proven_is_used_later_by_the_same_account_alone(store):
    text, ann, bob = await a_code(store, CONNECT)
    code = await store.codes.prove(CONNECT, text, bob.id, now=NOW)
    assert isinstance(code, Code)

    assert await store.codes.prove(CONNECT, text, ann.id, now=NOW) is Refused.USED
    assert await store.codes.proven(code.id, ann.id, now=NOW) is None
    assert not await store.codes.use(code.id, ann.id, now=NOW)
    assert not await store.codes.use(code.id, bob.id, now=NOW + LASTS)
    assert await store.codes.proven(code.id, bob.id, now=NOW) == code
    assert await store.codes.use(code.id, bob.id, now=NOW)
    assert not await store.codes.use(code.id, bob.id, now=NOW)


async def test_the_nights_upkeep_forgets_what_ran_out(store):
    text, _, bob = await a_code(store)

    assert await store.codes.sweep(NOW + LASTS) == 0
    assert await store.codes.sweep(NOW + timedelta(hours=2)) == 1
    assert await store.codes.redeem(LINK, text, bob.id, now=NOW) is Refused.UNKNOWN
