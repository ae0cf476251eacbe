"""Start: from a configuration to the running bot."""

import sys
from importlib.metadata import version

from bot.app import App, open_database, stop_on_signals
from bot.config import Config, load_secret
from bot.discord_adapter.adapter import DiscordAdapter
from bot.logs import set_up_logs
from bot.platforms import Adapter
from bot.telegram_adapter.adapter import TelegramAdapter
from bot.texts import load_texts
from storage.errors import StorageError


def adapters_of(config: Config) -> list[Adapter]:
    """An adapter for each platform that has a token."""
    texts = load_texts()
    found: list[Adapter] = []
    if config.telegram.token is not None:
        base = config.telegram.base_url
        secret = config.telegram.webhook.secret
        found.append(
            TelegramAdapter(
                config.telegram.token.get_secret_value(),
                texts=texts,
                base_url=None if base == "https://api.telegram.org" else base,
                proxy=config.telegram.proxy,
                mode=config.telegram.mode,
                webhook_url=config.telegram.webhook.url or "",
                webhook_secret=secret.get_secret_value() if secret else "",
                webhook_path=config.telegram.webhook.path,
            )
        )
    if config.discord.token is not None:
        base = config.discord.base_url
        backfill = config.discord.backfill
        found.append(
            DiscordAdapter(
                config.discord.token.get_secret_value(),
                texts=texts,
                base_url=None if base == "https://discord.com/api" else base,
                proxy=config.discord.proxy,
                max_messages_per_channel=backfill.max_messages_per_channel,
                max_days=backfill.max_days,
                max_requests=backfill.max_requests,
            )
        )
    return found


async def run_bot(config: Config) -> int:
    """Run until a signal. The exit status: 0 after a stop, 2 when it could not start."""
    set_up_logs(config.logs.level, config.logs.format, config.secrets())
    try:
        database = await open_database(config, load_secret(config.secret_file))
    except StorageError as error:
        sys.stderr.write(f"{error.sentence}\n")
        return 2
    try:
        app = App(database, adapters_of(config), config, version=version("homeroom"))
        stop_on_signals(app)
        await app.run()
    finally:
        await database.close()
    return 0
