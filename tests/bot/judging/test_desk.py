"""Reading: posts are read before they are written, where it is wanted, and nobody waits long for it."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from bot.batch import House, run_batch
from bot.encoding import Encoding
from bot.judging import JudgingDesk
from bot.settings_book import SettingsBook
from bot.texts import load_texts
from handlers import FEATURES
from handlers.base import Edited, Event, Person, Place, Posted, mark_of
from recsys.encoders import BUILTIN, Encoder, EncoderError
from recsys.suggestions.interactions import Floats
from storage.database import Database
from tests.conftest import NOW
from tests.encoders import SharedWords

PLACE = Place(platform="telegram", space="-1001", space_title="Data School")
EMPTY = "......"
GOOD = "The loss explodes because the learning rate is too high: divide it by ten, then clip the gradients."


class Wide(SharedWords):
    """As many dimensions as the shipped judge wants."""

    name, size = BUILTIN, 512
    encoded: list[str]

    def __init__(self) -> None:
        self.encoded = []

    def encode(self, texts: Sequence[str]) -> Floats:
        self.encoded += texts
        return np.asarray(np.tile(super().encode(texts), (1, 8)) / np.sqrt(8), np.float32)


def post(number: int, text: str, **more: Any) -> Posted:
    return Posted(
        key=str(number),
        at=NOW + timedelta(minutes=2 * number),
        place=PLACE,
        message=f"-1001/{number}",
        person=Person(id="7", name="Ann"),
        text=text,
        **more,
    )


def edited(number: int, text: str, minute: int = 0) -> Edited:
    return Edited(
        key=f"e{number}",
        at=NOW + timedelta(hours=1, minutes=minute),
        place=PLACE,
        message=f"-1001/{number}",
        person=Person(id="7", name="Ann"),
        text=text,
    )


@pytest.fixture
async def school(sqlite_database: Database, tmp_path: Path) -> AsyncIterator[Any]:
    """A group that is set up, a desk, and batches that it reads before they are written."""
    database = sqlite_database
    house = House(FEATURES, SettingsBook(FEATURES, {}), load_texts(), "en")
    encoder = Wide()
    desks: list[JudgingDesk] = []
    async with database.write() as store:
        space, community = await store.communities.add_space(
            "telegram", "-1001", "Data School", language="en", now=NOW
        )
        await store.communities.finish_setup(community.id, language="en", zone="UTC", week_start=0, now=NOW)

    async def desk(load: Callable[[str], Encoder] = lambda _: encoder, **more: Any) -> JudgingDesk:
        made = JudgingDesk(database, house, tmp_path, encoding=Encoding(load=load), load=load, **more)
        desks.append(made)
        made.start()
        async with asyncio.timeout(10):
            await made.settled()
        return made

    async def write(reader: JudgingDesk, events: list[Event]) -> None:
        readings = await reader.read(events)
        async with database.write() as store:
            await run_batch(house, store, events, NOW, readings)

    yield SimpleNamespace(
        database=database,
        house=house,
        space=space,
        community=community,
        desk=desk,
        write=write,
        encoder=encoder,
    )
    for each in desks:
        await each.stop()


async def test_a_new_post_is_read_and_how_it_was_read_is_kept(school: Any) -> None:
    desk = await school.desk()

    await school.write(desk, [post(1, EMPTY), post(2, GOOD), post(3, ""), post(4, "It works.")])

    async with school.database.read() as store:
        empty, good, picture = [await store.scores.of(school.space.id, f"-1001/{n}") for n in (1, 2, 3)]
    assert empty is not None
    assert good is not None
    assert empty.low_effort > 0.7 > good.low_effort
    assert picture is None, "without a text there is nothing to read"
    assert desk.counts.read == 3


async def test_an_edited_post_is_read_again_when_its_words_changed(school: Any) -> None:
    desk = await school.desk()
    await school.write(desk, [post(1, GOOD)])

    await school.write(desk, [edited(1, GOOD + "  ")])
    async with school.database.read() as store:
        same = await store.scores.of(school.space.id, "-1001/1")
    await school.write(desk, [edited(1, EMPTY, minute=1)])
    async with school.database.read() as store:
        other = await store.scores.of(school.space.id, "-1001/1")

    assert same is not None
    assert other is not None
    assert same.low_effort < 0.5 < other.low_effort
    assert other.at == same.at, "when it was written stays"


async def test_the_same_words_are_encoded_once(school: Any) -> None:
    desk = await school.desk()
    before = len(school.encoder.encoded)

    await desk.read([post(n, GOOD) for n in range(50)])

    assert len(school.encoder.encoded) == before + 1


async def test_where_it_is_switched_off_nothing_is_read(school: Any) -> None:
    desk = await school.desk()
    async with school.database.write() as store:
        await store.settings.set(school.community.id, "quality.enabled", False, by=None, now=NOW)

    await school.write(desk, [post(1, EMPTY)])

    async with school.database.read() as store:
        assert await store.scores.of(school.space.id, "-1001/1") is None
    assert desk.counts.read == 0


async def test_a_batch_waits_no_longer_than_it_must(school: Any) -> None:
    class Slow(Wide):
        def encode(self, texts: Sequence[str]) -> Floats:
            time.sleep(0.05)
            return super().encode(texts)

    desk = await school.desk(lambda _: Slow(), patience=0.1)
    many = [post(n, f"{n} " + "word " * 400) for n in range(200)]

    begun = time.monotonic()
    found = await desk.read(many)

    assert time.monotonic() - begun < 1
    assert len(found) < len(many), "the rest goes on without a reading"
    assert desk.counts.unread >= len(many) - len(found)


async def test_without_an_encoder_posts_go_on_unread_and_it_is_said_why(school: Any) -> None:
    def broken(name: str) -> Encoder:
        raise EncoderError("The encoder cannot be opened.")

    desk = await school.desk(broken)

    assert await desk.read([post(1, EMPTY)]) == {}
    assert (desk.state, desk.trouble) == ("broken", "The encoder cannot be opened.")


async def test_an_admins_line_is_the_line(school: Any) -> None:
    desk = await school.desk()
    one = post(1, GOOD)
    async with school.database.write() as store:
        await store.settings.set(school.community.id, "quality.off_topic_from", 1e-9, by=None, now=NOW)

    readings = await desk.read([one])

    assert readings[mark_of(one)].flagged[-1:] == ("off_topic",)


async def test_nothing_is_kept_of_who_wants_nothing_recorded(school: Any) -> None:
    desk = await school.desk()
    await school.write(desk, [post(1, GOOD)])
    async with school.database.write() as store:
        account = await store.people.see("telegram", "7", "Ann", None, now=NOW)
        member = await store.people.member(school.community.id, account.id)
        assert member is not None
        await store.privacy.choose(member.id, recorded=False)

    await school.write(desk, [post(2, EMPTY), edited(1, EMPTY)])

    async with school.database.read() as store:
        assert await store.scores.of(school.space.id, "-1001/2") is None
        first = await store.scores.of(school.space.id, "-1001/1")
    assert first is not None
    assert first.low_effort < 0.5


async def test_what_a_space_talks_about_is_learned_of_its_posts(school: Any) -> None:
    texts = [f"gradient loss lesson {n % 7} batch epoch {'rate ' * (n % 3)}" for n in range(210)]
    async with school.database.write() as store:
        await run_batch(school.house, store, [post(n, text) for n, text in enumerate(texts, 10)], NOW)
    desk = await school.desk(fresh=0.0)
    near, far = post(1, texts[0]), post(2, "My grandmother sells tomatoes and old shoes")

    async with asyncio.timeout(10):
        while True:  # it is learned beside
            readings = await desk.read([near, far])
            if readings[mark_of(far)].off_topic > 2 * readings[mark_of(near)].off_topic:
                break
            await asyncio.sleep(0.01)
