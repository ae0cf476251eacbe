from datetime import UTC, datetime, timedelta

import pytest

from bot.discord_adapter import DiscordAdapter
from bot.discord_adapter.reading import snowflake_at
from handlers.base import BotStanding, ChannelSeen, Deleted, Edited, Posted, ReactionsSeen, Standing
from storage.errors import StorageUnavailable
from tests.bot.discord_adapter.toys import toy
from tests.bot.discord_adapter.world import running, texts
from tests.doubles.discord.server import DiscordServer
from tests.doubles.discord.world import PERMISSIONS


@pytest.fixture
async def dc():
    async with DiscordServer() as server:
        yield server


@pytest.fixture
def guild(dc):
    return dc.guild("Data School")


async def test_the_first_start_reads_no_history(dc, guild, taken):
    general, ann = guild.text("general"), guild.member("Ann")
    old = await ann.say(general, "long before the bot came")

    async with running(dc, taken) as adapter:
        await adapter.idle()
        await dc.wait_until(lambda: str(general.id) in taken.cursors)

    assert taken.texts() == []
    assert taken.cursors[str(general.id)] == str(old.id)
    assert not dc.calls_to("GET", "/channels/*/messages")
    assert [e.standing for e in taken.of(BotStanding)] == [Standing.MEMBER]
    assert [e.place.channel_title for e in taken.of(ChannelSeen)] == ["general"]


async def test_live_messages_move_the_cursor(dc, guild, taken):
    general, ann = guild.text("general"), guild.member("Ann")

    async with running(dc, taken):
        said = [await ann.say(general, f"message {n}") for n in range(5)]
        await dc.wait_until(lambda: len(taken.texts()) == 5)

    assert taken.texts() == [f"message {n}" for n in range(5)]
    assert taken.cursors[str(general.id)] == str(said[-1].id)


async def test_what_was_said_while_away_is_read_once_and_in_order(dc, guild, taken):
    general, ann = guild.text("general"), guild.member("Ann")
    async with running(dc, taken):
        await ann.say(general, "before")
        await dc.wait_until(lambda: taken.texts() == ["before"])

    for n in range(250):
        await ann.say(general, f"away {n}")
    async with running(dc, taken) as adapter:
        await ann.say(general, "after")
        await dc.wait_until(lambda: len(taken.texts()) >= 252)
        await adapter.idle()

    assert sorted(taken.texts()) == sorted(["before", "after", *(f"away {n}" for n in range(250))])
    assert [text for text in taken.texts() if text.startswith("away")] == [f"away {n}" for n in range(250)]
    assert not taken.open_gaps
    assert len(taken.closed) == 1
    keys = [event.key for event in taken.of(Posted)]
    assert len(set(keys)) == len(keys)


async def test_a_gap_stays_open_until_its_last_page_is_taken(dc, guild, taken):
    general, ann = guild.text("general"), guild.member("Ann")
    async with running(dc, taken):
        await ann.say(general, "before")
        await dc.wait_until(lambda: taken.texts() == ["before"])
    for n in range(150):
        await ann.say(general, f"away {n}")

    async with running(dc, taken, max_requests=2):
        await dc.wait_until(lambda: len(taken.texts()) >= 101)
    assert len(taken.open_gaps) == 1
    [gap] = taken.open_gaps.values()
    assert gap.after == taken.of(Posted)[-1].message

    async with running(dc, taken) as adapter:
        await dc.wait_until(lambda: len(taken.texts()) >= 151)
        await adapter.idle()
    assert not taken.open_gaps
    assert len(set(taken.texts())) == 151


async def test_reactions_edits_and_deletions_of_the_time_away_are_reconciled(dc, guild, taken):
    general, ann, bob = guild.text("general"), guild.member("Ann"), guild.member("Bob")
    async with running(dc, taken):
        kept = await ann.say(general, "kept")
        gone = await ann.say(general, "gone")
        changed = await ann.say(general, "chnaged")
        await dc.wait_until(lambda: len(taken.texts()) == 3)

    await ann.deletes(gone)
    await bob.reacts(kept, "👍")
    await bob.reacts(kept, "pycat:77")
    await ann.edits(changed, "changed")
    async with running(dc, taken) as adapter:
        await dc.wait_until(lambda: taken.of(Deleted))
        await adapter.idle()

    [deleted] = taken.of(Deleted)
    assert deleted.messages == (str(gone.id),)
    seen = {event.message: event for event in taken.of(ReactionsSeen)}
    [(person, emojis)] = seen[str(kept.id)].holders
    assert (person.name, set(emojis)) == ("Bob", {"👍", "pycat:77"})
    assert seen[str(kept.id)].to.name == "Ann"
    assert seen[str(changed.id)].holders == ()
    assert [event.text for event in taken.of(Edited)] == ["changed"]


