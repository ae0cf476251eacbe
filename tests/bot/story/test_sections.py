from bot.story.marks import bars, of_100
from bot.story.sections.answers import quantile
from bot.story.sections.boards import leaders
from bot.story.sections.helpers import half_of_all
from bot.story.sections.hours import busiest, stretch
from bot.story.sections.newcomers import largest_drop
from bot.story.values import Board, Place


def test_a_quantile_is_the_nearest_rank():
    assert [quantile([1, 2, 3, 4], share) for share in (0.1, 0.25, 0.5, 0.51, 0.9, 1)] == [1, 1, 2, 3, 4, 4]
    assert quantile([7], 0.5) == 7


def test_few_people_give_half_of_all():
    assert [half_of_all(given) for given in ([5, 5], [1, 9], [3, 3, 3], [0, 0], [])] == [1, 1, 2, 0, 0]


def test_the_busiest_hour_is_the_earliest_of_those_that_tie():
    week = [[0] * 24 for _ in range(7)]
    week[2][5] = week[4][5] = 3

    assert busiest(week) == (2, 5)


def test_a_stretch_of_hours_goes_on_after_midnight_and_stands_in_the_middle_of_a_tie():
    late = [9 if hour in (23, 0, 1, 2) else 1 for hour in range(24)]
    once = [1 if hour == 9 else 0 for hour in range(24)]

    assert stretch(late, most=True) == 23
    assert stretch(once, most=True) == 8


def test_the_largest_drop_is_between_a_week_and_the_next():
    assert largest_drop({1: (50, 100), 2: (45, 100), 3: (10, 100), 4: (9, 100)}) == 2
    assert largest_drop({1: (5, 10)}) == 1


def test_who_ties_for_the_first_place_led_too():
    board = Board("2026-01", 3, [Place(1, "Ann", 5), Place(1, "Bob", 5), Place(3, "Cy", 2)])

    assert leaders([board, Board("2026-02", 1, [Place(1, "Bob", 9)])]) == {"Ann": 1, "Bob": 2}


def test_bars_of_nothing_are_an_empty_list():
    assert bars([]) == '<ul class="bars"></ul>'
    assert of_100(1, 0) == 0
