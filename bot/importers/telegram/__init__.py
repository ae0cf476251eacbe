"""Telegram: the machine-readable JSON export of Telegram Desktop, one chat or the whole account."""

from bot.importers.telegram.chats import Options
from bot.importers.telegram.export import groups_in, read_telegram

__all__ = ["Options", "groups_in", "read_telegram"]
