"""A shop's messages: signed, fresh, once, bounded, in any order; and each refusal in a sentence."""

import asyncio
import itertools
import json
import random
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import func, select
from starlette.applications import Starlette

from bot.web.shop import LARGEST, ShopDoor
from bot.web.shop_events import MOST, take_events
from storage.database import Database
from storage.errors import StorageUnavailable
from storage.hooks import signature_of
from storage.roster import NewRow
from storage.tables import hooks
from tests.bot.importers.test_run import house
from tests.storage.making import NOW, School, a_course, a_lesson, a_member, a_school

DAY = timedelta(days=1)
STAMP = {"X-Homeroom-Timestamp": str(int(NOW.timestamp()))}


@dataclass
class RunningApp:
    """What of the app the door asks for."""

    database: Any
    house: Any = field(default_factory=house)
    started: bool = True
    stopping: bool = False


@dataclass
class Shop:
    """Somebody else's shop, which knows the secret."""

    client: httpx.AsyncClient
    app: RunningApp
    school: School
    secret: str
    course: int
    lessons: list[int]

    async def send(self, *events: Any, **how: Any) -> httpx.Response:
        body = how.get("body", json.dumps({"events": list(events)}).encode())
        timestamp = str(how.get("timestamp", int(NOW.timestamp())))
        signature = how.get("signature", "sha256=" + signature_of(self.secret, timestamp, body))
        headers = {"X-Homeroom-Timestamp": timestamp, "X-Homeroom-Signature": signature}
        number = how.get("to", self.school.community.id)
        return await self.client.post(f"/hooks/{number}", content=body, headers=how.get("headers", headers))


@pytest.fixture
async def shop(sqlite_database: Database):
    async with sqlite_database.write() as store:
        school = await a_school(store)
        course = await a_course(store, school, "git", title="Git for teams")
        lessons = [
            await a_lesson(store, course, "branches", title="Branches", kind="video", position=1),
            await a_lesson(store, course, "quiz", title="A quiz", kind="quiz", position=2),
        ]
        secret = await store.hooks.renew(school.community.id)
    app = RunningApp(sqlite_database)
    door = ShopDoor(lambda: app, lambda: NOW)  # type: ignore[arg-type, return-value]
    transport = httpx.ASGITransport(Starlette(routes=[door.route()]))
    async with httpx.AsyncClient(transport=transport, base_url="http://homeroom") as client:
        yield Shop(client, app, school, secret, course, lessons)


def event(kind="enrolled", /, **more):
    told = {"type": kind, "email": "ann@example.com", "course": "git", "at": "2026-11-20T10:00:00Z"}
    return told | more


async def everybody(shop):
    async with shop.app.database.read() as store:
        return await store.enrolments.in_course(shop.school.community.id, shop.course)


async def test_what_the_shop_tells_is_whose_the_row_turns_out_to_be(shop):
    here = shop.school.community.id
    answer = await shop.send(
        event(id="1", name="Ann Li", paid_until="2027-03-01"),
        event("progress", id="2", lesson="Branches", at="2026-11-21T10:00:00+02:00"),
        event("progress", id="3", lesson="quiz", mark=80, at="2026-11-22T10:00:00Z"),
        event("rated", id="4", stars=5, review="Clear <b>and</b> short"),
    )
    [waiting] = await everybody(shop)
    async with shop.app.database.write() as store:
        ann = await a_member(store, shop.school, "Ann")
        [account] = await store.people.accounts_of(ann.id)
        row = await store.roster.by_email(here, "ANN@example.com")
        bought = (await store.roster.purchases_of([row.id]))[row.id]
        await store.roster.claim(here, row.id, account.id, how="code", now=NOW)
    later = await shop.send(event("progress", id="5", lesson="branches"))
    [hers] = await everybody(shop)

    assert (answer.status_code, answer.json()["taken"]) == (200, 4)
    assert waiting.member_id is None
    assert (waiting.stars, waiting.finished_at.isoformat()) == (5, "2026-11-22T10:00:00+00:00")
    assert (row.name, bought[0].course, bought[0].paid_until.isoformat()) == (
        "Ann Li", "Git for teams", "2027-03-01",
    )  # fmt: skip
    assert (hers.member_id, later.json()["points"]) == (ann.id, 35)
    async with shop.app.database.read() as store:
        assert await store.points.total(ann.id) == 35


async def test_a_replay_changes_nothing(shop):
    message = [event(id="1"), event("refunded", at="2026-11-21T10:00:00Z")]
    first = await shop.send(*message)
    before = await everybody(shop)
    again = await shop.send(*message)
    other = await shop.send({**message[1]})

    assert [each.json()["taken"] for each in (first, again, other)] == [2, 0, 0]
    assert (again.json()["known"], await everybody(shop)) == (2, before)
    assert before[0].state == "refunded"


