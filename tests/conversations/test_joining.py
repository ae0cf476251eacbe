"""Two accounts become one person, and two groups one community, and part again."""

from tests.conversations.stage import Stage


async def test_two_accounts_become_one_person_and_part_again(stage: Stage):
    ann, work = await stage.person("Ann"), await stage.person("Work")
    await stage.say(ann, "How do I split data by time?")
    await stage.say(work, "And how by the people who are in it?")
    told = await stage.command(ann, "link", private=True)
    assert told.private

    done = await stage.command(work, "link", code=told.lines[0])

    platform = stage.platform.capitalize()
    assert done.lines[0] == f"Done: Ann ({platform}), Work ({platform}) are one person here."
    assert await stage.total(ann) == await stage.total(work) == 10
    [letter] = [each for each in stage.letters(ann) if "typed your code" in each.text]
    undone = await stage.press(ann, letter, "Undo")
    assert undone.text == f"Work ({platform}) is a person of its own again, with 5 points."
    assert await stage.total(ann) == 5
    assert (await stage.command(ann, "unlink")).text.startswith("You have one account here")


async def test_a_second_group_joins_by_a_code_and_leaves_again(telegram):
    root = telegram.root
    await telegram.say(root, "How do I split data by time?")
    second = telegram.tg.group("Study hall", bot=None, owner=root)
    await second.add_bot(admin=True)
    await telegram.settle()
    first, telegram.group = telegram.group, second
    code = (await telegram.command(root, "connect", private=True)).lines[0]

    shown = await telegram.command(root, "connect", code=code)
    assert shown.lines[0] == "Study hall becomes part of Data School?"
    done = await telegram.press(root, shown, "Connect")
    assert done.lines[0] == "Done: Study hall is part of Data School now."
    telegram.later(minutes=2)
    await telegram.say(root, "And how do I split it by person, please?")
    assert await total(telegram, root) == 10

    asked = await telegram.command(root, "disconnect")
    parted = await telegram.press(root, asked, "Part them")
    assert parted.lines[0] == "Done: Study hall and Data School are two communities again."
    telegram.group = first
    assert await total(telegram, root) == 5


async def total(telegram, person) -> int:
    """In the community of the group that is played."""
    async with telegram.database.read() as store:
        _, community = await store.communities.space("telegram", str(telegram.group.id))
        member = await store.people.find_member(community.id, "telegram", external_id=str(person.id))
        return await store.points.total(member.id)
