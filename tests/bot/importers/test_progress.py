"""Progress from files: who did which lesson, finished when, and said what, joined by the roster."""

from datetime import UTC, date, datetime, timedelta

import pytest

from bot.importers import Reading
from bot.importers.courses import bring_courses, read_courses
from bot.importers.members import read_people
from bot.importers.steps import mark_of
from storage.roster import NewRow, Purchase
from tests.bot.importers.test_reading import write
from tests.bot.importers.test_rostering import NOW, bring
from tests.bot.importers.test_run import set_up
from tests.storage.making import School, a_course, a_lesson

HEAD = "email,course,enrolled at,state,lesson,done at,mark,finished at,stars,review\n"
FILE = (
    HEAD
    + """\
ann@example.com,Git for teams,2026-11-01,active,,,,,,
ann@example.com,git,,,Branches,2026-11-03,,,,
ann@example.com,git,,,2,2026-11-04T10:30:00+02:00,80 %,,,
ann@example.com,git,,,,,,2026-11-05,4,"Clear, but fast"
bob@example.com,git,2026-11-02,,quiz,2026-11-06,40,,,
bob@example.com,git,,,Merging,2026-11-06,,,,
cleo@example.com,Rust,2026-11-02,,one,2026-11-06,,,,
dora@example.com,Rust,2026-11-02,,,,,,,
bob@example.com,git,,refunded,,,,,,
"""
)


async def a_school(database):
    space, community = await set_up(database)
    async with database.write() as store:
        school = School(community, space)
        course = await a_course(store, school, "git", title="Git for teams")
        own = [
            await a_lesson(store, course, "branches", title="Branches", kind="video", position=1),
            await a_lesson(store, course, "quiz", title="A quiz", kind="quiz", position=2),
        ]
    return school, course, own


async def test_progress_comes_by_the_roster_in_any_order_and_once(database, tmp_path):
    school, course, (branches, quiz) = await a_school(database)
    here = school.community.id
    async with database.write() as store:
        ann = await store.people.see("telegram", "71", "Ann", "ann", now=NOW)
        member = await store.people.ensure_member(here, ann.id, now=NOW)
        await store.roster.take_in(here, [NewRow(email="ann@example.com")], now=NOW)
        row = await store.roster.by_email(here, "ann@example.com")
        await store.roster.claim(here, row.id, ann.id, how="code", now=NOW)
    path = write(tmp_path / "e.csv", FILE.encode())

    dry, _ = await bring(database, path, enrolments=True, dry_run=True)
    first, reading = await bring(database, path, enrolments=True)
    again, _ = await bring(database, path, enrolments=True)

    assert (dry.progress, first.progress, first.points) == (4, 4, 35)
    assert (reading.refused, dict(reading.left_out)) == (
        2,
        {"marks that are not enough for a quiz to be done": 1},
    )
    assert (again.enrolled, again.points) == (0, 0)
    async with database.read() as store:
        [mine] = await store.enrolments.of(here, member.id)
        done = (await store.enrolments.done([mine]))[mine.id]
        everybody = await store.enrolments.in_course(here, course)
        points = await store.points.total(member.id)
        bought = await store.roster.purchases_of([row.id])
    assert {lesson: (one.at.isoformat(), one.mark) for lesson, one in done.items()} == {
        branches: ("2026-11-03T00:00:00+00:00", None),
        quiz: ("2026-11-04T08:30:00+00:00", 0.8),
    }
    assert (mine.enrolled_at.date(), mine.stars, mine.words) == (date(2026, 11, 1), 4, "Clear, but fast")
    assert mine.finished_at == datetime(2026, 11, 4, 8, 30, tzinfo=UTC)
    assert [each.state for each in everybody] == ["enrolled", "refunded"]
    assert points == 35
    assert [(each.course, each.bought_on) for each in bought[row.id]] == [
        ("Git for teams", date(2026, 11, 1))
    ]


async def bring_it(database, community, path):
    reading = Reading(path.name, latest=NOW)
    return await bring_courses(
        database, community, read_courses(path, reading), reading=reading, clock=lambda: NOW
    )


