"""The wizard: five presses, left and resumed, with slips on the way, by admins only."""

from handlers.admin.setup.draft import KEY
from tests.conversations.stage import Stage

PRESSES = (
    "setup_step||rules", "setup_language||zh_CN", "setup_zone||UTC", "setup_zone_form|", "setup_week||6",
    "setup_speech||answers", "setup_rules||lively",
)  # fmt: skip


async def is_silent(stage: Stage) -> bool:
    async with stage.database.read() as store:
        [community] = await store.communities.all()
        return community.set_up_at is None


async def test_the_wizard_is_walked_left_resumed_and_changed(bare_stage: Stage):
    stage = bare_stage
    root = await stage.person("Root", admin=True)
    other = await stage.person("Other", admin=True)
    ann = await stage.person("Ann")
    await stage.say(ann, "Written before anybody set me up")

    slip = await stage.command(root, "setup", language="en", zone="Atlantis")
    assert slip.private
    asked = await stage.command(root, "setup")
    assert asked.lines[0] == "Which language shall I speak here?"
    assert "Step 1 of 5. You may stop at any time: /setup goes on." in asked.lines[-1]
    zones = await stage.press(root, asked, "English")
    assert zones.lines[0] == "Which time zone do your days go by?"
    wrong = await stage.fill(root, zones, "Write another", zone="Atlantis")
    assert wrong.text.startswith("I do not know the time zone “Atlantis”.")
    week = await stage.fill(root, zones, "Write another", zone="berlin")
    assert week.lines[0] == "On which day does your week begin?"
    zones = await stage.press(root, week, "Back")
    assert "Yes, Europe/Berlin" in zones.labels
    week = await stage.press(root, zones, "Yes, Europe/Berlin")

    for forged in PRESSES:  # by somebody who is no admin
        refused = await stage.forge(ann, forged)
        assert (refused.text, refused.private) == ("Only admins can change this.", True)
    assert len(stage.public()) == 1, "nothing is said but the greeting"
    await stage.stop()
    await stage.start()

    week = await stage.command(other, "setup")
    assert week.lines[0] == "On which day does your week begin?"
    speech = await stage.press(other, week, "Monday")
    rules = await stage.press(other, speech, "Nowhere, only answers")
    assert await is_silent(stage)
    done = await stage.press(other, rules, "Lively")
    assert done.lines[:4] == [
        "All set.",
        "I speak English; days go by Europe/Berlin, and weeks begin on Monday.",
        "I only answer, and write nothing without being asked.",
        "The rules are “Lively”.",
    ]

    stage.later(minutes=5)
    post = await stage.say(ann, "How do I split data by time?")
    assert await stage.total(ann) == 10
    stored = await stage.stored(post)
    assert stored is not None
    assert stored.text == "How do I split data by time?"
    async with stage.database.read() as store:
        [community] = await store.communities.all()
        assert KEY not in {row.key for row in await store.settings.of(community.id)}
        assert [row.action for row in await store.audit.last(community.id, 5)] == ["setup"]

    overview = await stage.press(other, done, "Change something")
    week = await stage.press(other, overview, "Start of the week")
    changed = await stage.press(other, week, "Sunday")
    assert "weeks begin on Sunday" in changed.lines[1]
    undone = await stage.press(other, changed, "Undo")
    assert undone.text == "Undone. I am set up as before."


async def test_the_wizard_in_chinese(bare_stage: Stage):
    stage = bare_stage
    root = await stage.person("Root", admin=True)
    asked = await stage.command(root, "setup")
    zones = await stage.press(root, asked, "简体中文")
    assert zones.lines[0] == "你们的日期按哪个时区算？"
    wrong = await stage.fill(root, zones, "输入其他时区", zone="亚特兰蒂斯")
    assert "亚特兰蒂斯" in wrong.text
    week = await stage.fill(root, zones, "输入其他时区", zone="北京")
    assert week.lines[0] == "你们的一周从星期几开始？"
    await stage.stop()
    await stage.start()
    week = await stage.command(root, "setup")
    speech = await stage.press(root, week, "周日")
    rules = await stage.press(root, speech, "所有地方")
    done = await stage.press(root, rules, "安静")
    assert done.lines[:4] == [
        "设置好了。",
        "我说简体中文；日期按 Asia/Shanghai 计算，每周从周日开始。",
        "我可以在所有地方主动发言。",
        "规则：安静。",
    ]


async def test_an_announcement_goes_where_it_may(stage: Stage):
    ann = await stage.person("Ann")
    bots = await stage.channel("bots")
    await stage.command(stage.root, "set", key="levels.announce", value="public")
    await stage.command(stage.root, "set", key="levels.base", value="5")
    await stage.command(stage.root, "set", key="levels.growth", value="1")
    said = len(stage.public())
    await stage.command(stage.root, "set", key="speech.enabled", value="off")
    await stage.say(ann, "How do I split data by time?")
    assert len(stage.public()) == said

    await stage.command(stage.root, "set", key="speech.enabled", value="on", where="here", channel=bots)
    stage.later(days=1)
    await stage.say(ann, "Another day, and another thing that I would like to know")
    [told] = stage.public()[said:]
    assert told.text == "Ann has reached level 2."
    assert stage.where(told) == bots
