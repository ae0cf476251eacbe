"""The Discord double against the real discord.py: what a bot would see of Discord it sees of the double."""

from __future__ import annotations

import asyncio
import io
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import discord
import pytest
from discord import app_commands

from tests.doubles.discord.commands import NotOffered
from tests.doubles.discord.process import RemoteDiscord
from tests.doubles.discord.server import DiscordServer


class Bot(discord.Client):
    """discord.py with nothing but ears: it notes what it heard."""

    def __init__(self, intents: discord.Intents | None = None) -> None:
        super().__init__(
            intents=intents or discord.Intents.all(),
            chunk_guilds_at_startup=False,
            guild_ready_timeout=0.05,
            allowed_mentions=discord.AllowedMentions.none(),
        )
        self.heard: list[discord.Message] = []
        self.events: list[str] = []
        self.tree = app_commands.CommandTree(self)

    async def on_message(self, message: discord.Message) -> None:
        self.heard.append(message)

    async def on_socket_event_type(self, event: str) -> None:
        self.events.append(event)

    @property
    def texts(self) -> list[str]:
        return [message.content for message in self.heard]


@asynccontextmanager
async def running(dc: DiscordServer | RemoteDiscord, bot: Bot) -> AsyncIterator[Bot]:
    with dc.points_library():
        task = asyncio.ensure_future(bot.start(dc.token))
        try:
            await soon(lambda: task.done() or bot.is_ready(), timeout=10)
            if task.done():
                task.result()
            yield bot
        finally:
            await bot.close()
            await asyncio.gather(task, return_exceptions=True)


@pytest.fixture
async def dc() -> AsyncIterator[DiscordServer]:
    async with DiscordServer() as server:
        yield server
        assert server.violations == []


async def soon(true: Any, timeout: float = 5.0) -> None:
    async with asyncio.timeout(timeout):
        while not true():
            await asyncio.sleep(0.005)


# -- the gateway --------------------------------------------------------------------------------


async def test_a_bot_logs_in_and_hears_what_people_write(dc: DiscordServer) -> None:
    guild = dc.guild("Data School")
    channel, ann = guild.text("general"), guild.member("Ann")

    async with running(dc, Bot()) as bot:
        said = await ann.say(channel, "你好 👋")
        await ann.say(channel, "and this", reply_to=said)
        await soon(lambda: len(bot.heard) == 2)

        first, second = bot.heard
        assert (first.content, first.author.display_name, first.guild and first.guild.name) == (
            "你好 👋",
            "Ann",
            "Data School",
        )
        assert second.type is discord.MessageType.reply
        assert second.reference is not None
        assert second.reference.message_id == said.id


async def test_a_dropped_socket_is_resumed_and_nothing_is_missed_or_doubled(dc: DiscordServer) -> None:
    guild = dc.guild("Data School")
    channel, ann = guild.text("general"), guild.member("Ann")

    async with running(dc, Bot()) as bot:
        for number in range(5):
            await ann.say(channel, str(number))
        await soon(lambda: len(bot.heard) == 5)
        dc.gateway.drop()
        for number in range(5, 8):
            await ann.say(channel, str(number))
        await soon(lambda: len(bot.heard) == 8)
        await ann.say(channel, "8")
        await soon(lambda: len(bot.heard) == 9)

    assert bot.texts == [str(number) for number in range(9)]
    assert (dc.gateway.identifies, dc.gateway.resumes) == (1, 1)


async def test_opcode_seven_leads_to_a_resume(dc: DiscordServer) -> None:
    async with running(dc, Bot()):
        dc.gateway.reconnect()
        await soon(lambda: dc.gateway.resumes == 1)
    assert dc.gateway.identifies == 1


