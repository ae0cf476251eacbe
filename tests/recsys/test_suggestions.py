"""Tiny tables with rankings that can be worked out by hand, one seeded model, and what must hold of any."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recsys.suggestions import ease, lightfm_model, order, popular
from recsys.suggestions.blend import Trial, fit_weights, standardised
from recsys.suggestions.content import Text, fit_new, vectors_of, words
from recsys.suggestions.evaluate import evaluate, first
from recsys.suggestions.fit import Budget, fit
from recsys.suggestions.held_out import Targets, hold_out, targets_of
from recsys.suggestions.interactions import InteractionError, Log, Recency, histories, histories_before
from recsys.suggestions.lanes import Answered, Course, Lane, Member, Rules, explored, placed, varied
from recsys.suggestions.measure import measure, with_targets
from recsys.suggestions.model import Model, ranker_of
from recsys.suggestions.saved import SavedError, load, save
from recsys.suggestions.serve import Because, Past, Shelf, reasons, score_one, suggest

needs_lightfm = pytest.mark.skipif(
    not lightfm_model.available(), reason="LightFM is not installed: make install builds it with a C compiler"
)


def log_of(*rows: str, times: bool = True) -> Log:
    """A member's courses in their order, `Ann: a b c`; what is written `b!` was dismissed."""
    users, items, kinds, when = [], [], [], []
    for row in rows:
        user, courses = row.split(":")
        for step, course in enumerate(courses.split()):
            users.append(user)
            items.append(course.rstrip("!"))
            kinds.append("dismissed" if course.endswith("!") else "enrolled")
            when.append(float(step))
    return Log.of(users, items, when if times else None, kinds)


def names(log: Log, scores: np.ndarray, depth: int = 3) -> list[str]:
    return [log.items.names[item] for item in first(scores[None, :], depth)[0]]


@pytest.fixture(scope="module")
def tracks() -> Log:
    return tracks_of(200)


def tracks_of(number: int) -> Log:
    """Members who each go along one of four tracks of six courses, from a random place."""
    rng = np.random.default_rng(3)
    users, items, times = [], [], []
    for member in range(number):
        track, begin = rng.integers(4), rng.integers(3)
        for step in range(begin, begin + int(rng.integers(2, 5))):
            users.append(f"m{member}")
            items.append(
                f"t{track}-{step}" if rng.random() > 0.1 else f"t{rng.integers(4)}-{rng.integers(6)}"
            )
            times.append(float(member * 10 + step))
    return Log.of(users, items, times)


@pytest.fixture(scope="module")
def model(tracks: Log) -> Model:
    return fit(tracks, Budget(seconds=3))


def test_rows_come_in_order_of_time_and_one_a_pair():
    log = Log.of(
        ["A", "B", "A", "A"],
        ["y", "x", "x", "y"],
        [5.0, 1.0, 2.0, 9.0],
        ["opened", "enrolled", "asked", "finished"],
    )

    mine = slice(log.start[0], log.start[1])
    assert [log.items.names[i] for i in log.item[mine]] == ["x", "y"]
    assert log.weight[mine].tolist() == pytest.approx([0.2, 1.5])
    assert log.owned[mine].tolist() == [False, True]


def test_the_last_word_counts_where_it_is_against():
    log = Log.of(
        ["A", "A", "B", "B"],
        ["x", "x", "x", "x"],
        [1, 2, 1, 2],
        ["finished", "refunded", "dismissed", "enrolled"],
    )

    assert log.weight.tolist() == pytest.approx([-0.5, 1.0])
    assert log.had().sum() == 2


@pytest.mark.parametrize(
    ("columns", "sentence"),
    [
        ((["A"], ["x", "y"]), "not as many"),
        ((["A"], ["x"], [float("nan")]), "no finite|not a finite"),
        ((["A"], ["x"], [1.0], ["liked"]), "'liked' is no kind of event"),
    ],
)
def test_rows_that_cannot_be_understood_are_one_sentence(columns, sentence):
    with pytest.raises(InteractionError, match=sentence):
        Log.of(*columns)


def test_a_history_is_weighted_by_how_long_ago_it_was():
    log = log_of("Ann: a b c d")

    now = histories(log, np.array([0]), Recency(0.5, 3)).toarray()[0]
    before_c = histories_before(log, np.array([2]), Recency(0.5, 3)).toarray()[0]

    assert now.tolist() == [0, 0.25, 0.5, 1]
    assert before_c.tolist() == [0.5, 1, 0, 0]


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 6), st.integers(0, 9)), min_size=1, max_size=40))
@settings(max_examples=40, deadline=None)
def test_no_history_knows_what_came_later(rows):
    log = Log.of([f"u{u}" for u, _, _ in rows], [f"i{i}" for _, i, _ in rows], [float(t) for *_, t in rows])

    before = histories_before(log, np.arange(len(log)), Recency(0.9, 50))

    for row in range(len(log)):
        seen = set(before[row].indices.tolist())
        assert seen == set(log.item[log.start[log.user[row]] : row].tolist())
        assert log.item[row] not in seen


