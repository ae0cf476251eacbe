"""The command menus: per scope and language, made from the features, sent only when they changed."""

import hashlib
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import structlog
from telegram import (
    BotCommand,
    BotCommandScope,
    BotCommandScopeAllChatAdministrators,
    BotCommandScopeAllGroupChats,
    BotCommandScopeAllPrivateChats,
)
from telegram.error import TelegramError
from telegram.ext import ExtBot

from bot.platforms import Intake
from bot.telegram_adapter.dress import shortened
from bot.telegram_adapter.reading import PLATFORM
from handlers.base import ANYONE, MEMBER, CommandSpec, Feature
from handlers.base.texts import Translator
from handlers.words.languages import SOURCE

log = structlog.get_logger()

MAX_COMMANDS = 100
MAX_DESCRIPTION = 256
CURSOR = "menus"
SCOPES: Mapping[str, Callable[[], BotCommandScope]] = {
    "private": BotCommandScopeAllPrivateChats,
    "groups": BotCommandScopeAllGroupChats,
    "administrators": BotCommandScopeAllChatAdministrators,
}
_NAME = re.compile(r"[a-z0-9_]{1,32}")

Menus = dict[tuple[str, str], list[tuple[str, str]]]
"""(scope, language) -> (name, description) of each command."""


def names_of(features: Sequence[Feature]) -> frozenset[str]:
    """Every word that is a command, with its aliases, as Telegram writes them."""
    return frozenset(
        name.replace(" ", "_")
        for feature in features
        for spec in feature.commands
        for name in (spec.name, *spec.aliases)
    )


def menus_of(features: Sequence[Feature], texts: Translator) -> Menus:
    """All menus."""
    specs = [spec for feature in features for spec in feature.commands if _NAME.fullmatch(spec.key)]
    # Telegram's codes have two letters; "" is everybody else.
    languages = {"" if code == SOURCE else code.partition("_")[0]: code for code in texts(SOURCE).languages}
    return {
        (scope, code): [
            (spec.key, shortened(texts(language)(spec.help), MAX_DESCRIPTION) or spec.key)
            for spec in _shown(specs, scope)
        ][:MAX_COMMANDS]
        for scope in SCOPES
        for code, language in languages.items()
    }


def _shown(specs: Sequence[CommandSpec], scope: str) -> Iterator[CommandSpec]:
    elsewhere = "space" if scope == "private" else "private"
    for spec in specs:
        if spec.where != elsewhere and (spec.needs in (ANYONE, MEMBER) or scope == "administrators"):
            yield spec


async def send_menus(
    bot: "ExtBot[Any]", intake: Intake, features: Sequence[Feature], texts: Translator
) -> bool:
    """Send the menus unless Telegram has these already; True if they were sent. A refusal is only logged."""
    menus = menus_of(features, texts)
    listed = [[*key, menu] for key, menu in menus.items()]
    fingerprint = hashlib.sha256(json.dumps([bot.token.partition(":")[0], listed]).encode()).hexdigest()
    if await intake.cursor(PLATFORM, CURSOR) == fingerprint:
        return False
    try:
        for (scope, code), menu in menus.items():
            commands = [BotCommand(name, description) for name, description in menu]
            if commands:
                await bot.set_my_commands(commands, scope=SCOPES[scope](), language_code=code or None)
            else:
                await bot.delete_my_commands(scope=SCOPES[scope](), language_code=code or None)
    except TelegramError as error:
        log.warning("the menus could not be sent; the next start tries again", reason=error.message)
        return False
    await intake.move_cursor(PLATFORM, CURSOR, fingerprint)
    return True
