"""Who was forgotten: what is older does not come again, names alone make nobody known, nothing is paid twice."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from bot.batch import House, run_batch
from bot.settings_book import SettingsBook
from bot.texts import load_texts
from handlers import FEATURES
from handlers.base import Event, Left, Person, Place, Posted, Reacted, RepliedTo
from storage.database import Database
from storage.tables import posts
from tests.conftest import NOW

PLACE = Place(platform="telegram", space="-1001", space_title="Data School")
ANN, BOB = Person(id="777001", name="Ann", handle="ann"), Person(id="777002", name="Bob", handle="bob")
FORGOTTEN_AT = NOW + timedelta(hours=1)
LATER = NOW + timedelta(hours=2)
WORDS = "how do I split the data by time, and where do I begin?"
Run = Callable[..., Any]


@pytest.fixture
async def run(database: Database) -> Run:
    """Runs a batch, in a group that is set up."""
    house = House(FEATURES, SettingsBook(FEATURES, {}), load_texts(), "en")
    async with database.write() as store:
        _, community = await store.communities.add_space(
            "telegram", "-1001", "Data School", language="en", now=NOW
        )
        await store.communities.finish_setup(community.id, language="en", zone="UTC", week_start=0, now=NOW)

    async def go(*events: Event) -> None:
        async with database.write() as store:
            await run_batch(house, store, events, NOW)

    return go


def post(number: int, who: Person, at: Any = NOW, text: str = WORDS, **more: Any) -> Posted:
    return Posted(
        key=f"p{number}",
        order=number,
        at=at,
        place=PLACE,
        message=f"-1001/{number}",
        person=who,
        text=text,
        **more,
    )


def react(
    number: int, who: Person, at: Any, *, added: tuple[str, ...] = ("👍",), removed: Any = ()
) -> Reacted:
    return Reacted(
        key=f"r{at}{added}",
        at=at,
        place=PLACE,
        message=f"-1001/{number}",
        person=who,
        added=added,
        removed=removed,
    )


async def forget(database: Database, who: Person) -> None:
    async with database.write() as store:
        account = await store.people.account("telegram", who.id)
        await store.privacy.forget(account.id, community_id=1, now=FORGOTTEN_AT)


async def total(database: Database, who: Person) -> int | None:
    """All points of somebody; None: they are not known."""
    async with database.read() as store:
        member = await store.people.find_member(1, "telegram", external_id=who.id)
        assert await store.points.differences() == []
        return None if member is None else await store.points.total(member.id)


async def test_what_is_older_is_not_taken_in_again_and_what_is_newer_is(run, database):
    await run(post(1, ANN))
    await forget(database, ANN)

    await run(post(1, ANN), post(2, ANN, NOW + timedelta(minutes=3)))
    assert await total(database, ANN) is None
    await run(post(3, ANN, LATER))
    assert await total(database, ANN) == 5
    await run(post(1, ANN))
    assert await total(database, ANN) == 5


async def test_a_reaction_is_not_paid_again_when_its_giver_comes_back(run, database):
    await run(post(1, BOB), post(2, ANN, NOW + timedelta(minutes=1)))
    await run(react(1, ANN, NOW + timedelta(minutes=2)))
    paid = await total(database, BOB)
    await forget(database, ANN)

    await run(post(3, ANN, LATER))
    await run(react(1, ANN, LATER + timedelta(minutes=1)))
    assert await total(database, BOB) == paid
    await run(react(1, ANN, LATER + timedelta(minutes=2), added=(), removed=("👍",)))
    assert await total(database, BOB) == paid - 1
    await run(react(1, ANN, LATER + timedelta(minutes=3)))
    assert await total(database, BOB) == paid


async def test_others_who_name_them_make_them_not_known(run, database):
    await run(post(1, ANN), post(2, BOB, NOW + timedelta(minutes=1)))
    await forget(database, ANN)

    await run(
        post(
            3,
            BOB,
            LATER,
            "thanks, that helped a lot",
            reply_to=RepliedTo("-1001/1", ANN, at=NOW),
            mentions=(ANN,),
        ),
        Left(key="l1", at=LATER, place=PLACE, person=ANN),
        react(2, ANN, LATER, added=(), removed=("👍",)),
    )

    assert await total(database, ANN) is None
    async with database.read() as store:
        assert await store.people.account("telegram", ANN.id) is None
        kept = (await store.connection.execute(select(posts.c.message, posts.c.stub))).all()
    assert sorted(kept) == [("-1001/2", False), ("-1001/3", False)]


async def test_who_opted_out_of_everything_leaves_only_ids_and_earns_nothing(run, database):
    await run(post(1, ANN))
    async with database.write() as store:
        member = await store.people.find_member(1, "telegram", external_id=ANN.id)
        await store.privacy.choose(member.id, recorded=False)
    before = await total(database, ANN)

    answer = post(3, BOB, LATER + timedelta(minutes=1), reply_to=RepliedTo("-1001/2", ANN, at=LATER))
    await run(post(2, ANN, LATER), answer, react(2, BOB, LATER + timedelta(minutes=2)))

    assert await total(database, ANN) == before
    async with database.read() as store:
        kept = await store.posts.by_message(1, "-1001/2")
    assert kept is not None
    assert kept.text is None


async def test_somebody_else_of_the_same_words_is_untouched(run, database):
    await run(post(1, ANN), post(2, BOB, NOW + timedelta(minutes=1), "a different question, on batches"))
    await forget(database, ANN)

    await run(post(4, replace(BOB, name="Ann"), LATER, "yet another question, about trees"))

    assert await total(database, BOB) == 10
