"""Quality in words: what a post may be, how sure that is, and what speaks for it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from handlers.base import N_, Texts
from handlers.words.dates import day_in_words
from handlers.words.ills import SIGNS
from storage.calendar import Calendar

FLOOD = "flood"
FOUND = {
    "fine": N_("fine"),
    "excellent": N_("excellent"),
    "advert": N_("an advert"),
    "abuse": N_("abuse"),
    "low_effort": N_("low effort"),
    "off_topic": N_("off topic"),
    FLOOD: N_("a flood"),
}
"""What a post is, within a sentence."""
SURE = {
    "advert": N_("surely an advert"),
    "abuse": N_("surely abuse"),
    "low_effort": N_("surely low effort"),
    "off_topic": N_("surely off topic"),
}
LIKELY = {
    "advert": N_("likely an advert"),
    "abuse": N_("likely abuse"),
    "low_effort": N_("likely low effort"),
    "off_topic": N_("likely off topic"),
}
UNSURE = {
    "advert": N_("perhaps an advert, I am not sure"),
    "abuse": N_("perhaps abuse, I am not sure"),
    "low_effort": N_("perhaps low effort, I am not sure"),
    "off_topic": N_("perhaps off topic, I am not sure"),
}


def outcome_in_words(t: Texts, outcome: str) -> str:
    """What experts found, within a sentence: "an advert"."""
    return t(FOUND[outcome]) if outcome in FOUND else outcome


def chance_in_words(t: Texts, kind: str, score: float, verdicts: int) -> str:
    """What a post may be, and how sure that is: in words until there are enough verdicts for a percentage."""
    # numpy is loaded when the first card is shown, not with the first import of the bot.
    from recsys.quality.judge import SHOWN_FROM, Sureness, sureness

    if kind not in SURE:
        return outcome_in_words(t, kind)
    if verdicts >= SHOWN_FROM:
        return t("{kind} ({percent} %)", kind=outcome_in_words(t, kind), percent=t.number(round(score * 100)))
    words = {Sureness.SURE: SURE, Sureness.LIKELY: LIKELY, Sureness.UNSURE: UNSURE}
    return t(words[sureness(score)][kind])


def reasons_in_words(
    t: Texts,
    reasons: Sequence[Mapping[str, Any]],
    *,
    removed: Mapping[int, datetime] = {},
    calendar: Calendar | None = None,
    now: datetime | None = None,
) -> list[str]:
    """What speaks for it, the heaviest first: "a price", "close to a post removed on Mon 23 Nov".

    `removed`: case -> when its post was found bad, as far as it may be told to who reads this.
    """
    said: list[str] = []
    for reason in reasons:
        words = _reason(t, reason, removed, calendar, now)
        if words and words not in said:
            said.append(words)
    return said


def listed(t: Texts, parts: Sequence[str]) -> str:
    """Several things in one line."""
    return t.c("list", ", ").join(parts)


def _reason(
    t: Texts,
    reason: Mapping[str, Any],
    removed: Mapping[int, datetime],
    calendar: Calendar | None,
    now: datetime | None,
) -> str:
    feature, of = reason.get("feature", ""), reason.get("of") or ""
    at = removed.get(int(reason.get("case") or 0)) if feature == "copy" else None
    if at is not None and calendar is not None and now is not None:
        return t(
            "close to a post found bad on {day}", day=day_in_words(t, calendar.day(at), calendar.day(now))
        )
    if feature == "wording":
        return t("the words “{words}”", words=of) if of else ""
    return t(SIGNS[feature]) if feature in SIGNS else ""
