from datetime import timedelta

import pytest

from bot.clock import utc_now
from bot.discord_adapter import DiscordAdapter
from bot.platforms import DeliveryError
from handlers.base import (
    ADMIN_ROLE,
    MUTED_ROLE,
    OWNER_ROLE,
    Bold,
    Button,
    DirectMessage,
    Mention,
    Person,
    Place,
    Post,
    React,
    Remove,
    Reply,
    Restore,
)
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


@pytest.fixture
def general(guild):
    return guild.text("general")


@pytest.fixture
async def bot(dc, general, taken):
    async with running(dc, taken) as adapter:
        await adapter.idle()
        yield adapter


def there(guild, channel=None):
    return Place("discord", str(guild.id), channel=str(channel.id) if channel else None)


def post(guild, channel=None, *lines, **more):
    return Post(key="k", place=there(guild, channel), reply=Reply(*(lines or ("hello",)), **more))


def forbid(guild, permission):
    for role in (guild.bot_role, guild.roles[guild.id]):
        role.permissions &= ~PERMISSIONS[permission]


def ours(roles):
    """Without the ids of Discord's own roles."""
    return {role for role in roles if not role.isdigit()}


async def refused(bot: DiscordAdapter, delivery, nonce="n") -> DeliveryError:
    with pytest.raises(DeliveryError) as caught:
        await bot.deliver(delivery, nonce=nonce)
    return caught.value


async def test_a_post_arrives_with_its_buttons(bot, dc, guild, general):
    made = await bot.deliver(
        post(guild, general, Bold("Digest"), "words", buttons=[Button("More", "more")]), nonce="a"
    )
    message = dc.last_in(general)
    assert made == str(message.id)
    assert message.embeds == [{"color": 0x0072B2, "title": "Digest", "description": "words"}]
    assert message.components[0]["components"][0]["custom_id"] == "more|"


async def test_a_space_without_a_channel_means_its_main_room(bot, dc, guild, general):
    await bot.deliver(post(guild), nonce="a")
    assert dc.last_in(general).embeds[0]["description"] == "hello"


async def test_the_same_nonce_makes_no_second_copy(bot, dc, guild, general):
    first = await bot.deliver(post(guild, general), nonce="outbox-row-number-1234567890-and-more")
    second = await bot.deliver(post(guild, general), nonce="outbox-row-number-1234567890-and-more")
    assert first == second
    assert len(dc.sent) == 1


@pytest.mark.parametrize(
    "fault", [{"status": 500}, {"reset": True, "when": "after"}, {"status": 429, "retry_after": 0.3}]
)
async def test_a_passing_trouble_ends_in_one_message(bot, dc, guild, general, fault):
    dc.inject("POST", f"/channels/{general.id}/messages", **fault)
    await bot.deliver(post(guild, general), nonce="a")
    assert len(dc.sent) == 1
    assert dc.early_calls == []


async def test_hostile_names_ping_nobody(bot, dc, guild, general):
    for name in (
        "@everyone",
        "@here",
        "<@&1>",
        f"<@{guild.founder.id}>",
        "*_[]()~`",
        "\u202eabc",
        "",
        "\u200b\u3164",
    ):
        await bot.deliver(
            post(guild, general, Bold(name), name, (name, Mention(name, "1234567"))), nonce=f"n{name!r}"
        )
    assert dc.pings == []
    assert dc.violations == []
    assert "user 4567" in dc.transcript()


async def test_a_closed_private_chat_is_permanent_and_not_tried_again(bot, dc, guild):
    ann = guild.member("Ann")
    ann.closes_dms()
    letter = DirectMessage(key="k", platform="discord", account=str(ann.id), reply=Reply("hello"))

    first = await refused(bot, letter)
    calls = len(dc.calls)
    second = await refused(bot, letter)

    assert (first.permanent, first.unreachable) == (True, True)
    assert (second.permanent, second.unreachable) == (True, True)
    assert len(dc.calls) == calls

    ann.opens_dms()
    await ann.dms("hello bot")
    await dc.wait_until(lambda: str(ann.id) not in bot._deliveries._closed)
    assert await bot.deliver(letter, nonce="n2")


async def test_a_private_message_arrives(bot, dc, guild):
    ann = guild.member("Ann")
    letter = DirectMessage(key="k", platform="discord", account=str(ann.id), reply=Reply("hello"))
    await bot.deliver(letter, nonce="n")
    assert dc.last_in(dc.dm_with(ann.user)).embeds[0]["description"] == "hello"


async def test_missing_rights_are_permanent(bot, dc, guild, general):
    forbid(guild, "send_messages")
    error = await refused(bot, post(guild, general))
    assert (error.permanent, error.unreachable, error.unknown) == (True, False, False)


async def test_without_the_right_to_embed_the_words_still_arrive(bot, dc, guild, general):
    forbid(guild, "embed_links")
    await bot.deliver(post(guild, general, Bold("Digest"), "words"), nonce="n")
    assert dc.last_in(general).content == "**Digest**\nwords"


async def test_a_channel_that_is_gone_is_unreachable(bot, dc, guild, general):
    guild.removes(general)
    error = await refused(bot, post(guild, general))
    assert (error.permanent, error.unreachable) == (True, True)


async def test_an_archived_thread_is_woken(bot, dc, guild, general):
    thread = await guild.member("Ann").opens_thread(general, "old")
    guild.archives(thread)
    await bot.deliver(post(guild, thread), nonce="n")
    assert dc.last_in(thread).embeds[0]["description"] == "hello"


