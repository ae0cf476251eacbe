"""Committee: a post goes before an expert, who presses once; its author and the points follow."""

from tests.conversations.stage import Stage


async def test_an_expert_judges_a_reported_post_and_points_follow_and_come_back(stage: Stage):
    ann, bob, eve = await stage.person("Ann"), await stage.person("Bob"), await stage.person("Eve")
    await stage.say(bob, "Hello, I am here to learn")
    await stage.say(eve, "So am I, and I help a little")
    post = await stage.say(ann, "Followers for your channel, cheap, write to me today")
    earned = await stage.total(ann)
    assert earned > 0
    await stage.command(bob, "report", post=post)
    await stage.command(stage.root, "grant", member=eve, role="expert")

    card = await stage.command(eve, "review")
    assert card.private
    assert card.lines[0].startswith("Case 1 · reported · ")
    assert "“Followers for your channel, cheap, write to me today”" in card.lines
    assert card.lines[-1].endswith("Reported by 1 member.")
    done = await stage.press(eve, card, "Advert")
    assert done.lines[0] == "Case 1: an advert."
    assert done.lines[-2:] == ["Nothing waits for you. Thank you.", "What was decided: /cases"]
    assert await stage.total(ann) == 0

    undone = await stage.press(eve, done, "Undo")
    assert undone.text == "Undone: case 1 is open again, and points follow."
    assert await stage.total(ann) == earned
    card = await stage.press(eve, undone, "Look at it")
    praised = await stage.press(eve, card, "Excellent")
    assert praised.lines[0] == "Case 1: excellent."
    assert await stage.total(ann) == earned + 10
    assert "10 for an excellent post" in (await stage.command(ann, "why", post=post)).text