async def test_what_was_bought_counts_when_its_course_is_added_later(sqlite_database, tmp_path):
    school, _, _ = await a_school(sqlite_database)
    await bring(sqlite_database, write(tmp_path / "e.csv", FILE.encode()), enrolments=True)

    async with sqlite_database.write() as store:
        rust = await a_course(store, school, "rust", title="Ｒust")  # folded it is the same
        before = await store.enrolments.in_course(school.community.id, rust)
    catalogue = write(tmp_path / "c.csv", b"id,title\nzen,Zen\n")
    brought = [await bring_it(sqlite_database, school.community, catalogue) for _ in range(2)]
    async with sqlite_database.read() as store:
        after = await store.enrolments.in_course(school.community.id, rust)

    assert (before, [each.enrolled for each in brought]) == ([], [2, 0])
    assert [(each.state, each.enrolled_at.date()) for each in after] == [("enrolled", date(2026, 11, 2))] * 2
    async with sqlite_database.read() as store:
        row = await store.roster.by_email(school.community.id, "dora@example.com")
        assert [each.course for each in (await store.roster.purchases_of([row.id]))[row.id]] == ["Ｒust"]


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        ("git;rust,,,quiz,,80,,,", "names one course"), ("git,,,,,80,,,", "lesson is missing"),
        ("git,,,quiz,,101,,,", "no percentage"), ("git,,,quiz,,0x8,,,", "no percentage"),
        ("git,,,,,,,6,", "from 1 to 5"), ("git,,,quiz,03/04/2026,,,,", "which is the month"),
        ("git,,,quiz,2031-01-01,,,,", "in the future"), ("git,,,quiz,2026-01-01T99:00,,,,", "no date"),
        ("git,,," + "x" * 300 + ",2026-01-01,,,,", "longer"),
    ],
)  # fmt: skip
def test_a_line_whose_progress_cannot_be_is_told(tmp_path, cells, reason):
    refused = []
    path = write(tmp_path / "e.csv", f"{HEAD}x@example.com,git\na@example.com,{cells}\n".encode())

    found = list(read_people(path, Reading(path.name, refused.append, latest=NOW), enrolments=True))

    assert len(found) == 1
    assert reason in str(refused[0].reason)


def test_marks_are_percentages():
    assert [mark_of(text) for text in ("80", "80 %", "87,5", "100", "", "-")] == [
        0.8,
        0.8,
        0.875,
        1.0,
        None,
        None,
    ]


async def test_a_refund_that_a_shop_told_is_not_undone_by_the_purchase_of_before(store):
    from storage.enrolments import Sold
    from tests.storage.making import a_school as school_of

    school = await school_of(store)
    here, course = school.community.id, await a_course(store, school, "git", title="Git")
    bought = Purchase("Git", "active", bought_on=(NOW - timedelta(days=5)).date())
    await store.roster.take_in(here, [NewRow(email="a@example.com", purchases=(bought,))], now=NOW)
    row = await store.roster.by_email(here, "a@example.com")
    await store.enrolments.take_purchases(here)

    earlier = NOW - timedelta(days=1)
    sold = Sold(row_id=row.id, course="Git", course_id=course, at=earlier, refunded=True)
    await store.enrolments.tell_sold(here, [sold])
    await store.enrolments.take_purchases(here)
    await store.enrolments.take_purchases(here)

    [end] = await store.enrolments.in_course(here, course)
    assert (end.state, end.state_at) == ("refunded", earlier)
    assert [each.state for each in (await store.roster.purchases_of([row.id]))[row.id]] == ["refunded"]


async def test_of_two_courses_with_one_title_a_purchase_means_the_one_whose_key_it_names(store):
    from tests.storage.making import a_school as school_of

    school = await school_of(store)
    here = school.community.id
    first, second = [await a_course(store, school, key, title="Git") for key in ("git-en", "git-zh")]
    bought = (Purchase("git-en", "active"), Purchase("Git", "active"))
    await store.roster.take_in(here, [NewRow(email="a@example.com", purchases=bought)], now=NOW)
    row = await store.roster.by_email(here, "a@example.com")

    taken = [await store.enrolments.take_purchases(here) for _ in range(2)]

    assert taken == [1, 0]
    assert len(await store.enrolments.in_course(here, first)) == 1
    assert await store.enrolments.in_course(here, second) == []
    assert {each.course for each in (await store.roster.purchases_of([row.id]))[row.id]} == {"git-en", "Git"}
