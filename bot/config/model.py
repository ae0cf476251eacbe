"""The shape of the configuration: every key, its bounds and its default."""

import re
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from bot.locales import languages

PREFIX = "HOMEROOM_"
UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def _database_url(url: str) -> str:
    """Name the asynchronous driver; people need not know there is one."""
    scheme, _, rest = url.partition("://")
    match scheme:
        case "sqlite" | "sqlite+aiosqlite" if rest.startswith("/"):
            return f"sqlite+aiosqlite://{rest}"
        case "postgres" | "postgresql" | "postgresql+asyncpg" if rest:
            # Hosting companies hand out libpq's word; asyncpg knows the same values under another.
            return "postgresql+asyncpg://" + re.sub(r"([?&])sslmode=", r"\1ssl=", rest)
    raise ValueError(
        "this is no address of a database that Homeroom speaks to."
        " Write sqlite:///data/homeroom.db or postgresql://user:password@host/name"
    )


def _address(*schemes: str) -> AfterValidator:
    def check(value: str) -> str:
        parts = urlsplit(value)
        if parts.scheme not in schemes or not parts.hostname:
            raise ValueError(f"this is not an address. Write {schemes[0]}://host:port")
        return value.rstrip("/")

    return AfterValidator(check)


def _duration(value: object) -> object:
    if isinstance(value, timedelta):
        return value
    found = re.fullmatch(r"\s*(\d{1,6})\s*([smhd])\s*", value) if isinstance(value, str) else None
    if not found:
        raise ValueError("this is not a length of time. Write a number with s, m, h or d, for example 2d")
    return timedelta(**{UNITS[found[2]]: int(found[1])})


def _token(value: object) -> object:
    return (value.strip() or None) if isinstance(value, str) else value


def _telegram_token(token: SecretStr) -> SecretStr:
    if not re.fullmatch(r"\d+:[\w-]+", token.get_secret_value()):
        raise ValueError(
            "this is not a Telegram token. Copy the whole line BotFather gave you, as in 110201543:AAHdq"
        )
    return token


def _discord_token(token: SecretStr) -> SecretStr:
    if not re.fullmatch(r"[\w.-]+", token.get_secret_value()):
        raise ValueError(
            "this is not a Discord token. Copy it from the developer portal, page Bot, without the word Bot"
        )
    return token


def _language(code: str) -> str:
    known = languages()
    if code not in known:
        choices = ", ".join(map(repr, known[:-1])) + f" or {known[-1]!r}"
        raise ValueError(f'"{code}" is none of the choices. Choose {choices}')
    return code


DatabaseUrl = Annotated[str, AfterValidator(_database_url)]
Language = Annotated[str, AfterValidator(_language)]
Duration = Annotated[timedelta, BeforeValidator(_duration)]
Pace = Annotated[float, Field(gt=0, le=1000)]
PlatformId = Annotated[str, Field(pattern=r"^-?\d+$")]
Port = Annotated[int, Field(ge=1, le=65535)]
HttpAddress = Annotated[str, _address("https", "http")]
HttpProxy = Annotated[str, _address("http", "https")]
AnyProxy = Annotated[str, _address("http", "https", "socks5", "socks5h")]
TelegramToken = Annotated[
    Annotated[SecretStr, AfterValidator(_telegram_token)] | None, BeforeValidator(_token)
]
DiscordToken = Annotated[Annotated[SecretStr, AfterValidator(_discord_token)] | None, BeforeValidator(_token)]


class Section(BaseModel):
    """A part of config.yaml: frozen, and strict about spelling."""

    model_config = ConfigDict(frozen=True, extra="forbid", coerce_numbers_to_str=True, validate_default=True)


class Owner(Section):
    """Who is told, privately, when the installation itself is in trouble."""

    telegram: PlatformId | None = None
    discord: PlatformId | None = None


class DatabaseConfig(Section):
    """Where everything is kept; the address names its asynchronous driver once it is loaded."""

    url: DatabaseUrl = Field(default="sqlite:///data/homeroom.db", repr=False)


class Webhook(Section):
    """Where Telegram delivers in webhook mode."""

    url: Annotated[str, _address("https")] | None = None
    host: str = "127.0.0.1"
    port: Port = 8443
    path: Annotated[str, Field(pattern=r"^/[\w/.-]*$")] = "/telegram"
    secret: Annotated[SecretStr, Field(min_length=16, max_length=256)] | None = None


