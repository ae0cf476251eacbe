"""What the bot lacks on Telegram, asked of Telegram: rights, privacy mode, kinds of updates, a second program."""

import pytest
from telegram import Bot

from bot.telegram_adapter.examining import NEEDED
from handlers.base import ADMIN_ROLE, Place, Post, Reply
from tests.bot.telegram_adapter.conftest import eventually


def kinds(examined):
    return [each.kind for each in examined.findings]


@pytest.fixture
def ask(started, group):
    async def asked():
        adapter = await started()
        return await adapter.examine(Place("telegram", str(group.id)), ())

    return asked


async def test_an_admin_with_all_rights_lacks_nothing_and_learns_who_runs_the_group(ask, group, ann):
    await group.promote_bot()
    await group.promote(ann)

    examined = await ask()

    assert kinds(examined) == []
    assert {person.name for person in examined.admins} >= {"Ann"}
    assert all(ADMIN_ROLE in person.roles and not person.is_bot for person in examined.admins)


async def test_missing_rights_of_an_admin_are_named(ask, group):
    await group.promote_bot(can_delete_messages=False, can_invite_users=False)

    assert kinds(await ask()) == ["telegram_no_delete", "telegram_no_invite"]


async def test_who_is_no_admin_sees_neither_reactions_nor_with_privacy_mode_posts(ask, group, tg):
    await group.demote_bot()

    assert kinds(await ask()) == ["telegram_no_admin", "telegram_privacy"]
    tg.world.privacy = False
    assert kinds(await ask()) == ["telegram_no_admin"]


async def test_who_may_not_write_or_is_gone_is_told_so(ask, group, tg):
    tg.world.privacy = False
    await group.restrict_bot()
    assert kinds(await ask()) == ["telegram_no_admin", "telegram_mute"]
    await group.remove_bot()
    assert kinds(await ask()) == ["telegram_gone"]


async def test_kinds_of_updates_that_another_program_left_out_are_named(started, tg):
    adapter = await started(mode="webhook", webhook_url=tg.url, webhook_secret="a" * 16)
    assert await adapter.examine_all() == []
    async with Bot(tg.token, base_url=tg.base_url) as other:
        await other.set_webhook(tg.url, allowed_updates=["message"])

    [found] = await adapter.examine_all()

    assert found.kind == "telegram_kinds"
    assert found.words["kinds"] == [kind for kind in NEEDED if kind != "message"]


async def test_a_second_program_is_a_finding_for_as_long_as_it_polls(started, tg, rests):
    adapter = await started(rest=rests, poll_seconds=1)
    await eventually(lambda: tg.delivery.polls)
    async with Bot(tg.token, base_url=tg.base_url) as other:
        await other.get_updates(timeout=0)
        await eventually(lambda: adapter.health.problems)
    assert [each.kind for each in await adapter.examine_all()] == ["telegram_two"]
    await eventually(lambda: not adapter.health.problems)


async def test_a_wrong_clock_shows_when_a_message_is_sent(started, group, tg, now):
    adapter = await started(clock=lambda: now)
    tg.world.clock = lambda: now.timestamp() - 90

    place = Place("telegram", str(group.id))
    await adapter.deliver(Post(key="k", place=place, reply=Reply("Hello")), nonce="1")

    assert adapter.health.skew == pytest.approx(90, abs=1)
