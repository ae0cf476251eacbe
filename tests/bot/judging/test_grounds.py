"""Grounds: where the line is drawn in a space, and what its posts are compared with."""

import numpy as np
import pytest

from bot.judging.grounds import FEW, Ground, drawn, removed_of
from bot.judging.worker import Job, Wanted, Worker
from recsys.quality.looks import look
from recsys.quality.saved import shipped
from storage.scores import RemovedPost
from tests.bot.judging.test_desk import Wide

JUDGE = shipped()
ADVERT = "Earn 900 dollars a day from home, write to me on WhatsApp +49 151 2345678, only ten places left!"


@pytest.mark.parametrize("count", [0, 5, FEW, 1_000])
def test_no_more_than_a_hundredth_is_flagged_while_few_were_decided_on(count: int) -> None:
    sure = np.linspace(0.95, 0.999, count)
    recent = [(float(each), 0.0, 0.0, 0.0) for each in sure]

    lines = drawn(JUDGE, recent, trusted=False)

    assert (sure >= lines["advert"]).sum() <= max(count, FEW) // 100
    assert lines["abuse"] == JUDGE.thresholds["abuse"]
    own = dict(JUDGE.thresholds)
    # Most of what people chat says little: for that the worst hundredth is enough for good.
    assert drawn(JUDGE, recent, trusted=True) == own | {"low_effort": lines["low_effort"]}


def test_a_copy_of_a_removed_post_is_flagged_for_what_that_was_removed_for() -> None:
    encoder = Wide()
    packed = look([ADVERT], encoder).packed(0)
    removed, kinds = removed_of([RemovedPost(41, "advert", packed, ADVERT)], JUDGE)
    ground = Ground(JUDGE.thresholds, removed=removed, kinds=kinds)
    copy = ADVERT.replace("900", "800").replace("ten places", "t e n  places")

    job = Job([Wanted(copy, ground), Wanted("See you.", ground)])
    Worker(JUDGE).read(encoder, job)

    reading, other = job.found[0], job.found[1]
    assert reading.flagged[:1] == ("advert",)
    [(ill, because)] = reading.because
    assert (ill, because[0].feature, because[0].case) == ("advert", "copy", 41)
    assert other.flagged == ()


def test_without_its_text_a_removed_post_is_known_by_its_meaning() -> None:
    encoder = Wide()
    packed = look([ADVERT], encoder).packed(0)
    removed, kinds = removed_of([RemovedPost(41, "advert", packed, None)], JUDGE)

    job = Job([Wanted(ADVERT.upper(), Ground(JUDGE.thresholds, removed=removed, kinds=kinds))])
    Worker(JUDGE).read(encoder, job)

    assert job.found[0].because[0][1][0].case == 41