async def test_what_is_written_while_offline_is_only_in_the_history(dc: DiscordServer) -> None:
    guild = dc.guild("Data School")
    channel, ann = guild.text("general"), guild.member("Ann")

    async with running(dc, Bot()) as bot:
        before = await ann.say(channel, "before")
        await soon(lambda: len(bot.heard) == 1)
        with dc.offline():
            await ann.say(channel, "unheard")
        await soon(lambda: dc.gateway.identifies == 2, timeout=20)
        await soon(lambda: bot.is_ready() and dc.gateway.sessions)
        await ann.say(channel, "after")
        await soon(lambda: len(bot.heard) == 2)

        assert bot.texts == ["before", "after"]
        place = bot.get_partial_messageable(channel.id)
        missed = [m.content async for m in place.history(after=discord.Object(before.id))]
        assert missed == ["unheard", "after"]


async def test_without_the_content_intent_texts_are_empty_but_mentions_are_not(dc: DiscordServer) -> None:
    guild = dc.guild("Data School")
    channel, ann = guild.text("general"), guild.member("Ann")
    intents = discord.Intents(guilds=True, guild_messages=True)

    async with running(dc, Bot(intents)) as bot:
        await ann.say(channel, "secret")
        await ann.say(channel, f"hello <@{dc.bot.id}>")
        await ann.leaves()
        await ann.reacts(await ann.say(channel, "third"))
        await soon(lambda: len(bot.heard) == 3)

    assert bot.texts == ["", f"hello <@{dc.bot.id}>", ""]
    assert not {"GUILD_MEMBER_REMOVE", "MESSAGE_REACTION_ADD"} & set(bot.events)


async def test_an_intent_that_the_portal_withholds_closes_with_4014(dc: DiscordServer) -> None:
    dc.portal.discard("content")
    with pytest.raises(discord.PrivilegedIntentsRequired):
        async with running(dc, Bot()):
            pass


async def test_a_wrong_token_is_refused(dc: DiscordServer) -> None:
    with dc.points_library():
        bot = Bot()
        with pytest.raises(discord.LoginFailure):
            await bot.start("another")
        await bot.close()


@pytest.mark.parametrize("compression", ["zlib", "none"])
async def test_the_other_compressions_work_too(dc: DiscordServer, compression: str) -> None:
    import zlib

    import aiohttp
    import orjson

    inflate = zlib.decompressobj()
    query = "?v=10&encoding=json" + ("&compress=zlib-stream" if compression == "zlib" else "")
    async with aiohttp.ClientSession() as session, session.ws_connect(dc.gateway_url + query) as socket:
        for expected in ("hello", "ack"):
            raw = (await socket.receive(timeout=2)).data
            text = inflate.decompress(raw) if compression == "zlib" else raw
            assert orjson.loads(text)["op"] == (10 if expected == "hello" else 11)
            await socket.send_str('{"op": 1, "d": null}')


async def test_events_of_every_kind_reach_the_library(dc: DiscordServer) -> None:
    guild = dc.guild("Data School")
    channel, forum, voice = guild.text("general"), guild.forum("help", tags=["solved"]), guild.voice("room")
    role, ann, bob = guild.role("paid"), guild.member("Ann"), guild.member("Bob")

    async with running(dc, Bot()) as bot:
        said = await ann.say(channel, "one")
        await ann.edits(said, "two")
        await bob.reacts(said, "🔥")
        await bob.unreacts(said, "🔥")
        await bob.reacts(said, "🔥")
        await ann.clears(said, "🔥")
        await ann.clears(said)
        thread = await bob.opens_thread(said, "aside")
        post = await bob.opens_post(forum, "Why?", "Because", tags=["solved"])
        guild.archives(post)
        guild.removes(thread)
        await ann.enters(voice, deaf=True)
        await ann.exits()
        await ann.gains(role)
        await ann.deletes(said)
        await ann.deletes(await ann.say(channel, "a"), await ann.say(channel, "b"))
        await ann.leaves()
        await ann.joins()
        guild.renames(channel, "lobby")
        guild.removes(voice)
        dc.outage(guild)
        dc.recovers(guild)
        dc.remove_bot(guild)
        await soon(lambda: bot.events.count("GUILD_DELETE") == 2)

    assert post.id in post.messages
    assert thread.id == said.id
    for event in [
        "MESSAGE_CREATE",
        "MESSAGE_UPDATE",
        "MESSAGE_DELETE",
        "MESSAGE_DELETE_BULK",
        "MESSAGE_REACTION_ADD",
        "MESSAGE_REACTION_REMOVE",
        "MESSAGE_REACTION_REMOVE_ALL",
        "MESSAGE_REACTION_REMOVE_EMOJI",
        "GUILD_MEMBER_ADD",
        "GUILD_MEMBER_UPDATE",
        "GUILD_MEMBER_REMOVE",
        "THREAD_CREATE",
        "THREAD_UPDATE",
        "THREAD_DELETE",
        "CHANNEL_UPDATE",
        "CHANNEL_DELETE",
        "VOICE_STATE_UPDATE",
        "GUILD_CREATE",
    ]:
        assert event in bot.events, event


