"""Admins: settings with their undo, corrections, the log; and what others are refused."""

from tests.conversations.stage import Stage

NOTHING_HERE = "• Nothing can be earned in this place."


async def test_a_setting_is_changed_explained_and_undone(stage: Stage):
    told = await stage.command(stage.root, "set", key="points.base", value="7")
    assert told.private
    assert told.lines == ["points.base is now 7 (was 5).", "Points for a post that counts."]
    ann = await stage.person("Ann")
    await stage.say(ann, "How do I split data by time?")
    assert await stage.total(ann) == 7

    undone = await stage.press(stage.root, told, "Undo")
    assert undone.text == "Undone. points.base is 5 again."
    again = await stage.press(stage.root, told, "Undo")
    assert again.text.endswith("is undone already.")
    stage.later(minutes=2)
    await stage.say(ann, "The rule is the old one again by now")
    assert await stage.total(ann) == 12


async def test_settings_are_listed_searched_refused_with_a_way_out_and_put_back(stage: Stage):
    root = await stage.command(stage.root, "settings")
    assert root.private
    assert root.lines[0] == "Settings"
    parts = await stage.press(stage.root, root, "Taking part")
    listed = await stage.choose(stage.root, parts, "Points for posts")
    assert "Page 1 of " in listed.text
    found = await stage.command(stage.root, "settings", search="pause")
    assert found.lines[1:3] == ["points.cooldown: 1 minute", "The pause between two posts that count."]

    wrong = await stage.command(stage.root, "set", key="points.cooldown", value="90")
    assert wrong.text == "“90” is not a length of time. Write for example 30s, 5m, 1h30m or 2d."
    unknown = await stage.command(stage.root, "set", key="cooldown", value="5m")
    assert unknown.lines[1] == "Did you mean points.cooldown?"
    await stage.command(stage.root, "set", key="points.cooldown", value="5m")
    back = await stage.command(stage.root, "reset", key="points.cooldown")
    assert back.lines[0] == "points.cooldown is now 1 minute (was 5 minutes)."


async def test_a_setting_is_changed_on_its_card(stage: Stage):
    found = await stage.command(stage.root, "settings", search="new level is told")
    card = await stage.choose(stage.root, found, "levels.announce")
    assert card.lines[0] == "levels.announce: off"
    changed = await stage.press(stage.root, card, "private")
    assert changed.lines[0] == "levels.announce is now private (was off)."
    usual = await stage.press(stage.root, changed, "As usual")
    assert usual.lines[0] == "levels.announce is now off (was private)."

    part = await stage.press(stage.root, usual, "Back")
    card = await stage.choose(stage.root, part, "levels.base")
    wrong = await stage.fill(stage.root, card, "Change", value="many")
    assert wrong.text == "“many” is not a whole number."
    written = await stage.fill(stage.root, card, "Change", value="80")
    assert written.lines[0] == "levels.base is now 80 (was 50)."
    undone = await stage.press(stage.root, written, "Undo")
    assert undone.text == "Undone. levels.base is 50 again."


async def test_a_setting_can_differ_by_channel(stage: Stage):
    ann = await stage.person("Ann")
    quiet = await stage.channel("off-topic")
    await stage.command(stage.root, "set", key="points.earning", value="off", where="here", channel=quiet)
    post = await stage.say(ann, "Nothing is to be had for this one", channel=quiet)
    assert await stage.total(ann) == 0
    assert (await stage.command(ann, "why", post=post, channel=quiet)).lines[1] == NOTHING_HERE
    # Asked elsewhere, it is still the rules of the post's own place that are told.
    assert (await stage.command(ann, "why")).lines[1] == NOTHING_HERE
    await stage.say(ann, "But here everything is as it was")
    assert await stage.total(ann) == 5


async def test_points_are_given_taken_logged_and_undone(stage: Stage):
    bob = await stage.person("Bob")
    await stage.say(bob, "How do I split data by time?")

    given = await stage.command(
        stage.root, "points add", member=bob, points=50, reason="great summary of lesson 3"
    )
    assert given.private
    assert given.lines == ["Bob got 50 points: 55 now.", "Reason: great summary of lesson 3"]
    taken = await stage.command(stage.root, "points remove", member=bob, points=10)
    assert taken.lines == ["Bob lost 10 points: 45 now."]
    refused = await stage.command(stage.root, "points remove", member=bob, points=46)
    assert refused.text == "Bob has 45 points; I cannot take away 46."
    assert await stage.total(bob) == 45

    log = await stage.command(stage.root, "points log", member=bob)
    assert log.lines[0] == "Bob has 45 points."
    assert [line.split(" · ")[1] for line in log.lines[1:4]] == ["−10", "+50", "+5"]
    everything = await stage.command(stage.root, "audit")
    assert everything.lines[0] == "What was done here"
    removal, gift = (line.partition(" ")[0] for line in everything.lines[1:3])

    too_much = await stage.command(stage.root, "undo", entry=gift)
    assert too_much.text == "Bob has 45 points; I cannot take away 50."
    for action, left in ((removal, 55), (gift, 5)):
        undone = await stage.command(stage.root, "undo", entry=action)
        assert undone.text == f"Undone. Bob has {left} points now."
    assert await stage.total(bob) == 5
    points = await stage.command(bob, "points")
    assert points.lines[1].startswith("−50 · taken back: ")


