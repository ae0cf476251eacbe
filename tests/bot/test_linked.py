"""Whoever has two accounts on one platform is one person to every rule."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest

from bot.batch import House, run_batch
from bot.settings_book import SettingsBook
from bot.texts import load_texts
from handlers import FEATURES
from handlers.base import Event, Person, Place, Posted, Reacted, RepliedTo, VoiceChanged
from storage.database import Database
from storage.store import Store
from tests.conftest import NOW

PLACE = Place(platform="telegram", space="-1001", space_title="Data School")
ANN, ANN2, BOB, CHIDI = (Person(id=str(number), name=f"Member {number}") for number in range(1, 5))


@dataclass
class Group:
    """A group in which Ann has two accounts, linked; everybody has written once."""

    store: Store
    play: Callable[..., Any]

    async def total(self, person: Person) -> int:
        account = await self.store.people.account("telegram", person.id)
        space = await self.store.communities.space("telegram", "-1001")
        assert account is not None
        assert space is not None
        member = await self.store.people.member(space[1].id, account.id)
        assert member is not None
        return await self.store.points.total(member.id)


@pytest.fixture
async def group(sqlite_database: Database) -> AsyncIterator[Group]:
    house = House(FEATURES, SettingsBook(FEATURES, {}), load_texts(), "en")
    async with sqlite_database.write() as store:
        _, community = await store.communities.add_space(
            "telegram", "-1001", "Data School", language="en", now=NOW
        )
        await store.communities.finish_setup(community.id, language="en", zone="UTC", week_start=0, now=NOW)

        async def play(*events: Event) -> None:
            await run_batch(house, store, events, NOW)

        await play(*(post(n, who) for n, who in enumerate((ANN, ANN2, BOB, CHIDI), 1)))
        members = []
        for person in (ANN, ANN2):
            account = await store.people.account("telegram", person.id)
            assert account is not None
            member = await store.people.member(community.id, account.id)
            assert member is not None
            members.append(member.id)
        await store.joining.join(community.id, *members)
        yield Group(store, play)


def post(
    number: int, who: Person, text: str = "", *, to: tuple[int, Person] | None = None, **more: Any
) -> Posted:
    return Posted(
        key=f"p{number}",
        order=number,
        at=NOW + timedelta(minutes=2 * number),
        place=PLACE,
        message=f"-1001/{number}",
        person=who,
        text=text or f"how do I split the data of week {number * 7919} by time?",
        reply_to=RepliedTo(message=f"-1001/{to[0]}", person=to[1]) if to else None,
        **more,
    )


def reaction(number: int, who: Person, to: Person, key: str) -> Reacted:
    return Reacted(
        key=key,
        order=100,
        at=NOW + timedelta(minutes=30),
        place=PLACE,
        message=f"-1001/{number}",
        person=who,
        added=("👍",),
        to=to,
    )


async def test_two_accounts_react_to_a_post_and_pay_once(group: Group):
    await group.play(reaction(3, ANN, BOB, "r1"))
    await group.play(reaction(3, ANN2, BOB, "r2"))

    assert await group.total(BOB) == 6


async def test_one_account_thanks_and_praises_the_other_in_vain(group: Group):
    await group.play(
        reaction(1, ANN2, ANN, "r1"),
        post(10, ANN2, "thanks a lot for this", to=(1, ANN)),
        reaction(2, ANN, ANN2, "r2"),
    )

    assert await group.total(ANN) == 15


async def test_two_accounts_thank_for_a_post_and_by_name_once(group: Group):
    await group.play(post(10, ANN, "thanks, that helps me", to=(3, BOB)))
    await group.play(post(11, ANN2, "many thanks from me, too, it works", to=(3, BOB)))
    assert await group.total(BOB) == 5 + 3 + 2

    await group.play(post(12, CHIDI, "thanks @a for the evening", mentions=(ANN,)))
    await group.play(post(13, CHIDI, "and thank you @b for everything else", mentions=(ANN2,)))

    assert await group.total(ANN) == 10 + 5 + 5 + 3


async def test_limits_of_a_day_are_the_persons(group: Group):
    """Five replies a day from one person count; three come from each of the accounts."""
    answers = [
        post(
            20 + n,
            (ANN, ANN2)[n % 2],
            f"an answer of its own, number {n * 7919}, to you",
            to=(3 if n < 1 else 50 + n, BOB),
        )
        for n in range(6)
    ]
    for n in range(1, 6):
        await group.play(replace(post(50 + n, BOB), at=NOW + timedelta(minutes=n)))
    before = await group.total(BOB)

    await group.play(*answers)

    assert await group.total(BOB) - before == 5 * 2


async def test_oneself_is_no_company_in_voice(group: Group):
    def voice(who: Person, minute: int, channel: str | None = "lounge") -> VoiceChanged:
        return VoiceChanged(
            key=f"v{who.id}.{minute}",
            order=minute,
            at=NOW + timedelta(hours=1, minutes=minute),
            place=replace(PLACE, channel=channel),
            person=who,
            counts=True,
        )

    before = [await group.total(who) for who in (ANN, BOB)]
    await group.play(voice(ANN, 0), voice(ANN2, 0))
    await group.play(voice(ANN, 30, None), voice(ANN, 31))
    assert await group.total(ANN) == before[0]

    await group.play(voice(BOB, 40))
    await group.play(voice(BOB, 60, None), voice(ANN, 61, None), voice(ANN2, 62, None))

    assert [await group.total(who) for who in (ANN, BOB)] == [before[0] + 2, before[1] + 2]
