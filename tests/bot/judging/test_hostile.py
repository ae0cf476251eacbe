"""Hostile input, from the event to the case or none: whatever somebody writes is read right, and soon."""

import time
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest

from bot.batch import House, run_batch
from bot.encoding import Encoding
from bot.judging import JudgingDesk
from bot.settings_book import SettingsBook
from bot.texts import load_texts
from handlers import FEATURES
from handlers.base import Content, Person, Place, Posted
from recsys.encoders import Encoder, load_encoder
from storage.database import Database
from tests.conftest import NOW

PLACE = Place(platform="telegram", space="-1001", space_title="Data School")
ADVERT = (
    "Buy cheap followers now, join my channel t.me/fastfame and earn $500 a day, 50% discount today only!"
)
LOOKALIKES = str.maketrans("aeopcx", "аеорсх")
GOOD = "Thanks everyone, lesson 3 made it clear: I grouped by user first and joined afterwards, and now both counts agree."
CODE = """```python
def mean(rows: list[float]) -> float:
    if not rows:
        raise ValueError("no rows")
    return sum(rows) / len(rows)
```
Why does this raise for an empty list although I check for it before? I call it with `mean([])`."""
TEXTS: dict[str, tuple[str, str | None]] = {
    "5,000 letters without a space": ("".join(Random(6).choices("bcdfghklmnprst", k=5_000)), None),
    "5,000 Chinese signs without a space": ("我们今天学习梯度下降和反向传播" * 334, None),
    "emoji only": ("😀😂🔥👍" * 6, "low_effort"),
    "look-alike letters": (ADVERT.translate(LOOKALIKES), "advert"),
    "invisible letters inside words": ("\u200b".join(ADVERT), "advert"),
    "one letter repeated": ("a" * 600, "low_effort"),
    "mixed scripts": (
        "Спасибо! 我用 pandas 的 groupby 解决了 lesson 3 的练习, thanks everyone, теперь всё понятно.",
        None,
    ),
    "code": (CODE, None),
    "a good post": (GOOD, None),
    "the same advert as it is": (ADVERT, "advert"),
}


@pytest.fixture(scope="module")
def encoder() -> Encoder:
    return load_encoder()


class Group:
    """A group that is set up, whose posts are read by the shipped judge before they are written."""

    def __init__(self, database: Database, house: House, desk: JudgingDesk, community: int) -> None:
        self.database, self.house, self.desk, self.community = database, house, desk, community

    async def hears(self, *events: Posted) -> float:
        """Write them, and say how many seconds that took."""
        begun = time.perf_counter()
        readings = await self.desk.read(events)
        async with self.database.write() as store:
            await run_batch(self.house, store, list(events), NOW, readings)
        return time.perf_counter() - begun

    async def flagged(self) -> list[tuple[str, str]]:
        """(message, kind) of what waits for experts because of how it reads, or is a flood."""
        async with self.database.read() as store:
            return [(each.message, each.kind) for each in await store.cases.waiting(self.community)]


@pytest.fixture
async def group(sqlite_database: Database, tmp_path: Path, encoder: Encoder) -> AsyncIterator[Group]:
    house = House(FEATURES, SettingsBook(FEATURES, {}), load_texts(), "en")
    async with sqlite_database.write() as store:
        _, community = await store.communities.add_space(
            "telegram", "-1001", "Data School", language="en", now=NOW
        )
        await store.communities.finish_setup(community.id, language="en", zone="UTC", week_start=0, now=NOW)

    def load(name: str) -> Encoder:
        return encoder

    desk = JudgingDesk(sqlite_database, house, tmp_path, encoding=Encoding(load=load), load=load)
    desk.start()
    await desk.settled()
    yield Group(sqlite_database, house, desk, community.id)
    await desk.stop()


def post(number: int, text: str, *, seconds: float = 0, **more: Any) -> Posted:
    return Posted(
        key=str(number), order=number, at=NOW + timedelta(seconds=seconds), place=PLACE,
        message=f"-1001/{number}", person=Person(id="7", name="Ann"), text=text, **more,
    )  # fmt: skip


@pytest.mark.parametrize("what", TEXTS)
async def test_whatever_is_written_is_read_right_and_soon(group: Group, what: str) -> None:
    text, kind = TEXTS[what]

    seconds = await group.hears(post(1, text))

    assert await group.flagged() == ([("-1001/1", kind)] if kind else [])
    assert seconds < 5


async def test_a_photo_without_a_text_is_not_read_and_an_album_is_read_by_its_one_caption(
    group: Group,
) -> None:
    await group.hears(post(1, "", content=Content.MEDIA))
    album = [post(number, "", content=Content.MEDIA, album="a") for number in (3, 4)]
    await group.hears(post(2, ADVERT, content=Content.MEDIA, album="a"), *album)

    assert await group.flagged() == [("-1001/2", "advert")]
    assert group.desk.counts.read == 1


async def test_a_hundred_posts_in_one_second_are_a_flood_however_good_each_is(group: Group) -> None:
    posts = [
        post(number, f"Thank you, number {number} works now!", seconds=number / 100)
        for number in range(1, 101)
    ]

    seconds = await group.hears(*posts[:50]) + await group.hears(*posts[50:])

    async with group.database.read() as store:
        cases = await store.cases.waiting(group.community)
    assert cases
    assert {each.origin for each in cases} == {"flood"}
    assert seconds < 10
