"""Help: only what this person may use here."""

from handlers import FEATURES
from handlers.base import ADMIN, Way
from handlers.people.help import ROOMS
from tests.handlers.room import Room


async def test_members_see_no_admin_commands(room: Room):
    said = (await room.say("/help")).plain

    assert "/top The most active members of a period" in said
    assert "/set" not in said
    assert "For admins" not in said


async def test_admins_see_theirs_as_they_are_written_here(room: Room):
    said = (await room.say("/help", role=ADMIN)).plain

    assert "For admins\n" in said
    assert "/grant Give somebody a role, for good or for a while (for admins)" in said
    assert "/points_add Give a member points" in said
    assert "Who may use it: admins" in (await room.say("/help grant", role=ADMIN)).plain
    native = await room.say("/help", role=ADMIN, way=Way.INTERACTION)
    assert "/points add Give a member points" in native.plain


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
            assert spec.handler.__module__.split(".")[1] in ROOMS
            assert all(
                example.removeprefix("/").split()[: len(spec.name.split())] == spec.name.split()
                for example in spec.examples
            )


async def test_help_fits_one_message(room: Room):
    for language in ("en", "zh_CN"):
        assert len((await room.say("/help", role=ADMIN, language=language)).plain) < 4096