async def test_threads_made_woken_or_archived_while_away_are_found(dc, guild, taken):
    general, forum, ann = guild.text("general"), guild.forum("questions"), guild.member("Ann")
    topic = await ann.say(general, "a topic")
    asleep = await ann.opens_thread(topic, "asleep")
    guild.archives(asleep)
    async with running(dc, taken):
        await dc.wait_until(lambda: taken.of(BotStanding))

    post = await ann.opens_post(forum, "What is GIL?", "first words")
    await ann.say(post, "second words")
    await ann.say(asleep, "woken")
    quick = await ann.opens_thread(general, "quick")
    await ann.say(quick, "in and out")
    guild.archives(quick)
    async with running(dc, taken) as adapter:
        await dc.wait_until(lambda: len(taken.texts()) >= 4)
        await adapter.idle()

    assert sorted(taken.texts()) == ["first words", "in and out", "second words", "woken"]
    first = next(event for event in taken.of(Posted) if event.text == "first words")
    assert first.message == first.place.channel == str(post.id)
    assert first.place.parent == str(forum.id)


async def test_a_resume_misses_nothing_and_reads_no_history(dc, guild, taken):
    general, ann = guild.text("general"), guild.member("Ann")
    async with running(dc, taken) as adapter:
        await ann.say(general, "one")
        await dc.wait_until(lambda: len(taken.texts()) == 1)
        with dc.offline(resumable=True):
            await ann.say(general, "two")
            await ann.say(general, "three")
        await dc.wait_until(lambda: len(taken.texts()) == 3, timeout=20)
        assert adapter.health.connected

    assert taken.texts() == ["one", "two", "three"]
    assert (dc.gateway.resumes, dc.gateway.identifies) == (1, 1)
    assert not dc.calls_to("GET", "/channels/*/messages")


async def test_a_lost_session_is_caught_up_with(dc, guild, taken):
    general, ann = guild.text("general"), guild.member("Ann")
    async with running(dc, taken) as adapter:
        await ann.say(general, "one")
        await dc.wait_until(lambda: len(taken.texts()) == 1)
        with dc.offline():
            await ann.say(general, "two")
        await dc.wait_until(lambda: len(taken.texts()) >= 2, timeout=20)
        await adapter.idle()
        await ann.say(general, "three")
        await dc.wait_until(lambda: len(taken.texts()) >= 3)

    assert taken.texts() == ["one", "two", "three"]
    assert dc.gateway.identifies == 2


async def test_an_outage_of_a_server_is_no_removal_and_is_caught_up_with(dc, guild, taken):
    general, ann = guild.text("general"), guild.member("Ann")
    async with running(dc, taken) as adapter:
        await ann.say(general, "one")
        await dc.wait_until(lambda: len(taken.texts()) == 1)
        dc.outage(guild)
        await ann.say(general, "two")
        dc.recovers(guild)
        await dc.wait_until(lambda: len(taken.texts()) >= 2)
        await adapter.idle()

    assert taken.texts() == ["one", "two"]
    assert [event.standing for event in taken.of(BotStanding)] == [Standing.MEMBER]


async def test_the_bounds_are_kept(dc, guild, taken):
    general, ann = guild.text("general"), guild.member("Ann")
    long_ago = datetime.now(UTC) - timedelta(days=30)
    taken.cursors = {
        str(general.id): str(snowflake_at(long_ago)),
        "contact": str(snowflake_at(long_ago)),
    }
    await ann.say(general, "too long ago", at=datetime.now(UTC) - timedelta(days=20))
    for n in range(30):
        await ann.say(general, f"away {n}")

    async with running(dc, taken, max_messages_per_channel=20) as adapter:
        await dc.wait_until(lambda: len(taken.texts()) >= 20)
        await adapter.idle()

    assert taken.texts() == [f"away {n}" for n in range(20)]
    assert not taken.open_gaps


async def test_a_crash_between_gap_and_cursor_loses_nothing(dc, guild, taken):
    general, ann = guild.text("general"), guild.member("Ann")
    first = await ann.say(general, "first")
    second = await ann.say(general, "second")
    third = await ann.say(general, "third")
    # The process died after writing the gap down and before moving the cursor; then "third" was said.
    taken.cursors[str(general.id)] = str(first.id)
    await taken.add_gap("discord", str(guild.id), str(general.id), str(first.id), str(second.id + 1))

    async with running(dc, taken) as adapter:
        await dc.wait_until(lambda: len(taken.texts()) >= 2)
        await adapter.idle()

    assert sorted(taken.texts()) == ["second", "third"]
    assert taken.cursors[str(general.id)] == str(third.id)


