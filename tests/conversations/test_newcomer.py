"""A newcomer's first minutes on both platforms at once: see tests/newcomer.py."""

import pytest

from tests.conversations.telegram_stage import TelegramStage
from tests.newcomer import play


async def test_a_group_and_a_server_are_one_community_in_under_five_minutes():
    if (reason := TelegramStage.missing()) is not None:
        pytest.skip(reason)
    told = await play()

    boards = [line.text.splitlines()[1:] for line in told.lines if line.text.startswith("🏆")]
    assert boards == [["1. Bob  10", "2. Ann  5"]] * 2
    one = next(mark for mark in told.marks if mark.title == "group and server are one community")
    assert one.person_seconds + one.waited < 300
    assert told.questions.person_seconds < 120
