"""Trusting: what each expert's word counts, by how often others and the rest of the verdicts say the same."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from handlers.base import Context
from storage.cases import GOOD
from storage.committee import Said

if TYPE_CHECKING:
    from recsys.quality.experts import Vote

LOOKED_BACK: Final = timedelta(days=365)
LABELS: Final = {"fine": "ok", "excellent": "helpful"}
"""Outcomes that the judge calls by another name; the others are kinds."""
LITTLE: Final = 0.5
"""Whose word counts less is shown to admins."""


def label_of(outcome: str) -> str:
    """What the judge calls an outcome."""
    return LABELS.get(outcome, outcome)


def votes_of(said: Sequence[Said]) -> list["Vote"]:
    """Verdicts as the arithmetic takes them: fine and excellent are the same."""
    from recsys.quality.experts import Vote  # numpy is not loaded before somebody asks

    return [
        Vote(each.case_id, str(each.account_id), "ok" if each.outcome in GOOD else each.outcome)
        for each in said
    ]


def foretold_in(figures: Mapping[str, Any]) -> dict[int, str]:
    """Case -> what the other verdicts foretell of it, as far as they are sure; from a head's figures."""
    return {case: label for label, cases in figures.get("foretold", {}).items() for case in cases}


async def trusted(ctx: Context) -> dict[int, float]:
    """Account -> what its verdicts count, from hardly anything to 1; of those who gave any."""
    from recsys.quality.experts import agreed, trust

    said = await ctx.store.committee.said(ctx.community.id, ctx.now - LOOKED_BACK)
    last = await ctx.store.heads.last(ctx.community.id, 1)
    known = foretold_in(last[0].figures) if last else {}
    return {int(expert): share for expert, share in trust(agreed(votes_of(said), known)).items()}