REFUSED = [
    ({"signature": "sha256=" + "0" * 64}, 401, "signature is not right"),
    ({"headers": {**STAMP, "X-Homeroom-Signature": b"\xff"}}, 401, "signature is not right"),
    ({"to": 999}, 401, "signature is not right"),
    ({"to": 2**63}, 401, "signature is not right"),
    ({"timestamp": int(NOW.timestamp()) - 301}, 401, "301 seconds away"),
    ({"timestamp": int(NOW.timestamp()) + 301}, 401, "301 seconds away"),
    ({"timestamp": "soon"}, 401, "are needed"),
    ({"headers": {}}, 401, "are needed"),
    ({"body": b'{"events": ['}, 400, "no JSON"),
    ({"body": b"[" * 100_000}, 400, "no JSON"),
    ({"body": b'{"events": {}}'}, 400, "no events"),
    ({"body": b"[]"}, 400, "no events"),
    ({"body": b"\xff"}, 400, "no JSON"),
    ({"body": b" " * (LARGEST + 1)}, 413, "1,000,000 bytes"),
]


async def test_what_is_not_taken_is_told_why_in_a_sentence(shop):
    for how, status, said in REFUSED:
        answer = await shop.send(event(), **how)
        assert (answer.status_code, said in answer.json()["error"]) == (status, True), (how, answer.text)
    assert await everybody(shop) == []


FAULTS = [
    ({"course": "Ghost"}, "in the catalogue"), ({"type": "bought"}, "the type is none of"),
    ({"email": "ann"}, "is no e-mail"), ({"email": None}, "there is no email"), ({"at": "soon"}, "is no time"),
    ({"at": "2026-11-20T10:00:00"}, "does not say its zone"), ({"at": "2027-01-01T00:00:00Z"}, "in the future"),
    ({"at": 1e30}, "is no time"), ({"at": True}, "is no time"), ({"mark": 101}, "from 0 to 100"), ({"mark": "80"}, "from 0 to 100"),
    ({"lesson": ""}, "lesson is missing"), ({"lesson": "Ghost"}, "has no lesson"), ({"colour": "red"}, "no field"),
    ({"account": "123"}, "needs a platform"), ({"id": "x" * 500}, "id"), ({"course": 7}, "a text is expected"),
]  # fmt: skip


async def test_a_faulty_event_is_named_and_the_others_are_taken(shop):
    faulty = event("progress", id="bad", lesson="branches")

    answer = await shop.send(
        *[faulty | {"id": str(n)} | more for n, (more, _) in enumerate(FAULTS)], event(id="good")
    )
    alone = await shop.send(faulty | {"lesson": "Ghost"})

    told = answer.json()
    assert (answer.status_code, told["taken"], len(told["faults"])) == (200, 1, len(FAULTS))
    for (_, said), fault in zip(FAULTS, told["faults"], strict=True):
        assert said in fault["reason"]
    assert (alone.status_code, "has no lesson" in alone.json()["error"]) == (422, True)


async def test_what_is_bought_before_its_course_is_there_counts_afterwards(shop):
    answer = await shop.send(event(course="Rust"), event("progress", course="Rust", lesson="1", id="p"))
    async with shop.app.database.write() as store:
        rust = await a_course(store, shop.school, "rust")
        await a_lesson(store, rust, "one", kind="video")
        taken = await store.enrolments.take_purchases(shop.school.community.id)
    again = await shop.send(event("progress", course="Rust", lesson="1", id="p"))

    assert (answer.json()["waiting_for_their_course"], taken) == (1, 1)
    assert again.json() | {"points": 0} == {
        "taken": 1, "known": 0, "waiting_for_their_course": 0, "below_the_pass_mark": 0, "points": 0, "faults": [],
    }  # fmt: skip


async def test_a_mark_that_is_not_enough_does_nothing(shop):
    answer = await shop.send(event("progress", lesson="quiz", mark=49))
    async with shop.app.database.read() as store:
        taken = await store.enrolments.in_course(shop.school.community.id, shop.course)

    assert (answer.json()["below_the_pass_mark"], taken) == (1, [])


async def test_ten_thousand_events_at_once_are_refused_and_a_thousand_are_taken(shop):
    many = [event(email=f"a{n}@example.com", id=str(n)) for n in range(10_000)]

    refused = await shop.send(body=json.dumps([{"type": "x"}] * 10_000).encode())
    taken = await shop.send(*many[:MOST])

    assert (refused.status_code, "At most 1,000 events" in refused.json()["error"]) == (400, True)
    assert (taken.json()["taken"], len(await everybody(shop))) == (MOST, MOST)


