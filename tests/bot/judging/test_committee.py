"""A simulated committee for some days, beside the floors of issue 6. Long: `python -m pytest -m prove tests/bot/judging`.

Posts of a public set arrive, a third of them adverts; two experts err once in ten times and two in three of ten.
What is measured is measured on rows kept apart by groups of near-copies. The curve is drawn into docs/images.
"""

import json
import random
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest

from handlers.quality.experts import pairs_of
from handlers.quality.trusting import foretold_in, votes_of
from recsys.encoders import Encoder, load_encoder
from recsys.quality.experts import agreed, agreement, trust
from recsys.quality.heads import chance
from recsys.quality.kinds import KINDS
from storage.cases import NewCase
from storage.database import Database
from tests.bot.judging.committee import OUTCOMES, Committee, committee
from tests.conftest import NOW
from tests.proofs import BUILD, Proofs
from tests.recsys.quality import real

pytestmark = [
    pytest.mark.prove,
    pytest.mark.timeout(3_600),
    pytest.mark.skipif(
        not real.REAL.exists(), reason="the real data (shared/data/quality) is not beside the project"
    ),
]
SHARE = 0.3
A_DAY = 120
VERDICTS = 200
KEPT = BUILD / "committee"
"""Where the figures are left that tests/committee_pictures.py draws."""


@dataclass(frozen=True)
class Step:
    """What the flags were worth after so many decisions."""

    decided: int
    flagged: int
    precision: float
    recall: float


@pytest.fixture(scope="module")
def encoder() -> Encoder:
    return load_encoder()


@pytest.mark.parametrize("source", ["youtube_en", "tgspam_zh"])
async def test_flags_are_righter_after_200_verdicts(
    source: str, encoder: Encoder, sqlite_database: Database, tmp_path: Path, proofs: Proofs
) -> None:
    pool, test = real.halves(source, encoder)
    settings = {"review.a_day": 40}
    school = await committee(sqlite_database, tmp_path, encoder, (0.1, 0.1, 0.3, 0.3), settings=settings)
    rows = {label: [row.text for row in pool.rows if row.label == label] for label in ("ok", "advert")}
    rng = random.Random(1)
    for each in rows.values():
        rng.shuffle(each)

    steps = [_measured(school, test, 0)]
    while steps[-1].decided < VERDICTS:
        kinds = ["advert" if rng.random() < SHARE else "ok" for _ in range(A_DAY)]
        await school.arrive([(rows[kind].pop(), "fine" if kind == "ok" else kind) for kind in kinds])
        await school.ask()
        while await school.open_cases():
            await school.work(10)
        await school.learning.look()
        await school.restart()
        await school.learning.look()
        steps.append(_measured(school, test, await school.decided()))
        school.now += timedelta(hours=22)
    await school.end()

    KEPT.mkdir(parents=True, exist_ok=True)
    told = [[step.decided, step.flagged, step.precision, step.recall] for step in steps]
    (KEPT / f"{source}.json").write_text(json.dumps(told), encoding="utf-8")
    first, last = steps[0].precision, steps[-1].precision
    assert set(school.outcomes.values()) == {1}, "no case has two outcomes"
    proofs.record(
        f"precision of flags, {source}",
        "at least 0.10 better after 200 decisions of experts who err, or at least 0.95",
        figure=f"{first:.3f} -> {last:.3f} ({steps[-1].decided} decisions)",
        target="+0.10 or 0.95",
        met=last >= min(first + 0.10, 0.95),
    )
    assert last >= min(first + 0.10, 0.95)