# -- REST and its faults ------------------------------------------------------------------------


async def test_a_429_is_waited_out_and_a_500_is_tried_again(dc: DiscordServer) -> None:
    channel = dc.guild("Data School").text("general")
    async with running(dc, Bot()) as bot:
        dc.clear()
        dc.inject("POST", "/channels/*/messages", status=429, retry_after=0.3)
        dc.inject("POST", "/channels/*/messages", status=500)
        begun = time.monotonic()
        await bot.get_partial_messageable(channel.id).send("hello")

        assert time.monotonic() - begun > 0.3
        assert [call.status for call in dc.calls] == [429, 500, 200]
        assert [message.content for message in dc.sent] == ["hello"]
        assert dc.early_calls == []
        assert dc.invalid_requests == 1


async def test_a_call_before_retry_after_is_noticed(dc: DiscordServer) -> None:
    import aiohttp

    channel = dc.guild("Data School").text("general")
    dc.inject("POST", "/channels/*/messages", status=429, retry_after=5)
    async with aiohttp.ClientSession(headers={"Authorization": f"Bot {dc.token}"}) as session:
        for _ in range(2):
            await session.post(f"{dc.api}/channels/{channel.id}/messages", json={"content": "now"})
    assert len(dc.early_calls) == 1


async def test_closed_private_messages_are_forbidden(dc: DiscordServer) -> None:
    ann = dc.guild("Data School").member("Ann")
    ann.closes_dms()
    async with running(dc, Bot()) as bot:
        user = await bot.fetch_user(ann.id)
        with pytest.raises(discord.Forbidden) as refused:
            await user.send("psst")
        assert refused.value.code == 50007
        ann.opens_dms()
        await user.send("psst")
        assert dc.last_in(dc.dm_with(ann.user)).content == "psst"


async def test_a_lost_answer_with_a_nonce_makes_one_message(dc: DiscordServer) -> None:
    channel = dc.guild("Data School").text("general")
    async with running(dc, Bot()) as bot:
        place = bot.get_partial_messageable(channel.id)
        dc.inject("POST", "/channels/*/messages", reset=True, when="after")
        with pytest.raises((OSError, Exception)):
            await place.send("once", nonce="n1")
        again = await place.send("once", nonce="n1")
        other = await place.send("once", nonce="n2")

    assert again.id != other.id
    assert [message.nonce for message in dc.sent] == ["n1", "n2"]


async def test_too_long_a_message_is_refused_and_2000_characters_are_not(dc: DiscordServer) -> None:
    channel = dc.guild("Data School").text("general")
    async with running(dc, Bot()) as bot:
        place = bot.get_partial_messageable(channel.id)
        await place.send("界" * 2000)
        with pytest.raises(discord.HTTPException) as refused:
            await place.send("x" * 2001)
        assert refused.value.code == 50035
        with pytest.raises(discord.HTTPException):
            await place.send(embed=discord.Embed(description="x" * 4097))


