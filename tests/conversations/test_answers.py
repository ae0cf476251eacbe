"""A question finds its lesson or its teacher; an exercise finds its mark."""

from tests.conversations.stage import Stage
from tests.storage.making import School, a_course, a_lesson


async def a_git_course(stage: Stage, *takers) -> None:
    """A course that these people take: a lesson to read, and an exercise."""
    async with stage.database.write() as store:
        [community] = await store.communities.all()
        [space] = await store.communities.spaces(community.id)
        course = await a_course(store, School(community, space), "git", title="Version control with Git")
        await a_lesson(store, course, "undo", title="Undoing things", text="Revert takes back a commit.")
        await a_lesson(store, course, "own", title="Your own repository", kind="exercise")
        for who in takers:
            account = await store.people.account(stage.platform, str(who.id))
            await store.enrolments.enrol(community.id, course, account.id, source="chat", now=stage.now)


async def test_a_question_finds_its_lesson_or_its_teacher_and_an_exercise_its_mark(stage: Stage):
    ann = await stage.person("Ann")
    post = await stage.say(ann, "Here is my repository: https://example.com/ann")
    await a_git_course(stage, ann)

    found = await stage.command(ann, "ask", question="how do I revert a commit?")
    unknown = await stage.command(ann, "ask", question="Who feeds the cat?")
    passed = await stage.press(ann, unknown, "Pass it on")
    await stage.settle()
    [letter] = [each for each in stage.letters(stage.root) if "Ann asks:" in each.text]
    await stage.fill(stage.root, letter, "Answer", words="The neighbour does.")
    await stage.settle()

    assert found.private
    assert found.lines[0] == "Undoing things"
    assert "“Revert takes back a commit.”" in found.text
    assert unknown.lines[0] == "I know no lesson that answers this."
    assert "It is with 1 teacher." in passed.text
    assert any("The neighbour does." in each.text for each in stage.letters(ann))

    before = await stage.total(ann)

    handed = await stage.command(ann, "submit", post=post)
    queue = await stage.command(stage.root, "exercises")
    card = await stage.press(stage.root, queue, "1")
    shown = await stage.press(stage.root, card, "Show what was sent")
    done = await stage.press(stage.root, card, "Passed")
    await stage.settle()

    assert handed.lines[0] == "“Your own repository” is handed in."
    assert queue.lines[1].startswith("1. Your own repository · Ann")
    assert "https://example.com/ann" in card.text
    # Telegram copies the message before it says whose it is.
    assert "Here is my repository" in shown.text or "By Ann, for “Your own repository”." in shown.text
    assert "Ann has passed “Your own repository”." in done.text
    assert any("“Your own repository” has passed." in each.text for each in stage.letters(ann))
    assert await stage.total(ann) == before + 15
    assert len(stage.public()) <= 1
