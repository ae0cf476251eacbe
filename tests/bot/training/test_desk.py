"""Desk: trained where something changed, served where it is no worse, and told to who asked."""

import asyncio
from dataclasses import asdict, replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.training import beside
from bot.training.community import Place, train_community
from bot.training.desk import TrainingDesk
from bot.training.files import damaged, folder_of, sha256_of
from bot.training.request import Answer, Request, TrainingFailed
from bot.training.rows import read_rows
from bot.training.work import train_here
from handlers.admin.model import said
from handlers.base import Asker
from recsys.suggestions.model import Model
from recsys.suggestions.popular import fit_popular
from recsys.suggestions.saved import load, save
from storage.database import Database
from storage.models import StoredModel
from storage.scratch import open_to_read
from storage.tables import courses, outbox
from tests.bot.importers.test_run import house
from tests.bot.training.making import a_learning_school, enrol
from tests.storage.making import NOW, School

WORSE = Answer(
    worse_than=["serves"],
    events=9,
    members=3,
    courses=3,
    data_from=0.0,
    data_until=9.0,
    parameters={"traces": {"done": "", "catalogue": ""}},
)


async def plainly(request: Request, told: beside.Told) -> Answer:
    """What is read is real; what is learned of it is how many took what."""
    database = await open_to_read(request.url)
    try:
        rows = await read_rows(database, request.community)
    finally:
        await database.close()
    model = Model(rows.log.items.names, {"popular": fit_popular(rows.log)}, {"popular": 1.0})
    request.folder.mkdir(parents=True, exist_ok=True)
    file = request.folder / f"{request.version}.npz"
    save(model, file, request.version)
    return replace(
        WORSE,
        worse_than=[],
        courses=int(rows.open_.sum()),
        parameters={"traces": asdict(rows.traces)},
        file=file.name,
        sha256=sha256_of(file),
    )


@pytest.fixture
async def school(sqlite_database) -> School:
    return await a_learning_school(sqlite_database, 80)


@pytest.fixture
def place(tmp_path) -> Place:
    """Room for what is quick: the order of courses, popularity and the path."""
    return Place(tmp_path, seconds=0.2, megabytes=0.001)


async def test_a_night_trains_where_something_changed_and_only_there(sqlite_database, school, place):
    quiet = await a_learning_school(sqlite_database, 3)
    desk = TrainingDesk(sqlite_database, house(), place, clock=lambda: NOW, train=train_here)

    await desk.nightly()
    [first], [other] = await _kept(sqlite_database, school), await _kept(sqlite_database, quiet)
    await desk.nightly()
    assert await _kept(sqlite_database, school) == [first]

    assert (first.state, first.members, first.courses) == ("serves", 80, 15)
    assert first.figures["hits"]["new"] > first.figures["hits"]["popular"]
    assert {"ease:memory", "lightfm:memory"} <= {skip["what"] for skip in first.skipped}
    saved = load(folder_of(place.data_folder, school.community.id) / first.file)
    assert (saved.version, len(saved.model.courses)) == (first.version, 15)
    assert [skip["what"] for skip in other.skipped] == ["all:few", "compared:few"]
    assert other.parameters["weights"] == {"path": 1.0}


async def test_one_more_enrolment_is_reason_enough(sqlite_database, school, place):
    quiet = await a_learning_school(sqlite_database, 3)
    desk = TrainingDesk(sqlite_database, house(), place, clock=lambda: NOW, train=plainly)
    await desk.nightly()

    await enrol(sqlite_database, school, member=1, course=14)
    await desk.nightly()

    assert [one.state for one in await _kept(sqlite_database, school)] == ["serves", "kept"]
    assert len(await _kept(sqlite_database, quiet)) == 1


async def test_new_courses_are_learned_soon_but_not_at_every_change(sqlite_database, school, place):
    now = [NOW]
    desk = TrainingDesk(sqlite_database, house(), place, clock=lambda: now[0], train=plainly)
    await desk.nightly()
    async with sqlite_database.write() as store:
        await store.connection.execute(courses.update().where(courses.c.key == "c0").values(state="archived"))

    await desk.look_round()
    assert len(await _kept(sqlite_database, school)) == 1
    now[0] += timedelta(hours=6)
    await desk.look_round()
    await desk.look_round()
    assert [one.courses for one in await _kept(sqlite_database, school)] == [14, 15]


async def test_what_is_worse_is_remembered_and_leaves_everything_as_it_was(sqlite_database, school, place):
    served = await train_community(sqlite_database, school.community.id, place, train=plainly)

    async def worse(request: Request, told: beside.Told) -> Answer:
        assert request.serving == served.file
        return WORSE

    made = await train_community(sqlite_database, school.community.id, place, train=worse)

    assert (made.state, made.file) == ("refused", "")
    assert await _serving(sqlite_database, school) == served.version


