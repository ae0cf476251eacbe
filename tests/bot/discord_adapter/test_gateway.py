import asyncio
import copy
import json
import random
import time

import pytest

from bot.discord_adapter import DiscordAdapter
from bot.discord_adapter import feed as feed_module
from bot.platforms import DeliveryError, Refused
from handlers.base import BotStanding, Command, Place, Post, Posted, Reacted, Reply, Standing, VoiceChanged
from tests.bot.discord_adapter.toys import toy
from tests.bot.discord_adapter.world import running, texts
from tests.doubles.discord.server import DiscordServer


@pytest.fixture
async def dc():
    async with DiscordServer() as server:
        yield server


@pytest.fixture
def guild(dc):
    return dc.guild("Data School")


@pytest.fixture
def general(guild):
    return guild.text("general")


@pytest.fixture
async def bot(dc, general, taken):
    async with running(dc, taken) as adapter:
        await adapter.idle()
        yield adapter


async def started(dc, taken, token):
    with dc.points_library():
        adapter = DiscordAdapter(token, base_url=dc.api, texts=texts, identify_pause=0.0)
        try:
            await adapter.start(taken, [toy()])
        finally:
            await adapter.stop()


async def test_a_wrong_token_is_said_in_a_sentence(dc, taken):
    with pytest.raises(Refused, match="HOMEROOM_DISCORD_TOKEN"):
        await started(dc, taken, "wrong")


@pytest.mark.parametrize("switch", ["members", "content"])
async def test_a_missing_switch_is_named(dc, taken, switch):
    dc.portal.discard(switch)
    with pytest.raises(Refused, match="Server Members Intent and Message Content Intent"):
        await started(dc, taken, dc.token)


async def test_a_token_taken_back_ends_the_adapter(bot, dc):
    dc.gateway.drop(4004)
    with pytest.raises(Refused, match="Reset Token"):
        await asyncio.wait_for(bot.wait(), 5)
    assert not bot.health.connected


async def test_only_the_needed_intents_are_asked_for(bot, dc):
    [session] = dc.gateway.sessions.values()
    wanted = 1 << 0 | 1 << 1 | 1 << 7 | 1 << 9 | 1 << 10 | 1 << 12 | 1 << 15
    assert session.intents == wanted


async def test_discord_may_be_away_at_the_start(taken):
    async with DiscordServer() as probe:
        port = probe.port
    late = DiscordServer(port=port)
    with late.points_library():
        adapter = DiscordAdapter(late.token, base_url=late.api, texts=texts, identify_pause=0.0)
        starting = asyncio.create_task(adapter.start(taken, [toy()]))
        await asyncio.sleep(0.3)
        async with late:
            await asyncio.wait_for(starting, 10)
            assert adapter.health.connected
            await adapter.stop()


async def test_while_discord_is_away_deliveries_wait_and_a_stop_is_quick(taken):
    async with DiscordServer() as probe:
        port = probe.port
    away = DiscordServer(port=port)
    with away.points_library():
        adapter = DiscordAdapter(away.token, base_url=away.api, texts=texts)
        starting = asyncio.create_task(adapter.start(taken, [toy()]))
        await asyncio.sleep(0.2)
        with pytest.raises(DeliveryError) as caught:
            await adapter.deliver(
                Post(key="k", place=Place("discord", "1", channel="2"), reply=Reply("x")), nonce="n"
            )
        assert (caught.value.permanent, caught.value.unknown, caught.value.retry_after) == (False, False, 5.0)
        begun = time.monotonic()
        await adapter.stop_intake()
        await adapter.stop()
        assert time.monotonic() - begun < 1
        await starting
        await adapter.wait()


@pytest.mark.parametrize("break_it", ["drop", "reconnect", "freeze"])
async def test_every_way_to_break_the_line_is_survived(dc, guild, general, taken, break_it):
    dc.gateway.heartbeat_interval = 0.2
    ann = guild.member("Ann")
    async with running(dc, taken) as adapter:
        adapter.client._connection.heartbeat_timeout = 1.0
        adapter.client.ws._max_heartbeat_timeout = 1.0
        adapter.client.ws._keep_alive.heartbeat_timeout = 1.0
        await ann.say(general, "one")
        await dc.wait_until(lambda: taken.texts() == ["one"])
        getattr(dc.gateway, break_it)()
        await ann.say(general, "two")
        await dc.wait_until(lambda: taken.texts() == ["one", "two"], timeout=15)
        await dc.wait_until(lambda: adapter.health.connected, timeout=15)