async def test_a_history_that_cannot_be_read_stops_nothing(dc, guild, taken):
    general, secret, ann = guild.text("general"), guild.text("secret"), guild.member("Ann")
    async with running(dc, taken):
        await ann.say(general, "one")
        await ann.say(secret, "two")
        await dc.wait_until(lambda: len(taken.texts()) == 2)
    await ann.say(secret, "three")
    await ann.say(general, "four")

    dc.inject("GET", f"/channels/{secret.id}/messages", status=403, code=50001, times=50)
    async with running(dc, taken) as adapter:
        await dc.wait_until(lambda: "four" in taken.texts())
        await adapter.idle()

    assert sorted(taken.texts()) == ["four", "one", "two"]


async def test_trouble_while_catching_up_is_waited_for(dc, guild, taken):
    general, ann = guild.text("general"), guild.member("Ann")
    async with running(dc, taken):
        await ann.say(general, "one")
        await dc.wait_until(lambda: len(taken.texts()) == 1)
    await ann.say(general, "two")

    dc.inject("GET", f"/channels/{general.id}/messages", status=503)
    async with running(dc, taken) as adapter:
        await dc.wait_until(lambda: len(taken.texts()) >= 2, timeout=10)
        await adapter.idle()

    assert taken.texts() == ["one", "two"]


async def test_a_database_that_is_away_while_catching_up_is_waited_for(dc, guild, taken):
    general, ann = guild.text("general"), guild.member("Ann")
    async with running(dc, taken):
        await ann.say(general, "one")
        await dc.wait_until(lambda: len(taken.texts()) == 1)
    await ann.say(general, "two")

    taken.failures = [StorageUnavailable("The database is busy.")]
    async with running(dc, taken) as adapter:
        await dc.wait_until(lambda: len(taken.texts()) >= 2, timeout=10)
        await adapter.idle()

    assert taken.texts() == ["one", "two"]
    assert not taken.open_gaps


async def test_a_store_that_fails_loses_nothing(dc, guild, taken):
    general, ann = guild.text("general"), guild.member("Ann")
    async with running(dc, taken) as adapter:
        await adapter.idle()
        taken.failures = [OSError("the disk is full")]
        await ann.say(general, "one")
        await ann.say(general, "two")
        await dc.wait_until(lambda: len(taken.texts()) == 2)

    assert taken.texts() == ["one", "two"]


async def test_a_history_hidden_from_us_is_not_taken_for_silence(dc, guild, taken):
    general, ann = guild.text("general"), guild.member("Ann")
    async with running(dc, taken):
        await ann.say(general, "one")
        await dc.wait_until(lambda: len(taken.texts()) == 1)
    await ann.say(general, "two")
    rights = [(role, role.permissions) for role in (guild.bot_role, guild.roles[guild.id])]
    for role, _ in rights:
        role.permissions &= ~PERMISSIONS["read_message_history"]

    async with running(dc, taken) as adapter:
        await adapter.idle()
    assert taken.of(Deleted) == []
    assert len(taken.open_gaps) == 1

    for role, permissions in rights:
        role.permissions = permissions
    async with running(dc, taken) as adapter:
        await dc.wait_until(lambda: "two" in taken.texts())
        await adapter.idle()
    assert not taken.open_gaps


@pytest.mark.parametrize("moment", [1, 7, 23, 60])
async def test_a_killed_process_loses_nothing_that_was_taken_or_said(dc, guild, taken, moment):
    general, ann = guild.text("general"), guild.member("Ann")
    async with running(dc, taken) as adapter:
        await adapter.idle()
    with dc.points_library():
        dying = DiscordAdapter(dc.token, base_url=dc.api, texts=texts, identify_pause=0.0)
        await dying.start(taken, [toy()])
        taken.slow = 0.002
        for n in range(80):
            await ann.say(general, str(n))
        await dc.wait_until(lambda: len(taken.texts()) >= moment)
        await dying.stop()  # nothing is stored, nothing finished: as a kill leaves it
    for n in range(80, 90):
        await ann.say(general, str(n))

    taken.slow = 0.0
    async with running(dc, taken) as adapter:
        await dc.wait_until(lambda: len(set(taken.texts())) == 90)
        await adapter.idle()
    by_key = {event.key: event.text for event in taken.of(Posted)}
    assert sorted(by_key.values(), key=int) == [str(n) for n in range(90)]


async def test_an_admin_has_older_history_read_whether_it_was_read_or_not(dc, guild, taken):
    general, empty, ann = guild.text("general"), guild.text("empty"), guild.member("Ann")
    for n in range(130):
        await ann.say(general, f"old {n}")

    async with running(dc, taken) as adapter:
        await adapter.idle()
        assert taken.texts() == []
        await adapter.read_history(taken, str(guild.id), datetime.now(UTC) - timedelta(days=30))
        first = taken.texts()
        await adapter.read_history(taken, str(guild.id), datetime.now(UTC) - timedelta(days=30))

    assert first == [f"old {n}" for n in range(130)]
    assert taken.texts() == first * 2, "what is known already is for the store to see"
    assert not taken.open_gaps
    assert str(empty.id) not in {gap.channel for gap in taken.closed}
