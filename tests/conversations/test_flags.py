"""A post that is taken down comes back: as its author, the experts and everybody else see it."""

from tests.conversations.stage import WEDNESDAY_NOON, Stage

SAID = "Who wants to learn together tonight?"


async def test_what_was_taken_down_comes_back_with_its_points_when_it_was_fine(stage: Stage):
    ann = await stage.person("Ann")
    await stage.command(stage.root, "set", key="flags.floods", value="take down")
    first = await stage.say(ann, SAID)
    for _ in range(2):
        stage.later(minutes=3)
        last = await stage.say(ann, SAID)
    await stage.settle()
    assert stage.letters(ann)[-1].lines[0].startswith("I have taken your post in ")
    assert stage.letters(ann)[-1].labels == ("Edit hint", "It is fine, please look")
    assert [(await stage.stored(post)).deleted for post in (first, last)] == [False, True]

    card = await stage.command(stage.root, "review")
    await stage.press(stage.root, card, "Fine")
    await stage.settle()
    assert stage.letters(ann)[-1].lines[0].endswith(": it is fine.")
    before = await stage.stored(last)
    assert before.deleted is False
    async with stage.database.read() as store:
        [case] = await store.cases.decided((await stage.member(ann)).community_id, WEDNESDAY_NOON)
        again = await store.posts.by_message(before.space_id, case.restored)
    assert (again.id, case.kept) == (before.id, None)
