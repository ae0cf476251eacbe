"""What else earns, or no longer does: edits, deletions, voice, levels, hostile names, Chinese throughout."""

from tests.conversations.discord_stage import DiscordStage
from tests.conversations.stage import Stage


async def test_an_edit_never_pays_again(stage: Stage):
    ann, bob = await stage.person("Ann"), await stage.person("Bob")
    answer = await stage.say(bob, "Sort by date and cut; here is how")
    short = await stage.say(ann, "ok")
    stage.later(minutes=5)
    await stage.edit(ann, short, "A long text now, which would have counted if it had been written so")
    remark = await stage.say(ann, "I have read it, and now I try it", to=answer)
    await stage.edit(ann, remark, "thanks, it works!")
    assert await stage.total(ann) == 5
    assert await stage.total(bob) == 5 + 2


async def test_a_new_level_is_told_once_a_day_where_the_community_wants_it(stage: Stage):
    ann = await stage.person("Ann")
    await stage.say(ann, "Nobody hears of levels at first")
    for key, value in (("levels.base", "6"), ("levels.growth", "1"), ("levels.announce", "public")):
        await stage.command(stage.root, "set", key=key, value=value)
    before = len(stage.public())
    for words in ("The second post reaches level one", "A third one gets to level two, as it happens"):
        stage.later(minutes=2)
        await stage.say(ann, words)
    assert [seen.text for seen in stage.public()[before:]] == ["Ann has reached level 1."]

    await stage.command(stage.root, "set", key="levels.announce", value="private")
    stage.later(days=1)
    await stage.command(stage.root, "points add", member=ann, points=60)  # what admins do is silent
    await stage.say(ann, "On the next day it is told in private")
    assert [seen.text for seen in stage.public()[before + 1 :]] == []
    assert stage.letters(ann)[-1].text == "You have reached level 13 in Data School."


async def test_names_that_dress_ping_or_hide_are_shown_as_they_are_and_nobody_is_pinged(stage: Stage):
    """What the bot says is taken by the platform, word for word (a ping or a refusal ends the test)."""
    names = {
        "<b>x</b></a><script>&lt;": "<b>x</b></a><script>&lt;",
        "*_[a](b)_*~`": "*_[a](b)_*~",
        "@everyone <@&1>": "@everyone <@&1>",
        "Ann\u202egnp.exe": "Anngnp.exe",
        "'; drop table members --": "'; drop table members --",
    }
    thoughts = (
        "How do I split data?",
        "Sort by date first",
        "And never shuffle it",
        "It leaks then",
        "Why so?",
    )
    for (name, _), thought in zip(names.items(), thoughts, strict=True):
        await stage.say(await stage.person(name), thought)
    board = await stage.command(stage.root, "top")
    assert board.lines[1:] == [f"1. {shown}  5" for shown in names.values()]


async def test_minutes_in_voice_earn_in_company_and_up_to_the_days_cap(discord: DiscordStage):
    ann, bob = await discord.person("Ann"), await discord.person("Bob")
    for each in (ann, bob):
        await discord.say(each, f"{each.name} says hello before talking")
    lounge = discord.guild.voice("Lounge")

    await ann.enters(lounge)
    await discord.settle()
    discord.later(minutes=30)  # alone: nothing
    await bob.enters(lounge)
    await discord.settle()
    discord.later(minutes=25)
    await bob.enters(lounge, deaf=True)
    await discord.settle()
    assert (await discord.total(ann), await discord.total(bob)) == (7, 7)
    discord.later(minutes=30)  # Bob does not hear anything
    await ann.exits()
    await discord.settle()
    assert (await discord.total(ann), await discord.total(bob)) == (7, 7)
    points = await discord.command(ann, "points")
    assert points.lines[1].startswith("+2 · time in voice · ")


async def test_a_deleted_post_takes_back_what_it_earned(discord: DiscordStage):
    ann, bob = await discord.person("Ann"), await discord.person("Bob")
    answer = await discord.say(ann, "Sort by date and cut; here is how")
    thanks = await discord.say(bob, "thanks!", to=answer)
    assert await discord.total(ann) == 5 + 2 + 3
    await bob.deletes(thanks)
    await discord.settle()
    assert await discord.total(ann) == 5
    await ann.deletes(answer)
    await discord.settle()
    assert await discord.total(ann) == 0
    board = await discord.command(bob, "top")
    assert board.lines[1] == "Nobody has earned points in this period yet. Be the first!"
    why = await discord.command(ann, "why", message=str(answer.id))
    assert why.lines == [
        "This post earned 0 points.",
        "It was deleted, and its points were taken back.",
    ]


async def test_everything_in_chinese(bare_stage: Stage):
    stage, root = bare_stage, await bare_stage.person("Root", admin=True)
    await stage.set_up(root, language="zh_CN", zone="Asia/Shanghai")
    ann, bob = await stage.person("王小明"), await stage.person("Bob")
    question = await stage.say(bob, "怎样按时间划分数据集？")
    answer = await stage.say(ann, "先按日期排序，再选一天切开", to=question)
    thanks = await stage.say(bob, "谢谢，太有用了！", to=answer)
    assert stage.marks(thanks) == ["👍"]

    board = await stage.command(bob, "top")
    assert board.lines == ["🏆 本周（11月23日至29日）", "1. 王小明  10", "2. Bob  7"]
    place = await stage.press(bob, board, "我的名次")
    assert place.text == "第 2 名，7 分。再得 4 分就能超过 王小明。"
    rank = await stage.command(ann, "rank")
    assert rank.lines == [
        "本周第 1 名 · 10 分（总分 10，第 1 名）",
        "等级 0，距离下一级还差 40 分",
        "本周：1 条发言得 5 分、1 次感谢得 3 分、1 条回复得 2 分",
    ]
    why = await stage.command(bob, "why", post=answer)
    assert why.lines == [
        "这条发言得了 10 分。",
        "• 发言得 5 分",
        "• 1 次感谢（Bob）得 3 分",
        "• 1 条回复（Bob）得 2 分",
    ]
    points = await stage.command(ann, "points")
    assert points.lines[:2] == ["你有 10 分。", "+3 · 收到感谢 · 11月25日 20:00"]
    wrong = await stage.command(ann, "top", period="昨天")
    assert wrong.text.endswith("昨天的写法：/top 2026-11-24")
    given = await stage.command(root, "points add", member=bob, points=50, reason="总结得很好")
    assert given.lines == ["Bob 得到 50 分，现在有 57 分。", "原因：总结得很好"]
    undone = await stage.press(root, given, "撤销")
    assert undone.text == "已撤销。Bob 现在有 7 分。"
