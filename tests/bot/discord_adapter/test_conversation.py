"""A conversation in simcord: an independent model of Discord, over discord.py's own parsers."""

import discord
import pytest
import simcord

from bot.discord_adapter import DiscordAdapter
from handlers.base import (
    ADMIN_ROLE,
    Bold,
    Button,
    Command,
    Field,
    Form,
    Posted,
    Pressed,
    Reacted,
    Reply,
    Select,
)
from tests.bot.discord_adapter.toys import toy
from tests.bot.discord_adapter.world import says, texts

PAGES = Reply(Bold("This week"), "1. Ann", buttons=[Button("Next", "next", ("2",)), Button("Tell", "tell")])
SetupError = simcord.SetupError


@pytest.fixture
async def bot(taken):
    adapter = DiscordAdapter("", texts=texts)
    adapter.prepare(taken, [toy()])
    return adapter


@pytest.fixture
def simcord_bot(bot):
    return bot.client


@pytest.fixture
def env(simcord_env):
    return simcord_env


@pytest.fixture
async def guild(env):
    return env.create_guild()


@pytest.fixture
async def general(guild):
    return guild.create_text_channel("general")


@pytest.fixture
async def ann(env, guild, general):
    return guild.add_member(env.create_user("ann"))


async def test_messages_and_reactions_become_events(env, ann, general, taken):
    message = await ann.send(general, "hello **all**")
    await ann.react(message, "👍")
    [posted], [reacted] = taken.of(Posted), taken.of(Reacted)
    assert (posted.text, posted.person.name) == ("hello **all**", "ann")
    assert (reacted.added, reacted.message) == (("👍",), posted.message)


async def test_a_command_its_buttons_and_a_restart(bot, env, ann, general, taken):
    says(bot, taken, PAGES, Reply("page 2", edit=True), Reply("page 3", edit=True), private=False)

    board = await ann.slash(general, "top", page=1)
    assert board.response.embeds[0].title == "This week"
    assert not board.response.ephemeral

    await ann.click(board.response, label="Next")
    assert board.response.embeds[0].description == "page 2"

    message = board.response
    says(bot, taken, PAGES, private=False)
    again = await ann.slash(general, "top")
    await env.restart_bot()
    says(bot, taken, Reply("page 3", edit=True), private=False)
    await ann.click(again.response, label="Next")
    assert again.response.embeds[0].description == "page 3"
    assert message.id != again.response.id


async def test_private_answers_selects_and_forms(bot, ann, general, taken):
    select = Select("Choose", "chosen", (("py", "Python"), ("sql", "SQL")))
    says(bot, taken, Reply("12th with 41.", select=select), Reply("chose sql", edit=True))
    mine = await ann.slash(general, "me")
    assert mine.response.ephemeral
    await ann.select(mine.response, ["sql"])
    assert taken.of(Pressed)[-1].values == {"choice": "sql"}

    says(bot, taken, Form("Feedback", "sent", (Field("text", "What?", long=True),)), Reply("thanks"))
    shown = await ann.slash(general, "feedback")
    sent = await ann.submit_modal(shown, {"text": "all good"})
    assert taken.of(Pressed)[-1].values == {"text": "all good"}
    assert sent.response.embeds[0].description == "thanks"


async def test_a_mistake_in_a_public_command_is_told_privately(bot, ann, general, taken):
    says(bot, taken, Reply("“x” is none of these."), private=True)
    result = await ann.slash(general, "top")
    [said] = [followup for followup in result.followups if followup.embeds]
    assert said.ephemeral


async def test_options_are_typed_bounded_and_suggested(bot, ann, general, taken):
    with pytest.raises(simcord.OptionError):
        await ann.slash(general, "top", page=10)
    taken.offers = [("sql", "SQL from zero")]
    offered = await ann.autocomplete(general, "course", "name", "sq")
    assert [(choice["name"], choice["value"]) for choice in offered] == [("SQL from zero", "sql")]


async def test_admin_commands_are_hidden_from_members(bot, env, guild, ann, general, taken):
    with pytest.raises(SetupError, match="default-member-permissions"):
        await ann.slash(general, "setup")
    says(bot, taken, Reply("done"))
    role = guild.create_role("Admin", permissions=discord.Permissions(administrator=True))
    root = guild.add_member(env.create_user("root"), roles=[role])
    await root.slash(general, "setup", quiet=True)
    assert taken.of(Command)[-1].options == {"quiet": "yes"}
    assert ADMIN_ROLE in await bot.standing_of(taken.of(Command)[-1].place, taken.of(Command)[-1].person)


async def test_a_message_menu(bot, ann, general, taken):
    says(bot, taken, Reply("5 for a post"))
    message = await ann.send(general, "a post")
    await ann.context_menu(general, "Why these points", message)
    assert taken.of(Command)[-1].reply_to.text == "a post"
