"""Cohorts: begun in a channel, joined by a press, told of there once, and nudged in private."""

from handlers.base import Feature
from handlers.learning import cohorts, nudges
from storage.enrolments import Enrolment
from tests.conversations.stage import Stage
from tests.storage.making import School, a_course, a_lesson


async def school_of(stage: Stage, store) -> School:
    [community] = [each for each in await store.communities.all() if each.set_up_at]
    [space] = await store.communities.spaces(community.id)
    return School(community, space)


async def run(stage: Stage, feature: Feature) -> None:
    """What the feature does by the clock, at the stage's time."""
    assert stage.app is not None
    async with stage.database.read() as store:
        community = (await school_of(stage, store)).community
    for _ in range(2):  # once more changes nothing
        await stage.app.schedule.run_job(feature.jobs[0], community.id)
    await stage.settle()


async def taken(stage: Stage, person) -> Enrolment:
    member = await stage.member(person)
    async with stage.database.read() as store:
        [found] = await store.enrolments.of(member.community_id, member.id)
    return found


async def test_a_cohort_begins_is_joined_told_of_and_nudged(stage: Stage):
    async with stage.database.write() as store:
        course = await a_course(store, await school_of(stage, store), "git", title="Git for teams")
        for number in (1, 2):
            await a_lesson(store, course, f"l{number}", position=number, title=f"Part {number}", minutes=12)
    channel, ann = await stage.channel("git"), await stage.person("Ann")

    begun = await stage.command(
        stage.root, "cohort new", channel=channel, start="today", rhythm="2", course="git"
    )
    assert begun.lines[2:4] == [
        "“Git for teams” from Wed 25 Nov",
        "1 of 2 lessons are open; the next, “Part 2”, opens on Fri 27 Nov.",
    ]
    card = await stage.command(ann, "cohorts")
    joined = await stage.press(ann, card, "Join the cohort")
    assert joined.lines[0] == "You are in “Git for teams” from Wed 25 Nov."
    assert (await taken(stage, ann)).cohort_id is not None

    before = len(stage.public())
    await run(stage, cohorts.feature)
    [told] = stage.public()[before:]
    assert told.lines[:2] == [
        "📖 Lesson 1 is open: “Part 1” · article · 12 min",
        "“Git for teams” from Wed 25 Nov begins.",
    ]
    board = await stage.command(ann, "cohort board", channel=channel)
    assert board.lines[:2] == [
        "🏆 The board of “Git for teams” from Wed 25 Nov",
        "1. Ann  0 · 0 of 2",
    ]
    assert stage.where(told) == stage.where(board)

    stage.later(days=5, minutes=1)
    letters = len(stage.letters(ann))
    await run(stage, nudges.feature)
    [nudge] = stage.letters(ann)[letters:]
    assert nudge.lines == [
        "Next in “Git for teams”: “Part 1”, 12 min",
        "0 of 2 lessons are done. All that is left takes 24 min.",
    ]
    quiet = await stage.press(ann, nudge, "Not now")
    assert quiet.lines[0] == "I write nothing of your lessons until Mon 14 Dec."

    ended = await stage.command(stage.root, "cohort end")
    assert ended.lines[0] == "“Git for teams” from Wed 25 Nov has ended."
    assert (await stage.press(stage.root, ended, "Undo")).text == "Undone: the cohort goes on."