async def test_history_is_paged_completely_whatever_the_direction(dc: DiscordServer) -> None:
    guild = dc.guild("Data School")
    channel, ann = guild.text("general"), guild.member("Ann")
    for number in range(250):
        await ann.say(channel, str(number))

    async with running(dc, Bot()) as bot:
        place = bot.get_partial_messageable(channel.id)
        newest_first = [m.content async for m in place.history(limit=None)]
        forward = [m.content async for m in place.history(limit=None, after=discord.Object(1))]

    everything = [str(number) for number in range(250)]
    assert newest_first == everything[::-1]
    assert forward == everything


async def test_who_reacted_is_paged(dc: DiscordServer) -> None:
    guild = dc.guild("Data School")
    channel, ann = guild.text("general"), guild.member("Ann")
    said = await ann.say(channel, "vote")
    for number in range(130):
        await guild.member(f"m{number}").reacts(said, "👍")

    async with running(dc, Bot()) as bot:
        message = await bot.get_partial_messageable(channel.id).fetch_message(said.id)
        await message.add_reaction("🎉")
        assert len([u async for u in message.reactions[0].users(limit=None)]) == 130
    assert said.reactions["🎉"] == [dc.bot.id]


async def test_threads_are_enumerated_and_archived_ones_refuse(dc: DiscordServer) -> None:
    guild = dc.guild("Data School")
    channel, ann = guild.text("general"), guild.member("Ann")
    open_one = await ann.opens_thread(channel, "open")
    shut = [await ann.opens_thread(channel, f"old {number}") for number in range(3)]
    for thread in shut:
        guild.archives(thread)
        await asyncio.sleep(0.002)

    async with running(dc, Bot()) as bot:
        seen = bot.get_guild(guild.id)
        assert seen is not None
        assert [thread.id for thread in await seen.active_threads()] == [open_one.id]
        text = seen.get_channel(channel.id)
        assert isinstance(text, discord.TextChannel)
        assert {t.id async for t in text.archived_threads(limit=None)} == {thread.id for thread in shut}
        with pytest.raises(discord.HTTPException) as refused:
            await bot.get_partial_messageable(shut[0].id).send("late")
        assert refused.value.code == 50083


async def test_a_ping_that_would_have_happened_is_noted(dc: DiscordServer) -> None:
    guild = dc.guild("Data School")
    channel, ann = guild.text("general"), guild.member("Ann")
    async with running(dc, Bot()) as bot:
        place = bot.get_partial_messageable(channel.id)
        await place.send(f"@everyone {ann.mention}")
        assert dc.pings == []
        await place.send(f"@everyone {ann.mention}", allowed_mentions=discord.AllowedMentions.all())
        assert [ping.kind for ping in dc.pings] == ["everyone", "user"]


async def test_roles_are_granted_below_the_bots_own_only(dc: DiscordServer) -> None:
    guild = dc.guild("Data School")
    paid, staff = guild.role("paid"), guild.role("staff", position=90)
    ann = guild.member("Ann")
    async with running(dc, Bot()) as bot:
        member = await bot.get_guild(guild.id).fetch_member(ann.id)  # type: ignore[union-attr]  # it is there
        await member.add_roles(paid)
        assert ann.roles == [paid]
        with pytest.raises(discord.Forbidden):
            await member.add_roles(staff)


async def test_a_route_nobody_knows_is_a_violation() -> None:
    async with DiscordServer() as dc, running(dc, Bot()) as bot:
        with pytest.raises(discord.NotFound):
            await bot.http.request(discord.http.Route("GET", "/nothing/here"))
        assert dc.violations == ["unknown route GET /api/v10/nothing/here"]


async def test_a_storm_is_the_same_for_the_same_seed_and_loses_no_message(dc: DiscordServer) -> None:
    channel = dc.guild("Data School").text("general")
    async with running(dc, Bot()) as bot:
        place = bot.get_partial_messageable(channel.id)
        dc.storm(seed=7, on="/channels/*/messages", rate_429=0.4, retry_after=(0.01, 0.05))
        for number in range(20):
            await place.send(str(number), nonce=f"n{number}")
        dc.calm()
    assert [message.content for message in dc.sent] == [str(number) for number in range(20)]
    assert dc.faults.met > 0
    assert dc.early_calls == []


