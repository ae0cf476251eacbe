"""What a member earns because of others: replies, reactions, thanks; levels. Through a batch, as it happens."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from bot.batch import House, run_batch
from bot.settings_book import SettingsBook
from bot.texts import load_texts
from handlers import FEATURES
from handlers.base import (
    Author,
    BotStanding,
    Content,
    Deleted,
    Edited,
    Event,
    Reacted,
    ReactionsCleared,
    RepliedTo,
    Standing,
)
from storage.database import Database
from tests.bot.played import GROUP, person, posted
from tests.conftest import NOW

Happen = Callable[..., Any]


class Group:
    """A group that is set up; `happens` commits events as one batch."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.house = House(FEATURES, SettingsBook(FEATURES, {}), load_texts())
        self.community = 0
        self.order = 1_000

    async def set_up(self) -> None:
        async with self.database.write() as store:
            _, community = await store.communities.add_space(
                "telegram", GROUP.space, "Data School", language="en", now=NOW
            )
            await store.communities.finish_setup(
                community.id, language="en", zone="UTC", week_start=0, now=NOW
            )
            self.community = community.id

    async def set(self, key: str, value: Any) -> None:
        async with self.database.write() as store:
            await store.settings.set(
                self.community, key, value, space_id=None, channel_id=None, by=None, now=NOW
            )

    async def mute(self, name: str, *, until: timedelta) -> None:
        async with self.database.write() as store:
            member = await store.people.find_member(self.community, "telegram", external_id=f"id-{name}")
            assert member is not None
            [account] = await store.people.accounts_of(member.id)
            await store.grants.give(
                self.community, member.id, account.id, "muted", by=None, now=NOW, until=NOW + until
            )

    async def happens(self, *events: Event) -> None:
        async with self.database.write() as store:
            await run_batch(self.house, store, events, NOW)

    async def paid(self, name: str) -> dict[str, int]:
        """Rule -> points of a member."""
        async with self.database.read() as store:
            member = await store.people.find_member(
                self.community, "telegram", external_id=f"id-{name}", handle=""
            )
            if member is None:
                return {}
            counts = await store.points.counts_by_rule(member.id, "all")
        return {rule: points for rule, (_, points) in counts.items() if points}

    async def parcels(self) -> list[str]:
        async with self.database.read() as store:
            return [each.key for each in await store.outbox.list("pending", 100)][::-1]

    def reacts(self, name: str, number: int, *held: str, at: datetime | None = None) -> Reacted:
        self.order += 1
        return Reacted(
            key=f"r{self.order}",
            order=self.order,
            at=at or NOW + timedelta(minutes=self.order),
            place=GROUP,
            message=f"-1001/{number}",
            person=person(name),
            added=held,
            removed=() if held else ("👍",),
            to=None,
        )


@pytest.fixture
async def group(sqlite_database: Database) -> Group:
    group = Group(sqlite_database)
    await group.set_up()
    return group


async def test_a_reply_pays_the_one_who_was_answered_once_for_each_who_answers(group: Group):
    await group.happens(posted(1), posted(2, "Bob", to=1), posted(3, "Bob", to=1), posted(4, "Chidi", to=1))
    await group.happens(posted(5, "Bob", to=1))
    assert (await group.paid("Ann"))["reply"] == 4


@pytest.mark.parametrize(
    "answer",
    [
        {"name": "Ann"},
        {"text": "ok"},
        {"forwarded": True},
        {"via_bot": True},
        {"author": Author.CHANNEL},
        {"author": Author.ANONYMOUS_ADMIN},
        {"author": Author.BOT, "name": "Robot"},
        {"content": Content.STICKER, "text": "\u200b"},
    ],
)
async def test_these_answers_pay_nothing(group: Group, answer: dict[str, Any]):
    await group.happens(posted(1), posted(2, **{"name": "Bob"} | answer, to=1))
    assert "reply" not in await group.paid("Ann")


async def test_a_deleted_answer_takes_back_unless_there_is_another(group: Group):
    await group.happens(posted(1), posted(2, "Bob", to=1), posted(3, "Bob", to=1))
    gone = {"at": NOW + timedelta(hours=1), "place": GROUP}
    await group.happens(Deleted(key="d1", messages=("-1001/2",), **gone))
    assert (await group.paid("Ann"))["reply"] == 2
    await group.happens(Deleted(key="d2", messages=("-1001/3",), **gone))
    assert "reply" not in await group.paid("Ann")


