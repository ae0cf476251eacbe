"""Who helps: answers given and thanks received."""

from collections.abc import Sequence
from html import escape
from itertools import accumulate

from bot.story.marks import Section, folded, table
from bot.story.values import Helper, Story
from handlers.base import Texts

SHOWN, MOST = 10, 30
FEW = 3


def helpers(story: Story, t: Texts) -> Section:
    """Who gave the answers, and was thanked."""
    finding, advice = _words(story, t)
    return Section("helpers", t("Who helps"), finding, advice, _body(story, t))


def half_of_all(found: list[int]) -> int:
    """How few people gave half of everything, largest first."""
    ordered = sorted(found, reverse=True)
    half = sum(ordered) / 2
    return next((n for n, so_far in enumerate(accumulate(ordered), 1) if so_far >= half > 0), 0)


def _words(story: Story, t: Texts) -> tuple[str, str]:
    if not story.helpers:
        return (
            t("Nobody answered or thanked anybody in a way that I can see."),
            t("Ask members to answer with a reply, and to say thanks with one: then I can see who helps."),
        )
    few = half_of_all([each.answers for each in story.helpers])
    if not few:
        best = max(story.helpers, key=lambda each: each.thanks)
        return (
            t.n(
                "{name} was thanked most: once.",
                "{name} was thanked most: {n} times.",
                best.thanks,
                name=best.name,
            ),
            t("Thank them by name this week, and ask who would like to look after questions."),
        )
    finding = t.n(
        "{n} person gave half of all first answers.", "{n} people gave half of all first answers.", few
    )
    if few <= FEW:
        return finding, t(
            "When one of them is away, questions wait. Thank them by name, and ask two more members to look"
            " after questions."
        )
    return finding, t(
        "Thank them by name this week, and ask each of them for one day on which they look after questions."
    )


def _body(story: Story, t: Texts) -> str:
    if not story.helpers:
        return ""
    most = max(each.answers + each.thanks for each in story.helpers)
    legend = (
        f'<p class="legend"><span><i></i>{escape(t("First answers given"))}</span>'
        f'<span><i class="warm"></i>{escape(t("Thanks received"))}</span></p>'
    )
    shown, more = story.helpers[:SHOWN], story.helpers[SHOWN:MOST]
    rest = (
        folded(t.n("{n} more", "{n} more", len(more)), _table(more, most, t, first=SHOWN + 1)) if more else ""
    )
    count = t.n("{n} person helped in all.", "{n} people helped in all.", len(story.helpers))
    return f'{legend}{_table(shown, most, t)}{rest}<p class="note">{escape(count)}</p>'


def _table(found: Sequence[Helper], most: int, t: Texts, first: int = 1) -> str:
    head = ["", "", t("Answers"), t("Thanks"), t("Points")]
    return table(head, (_row(n, each, most, t) for n, each in enumerate(found, first)), kind="helpers")


def _row(number: int, each: Helper, most: int, t: Texts) -> str:
    answers, thanks = 100 * each.answers / most, 100 * each.thanks / most
    return (
        f'<tr><th scope="row"><b>{number}</b><bdi>{escape(each.name)}</bdi></th>'
        f'<td class="bar"><span class="track"><i style="width:{answers:.2f}%"></i>'
        f'<i class="warm" style="width:{thanks:.2f}%"></i></span></td>'
        f"<td>{t.number(each.answers)}</td><td>{t.number(each.thanks)}</td>"
        f"<td>{t.number(each.points)}</td></tr>"
    )
