"""Sections: what the page tells, in its order. One more is one more function in this list."""

from collections.abc import Callable, Sequence
from typing import TypeAlias

from bot.story.marks import Section
from bot.story.sections.answers import answers
from bot.story.sections.boards import boards
from bot.story.sections.helpers import helpers
from bot.story.sections.hours import hours
from bot.story.sections.newcomers import newcomers
from bot.story.sections.points import points
from bot.story.values import Story
from handlers.base import Texts

Teller: TypeAlias = Callable[[Story, Texts], Section]

SECTIONS: Sequence[Teller] = (answers, helpers, newcomers, hours, boards, points)
