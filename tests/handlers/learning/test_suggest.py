"""Suggest: cards with true reasons, answers that are heeded, and what is said where there is nothing."""

import re

import pytest
from sqlalchemy import update

from handlers.base import Reply
from storage.tables import courses as table
from tests.handlers.learning.suggesting import course, learned, shown_to, suggest_in, took, two_tracks
from tests.handlers.room import Room, button, labels


@pytest.fixture
def school(room: Room, tmp_path):
    suggest_in(room, tmp_path)
    return room


@pytest.fixture
async def tracks(school: Room, tmp_path):
    made = await two_tracks(school)
    await learned(school, tmp_path, list(made.values()))
    return made


def titles(reply: Reply) -> list[str]:
    """What is suggested, in order."""
    heads = [line for line in reply.plain.splitlines() if re.match(r"(\d\. )?[A-Z][a-z ]+: “", line)]
    return [line.split("“")[1].split("”")[0] for line in heads]


async def test_on_a_small_catalogue_the_next_on_the_path_is_suggested(school):
    first, second = await course(school, "The shell"), await course(school, "Git for teams")
    await took(school, "Me", first)

    reply = await school.say("/suggest")

    assert reply.plain.splitlines()[:2] == [
        "Next on the path: “Git for teams”",
        "It comes next in the school's order.",
    ]
    assert [(each.course_id, each.because, each.way) for each in await shown_to(school, "Me")] == [
        (second, "path", "asked")
    ]


async def test_what_follows_is_suggested_with_what_speaks_for_it(school, tracks):
    await took(school, "Me", tracks["Data 1"], tracks["Data 2"])

    reply = await school.say("/suggest")

    lines = reply.plain.splitlines()
    assert lines[0].startswith("1. Next for you: “Data 3”")
    assert lines[1] == (
        "Because you finished “Data 2”. 8 of the 13 members who took that took this one later."
    )
    assert labels(reply)[0] == ["1 · Data 3"]
    again = await school.say("/suggest")
    assert again.plain == reply.plain
    assert len(await shown_to(school, "Me")) == 3


async def test_a_card_is_opened_and_leads_to_the_course_and_back(school, tracks):
    await took(school, "Me", tracks["Data 1"])
    reply = await school.say("/suggest")

    card = await school.press(reply.buttons[0][0])

    assert labels(card) == [["Start", "Later", "Not for me"], ["More like this"], ["Back"]]
    [opened] = [each for each in await shown_to(school, "Me") if each.opened_at]
    assert button(card, "Start").data.split("|")[0] == "enrol"
    await school.press(button(card, "Start"))
    await school.store.suggestions.note_enrolments(school.community.id, school.now)
    assert [each.id for each in await shown_to(school, "Me") if each.enrolled_at] == [opened.id]
    assert "Data 2" not in titles(await school.press(button(card, "Back")))


async def test_another_members_card_is_nobodys(school, tracks):
    await took(school, "Me", tracks["Data 1"])
    reply = await school.say("/suggest")
    with pytest.raises(Exception, match="do not know this suggestion"):
        await school.press(reply.buttons[0][0].data, by="Bob")


async def test_a_refusal_is_heeded_at_once_and_its_reason_remembered(school, tracks):
    await took(school, "Me", tracks["Data 1"])
    card = await school.press((await school.say("/suggest")).buttons[0][0])

    refused = await school.press(button(card, "Not for me"))

    assert "Too expensive" not in str(labels(refused))
    assert "Data 2" not in titles(await school.say("/suggest"))
    await school.press(button(refused, "Had it elsewhere"))
    assert (await shown_to(school, "Me"))[0].why == "had"
    next_one = await school.say("/suggest")
    assert titles(next_one)[0] == "Data 3"
    assert next_one.plain.splitlines()[1].startswith("Because you know “Data 2” from elsewhere.")
    await school.press(button(refused, "Undo"))
    assert "Data 2" in titles(await school.say("/suggest"))


async def test_later_is_two_weeks_later(school, tracks):
    await took(school, "Me", tracks["Data 1"])
    card = await school.press((await school.say("/suggest")).buttons[0][0])

    said = await school.press(button(card, "Later"))

    assert said.plain == "Not before 14 days from now: “Data 2”."
    assert "Data 2" not in titles(await school.say("/suggest"))
    school.later(days=15)
    assert "Data 2" in titles(await school.say("/suggest"))


