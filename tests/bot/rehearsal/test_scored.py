"""What was read when it was written weighs again when it is judged again."""

from datetime import timedelta

from bot.batch import House, run_batch
from bot.rehearsal.rehearse import rehearse
from bot.settings_book import SettingsBook
from bot.texts import load_texts
from handlers import FEATURES
from handlers.base import Person, Place, Posted, Reading, mark_of
from handlers.base.rehearsal import Overlay
from storage.database import Database
from tests.conftest import NOW

PLACE = Place(platform="telegram", space="-1001", space_title="Data School")
HELPFUL = Reading(advert=0, abuse=0, low_effort=0, off_topic=0, helpful=0.9, head="1")


async def test_a_helpful_post_is_worth_in_a_rehearsal_what_it_was_worth(sqlite_database: Database) -> None:
    house = House(FEATURES, SettingsBook(FEATURES, {}), load_texts(), "en")
    event = Posted(
        key="1",
        at=NOW - timedelta(hours=1),
        place=PLACE,
        message="-1001/1",
        person=Person(id="7", name="Ann"),
        text="Divide the learning rate by ten.",
    )
    async with sqlite_database.write() as store:
        _, community = await store.communities.add_space(
            "telegram", "-1001", "School", language="en", now=NOW
        )
        await store.communities.finish_setup(
            community.id, language="en", zone="UTC", week_start=0, now=NOW - timedelta(days=1)
        )
        await run_batch(house, store, [event], NOW, {mark_of(event): HELPFUL})
    since = NOW - timedelta(days=2)

    same = await rehearse(sqlite_database, {}, community.id, since, now=NOW)
    without = await rehearse(
        sqlite_database, {}, community.id, since, [Overlay("points.helpful_weight", 1.0)], now=NOW
    )

    assert [entry["points"] for entry in same.entries] == [8]
    assert not same.corrections
    assert [entry["points"] for entry in without.entries] == [5]