async def test_a_bucket_of_discord_is_kept_by_the_library(dc: DiscordServer) -> None:
    channel = dc.guild("Data School").text("general")
    dc.limit("POST", "/channels/*/messages", 3, per=0.3)
    async with running(dc, Bot()) as bot:
        begun = time.monotonic()
        for number in range(7):
            await bot.get_partial_messageable(channel.id).send(str(number))
    assert time.monotonic() - begun > 0.5
    assert len(dc.sent) == 7
    assert dc.invalid_requests == 0


async def test_a_picture_is_sent(dc: DiscordServer) -> None:
    channel = dc.guild("Data School").text("general")
    async with running(dc, Bot()) as bot:
        picture = discord.File(io.BytesIO(b"png"), "board.png")
        await bot.get_partial_messageable(channel.id).send(file=picture)
    assert [file["filename"] for file in dc.sent[0].attachments] == ["board.png"]


async def test_a_recorded_frame_is_pushed_as_it_stands(dc: DiscordServer) -> None:
    async with running(dc, Bot(discord.Intents(guilds=True))) as bot:
        dc.push_raw({"op": 0, "t": "SOMETHING_NEW", "d": {}})
        await soon(lambda: "SOMETHING_NEW" in bot.events)


# -- interactions -------------------------------------------------------------------------------


class Form(discord.ui.Modal, title="Feedback"):
    text: discord.ui.TextInput[Form] = discord.ui.TextInput(label="What was good?", custom_id="text")

    async def on_submit(self, interaction: discord.Interaction) -> None:
        await interaction.response.send_message(f"Noted: {self.text.value}", ephemeral=True)


class Buttons(discord.ui.View):
    @discord.ui.button(label="Next", custom_id="next")
    async def following(self, interaction: discord.Interaction, _: discord.ui.Button[Buttons]) -> None:
        await interaction.response.edit_message(content="page 2", view=self)

    @discord.ui.select(custom_id="topic", options=[discord.SelectOption(label="SQL", value="sql")])
    async def topic(self, interaction: discord.Interaction, chosen: discord.ui.Select[Buttons]) -> None:
        await interaction.response.send_message(chosen.values[0])


async def offering(bot: Bot) -> None:
    points = app_commands.Group(name="points", description="Points")

    @points.command(name="add", description="Give points")
    @app_commands.describe(member="To whom", points="How many")
    async def add(
        interaction: discord.Interaction, member: discord.Member, points: app_commands.Range[int, 1, 100]
    ) -> None:
        await interaction.response.send_message(f"{member.display_name} +{points}", ephemeral=True)

    @bot.tree.command(name="course", description="Pick a course")
    async def course(interaction: discord.Interaction, name: str) -> None:
        await interaction.response.defer(ephemeral=False)
        await interaction.followup.send(f"Course {name}", view=Buttons(timeout=None))

    @course.autocomplete("name")
    async def names(_: discord.Interaction, typed: str) -> list[app_commands.Choice[str]]:
        return [app_commands.Choice(name=n, value=n) for n in ("python", "sql") if n.startswith(typed)]

    @bot.tree.command(name="form", description="A form")
    async def form(interaction: discord.Interaction) -> None:
        await interaction.response.send_modal(Form())

    @bot.tree.context_menu(name="Thank")
    async def thank(interaction: discord.Interaction, message: discord.Message) -> None:
        await interaction.response.send_message(f"Thanked {message.author.display_name}", ephemeral=True)

    @bot.tree.command(name="slow", description="Too slow")
    async def slow(interaction: discord.Interaction) -> None:
        await asyncio.sleep(0.4)
        try:
            await interaction.response.send_message("late")
        except discord.NotFound as refused:
            bot.events.append(f"refused {refused.code}")

    bot.tree.add_command(points)
    await bot.tree.sync()


