"""The report: what came of suggestions, by arm, way and lane, and what can be said of the difference."""

import pytest

from handlers.admin.suggestions_report import Compared, compare, missing, verdict
from recsys.experiments import Share
from storage.suggestions import Figure
from tests.handlers.learning.suggesting import learned, suggest_in, took, two_tracks
from tests.handlers.room import TEXTS, Room, button


def figure(member: int, arm: str = "model", enrolled: int = 0, **more) -> Figure:
    return Figure(**{"member_id": member, "arm": arm, "way": "asked", "lane": "blend", "shown": 3, "opened": 1,
                     "enrolled": enrolled, "dismissed": 0} | more)  # fmt: skip


def test_arms_are_of_members_and_who_was_in_both_is_in_neither():
    figures = [
        *(figure(number, enrolled=number % 2) for number in range(10)),
        *(figure(number, "popular") for number in range(8, 12)),
        figure(50, "none", 1),
        figure(51, enrolled=1, lane="pinned"),
    ]
    assert compare(figures) == Compared(Share(4, 8), Share(0, 2))


@pytest.mark.parametrize(
    ("model", "popular", "begins"),
    [
        (Share(90, 300), Share(3, 40), "Choosing for members works: of 100, 9 to 30 more"),
        (Share(3, 300), Share(12, 40), "Choosing for members does worse: of 100, "),
        (Share(40, 200), Share(2, 20), "Too early to tell: about "),
        (Share(5, 5), Share(0, 5), "Too early to tell. About "),
        (Share(0, 0), Share(0, 0), "Nothing was learned of members yet"),
    ],
)
def test_what_can_be_said(model, popular, begins):
    assert verdict(TEXTS("en"), Compared(model, popular), 0.1, 90).startswith(begins)


def test_a_smaller_difference_takes_more_members():
    large, small = Compared(Share(60, 200), Share(2, 20)), Compared(Share(30, 200), Share(2, 20))
    assert 0 < missing(large, 0.1) < missing(small, 0.1)


async def test_the_report_counts_what_happened(room: Room, tmp_path):
    suggest_in(room, tmp_path)
    assert "Nothing was suggested in the last 90 days." in (await room.say("/suggestions_report")).plain
    made = await two_tracks(room)
    await learned(room, tmp_path, list(made.values()))
    await took(room, "Me", made["Data 1"])
    card = await room.press((await room.say("/suggest")).buttons[0][0])
    await room.press(button(card, "Start"))

    lines = (await room.say("/suggestions_report 30")).plain.splitlines()

    assert lines[0].startswith("Too early to tell. About ")
    assert "• Asked for: 3 shown, 1 opened, 1 enrolled, 0 not wanted" in lines
    assert "• Chosen for the member: 2 shown, 1 opened, 1 enrolled, 0 not wanted" in lines