async def test_an_invalid_session_is_begun_anew_and_caught_up(bot, dc, guild, general, taken):
    ann = guild.member("Ann")
    await ann.say(general, "one")
    await dc.wait_until(lambda: taken.texts() == ["one"])
    dc.gateway.invalidate()
    await ann.say(general, "two")
    await dc.wait_until(lambda: taken.texts() == ["one", "two"], timeout=10)


async def test_proof_of_life_is_kept(dc, general, taken):
    dc.gateway.heartbeat_interval = 0.1
    async with running(dc, taken) as adapter:
        await asyncio.sleep(0.4)
        assert time.monotonic() - adapter.health.last_contact < 0.3


async def test_a_broken_frame_is_set_aside_and_the_next_is_read(bot, dc, guild, general, taken):
    for frame in (
        "{",
        '{"t": {}, "s": 1, "op": 0, "d": {}}',
        "[]",
        '"x"',
        "\x00",
        '{"op": 0, "t": "MESSAGE_CREATE", "s": null, "d": null}',
    ):
        dc.gateway.push_text(frame)
    await guild.member("Ann").say(general, "still here")
    await dc.wait_until(lambda: taken.texts() == ["still here"])
    await bot.idle()
    assert len(taken.dead) >= 5
    assert dc.gateway.connections == 1


async def test_poison_never_stops_the_gateway(bot, dc, guild, general, taken):
    seed = [json.loads(line) for line in _recorded()]
    lot = random.Random(7)
    junk = (None, 0, -1, 2**63, 1.5, True, "", "x", "9" * 30, [], {}, [None], {"id": None}, "\ud800", [[[]]])
    for _ in range(1500):
        frame = copy.deepcopy(lot.choice(seed))
        if frame["t"] in ("READY", "GUILD_DELETE"):
            continue
        _spoil(frame["d"], lot, junk)
        bot.play(frame)
        await asyncio.sleep(0)
    bot.play({"op": 0, "t": "MESSAGE_CREATE", "d": _deep(400)})
    await bot.idle()
    before = len(taken.texts())
    await guild.member("Ann").say(general, "a good one")
    await dc.wait_until(lambda: "a good one" in taken.texts()[before:], timeout=1)
    assert taken.dead
    assert all(reason and key for key, reason, _ in taken.dead)


def _recorded():
    from tests.bot.discord_adapter.test_recorded import EVENTS

    return EVENTS.read_text(encoding="utf-8").splitlines() if EVENTS.exists() else [_own_frame()]


def _own_frame():
    author = {"id": "1100000000000000101", "username": "ann"}
    body = {"id": "1411878262136635393", "channel_id": "1100000000000000011", "content": "hi", "type": 0}
    return json.dumps({"op": 0, "t": "MESSAGE_CREATE", "s": 1, "d": {**body, "author": author}})


def _spoil(body, lot, junk):
    spots = []

    def walk(value):
        if isinstance(value, dict):
            spots.extend((value, key) for key in value)
            for inner in value.values():
                walk(inner)
        elif isinstance(value, list):
            for inner in value:
                walk(inner)

    walk(body)
    where, key = lot.choice(spots)
    if lot.random() < 0.3:
        del where[key]
    else:
        where[key] = lot.choice(junk)


def _deep(levels):
    body = {}
    for _ in range(levels):
        body = {"id": "1411878262136635393", "author": {"id": "1"}, "referenced_message": body}
    return body


async def test_a_slow_store_slows_the_reading(dc, guild, general, taken, monkeypatch):
    monkeypatch.setattr(feed_module, "BOUND", 50)
    monkeypatch.setattr(feed_module, "BATCH", 10)
    async with running(dc, taken) as adapter:
        await adapter.idle()
        taken.slow = 0.02
        ann = guild.member("Ann")
        for n in range(600):
            await ann.say(general, str(n))
        longest = 0
        while len(taken.texts()) < 600:
            longest = max(longest, len(adapter._feed._waiting))
            await asyncio.sleep(0.005)
    assert taken.texts() == [str(n) for n in range(600)]
    assert longest <= 52


async def test_stopping_stores_what_was_read(dc, guild, general, taken):
    taken.slow = 0.05
    ann = guild.member("Ann")
    async with running(dc, taken) as adapter:
        await adapter.idle()
        for n in range(20):
            await ann.say(general, str(n))
        await dc.wait_until(lambda: taken.texts())
    got = taken.texts()
    assert got == [str(n) for n in range(len(got))]
    assert taken.cursors[str(general.id)] == taken.of(Posted)[-1].message