def test_what_is_held_out_is_each_members_last_and_gone_from_training():
    log = log_of("Ann: a b c", "Bob: b c", "Cy: a")

    train, held = hold_out(log)

    assert [log.users.names[u] for u in held.user] == ["Ann", "Bob"]
    assert held.items.toarray().tolist() == [[0, 0, 1], [0, 0, 1]]
    assert len(train) == len(log) - 2


def test_a_further_fold_goes_further_back():
    log = log_of("Ann: a b c", "Bob: b c", "Cy: a b")

    train, held = hold_out(log, fold=1)

    assert [log.users.names[u] for u in held.user] == ["Ann"]
    assert [log.items.names[i] for i in held.items.indices] == ["b"]
    assert len(train) == 3


def test_without_times_a_fifth_is_held_out():
    log = log_of(*(f"m{k}: a b c d e f g h i j" for k in range(10)), times=False)

    train, held = hold_out(log)

    assert held.items.sum() == 20
    assert len(train) == 80


def test_popularity_of_late_forgets():
    log = Log.of(["A", "B", "C", "D"], ["old", "old", "old", "new"], [0.0, 0.0, 0.0, 100.0])

    assert names(log, popular.fit_popular(log).score) == ["old", "new"]
    assert names(log, popular.fit_popular(log, 0.1).score) == ["new", "old"]


def test_the_path_goes_on_after_the_furthest_course():
    path = popular.Path(np.arange(4))

    one = path.one(np.array([1]), np.ones(1, np.float32))

    assert first(one[None, :], 4)[0].tolist() == [2, 3, 0, 1]


def test_order_is_directed():
    log = log_of("Ann: a b", "Bob: a b", "Cy: a c", "Di: d a")
    forward = order.fit_order(log, order.OrderSettings(backward=0.0))

    after_a = forward.scores(histories(log_of("Ann: a b c d"), np.array([0]), Recency(1, 9)) * 0)
    scores = forward.one(np.array([log.items.index("a")]), np.ones(1, np.float32))

    assert after_a.sum() == 0
    assert names(log, scores, 2) == ["b", "c"]
    assert scores[log.items.index("d")] == 0


def test_ease_is_the_closed_form():
    log = log_of("A: x y", "B: x y", "C: y z", "D: z w", times=False)
    x = log.matrix().toarray().astype(float)
    inverse = np.linalg.inv(x.T @ x + 2 * np.eye(4))
    wanted = -inverse / np.diag(inverse)
    np.fill_diagonal(wanted, 0)

    found = ease.solve(ease.gram_of(log), 2.0, 0.0, Recency(1, 9))

    assert found.weights == pytest.approx(wanted, abs=1e-5)


def test_a_part_that_needs_too_much_memory_is_skipped_and_named(tracks):
    found = fit(tracks, Budget(seconds=1, megabytes=0.001))

    assert "ease" not in found.parts
    assert any(sentence.startswith("EASE is left out: 24 courses need") for sentence in found.skipped)


def test_figures_are_those_worked_out_by_hand():
    log = log_of("Ann: a b", "Bob: a", "Cy: c d")
    targets, _ = with_targets(log, ["Ann", "Ann", "Bob"], ["c", "d", "b"])
    scores = np.array([[-np.inf, -np.inf, 2.0, 1.0], [-np.inf, 1.0, 3.0, 2.0]], np.float32)

    found = evaluate(lambda users: scores[users], targets, log)

    assert found.hr_5 == 1
    assert found.mrr == pytest.approx((1 + 1 / 3) / 2)
    assert found.ndcg_3 == pytest.approx((1 + 1 / np.log2(4)) / 2)
    assert found.recall_20 == 1
    assert found.members == 2


def test_equal_scores_do_not_flatter():
    log = log_of("Ann: a b c d")
    targets, _ = with_targets(log, ["Ann"], ["d"])

    assert evaluate(lambda users: np.zeros((1, 4), np.float32), targets, log).mrr == pytest.approx(1 / 4)


@given(st.lists(st.lists(st.floats(-5, 5, width=32), min_size=4, max_size=4), min_size=1, max_size=5))
@settings(max_examples=40, deadline=None)
def test_standardising_changes_no_ranking(rows):
    scores = np.array(rows, np.float32)

    even = standardised(scores)

    assert np.isfinite(even).all()
    for before, after in zip(scores, even, strict=True):
        if before.std() > 1e-3:
            assert (np.diff(after[np.argsort(before)]) >= -1e-4).all()


def test_chance_does_not_move_the_weights():
    log = log_of(*(f"m{k}: a b c" for k in range(12)))
    train, held = hold_out(log)
    rng = np.random.default_rng(0)
    noise = popular.Popular(rng.random(3).astype(np.float32), None)

    weights, _ = fit_weights([Trial({"popular": popular.fit_popular(log), "path": noise}, train, held)])

    assert max(weights.values()) == 1


def test_training_is_seeded():
    few = tracks_of(40)

    one, other = fit(few), fit(few)

    assert one.weights == other.weights
    assert one.quality == other.quality
    assert np.array_equal(one.ranker(few)(np.arange(40)), other.ranker(few)(np.arange(40)))


