"""How fast questions get answers, and which never do."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from html import escape
from math import ceil

from bot.story.marks import Bar, Section, about, bars, counted, day, figures, folded, note, of_100
from bot.story.values import Answers, Asked, Story
from handlers.base import Texts
from storage.calendar import Calendar

SHOWN = 5
STEPS = (60, 300, 900, 3_600, 21_600, 86_400, 172_800)
"""Seconds, each the end of one bar."""
MANY = 0.15


def quantile(ordered: Sequence[float], share: float) -> float:
    """The nearest rank: the smallest value that so large a share of all do not exceed."""
    return ordered[max(0, ceil(share * len(ordered)) - 1)]


def answers(story: Story, t: Texts) -> Section:
    """How long askers wait."""
    found = story.answers
    title = t("How fast questions get answers")
    if not found.judged:
        return Section(
            "answers",
            title,
            t("There are too few questions in this file to say."),
            t("Ask one yourself this week: people answer where somebody has begun."),
            "",
        )
    return Section("answers", title, _finding(found, t), _advice(found, t), _body(story, t))


def _finding(found: Answers, t: Texts) -> str:
    if not found.waited:
        return t.n(
            "The one question has no answer.", "None of the {n} questions has an answer.", found.judged
        )
    median = about(t, quantile(found.waited, 0.5))
    if not found.unanswered:
        return t("Half of the answers come within {median}, and every question got one.", median=median)
    # Of a few questions the numbers themselves are said.
    whole = min(100, found.judged)
    open_ones = found.unanswered if found.judged <= whole else max(1, of_100(found.unanswered, found.judged))
    return t(
        "Half of the answers come within {median}; {open} of {all} questions get none that I can see.",
        median=median,
        open=open_ones,
        all=whole,
    )


def _advice(found: Answers, t: Texts) -> str:
    if found.unanswered >= MANY * found.judged:
        return t(
            "Answer one of the open questions below today, and find somebody for each day of the week who"
            " looks for those without an answer."
        )
    if found.waited and quantile(found.waited, 0.9) > 6 * 3_600:
        return t("One in ten waits for hours. Ask a member in another time zone to look in when you sleep.")
    return t("That is quick. Tell newcomers so: it is a reason to ask.")


def _body(story: Story, t: Texts) -> str:
    found = story.answers
    large = []
    if found.waited:
        large = [
            (about(t, quantile(found.waited, 0.5)), t("half of the answers came within")),
            (about(t, quantile(found.waited, 0.9)), t("9 of 10 answers came within")),
        ]
    large.append((t.number(found.unanswered), t("questions without an answer")))
    parts = [figures(large), bars(_distribution(found, t))]
    if found.too_young:
        parts.append(
            note(
                t.n(
                    "{n} more was asked in the last two days of the file: its answer may still come.",
                    "{n} more were asked in the last two days of the file: their answers may still come.",
                    found.too_young,
                )
            )
        )
    if found.latest_open:
        parts.append(f"<h3>{escape(t('The latest without an answer'))}</h3>")
        parts.append(_quotes(found.latest_open[:SHOWN], story, t))
        if more := found.latest_open[SHOWN:]:
            parts.append(folded(t.n("{n} more", "{n} more", len(more)), _quotes(more, story, t)))
    return "".join(parts)


def _distribution(found: Answers, t: Texts) -> Iterable[Bar]:
    names = (
        t("1 minute or less"),
        t("1 to 5 minutes"),
        t("5 to 15 minutes"),
        t("15 minutes to 1 hour"),
        t("1 to 6 hours"),
        t("6 hours to 1 day"),
        t("1 to 2 days"),
    )
    before = 0
    for name, end in zip(names, STEPS, strict=True):
        until = bisect_right(found.waited, end)
        yield Bar(name, until - before, counted(t, until - before, found.judged))
        before = until
    yield Bar(t("no answer"), found.unanswered, counted(t, found.unanswered, found.judged), "warm")


def _quotes(found: Sequence[Asked], story: Story, t: Texts) -> str:
    return f'<ul class="quotes">{"".join(_quote(each, story, t) for each in found)}</ul>'


def _quote(asked: Asked, story: Story, t: Texts) -> str:
    where = f"#{asked.channel.removeprefix('#')}" if asked.channel else ""
    about_it = [asked.name, where, day(t, Calendar(story.zone).day(asked.at))]
    words = " · ".join(f"<bdi>{escape(each)}</bdi>" for each in about_it if each)
    return f'<li><q dir="auto">{escape(asked.text)}</q><small>{words}</small></li>'
