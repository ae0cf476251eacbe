"""When newcomers stop coming back: how many write again, week after week."""

from collections.abc import Mapping, Sequence
from html import escape

from bot.story.marks import Section, folded, month, note, of_100, share, table
from bot.story.returning import WEEKS
from bot.story.values import Cohort, Newcomers, Story
from handlers.base import Texts

SHOWN_WEEKS = (1, 2, 4, 8, 12)
SHOWN = 8
MOST_LOST = 50
FEWEST = 10
"""Newcomers, below which shares say nothing."""


def newcomers(story: Story, t: Texts) -> Section:
    """Who writes again after a first post."""
    title = t("When newcomers stop coming back")
    found = story.newcomers
    if story.has_gaps:
        return Section("newcomers", title, *_gaps(story, t), body="")
    if 4 not in found.weeks or found.weeks[4][1] < FEWEST:
        finding = t("There are too few newcomers in this file to say.")
        advice = t("Come back with a longer export: at least three months, with ten newcomers in them.")
        return Section("newcomers", title, finding, advice, "")
    return Section("newcomers", title, *_words(found, t), body=_body(found, t))


def _gaps(story: Story, t: Texts) -> tuple[str, str]:
    finding = t(
        "This file cannot tell: it has posts on {days} of {span} days.",
        days=t.number(story.days),
        span=t.number(story.span),
    )
    advice = t(
        "Whoever wrote on a day that is missing would look as if they had stayed away. Give a file that holds"
        " every day of three months or more."
    )
    return finding, advice


def _words(found: Newcomers, t: Texts) -> tuple[str, str]:
    alone, still = of_100(*found.one_day_only), of_100(*found.weeks[4])
    finding = t(
        "Of 100 newcomers, {alone} write on one day only; four weeks later, {still} still write.",
        alone=alone,
        still=still,
    )
    if alone >= MOST_LOST:
        return finding, t(
            "The first day decides. Greet newcomers by name, give them one small thing to do, and say whom"
            " they can ask."
        )
    return finding, t(
        "Most are lost after week {week}. Write to those who fall silent then, while they still remember"
        " you.",
        week=largest_drop(found.weeks),
    )


def largest_drop(weeks: Mapping[int, tuple[int, int]]) -> int:
    """The week after which the share falls most."""
    shares = {week: came / could for week, (came, could) in weeks.items() if could}
    drops = {week: value - shares[week + 1] for week, value in shares.items() if week + 1 in shares}
    return max(drops, key=lambda week: drops[week], default=1)


def _body(found: Newcomers, t: Texts) -> str:
    people = t.n("{n} newcomer", "{n} newcomers", found.people)
    before = t.n(
        "{n} person already wrote in the file's first four weeks and is not counted here.",
        "{n} people already wrote in the file's first four weeks and are not counted here.",
        found.before,
    )
    parts = [_curve(found, t), note(f"{people} · {before}" if found.before else people)]
    if len(found.cohorts) > 1:
        parts.append(f"<h3>{escape(t('By the month in which they came'))}</h3>")
        newest = found.cohorts[::-1]
        parts.append(_table(newest[:SHOWN], t))
        if more := newest[SHOWN:]:
            parts.append(folded(t.n("{n} more month", "{n} more months", len(more)), _table(more, t)))
    return "".join(parts)


def _curve(found: Newcomers, t: Texts) -> str:
    """A line over the weeks; its words stand beside the drawing, so that they keep their size on a phone."""
    shares = {week: came / could for week, (came, could) in found.weeks.items() if could}
    top = max(max(shares.values()) * 1.25, 0.04)
    at = {week: ((week - 0.5) / WEEKS * 100, 100 - value / top * 100) for week, value in shares.items()}
    line = " ".join(f"{x:.2f},{y:.2f}" for x, y in at.values())
    first, last = min(at), max(at)
    area = f"{at[first][0]:.2f},100 {line} {at[last][0]:.2f},100"
    dots = "".join(
        f'<span class="dot" style="left:{x:.2f}%;top:{y:.2f}%"><b>{share(*found.weeks[week])}</b></span>'
        for week, (x, y) in at.items()
    )
    weeks = "".join(f"<span>{week}</span>" for week in range(1, WEEKS + 1))
    said = escape(t("Share of newcomers who write, by week since their first post"))
    return (
        f'<h3>{said}</h3><div class="curve" role="img" aria-label="{said}"><div class="plot">'
        f'<svg viewBox="0 0 100 100" preserveAspectRatio="none" aria-hidden="true"><polygon points="{area}"/>'
        f'<polyline points="{line}"/></svg>{dots}</div><div class="weeks">{weeks}</div>'
        f'<p class="axis">{escape(t("weeks since the first post"))}</p></div>'
    )


def _table(found: Sequence[Cohort], t: Texts) -> str:
    head = [t.c("column of a table", "Month"), t("Came"), *(t("Week {n}", n=week) for week in SHOWN_WEEKS)]
    return table(head, (_row(each, t) for each in found), kind="cohorts")


def _row(cohort: Cohort, t: Texts) -> str:
    cells = "".join(_cell(*cohort.weeks.get(week, (0, 0)), cohort.people) for week in SHOWN_WEEKS)
    return (
        f'<tr><th scope="row">{escape(month(t, cohort.month))}</th><td>{t.number(cohort.people)}</td>'
        f"{cells}</tr>"
    )


def _cell(came: int, could: int, people: int) -> str:
    """Nothing while the week is not over for half of them: the first to come are not like the others."""
    if could < FEWEST or could * 2 < people:
        return '<td class="none">·</td>'
    return f'<td class="heat"><i style="opacity:{min(1.0, came / could * 1.6) * 0.6:.2f}"></i><span>{share(came, could)}</span></td>'  # noqa: E501  # one cell
