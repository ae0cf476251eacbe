"""The configuration: complete, strict about spelling, and it says everything that is wrong at once."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

from bot.config import Config, ConfigError, environment, load_config, load_secret

SHIPPED = Path(__file__).parents[2] / "config.yaml"


@pytest.fixture
def write(tmp_path):
    def write(text: str) -> Path:
        path = tmp_path / "config.yaml"
        path.write_text(text, encoding="utf-8")
        return path

    return write


def problems(path: Path | None, environ: dict[str, str] | None = None) -> dict[str, str]:
    with pytest.raises(ConfigError) as raised:
        load_config(path, environ or {})
    return {problem.key: f"{problem.fault} {problem.remedy}" for problem in raised.value.problems}


def keys(model: type[BaseModel], before: str = "") -> set[str]:
    found = set()
    for name, field in model.model_fields.items():
        part = field.annotation
        nested = isinstance(part, type) and issubclass(part, BaseModel)
        found |= keys(part, f"{before}{name}.") if nested else {f"{before}{name}"}
    return found


def keys_in(values: dict[str, Any], before: str = "") -> set[str]:
    found = set()
    for name, value in values.items():
        found |= (
            keys_in(value, f"{before}{name}.") if isinstance(value, dict) and value else {f"{before}{name}"}
        )
    return found


def test_the_shipped_file_holds_every_key_but_the_secrets_and_equals_the_defaults():
    shipped = yaml.safe_load(SHIPPED.read_text(encoding="utf-8"))

    secrets = {"telegram.token", "discord.token", "telegram.webhook.secret"}
    assert keys_in(shipped) == keys(Config) - secrets
    assert load_config(SHIPPED, {}) == Config() == load_config(None, {})


def test_the_shipped_file_has_no_line_too_long_for_an_editor():
    assert max(map(len, SHIPPED.read_text(encoding="utf-8").splitlines())) <= 110


def test_the_environment_overrules_the_file(write):
    path = write("web: {port: 9000, host: 0.0.0.0}\nlanguage: zh_CN")

    config = load_config(path, {"HOMEROOM_WEB__PORT": "9001", "HOMEROOM_DISCORD__BACKFILL__MAX_DAYS": "3"})

    assert (config.web.port, config.web.host, config.language) == (9001, "0.0.0.0", "zh_CN")
    assert config.discord.backfill.max_days == 3


def test_tokens_have_short_names_and_are_not_shown():
    config = load_config(
        None, {"HOMEROOM_TELEGRAM_TOKEN": " 123456:abc-DEF \n", "HOMEROOM_DISCORD_TOKEN": "a.b.c"}
    )

    assert config.telegram.token is not None
    assert config.telegram.token.get_secret_value() == "123456:abc-DEF"
    assert config.secrets() == {"123456:abc-DEF", "a.b.c"}
    assert "abc-DEF" not in repr(config)
    assert "a.b.c" not in repr(config)


def test_an_empty_variable_is_no_variable():
    config = load_config(None, {"HOMEROOM_TELEGRAM_TOKEN": "", "HOMEROOM_WEB__PORT": ""})

    assert config.telegram.token is None
    assert config.web.port == 8080


def test_passwords_in_addresses_are_secrets():
    config = load_config(
        None,
        {
            "HOMEROOM_DATABASE_URL": "postgresql://ann:hunter2@db/homeroom",
            "HOMEROOM_TELEGRAM__PROXY": "socks5://ann:hunter3@proxy:1080",
        },
    )

    assert config.secrets() == {"hunter2", "hunter3"}
    assert "hunter" not in repr(config)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("sqlite:///data/x.db", "sqlite+aiosqlite:///data/x.db"),
        ("sqlite:////var/x.db", "sqlite+aiosqlite:////var/x.db"),
        ("sqlite+aiosqlite:///x.db", "sqlite+aiosqlite:///x.db"),
        ("postgresql://a:b@c/d", "postgresql+asyncpg://a:b@c/d"),
        ("postgres://a@c:5433/d?sslmode=require", "postgresql+asyncpg://a@c:5433/d?ssl=require"),
        ("postgresql+asyncpg://c/d", "postgresql+asyncpg://c/d"),
    ],
)
def test_a_database_address_needs_no_driver(written, meant):
    assert load_config(None, {"HOMEROOM_DATABASE_URL": written}).database.url == meant


def test_moving_the_data_folder_moves_what_is_in_it():
    config = load_config(None, {"HOMEROOM_DATA_FOLDER": "/srv/homeroom"})

    assert config.database.url == "sqlite+aiosqlite:////srv/homeroom/homeroom.db"
    assert config.backup.folder == Path("/srv/homeroom/backups")
    assert config.secret_file == Path("/srv/homeroom/secret.key")


def test_what_is_named_stays_where_it_was_named(write):
    path = write("data_folder: /srv/h\nbackup: {folder: /mnt/b}\ndatabase: {url: 'postgresql://h/d'}")

    config = load_config(path, {})

    assert config.backup.folder == Path("/mnt/b")
    assert config.database.url == "postgresql+asyncpg://h/d"


def test_the_environments_proxy_is_discords_unless_another_is_named(write):
    environ = {"HTTPS_PROXY": "http://proxy:3128"}

    assert load_config(None, environ).discord.proxy == "http://proxy:3128"
    assert load_config(write("discord: {proxy: 'http://mine:1'}"), environ).discord.proxy == "http://mine:1"
    assert load_config(None, {"HTTPS_PROXY": "socks5://proxy:1080"}).discord.proxy is None


def test_ids_are_text_however_they_are_written(write):
    assert load_config(write("owner: {telegram: 4242}"), {}).owner.telegram == "4242"
    assert (
        load_config(None, {"HOMEROOM_OWNER__DISCORD": "80351110224678912"}).owner.discord
        == "80351110224678912"
    )


def test_installation_wide_defaults_of_features_are_handed_on(write):
    path = write("features: {points: {base: 5, cooldown: 2m}}")

    config = load_config(path, {"HOMEROOM_FEATURES__POINTS__BASE": "7"})

    assert config.features == {"points": {"base": "7", "cooldown": "2m"}}


def test_every_problem_is_said_at_once_with_its_key_and_its_remedy(write):
    path = write(
        """
        web: {prot: 1, port: 99999}
        telegarm: {}
        telegram: {mode: webhok, token: "123456:verysecret"}
        owner: {telegram: ann}
        outbox: {give_up_after: soon, max_tries: many}
        database: {url: "mysql://u:hunter2@x/y"}
        backup: 5
        """
    )

    said = problems(path, {"HOMEROOM_DISCORD_TOKEN": "Bot hunter3", "HOMEROOM_TELEGRAM_TOKN": "hunter4"})

    assert said == {
        "web.prot": "there is no such key. Did you mean port?",
        "web.port": '"99999" is too large. The most is 65535. The default is 8080.',
        "telegarm": "there is no such key. Did you mean telegram?",
        "telegram.mode": "\"webhok\" is none of the choices. Choose 'polling' or 'webhook'.",
        "telegram.token": "a token does not belong in a file that is shared."
        " Put it in .env, as HOMEROOM_TELEGRAM_TOKEN=...",
        "owner.telegram": '"ann" is not an id. Write the number of the account, not its name.',
        "outbox.give_up_after": "this is not a length of time."
        " Write a number with s, m, h or d, for example 2d.",
        "outbox.max_tries": '"many" is not a whole number. The default is 10.',
        "database.url": "this is no address of a database that Homeroom speaks to."
        " Write sqlite:///data/homeroom.db or postgresql://user:password@host/name.",
        "backup": "settings are expected here, one a line."
        " Write backup: and the settings below it, indented.",
        "discord.token (HOMEROOM_DISCORD_TOKEN)": "this is not a Discord token."
        " Copy it from the developer portal, page Bot, without the word Bot.",
        "HOMEROOM_TELEGRAM_TOKN": "there is no such variable. Did you mean HOMEROOM_TELEGRAM_TOKEN?",
    }


def test_no_secret_is_repeated_in_a_message(write):
    path = write(
        "telegram: {token: '12:hunter1', proxy: 'ftp://u:hunter2@x'}\ndatabase: {url: 'x://u:hunter3@y'}"
    )

    said = problems(
        path, {"HOMEROOM_DISCORD_TOKEN": "hunter4 !", "HOMEROOM_TELEGRAM__WEBHOOK__SECRET": "hunter5"}
    )

    assert len(said) == 5
    assert "hunter" not in str(said)


def test_webhook_mode_says_what_it_needs():
    said = problems(None, {"HOMEROOM_TELEGRAM__MODE": "webhook"})

    assert list(said) == ["telegram"]
    assert "HOMEROOM_TELEGRAM__WEBHOOK__SECRET" in said["telegram"]


@pytest.mark.parametrize(
    ("text", "key", "said"),
    [
        ("web: {port: 1\n", "line 2", "this is not YAML."),
        ("- a\n- b\n", "config.yaml", "it holds no settings."),
        ("web: {port: [1]}", "web.port", "this value is not a whole number."),
        ("backup: {enabled: perhaps}", "backup.enabled", '"perhaps" is neither true nor false.'),
        ("telegram: {per_second: fast}", "telegram.per_second", '"fast" is not a number.'),
        ("telegram: {per_second: 0}", "telegram.per_second", '"0" is too small.'),
        ("telegram: {webhook: {path: x}}", "telegram.webhook.path", '"x" cannot stand here.'),
        ("language: de", "language", "\"de\" is none of the choices. Choose 'en' or 'zh_CN'."),
        ("features: {points: 5}", "features.points", "settings are expected here"),
        ("zzz: 1", "zzz", "Known here: language"),
    ],
)
def test_a_mistake_is_answered_with_a_sentence(write, text, key, said):
    [(where, sentence)] = problems(write(text)).items()

    assert where.endswith(key)
    assert said in sentence


def test_a_missing_file_is_said():
    [(where, sentence)] = problems(Path("nowhere.yaml")).items()

    assert where == "nowhere.yaml"
    assert "--config" in sentence


def test_a_section_given_as_one_variable_is_explained():
    assert problems(None, {"HOMEROOM_OWNER": "ann"}) == {
        "HOMEROOM_OWNER": "this is not JSON. Set its parts, as in HOMEROOM_OWNER__PART=value."
    }


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=5), inner, max_size=2),
    max_leaves=4,
)


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None, max_examples=50)
@given(st.dictionaries(st.sampled_from([*Config.model_fields, "x"]), ANYTHING, max_size=3))
def test_whatever_the_file_holds_the_answer_is_a_config_or_sentences(tmp_path_factory, values):
    path = tmp_path_factory.mktemp("config") / "config.yaml"
    path.write_text(yaml.safe_dump(values, allow_unicode=True), encoding="utf-8")

    try:
        load_config(path, {})
        found = []
    except ConfigError as error:
        found = error.problems

    assert all(problem.key and problem.fault and problem.remedy for problem in found)


def test_a_config_cannot_be_changed():
    with pytest.raises(ValidationError):
        Config().web.port = 1  # type: ignore[misc]
    with pytest.raises(ValidationError):
        Config().language = "zh_CN"  # type: ignore[misc]


def test_a_config_made_in_a_test_ignores_the_machine(monkeypatch):
    monkeypatch.setenv("HOMEROOM_WEB__PORT", "1")

    assert Config().web.port == 8080


def test_the_dotenv_file_is_read_below_the_process_environment(tmp_path, monkeypatch):
    (tmp_path / ".env").write_text("HOMEROOM_WEB__PORT=9000\nHOMEROOM_WEB__HOST='0.0.0.0'  # all\n")
    monkeypatch.setenv("HOMEROOM_WEB__PORT", "9001")

    read = environment(tmp_path)

    assert (read["HOMEROOM_WEB__PORT"], read["HOMEROOM_WEB__HOST"]) == ("9001", "0.0.0.0")


def test_the_secret_is_made_once_and_for_its_owner_only(tmp_path):
    path = tmp_path / "new" / "secret.key"

    first = load_secret(path)

    assert load_secret(path) == first
    assert len(first) == 64
    assert path.stat().st_mode & 0o777 == 0o600
