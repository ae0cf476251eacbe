"""Days of the week, by name only: numbers mean different days to different people."""

from babel import Locale, UnknownLocaleError

from handlers.base import N_, Texts, UserError

WEEKDAYS = (
    N_("Monday"),
    N_("Tuesday"),
    N_("Wednesday"),
    N_("Thursday"),
    N_("Friday"),
    N_("Saturday"),
    N_("Sunday"),
)
_CHINESE = "一二三四五六日"


def usual_week_start(locale: str) -> int:
    """The day on which weeks begin where somebody's platform says "en-US"; Monday where it says nothing."""
    try:
        return int(Locale.parse(locale.replace("-", "_")).first_week_day) if "-" in locale else 0
    except (UnknownLocaleError, ValueError):
        return 0


def read_weekday(word: str, t: Texts) -> int:
    """Monday is 0. Raises UserError."""
    folded = word.strip().casefold()
    for number, name in enumerate(WEEKDAYS):
        own = {f"{week}{_CHINESE[number]}" for week in ("周", "星期", "礼拜")}
        if folded in {name.casefold(), name[:3].casefold(), t(name).casefold()} | own:
            return number
    if folded in ("周天", "星期天", "礼拜天"):
        return 6
    raise UserError(
        t(
            "“{word}” is no day of the week. Write its name, such as {day}.",
            word=word[:40],
            day=t(WEEKDAYS[0]),
        )
    )