async def test_an_admin_who_chose_another_meanwhile_is_not_overruled(sqlite_database, school, place):
    here = school.community.id
    first = await train_community(sqlite_database, here, place, train=plainly)
    await train_community(sqlite_database, here, place, train=plainly)

    async def slow(request: Request, told: beside.Told) -> Answer:
        async with sqlite_database.write() as store:
            await store.models.serve(here, first.version, now=NOW)
        return replace(WORSE, worse_than=[], file="new.npz", sha256="?")

    made = await train_community(sqlite_database, here, place, train=slow)

    assert made.state == "kept"
    assert await _serving(sqlite_database, school) == first.version


@pytest.mark.parametrize(
    ("reason", "words"),
    [("memory", "too little memory"), ("disk", "could not be written"), ("process", "broken off")],
)
async def test_a_training_that_fails_is_told_in_a_sentence(sqlite_database, school, place, reason, words):
    async def fails(request: Request, told: beside.Told) -> Answer:
        raise TrainingFailed(reason, "it failed")

    desk = TrainingDesk(sqlite_database, house(), place, clock=lambda: NOW, train=fails)

    assert desk.begin(Asker("telegram", "7", school.community.id, "en"), None, said)
    assert not desk.begin(Asker("telegram", "7", school.community.id, "en"), None, said)
    assert desk.at_work(school.community.id)
    await desk.idle()

    [told] = await _told(sqlite_database)
    assert words in told
    assert not desk.at_work(school.community.id)
    assert await _kept(sqlite_database, school) == []


async def test_who_asked_is_told_how_it_went(sqlite_database, school, place):
    desk = TrainingDesk(sqlite_database, house(), place, clock=lambda: NOW, train=plainly)

    desk.begin(Asker("telegram", "7", school.community.id, "en"), None, said)
    await desk.idle()

    [told] = await _told(sqlite_database)
    assert "The new model serves." in told


async def test_a_stop_breaks_it_off_and_what_served_goes_on(sqlite_database, school, place):
    begun = asyncio.Event()

    async def endless(request: Request, told: beside.Told) -> Answer:
        begun.set()
        await asyncio.Event().wait()
        raise AssertionError

    desk = TrainingDesk(sqlite_database, house(), place, clock=lambda: NOW, train=endless)
    night = asyncio.ensure_future(desk.nightly())
    await begun.wait()

    await desk.stop()
    await night

    assert await _kept(sqlite_database, school) == []
    assert await _told(sqlite_database) == []


async def test_another_process_says_how_far_it_is_and_leaves_its_answer(sqlite_database, school, place):
    heard: list[float] = []

    made = await train_community(
        sqlite_database,
        school.community.id,
        place,
        told=lambda share, _sentence: heard.append(share),
    )

    assert (made.state, heard[0], heard[-1]) == ("serves", 0.0, 1.0)
    assert heard == sorted(heard)
    assert 50 < made.parameters["memory_mb"] < 300  # all its libraries, and next to nothing else
    folder = folder_of(place.data_folder, school.community.id)
    assert damaged(folder, [made]) == frozenset()
    (folder / made.file).write_bytes(b"cut")
    assert damaged(folder, [made]) == {made.version}


async def test_without_courses_there_is_nothing_to_learn(sqlite_database, school, place):
    async with sqlite_database.write() as store:
        await store.connection.execute(courses.update().values(state="draft"))

    with pytest.raises(TrainingFailed, match="no published course"):
        await train_community(sqlite_database, school.community.id, place, train=train_here)
    desk = TrainingDesk(sqlite_database, house(), place, clock=lambda: NOW, train=train_here)
    await desk.nightly()
    assert await _kept(sqlite_database, school) == []


async def test_a_disk_that_takes_nothing_changes_nothing(sqlite_database, school, tmp_path):
    (tmp_path / "models").write_text("in the way")

    with pytest.raises(TrainingFailed, match="cannot be written"):
        await train_community(
            sqlite_database, school.community.id, Place(Path(tmp_path), 0.2, 0.001), train=train_here
        )

    assert await _kept(sqlite_database, school) == []


async def _kept(database: Database, school: School) -> list[StoredModel]:
    async with database.read() as store:
        return await store.models.kept(school.community.id)


async def _serving(database: Database, school: School) -> str:
    async with database.read() as store:
        found = await store.models.serving(school.community.id)
    assert found is not None
    return found.version


async def _told(database: Database) -> list[str]:
    async with database.read() as store:
        rows = (await store.connection.execute(select(outbox.c.payload))).scalars()
        return ["\n".join(map(str, row["reply"]["lines"])) for row in rows]
