"""Settings: listed, found, changed, put back."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from handlers import FEATURES
from handlers.admin.changes import (
    CommunitySettings,
    Scope,
    all_settings,
    present_value,
    read,
    said,
    setting_named,
)
from handlers.admin.scopes import offer_keys
from handlers.admin.settings import clipped
from handlers.admin.settings.titles import TITLES
from handlers.admin.settings.tree import EVERYWHERE, HERE, Spot, card, choices_of, part_of, parts_of
from handlers.base import ADMIN, Button, Reply, UserError
from handlers.taking_part import points
from handlers.words.settings import read_value, value_in_words, written
from storage.values import Channel
from tests.handlers.room import TEXTS, Room, button, labels

EN = TEXTS("en")


async def cooldown(room: Room) -> float:
    return (await room.context("Me")).settings(points.Settings).cooldown.total_seconds()


async def test_set_says_new_and_old_and_can_be_undone_once(room: Room):
    reply = await room.say("/set points.cooldown 5m", role=ADMIN)

    assert reply.plain == (
        "points.cooldown is now 5 minutes (was 1 minute).\nThe pause between two posts that count."
    )
    assert await cooldown(room) == 300

    undo = button(reply, "Undo")
    assert (await room.press(undo)).plain == "Undone. points.cooldown is 1 minute again."
    assert await cooldown(room) == 60
    with pytest.raises(UserError, match="undone already"):
        await room.press(undo)


async def test_set_in_chinese(room: Room):
    reply = await room.say("/set points.cooldown 1小时30分钟", role=ADMIN, language="zh_CN")

    assert reply.plain.startswith("points.cooldown 现在是 1 小时 30 分钟（原来是 1 分钟）。")


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("points.base", "10", "10 (was 5)"),
        ("points.earning", "off", "off (was on)"),
        ("points.earning", "关", "off (was on)"),
        ("points.weight", "1,5", "1.5 (was 1)"),
        ("levels.announce", "public", "public (was off)"),
        ("thanks.words", "merci, danke schön", "merci, danke schön (was none)"),
        ("points.role_weights", "teacher=0.5, vip=2", "teacher=0.5, vip=2 (was none)"),
        ("leaderboard.rows", "25", "25 (was 10)"),
        ("community.name", "Data  School 2", "Data School 2 (was Data School)"),
        ("community.language", "zh", "简体中文 (was English)"),
        ("community.zone", "shanghai", "Asia/Shanghai (was Europe/Berlin)"),
        ("community.week_start", "周日", "Sunday (was Monday)"),
        ("COMMUNITY.WEEK_START", "sat", "Saturday (was Monday)"),
    ],
)
async def test_every_kind_of_value_is_read_said_and_undone(room: Room, key: str, value: str, said: str):
    reply = await room.say(f"/set {key} {value}", role=ADMIN)
    assert reply.plain.splitlines()[0] == f"{key.lower()} is now {said}."

    old = said.partition("(was ")[2].removesuffix(")")
    assert (
        await room.press(button(reply, "Undo"), language="en")
    ).plain == f"Undone. {key.lower()} is {old} again."


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("leaderboard.rows 99", "It must be between 3 and 25, not 99."),
        ("leaderboard.rows many", "“many” is not a whole number."),
        ("leaderboard.rows 1e1", "“1e1” is not a whole number."),
        ("points.weight nan", "“nan” is not a number."),
        ("points.weight 99", "It must be between 0 and 10."),
        ("points.cooldown 90", "“90” is not a length of time."),
        ("points.cooldown 9d", "It must be between 0 seconds and 1 day."),
        ("points.earning maybe", "“maybe” is neither yes nor no."),
        ("levels.announce shout", "“shout” is none of: off, private, public."),
        ("points.role_weights teacher", "“teacher” does not fit."),
        ("community.zone Atlantis", "I do not know the time zone “Atlantis”."),
        ("community.week_start 1", "“1” is no day of the week."),
        ("community.language fr", "I do not speak “fr” yet."),
        ("thanks.acknowledge 👍👍👍👍👍👍👍👍👍", "“👍👍👍👍👍👍👍👍👍…” is too long."),
    ],
)  # fmt: skip
async def test_what_does_not_fit_is_refused_with_what_would(room: Room, line: str, said: str):
    assert (await room.mistake(f"/set {line}", role=ADMIN)).startswith(said)
    assert await room.store.audit.last(room.community.id, 5) == []


async def test_an_unknown_key_is_met_with_the_nearest(room: Room):
    assert "Did you mean points.cooldown?" in await room.mistake("/set point.cooldwn 5m", role=ADMIN)
    assert "Did you mean points.cooldown?" in await room.mistake("/set cooldown 5m", role=ADMIN)
    assert "/settings shows them all." in await room.mistake("/set zzz 5m", role=ADMIN)


async def test_the_same_value_again_changes_nothing(room: Room):
    assert (await room.say("/set points.base 5", role=ADMIN)).plain == "points.base is 5 already."
    assert await room.store.audit.last(room.community.id, 5) == []


async def test_a_channel_may_differ_where_the_setting_allows_it(room: Room):
    await room.in_channel("-100/3")

    reply = await room.say("/set points.base 10 here", role=ADMIN)

    assert reply.plain.startswith("points.base is now 10 (was 5).")
    assert (await room.context("Me")).settings(points.Settings).base == 10
    room.channel = None
    assert (await room.context("Me")).settings(points.Settings).base == 5


async def test_the_whole_group_may_differ_and_a_wider_change_says_who_keeps_theirs(room: Room):
    await room.say("/set points.base 10 space", role=ADMIN)
    assert (await room.context("Me")).settings(points.Settings).base == 10

    reply = await room.say("/set points.base 7", role=ADMIN)

    assert "points.base is now 7 (was 5)." in reply.plain
    assert "1 place has a value of its own and keeps it." in reply.plain


async def test_what_belongs_to_the_community_cannot_differ_by_place(room: Room):
    said = await room.mistake("/reset leaderboard.rows here", role=ADMIN)

    assert said == "leaderboard.rows holds for the whole community and cannot differ by place."


async def test_there_is_no_here_in_private(room: Room):
    assert "no “here”" in await room.mistake("/set points.base 10 here", role=ADMIN, private=True)


async def test_reset_goes_back_and_can_be_undone(room: Room):
    await room.say("/set points.cooldown 5m", role=ADMIN)

    reply = await room.say("/reset points.cooldown", role=ADMIN)
    assert reply.plain.startswith("points.cooldown is now 1 minute (was 5 minutes).")
    assert (await room.say("/reset points.cooldown", role=ADMIN)).plain == (
        "points.cooldown was never changed here: it is 1 minute."
    )

    await room.press(button(reply, "Undo"))
    assert await cooldown(room) == 300


async def test_the_communitys_zone_can_be_reset_and_its_name_cannot(room: Room):
    reply = await room.say("/reset community.zone", role=ADMIN)

    assert reply.plain.startswith("community.zone is now UTC (was Europe/Berlin).")
    assert "no usual value" in await room.mistake("/reset community.name", role=ADMIN)


async def test_settings_are_found_by_key_and_by_their_sentence(room: Room):
    await room.say("/set points.cooldown 5m", role=ADMIN)

    for search in ("points.cool", "pause between"):
        said = (await room.say(f"/settings {search}", role=ADMIN)).plain
        assert (
            "points.cooldown: 5 minutes (usually 1 minute)\nThe pause between two posts that count." in said
        )
    assert "No setting is about “zzz”." in await room.mistake("/settings zzz", role=ADMIN)
    chinese = (await room.say("/settings 间隔", role=ADMIN, language="zh_CN")).plain
    assert "points.cooldown：5 分钟（默认：1 分钟）" in chinese


# The tree


async def parts(room: Room) -> dict[str, Reply]:
    """Every part, with the list that it is chosen from."""
    root, found = await room.say("/settings", role=ADMIN), {}
    for label in [each for row in labels(root) for each in row]:
        shown = await room.press(button(root, label))
        assert shown.edit
        assert shown.select is not None
        assert len(shown.select.choices) <= 25
        found |= {name: shown for name, _ in shown.select.choices}
    return found


async def part(room: Room, name: str) -> Reply:
    shown = (await parts(room))[name]
    assert shown.select is not None
    return await room.press(shown.select.data, choice=name)


async def opened(room: Room, key: str) -> Reply:
    """A setting's card, as one comes to it."""
    ctx = await room.context("Me", role=ADMIN)
    reply = await part(room, part_of(ctx, setting_named(ctx, key)))
    assert reply.select is not None
    while key not in dict(reply.select.choices):
        reply = await room.press(button(reply, "Next"))
        assert reply.select is not None
    return await room.press(reply.select.data, choice=key)