async def test_a_slash_command_is_answered_in_private(dc: DiscordServer) -> None:
    guild = dc.guild("Data School")
    channel, ann, bob = guild.text("general"), guild.member("Ann"), guild.member("Bob")
    async with running(dc, Bot()) as bot:
        await offering(bot)
        used = await ann.slash(channel, "points add", member=bob, points=5)
        answer = await used.answered()

        assert (answer.text, answer.ephemeral) == ("Bob +5", True)
        assert channel.messages == {}
        with pytest.raises(NotOffered):
            await ann.slash(channel, "points add", member=bob, points=500)
        with pytest.raises(NotOffered):
            await ann.slash(channel, "points remove", member=bob)


async def test_a_deferred_answer_is_filled_and_its_components_work(dc: DiscordServer) -> None:
    guild = dc.guild("Data School")
    channel, ann = guild.text("general"), guild.member("Ann")
    async with running(dc, Bot()) as bot:
        await offering(bot)
        answer = await (await ann.slash(channel, "course", name="sql")).answered()
        assert (answer.text, answer.ephemeral) == ("Course sql", False)
        shown = dc.last_in(channel)

        await (await ann.presses(shown, "Next")).answered()
        assert shown.content == "page 2"
        assert (await (await ann.selects(shown, "SQL")).answered()).text == "sql"


async def test_autocompletion_menu_and_form(dc: DiscordServer) -> None:
    guild = dc.guild("Data School")
    channel, ann, bob = guild.text("general"), guild.member("Ann"), guild.member("Bob")
    said = await bob.say(channel, "Here is how")
    async with running(dc, Bot()) as bot:
        await offering(bot)
        typed = await (await ann.types(channel, "course", name="py")).answered()
        assert [choice["value"] for choice in typed.choices] == ["python"]

        thanked = await (await ann.menu("Thank", said)).answered()
        assert (thanked.text, thanked.ephemeral) == ("Thanked Bob", True)

        opened = await (await ann.slash(channel, "form")).answered()
        assert opened.how == "modal"
        sent = await (await ann.submits(opened, {"text": "The examples"})).answered()
        assert (sent.text, sent.ephemeral) == ("Noted: The examples", True)


async def test_a_late_first_answer_is_refused_with_10062(dc: DiscordServer) -> None:
    dc.interaction_deadline = 0.2
    guild = dc.guild("Data School")
    channel, ann = guild.text("general"), guild.member("Ann")
    async with running(dc, Bot()) as bot:
        await offering(bot)
        await ann.slash(channel, "slow")
        await soon(lambda: "refused 10062" in bot.events)
    assert dc.answers == []


async def test_a_command_discord_would_refuse_is_refused(dc: DiscordServer) -> None:
    async with running(dc, Bot()) as bot:
        for broken in (
            {"name": "Upper", "description": "x"},
            {"name": "ok", "description": ""},
            {"name": "ok", "description": "x" * 101},
            {
                "name": "ok",
                "description": "x",
                "options": [{"type": 3, "name": "a", "description": "x"}] * 26,
            },
        ):
            with pytest.raises(discord.HTTPException) as refused:
                await bot.http.bulk_upsert_global_commands(dc.bot.id, [broken])
            assert refused.value.code == 50035


# -- a process of its own -----------------------------------------------------------------------


async def test_the_same_verbs_work_on_a_server_in_another_process() -> None:
    async with RemoteDiscord() as dc:
        guild = dc.guild("Data School")
        channel, ann, bob = guild.text("general"), guild.member("Ann"), guild.member("Bob")
        async with running(dc, Bot()) as bot:
            await offering(bot)
            said = await ann.say(channel, "hello")
            ids = await dc.pour(channel, [ann, bob], [str(n) for n in range(200)])
            await soon(lambda: len(bot.heard) == 201)
            assert (bot.heard[0].id, [m.id for m in bot.heard[1:]]) == (said.id, ids)

            answer = await (await ann.slash(channel, "points add", member=bob, points=5)).answered()
            assert (answer.text, answer.ephemeral) == ("Bob +5", True)
            with pytest.raises(NotOffered):
                await ann.slash(channel, "nothing")

            dc.inject("POST", "/channels/*/messages", status=500)
            await bot.get_partial_messageable(channel.id).send("hi")
            assert (await dc.wait_for("POST", "/channels/*/messages", count=2)).status == 200
            assert [message.content for message in dc.sent][-1] == "hi"
            assert "[#general] Homeroom: hi" in dc.transcript()

            dc.gateway.drop()
            await soon(lambda: dc.gateway.resumes == 1)
        assert dc.violations == []


