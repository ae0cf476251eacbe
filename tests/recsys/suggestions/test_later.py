"""Later: a new model is compared on what came after what it learned from, and not with luck."""

import numpy as np

from recsys.suggestions.interactions import Log
from recsys.suggestions.later import Compared, compare, cut_of, ranker_of_other
from recsys.suggestions.model import Model
from recsys.suggestions.popular import fit_popular
from tests.recsys.suggestions.making import log_of, school_of


def test_the_cut_is_as_late_as_leaves_enough_members():
    log = school_of(200)

    cut = cut_of(log)

    assert cut is not None
    assert not cut.unseen
    assert log.time is not None
    assert cut.before.time is not None
    assert cut.before.time.max() < cut.since <= np.quantile(log.time[log.owned], 0.9) + 1
    assert len(cut.targets) >= 30
    later = log.time >= cut.since
    assert cut.targets.items.nnz <= int((later & log.owned).sum())
    assert (np.bincount(cut.before.user, minlength=len(log.users))[cut.targets.user] > 0).all()


def test_what_serves_is_asked_about_what_it_has_not_seen_or_not_at_all():
    log = school_of(200)
    assert log.time is not None
    long_ago, just_now = (float(np.quantile(log.time, share)) for share in (0.8, 0.99))

    asked, not_asked = cut_of(log, long_ago), cut_of(log, just_now)

    assert asked is not None
    assert not_asked is not None
    assert (asked.unseen, asked.since > long_ago) == (True, True)
    assert not not_asked.unseen


def test_without_order_or_without_enough_members_there_is_no_later():
    assert cut_of(log_of("Ann: a b", "Bob: b a", times=False)) is None
    assert cut_of(log_of("Ann: a b", "Bob: b a")) is None
    assert cut_of(Log.of([], [])) is None
    assert cut_of(log_of(*(f"m{k}: a" for k in range(50)))) is None


def test_worse_is_what_is_worse_by_more_than_chance():
    log = school_of(200)
    cut = cut_of(log)
    assert cut is not None
    right = np.zeros((len(log.users), len(log.items)), np.float32)
    right[np.repeat(cut.targets.user, np.diff(cut.targets.items.indptr)), cut.targets.items.indices] = 1.0
    noise = np.random.default_rng(0).random(right.shape).astype(np.float32)

    better = compare(lambda users: right[users], {"serves": lambda users: noise[users]}, cut)
    worse = compare(lambda users: noise[users], {"serves": lambda users: right[users]}, cut)
    same = compare(lambda users: noise[users], {"serves": lambda users: noise[users]}, cut)

    assert better.hits is not None
    assert better.hits["new"] == 1.0
    assert (better.worse_than, worse.worse_than, same.worse_than) == ((), ("serves",), ())
    assert Compared().worse_than == ()


def test_a_model_of_other_courses_is_asked_in_its_own():
    log = log_of("Ann: a b", "Bob: b c", "Eve: a")
    old = log_of("Ann: b x", "Bob: x a b", "Eve: b")
    model = Model(old.items.names, {"popular": fit_popular(old)}, {"popular": 1.0})

    scores = ranker_of_other(model, log)(np.array([2]))[0]

    assert dict(zip(log.items.names, np.isfinite(scores), strict=True)) == {"a": False, "b": True, "c": False}