async def test_by_topic_and_more_like_this(school, tracks):
    about = await school.say("/suggest html")
    assert {each.because for each in await shown_to(school, "Me")} == {"topic"}
    assert "It is about html." in about.plain
    like = await school.press(button(await school.press(about.buttons[0][0]), "More like this"))
    assert "It is close to “Web" in like.plain
    assert "Data" not in like.plain
    nothing = await school.say("/suggest knitting")
    assert nothing.plain.startswith("I have nothing for you about “knitting”.")


async def test_a_stranger_is_asked_for_two_topics(school, tracks):
    asked = await school.say("/suggest")
    assert asked.plain.startswith("What do you like? I do not know yet.")
    assert labels(asked)[0] == ["html", "statistics"]

    one_more = await school.press(button(asked, "statistics"))
    assert one_more.plain == "Noted: statistics. One more?"
    found = await school.press(button(one_more, "html"))
    assert "Because you told me that you like " in found.plain
    assert {each.way for each in await shown_to(school, "Me")} == {"welcome"}


async def test_a_stranger_names_a_course_they_liked_or_nothing(school, tracks):
    asked = await school.say("/suggest")
    liked = next(each for row in asked.buttons for each in row if each.label == "★ Data 1")
    assert "Because you liked “Data 1”." in (await school.press(liked)).plain
    anything = await school.press(
        button(await school.say("/suggest", by="Bob"), "Just show me something"), by="Bob"
    )
    assert "members took it up in the last 90 days." in anything.plain
    assert "Popular here: " in anything.plain


async def test_rules_of_language_level_and_what_is_needed_before(school, tracks):
    await took(school, "Me", tracks["Data 1"])
    change = update(table).where(table.c.id == tracks["Data 2"])
    assert "Data 2" in titles(await school.say("/suggest"))

    for values in ({"language": "de"}, {"language": "en", "level": 3}):
        school.later(minutes=1)
        await school.store.connection.execute(change.values(changed_at=school.now, **values))
        assert "Data 2" not in titles(await school.say("/suggest"))
    school.later(minutes=1)
    await school.store.connection.execute(change.values(level=None, changed_at=school.now))
    assert "Data 2" in titles(await school.say("/suggest"))
    await school.store.courses.set_needs(tracks["Data 2"], [tracks["Web 1"]])
    assert "Data 2" not in titles(await school.say("/suggest"))
    await took(school, "Me", tracks["Web 1"])
    assert "Data 2" in titles(await school.say("/suggest"))


async def test_what_the_school_recommends_comes_first(school, tracks):
    await took(school, "Me", tracks["Data 1"])
    school.later(minutes=1)
    pinned = {"pinned_until": school.now.replace(year=2030), "changed_at": school.now}
    await school.store.connection.execute(update(table).where(table.c.id == tracks["Web 4"]).values(**pinned))

    lines = (await school.say("/suggest")).plain.splitlines()

    assert lines[:2] == ["1. Recommended here: “Web 4”", "Those who run this school recommend it."]


async def test_who_opted_out_gets_none(school, tracks):
    await school.say("/optout profiling")
    assert (await school.mistake("/suggest")).startswith("You asked me to make no suggestions for you.")
    assert await shown_to(school, "Me") == []


async def test_no_courses_and_nothing_left(school):
    assert (await school.say("/suggest")).plain.startswith("There are no courses here yet.")
    only = await course(school, "The only one")
    await took(school, "Me", only)
    assert (await school.say("/suggest")).plain.startswith("I have nothing new for you that I am sure about.")


async def test_some_are_held_out_and_get_what_is_popular(school, tracks):
    await school.store.settings.set(school.community.id, "suggest.held_out", 50, by=None, now=school.now)
    replies = {}
    for number in range(8):
        name = f"New {number}"
        await took(school, name, tracks["Data 1"])
        replies[(await school.member(name)).id] = await school.say("/suggest", by=name)

    figures = await school.store.suggestions.figures(school.community.id, school.now)

    assert {each.arm for each in figures} == {"model", "popular"}
    heads = {"model": "1. Next for you: “Data 2”", "popular": "1. Popular here: “"}
    assert all(replies[each.member_id].plain.startswith(heads[each.arm]) for each in figures)
