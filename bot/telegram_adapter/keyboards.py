"""Keyboards: buttons and choices below a message, within what Telegram takes."""

import itertools
from collections.abc import Sequence

import structlog
from telegram import InlineKeyboardButton, InlineKeyboardMarkup

from bot.telegram_adapter.dress import clean, isolated, shortened
from handlers.base import Button, Select

log = structlog.get_logger()

MAX_ROW = 3
MAX_BUTTONS = 100
MAX_LABEL = 64
MAX_DATA = 64


def keyboard(
    buttons: Sequence[Sequence[Button]], select: Select | None = None
) -> InlineKeyboardMarkup | None:
    """Buttons in rows of at most three; a select's choices are rows of buttons as well.

    What Telegram would refuse (more than 100 buttons, a choice over 64 bytes) is left out and logged.
    """
    rows: list[list[InlineKeyboardButton]] = []
    for row in buttons:
        rows += in_rows([_button(button.label, button.data, button.url) for button in row], MAX_ROW)
    if select is not None:
        choices = [(label, f"{select.data}|{value}") for value, label in select.choices]
        fitting = [_button(label, data) for label, data in choices if len(data.encode()) <= MAX_DATA]
        if len(fitting) < len(choices):
            log.error("choices do not fit into a button", press=select.press)
        rows += in_rows(fitting, 1 if any(len(button.text) > 20 for button in fitting) else 2)
    total = list(itertools.accumulate(map(len, rows)))
    if total and total[-1] > MAX_BUTTONS:
        log.error("more buttons than a message can carry", buttons=total[-1])
        rows = [row for row, so_far in zip(rows, total, strict=True) if so_far <= MAX_BUTTONS]
    return InlineKeyboardMarkup(rows) if rows else None


def in_rows(buttons: list[InlineKeyboardButton], width: int) -> list[list[InlineKeyboardButton]]:
    """Buttons in rows of at most so many."""
    return [buttons[start : start + width] for start in range(0, len(buttons), width)]


def _button(label: str, data: str, url: str | None = None) -> InlineKeyboardButton:
    shown = isolated(shortened(" ".join(clean(label).split()), MAX_LABEL)) or "·"
    if url is not None:
        return InlineKeyboardButton(shown, url=url)
    return InlineKeyboardButton(shown, callback_data=data)
