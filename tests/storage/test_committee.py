"""Committee: what an expert could look at, and whose record speaks, on both databases."""

from datetime import timedelta

from sqlalchemy import insert

from storage.cases import NewCase
from storage.committee import Candidate, Wishes
from storage.tables import posts
from tests.storage.making import NOW, School, a_member, a_school, earn

HOUR = timedelta(hours=1)


async def a_post(store, school: School, account: int, message: str, *, reply_to: str | None = None) -> None:
    row = {
        "space_id": school.space.id, "message": message, "account_id": account, "author": "person",
        "content": "text", "text": f"Post {message}", "forwarded": False, "stub": False,
        "reply_to": reply_to, "posted_at": NOW, "recorded_at": NOW,
    }  # fmt: skip
    await store.connection.execute(insert(posts).values(**row))


async def a_case(store, school: School, account: int, message: str, *, origin: str = "judge") -> int:
    await a_post(store, school, account, message)
    new = NewCase(
        space_id=school.space.id, channel_id=None, account_id=account, message=message,
        kind="advert", score=0.9, origin=origin, at=NOW,
    )  # fmt: skip
    [number] = (await store.cases.open([new])).values()
    return number


async def test_what_waits_is_neither_ones_own_nor_judged_nor_anothers_now(store):
    school = await a_school(store)
    here, committee = school.community.id, store.committee
    ann, eve, finn = [await a_member(store, school, name) for name in ("Ann", "Eve", "Finn")]
    a, e, f = [(await store.people.accounts_of(each.id))[0].id for each in (ann, eve, finn)]
    one, own = await a_case(store, school, a, "1"), await a_case(store, school, e, "2")
    unsure = await a_case(store, school, a, "3", origin="sample")

    async def ids(account: int) -> list[int]:
        return [each.id for each in await committee.waiting(here, [account], NOW)]

    assert await ids(e) == [one, unsure]
    assert await ids(f) == [one, own, unsure]
    assert await store.cases.claim(here, one, f, NOW + HOUR, NOW)
    assert await ids(e) == [unsure]
    waiting = await committee.backlog(here)
    assert (waiting.cases, waiting.appeals, waiting.since) == (2, 0, NOW)
    case = await store.cases.get(here, one)
    await store.cases.add_verdict(case, f, "excellent", NOW)
    await store.cases.decide(here, one, "excellent", NOW)
    twice = {"percent": 100, "since": NOW - HOUR}
    assert await committee.second_looks(here, [f], NOW, **twice) == []
    assert [each.id for each in await committee.second_looks(here, [e], NOW, **twice)] == [one]
    assert await committee.second_looks(here, [e], NOW, percent=0, since=NOW - HOUR) == []
    assert [each.id for each in await committee.excellent(here, NOW)] == [one]
    assert [(each.account_id, each.outcome) for each in await committee.said(here, NOW)] == [(f, "excellent")]
    assert await committee.looked_at(here, [f], NOW) == 1
    assert (await committee.author(here, [a], 1)).posts == 1
    assert [each.text for each in await committee.before(school.space.id, None, NOW + HOUR, 2)] == [
        "Post 2",
        "Post 3",
    ]


async def test_who_is_close_and_whose_record_speaks(store):
    school = await a_school(store)
    here, committee = school.community.id, store.committee
    ann, eve = await a_member(store, school, "Ann"), await a_member(store, school, "Eve")
    [a], [e] = [[each.id for each in await store.people.accounts_of(m.id)] for m in (ann, eve)]
    await a_post(store, school, a, "1")
    for n in range(3):
        await a_post(store, school, e, f"r{n}", reply_to="1")
    assert await committee.contacts(eve.id, [e], ann.id, [a], NOW - HOUR, 10) == 3
    assert await committee.contacts(ann.id, [a], eve.id, [e], NOW - HOUR, 2) == 2

    await earn(store, ann, 5)
    await earn(store, ann, 3, rule="thanks")
    assert await committee.candidates(here, "all", NOW - HOUR) == [Candidate(ann.id, "Ann", 1, 1)]

    until = NOW + HOUR
    await committee.wish(here, e, [e], Wishes(5, until, True), NOW)
    assert await committee.wishes(here, [e]) == Wishes(5, until, True)
    assert await committee.readers(here) == [eve.id]
    assert await committee.wishes(here, [a]) == Wishes()
