"""Taking part: posts, answers, reactions and thanks earn; the board and one's own place show it."""

from typing import Any

from tests.conversations.stage import Stage


async def test_a_post_earns_and_a_quick_second_one_does_not(stage: Stage):
    ann = await stage.person("Ann")
    await stage.say(ann, "How do I split data by time?")
    stage.later(seconds=22)
    quick = await stage.say(ann, "And how do I split it by person?")
    assert await stage.total(ann) == 5

    why = await stage.command(ann, "why", post=quick)
    assert why.private
    assert why.lines == [
        "This post earned 0 points.",
        "• Cooldown: 22 seconds after your last post that counted; the pause is 1 minute.",
    ]
    stage.later(seconds=38)
    await stage.say(ann, "The pause is over, so this one counts")
    assert await stage.total(ann) == 10


async def test_of_two_posts_in_one_second_the_second_is_told_of_the_cooldown(stage: Stage):
    """Telegram's times are whole seconds."""
    ann = await stage.person("Ann")
    await stage.say(ann, "How do I split data by time?")
    second = await stage.say(ann, "A second thought in the same second")
    why = await stage.command(ann, "why", post=second)
    assert why.lines[0] == "This post earned 0 points."
    assert why.lines[1].startswith("• Cooldown: 0 seconds after your last post that counted; ")


async def test_why_shows_what_a_post_earned_and_all_rules(stage: Stage):
    ann, bob = await stage.person("Ann"), await stage.person("Bob")
    question = await stage.say(bob, "How do I split data by time?")
    answer = await stage.say(ann, "Sort by date and cut; here is how", to=question)
    await stage.say(bob, "thanks, that helped!", to=answer)
    await stage.react(bob, answer, "🔥")

    why = await stage.command(bob, "why", post=answer)
    assert why.private
    assert why.lines == [
        "This post earned 11 points.",
        "• 5 for a post",
        "• 3 for 1 thanks (Bob)",
        "• 2 for 1 reply (Bob)",
        "• 1 for 1 reaction (Bob)",
    ]
    rules = await stage.press(bob, why, "Show all rules")
    assert rules.private
    assert "The pause between two posts that count: " in rules.text


async def test_a_thanks_is_acknowledged_by_a_reaction_and_never_by_a_message(stage: Stage):
    ann, bob = await stage.person("Ann"), await stage.person("Bob")
    answer = await stage.say(ann, "Sort by date and cut; here is how")
    said = len(stage.public())

    thanks = await stage.say(bob, "谢谢!", to=answer)
    assert stage.marks(thanks) == ["👍"]
    again = await stage.say(bob, "thanks again", to=answer)
    assert stage.marks(again) == []
    myself = await stage.say(ann, "+", to=answer)
    assert stage.marks(myself) == []
    polite = await stage.say(bob, "no thanks, I have seen it", to=answer)
    assert stage.marks(polite) == []

    assert len(stage.public()) == said
    assert await stage.total(ann) == 5 + 3 + 2  # the post, one thanks, one person who answered


async def test_replies_pay_once_a_person_and_not_from_oneself(stage: Stage):
    ann, bob = await stage.person("Ann"), await stage.person("Bob")
    question = await stage.say(ann, "How do I split data by time?")
    await stage.say(bob, "Sort it by its date", to=question)
    await stage.say(bob, "And cut it at one day", to=question)
    await stage.say(ann, "I have found it out myself", to=question)
    assert await stage.total(ann) == 5 + 2


async def test_a_reaction_pays_is_taken_back_and_toggling_it_farms_nothing(stage: Stage):
    ann, bob = await stage.person("Ann"), await stage.person("Bob")
    post = await stage.say(ann, "How do I split data by time?")
    await stage.say(bob, "I take part here as well")
    for _ in range(3):
        await stage.react(bob, post)
        assert await stage.total(ann) == 6
        await stage.unreact(bob, post)
        assert await stage.total(ann) == 5
    await stage.react(ann, post)
    assert await stage.total(ann) == 5


async def test_a_reaction_of_somebody_who_never_wrote_does_not_count(stage: Stage):
    ann, lurker = await stage.person("Ann"), await stage.person("Lurker")
    post = await stage.say(ann, "How do I split data by time?")
    await stage.react(lurker, post)
    assert await stage.total(ann) == 5


async def test_thanks_by_command_and_what_it_refuses(stage: Stage):
    ann, bob = await stage.person("Ann"), await stage.person("Bob")
    answer = await stage.say(ann, "Sort by date and cut; here is how")
    await stage.say(bob, "I take part here as well")

    told = await stage.command(bob, "thanks", member=ann)
    assert (told.text, told.private) == ("Ann has 3 points more, thanks to you.", True)
    again = await stage.command(bob, "thanks", member=ann)
    assert again.text == "You have thanked Ann for this already."
    own = await stage.command(ann, "thanks", member=ann)
    assert own.text == "Thanking yourself does not count. Kind of you, though."
    by_post = await stage.command(bob, "thanks", post=answer)
    assert by_post.text == "Ann has 3 points more, thanks to you."
    assert await stage.total(ann) == 11


