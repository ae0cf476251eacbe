"""From a file and variables to a checked Config."""

import os
import re
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from dotenv import dotenv_values
from pydantic import ValidationError
from pydantic_settings import EnvSettingsSource, SettingsError

from bot.config.model import PREFIX, Config
from bot.config.problems import (
    SHORT_NAMES,
    TOKENS,
    ConfigError,
    Problem,
    did_you_mean,
    keys_of,
    problem_of,
    variable_name,
    variable_names,
)


def environment(folder: Path = Path()) -> dict[str, str]:
    """Give the process's variables over those of the folder's .env file."""
    return {k: v for k, v in dotenv_values(folder / ".env").items() if v is not None} | dict(os.environ)


def load_config(path: Path | None, environ: Mapping[str, str]) -> Config:
    """Read the file (None: the defaults), let the environment overrule it, and check it all.

    Raises ConfigError with every problem at once, in sentences without a secret in them.
    """
    from_file, problems = _from_file(path) if path else ({}, [])
    from_environment, more = _from_environment(environ)
    values = _merged(from_file, from_environment)
    proxy = environ.get("HTTPS_PROXY") or environ.get("https_proxy") or ""
    if proxy.startswith(("http://", "https://")):
        values = _merged({"discord": {"proxy": proxy}}, values)

    try:
        config = Config(**values)
    except ValidationError as error:
        variables = {key: f" ({variable_name(key)})" for key in keys_of(from_environment)}
        problems += more + [problem_of(found, variables) for found in error.errors()]
        raise ConfigError(problems) from None
    if problems or more:
        raise ConfigError(problems + more)
    return config


def load_secret(path: Path) -> bytes:
    """Give the key that anonymises members, kept outside the database; make it at the first start."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(secrets.token_hex(32).encode())
    return path.read_bytes().strip()


class _Environment(EnvSettingsSource):
    """The variables of a mapping, not of the process, so that loading stays a pure function."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        super().__init__(Config)

    def _load_env_vars(self) -> Mapping[str, str | None]:
        return {name.lower(): value for name, value in self._environ.items()}


def _from_environment(environ: Mapping[str, str]) -> tuple[dict[str, Any], list[Problem]]:
    ours = {SHORT_NAMES.get(k, k): v for k, v in environ.items() if k.startswith(PREFIX) and v.strip()}
    known = {PREFIX + name.upper() for name in Config.model_fields}
    unknown = [name for name in ours if name.split("__")[0] not in known]
    problems = [
        Problem(name, "there is no such variable.", did_you_mean(name, [*SHORT_NAMES, *variable_names()]))
        for name in unknown
    ]
    try:
        return _without_nulls(_Environment(ours)()), problems
    except SettingsError as error:
        field = re.search(r'field "(\w+)"', str(error))
        name = PREFIX + (field[1].upper() if field else "...")
        return {}, [
            *problems,
            Problem(name, "this is not JSON.", f"Set its parts, as in {name}__PART=value."),
        ]


def _from_file(path: Path) -> tuple[dict[str, Any], list[Problem]]:
    try:
        read = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}, [Problem(str(path), "there is no such file.", "Name another with --config.")]
    except (OSError, UnicodeDecodeError):
        return {}, [
            Problem(str(path), "it cannot be read as text.", "Check its rights and its encoding (UTF-8).")
        ]
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f", line {mark.line + 1}" if mark else ""
        return {}, [
            Problem(f"{path}{line}", "this is not YAML.", "Check the indentation and the colons there.")
        ]
    if read is not None and not isinstance(read, dict):
        return {}, [Problem(str(path), "it holds no settings.", "Write them as key: value.")]

    values = _without_nulls(read or {})
    return values, [
        Problem(
            key,
            "a token does not belong in a file that is shared.",
            f"Put it in .env, as {variable_name(key)}=...",
        )
        for key in TOKENS
        if key in set(keys_of(values))
    ]


def _merged(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    result = dict(below)
    for key, value in above.items():
        old = result.get(key)
        result[key] = _merged(old, value) if isinstance(old, dict) and isinstance(value, dict) else value
    return result


def _without_nulls(values: Mapping[str, Any]) -> dict[str, Any]:
    """Drop what is empty: in YAML an empty section is null, and means the defaults."""
    return {
        str(key): _without_nulls(value) if isinstance(value, dict) else value
        for key, value in values.items()
        if value is not None
    }