def test_the_blend_finds_the_tracks(tracks, model):
    shelf = Shelf(model, [Course(name) for name in model.courses])

    found = suggest(
        shelf, Past(("t2-0", "t2-1"), ("finished", "enrolled")), Member(owned=frozenset({"t2-0", "t2-1"}))
    )

    assert found[0].course.startswith("t2-")
    assert found[0].reason.because is Because.COURSE
    assert found[0].reason.course in {"t2-0", "t2-1"}


def test_one_member_is_ranked_as_many_are(tracks, model):
    many = model.ranker(tracks)(np.arange(20))

    for user in range(20):
        mine = slice(tracks.start[user], tracks.start[user + 1])
        one, _ = score_one(model, tracks.item[mine], tracks.weight[mine])
        open_ = np.isfinite(many[user])
        assert one[open_] == pytest.approx(many[user][open_], abs=1e-3)


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


def test_everything_owned_leaves_nothing_to_suggest(model):
    shelf = Shelf(model, [Course(name) for name in model.courses])

    assert suggest(shelf, Past(), Member(owned=frozenset(model.courses))) == []


def test_ten_thousand_events_of_one_member(model):
    shelf = Shelf(model, [Course(name) for name in model.courses])
    past = Past(model.courses * 420, ("opened",) * (len(model.courses) * 420))

    assert len(suggest(shelf, past, Member())) == 3


@pytest.mark.parametrize("rows", [(), ("Ann: a",), ("Ann: a b", "Bob: b")])
def test_with_too_little_to_learn_from_the_path_serves(rows):
    log = log_of(*rows)
    path = log.items.names

    found = fit(log, path=path)

    assert found.weights.get("path", 1.0) == 1.0
    assert any("Nothing could be learned" in sentence for sentence in found.skipped)
    shelf = Shelf(found, [Course(name) for name in found.courses])
    for one in suggest(
        shelf,
        Past(("a",) if "a" in path else (), ("enrolled",) if "a" in path else ()),
        Member(owned=frozenset({"a"})),
    ):
        assert (one.course, one.lane, one.reason.because) == ("b", Lane.PATH, Because.PATH)


def test_a_model_comes_back_as_it_was_saved(tracks, model, tmp_path):
    save(model, tmp_path / "model.npz", "v1")

    found, version = load(tmp_path / "model.npz")

    assert version == "v1"
    assert (found.courses, found.weights, found.span) == (model.courses, model.weights, model.span)
    users = np.arange(30)
    assert np.array_equal(found.ranker(tracks)(users), model.ranker(tracks)(users))
    assert [file.name for file in tmp_path.iterdir()] == ["model.npz"]


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 0.99])
def test_a_model_cut_short_is_one_sentence(model, tmp_path, share):
    save(model, tmp_path / "model.npz", "v1")
    whole = (tmp_path / "model.npz").read_bytes()
    (tmp_path / "model.npz").write_bytes(whole[: int(len(whole) * share)])

    with pytest.raises(SavedError, match="cut short or no model"):
        load(tmp_path / "model.npz")


def test_a_model_that_is_not_there_is_one_sentence(tmp_path):
    with pytest.raises(SavedError, match="There is no model"):
        load(tmp_path / "model.npz")


@needs_lightfm
def test_lightfm_learns_what_follows(tracks):
    train, held = hold_out(tracks)
    settings = lightfm_model.LightFMSettings(dimensions=16, rate=0.05)

    trained = lightfm_model.fit_history(train, settings, epochs=15)

    assert evaluate(ranker_of(trained.factors, train), held, train).ndcg_10 > 0.4
    assert len(trained.factors.course) == len(tracks.items)


def test_without_lightfm_the_blend_goes_on(tracks, monkeypatch):
    monkeypatch.setattr(lightfm_model, "find_spec", lambda _name: None)

    found = fit(tracks, Budget(seconds=1))

    assert "lightfm" not in found.parts
    assert found.quality["blend"] > 0.3
    assert "LightFM is not installed: the other parts go on without it." in found.skipped


def test_the_comparison_reads_nothing_from_the_test():
    tracks = tracks_of(40)
    users, items = [tracks.users.names[0], "stranger"], ["t0-0", "t0-0"]

    one = measure(tracks, users, items, {}, Budget())
    other = measure(tracks, users[:1], ["never seen"], {}, Budget())

    assert one.model.weights == other.model.weights
    assert {"blend", "popularity", "ease, plain"} <= one.figures.keys()
    assert any("members without training data" in sentence for sentence in one.sentences)
    rows = list(one.rows())
    assert [rank for _, rank, *_ in rows] == list(range(1, len(rows) + 1))
    assert all(
        reason == "popular" or reason.removeprefix("because of ") in tracks.items for *_, reason in rows
    )


def test_targets_of_rows():
    log = log_of("Ann: a b", "Bob: a")

    found = targets_of(log, np.array([1, 2]))

    assert isinstance(found, Targets)
    assert found.user.tolist() == [0, 1]
