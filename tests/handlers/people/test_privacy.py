"""/privacy: what is kept, told from the tables; each area has its words, and the number that holds here."""

from handlers.people.privacy import AREAS, HOLDS, TITLES, tables_of, tags_of
from storage.tables import metadata
from tests.handlers.room import button


def test_every_table_that_tells_of_a_member_is_named():
    told = {table.name for area in AREAS for table in tables_of(area)}
    personal = {table.name for table in metadata.tables.values() if tags_of(table) & {"name", "text"}}

    assert personal <= told
    assert set(TITLES) == set(AREAS)
    assert {tag for table in metadata.tables.values() for tag in tags_of(table)} <= set(HOLDS)


async def test_privacy_says_what_is_kept_and_a_press_says_more(room):
    reply = await room.say("/privacy")
    assert "your messages, your reactions" in reply.plain

    details = await room.press(button(reply, "What you do"))
    assert "the text for 90 days" in details.plain
    assert "Holds numbers that stand for you, words" in details.plain


async def test_a_changed_setting_is_told(room):
    await room.store.settings.set(room.community.id, "privacy.keep_texts_days", 0, by=None, now=room.now)

    details = await room.press("privacy||words")

    assert "Kept until you use /forget." in details.plain
