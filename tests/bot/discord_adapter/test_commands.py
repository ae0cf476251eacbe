import gettext
import json

import pytest

from bot.discord_adapter.commands import Menu, fingerprint
from handlers.base import ADMIN, Feature, Texts
from tests.bot.discord_adapter.toys import toy
from tests.bot.discord_adapter.world import texts
from tests.doubles.discord.commands import check


class Chinese(gettext.NullTranslations):
    def gettext(self, message):
        return {"The most active members of a period": "一段时间内最活跃的成员", "Which page": "第几页"}.get(
            message, message
        )


def both(code):
    known = {"en": "English", "zh_CN": "简体中文"}
    return Texts(code, Chinese() if code == "zh_CN" else gettext.NullTranslations(), known)


@pytest.fixture
def payloads():
    return {payload["name"]: payload for payload in Menu([toy()], both).payloads()}


def test_discord_takes_every_command(payloads):
    for payload in payloads.values():
        check(payload)
    assert set(payloads) == {
        "top", "leaderboard", "me", "why", "points", "setup", "course", "feedback", "Why these points",
    }  # fmt: skip


def test_texts_are_in_both_languages(payloads):
    top = payloads["top"]
    assert top["description"] == "The most active members of a period"
    assert top["description_localizations"] == dict.fromkeys(("zh-CN", "zh-TW"), "一段时间内最活跃的成员")
    [page] = top["options"]
    assert page["description_localizations"] == dict.fromkeys(("zh-CN", "zh-TW"), "第几页")
    assert (page["type"], page["min_value"], page["max_value"], page["required"]) == (4, 1, 9, False)


def test_a_group_holds_its_sub_commands_and_the_lone_one(payloads):
    subs = {
        sub["name"]: [option["name"] for option in sub["options"]] for sub in payloads["points"]["options"]
    }
    assert subs == {"show": ["member"], "add": ["member", "points", "reason"]}
    assert "default_member_permissions" not in payloads["points"]


def test_admin_commands_ask_for_manage_server_and_spaces_are_kept_to(payloads):
    setup = payloads["setup"]
    assert (setup["default_member_permissions"], setup["contexts"]) == (str(1 << 5), [0])
    assert payloads["me"]["contexts"] == [0, 1]
    assert payloads["Why these points"]["contexts"] == [0]


def test_a_group_that_is_all_for_admins_is_hidden():
    feature = Feature("admin")
    for name in ("rules set", "rules list"):

        @feature.command(name, needs=ADMIN, help="Rules")
        async def rules(ctx, command): ...

    [payload] = Menu([feature], texts).payloads()
    check(payload)
    assert payload["default_member_permissions"] == str(1 << 5)


def test_long_helps_are_cut_and_three_words_make_a_group():
    feature = Feature("long")

    @feature.command("points log show", help="x" * 300)
    async def show(ctx, command, very_long_name_of_an_option: int = 1): ...

    [payload] = Menu([feature], texts).payloads()
    check(payload)
    assert payload["options"][0]["options"][0]["name"] == "show"


def test_the_fingerprint_changes_with_the_definitions_only():
    first, second = Menu([toy()], both).payloads(), Menu([toy()], both).payloads()
    assert fingerprint(first) == fingerprint(json.loads(json.dumps(second)))
    assert fingerprint(first) != fingerprint(Menu([toy()], texts).payloads())


def test_more_commands_than_discord_takes_are_left_out():
    feature = Feature("many")
    for number in range(120):

        @feature.command(f"c{number}", help="One of many")
        async def one(ctx, command): ...

    assert len(Menu([feature], texts).payloads()) == 100
