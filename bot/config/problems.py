"""What is wrong with a configuration, in sentences that end in the remedy and never repeat a secret.

Errors: ``ConfigError`` alone, with every ``Problem`` at once.
"""

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from bot.config.model import PREFIX, Config

# The three that everybody sets are spelt as people expect them.
SHORT_NAMES = {
    "HOMEROOM_TELEGRAM_TOKEN": "HOMEROOM_TELEGRAM__TOKEN",
    "HOMEROOM_DISCORD_TOKEN": "HOMEROOM_DISCORD__TOKEN",
    "HOMEROOM_DATABASE_URL": "HOMEROOM_DATABASE__URL",
}
TOKENS = ("telegram.token", "discord.token")
# Values that are secrets, or addresses that may carry a password: never repeated in a message.
SECRETS = (*TOKENS, "telegram.webhook.secret", "database.url", "telegram.proxy", "discord.proxy")


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong: where, what, and how to mend it."""

    key: str
    fault: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.key}: {self.fault} {self.remedy}"


class ConfigError(Exception):
    """The configuration cannot be used; carries every problem, not only the first."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = problems
        super().__init__("\n".join(str(problem) for problem in problems))


def problem_of(error: ErrorDetails, variables: Mapping[str, str]) -> Problem:
    """Put what pydantic found into two sentences, with the variable's name if that is where it came from."""
    key = ".".join(str(part) for part in error["loc"])
    fault, remedy = _sentences(error, key)
    return Problem((key or "configuration") + variables.get(key, ""), fault, remedy)


def _sentences(error: ErrorDetails, key: str) -> tuple[str, str]:
    context = error.get("ctx", {})
    shown = "this value" if key in SECRETS or not _is_short(error["input"]) else f'"{error["input"]}"'
    default = f"The default is {_default(key)}."
    match error["type"]:
        case "extra_forbidden":
            section = _section(error["loc"][:-1])
            return "there is no such key.", did_you_mean(str(error["loc"][-1]), list(section.model_fields))
        case "value_error":
            fault, _, remedy = str(context["error"]).partition(". ")
            return f"{fault}.", f"{remedy}."
        case "literal_error":
            return f"{shown} is none of the choices.", f"Choose {context['expected']}."
        case "greater_than" | "greater_than_equal":
            least = context.get("ge", f"more than {context.get('gt')}")
            return f"{shown} is too small.", f"The least is {least}. {default}"
        case "less_than" | "less_than_equal":
            return f"{shown} is too large.", f"The most is {context.get('le', context.get('lt'))}. {default}"
        case "int_parsing" | "int_type" | "int_from_float" | "int_parsing_size":
            return f"{shown} is not a whole number.", default
        case "float_parsing" | "float_type":
            return f"{shown} is not a number.", default
        case "bool_parsing" | "bool_type":
            return f"{shown} is neither true nor false.", default
        case "model_type" | "dict_type" | "model_attributes_type":
            return (
                "settings are expected here, one a line.",
                f"Write {key}: and the settings below it, indented.",
            )
        case "string_pattern_mismatch" if key.startswith("owner."):
            return f"{shown} is not an id.", "Write the number of the account, not its name."
        case "string_too_short" | "string_too_long":
            return "this value is too short or too long.", "Use 16 to 256 letters and digits."
        case _:
            return f"{shown} cannot stand here.", f"config.yaml says what can. {default}"


def _is_short(value: object) -> bool:
    return isinstance(value, str | int | float) and len(str(value)) <= 40


def _section(loc: tuple[int | str, ...]) -> type[BaseModel]:
    section: type[BaseModel] = Config
    for part in loc:
        annotation = section.model_fields[str(part)].annotation
        assert isinstance(annotation, type)
        section = annotation
    return section


def _default(key: str) -> object:
    section: object = Config()
    for part in key.split("."):
        section = getattr(section, part, None)
    return "empty" if section is None else section


def did_you_mean(word: str, known: list[str]) -> str:
    """Give the nearest known word as a question, else all of them."""
    near = difflib.get_close_matches(word, known, n=1)
    return f"Did you mean {near[0]}?" if near else f"Known here: {', '.join(known)}."


def variable_name(key: str) -> str:
    """Give the environment's name of a key, the short one where there is one."""
    name = PREFIX + key.upper().replace(".", "__")
    return next((short for short, long in SHORT_NAMES.items() if long == name), name)


def variable_names() -> list[str]:
    """Give the environment's name of every key."""
    return [variable_name(key) for key in keys_of(Config().model_dump())]


def keys_of(values: Mapping[str, Any], before: str = "") -> Iterator[str]:
    """Walk nested values and give each leaf's key, with dots."""
    for key, value in values.items():
        if isinstance(value, dict) and value:
            yield from keys_of(value, f"{before}{key}.")
        else:
            yield f"{before}{key}"
