"""Settings: listed, found, changed, put back."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from handlers import FEATURES
from handlers.admin.changes import CommunitySettings, all_settings
from handlers.admin.scopes import offer_keys
from handlers.admin.settings import clipped
from handlers.base import ADMIN, Button, UserError
from handlers.taking_part import points
from handlers.words.settings import read_value, value_in_words
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


async def test_every_setting_is_on_some_page_once(room: Room):
    reply, seen = await room.say("/settings", role=ADMIN), []
    while True:
        seen += [
            line.split(":")[0]
            for line in reply.plain.splitlines()
            if line.split(":")[0] in all_settings(FEATURES)
        ]
        if "Next" not in labels(reply)[0]:
            break
        reply = await room.press(button(reply, "Next"))
        assert reply.edit

    assert seen == list(all_settings(FEATURES))


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
    Button("Next", "settings_page", ("123", clipped(search)))
    assert "|" not in clipped(search)