async def test_every_setting_is_in_some_part_once(room: Room):
    seen: list[str] = []
    for name, shown in (await parts(room)).items():
        assert shown.select is not None
        reply = await room.press(shown.select.data, choice=name)
        while True:
            assert reply.edit
            assert reply.select is not None
            seen += [key for key, _ in reply.select.choices]
            if "Next" not in labels(reply)[0]:
                break
            reply = await room.press(button(reply, "Next"))

    assert sorted(seen) == sorted(all_settings(FEATURES))


async def test_every_part_has_a_title_and_every_button_fits(room: Room):
    ctx = await room.context("Me", role=ADMIN)
    assert set(parts_of(ctx)) <= set(TITLES)
    channel = Channel(9_999_999, 1, "1", None, "questions")
    for setting in all_settings(FEATURES).values():
        for level in (EVERYWHERE, HERE) if setting.per_channel else (EVERYWHERE,):
            await card(ctx, setting, Spot(level, channel if setting.per_channel else None), undo=99_999_999)


async def test_a_switch_and_a_choice_are_changed_by_one_press_and_undone_by_another(room: Room):
    shown = await opened(room, "levels.announce")
    assert shown.plain == (
        "levels.announce: off\nHow a new level is told: off, private or public.\nUsually: off\n"
        "Nobody has changed it here."
    )
    assert labels(shown) == [["✓ off", "private", "public"], ["Back"]]

    changed = await room.press(button(shown, "public"))
    assert changed.edit
    assert changed.plain.splitlines()[:2] == [
        "levels.announce is now public (was off).",
        "How a new level is told: off, private or public.",
    ]
    assert changed.plain.endswith("Changed by Me: 25 Nov, 13:00")
    assert labels(changed) == [["off", "private", "✓ public"], ["As usual", "Undo", "Back"]]

    assert (await room.press(button(changed, "Undo"))).plain == "Undone. levels.announce is off again."
    assert await room.store.settings.of(room.community.id) == []


