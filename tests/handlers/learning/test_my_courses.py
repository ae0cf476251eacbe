"""My courses, lessons, stars and reminders, as a member meets them."""

from datetime import date, timedelta

import pytest

from bot.effects import write_effects
from handlers import FEATURES
from handlers.base import Award, DirectMessage, UserError, plain_lines
from tests.handlers.room import button, labels
from tests.storage.making import School, a_course, a_lesson


@pytest.fixture
def school(room):
    return School(room.community, room.space)


async def a_course_of(room, school, *kinds, key="git", **more):
    course = await a_course(room.store, school, key, title=more.pop("title", "Git for teams"), **more)
    lessons = [
        await a_lesson(
            room.store, course, f"l{at}", title=f"Part {at}", kind=kind, position=at, minutes=8,
            link="https://school.example/l",
        )
        for at, kind in enumerate(kinds, 1)
    ]  # fmt: skip
    return course, lessons


async def act(room, press, **how):
    """Press, and let what it wanted be written, as the bot does."""
    reply = await room.pressed(press, **how)
    await write_effects(room.store, room.effects, room.community, room.now)
    return reply


async def total(room, name="Me"):
    return await room.store.points.total((await room.member(name)).id)


async def test_who_takes_nothing_is_led_to_the_catalogue(room):
    assert (await room.say("/mycourses")).plain == (
        "You take no course at present.\n/courses shows what there is."
    )


async def test_a_course_from_the_first_day_to_the_last(room, school):
    course, (_, two) = await a_course_of(room, school, "video", "article")

    begun = await act(room, f"enrol||{course}")
    page = await act(room, button(begun, "Open lesson"))
    first = await act(room, button(page, "Done"))
    last = await act(room, f"lesson_done||{two}")

    assert begun.plain == ("You are in.\nGit for teams\n▱▱▱▱▱▱▱▱▱▱ 0 of 2\nNext: 1. Part 1 · video · 8 min")
    assert (page.plain, labels(page)) == ("1. Part 1 · video · 8 min", [["Open", "Done"], ["The course"]])
    assert first.plain.startswith("✓ “Part 1” is done: 5 points.\nGit for teams\n▰▰▰▰▰▱▱▱▱▱ 1 of 2\nNext: 2.")
    assert last.plain == (
        "🎉 You finished “Git for teams”.\n30 points for it. Well done.\n"
        "How was it? Your stars help the next one to choose."
    )
    assert await total(room) == 35
    assert "Finished on Wed 25 Nov." in (await room.say("/mycourses")).plain


async def test_two_presses_on_done_pay_once_and_a_mistake_goes_back(room, school):
    course, (one, _) = await a_course_of(room, school, "video", "video")
    await act(room, f"enrol||{course}")

    await act(room, f"lesson_done||{one}")
    again = await act(room, f"lesson_done||{one}")
    assert (await total(room), again.lines[0]) == (5, "✓ “Part 1” is done already.")

    undone = await act(room, f"lesson_undone||{one}")
    assert (await total(room), undone.lines[0]) == (0, "Noted: not done yet.")
    await act(room, f"lesson_done||{one}")
    assert await total(room) == 5


async def test_undoing_the_last_lesson_takes_the_finish_back(room, school):
    course, (one,) = await a_course_of(room, school, "video")
    await act(room, f"enrol||{course}")
    await act(room, f"lesson_done||{one}")
    assert await total(room) == 30

    await act(room, f"lesson_undone||{one}")

    assert await total(room) == 0
    [mine] = await room.store.enrolments.of(room.community.id, (await room.member("Me")).id)
    assert mine.finished_at is None


async def test_a_second_account_of_the_same_person_is_not_paid_again(room, school):
    course, (one, _) = await a_course_of(room, school, "video", "video")
    await act(room, f"enrol||{course}")
    await act(room, f"enrol||{course}", by="Other")
    await act(room, f"lesson_done||{one}")
    me, other = await room.member("Me"), await room.member("Other")
    await room.store.joining.join(room.community.id, me.id, other.id)

    await act(room, f"lesson_done||{one}", by="Other")
    await act(room, f"lesson_undone||{one}", by="Other")
    await act(room, f"lesson_done||{one}", by="Other")

    assert await total(room) == 5


