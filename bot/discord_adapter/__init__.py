"""Discord: the only place that imports discord."""

from bot.discord_adapter.adapter import DiscordAdapter

__all__ = ["DiscordAdapter"]
