"""Presets: ready-made rules, what each would change, and the way back."""

import pytest

from handlers import FEATURES
from handlers.admin.changes import all_settings
from handlers.admin.presets import PRESETS, Preset, preset_in_force, preset_values
from handlers.base import ADMIN
from handlers.taking_part import levels, points
from handlers.words.settings import loaded, read_value
from tests.handlers.room import TEXTS, Room, button, labels

EN = TEXTS("en")


def test_every_preset_says_something_of_the_same_settings_and_each_value_fits():
    known = all_settings(FEATURES)
    for preset in Preset:
        values = preset_values(preset, FEATURES)
        assert list(values) == list(PRESETS[Preset.STANDARD])
        for key, stored in values.items():
            assert known[key].kind.model_validate({known[key].field: stored}), key


def test_standard_is_what_is_usual():
    known = all_settings(FEATURES)
    for key, stored in PRESETS[Preset.STANDARD].items():
        assert loaded(known[key], stored) == getattr(known[key].kind(), known[key].field), key


def test_a_preset_leaves_out_what_is_not_there():
    assert list(preset_values(Preset.QUIET, [levels.feature])) == ["levels.announce"]


def test_a_value_is_written_as_set_would_store_it():
    known = all_settings(FEATURES)
    assert PRESETS[Preset.QUIET]["points.cooldown"] == read_value(
        known["points.cooldown"], "5m", points.Settings(), EN
    )


async def test_a_preset_shows_what_it_would_change_applies_it_and_is_undone(room: Room):
    listed = await room.say("/preset", role=ADMIN)
    assert labels(listed) == [["Quiet", "Standard", "Lively"]]
    assert "Standard (in force now)" in listed.plain

    asked = await room.press(button(listed, "Quiet"))
    assert asked.edit
    assert (
        "A thoughtful post earns 3, a thank-you 5, an answer 1, a reaction 0; posts bring at most 30 a day."
        in asked.plain
    )
    assert "points.cooldown: 1 minute → 5 minutes" in asked.plain
    assert await room.store.settings.of(room.community.id) == []

    done = await room.press(button(asked, "Apply"))
    assert done.plain.startswith("The rules are “Quiet” from now on.")
    ctx = await room.context("Me")
    assert (ctx.settings(points.Settings).base, ctx.settings(levels.Settings).announce) == (3, "off")
    again = await room.press(button(asked, "Apply"))
    assert again.plain == "These rules hold already."

    undone = await room.press(button(done, "Undo"))
    assert undone.plain == "Undone. The rules are as they were before."
    assert await room.store.settings.of(room.community.id) == []


async def test_going_from_one_to_another_leaves_nothing_behind(room: Room):
    await room.say("/set points.base 7", role=ADMIN)
    for preset in (Preset.LIVELY, Preset.QUIET, Preset.STANDARD):
        await room.press(f"preset_apply||{preset}")
        ctx = await room.context("Me")
        rows = await room.store.settings.of(room.community.id)
        assert preset_in_force(ctx, rows) is preset
    assert await room.store.settings.of(room.community.id) == []


async def test_an_undo_gives_back_what_was_set_by_hand(room: Room):
    await room.say("/set points.base 7", role=ADMIN)
    done = await room.press("preset_apply||lively")
    await room.press(button(done, "Undo"))
    assert (await room.context("Me")).settings(points.Settings).base == 7


@pytest.mark.parametrize("word", ["loud", "1"])
async def test_what_is_no_preset_is_refused(room: Room, word: str):
    said = await room.mistake(f"/preset {word}", role=ADMIN)
    assert said == f"“{word}” is none of: quiet, standard, lively.\nFor example: /preset quiet"