async def test_a_quiz_is_done_by_its_mark(room, school):
    course, (quiz, _) = await a_course_of(room, school, "quiz", "video")
    await act(room, f"enrol||{course}")

    by_word = await act(room, f"lesson_done||{quiz}")
    form = await room.open(button(by_word, "My mark"))
    low = await act(room, form.data, values={"mark": "40 %"})
    with pytest.raises(UserError, match="no mark"):
        await act(room, form.data, values={"mark": "8o"})
    high = await act(room, form.data, values={"mark": "80%"})
    page = await act(room, f"lesson||{quiz}")

    assert low.lines[0].startswith("That is 40 of 100, and 50 are needed.")
    assert high.lines[0] == "✓ “Part 1” is done: 5 points."
    assert "80 of 100 right" in page.plain


async def test_a_lesson_that_is_not_open_yet_says_when(room, school):
    course, (one, two, _) = await a_course_of(room, school, "video", "video", "video")
    await room.store.cohorts.make(
        room.community.id, course, "November", starts_on=date(2026, 11, 25), every_days=2,
        space_id=None, channel_id=None, today=date(2026, 11, 25), now=room.now,
    )  # fmt: skip

    await act(room, f"enrol||{course}")
    closed = await act(room, f"lesson||{two}")
    with pytest.raises(UserError) as refused:
        await act(room, f"lesson_done||{two}")
    after = await act(room, f"lesson_done||{one}")
    listed = await act(room, f"my_lessons||{course}")

    assert closed.lines[-1] == "It opens on Fri 27 Nov."
    assert plain_lines(refused.value.lines) == "This lesson opens on Fri 27 Nov."
    assert after.lines[-1] == "Next: 2. Part 2 · video · 8 min, opens on Fri 27 Nov"
    assert listed.plain.splitlines()[1:] == [
        "✓ 1. Part 1 · video · 8 min",
        "🔒 2. Part 2 · video · 8 min, opens on Fri 27 Nov",
        "🔒 3. Part 3 · video · 8 min, opens on Sun 29 Nov",
    ]
    room.later(days=2)
    assert (await act(room, f"lesson_done||{two}")).lines[0] == "✓ “Part 2” is done: 5 points."


async def test_who_leaves_may_come_back_to_where_they_stopped(room, school):
    course, (one, _) = await a_course_of(room, school, "video", "video")
    await act(room, f"enrol||{course}")
    await act(room, f"lesson_done||{one}")

    left = await act(room, f"course_leave||{course}")
    assert (await room.say("/mycourses")).lines[0] == "You take no course at present."
    with pytest.raises(UserError, match="You do not take"):
        await act(room, f"lesson||{one}")
    back = await act(room, button(left, "Enrol again"))

    assert "▰▰▰▰▰▱▱▱▱▱ 1 of 2" in back.plain


async def test_several_courses_are_listed_each_with_what_is_next(room, school):
    first, _ = await a_course_of(room, school, "video", title="Shell")
    second, _ = await a_course_of(room, school, key="zen", title="Zen")
    await act(room, f"enrol||{first}")
    room.later(hours=1)
    await act(room, f"enrol||{second}")
    done = await act(room, f"course_finished||{second}")

    reply = await room.say("/mycourses")

    assert done.lines[1] == "25 points for it. Well done."
    assert reply.plain == (
        "You take 2 courses. 1 of them is finished.\n\n"
        "Shell\n▱▱▱▱▱▱▱▱▱▱ 0 of 1\nNext: 1. Part 1 · video · 8 min\n\n"
        "Zen\nFinished on Wed 25 Nov."
    )
    assert labels(reply) == [["Shell"], ["Zen"]]


