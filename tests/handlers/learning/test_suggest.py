"""Suggest: cards with true reasons, answers that are heeded, and what is said where there is nothing."""

import pytest

from tests.handlers.learning.suggesting import course, suggest_in, took
from tests.handlers.room import Room


@pytest.fixture
def school(room: Room, tmp_path):
    suggest_in(room, tmp_path)
    return room


async def test_on_a_small_catalogue_the_next_on_the_path_is_suggested(school):
    first, second = await course(school, "The shell"), await course(school, "Git for teams")
    await took(school, "Me", first)

    reply = await school.say("/suggest")

    assert reply.plain.splitlines()[:2] == [
        "Next on the path: “Git for teams”",
        "It comes next in the school's order.",
    ]
    [shown] = (
        await school.store.suggestions.standing(
            school.community.id, [(await school.member("Me")).id], school.now, school.now
        )
    ).values()
    assert [(each.course_id, each.because, each.way) for each in shown] == [(second, "path", "asked")]
