"""A member sees, takes along and erases what is kept of them, and comes back as somebody new."""

from tests.conversations.stage import Stage


async def test_a_member_is_forgotten_and_comes_back_as_somebody_new(stage: Stage):
    ann, bob = await stage.person("Ann"), await stage.person("Bob")
    await stage.say(ann, "How do I split data by time?")
    await stage.say(bob, "Group by week first, then split at one date.")

    mine = await stage.command(ann, "mydata")
    assert "• 1 post" in mine.lines
    assert "• 5 points" in mine.lines
    taken = await stage.press(ann, mine, "Give me all of it")
    assert taken.lines[0].startswith("All I keep of you")
    asked = await stage.command(ann, "forget")
    assert asked.lines[0] == "Shall I forget you in Data School?"
    done = await stage.press(ann, asked, "Erase it for good")
    assert done.lines[0] == "You are forgotten here."

    board = await stage.command(bob, "top")
    assert "Ann" not in board.text
    stage.later(minutes=2)
    await stage.say(ann, "Hello again, I have one more question on this.")
    points = await stage.command(ann, "points")
    assert points.lines[0] == "You have 5 points."


async def test_a_member_opts_out_of_everything_and_earns_nothing_more(stage: Stage):
    ann = await stage.person("Ann")
    await stage.say(ann, "How do I split data by time?")
    told = await stage.command(ann, "optout", what="all")
    assert told.lines[0].startswith("From now on I keep no text of yours")
    stage.later(minutes=2)
    await stage.say(ann, "And how do I split it by person, then?")

    assert (await stage.command(ann, "points")).lines[0] == "You have 5 points."
    assert "Ann" not in (await stage.command(ann, "top")).text