async def test_a_length_of_time_is_written_into_a_form_and_put_back_by_one_press(room: Room):
    shown = await opened(room, "points.cooldown")
    form = await room.open(button(shown, "Change"))
    assert (form.title, form.fields[0].value) == ("points.cooldown", "1 minute")
    with pytest.raises(UserError, match="is not a length of time"):
        await room.fill(form, value="90")

    changed = await room.fill(form, value="5m")
    assert changed.plain.startswith("points.cooldown is now 5 minutes (was 1 minute).")
    assert await cooldown(room) == 300
    usual = await room.press(button(changed, "As usual"))
    assert usual.plain.startswith("points.cooldown is now 1 minute (was 5 minutes).")
    assert await cooldown(room) == 60
    assert "points.cooldown: 1 minute" in (await room.press(button(usual, "Back"))).plain


async def test_what_a_form_shows_can_be_sent_again(room: Room):
    ctx = await room.context("Me", role=ADMIN)
    for setting in all_settings(FEATURES).values():
        if not choices_of(ctx, setting):
            now = said(EN, setting, present_value(ctx, setting, [], Scope()))
            shown = written(EN, setting, present_value(ctx, setting, [], Scope()))
            assert said(EN, setting, read(ctx, setting, shown, [], Scope())) == now, setting.key


async def test_a_card_is_about_one_place_and_leads_to_the_others(room: Room):
    await room.in_channel("-100/3", "questions")
    everywhere = await opened(room, "points.base")
    assert "Holds for: the whole community" in everywhere.plain
    here = await room.press(button(everywhere, "This channel"))
    assert "Holds for: questions" in here.plain
    changed = await room.fill(await room.open(button(here, "Change")), value="10")
    assert (await room.context("Me")).settings(points.Settings).base == 10

    wider = await room.press(button(changed, "Whole community"))
    assert wider.plain.startswith("points.base: 5\n")
    assert "1 other place has a value of its own." in wider.plain
    group = await room.press(button(wider, "This group or server"))
    assert "Holds for: Data School" in group.plain


