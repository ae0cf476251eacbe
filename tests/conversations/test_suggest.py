"""Suggestions: asked for, opened, begun, refused, in private."""

from tests.conversations.stage import Stage
from tests.storage.making import School, a_course


async def a_catalogue(stage: Stage, *titles: str) -> None:
    async with stage.database.write() as store:
        [community] = [each for each in await store.communities.all() if each.set_up_at]
        [space] = await store.communities.spaces(community.id)
        for title in titles:
            key, about = title.casefold(), f"All about {title}."
            await a_course(store, School(community, space), key, title=title, text=about)


async def test_a_member_asks_looks_refuses_and_begins(stage: Stage):
    ann = await stage.person("Ann")
    await stage.say(ann, "Hello, I am here to learn the shell")
    await a_catalogue(stage, "The shell", "Git for teams", "SQL from zero")

    asked = await stage.command(ann, "suggest")
    assert asked.private
    assert asked.lines[:2] == [
        "1. Next on the path: “The shell”",
        "It comes first, of those open to you, in the school's order.",
    ]
    card = await stage.press(ann, asked, "1 · The shell")
    assert card.lines[-1] == "All about The shell."
    begun = await stage.press(ann, card, "Start")
    assert begun.private
    assert begun.lines[0] == "You are in."

    again = await stage.command(ann, "suggest")
    card = await stage.press(ann, again, "1 · Git for teams")
    refused = await stage.press(ann, card, "Not for me")
    assert refused.lines[0] == "I do not suggest “Git for teams” to you any more."
    await stage.press(ann, refused, "Too hard")
    only = await stage.command(ann, "suggest")
    assert only.lines[0] == "Next on the path: “SQL from zero”"

    topic = await stage.command(ann, "suggest", topic="sql")
    assert "It is about sql." in topic.lines
