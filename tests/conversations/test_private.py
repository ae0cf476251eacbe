"""In private, and in two languages."""

from tests.conversations.stage import Stage


async def test_a_private_chat_is_about_the_only_community_there_is(stage: Stage):
    ann = await stage.person("Ann")
    await stage.say(ann, "How do I split data by time?")
    rank = await stage.command(ann, "rank", private=True)
    assert rank.lines[0] == "1st this week · 5 points (5 in total, 1st place)"
    top = await stage.command(ann, "top", private=True)
    assert top.lines[1] == "1. Ann  5"
    assert len(stage.public()) == 1 or stage.platform == "telegram"


async def test_somebody_unknown_is_told_to_write_in_the_group_first(stage: Stage):
    stranger = await stage.person("Stranger", reachable=False)
    told = await stage.command(stranger, "rank", private=True)
    assert (
        told.text == "I know of no community that you are in. Write something in your group, then ask again."
    )


async def test_a_member_chooses_a_language_and_the_public_keeps_the_communitys(stage: Stage):
    ann = await stage.person("Ann")
    await stage.say(ann, "How do I split data by time?")
    chosen = await stage.command(ann, "language", language="zh_CN")
    assert "简体中文" in chosen.text
    rank = await stage.command(ann, "rank")
    assert "本周第 1 名" in rank.text
    board = await stage.command(ann, "top")
    assert board.lines[0] == "🏆 This week (Mon 23 to Sun 29 Nov)"
    place = await stage.press(ann, board, "My place")
    assert place.text.startswith("第 1 名")
    back = await stage.command(ann, "language", language="same")
    assert "English" in back.text


async def test_a_community_speaks_chinese(bare_stage: Stage):
    root = await bare_stage.person("Root", admin=True)
    ann = await bare_stage.person("Ann")
    done = await bare_stage.set_up(root, language="zh_CN", zone="Asia/Shanghai")
    assert "Asia/Shanghai" in done.text
    assert done.lines[0] != "All set."
    await bare_stage.say(ann, "怎样按时间划分数据集？")
    board = await bare_stage.command(ann, "top")
    assert board.lines[0].startswith("🏆 本周")
    assert board.lines[1].endswith("Ann  5")
    refused = await bare_stage.say(ann, "那么，又该怎样按人划分呢？")
    why = await bare_stage.command(ann, "why", post=refused)
    assert "0 分" in why.lines[0]
    assert why.lines[1] == "• 间隔：距上一条计分的发言只有 0 秒，需要 1 分钟。"


async def test_a_private_chat_of_two_communities_asks_which(telegram):
    ann = await telegram.person("Ann")
    await telegram.say(ann, "How do I split data by time?")
    await second_group(telegram, ann)

    told = await telegram.command(ann, "rank", private=True)
    assert told.text == "You are in several communities: Data School, Cooking. Choose one first: /community"
    asked = await telegram.command(ann, "community", private=True)
    chosen = await telegram.press(ann, asked, "Data School")
    assert chosen.text == "From now on our chat is about Data School."
    assert (await telegram.command(ann, "rank", private=True)).lines[0].startswith("1st this week")


async def test_buttons_of_a_private_answer_stay_about_the_group_it_was_asked_in(telegram):
    """The answer stands in the private chat, which may be about nothing, or about another community."""
    ann = await telegram.person("Ann")
    await telegram.say(ann, "How do I split data by time?")
    changed = await telegram.command(telegram.root, "set", key="points.base", value="7")
    rank = await telegram.command(ann, "rank")
    assert rank.private
    cooking = await second_group(telegram, ann)

    points = await telegram.press(ann, rank, "My points")
    assert points.lines[0] == "You have 5 points."
    asked = await telegram.command(ann, "community", private=True)
    await telegram.press(ann, asked, "Cooking")
    assert (await telegram.press(ann, rank, "My points")).lines[0] == "You have 5 points."
    undone = await telegram.press(telegram.root, changed, "Undo")
    assert undone.text == "Undone. points.base is 5 again."

    bob = await telegram.person("Bob")
    forged = await telegram.forge(bob, f"points_page|@{await space_of(telegram, cooking)}")
    assert forged.text.startswith("I know of no community that you are in.")
    await telegram.leave(ann)
    gone = await telegram.press(ann, rank, "My points")
    assert gone.text.startswith("I know of no community that you are in.")


async def second_group(telegram, *people):
    """Cooking, set up, where these people write as well."""
    other = telegram.tg.group("Cooking", bot=None, owner=telegram.root)
    await other.add_bot(admin=True)
    await telegram.settle()
    await telegram.root.say(other, "/setup en UTC")
    await telegram.settle()
    for each in people:
        other.members[each.id] = {"status": "member"}
        await each.say(other, "I cook as well, and I like it here")
    await telegram.settle()
    return other


async def space_of(telegram, group):
    async with telegram.database.read() as store:
        space, _ = await store.communities.space("telegram", str(group.id))
    return space.id


async def test_an_answer_that_cannot_be_private_is_removed_after_a_minute(telegram):
    """Bob never pressed Start: what is for him alone stands in the group for a minute, beside a button."""
    bob = await telegram.person("Bob", reachable=False)
    await telegram.say(bob, "How do I split data by time?")
    rank = await telegram.command(bob, "rank")
    assert not rank.private
    assert rank.labels[-1] == "Open private chat"
    assert [seen.text for seen in telegram.public()][-1] == rank.text
    await telegram.settle()
    telegram.later(seconds=61)
    telegram.app.outbox.wake()
    await telegram.settle()
    assert rank.text not in [seen.text for seen in telegram.public()]


async def test_start_greets_in_three_lines_and_blocking_clears_it(telegram):
    bob = await telegram.person("Bob", reachable=False)
    hello = await telegram.command(bob, "start", private=True)
    assert len(hello.lines) == 3
    async with telegram.database.read() as store:
        account = await store.people.account("telegram", str(bob.id))
    assert account.reachable
    await bob.blocks()
    await telegram.settle()
    async with telegram.database.read() as store:
        account = await store.people.account("telegram", str(bob.id))
    assert not account.reachable