THOUGHTS = ("How do I split data by time?", "Sort by date and cut", "Never shuffle before that, it leaks")


async def board_of(stage: Stage, people: int) -> list[Any]:
    """So many members: the first has one post, the second two, the third three, the fourth one again ..."""
    members = [await stage.person(f"P{number:02}") for number in range(people)]
    for turn, thought in enumerate(THOUGHTS):
        for number, each in enumerate(members):
            if turn <= number % 3:
                await stage.say(each, f"{thought} ({each.id})")
        stage.later(minutes=2)
    return members


async def test_top_has_periods_pages_and_my_place(stage: Stage):
    await stage.command(stage.root, "set", key="leaderboard.rows", value="3")
    people = await board_of(stage, 4)
    first = await stage.command(people[0], "top")
    assert not first.private
    assert first.lines == [
        "🏆 This week (Mon 23 to Sun 29 Nov)",
        "1. P02  15",
        "2. P01  10",
        "3. P00  5",
        "Page 1 of 2",
    ]
    place = await stage.press(people[3], first, "My place")
    assert place.private
    assert place.text == "3rd with 5. Six points more and you pass P01."

    second = await stage.press(people[3], first, "Next")
    assert second.lines[1:] == ["3. P03  5", "Page 2 of 2"]

    month = await stage.press(people[3], second, "Month")
    assert month.lines[0] == "🏆 This month (November)"


async def test_past_weeks_can_be_recalled_and_a_mistake_is_explained(stage: Stage):
    ann = await stage.person("Ann")
    await stage.say(ann, "How do I split data by time?")
    stage.later(days=7)
    now = await stage.command(ann, "top")
    assert now.lines[1] == "Nobody has earned points in this period yet. Be the first!"
    past = await stage.command(ann, "top", period="2026-W48")
    assert past.lines[1] == "1. Ann  5"
    wrong = await stage.command(ann, "top", period="yesterday")
    assert wrong.lines[0].startswith("I know these periods: day, week, month, all, or a past one such as ")


async def test_rank_me_around_and_points_are_for_one_person_alone(stage: Stage):
    ann, bob = await stage.person("Ann"), await stage.person("Bob")
    question = await stage.say(ann, "How do I split data by time?")
    await stage.say(bob, "Sort by date and cut; here is how", to=question)

    rank = await stage.command(bob, "rank")
    assert rank.private
    assert rank.lines[0] == "2nd this week · 5 points (5 in total, 2nd place)"
    assert (await stage.command(bob, "me")).lines == rank.lines
    other = await stage.command(bob, "rank", member=ann)
    assert other.lines[:2] == ["Ann", "1st this week · 7 points (7 in total, 1st place)"]
    around = await stage.command(bob, "around")
    assert around.lines[1:] == ["1. Ann  7", "2. Bob  5", "2nd with 5. Three points more and you pass Ann."]
    points = await stage.command(ann, "points")
    assert points.private
    assert points.lines[0] == "You have 7 points."
    assert [line.partition(" · ")[0] for line in points.lines[1:3]] == ["+2", "+5"]


async def test_who_leaves_is_off_the_board_and_comes_back_with_the_old_points(stage: Stage):
    ann, bob = await stage.person("Ann"), await stage.person("Bob")
    await stage.say(ann, "How do I split data by time?")
    await stage.say(bob, "Sort by date and cut; here is how")

    await stage.leave(ann)
    assert (await stage.command(bob, "top")).lines[1:] == ["1. Bob  5"]
    assert await stage.total(ann) == 5
    await stage.join(ann)
    assert (await stage.command(bob, "top")).lines[1:] == ["1. Ann  5", "1. Bob  5"]


async def test_answers_stay_in_the_topic_or_channel_they_were_asked_in(stage: Stage):
    ann = await stage.person("Ann")
    for place in (await stage.channel("questions"), await stage.thread(ann, "homework")):
        await stage.say(ann, f"A post of mine at {place}, somewhere else", channel=place)
        board = await stage.command(ann, "top", channel=place)
        assert stage.where(board) == place
        why = await stage.command(ann, "why", channel=place)
        assert why.lines[0] in ("This post earned 5 points.", "This post earned 0 points.")
        stage.later(minutes=2)
    assert await stage.total(ann) == 10


async def test_two_features_never_pay_for_one_thing_twice(stage: Stage):
    """Each cause has its own rule and source: a thanks by post and by command is one."""
    ann, bob = await stage.person("Ann"), await stage.person("Bob")
    answer = await stage.say(ann, "Sort by date and cut; here is how")
    await stage.say(bob, "thanks!", to=answer)
    told = await stage.command(bob, "thanks", post=answer)
    assert told.text == "You have thanked Ann for this already."
    assert await stage.total(ann) == 5 + 2 + 3