async def test_in_private_the_channel_that_was_asked_from_is_still_meant(room: Room):
    await room.in_channel("-100/3", "questions")
    everywhere = await opened(room, "points.base")
    channel, room.channel = room.channel, None
    here = await room.press(button(everywhere, "This channel"))
    assert "Holds for: questions" in here.plain
    await room.fill(await room.open(button(here, "Change")), value="10")
    room.channel = channel
    assert (await room.context("Me")).settings(points.Settings).base == 10


async def test_what_belongs_to_the_community_is_changed_on_its_card(room: Room):
    shown = await opened(room, "community.week_start")
    assert shown.plain.endswith("Nobody has changed it.")
    changed = await room.press(button(shown, "Sunday"))
    assert "Changed by Me: " in changed.plain
    assert "As usual" in labels(changed)[-1]
    language = await room.press(button(await opened(room, "community.language"), "简体中文"))
    assert language.plain.startswith("community.language is now 简体中文 (was English).")


async def test_a_forged_place_is_the_whole_community(room: Room):
    for spot in ("h999", "s", "", "x1", "h"):
        reply = await room.press(f"setting_to||{spot}|leaderboard.rows|7")
        assert reply.plain.startswith(("leaderboard.rows is now 7", "leaderboard.rows: 7"))
    rows = await room.store.settings.of(room.community.id)
    assert [(row.space_id, row.channel_id) for row in rows] == [(None, None)]


@pytest.mark.parametrize("name", ["settings", "undo", "help", "privacy", "forget", "mydata", "optout"])
async def test_nobody_can_lock_away_the_settings_or_what_is_the_members_own(room: Room, name: str):
    assert "There is no setting" in await room.mistake(f"/set {name}.enabled off", role=ADMIN)


async def test_to_switch_one_thing_off_leaves_the_others_on(room: Room):
    await room.say("/set why.enabled off", role=ADMIN)

    ctx = await room.context("Me")
    off = [each.name for each in ctx.features if not ctx.settings_of(each.settings).enabled]
    assert off == ["why"]


async def test_a_search_leads_to_cards_as_well(room: Room):
    found = await room.say("/settings pause between", role=ADMIN)
    assert found.select is not None
    assert found.select.choices == (("points.cooldown", "points.cooldown"),)
    many = await room.say("/settings points", role=ADMIN)
    assert "Page 1 of " in many.plain
    assert (await room.press(button(many, "Next"))).edit


async def test_keys_are_offered_while_they_are_typed(room: Room):
    ctx = await room.context("Me", role=ADMIN)

    assert ("points.cooldown", "points.cooldown: The pause between two posts that count.") in offer_keys(
        ctx, "cool"
    )
    assert len(offer_keys(ctx, "")) <= 25


def test_every_setting_has_a_sentence_and_says_its_default_in_both_languages():
    for setting in all_settings(FEATURES).values():
        assert setting.sentence.endswith("."), setting.key
        assert len(setting.key.split(".")) == 2
        for language in ("en", "zh_CN"):
            default = getattr(setting.kind.model_construct(), setting.field)
            assert value_in_words(TEXTS(language), default), setting.key


def test_what_may_differ_by_channel_is_a_setting():
    for feature in FEATURES:
        assert set(feature.settings.model_fields) >= feature.settings.PER_CHANNEL


@given(st.text(max_size=60), st.sampled_from(sorted(set(all_settings(FEATURES)))))
@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_whatever_is_written_becomes_a_value_that_can_be_loaded_or_a_sentence(text: str, key: str):
    setting = all_settings(FEATURES)[key]
    if setting.kind is CommunitySettings:
        return
    try:
        stored = read_value(setting, text, setting.kind(), EN)
    except UserError:
        return  # refused in words
    else:
        loaded = setting.kind.model_validate({setting.field: stored})
        assert value_in_words(EN, getattr(loaded, setting.field))


@given(st.text(max_size=200))
def test_any_search_fits_a_button(search: str):
    Button("Next", "settings_page", ("h9999999", clipped(search), "12"))
    assert "|" not in clipped(search)