async def test_an_answer_to_a_post_never_seen_pays_its_author(group: Group):
    await group.happens(posted(9, "Bob", to=1))
    assert await group.paid("Ann") == {"reply": 2}


async def test_whoever_is_muted_earns_nothing_and_gives_nothing(group: Group):
    await group.happens(posted(1), posted(2, "Bob"))
    before = await group.paid("Ann"), await group.paid("Bob")
    await group.mute("Ann", until=timedelta(minutes=30))
    later = {"at": NOW + timedelta(minutes=20)}
    await group.happens(
        posted(20, **later),
        posted(21, "Bob", text="thanks, that is what I was looking for", to=1, **later),
        group.reacts("Bob", 1, "👍", **later),
        posted(22, "Ann", text="thanks, that is what I was looking for", to=2, **later),
        group.reacts("Ann", 2, "👍", **later),
    )
    assert await group.paid("Ann") == before[0]
    assert (await group.paid("Bob")).keys() == {"post"}  # for what he wrote himself

    await group.happens(posted(43))  # when it is over
    assert (await group.paid("Ann"))["post"] == before[0]["post"] + 5


async def test_a_hundred_toggles_of_a_reaction_are_one_payment_or_none(group: Group):
    await group.happens(posted(1), posted(2, "Bob"))
    toggles = [group.reacts("Bob", 1, *held) for _ in range(50) for held in (("👍",), ())]
    await group.happens(*toggles)
    assert "reaction" not in await group.paid("Ann")
    await group.happens(group.reacts("Bob", 1, "👍", "🔥"))
    assert (await group.paid("Ann"))["reaction"] == 1
    await group.happens(*toggles)  # told again, all of them old
    assert (await group.paid("Ann"))["reaction"] == 1


async def test_reactions_of_oneself_of_bots_and_of_lurkers_pay_nothing(group: Group):
    await group.happens(posted(1), group.reacts("Ann", 1, "👍"), group.reacts("Lurker", 1, "👍"))
    assert "reaction" not in await group.paid("Ann")
    await group.set("reactions.from_writers_only", False)
    await group.happens(group.reacts("Other", 1, "👍"))
    assert (await group.paid("Ann"))["reaction"] == 1


async def test_one_persons_reactions_are_limited_by_the_day_and_everybodys_too(group: Group):
    await group.set("reactions.pair_limit", 2)
    await group.set("reactions.daily_limit", 3)
    await group.happens(*(posted(n) for n in range(1, 6)), *(posted(10 + n, f"P{n}") for n in range(5)))
    await group.happens(*(group.reacts("P0", n, "👍") for n in range(1, 6)))
    assert (await group.paid("Ann"))["reaction"] == 2
    await group.happens(*(group.reacts(f"P{n}", 1, "👍") for n in range(1, 5)))
    assert (await group.paid("Ann"))["reaction"] == 3


async def test_reactions_removed_by_a_moderator_take_their_points_back(group: Group):
    await group.happens(posted(1), posted(2, "Bob"), posted(3, "Chidi"))
    await group.happens(group.reacts("Bob", 1, "👍"), group.reacts("Chidi", 1, "🔥"))
    assert (await group.paid("Ann"))["reaction"] == 2
    cleared = {"place": GROUP, "message": "-1001/1", "at": NOW + timedelta(days=2), "order": 10**6}
    await group.happens(ReactionsCleared(key="x", **cleared))
    assert "reaction" not in await group.paid("Ann")


async def test_thanks_pay_whom_they_answer_or_name_and_are_acknowledged_once(group: Group):
    await group.happens(posted(1), posted(2, "Bob"), posted(3, "Chidi"))
    await group.happens(posted(4, "Bob", "thanks!", to=1), posted(5, "Bob", "谢谢 again", to=1))
    assert (await group.paid("Ann"))["thanks"] == 3
    assert await group.parcels() == ["thanks:telegram:-1001/4"]
    both = (person("Ann"), person("Chidi"), person("Bob"))
    await group.happens(posted(6, "Bob", "thanks @ann @chidi, and me @bob", mentions=both))
    assert ((await group.paid("Ann"))["thanks"], (await group.paid("Chidi"))["thanks"]) == (6, 3)
    await group.happens(posted(7, "Bob", "+ @ann", mentions=(person("Ann"),)))
    assert (await group.paid("Ann"))["thanks"] == 6
    assert "thanks" not in await group.paid("Bob")