async def test_a_second_first_answer_is_refused_with_40060(dc: DiscordServer) -> None:
    guild = dc.guild("Data School")
    channel, ann = guild.text("general"), guild.member("Ann")
    async with running(dc, Bot()) as bot:

        @bot.tree.command(name="twice", description="Answers twice")
        async def twice(interaction: discord.Interaction) -> None:
            await interaction.response.send_message("once")
            interaction.response._response_type = None
            try:
                await interaction.response.send_message("twice")
            except discord.HTTPException as refused:
                bot.events.append(f"refused {refused.code}")

        await bot.tree.sync()
        await ann.slash(channel, "twice")
        await soon(lambda: "refused 40060" in bot.events)
    assert [message.content for message in dc.sent] == ["once"]


async def test_an_admin_command_is_hidden_from_members(dc: DiscordServer) -> None:
    guild = dc.guild("Data School")
    channel, ann, root = guild.text("general"), guild.member("Ann"), guild.member("Root", admin=True)
    async with running(dc, Bot()) as bot:

        @bot.tree.command(name="setup", description="Set up")
        @app_commands.default_permissions(manage_guild=True)
        async def setup(interaction: discord.Interaction) -> None:
            await interaction.response.send_message("Done", ephemeral=True)

        await bot.tree.sync()
        with pytest.raises(NotOffered):
            await ann.slash(channel, "setup")
        assert (await (await root.slash(channel, "setup")).answered()).text == "Done"


async def test_what_the_bot_may_not_see_it_is_not_told_and_is_refused(dc: DiscordServer) -> None:
    guild = dc.guild("Data School")
    staff = guild.role("staff")
    hidden, channel = guild.text("hidden", private_to=[staff]), guild.text("general")
    ann = guild.member("Ann", roles=[staff])
    async with running(dc, Bot()) as bot:
        await ann.say(hidden, "secret")
        await ann.say(channel, "open")
        await soon(lambda: bot.texts == ["open"])
        with pytest.raises(discord.Forbidden) as refused:
            await bot.get_partial_messageable(hidden.id).send("hello")
        assert refused.value.code == 50001
        guild.bot_role.permissions = 0
        guild.roles[guild.id].permissions &= ~(1 << 11)
        with pytest.raises(discord.Forbidden) as refused:
            await bot.get_partial_messageable(channel.id).send("hello")
        assert refused.value.code == 50013


async def test_commands_and_messages_work_in_private_too(dc: DiscordServer) -> None:
    ann = dc.guild("Data School").member("Ann")
    async with running(dc, Bot()) as bot:
        await offering(bot)
        await ann.dms("hello")
        await soon(lambda: bot.texts == ["hello"])
        used = await ann.slash(dc.dm_with(ann.user), "course", name="sql")
        assert (await used.answered()).text == "Course sql"


async def test_members_are_chunked_and_listed(dc: DiscordServer) -> None:
    guild = dc.guild("Data School")
    for number in range(1200):
        guild.member(f"m{number}")
    async with running(dc, Bot()) as bot:
        seen = bot.get_guild(guild.id)
        assert seen is not None
        assert len(await seen.chunk()) == 1202
        assert len([m async for m in seen.fetch_members(limit=None)]) == 1202


async def test_an_answer_lost_in_silence_was_acted_on(dc: DiscordServer) -> None:
    channel = dc.guild("Data School").text("general")
    dc.inject("POST", "/channels/*/messages", hangs=30, when="after")
    async with running(dc, Bot()) as bot:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.3):
                await bot.get_partial_messageable(channel.id).send("hello", nonce="n1")
        await bot.get_partial_messageable(channel.id).send("hello", nonce="n1")
    assert [message.content for message in dc.sent] == ["hello"]
