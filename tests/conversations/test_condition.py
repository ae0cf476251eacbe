"""How the bot is, told to those who run it: /status, /doctor, /today; and once, privately, when a right is lost."""

from bot.effects import parcel_of
from handlers.base import Place, Post, Reply
from storage.tables import outbox
from tests.conversations.discord_stage import DiscordStage
from tests.conversations.stage import Stage
from tests.conversations.telegram_stage import TelegramStage
from tests.doubles.discord.world import PERMISSIONS


async def lost(stage: Stage, text: str) -> None:
    """A message whose answer was lost."""
    async with stage.database.write() as store:
        [space] = await stage._spaces(store)
        place = stage.world.place_of("general") if stage.platform == "sandbox" else None
        if place is None:
            channel = str(stage.general.id) if stage.platform == "discord" else None
            place = Place(stage.platform, space.external_id, channel=channel)
        post = Post(key=f"lost:{text}", place=place, reply=Reply(text))
        [id] = await store.outbox.add([parcel_of(post, space.community_id, stage.now)])
        await store.outbox.uncertain(id, "lost", stage.now)


async def test_admins_see_how_it_is_and_settle_what_waits_with_one_press(stage):
    ann = await stage.person("Ann")
    for name in ("status", "doctor", "today"):
        assert await stage.is_kept_from(ann, name)

    status = await stage.command(stage.root, "status")
    assert status.private
    assert f"✔ {stage.platform.capitalize()}: connected" in status.text
    assert "Database: SQLite" in status.text
    doctor = await stage.command(stage.root, "doctor")
    assert doctor.lines[0] == "Everything is as it should be"
    assert (await stage.press(stage.root, status, "Check everything")).lines == doctor.lines
    assert (await stage.command(stage.root, "today")).text == "Nothing needs you today."

    await lost(stage, "Your week in Data School")
    card = await stage.command(stage.root, "today")
    assert "1. A message may not have arrived: “Your week in Data School”" in card.text
    assert card.labels == ("1 · Send again", "Leave it", "Later")
    after = await stage.press(stage.root, card, "Leave it")
    assert after.text.replace("\n\n", "\n") == "1 message is left as it is.\nNothing needs you today."


async def test_a_lost_right_is_told_once_privately_and_again_when_it_breaks_again(telegram: TelegramStage):
    stage, group = telegram, telegram.group
    stage.app.condition._pause = 0.02
    silent = await stage.person("Silent", admin=True, reachable=False)
    before, public = len(stage.letters(stage.root)), len(stage.public())

    async def told(times: int) -> None:
        await stage.until(lambda: len(stage.letters(stage.root)) == before + times)
        await stage.app.condition.look_round()
        await stage.settle()
        assert len(stage.letters(stage.root)) == before + times

    await group.demote_bot()
    await told(1)
    [letter] = stage.letters(stage.root)[before:]
    assert letter.lines[1].startswith("✗ I see no reactions and nobody leaving in “Data School”")
    assert letter.lines[2] == "Group settings → Administrators → Add Admin → me."
    still = await stage.press(stage.root, letter, "Check again")
    assert still.lines[0] == "1 thing needs you"
    card = await stage.command(stage.root, "today", private=True)
    assert "1 · Check again" in card.labels

    await group.promote_bot()
    mended = await stage.press(stage.root, card, "1 · Check again")
    assert "That is mended." in mended.text
    assert "Nothing needs you today." in mended.text
    before += 1  # the card was a letter, too
    stage.later(minutes=1)
    await group.demote_bot()
    await told(2)
    assert stage.letters(silent) == []
    assert len(stage.public()) == public


async def test_a_right_lost_in_a_channel_is_told_with_its_name(discord: DiscordStage):
    stage, guild = discord, discord.guild
    stage.app.condition._pause = 0.02

    for role in (guild.bot_role, guild.roles[guild.id]):
        guild.regrants(role, role.permissions & ~PERMISSIONS["embed_links"])

    await stage.until(lambda: stage.letters(stage.root))
    [letter] = stage.letters(stage.root)
    assert "✗ In “Data School” I may not embed links in #general" in letter.text
    assert "my role: Embed Links" in letter.text
    async with stage.database.read() as store:
        assert len((await store.connection.execute(outbox.select())).all()) == 2  # the greeting, and this