async def test_what_an_admin_took_back_is_not_paid_again_by_toggling(stage: Stage):
    ann, bob = await stage.person("Ann"), await stage.person("Bob")
    answer = await stage.say(ann, "Sort by date and cut; here is how")
    await stage.say(bob, "I take part here as well")
    await stage.react(bob, answer)
    log = await stage.command(stage.root, "points log", member=ann)
    reaction, post = (line.partition(" ")[0] for line in log.lines[1:3])
    for payment in (reaction, post):
        await stage.command(stage.root, "undo", entry=payment)
    assert await stage.total(ann) == 0

    for _ in range(2):
        await stage.unreact(bob, answer)
        await stage.react(bob, answer)
    assert await stage.total(ann) == 0
    why = await stage.command(ann, "why", post=answer)
    assert why.lines == ["This post earned 0 points.", "• An admin took its 5 points back."]


async def test_what_is_for_admins_is_kept_from_members_and_from_buttons_they_forge(stage: Stage):
    ann = await stage.person("Ann")
    await stage.say(ann, "How do I split data by time?")
    await stage.command(stage.root, "set", key="points.base", value="7")
    assert await stage.is_kept_from(ann, "set", key="points.base", value="1000")
    assert await stage.is_kept_from(ann, "settings")
    for forged in (
        "undo||A2",
        "undo|@1|A2",
        "settings_page||c|x|1",
        "settings_root||c",
        "setting_to||c|points.base|9",
        "setting_form||c|points.base",
        "log_page||1|0",
    ):
        answer = await stage.forge(ann, forged)
        assert (answer.text, answer.private) == ("Only admins can change this.", True)
    for unknown in ("nothing||1", "undo", "|||", "board||1|2|3|4", "points_page|9|x"):
        assert (await stage.forge(ann, unknown)).private
    async with stage.database.read() as store:
        [row] = await store.settings.of((await stage.member(stage.root)).community_id)
    assert (row.key, row.value) == ("points.base", 7)


async def test_help_shows_what_this_person_may_use(stage: Stage):
    ann = await stage.person("Ann")
    members, admins = await stage.command(ann, "help"), await stage.command(stage.root, "help")
    assert members.private
    assert "/top" in members.text
    assert "/settings" not in members.text
    assert not any("For admins" in row for row in members.labels)
    theirs = await stage.press(stage.root, admins, "For admins")
    assert "/settings" in theirs.text
    one = await stage.command(ann, "help", about="top")
    assert one.lines[0] == "/top The most active members of a period"


async def test_a_switched_off_feature_is_gone_by_every_way_in(stage: Stage):
    ann, bob = await stage.person("Ann"), await stage.person("Bob")
    post = await stage.say(ann, "How do I split data by time?")
    await stage.say(bob, "I take part here as well")
    board = await stage.command(ann, "top")
    await stage.command(stage.root, "set", key="reactions.enabled", value="off")
    await stage.command(stage.root, "set", key="leaderboard.enabled", value="off")

    await stage.react(bob, post)
    assert await stage.total(ann) == 5
    off = "This is switched off here. An admin can switch it on: /set leaderboard.enabled on"
    assert (await stage.command(ann, "top")).text == off
    assert (await stage.command(ann, "around")).text == off
    assert (await stage.press(ann, board, "My place")).text == off
    assert "/top" not in (await stage.command(ann, "help")).text


async def test_every_admin_action_is_in_the_audit_log(stage: Stage):
    bob = await stage.person("Bob")
    await stage.say(bob, "How do I split data by time?")
    await stage.command(stage.root, "set", key="points.base", value="7")
    await stage.command(stage.root, "points add", member=bob, points=50)
    await stage.command(stage.root, "points remove", member=bob, points=5_000)  # refused: no action
    async with stage.database.read() as store:
        rows = await store.audit.last((await stage.member(bob)).community_id, 10)
    assert [row.action for row in rows] == ["points add", "set", "setup"]


async def test_staff_is_left_out_where_the_community_says_so(stage: Stage):
    ann = await stage.person("Ann")
    await stage.say(ann, "How do I split data by time?")
    stage.later(minutes=1)
    await stage.say(stage.root, "I run this place and I write here")
    assert len((await stage.command(ann, "top")).lines) == 3
    await stage.command(stage.root, "set", key="leaderboard.staff_on_board", value="off")
    assert (await stage.command(ann, "top")).lines[1:] == ["1. Ann  5"]
