"""Telegram: the only place that knows it."""

from bot.telegram_adapter.adapter import TelegramAdapter

__all__ = ["TelegramAdapter"]
