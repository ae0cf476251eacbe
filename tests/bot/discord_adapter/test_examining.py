"""What the bot lacks in a server, channel by channel, and that a change of it is noticed."""

import pytest

from handlers.base import Place, RightsChanged
from tests.bot.discord_adapter.world import running
from tests.doubles.discord.server import DiscordServer
from tests.doubles.discord.world import PERMISSIONS


@pytest.fixture
async def dc():
    async with DiscordServer() as server:
        yield server


@pytest.fixture
def guild(dc):
    return dc.guild("Data School")


def without(guild, *names):
    """What the bot may do without these."""
    for role in (guild.bot_role, guild.roles[guild.id]):
        bits = role.permissions
        for name in names:
            bits &= ~PERMISSIONS[name]
        guild.regrants(role, bits)


async def found(adapter, guild, *heard):
    examined = await adapter.examine(Place("discord", str(guild.id)), heard)
    return {each.kind: list(each.words.get("channels", ())) for each in examined.findings}


async def test_rights_are_missed_where_they_are_missing_and_each_change_is_noticed_once(dc, guild, taken):
    general, quiet = guild.text("general"), guild.text("quiet")
    async with running(dc, taken) as adapter:
        assert await found(adapter, guild) == {}

        without(guild, "embed_links", "read_message_history")
        await dc.wait_until(lambda: taken.of(RightsChanged))
        assert await found(adapter, guild) == {
            "discord_embed": ["#general", "#quiet"],
            "discord_history": ["#general", "#quiet"],
        }

        changes = len(taken.of(RightsChanged))
        guild.renames(general, "hall")  # concerns nobody's rights
        guild.hides(quiet)
        await dc.wait_until(lambda: len(taken.of(RightsChanged)) > changes)
        assert len(taken.of(RightsChanged)) == changes + 1
        assert (await found(adapter, guild))["discord_hidden"] == ["#quiet"]
        assert (await found(adapter, guild, str(quiet.id)))["discord_view"] == ["#quiet"]

        without(guild, "send_messages")
        await dc.wait_until(lambda: len(taken.of(RightsChanged)) > changes + 1)
        assert "discord_mute" in await found(adapter, guild)
        assert "discord_embed" not in await found(adapter, guild)


async def test_a_server_that_we_left_is_named(dc, guild, taken):
    other = dc.guild("Another")
    async with running(dc, taken) as adapter:
        dc.remove_bot(other)
        await dc.wait_until(lambda: adapter.client.get_guild(other.id) is None)
        assert list(await found(adapter, other)) == ["discord_gone"]
