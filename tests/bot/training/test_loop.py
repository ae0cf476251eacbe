"""The loop closes: what members do with what they are shown makes what they are shown better."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from threadpoolctl import threadpool_limits

from recsys.experiments import Difference, Share, difference
from recsys.suggestions.fit import Budget
from tests.bot.training.curves import picture_of
from tests.bot.training.loop import WEEKS, Told, World
from tests.proofs import Proofs

QUICK, WHOLE = Budget(seconds=0.3, megabytes=0.02), Budget(seconds=4, megabytes=200)
"""For a hundred schools what is quick: the order of courses, popularity and the path; for a few, all there is."""
SEEDS, FEW = 100, 10
SOON = 3
"""Weeks at the end that are looked at."""
IMAGE = Path(__file__).parents[3] / "docs" / "images" / "suggestions-loop.svg"


def run(seed: int, budget: Budget, **world: float) -> Told:
    with TemporaryDirectory() as folder, threadpool_limits(1):
        return World(seed, Path(folder), budget, **world).run()  # type: ignore[arg-type]


def lift(told: Told) -> Difference:
    """As /suggestions_report counts: who was shown something, and who of them took it."""
    shown = [person for person in told.people if person.shown]
    model, popular = ([each for each in shown if each.held_out is held] for held in (False, True))
    return difference(
        Share(sum(each.enrolled for each in model), len(model)),
        Share(sum(each.enrolled for each in popular), len(popular)),
    )


def curve(told: Told, name: str) -> list[float]:
    return [week.regret(name) for week in told.weeks]


def late(runs: Sequence[Told], name: str) -> float:
    return float(np.mean([curve(told, name)[-SOON:] for told in runs]))


def test_a_small_school_heeds_every_dismissal():
    told = run(1, Budget(seconds=0.1, megabytes=0.001), members=30, weeks=2)

    assert told.unheeded == 0
    assert [week.asks > 0 for week in told.weeks] == [True, True]


@pytest.mark.prove
@pytest.mark.timeout(4 * 3600)
def test_the_loop_closes_in_a_hundred_schools(proofs: Proofs) -> None:
    runs = [run(seed, QUICK) for seed in range(SEEDS)]
    found = [(lift(told), told.truth) for told in runs]
    inside = sum(one.low <= truth <= one.high for one, truth in found)
    proofs.record(
        "suggestions",
        f"the lift over the hold-out, {SEEDS} simulated schools of 300 members, {WEEKS} weeks",
        figure=f"inside its 95 % interval in {inside} of {SEEDS}; true lift {np.mean([truth for _, truth in found]):+.3f}"
        f" on average, measured {np.mean([one.value for one, _ in found]):+.3f}",
        target="inside in 90 of 100",
        met=inside >= 0.9 * SEEDS,
    )
    unheeded = sum(told.unheeded for told in runs)
    proofs.record(
        "suggestions",
        "dismissals heeded at once",
        figure=f"{unheeded} courses shown that the member had dismissed or taken",
        target="0",
        met=unheeded == 0,
    )
    goods = sum(len(told.good) for told in runs)
    taken = sum(told.new_taken[course] >= 2 for told in runs for course in told.good)
    rates = [_rate(told, good) for told in runs for good in (True, False)]
    proofs.record(
        "suggestions",
        "new courses found: better than the middle for who is here, and taken from their lane",
        figure=f"{taken} of {goods} by two members or more; of 100 showings of those {100 * np.nanmean(rates[::2]):.1f} led to"
        f" an enrolment, of the others' {100 * np.nanmean(rates[1::2]):.1f}",
        target="four in five, and more often than the others",
        met=taken >= 0.8 * goods and bool(np.nanmean(rates[::2]) > np.nanmean(rates[1::2])),
    )


@pytest.mark.prove
@pytest.mark.timeout(4 * 3600)
def test_with_all_parts_and_without_tastes(proofs: Proofs) -> None:
    whole = [run(seed, WHOLE) for seed in range(FEW)]
    ours, popular, chance = (late(whole, name) for name in ("ours", "popular", "chance"))
    begun = [float(np.mean([curve(told, name)[0] for told in whole])) for name in ("ours", "popular")]
    proofs.record(
        "suggestions",
        f"regret against an oracle with all parts, retrained weekly, {FEW} schools, mean of the last {SOON} weeks",
        figure=f"{ours:.3f}, popularity {popular:.3f}, by chance {chance:.3f}; in the first week {begun[0]:.3f} and"
        f" {begun[1]:.3f}; {np.mean([told.refused for told in whole]):.1f} of {WEEKS} models refused",
        target="below popularity's, by more than in the first week",
        met=popular - ours > max(begun[1] - begun[0], 0.0),
    )
    names = {"ours": "Homeroom", "popular": "popularity", "chance": "by chance"}
    IMAGE.write_text(
        picture_of(
            "Suggestions miss less each week, popularity more",
            f"Enrolments missed against an oracle. {FEW} simulated schools: mean, and nine in ten of them.",
            names,
            {name: [curve(told, name) for told in whole] for name in names},
        ),
        encoding="utf-8",
    )
    alike = [run(seed, QUICK, sharp=0.0) for seed in range(FEW)]
    proofs.record(
        "suggestions",
        f"{FEW} schools in which all like the same: nothing to learn, and no harm",
        figure=f"{late(alike, 'ours'):.3f}, popularity {late(alike, 'popular'):.3f}",
        target="at most .05 above popularity's, which has no place for new courses to fill",
        met=late(alike, "ours") < late(alike, "popular") + 0.05,
    )


def _rate(told: Told, good: bool) -> float:
    some = [course for course in told.new_shown if (course in told.good) is good]
    shown = sum(told.new_shown[course] for course in some)
    return sum(told.new_taken[course] for course in some) / shown if shown else float("nan")