async def test_what_has_a_price_is_bought_where_the_school_wants_it_so(room, school):
    course, _ = await a_course_of(room, school, price=4900, currency="EUR", link="https://school.example/git")
    await room.say("/set my_courses.enrol_in_paid off")

    with pytest.raises(UserError) as refused:
        await act(room, f"enrol||{course}")

    assert plain_lines(refused.value.lines) == (
        "“Git for teams” costs €49.\nYou can buy it here: https://school.example/git\n"
        "Have you bought it? Show me the code that you were sent: /claim"
    )


async def test_stars_and_a_word_are_kept_and_changed(room, school):
    course, _ = await a_course_of(room, school)
    await act(room, f"enrol||{course}")

    asked = await act(room, f"rate||{course}")
    thanks = await act(room, button(asked, "4 ★"))
    form = await room.open(button(thanks, "Add a word"))
    said = await act(room, form.data, values={"words": "  Clear, but <b>fast</b> "})
    await act(room, f"rated||{course}|5")

    assert labels(asked) == [["5 ★", "4 ★", "3 ★"], ["2 ★", "1 ★"]]
    assert thanks.lines[0] == "Thank you: ★★★★☆ for “Git for teams”."
    assert said.lines[0].startswith("Thank you, that helps.")
    [mine] = await room.store.enrolments.of(room.community.id, (await room.member("Me")).id)
    assert (mine.stars, mine.words) == (5, "Clear, but <b>fast</b>")
    for forged in (f"rated||{course}|6", "rated||999999|3"):
        with pytest.raises(UserError):
            await act(room, forged)
    with pytest.raises(UserError, match="Only who takes"):
        await act(room, f"rated||{course}|3", by="Stranger")


async def test_a_reminder_comes_once_on_its_morning(room, school):
    course, _ = await a_course_of(room, school, "video")
    await act(room, f"enrol||{course}")
    job = next(job for feature in FEATURES for job in feature.jobs if job.name == "remind")

    asked = await act(room, f"remind||{course}")
    told = await act(room, button(asked, "In 3 days"))
    early = await job.run(await room.context(None))
    room.later(days=3)
    sent = await job.run(await room.context(None))
    again = await job.run(await room.context(None))

    assert told.lines[0] == "I remind you of “Git for teams” on 28 Nov, 09:00."
    assert (early, again) == ([], [])
    [message] = sent
    assert isinstance(message, DirectMessage)
    assert message.reply.plain.startswith("You asked me to remind you.\nGit for teams\n")
    assert message.key == f"remind:{course}:{room.people['Me'].id}:202611280800"


async def test_an_award_names_the_account_and_the_lesson(room, school):
    course, (one, _) = await a_course_of(room, school, "video", "video")
    await act(room, f"enrol||{course}")
    await room.pressed(f"lesson_done||{one}")

    [award] = room.effects

    assert isinstance(award, Award)
    account = room.people["Me"]
    assert (award.rule, award.source) == ("lesson", f"telegram:lesson:{one}:{account.external_id}")
    assert room.now - award.at == timedelta(0)


async def test_a_live_lesson_is_told_by_the_clock_and_an_exercise_by_how_it_is_handed_in(room, school):
    course, (live, work) = await a_course_of(room, school, "live", "exercise")
    hours = {"starts_at": room.now + timedelta(hours=1), "ends_at": room.now + timedelta(hours=2)}
    await room.store.courses.change_lesson(live, hours)
    await act(room, f"enrol||{course}")

    pages = []
    for _ in range(3):
        page = await act(room, f"lesson||{live}")
        pages.append((page.lines[-1], labels(page)[0][1:]))
        room.later(hours=1)
    exercise = await act(room, f"lesson_done||{work}")

    assert pages == [
        ("It is live on 25 Nov, 14:00.", []),
        ("It is live now.", ["I am here"]),
        ("It was live on 25 Nov, 14:00.", ["Done"]),
    ]
    assert exercise.lines[-1] == (
        f"Hand it in with /submit {work} and a link or a text; it is done when it has passed."
    )
