"""Draft: what admins have answered so far in /setup, stored, so that whoever comes back goes on.

Nothing of it holds before the last step: a community that is not set up yet stays silent.
"""

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from pydantic import TypeAdapter, ValidationError

from handlers.admin.presets import Preset
from handlers.base import Command, Context, Pressed
from handlers.words.languages import nearest

KEY = "setup.draft"
"""Stored among the settings, under a key that is none of them."""


class Step(StrEnum):
    """The five questions, in their order."""

    LANGUAGE = "language"
    ZONE = "zone"
    WEEK = "week"
    SPEECH = "speech"
    RULES = "rules"


STEPS = tuple(Step)
EVERYWHERE, ANSWERS = "everywhere", "answers"


@dataclass(frozen=True, slots=True)
class Draft:
    """The answers so far, and the question that comes next."""

    step: Step = Step.LANGUAGE
    language: str = "en"
    zone: str | None = None
    week_start: int = 0
    speech: str = EVERYWHERE
    """Everywhere, answers only, or the number of the one channel."""
    preset: Preset = Preset.STANDARD


_DRAFT = TypeAdapter(Draft)


async def load(ctx: Context) -> Draft:
    """The draft of this community; a new one where there is none, in the language of who asks."""
    rows = await ctx.store.settings.of(ctx.community.id)
    stored = next((row.value for row in rows if row.key == KEY), None)
    try:
        if stored is not None:
            return _DRAFT.validate_python(stored)
    except ValidationError:
        pass  # of another version: begin again
    return Draft(language=nearest(locale_of(ctx) or ctx.community.language, ctx.t.languages))


async def save(ctx: Context, draft: Draft) -> None:
    """Keep the answers so far."""
    by = ctx.account.id if ctx.account else None
    stored: dict[str, Any] = asdict(draft)
    await ctx.store.settings.set(ctx.community.id, KEY, stored, by=by, now=ctx.now)


async def drop(ctx: Context) -> None:
    """The answers hold now, so the draft is gone. Safe to call twice."""
    await ctx.store.settings.reset(ctx.community.id, KEY)


def locale_of(ctx: Context) -> str:
    """The language, and where the platform tells it the country, of who is asking."""
    return (ctx.event.person.language or "") if isinstance(ctx.event, Command | Pressed) else ""
