"""Serving: the rules, the lanes, the reasons, and what is new."""

import numpy as np
import pytest

from recsys.suggestions.content import Text, fit_new, vectors_of, words
from recsys.suggestions.fit import Budget, fit
from recsys.suggestions.interactions import Log
from recsys.suggestions.lanes import Answered, Course, Lane, Member, Rules, explored, placed, varied
from recsys.suggestions.model import Model
from recsys.suggestions.serve import Because, Past, Shelf, reasons, score_one, suggest


def test_every_reason_is_true(tracks, model):
    """The course that is named is the one without which the score falls most."""
    checked = 0
    for user in range(60):
        mine = slice(tracks.start[user], tracks.start[user + 1])
        items, weights = tracks.item[mine], tracks.weight[mine]
        scores, worth = score_one(model, items, weights)
        best = np.argsort(-scores)[:3]
        for course, (own, pull) in zip(
            best, reasons(model, items, weights, worth, scores, best), strict=True
        ):
            if own is None:
                continue
            losses = [loss(model, worth, items, weights, gone, int(course)) for gone in range(len(items))]
            assert items[int(np.argmax(losses))] == own
            assert pull == pytest.approx(max(losses), abs=1e-3)
            checked += 1
    assert checked > 50


def loss(model: Model, worth: dict[str, float], items, weights, gone: int, course: int) -> float:
    """By how much a course's score falls, beside the average course's, when one of the history counts
    nothing."""
    fallen = 0.0
    for name, unit in worth.items():
        part = model.parts[name]
        here = np.array(weights)
        here[gone] = 0
        recency = part.recency
        looked, full = items[::-1][: recency.window], weights[::-1][: recency.window]
        less = here[::-1][: recency.window]
        decay = np.float32(recency.decay) ** np.arange(len(looked))
        length = float(np.sqrt(((full * decay) ** 2).sum())) if recency.unit and len(looked) else 1.0
        before = part.one(looked, (full * decay / length).astype(np.float32))
        after = part.one(looked, (less * decay / length).astype(np.float32))
        change = before - after
        fallen += unit * float(change[course] - change.mean())
    return fallen


def test_rules_keep_back_what_may_not_be_shown():
    courses = [
        Course("owned"),
        Course("dismissed"),
        Course("archived", archived=True),
        Course("german", language="de"),
        Course("advanced", needs=frozenset({"basic"})),
        Course("shown"),
        Course("good", language="en"),
    ]
    member = Member(
        frozenset({"owned"}),
        frozenset({"dismissed", "gone"}),
        languages=frozenset({"en"}),
        kept_back=frozenset({"shown"}),
    )

    open_ = Rules(courses).allowed(member)

    assert [course.id for course, ok in zip(courses, open_, strict=True) if ok] == ["good"]


def test_variety_puts_another_topic_between():
    topics = [frozenset({"python"}), frozenset({"python"}), frozenset({"design"}), frozenset()]
    scores = np.array([3.0, 2.9, 2.5, 0.0], np.float32)

    assert varied(scores, np.arange(4), topics, 3).tolist() == [0, 2, 1]
    assert varied(scores, np.arange(4), topics, 3, trade=0).tolist() == [
        0,
        1,
        2,
    ]


def test_pins_come_first_and_the_last_place_is_for_the_new():
    shown = placed(np.array([4, 5, 6]), np.array([9]), [7], 3)

    assert shown == [(9, Lane.PINNED), (4, Lane.BLEND), (7, Lane.NEW)]
    assert placed(np.array([4]), np.array([], int), [7], 2) == [(4, Lane.BLEND)]


def test_exploring_settles_on_the_new_course_that_people_take():
    rng = np.random.default_rng(1)
    answers = {1: Answered(shown=80, opened=1), 2: Answered(shown=80, opened=40, enrolled=30)}

    firsts = [explored({1: 0.9, 2: 0.2}, answers, rng)[0] for _ in range(200)]

    assert firsts.count(2) > 190


def test_chinese_and_english_words():
    assert words(Text("数据 Python")) == ["数据", "python", "数据", "python"]
    assert words(Text("", "机器学习", ("AI ",))) == ["机器", "器学", "学习", "tag:ai", "tag:ai"]


def test_a_new_course_goes_to_those_who_had_what_is_like_it(tracks):
    texts = {name: Text(f"Track {name[1]} lesson", tags=(f"track{name[1]}",)) for name in tracks.items.names}
    texts["new"] = Text("Another lesson", tags=("track2",))
    log = Log.of(
        [tracks.users.names[u] for u in tracks.user],
        [tracks.items.names[i] for i in tracks.item],
        tracks.time.tolist(),
        catalogue=list(texts),
    )
    found = fit(log, Budget(seconds=0.5), path=tuple(texts))
    lane = fit_new(vectors_of([texts[name] for name in log.items.names]), log)
    shelf = Shelf(found, [Course(name) for name in log.items.names], lane)

    shown = suggest(shelf, Past(("t2-0",), ("finished",)), Member(owned=frozenset({"t2-0"})))

    assert [(s.course, s.lane) for s in shown][-1] == ("new", Lane.NEW)
    assert (shown[-1].reason.because, shown[-1].reason.course) == (Because.CLOSE, "t2-0")


def test_a_new_course_without_words_is_nobodys():
    log = Log.of(["Ann"], ["old"], catalogue=["old", "new"])

    lane = fit_new(vectors_of([Text(""), Text("")]), log)

    assert lane.new.tolist() == [1]
    assert lane.close.sum() == 0


def test_somebody_new_is_shown_what_many_take(model):
    shelf = Shelf(model, [Course(name) for name in model.courses])

    found = suggest(shelf, Past(), Member())

    assert len(found) == 3
    assert {one.reason.because for one in found} == {Because.POPULAR}


def test_what_somebody_wrote_finds_them_a_course(model):
    shelf = Shelf(model, [Course(name) for name in model.courses])
    last = suggest(shelf, Past(), Member(), k=len(model.courses))[-1].course
    said = np.array([0.4 * (name == last) for name in model.courses], np.float32)

    first = suggest(shelf, Past(), Member(), said=said)[0]

    assert (first.course, first.reason.because, first.lane) == (last, Because.SAID, Lane.BLEND)
    assert suggest(shelf, Past(), Member(), said=0 * said) == suggest(shelf, Past(), Member())


def test_everything_owned_leaves_nothing_to_suggest(model):
    shelf = Shelf(model, [Course(name) for name in model.courses])

    assert suggest(shelf, Past(), Member(owned=frozenset(model.courses))) == []


def test_ten_thousand_events_of_one_member(model):
    shelf = Shelf(model, [Course(name) for name in model.courses])
    past = Past(model.courses * 420, ("opened",) * (len(model.courses) * 420))

    assert len(suggest(shelf, past, Member())) == 3