async def test_a_wait_that_is_too_long_is_handed_back(bot, dc, guild, general):
    dc.inject("POST", f"/channels/{general.id}/messages", status=429, retry_after=120.0)
    error = await refused(bot, post(guild, general))
    assert error.retry_after == pytest.approx(120.0)
    assert not error.permanent


async def test_reactions_and_removals_are_harmless_twice(bot, dc, guild, general):
    message = await guild.member("Ann").say(general, "thanks")
    react = React(key="k", place=there(guild, general), message=str(message.id), emoji="🙏")
    remove = Remove(key="k", place=there(guild, general), message=str(message.id))
    for _ in range(2):
        assert await bot.deliver(react, nonce="n") is None
    assert message.reactions == {"🙏": [dc.bot.id]}
    for _ in range(2):
        assert await bot.deliver(remove, nonce="n") is None
    assert message.deleted


def restored(guild, channel, who, text):
    return Restore(
        key="r", place=there(guild, channel), case=1, account=str(who.id), name=who.user.name, text=text,
        reply=Reply(f"{who.user.name} wrote:", text),
    )  # fmt: skip


async def test_a_post_is_written_again_under_its_authors_name_also_in_a_thread(bot, dc, guild, general):
    ann = guild.member("Ann")
    thread = await ann.opens_thread(general, "lesson")
    made = await bot.deliver(restored(guild, general, ann, "x" * 2_500 + " @everyone"), nonce="n")
    await bot.deliver(restored(guild, thread, ann, "**Hello**"), nonce="n")

    last = dc.last_in(general)
    assert (str(last.id), last.author.name, last.mention_everyone) == (made, "ann", False)
    assert dc.last_in(thread).content == "**Hello**"
    assert len(dc.webhooks) == 1


async def test_where_webhooks_are_not_allowed_the_bot_names_the_author(bot, dc, guild, general):
    forbid(guild, "manage_webhooks")
    await bot.deliver(restored(guild, general, guild.member("Ann"), "Hello"), nonce="n")
    last = dc.last_in(general)
    assert last.author is dc.bot
    assert last.embeds[0]["description"] == "ann wrote:\nHello"


async def test_refusals_stop_before_discord_bans_us(bot, dc, guild, general):
    forbid(guild, "send_messages")
    for number in range(110):
        error = await refused(bot, post(guild, general), nonce=f"n{number}")
    assert dc.invalid_requests < 100
    assert not error.permanent
    assert error.retry_after > 500


async def test_who_may_manage_the_server_is_an_admin(bot, dc, guild, general):
    manager = guild.role("Manager", permissions=["manage_guild"])
    people = {
        "owner": guild.founder,
        "administrator": guild.member("Root", admin=True),
        "manager": guild.member("Mia", roles=[manager]),
        "member": guild.member("Ann"),
    }
    await dc.wait_until(lambda: bot.client.get_guild(guild.id).get_role(manager.id))
    found = {
        name: ours(await bot.standing_of(there(guild, general), Person(str(member.id))))
        for name, member in people.items()
    }
    assert found == {
        "owner": {ADMIN_ROLE, OWNER_ROLE},
        "administrator": {ADMIN_ROLE},
        "manager": {ADMIN_ROLE},
        "member": set(),
    }
    assert str(manager.id) in await bot.standing_of(there(guild), Person(str(people["manager"].id)))
    assert await bot.standing_of(there(guild), Person("123456789012345678")) == frozenset()
    private = Place("discord", "1", private=True)
    assert await bot.standing_of(private, Person(str(guild.founder.id))) == frozenset()


async def test_rights_are_asked_at_most_once_a_minute_and_anew_when_roles_change(
    bot, dc, guild, general, taken
):
    ann = guild.member("Ann")
    role = guild.role("Manager", permissions=["manage_guild"])
    for _ in range(3):
        assert await bot.standing_of(there(guild), Person(str(ann.id))) == frozenset()
    assert len(dc.calls_to("GET", f"/guilds/{guild.id}/members/{ann.id}")) == 1
    await ann.gains(role)
    await dc.wait_until(lambda: any(type(event).__name__ == "RolesChanged" for event in taken.events))
    assert ADMIN_ROLE in await bot.standing_of(there(guild), Person(str(ann.id)))


async def test_who_is_timed_out_is_muted_until_it_ends(bot, dc, guild):
    for name, minutes, roles in (("Ann", 5, {MUTED_ROLE}), ("Bob", -5, set())):
        member = guild.member(name)
        member.silent_until = utc_now() + timedelta(minutes=minutes)
        assert await bot.standing_of(there(guild), Person(str(member.id))) == roles


@pytest.mark.parametrize("odd", [{"roles": 7}, {"roles": ["x"]}, {"communication_disabled_until": "soon"}])
async def test_an_answer_that_is_not_as_documented_is_no_answer(bot, dc, guild, odd):
    ann = guild.member("Ann")
    usual = ann.wire
    ann.wire = lambda **how: usual(**how) | odd
    with pytest.raises(DeliveryError):
        await bot.standing_of(there(guild), Person(str(ann.id)))


async def test_trouble_with_asking_is_no_answer(bot, dc, guild):
    dc.inject("GET", "/guilds/*/members/*", status=503)
    with pytest.raises(DeliveryError):
        await bot.standing_of(there(guild), Person(str(guild.member("Ann").id)))


async def test_an_unreachable_discord_is_tried_again_later(dc, guild, general, taken):
    async with running(dc, taken) as adapter:
        await adapter.idle()
        await dc.stop()
        error = await refused(adapter, post(guild, general))
        assert (error.permanent, error.unknown, error.retry_after) == (False, False, 5.0)
