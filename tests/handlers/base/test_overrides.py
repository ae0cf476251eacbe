"""Overrides: the narrower scope wins, where a setting may differ at all."""

from datetime import timedelta

from handlers.base.overrides import effective
from handlers.taking_part import points
from storage.values import SettingRow
from tests.handlers.room import NOW

THREAD, CHANNEL, SPACE = 9, 8, 7


def row(key: str, value: object, space: int | None = None, channel: int | None = None) -> SettingRow:
    return SettingRow(f"points.{key}", value, space, channel, None, NOW)


def base(*rows: SettingRow, space: int | None = SPACE, channels: tuple[int, ...] = (CHANNEL, THREAD)) -> int:
    found = effective(points.feature, rows, space_id=space, channel_ids=channels)
    assert isinstance(found, points.Settings)
    return found.base


def test_the_narrowest_scope_wins_in_whatever_order_rows_come():
    rows = [
        row("base", 4, SPACE, THREAD),
        row("base", 1),
        row("base", 3, SPACE, CHANNEL),
        row("base", 2, SPACE),
    ]

    assert base(*rows) == 4
    assert base(*rows, channels=(CHANNEL,)) == 3
    assert base(*rows, channels=()) == 2
    assert base(*rows, space=None, channels=()) == 1
    assert base() == 5


def test_another_channel_or_space_changes_nothing_here():
    assert base(row("base", 1, SPACE, 99), row("base", 2, 99)) == 5


def test_what_belongs_to_the_community_is_not_overridden_below_it():
    found = effective(points.feature, [row("daily_cap", 7, SPACE)], space_id=SPACE)

    assert isinstance(found, points.Settings)
    assert found.daily_cap == 100


def test_the_installations_own_values_are_the_ground():
    ground = points.Settings(base=9, cooldown=timedelta(hours=1))

    found = effective(points.feature, [row("cooldown", "PT5M")], base=ground)

    assert isinstance(found, points.Settings)
    assert (found.base, found.cooldown) == (9, timedelta(minutes=5))


def test_a_stored_value_that_no_longer_fits_counts_as_not_set():
    assert base(row("base", "many"), row("gone", 1), row("base", 10**9, SPACE)) == 5
