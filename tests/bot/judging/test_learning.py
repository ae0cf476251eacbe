"""Learning: what experts decide is learned within seconds, outlives a restart, and is taken out when undone."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest

from recsys.quality.lines import own_lines
from storage.database import Database
from tests.bot.judging.committee import Committee, committee
from tests.bot.judging.test_desk import Wide

SETTINGS = {"quality.advert_from": 0.6, "quality.low_effort_from": 0.6}


def some_lines() -> list[tuple[str, str]]:
    rows = [row for row in own_lines() if row.language == "en" and row.label in ("ok", "advert")]
    names = {"ok": "fine", "advert": "advert"}
    return [(row.text, names[row.label]) for row in (*rows[:30], *rows[-30:])]


@pytest.fixture
async def school(sqlite_database: Database, tmp_path: Path) -> AsyncIterator[Committee]:
    made = await committee(sqlite_database, tmp_path, Wide(), (0.1, 0.1, 0.3), settings=SETTINGS)
    yield made
    await made.end()


async def test_a_committee_drains_the_queue_once_and_the_judge_learns_of_it(school: Committee) -> None:
    await school.arrive(some_lines())
    assert await school.ask() > 0
    assert await school.ask() == 0, "no more than a share of what experts see a day"
    while await school.open_cases():
        await school.work(5)
    assert school.at_once
    assert set(school.outcomes.values()) == {1}

    await school.learning.look()
    await school.restart()
    await school.learning.look()

    async with school.database.read() as store:
        heads = await store.heads.last(school.community.id)
        labels = await store.labels.of(school.community.id, school.desk.judge.encoder)
    assert len(labels) == len(school.outcomes)
    assert len(heads) == 1, "what was learned is not learned again after a restart"
    assert heads[0].labels == len(labels)
    assert heads[0].figures["losses"]


async def test_a_decision_that_is_undone_is_no_label_any_more(school: Committee) -> None:
    await school.arrive(some_lines()[:20])
    await school.ask()
    await school.work(30)
    await school.learning.look()
    number = next(iter(school.outcomes))

    async with school.database.write() as store:
        await store.cases.reopen(school.community.id, number, school.now)
    async with school.database.read() as store:
        left = await store.labels.of(school.community.id, school.desk.judge.encoder)
        assert left
        labels = [each.case_id for each in left]

    assert number not in labels


async def test_posts_are_read_by_what_was_learned_and_a_damaged_file_means_as_shipped(
    school: Committee,
) -> None:
    await _learned(school)
    looks = await school.desk.looks(["Spring sale: all materials, write to me"])
    assert looks is not None
    assert school.desk.judge is not None
    theirs = school.desk.logits(school.community.id, looks)
    assert not np.allclose(theirs, school.desk.judge.logits(looks)), "posts are read by what was learned"
    [file] = (school.folder / "heads" / str(school.community.id)).glob("*.npz")
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])

    await school.restart()
    assert await school.learning.bring(school.community.id) is None
    await school.learning.look()

    async with school.database.read() as store:
        heads = await store.heads.last(school.community.id)
    assert [each.state for each in heads] == ["serves", "kept"]
    assert await school.learning.bring(school.community.id) is not None


async def _learned(school: Committee) -> None:
    """Enough adverts that everybody agrees on."""
    async with school.database.write() as store:
        await store.settings.set(school.community.id, "quality.advert_from", 0.01, by=None, now=school.now)
    for expert in school.experts:
        expert.errs = 0
    await school.restart()
    await school.arrive(some_lines()[::3])
    while await school.open_cases():
        await school.work(5)
    school.now += timedelta(minutes=1)
    await school.learning.look()
    async with school.database.read() as store:
        assert await store.heads.serving(school.community.id) is not None