class TelegramConfig(Section):
    """How Telegram is reached. Without a token it is not."""

    token: TelegramToken = None
    mode: Literal["polling", "webhook"] = "polling"
    webhook: Webhook = Webhook()
    base_url: HttpAddress = "https://api.telegram.org"
    proxy: AnyProxy | None = Field(default=None, repr=False)
    per_second: Pace = 30
    per_chat_per_second: Pace = 1
    per_group_per_minute: Pace = 20

    @model_validator(mode="after")
    def _webhook_is_complete(self) -> "TelegramConfig":
        if self.mode == "webhook" and not (self.webhook.url and self.webhook.secret):
            raise ValueError(
                "webhook mode needs an address and a secret. Set telegram.webhook.url to the public https"
                " address, and HOMEROOM_TELEGRAM__WEBHOOK__SECRET to 16 or more letters and digits"
            )
        return self


class Backfill(Section):
    """How much of Discord's history is read to close a gap, at most."""

    max_messages_per_channel: Annotated[int, Field(ge=0, le=1_000_000)] = 5000
    max_days: Annotated[int, Field(ge=0, le=3650)] = 14
    max_requests: Annotated[int, Field(ge=0, le=100_000)] = 1000


class DiscordConfig(Section):
    """How Discord is reached. Without a token it is not."""

    token: DiscordToken = None
    base_url: HttpAddress = "https://discord.com/api"
    proxy: HttpProxy | None = Field(default=None, repr=False)
    backfill: Backfill = Backfill()


class WebConfig(Section):
    """Where the health page and the sandbox listen."""

    host: str = "127.0.0.1"
    port: Port = 8080


class OutboxConfig(Section):
    """How hard Homeroom tries to deliver."""

    on_unknown: Literal["hold", "retry"] = "hold"
    max_tries: Annotated[int, Field(ge=1, le=100)] = 10
    give_up_after: Duration = timedelta(days=2)


class BackupConfig(Section):
    """The nightly copy of the database."""

    enabled: bool = True
    hour: Annotated[int, Field(ge=0, le=23)] = 3
    keep: Annotated[int, Field(ge=1, le=365)] = 7
    folder: Path = Path("data/backups")


class TrainingConfig(Section):
    """The nightly training of what suggests courses."""

    enabled: bool = True
    hour: Annotated[int, Field(ge=0, le=23)] = 2
    seconds: Annotated[float, Field(ge=1, le=36_000)] = 300
    megabytes: Annotated[float, Field(ge=10, le=1_000_000)] = 200


class DispatchConfig(Section):
    """How many events are taken at once, and how many may wait."""

    batch_size: Annotated[int, Field(ge=1, le=1000)] = 200
    queue_size: Annotated[int, Field(ge=1, le=100_000)] = 5000


class LogsConfig(Section):
    """What is logged, and in which form."""

    level: Literal["debug", "info", "warning", "error"] = "info"
    format: Literal["auto", "json", "console"] = "auto"


class Config(BaseSettings):
    """The whole configuration, checked and frozen; ``load_config`` makes it."""

    model_config = SettingsConfigDict(
        frozen=True, extra="forbid", validate_default=True, env_prefix=PREFIX, env_nested_delimiter="__"
    )

    language: Language = "en"
    data_folder: Path = Path("data")
    secret_file: Path = Path("data/secret.key")
    encoder: Annotated[str, Field(min_length=1, max_length=500)] = "builtin"
    owner: Owner = Owner()
    database: DatabaseConfig = DatabaseConfig()
    telegram: TelegramConfig = TelegramConfig()
    discord: DiscordConfig = DiscordConfig()
    web: WebConfig = WebConfig()
    outbox: OutboxConfig = OutboxConfig()
    backup: BackupConfig = BackupConfig()
    training: TrainingConfig = TrainingConfig()
    dispatch: DispatchConfig = DispatchConfig()
    logs: LogsConfig = LogsConfig()
    # Checked by the features themselves, which know their settings.
    features: dict[str, dict[str, Any]] = {}

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Take what is given and nothing else: a Config made in a test ignores the machine it runs on."""
        return (init_settings,)

    @model_validator(mode="before")
    @classmethod
    def _inside_the_data_folder(cls, values: dict[str, Any]) -> dict[str, Any]:
        """Whoever moves the data folder moves the database, the backups and the secret with it."""
        folder = values.get("data_folder")
        if not isinstance(folder, str | Path):
            return values
        database, backup = values.get("database", {}), values.get("backup", {})
        filled = {"secret_file": Path(folder, "secret.key")} | values
        if isinstance(database, dict):
            filled["database"] = {"url": f"sqlite:///{Path(folder, 'homeroom.db')}"} | database
        if isinstance(backup, dict):
            filled["backup"] = {"folder": Path(folder, "backups")} | backup
        return filled

    def secrets(self) -> frozenset[str]:
        """Every text that no log and no message may show."""
        tokens = (self.telegram.token, self.telegram.webhook.secret, self.discord.token)
        addresses = (self.database.url, self.telegram.proxy, self.discord.proxy)
        passwords = (urlsplit(address).password for address in addresses if address)
        return frozenset(
            [token.get_secret_value() for token in tokens if token] + [p for p in passwords if p]
        )
