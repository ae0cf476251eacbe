"""The level curve."""

from hypothesis import given
from hypothesis import strategies as st

from handlers.taking_part.curve import level_of, points_for_level

bases = st.integers(1, 100_000)
growths = st.floats(1, 3, allow_nan=False)


def test_each_level_takes_more_than_the_one_before():
    assert [points_for_level(level, base=50, growth=1.25) for level in range(5)] == [0, 50, 112, 190, 288]
    assert [points_for_level(level, base=50, growth=1) for level in range(4)] == [0, 50, 100, 150]


def test_levels_begin_exactly_at_their_points():
    assert [level_of(points, base=50, growth=1.25) for points in (-5, 0, 49, 50, 111, 112)] == [
        0,
        0,
        0,
        1,
        1,
        2,
    ]


@given(st.integers(0, 10**9), bases, growths)
def test_a_level_is_the_highest_that_its_points_reach(points: int, base: int, growth: float):
    level = level_of(points, base=base, growth=growth)

    assert points_for_level(level, base=base, growth=growth) <= points
    assert points < points_for_level(level + 1, base=base, growth=growth)


@given(st.integers(0, 10**6), st.integers(0, 10**6), bases, growths)
def test_more_points_never_mean_a_lower_level(some: int, more: int, base: int, growth: float):
    assert level_of(some, base=base, growth=growth) <= level_of(some + more, base=base, growth=growth)
