"""Doubting: decisions that the rest of the decisions speak against, so that somebody looks at them again."""

from dataclasses import dataclass
from typing import Final

from handlers.base import Bold, Button, Context, Reply, Select, Text
from handlers.quality.trusting import LABELS
from handlers.words.courses import one_line
from handlers.words.quality import outcome_in_words

SURE: Final = 0.25
"""Only what the others give less than this is shown: who is asked too often looks no more."""
ROWS: Final = 6
SHOWN: Final = 60
_OUTCOMES: Final = {label: outcome for outcome, label in LABELS.items()}


@dataclass(frozen=True, slots=True)
class Doubted:
    """A case whose outcome looks wrong, and what is likelier."""

    case: int
    outcome: str
    chance: float
    likelier: str


async def doubts_of(ctx: Context) -> list[Doubted]:
    """The most doubtful first; what was taken back or decided otherwise meanwhile is none any more."""
    last = await ctx.store.heads.last(ctx.community.id, 1)
    found = []
    for number, label, chance, likelier in last[0].figures.get("doubts", ()) if last else ():
        outcome = _OUTCOMES.get(label, label)
        case = await ctx.store.cases.get(ctx.community.id, number) if chance < SURE else None
        if case is not None and case.state == "decided" and case.outcome == outcome:
            found.append(Doubted(number, outcome, chance, _OUTCOMES.get(likelier, likelier)))
    return found


async def doubts_page(ctx: Context, page: int) -> Reply:
    """Each with the beginning of its text while that is kept; the list opens the case."""
    t, found = ctx.t, await doubts_of(ctx)
    if not found:
        return Reply(
            Bold(t("No decision looks wrong to me.")), buttons=[Button(t("Back"), "quality")], edit=True
        )
    pages = -(-len(found) // ROWS)
    page = min(page, pages)
    lines: list[Text] = [
        Bold(t.n("{n} decision looks wrong to me.", "{n} decisions look wrong to me.", len(found))),
        t("The others' decisions on posts like these say something else. You can open each again."),
    ]
    choices = []
    for each in found[(page - 1) * ROWS : page * ROWS]:
        case = await ctx.store.cases.get(ctx.community.id, each.case)
        text = one_line(case.text or "")[:SHOWN] if case is not None else ""
        line = t(
            "Case {number}: decided {outcome}, rather {likelier}. {text}",
            number=each.case,
            outcome=outcome_in_words(t, each.outcome),
            likelier=outcome_in_words(t, each.likelier),
            text=t("“{text}”", text=text) if text else t("Its text is not kept any more."),
        )
        lines.append(line)
        choices.append((str(each.case), line[:100]))
    turns = []
    if page > 1:
        turns.append(Button("‹", "quality_doubts", (str(page - 1),)))
    if page < pages:
        turns.append(Button("›", "quality_doubts", (str(page + 1),)))
    return Reply(
        *lines,
        buttons=[[*turns, Button(t("Back"), "quality")]],
        select=Select(t("Look at one"), "case", tuple(choices), ("decided",)),
    )
