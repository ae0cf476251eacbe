"""Start: when a cohort begins and how its lessons follow each other, as it is written."""

from datetime import date, timedelta
from typing import Annotated

from handlers.base import N_, Help, Parsed, Texts, UserError
from handlers.words.days import read_day

SLOWEST = 90
"""So many days at most lie between two lessons."""
_RHYTHMS = {
    "daily": 1,
    "day": 1,
    "每天": 1,
    "每日": 1,
    "weekly": 7,
    "week": 7,
    "每周": 7,
    "once": 0,
    "all": 0,
    "一次": 0,
}


def read_rhythm(word: str, t: Texts) -> int:
    """After how many days the next lesson opens; 0: all at once. Raises UserError."""
    folded = word.strip().casefold()
    if folded in _RHYTHMS:
        return _RHYTHMS[folded]
    digits = folded.removesuffix("d").removesuffix("天")
    if digits.isascii() and digits.isdigit() and len(digits) < 4 and int(digits) <= SLOWEST:
        return int(digits)
    raise UserError(
        t(
            "“{word}” is no rhythm. Write after how many days the next lesson opens (at most {most}), daily,"
            " weekly, or once for all at the same time.",
            word=word[:40],
            most=SLOWEST,
        )
    )


StartDay = Annotated[
    date | timedelta | int,
    Parsed(read_day),
    Help(N_("When it begins: 2026-12-01, tomorrow or friday")),
]
Rhythm = Annotated[
    int,
    Parsed(
        read_rhythm,
        choices=(("1", N_("a lesson a day")), ("7", N_("a lesson a week")), ("0", N_("all at once"))),
    ),
    Help(N_("After how many days the next lesson opens")),
]