async def test_the_planted_agreement_is_within_the_interval(
    sqlite_database: Database, tmp_path: Path, proofs: Proofs
) -> None:
    """Two experts, who err in 10 and in 30 of 100, judge the same 100 posts; a hundred times."""
    errs, shares = (0.1, 0.3), (0.6, 0.2, 0.08, 0.07, 0.05)
    planted = _kappa(errs, shares)
    inside = 0
    for seed in range(100):
        rng = random.Random(seed)
        async with sqlite_database.write() as store:
            space, community = await store.communities.add_space(
                "telegram", f"-{seed + 1}", "School", language="en", now=NOW
            )
            experts = [
                await store.people.see("telegram", str(10 + place), "Expert", None, now=NOW)
                for place in range(2)
            ]
            author = await store.people.see("telegram", "1", "Bob", None, now=NOW)
            opened = await store.cases.open(
                [
                    NewCase(
                        space_id=space.id, channel_id=None, account_id=author.id, message=str(number),
                        kind="advert", score=0.9, origin="report", at=NOW,
                    )
                    for number in range(100)
                ]
            )  # fmt: skip
            for number in opened.values():
                case = await store.cases.get(community.id, number)
                assert case is not None
                [right] = rng.choices(OUTCOMES, shares)
                for place, expert in enumerate(experts):
                    others = [each for each in OUTCOMES if each != right]
                    said = rng.choice(others) if rng.random() < errs[place] else right
                    at = NOW + timedelta(seconds=place)
                    await store.cases.add_verdict(case, expert.id, said, at, again=place == 1)
            found = agreement(pairs_of(await store.committee.said(community.id, NOW)))
        assert found is not None
        inside += found.low <= planted <= found.high

    proofs.record(
        "the planted kappa",
        "inside its 95 % interval, as experts see it",
        figure=f"{inside} of 100 seeds (planted {planted:.3f})",
        target="90",
        met=inside >= 90,
    )
    assert inside >= 90


async def test_a_poisoned_expert_is_noticed_and_weighs_less(
    encoder: Encoder, sqlite_database: Database, tmp_path: Path, proofs: Proofs
) -> None:
    pool, _ = real.halves("youtube_en", encoder)
    settings = {"review.a_day": 40}
    school = await committee(sqlite_database, tmp_path, encoder, (0.1, 0.1, 0.1, 1.0), settings=settings)
    rows = [(row.text, "fine" if row.label == "ok" else row.label) for row in pool.rows[:360]]
    for begin in range(0, len(rows), A_DAY):
        await school.arrive(rows[begin : begin + A_DAY])
        await school.ask()
        while await school.open_cases():
            await school.work(10)
        school.now += timedelta(hours=22)
    await school.learning.look()

    async with school.database.read() as store:
        [head, *_] = await store.heads.last(school.community.id, 1)
        said = await store.committee.said(school.community.id, NOW - timedelta(days=1))
    await school.end()
    trusted = trust(agreed(votes_of(said), foretold_in(head.figures)))
    words = [trusted[str(each.account)] for each in school.experts]
    proofs.record(
        "a poisoned expert",
        "who is always wrong counts less than half of who errs least trusted of the others",
        figure=", ".join(f"{each:.2f}" for each in words),
        target="less than half",
        met=words[3] < min(words[:3]) / 2,
    )
    assert words[3] < min(words[:3]) / 2


def _measured(school: Committee, test: real.Part, decided: int) -> Step:
    judge = school.desk.judge
    assert judge is not None
    labels = np.array(test.labels)
    fine = np.flatnonzero(labels == "ok")
    adverts = np.flatnonzero(labels == "advert")[: round(len(fine) * SHARE / (1 - SHARE))]
    rows = np.concatenate([fine, adverts])
    chances = chance(school.desk.logits(school.community.id, test.looks.taken(rows)))
    lines = np.array([judge.thresholds[kind] for kind in KINDS])
    flagged = (chances[:, : len(KINDS)] >= lines).any(axis=1)
    right = flagged & (labels[rows] == "advert")
    return Step(
        decided,
        int(flagged.sum()),
        float(right.sum() / max(flagged.sum(), 1)),
        float(right.sum() / len(adverts)),
    )


def _kappa(errs: tuple[float, float], shares: tuple[float, ...]) -> float:
    """Of two experts who err so often, each time in any other way: what is to be found."""
    said = [
        np.array([[1 - err if one == other else err / 4 for other in range(5)] for one in range(5)])
        for err in errs
    ]
    table = sum(share * np.outer(said[0][k], said[1][k]) for k, share in enumerate(shares))
    same, by_chance = float(np.trace(table)), float(table.sum(axis=1) @ table.sum(axis=0))
    return (same - by_chance) / (1 - by_chance)
