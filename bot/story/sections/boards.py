"""The board of each month, as the rules of today would have made it."""

from collections import Counter
from collections.abc import Sequence
from html import escape

from bot.story.marks import Section, folded, month
from bot.story.values import Board, Story
from handlers.base import Texts

SHOWN = 6


def boards(story: Story, t: Texts) -> Section:
    """Who would have led."""
    title = t("What the board of each month would have been")
    if not story.boards:
        return Section(
            "boards", title, t("Nobody would have earned points."), t("See below what the rules refused."), ""
        )
    return Section("boards", title, _finding(story.boards, t), _advice(story.boards, t), _body(story, t))


def leaders(found: Sequence[Board]) -> Counter[str]:
    """Who led how many months; those who tie both led."""
    return Counter(place.name for board in found for place in board.places if place.rank == 1)


def _finding(found: Sequence[Board], t: Texts) -> str:
    led = leaders(found)
    if len(found) == 1:
        best = found[0].places[0]
        return t("{name} would have led with {points} points.", name=best.name, points=t.number(best.points))
    name, times = led.most_common(1)[0]
    if times == len(found) and len(led) == 1:
        return t("{name} would have led in each of {months} months.", name=name, months=t.number(times))
    if times == 1:
        return t("A different person would have led in each of {months} months.", months=len(found))
    return t(
        "{people} people would have led in {months} months; {name} most often, {times} times.",
        people=t.number(len(led)),
        months=t.number(len(found)),
        name=name,
        times=t.number(times),
    )


def _advice(found: Sequence[Board], t: Texts) -> str:
    if leaders(found).most_common(1)[0][1] * 2 > len(found) > 2:
        return t(
            "One person is hard to catch in a whole month. Show the board of the week: everybody starts at"
            " zero on its first day. /top week"
        )
    return t(
        "Each month starts at zero, so newcomers have a chance. Show the board on its first day: /top month"
    )


def _body(story: Story, t: Texts) -> str:
    more = story.boards[SHOWN:]
    rest = folded(t.n("{n} more month", "{n} more months", len(more)), _cards(more, t)) if more else ""
    return _cards(story.boards[:SHOWN], t) + rest


def _cards(found: Sequence[Board], t: Texts) -> str:
    return f'<div class="boards">{"".join(_card(each, t) for each in found)}</div>'


def _card(board: Board, t: Texts) -> str:
    places = "".join(
        f"<li><b>{place.rank}</b><bdi>{escape(place.name)}</bdi><span>{t.number(place.points)}</span></li>"
        for place in board.places
    )
    count = escape(t.n("{n} member with points", "{n} members with points", board.members))
    return f"<div><h3>{escape(month(t, board.month))}</h3><ol>{places}</ol><small>{count}</small></div>"
