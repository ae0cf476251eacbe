"""Jobs run at their time, in the community's zone, once, and late rather than never."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bot.batch import House
from bot.clock import Clock, MovableClock
from bot.config import Config
from bot.schedule import Schedule, cron_trigger, free_bytes
from bot.sentences import ENGLISH
from bot.settings_book import SettingsBook
from bot.texts import load_texts
from bot.watch import Owner
from handlers.base import Context, Feature, Place, Post, Reply
from storage.database import Database
from storage.values import Community, NewParcel

BERLIN = ZoneInfo("Europe/Berlin")
SUNDAY = datetime(2026, 11, 29, 17, 0, tzinfo=UTC)


def toy() -> Feature:
    feature = Feature("toy")

    @feature.job("weekly", "0 18 * * sun")
    async def weekly(ctx: Context) -> Post:
        place = Place(platform="telegram", space="-100")
        return Post(
            key=f"weekly:{ctx.community.id}:{ctx.now:%G-W%V}", place=place, reply=Reply(ctx.t("Members"))
        )

    return feature


@pytest.fixture
async def community(sqlite_database: Database) -> Community:
    async with sqlite_database.write() as store:
        _, made = await store.communities.add_space("telegram", "-100", "School", language="en", now=SUNDAY)
        return await store.communities.finish_setup(
            made.id, language="en", zone="Europe/Berlin", week_start=0, now=SUNDAY
        )


@pytest.fixture
def schedule_of(sqlite_database: Database, tmp_path: Path) -> Callable[..., Schedule]:
    def make(
        *features: Feature, now: datetime = SUNDAY, clock: Clock | None = None, **changed: Any
    ) -> Schedule:
        config = Config(data_folder=tmp_path, owner={"telegram": "77"}, **changed)
        house = House(features, SettingsBook(features, {}), load_texts())
        owner = Owner(
            sqlite_database,
            {"telegram": object()},  # type: ignore[dict-item]
            {"telegram": "77"},
            ENGLISH,
            clock=lambda: now,
        )
        return Schedule(sqlite_database, house, owner, config, clock=clock or (lambda: now))

    return make


def fires(line: str, zone: Any, after: datetime) -> datetime:
    found = cron_trigger(line, zone).get_next_fire_time(None, after)
    assert found is not None
    return found


# Cron lines


@pytest.mark.parametrize("line", ["0 9 * * 0", "0 9 * * 1-5", "0 9 * * mon,3", "0 9 * * mon#2"])
def test_weekdays_are_names_not_digits(line):
    with pytest.raises(ValueError, match="write the days by their names"):
        cron_trigger(line, UTC)


@pytest.mark.parametrize("line", ["", "0 9 * *", "0 9 * * sun extra", "61 9 * * sun", "0 9 * * someday"])
def test_what_is_no_cron_line_is_refused_with_an_example(line):
    with pytest.raises(ValueError, match=r"[Ff]or example"):
        cron_trigger(line, UTC)


def test_sunday_is_sunday():
    assert fires("0 18 * * sun", UTC, datetime(2026, 11, 25, tzinfo=UTC)).strftime("%a %d") == "Sun 29"


def test_the_hour_on_the_clock_stays_through_both_changes_of_time():
    summer, winter = datetime(2026, 10, 24, 12, tzinfo=UTC), datetime(2027, 3, 27, 12, tzinfo=UTC)

    for after in (summer, winter):
        days = [fires("0 18 * * *", BERLIN, after + timedelta(days=n)).astimezone(BERLIN) for n in range(3)]
        assert [day.hour for day in days] == [18, 18, 18]
        assert len({day.date() for day in days}) == 3


def test_a_wrong_line_of_a_feature_is_said_at_the_start(schedule_of):
    feature = Feature("wrong")
    feature.job("weekly", "0 9 * * 0")(_nothing)

    with pytest.raises(ValueError, match="by their names"):
        schedule_of(feature)


async def _nothing(ctx: Context) -> None: ...


# Jobs


async def keys(database: Database) -> list[str]:
    async with database.read() as store:
        return [parcel.key for parcel in await store.outbox.list("pending", 50)]


async def lived(
    schedule: Schedule, seconds: float = 0.5, *, until: Callable[[], object] = lambda: True
) -> None:
    """Run it for a moment, and on until something is so; what is at work then is finished."""
    life = asyncio.create_task(schedule.run())
    await asyncio.sleep(seconds)
    async with asyncio.timeout(20):
        while not until():
            await asyncio.sleep(0.02)
    assert not life.done(), life.exception()
    schedule.stop()
    await asyncio.wait_for(life, 20)


async def test_a_job_runs_for_each_community_and_twice_changes_nothing(
    sqlite_database, community, schedule_of
):
    feature = toy()
    schedule = schedule_of(feature)

    for _ in range(2):
        await schedule.run_job(feature.jobs[0], community.id)

    assert await keys(sqlite_database) == [f"weekly:{community.id}:2026-W48"]


async def test_what_was_missed_in_three_days_away_is_done_once(sqlite_database, community, schedule_of):
    daily = Feature("daily")
    ran = []

    @daily.job("count", "0 18 * * *")
    async def count(ctx: Context) -> None:
        ran.append(ctx.now)

    await lived(schedule_of(daily, now=SUNDAY))
    later = SUNDAY + timedelta(days=3)
    assert ran == []

    await lived(schedule_of(daily, now=later), until=lambda: ran)
    await lived(schedule_of(daily, now=later))

    assert ran == [later]


async def test_a_community_that_is_not_set_up_or_has_it_off_hears_nothing(
    sqlite_database, community, schedule_of
):
    feature = toy()
    async with sqlite_database.write() as store:
        _, silent = await store.communities.add_space("telegram", "-200", "New", language="en", now=SUNDAY)
        await store.settings.set(community.id, "toy.enabled", False, by=None, now=SUNDAY)

    for each in (silent, community):
        await schedule_of(feature).run_job(feature.jobs[0], each.id)

    assert await keys(sqlite_database) == []


async def test_a_job_that_fails_leaves_nothing_and_the_others_go_on(sqlite_database, community, schedule_of):
    feature = Feature("broken")
    ran = []

    @feature.job("a", "0 18 * * *")
    async def broken(ctx: Context) -> None:
        await ctx.store.communities.finish_setup(
            ctx.community.id, language="zh_CN", zone="UTC", week_start=0, now=ctx.now
        )
        raise ValueError("a defect")

    @feature.job("b", "0 18 * * *")
    async def fine(ctx: Context) -> None:
        ran.append(ctx.community.id)

    await lived(schedule_of(feature))
    await lived(schedule_of(feature, now=SUNDAY + timedelta(days=1)), until=lambda: ran)

    assert ran == [community.id]
    async with sqlite_database.read() as store:
        after = await store.communities.get(community.id)
    assert after is not None
    assert after.language == "en"


# Upkeep


async def test_a_missed_nightly_backup_is_made_at_the_start(tmp_path, schedule_of):
    def made() -> int:
        return len(list((tmp_path / "backups").glob("homeroom-*.db")))

    await lived(schedule_of())
    await lived(schedule_of(now=SUNDAY + timedelta(days=1)), until=made)

    assert made() == 1


async def test_no_more_nights_are_kept_than_configured(tmp_path, schedule_of):
    for day in range(4):
        await schedule_of(now=SUNDAY + timedelta(days=day), backup={"keep": 2}).back_up()

    assert len(list((tmp_path / "backups").glob("homeroom-*.db"))) == 2


async def test_the_owner_hears_of_a_backup_that_failed(sqlite_database, tmp_path, schedule_of):
    (tmp_path / "backups").write_text("a file where the folder should be")
    await lived(schedule_of())

    await lived(schedule_of(now=SUNDAY + timedelta(days=1)))

    assert [key.partition(":2026")[0] for key in await keys(sqlite_database)] == ["owner:backup"]


async def test_the_owner_hears_of_messages_that_may_be_lost(sqlite_database, schedule_of):
    schedule = schedule_of()
    await schedule.look()
    async with sqlite_database.write() as store:
        (id,) = await store.outbox.add(
            [
                NewParcel(
                    key="x",
                    kind="post",
                    platform="telegram",
                    target="-100",
                    payload={},
                    due_at=SUNDAY,
                    created_at=SUNDAY,
                )
            ]
        )
        await store.outbox.uncertain(id, "the answer was lost", SUNDAY)

    await schedule.look()
    await schedule.look()

    assert [key.split(":")[1] for key in await keys(sqlite_database)] == ["outbox"]


async def test_sweeping_forgets_what_is_old_and_keeps_what_waits(sqlite_database, schedule_of):
    async with sqlite_database.write() as store:
        done, _ = await store.outbox.add(
            [
                NewParcel(
                    key=key,
                    kind="post",
                    platform="telegram",
                    target="1",
                    payload={"a": 1},
                    due_at=SUNDAY,
                    created_at=SUNDAY,
                )
                for key in ("done", "waits")
            ]
        )
        await store.outbox.sent(done, "1", SUNDAY)

    await schedule_of(now=SUNDAY + timedelta(days=40)).sweep()

    async with sqlite_database.read() as store:
        swept, waits = await store.outbox.get("done"), await store.outbox.get("waits")
    assert swept is not None
    assert waits is not None
    assert (swept.payload, waits.payload) == (None, {"a": 1})


def test_room_is_measured_where_the_folder_will_be(tmp_path):
    assert free_bytes(tmp_path / "not" / "there") > 0


async def test_told_to_stop_it_ends_at_once_after_the_job_at_work(community, schedule_of):
    slow = Feature("slow")
    begun, ended = asyncio.Event(), []

    @slow.job("count", "0 18 * * *")
    async def count(ctx: Context) -> None:
        begun.set()
        await asyncio.sleep(0.05)
        ended.append(ctx.now)

    await lived(schedule_of(slow, now=SUNDAY), 0.1)
    schedule = schedule_of(slow, now=SUNDAY + timedelta(days=1))
    life = asyncio.create_task(schedule.run())
    await begun.wait()
    schedule.stop()
    await asyncio.wait_for(life, 2)
    assert ended == [SUNDAY + timedelta(days=1)]


async def test_the_schedule_follows_a_clock_that_is_moved(
    sqlite_database: Database, community: Community, schedule_of: Callable[..., Schedule]
):
    """Whoever tries things out moves the clock by a week, and the week's job is done by it, once."""
    clock = MovableClock()
    clock.stand(SUNDAY - timedelta(hours=3))
    schedule = schedule_of(toy(), clock=clock)
    await schedule.catch_up()
    for hours in (1, 2, 3):
        clock.stand(SUNDAY - timedelta(hours=3 - hours))
        await schedule.catch_up()
    async with sqlite_database.read() as store:
        assert (await store.outbox.counts()).get("pending") == 1
    clock.stand(SUNDAY + timedelta(days=14))
    await schedule.catch_up()
    await schedule.catch_up()
    async with sqlite_database.read() as store:
        assert (await store.outbox.counts()).get("pending") == 2

    running = asyncio.ensure_future(schedule.run())
    schedule.stop()
    await running


async def test_the_owner_hears_of_a_closed_database(sqlite_database, schedule_of):
    told: list[Any] = []

    class Telegram:
        async def deliver(self, delivery: Any, *, nonce: str) -> None:
            told.append(delivery.reply.plain)

    schedule = schedule_of()
    schedule._owner._adapters["telegram"] = Telegram()
    await sqlite_database.close()
    assert sqlite_database.path is not None
    sqlite_database.path.unlink()
    sqlite_database.path.mkdir()

    await schedule.look()

    assert len(told) == 1
    assert told[0].startswith("The database cannot be opened.")