async def test_an_edit_into_a_thanks_pays_nothing(group: Group):
    await group.happens(posted(1), posted(2, "Bob", "a question to it", to=1))
    edit = {"at": NOW + timedelta(hours=1), "place": GROUP, "order": 99}
    await group.happens(Edited(key="e", message="-1001/2", person=person("Bob"), text="thanks a lot", **edit))
    assert "thanks" not in await group.paid("Ann")


async def test_an_album_is_one_post(group: Group):
    parts = {"album": "a1", "content": Content.MEDIA}
    await group.happens(posted(1, text="Ten photos of the course", **parts), posted(2, text=" ", **parts))
    await group.happens(posted(3, text=" ", **parts))
    assert await group.paid("Ann") == {"post": 5}


async def test_a_switched_off_feature_pays_nothing_and_the_others_do(group: Group):
    await group.set("replies.enabled", False)
    await group.happens(posted(1), posted(2, "Bob", "thanks, I see it now", to=1))
    assert await group.paid("Ann") == {"post": 5, "thanks": 3}


@pytest.mark.parametrize(("announce", "told"), [("off", 0), ("public", 1), ("private", 1)])
async def test_several_levels_at_once_are_told_once_a_day(group: Group, announce: str, told: int):
    for key, value in (("levels.base", 2), ("levels.growth", 1.0), ("levels.announce", announce)):
        await group.set(key, value)
    await group.happens(posted(1), posted(2), posted(3))
    assert len(await group.parcels()) == told


async def test_a_level_that_is_lost_is_not_told(group: Group):
    for key, value in (("levels.base", 5), ("levels.growth", 1.0), ("levels.announce", "public")):
        await group.set(key, value)
    await group.happens(posted(1))
    gone = {"at": NOW + timedelta(days=1), "place": GROUP}
    await group.happens(Deleted(key="d", messages=("-1001/1",), **gone))
    assert len(await group.parcels()) == 1


async def test_a_space_is_greeted_once_however_often_the_bot_comes_and_only_before_setup(group: Group):
    kitchen = type(GROUP)("telegram", "-1002", space_title="Cooking")
    for number, standing in enumerate((Standing.MEMBER, Standing.REMOVED, Standing.ADMIN)):
        for place in (kitchen, GROUP):
            key = f"s{number}{place.space}"
            at = NOW + timedelta(minutes=number)
            await group.happens(BotStanding(key=key, at=at, place=place, order=number, standing=standing))
    assert await group.parcels() == ["greeting:telegram:-1002"]


async def test_a_flood_of_one_person_earns_what_one_post_does(group: Group):
    await group.happens(*(posted(n, at=NOW + timedelta(milliseconds=n)) for n in range(1, 501)))
    await group.happens(*(posted(n, at=NOW + timedelta(milliseconds=n)) for n in range(501, 1_001)))
    assert await group.paid("Ann") == {"post": 5}


async def test_a_day_of_posts_earns_no_more_than_the_cap(group: Group):
    await group.set("points.max_similarity", 1)
    await group.happens(*(posted(n, text=f"{n} is what I say this time") for n in range(1, 60)))
    assert await group.paid("Ann") == {"post": 100}


async def test_friends_who_thank_each_other_all_day_are_limited_as_a_pair(group: Group):
    await group.happens(*(posted(n, name) for n, name in ((1, "Ann"), (2, "Bob"))))
    for number in range(3, 23, 2):
        to_ann, to_bob = person("Ann"), person("Bob")
        await group.happens(posted(number), posted(number + 1, "Bob"))
        await group.happens(
            posted(100 + number, "Bob", "thanks!", to=number),
            posted(
                200 + number,
                "Ann",
                "thanks!",
                reply_to=RepliedTo(f"-1001/{number + 1}", to_bob),
                mentions=(to_ann,),
            ),
        )
    assert (await group.paid("Ann"))["thanks"] == (await group.paid("Bob"))["thanks"] == 9
