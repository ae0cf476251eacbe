"""What points would have been given and refused, by the rules of today."""

from datetime import timedelta
from html import escape

from bot.story.marks import Bar, Section, bars, counted, share
from bot.story.values import Points, Story
from handlers.base import Texts
from handlers.taking_part.points import Reason
from handlers.words.durations import duration


def points(story: Story, t: Texts) -> Section:
    """What the rules make of it."""
    found = story.points
    finding = t(
        "{points} points for {people} people; {share} of all posts would have earned nothing.",
        points=t.number(found.total),
        people=t.number(found.people),
        share=share(sum(found.refused.values()), found.judged),
    )
    return Section(
        "points",
        t("What points would have been given, and refused"),
        finding,
        _advice(found, t),
        _body(found, t),
    )


def _advice(found: Points, t: Texts) -> str:
    why = next(iter(found.refused), None)
    if why == Reason.TOO_SOON:
        return t(
            "The pause of {pause} refuses most. People who write in short lines lose nothing: their first"
            " line counts. If that is too strict for you: {command}",
            pause=duration(t, found.cooldown),
            command=f"/set points.cooldown {_shorter(found.cooldown)}",
        )
    if why == Reason.TOO_SHORT:
        return t(
            "Being shorter than {n} characters refuses most. If short answers are good ones here: {command}",
            n=found.min_length,
            command=f"/set points.min_length {max(0, found.min_length // 2)}",
        )
    if why == Reason.DAILY_CAP:
        return t(
            "The daily limit refuses most. It keeps one busy day from deciding a month; to raise"
            " it: {command}",
            command=f"/set points.daily_cap {found.daily_cap * 2}",
        )
    return t("Look at the reasons below. If one is too strict for you, /settings changes it at any time.")


def _shorter(pause: timedelta) -> str:
    return f"{max(1, int(pause.total_seconds()) // 2)}s"


def _body(found: Points, t: Texts) -> str:
    given = bars(
        Bar(f"{rule_received(t, rule)} · {t.number(times)}", points, t.n("{n} point", "{n} points", points))
        for rule, (times, points) in found.given.items()
    )
    refused = bars(
        Bar(
            reason_in_words(t, reason, found),
            count,
            counted(t, count, found.judged),
            "warm",
        )
        for reason, count in found.refused.items()
    )
    return (
        f'<div class="two"><div><h3>{escape(t("Points given for"))}</h3>{given}</div>'
        f"<div><h3>{escape(t('Posts that earned nothing, and why'))}</h3>{refused}</div></div>"
    )


def rule_received(t: Texts, rule: str) -> str:
    """What a rule pays for, as a heading."""
    words = {
        "post": t("Posts that counted"),
        "reply": t("Replies received"),
        "reaction": t("Reactions received"),
        "thanks": t("Thanks received"),
        "voice": t("Time in voice"),
    }
    return words.get(rule, rule)


def reason_in_words(t: Texts, reason: str, rules: Points) -> str:
    """Why a post earned nothing, as a heading."""
    match reason:
        case Reason.TOO_SOON:
            return t("Within {pause} of their last that counted", pause=duration(t, rules.cooldown))
        case Reason.TOO_SHORT:
            return t("Shorter than {n} characters", n=rules.min_length)
        case Reason.DAILY_CAP:
            return t("Daily limit of {n} points reached", n=t.number(rules.daily_cap))
        case Reason.LOW_EFFORT:
            return t("Said very little")
        case Reason.REPEATS_ITSELF:
            return t("Nearly the same as one of their last five")
        case Reason.SAID_BEFORE:
            return t("The same text within 24 hours")
        case Reason.NOT_TEXT:
            return t("Stickers, voice messages, polls and the like")
        case Reason.FORWARDED:
            return t("Forwarded")
        case Reason.VIA_BOT:
            return t("Made through a bot")
        case _:
            return t("Nothing could be earned there")
