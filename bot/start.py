"""Start: from a configuration to the running bot, and its exit status."""

import socket
import sys
from collections.abc import Callable, Coroutine
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import structlog

from bot.app import App, open_database, stop_on_signals
from bot.config import Config, load_secret
from bot.lock import Overtaken, TokenLocks
from bot.logs import set_up_logs
from bot.platforms import Adapter, Refused
from bot.texts import load_texts
from bot.web.listening import AddressTaken, bind
from storage.errors import StorageError

if TYPE_CHECKING:
    from bot.telegram_adapter.pace import Pace

log = structlog.get_logger()
TELEGRAM, DISCORD = "telegram", "discord"
TELEGRAM_API, DISCORD_API = "https://api.telegram.org", "https://discord.com/api"
Beside = dict[str, Coroutine[Any, Any, None]]


def makers_of(config: Config) -> dict[str, Callable[[], Adapter]]:
    """What makes an adapter, for each platform with a token. The libraries are loaded when it is called."""
    makers: dict[str, Callable[[], Adapter]] = {}
    if config.telegram.token is not None:
        pace = telegram_pace(config)  # of all that are made: the next waits where one was told to
        makers[TELEGRAM] = lambda: telegram_adapter(config, pace)
    if config.discord.token is not None:
        makers[DISCORD] = lambda: discord_adapter(config)
    return makers


def telegram_pace(config: Config) -> "Pace":
    """How fast Telegram may be called, as configured."""
    from bot.telegram_adapter.pace import Pace

    chosen = config.telegram
    return Pace(
        per_second=chosen.per_second,
        per_chat_per_second=chosen.per_chat_per_second,
        per_group_per_minute=chosen.per_group_per_minute,
    )


def telegram_adapter(config: Config, pace: "Pace | None" = None) -> Adapter:
    """Telegram's, as configured."""
    from bot.telegram_adapter.adapter import TelegramAdapter

    chosen = config.telegram
    return TelegramAdapter(
        chosen.token.get_secret_value() if chosen.token else "",
        texts=load_texts(),
        base_url=None if chosen.base_url == TELEGRAM_API else chosen.base_url,
        proxy=chosen.proxy,
        mode=chosen.mode,
        webhook_url=chosen.webhook.url or "",
        webhook_secret=chosen.webhook.secret.get_secret_value() if chosen.webhook.secret else "",
        webhook_path=chosen.webhook.path,
        pace=pace or telegram_pace(config),
    )


def discord_adapter(config: Config) -> Adapter:
    """Discord's, as configured."""
    from bot.discord_adapter.adapter import DiscordAdapter

    chosen = config.discord
    return DiscordAdapter(
        chosen.token.get_secret_value() if chosen.token else "",
        texts=load_texts(),
        base_url=None if chosen.base_url == DISCORD_API else chosen.base_url,
        proxy=chosen.proxy,
        max_messages_per_channel=chosen.backfill.max_messages_per_channel,
        max_days=chosen.backfill.max_days,
        max_requests=chosen.backfill.max_requests,
    )


def tokens_of(config: Config) -> list[str]:
    """The tokens that are there."""
    return [
        token.get_secret_value()
        for token in (config.telegram.token, config.discord.token)
        if token is not None
    ]


async def run_bot(config: Config) -> int:
    """Run until a signal. The exit status: 0 after a stop, 2 for what a person must mend, 1 for a defect."""
    set_up_logs(config.logs.level, config.logs.format, config.secrets())
    try:
        key = load_secret(config.secret_file)
        database = await open_database(config, key)
    except OSError as error:
        return _refused(f"The secret {config.secret_file} cannot be read or made: {error.strerror}.")
    except StorageError as error:
        return _refused(error.sentence)
    locks = TokenLocks(database, tokens_of(config))
    try:
        await locks.acquire()
        return await _run(config, database, locks)
    except StorageError as error:
        return _refused(error.sentence)
    finally:
        await locks.release()
        await database.close()


async def _run(config: Config, database: Any, locks: TokenLocks) -> int:
    makers = makers_of(config)
    beside: Beside = {"lock": locks.hold()}
    adapters = [make() for make in makers.values()]
    living: dict[str, Adapter] = {}
    running: App | None = None
    try:
        beside |= listeners(config, lambda: living, lambda: running)
        running = app = App(
            database,
            adapters,
            config,
            version=version("homeroom"),
            makers=makers,
            beside=beside,
            judges=True,
        )
    except (AddressTaken, ValueError) as error:
        for work in beside.values():
            work.close()
        return _refused(str(error))
    living = app.adapters
    stop_on_signals(app)
    try:
        await app.run()
    except Refused as error:
        return _refused(str(error))
    except Overtaken:
        log.error("another Homeroom took over: this one ends")
        return 1
    except Exception:
        log.exception("Homeroom ended by a defect")
        return 1
    return 0


def listeners(
    config: Config, living: Callable[[], dict[str, Adapter]], app: Callable[[], App | None] = lambda: None
) -> Beside:
    """Telegram's webhook, what machines may ask, and what shops may tell. Raises AddressTaken."""
    found: Beside = {}
    hook = config.telegram.webhook
    if config.telegram.mode != "webhook" and "web" not in config.model_fields_set:
        return found
    from bot.web.shop import ShopDoor

    shop = ShopDoor(app).route()
    if config.telegram.token is not None and config.telegram.mode == "webhook":
        from starlette.routing import Route

        from bot.web.server import CurrentRoute, serve

        def current() -> Route:
            adapter: Any = living()[TELEGRAM]
            route: Route = adapter.webhook_route()
            return route

        found["webhook"] = serve(bind(hook.host, hook.port), [Route(hook.path, CurrentRoute(current)), shop])
    if "web" in config.model_fields_set:
        try:
            at: socket.socket = bind(config.web.host, config.web.port)
        except AddressTaken as error:
            log.warning("there is no health page", reason=str(error))
        else:
            from bot.web.asked import health_route, metrics_route, ready_route
            from bot.web.server import serve

            found["web"] = serve(at, [health_route(living), ready_route(app), metrics_route(app), shop])
    return found


def _refused(sentence: str) -> int:
    sys.stderr.write(f"{sentence}\n")
    return 2