async def test_a_bot_added_and_removed(bot, dc, taken):
    guild = dc.guild("New School")
    await dc.wait_until(lambda: len(taken.of(BotStanding)) == 2)
    dc.remove_bot(guild)
    await dc.wait_until(lambda: len(taken.of(BotStanding)) == 3)
    dc.add_bot(guild)
    await dc.wait_until(lambda: len(taken.of(BotStanding)) == 4)
    assert [e.standing for e in taken.of(BotStanding)] == [
        Standing.MEMBER,
        Standing.MEMBER,
        Standing.REMOVED,
        Standing.MEMBER,
    ]
    assert len({e.key for e in taken.of(BotStanding)}) == 4


async def test_pending_members_join_when_they_accept_the_rules(bot, dc, guild, taken):
    ann = guild.member("Ann")
    await ann.joins(pending=True)
    await ann.changes(pending=False)
    await ann.leaves()
    await dc.wait_until(lambda: taken.kinds()["Left"] == 1)
    names = [
        type(e).__name__ for e in taken.events if getattr(getattr(e, "person", None), "id", "") == str(ann.id)
    ]
    assert names == ["Joined", "RolesChanged", "Left"]


async def test_voice_that_was_left_unseen_is_ended(dc, guild, general, taken):
    room, afk = guild.voice("Study room"), guild.voice("AFK", afk=True)
    ann, bob = guild.member("Ann"), guild.member("Bob")
    async with running(dc, taken) as adapter:
        await adapter.idle()
        await ann.enters(room)
        await bob.enters(room, deaf=True)
        await dc.wait_until(lambda: len(taken.of(VoiceChanged)) == 2)
        with dc.offline():
            await ann.exits()
            await bob.enters(afk)
        await dc.wait_until(lambda: len(taken.of(VoiceChanged)) >= 4, timeout=15)
    seen = [(e.person.id, e.place.channel, e.counts) for e in taken.of(VoiceChanged)]
    assert seen[:2] == [(str(ann.id), str(room.id), True), (str(bob.id), str(room.id), False)]
    assert sorted(seen[2:]) == sorted([(str(ann.id), None, False), (str(bob.id), str(afk.id), False)])


async def test_orders_grow_and_reactions_come_after_their_message(bot, dc, guild, general, taken):
    ann = guild.member("Ann")
    message = await ann.say(general, "hi")
    await ann.reacts(message)
    await ann.unreacts(message)
    await dc.wait_until(lambda: len(taken.of(Reacted)) == 2)
    orders = [e.order for e in taken.of(Posted, Reacted)]
    assert orders == sorted(set(orders))


async def test_a_message_without_its_text_is_a_problem_to_report(bot, dc, guild, general, taken):
    dc.portal.discard("content")
    [session] = dc.gateway.sessions.values()
    session.intents &= ~(1 << 15)
    await guild.member("Ann").say(general, "secret")
    await dc.wait_until(lambda: taken.texts() == [""])
    assert [each.kind for each in await bot.examine_all()] == ["discord_no_content"]


async def test_everything_goes_through_a_proxy(dc, guild, general, taken):
    calls = []

    async def note(reader, writer):
        head = await reader.readuntil(b"\r\n\r\n")
        calls.append(head)
        host = head.split(b"//", 1)[-1].split(b"/", 1)[0] if b"//" in head.split()[1] else head.split()[1]
        name, _, port = host.decode().partition(":")
        far_reader, far_writer = await asyncio.open_connection(name, int(port))
        if head.startswith(b"CONNECT"):
            writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        else:
            far_writer.write(head)
        pumps = [_pump(reader, far_writer, calls), _pump(far_reader, writer)]
        await asyncio.gather(*pumps, return_exceptions=True)

    proxy = await asyncio.start_server(note, "127.0.0.1", 0)
    address = f"http://127.0.0.1:{proxy.sockets[0].getsockname()[1]}"
    async with running(dc, taken, proxy=address) as adapter:
        await adapter.idle()
        await guild.member("Ann").say(general, "hello")
        await dc.wait_until(lambda: taken.texts() == ["hello"])
    proxy.close()
    asked = [call.split(b" HTTP/")[0].decode(errors="replace") for call in calls]
    assert any("users/@me" in line for line in asked)
    assert any("/gateway?" in line for line in asked)


async def _pump(reader, writer, kept=None):
    try:
        while data := await reader.read(65536):
            if kept is not None:
                kept.append(data)
            writer.write(data)
            await writer.drain()
    except ConnectionError:
        pass
    finally:
        writer.close()


async def test_commands_come_after_the_posts_before_them(bot, dc, guild, general, taken):
    ann = guild.member("Ann")
    for n in range(30):
        await ann.say(general, str(n))
    await ann.slash(general, "me")
    await dc.wait_until(lambda: taken.of(Command))
    before = taken.events.index(taken.of(Command)[0])
    assert [e.text for e in taken.events[:before] if isinstance(e, Posted)] == [str(n) for n in range(30)]
