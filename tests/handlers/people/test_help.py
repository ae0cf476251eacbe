"""Help: only what this person may use here."""

from handlers import FEATURES
from handlers.base import ADMIN, OWNER, Way
from handlers.words.rooms import ROOMS, room_of
from tests.handlers.room import Room, button, labels


async def test_members_see_no_admin_commands(room: Room):
    said = (await room.say("/help")).plain

    assert "/top The most active members of a period" in said
    assert "/set" not in said
    assert labels(await room.say("/help")) == []


async def test_admins_see_theirs_on_a_page_of_its_own_as_they_are_written_here(room: Room):
    everybodys = await room.say("/help", role=ADMIN)
    said = (await room.press(button(everybodys, "For admins"))).plain

    assert "/points_add" not in everybodys.plain
    assert said.startswith("For admins\n")
    assert "\nRunning the community\n" in said
    assert "/grant Give somebody a role, for good or for a while" in said
    assert "/points_add Give a member points" in said
    assert "Who may use it: admins" in (await room.say("/help grant", role=ADMIN)).plain


async def test_commands_are_spelled_as_the_platform_has_them(room: Room):
    native = await room.say("/help", way=Way.INTERACTION)

    assert "/cohort board" in native.plain
    assert "/cohort_board" in (await room.say("/help")).plain


async def test_help_in_chinese(room: Room):
    said = (await room.say("/help", language="zh_CN")).plain

    assert said.startswith("参与\n")
    assert "/top 一段时间里最活跃的成员" in said


async def test_a_feature_that_is_off_is_not_offered(room: Room):
    await room.say("/set leaderboard.enabled off", role=ADMIN)

    assert "/top" not in (await room.say("/help")).plain.replace("/help top", "")


async def test_before_setup_only_what_works_is_offered(silent_room: Room):
    said = (await silent_room.say("/help", role=ADMIN)).plain

    assert "/setup" in said
    assert "/rank" not in said


async def test_one_command_is_explained_with_its_options_and_examples(room: Room):
    said = (await room.say("/help /points_add", role=ADMIN)).plain

    assert said.splitlines()[0] == "/points_add Give a member points"
    assert "• points: How many points, from 1 to 1,000,000" in said
    assert "• reason: Why; the member can read it (can be left out)" in said
    assert said.endswith("/points_add @bob 50 great summary of lesson 3")


async def test_an_alias_is_known(room: Room):
    said = (await room.say("/help leaderboard")).plain

    assert said.startswith("/top ")
    assert "Also: /leaderboard" in said


async def test_a_slip_is_met_with_the_nearest_command(room: Room):
    assert "Did you mean /rank?" in await room.mistake("/help rnk")
    assert "Did you mean /points_add" not in await room.mistake("/help points_ad")


async def test_every_command_has_help_in_a_room_and_its_examples_are_its_own():
    for feature in FEATURES:
        for spec in feature.commands:
            assert spec.help
            assert room_of(feature) in ROOMS
            assert all(
                example.removeprefix("/").split()[: len(spec.name.split())] == spec.name.split()
                for example in spec.examples
            )


async def test_each_page_of_help_fits_one_message(room: Room):
    for language in ("en", "zh_CN"):
        everybodys = await room.say("/help", role=OWNER, language=language)
        assert len(everybodys.plain) < 4096
        for row in everybodys.buttons:
            for each in row:
                assert len((await room.press(each, language=language)).plain) < 4096
