"""Simulate: a rule is tried out on the last days, set, applied to them, and both are taken back."""

from tests.conversations.stage import Seen, Stage


async def looked(stage: Stage) -> Seen:
    """What the bot wrote to the admin when it was done beside."""
    assert stage.app is not None
    await stage.app.rehearsal.idle()
    await stage.settle()
    return stage.letters(stage.root)[-1]


async def test_a_rule_is_tried_out_set_applied_to_the_past_and_taken_back(stage: Stage):
    ann, bob = await stage.person("Ann"), await stage.person("Bob")
    for n in range(3):
        await stage.say(ann, f"How do I split data by time, part {n * 7919}?")
        stage.later(minutes=2)
    await stage.say(bob, "By the time it was made, not by chance")
    assert (await stage.total(ann), await stage.total(bob)) == (15, 5)

    told = await stage.command(stage.root, "simulate", rule="points.base", value="7")
    assert told.private
    assert told.text == "I am looking at the last 30 days, and write to you when I have seen them."
    seen = await looked(stage)
    assert seen.lines[:6] == [
        "points.base at 7 instead of 5",
        "2 members would have got more.",
        "Points of these days: 28 instead of 20.",
        "Most to gain",
        "• Ann: 21 instead of 15",
        "• Bob: 7 instead of 5",
    ]
    assert "This week: the first ten would be the same." in seen.lines
    assert await stage.total(ann) == 15

    asked = await stage.press(stage.root, seen, "Set it, also for these days")
    assert asked.lines[1] == "4 payments would be corrected, and 2 members would have other points."
    begun = await stage.press(stage.root, asked, "Yes, correct them")
    assert begun.lines[0] == "I am correcting it, and write to you when it is done."
    done = await looked(stage)
    assert done.lines[0].startswith("4 payments of these days are corrected.")
    assert (await stage.total(ann), await stage.total(bob)) == (21, 7)

    undoing = await stage.press(stage.root, done, "Undo")
    assert undoing.text == "I am taking it back, and write to you when it is done."
    assert (await looked(stage)).text.endswith("4 payments are as they were.")
    assert (await stage.total(ann), await stage.total(bob)) == (15, 5)
    stage.later(minutes=2)
    await stage.say(ann, "And the rule itself holds on")
    assert await stage.total(ann) == 22
    assert stage.letters(stage.root)[-1].text.endswith("as they were."), "letters stay"
    assert await stage.is_kept_from(ann, "simulate", rule="points.base", value="9")