async def test_while_the_database_is_away_the_shop_is_asked_to_come_again(shop):
    class Away:
        def read(self):
            raise StorageUnavailable("It is away.")

    shop.app.database, there = Away(), shop.app.database
    away = await shop.send(event())
    shop.app.database, shop.app.stopping = there, True
    stopping = await shop.send(event())
    shop.app.stopping = False

    assert [(each.status_code, each.headers["retry-after"]) for each in (away, stopping)] == [(503, "30")] * 2
    assert (await shop.send(event())).json()["taken"] == 1


async def test_another_secret_another_community_and_a_switch(shop):
    here = shop.school.community.id
    async with shop.app.database.write() as store:
        other = await a_school(store)
        theirs = await store.hooks.renew(other.community.id)
        await store.settings.set(here, "shop.enabled", False, by=None, now=NOW)
    off = await shop.send(event())
    with_theirs = await shop.send(
        event(), signature=signature_of(theirs, str(int(NOW.timestamp())), json.dumps({"events": [event()]}).encode())
    )  # fmt: skip
    async with shop.app.database.write() as store:
        await store.hooks.renew(here)
    old = await shop.send(event())

    assert [each.status_code for each in (off, with_theirs, old)] == [403, 401, 401]


async def test_who_was_forgotten_comes_again_only_by_what_they_bought_since(shop):
    here = shop.school.community.id
    async with shop.app.database.write() as store:
        await store.roster.take_in(here, [NewRow(email="ann@example.com")], now=NOW)
        ann = await a_member(store, shop.school, "Ann")
        [account] = await store.people.accounts_of(ann.id)
        row = await store.roster.by_email(here, "ann@example.com")
        await store.roster.claim(here, row.id, account.id, how="code", now=NOW)
        await store.privacy.forget(account.id, community_id=None, now=NOW - 2 * DAY)

    old = await shop.send(event(at="2026-11-01T10:00:00Z"))
    new = await shop.send(event(at="2026-11-25T10:00:00Z"))

    assert ("forgotten" in old.json()["error"], new.json()["taken"]) == (True, 1)


@pytest.mark.parametrize("seed", range(2))
async def test_any_order_and_repetition_gives_the_same_end(shop, seed):
    chance, numbers, ends = random.Random(seed), itertools.count(), set()
    told = [
        event(kind, at=f"2026-11-{chance.randrange(1, 6):02}T{chance.randrange(24):02}:00:00Z")
        | ({"lesson": chance.choice(["branches", "quiz"]), "mark": chance.choice([60, 90])}
           if kind == "progress" else {"stars": chance.randrange(1, 6)} if kind == "rated" else {})
        for kind in chance.choices(["enrolled", "refunded", "progress", "finished", "rated"], k=8)
    ]  # fmt: skip
    for _ in range(3):
        email = f"p{next(numbers)}@example.com"
        some = [each | {"email": email, "id": f"{email}{n}"} for n, each in enumerate(told)]
        some += chance.sample(some, 3)
        chance.shuffle(some)
        for at in range(0, len(some), 4):
            await take_events(
                shop.app.database, shop.app.house, shop.school.community, some[at : at + 4], now=NOW
            )
        async with shop.app.database.read() as store:
            row = await store.roster.by_email(shop.school.community.id, email)
            bought = (await store.roster.purchases_of([row.id]))[row.id]
            [end] = [
                e
                for e in await store.enrolments.in_course(row.community_id, shop.course)
                if e.row_id == row.id
            ]
            done = (await store.enrolments.done([end]))[end.id]
        ends.add(
            (end.state, end.state_at, end.enrolled_at, end.started_at, end.finished_at, end.moved_at, end.stars,
             tuple(bought), tuple(sorted((one.lesson_id, one.at, one.mark) for one in done.values())))
        )  # fmt: skip

    assert len(ends) == 1, "\n".join(map(str, sorted(map(str, ends))))


async def test_messages_are_remembered_by_a_mark_and_forgotten_in_time(shop):
    await shop.send(event(id="order-of-ann@example.com"))
    async with shop.app.database.write() as store:
        kept = (await store.connection.execute(select(hooks.c.key))).scalars().all()
        await store.hooks.sweep(shop.school.community.id, NOW + DAY)
        left = await store.connection.scalar(select(func.count()).select_from(hooks))

    assert ("ann" in kept[0], left) == (False, 0)


async def test_a_burst_is_taken_in_turn(shop):
    answers = await asyncio.gather(*[shop.send(event(id=str(n % 3))) for n in range(12)])

    assert {each.status_code for each in answers} <= {200, 503}
    assert sum(each.json().get("taken", 0) for each in answers) == 3
