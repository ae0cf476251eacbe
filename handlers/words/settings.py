"""Settings in words: every key with its sentence, what may be written for it, and how a value is said."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin

from pydantic import ValidationError

from handlers.base import N_, AlwaysOn, Feature, FeatureSettings, Texts, UserError
from handlers.base.arguments import read_whole, read_yesno
from handlers.words.durations import duration, read_duration

ENABLED = N_("Whether this is on.")
_DECIMAL = re.compile(r"[0-9]{1,9}(?:[.,][0-9]{1,6})?\Z")
_NONE = ("none", "无", "-", "空")


@dataclass(frozen=True, slots=True)
class Setting:
    """One field of a feature's settings under the key that admins write."""

    key: str
    field: str
    sentence: str
    kind: type[FeatureSettings]
    per_channel: bool


def settings_of(feature: Feature) -> list[Setting]:
    """The settings of one feature, in their order."""
    return [
        Setting(
            key=f"{feature.name}.{name}",
            field=name,
            sentence=field.description or (ENABLED if name == "enabled" else ""),
            kind=feature.settings,
            per_channel=feature.settings.scope_of(name) == "channel",
        )
        for name, field in feature.settings.model_fields.items()
        if name != "enabled" or not issubclass(feature.settings, AlwaysOn)
    ]


def read_value(setting: Setting, text: str, present: FeatureSettings, t: Texts) -> Any:
    """What is stored (as JSON) for what an admin wrote. Raises UserError that says what would fit."""
    field = setting.kind.model_fields[setting.field]
    value = _read(field.annotation, text.strip(), t, *_bounds(field.metadata))
    try:
        valid = setting.kind.model_validate(present.model_dump() | {setting.field: value})
    except ValidationError as error:
        raise UserError(_mistake(error, setting, text, field.metadata, t)) from None
    return valid.model_dump(mode="json")[setting.field]


def loaded(setting: Setting, stored: Any) -> Any:
    """The value that a stored one stands for; the stored one itself where it fits no longer."""
    try:
        return getattr(setting.kind.model_validate({setting.field: stored}), setting.field)
    except ValidationError:
        return stored


def value_in_words(t: Texts, value: Any) -> str:
    """A value as a sentence says it."""
    match value:
        case None:
            return t("none")
        case bool():
            return t("on") if value else t("off")
        case timedelta():
            return duration(t, value)
        case int():
            return t.number(value)
        case float():
            return f"{value:g}"
        case StrEnum():
            return t(value.value)
        case str():
            return value or t("none")
        case Mapping():
            pairs = (f"{name}={value_in_words(t, each)}" for name, each in value.items())
            return ", ".join(pairs) or t("none")  # as it is written, in every language
        case Sequence() | set() | frozenset():
            return t.c("list", ", ").join(value_in_words(t, each) for each in value) or t("none")
        case _:
            return str(value)


def written(t: Texts, setting: Setting, value: Any) -> str:
    """A value as an admin would write it, so that it can be read again."""
    match loaded(setting, value):
        case bool() | timedelta() | StrEnum() | None:
            return value_in_words(t, value)
        case int() as number:
            return str(number)
        case _:
            return value_in_words(t, value)


def _read(annotation: Any, text: str, t: Texts, low: Any, high: Any) -> Any:
    if get_origin(annotation) in (UnionType, Union):
        if text.casefold() in _NONE:
            return None
        annotation = next(each for each in get_args(annotation) if each is not type(None))
    if annotation is bool:
        return read_yesno(text, t)
    if annotation is int:
        return read_whole(text, low, high, t)
    if annotation is float:
        if not _DECIMAL.match(text):
            raise UserError(t("“{word}” is not a number. Write for example 2 or 0.5.", word=text[:40]))
        return float(text.replace(",", "."))
    if annotation is timedelta:
        return read_duration(text, t)
    if isinstance(annotation, type) and issubclass(annotation, StrEnum):
        return _choice(tuple(each.value for each in annotation), text, t)
    if get_origin(annotation) is Literal:
        return _choice(get_args(annotation), text, t)
    return "" if text.casefold() in _NONE else text


def _choice(choices: tuple[Any, ...], text: str, t: Texts) -> Any:
    for choice in choices:
        if text.casefold() in (str(choice).casefold(), t(str(choice)).casefold()):
            return choice
    words = t.c("list", ", ").join(t(str(choice)) for choice in choices)
    raise UserError(t("“{word}” is none of: {choices}.", word=text[:40], choices=words))


def _bounds(metadata: Sequence[Any]) -> tuple[Any, Any]:
    low = next((mark.ge for mark in metadata if hasattr(mark, "ge")), None)
    high = next((mark.le for mark in metadata if hasattr(mark, "le")), None)
    return low, high


def _mistake(error: ValidationError, setting: Setting, text: str, metadata: Sequence[Any], t: Texts) -> str:
    kind = error.errors()[0]["type"]
    low, high = _bounds(metadata)
    if kind in ("greater_than_equal", "less_than_equal") and low is not None and high is not None:
        return t(
            "It must be between {low} and {high}.", low=value_in_words(t, low), high=value_in_words(t, high)
        )
    if kind == "string_too_long":
        return t("“{word}” is too long.", word=f"{text[:20]}…")
    return t("“{word}” does not fit. {sentence}", word=text[:40], sentence=t(setting.sentence))
