"""Menus: what people may use where they are, in their language, sent when it changed and not before."""

import itertools
import json
from gettext import NullTranslations

from telegram.ext import ExtBot

from bot.telegram_adapter.menus import CURSOR, names_of, send_menus
from bot.texts import load_texts
from handlers import FEATURES
from handlers.base import ADMIN, Feature, Reply, Texts
from tests.bot.telegram_adapter.conftest import eventually

SCOPES = {"private": "all_private_chats", "groups": "all_group_chats", "administrators": "all_chat_administrators"}  # fmt: skip


class Chinese(NullTranslations):
    def gettext(self, message):
        return {"Who is ahead": "排行榜", "Change rules": "修改规则"}.get(message, message)


def both(language):
    known = {"en": "English", "zh_CN": "简体中文"}
    return Texts(language, Chinese() if language == "zh_CN" else NullTranslations(), known)


def made(*commands, name="sample"):
    feature = Feature(name)
    for command, how in commands:
        feature.command(command, **{"help": "Who is ahead"} | how)(answer)
    return feature


async def answer(ctx, command):
    return Reply("nobody")


SAMPLE = made(
    ("top", {"aliases": ("leaderboard", "hall of fame")}),
    ("points add", {"needs": ADMIN, "help": "Change rules"}),
    ("here", {"where": "space"}),
    ("alone", {"where": "private"}),
)


async def sent(tg, taken, *features, texts=both):
    """Send the menus; whether they were sent."""
    async with ExtBot(tg.token, base_url=tg.base_url) as bot:
        return await send_menus(bot, taken, features, texts)


def menu(tg, scope, language=""):
    key = json.dumps({"type": SCOPES[scope]}), language
    return {c["command"]: c["description"] for c in tg.chats.menus.get(key, ())}


def sendings(tg):
    return [c for c in tg.calls if c.method in ("setMyCommands", "deleteMyCommands")]


async def test_each_scope_shows_what_can_be_used_there(tg, taken):
    assert await sent(tg, taken, SAMPLE)
    assert list(menu(tg, "private")) == ["top", "alone"]
    assert list(menu(tg, "groups")) == ["top", "here"]
    assert list(menu(tg, "administrators")) == ["top", "points_add", "here"]


async def test_menus_are_there_in_both_languages(tg, taken):
    assert await sent(tg, taken, SAMPLE)
    assert menu(tg, "administrators") == {
        "top": "Who is ahead", "points_add": "Change rules", "here": "Who is ahead",
    }  # fmt: skip
    assert menu(tg, "administrators", "zh") == {"top": "排行榜", "points_add": "修改规则", "here": "排行榜"}
    assert len(sendings(tg)) == 6


def test_aliases_are_commands_but_not_in_the_menu():
    assert names_of([SAMPLE]) == {"top", "leaderboard", "hall_of_fame", "points_add", "here", "alone"}


async def test_menus_are_sent_again_only_when_they_changed(tg, taken):
    assert await sent(tg, taken, SAMPLE)
    assert not await sent(tg, taken, SAMPLE)
    assert len(sendings(tg)) == 6

    assert await sent(tg, taken)
    assert menu(tg, "private") == {}


async def test_another_bot_has_menus_of_its_own(tg, taken):
    assert await sent(tg, taken, SAMPLE)
    tg.token = "654321:another"
    assert await sent(tg, taken, SAMPLE)


async def test_menus_that_are_refused_are_tried_at_the_next_start_and_hold_up_nothing(
    tg, taken, group, ann, started
):
    tg.faults.add("server_error", "setMyCommands")
    await ann.say(group, "/top")
    await started()
    await taken.until(1)
    await eventually(lambda: tg.faults.met)
    assert CURSOR not in taken.cursors
    await started()
    await eventually(lambda: CURSOR in taken.cursors)


async def test_telegrams_limits_are_kept(tg, taken):
    """PLATFORM_LIMITS: 100 commands, descriptions of 1 to 256 characters, names of a-z, 0-9 and _."""
    many = made(*((f"command {number}", {}) for number in range(120)))
    long = made(("long", {"help": "学" * 300}), ("Über", {}), name="other")
    assert await sent(tg, taken, long, many)
    shown = menu(tg, "private")
    assert len(shown) == 100
    assert len(shown["long"]) == 256
    assert "Über" not in shown


async def test_homerooms_own_menus_are_taken(tg, taken):
    assert await sent(tg, taken, *FEATURES, texts=load_texts())
    for scope, language in itertools.product(SCOPES, ("", "zh")):
        shown = menu(tg, scope, language)
        assert "top" in shown
        assert ("setup" in shown) == (scope == "administrators")
