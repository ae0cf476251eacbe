"""Catalogues from files: as they lie there, once however often they come, and nothing hostile gets through."""

import asyncio
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.cli.import_ import app
from bot.importers import ImportProblem, Reading
from bot.importers.courses import bring_courses, has_courses, read_courses
from tests.bot.importers.test_reading import write
from tests.bot.importers.test_run import set_up

NOW = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
CATALOGUES = Path(__file__).parents[4] / "shared" / "data" / "courses"

SHEET = """\ufeffCourse ID;Title;Level;Price;URL;Prerequisites;Lesson;Lesson duration;Lesson type
git;"<b>Git</b> &amp; teams";beginner;"1.299,00 €";https://example.com/git;;Commits;12 min;video
;;;;;;Branches;1h30;live
sql;"SQL
from zero";中级;free;http://10.0.0.1/sql;git, Knitting;;;
rust;Rust;expert;49;;sql | rust;;;
git;;;;;;Merging;;
sql;SQL again;;;;;;;
;;;;;;;;
"quote;never closed;;;;;;;
last;Last one;wizard;;javascript:x;;;;
"""


async def bring(database, path, community, **more):
    refused = []
    reading = Reading(path.name, refused.append, latest=NOW)
    brought = await bring_courses(
        database, community, read_courses(path, reading), reading=reading, clock=lambda: NOW, **more
    )
    return brought, reading, [str(each).partition(", ")[2] for each in refused]


async def catalogue_of(database, community):
    async with database.read() as store:
        found = await store.courses.all(community.id, ("draft", "published", "archived"))
        return {each.key: each for each in found}


async def test_a_spreadsheet_is_taken_as_it_is_written(sqlite_database, tmp_path):
    _, community = await set_up(sqlite_database)
    path = write(tmp_path / "c.csv", SHEET.encode())

    looked, _, _ = await bring(sqlite_database, path, community, dry_run=True)
    assert await catalogue_of(sqlite_database, community) == {}
    first, reading, refused = await bring(sqlite_database, path, community)
    again, _, _ = await bring(sqlite_database, path, community)

    assert looked.courses == first.courses == {"added": 4, "changed": 0, "known": 0}
    assert looked.lessons == first.lessons == {"added": 3, "changed": 0, "known": 0}
    assert looked.needs == first.needs == 2
    assert (again.courses, again.lessons["known"], again.needs) == (
        {"added": 0, "changed": 0, "known": 4},
        3,
        0,
    )
    assert (reading.refused, reading.spoilt) == (2, 6)
    assert refused == [
        "4: the link “http://10.0.0.1/sql” leads to a private address, which others cannot open",
        "6: the price “49” names no currency; write it like 49 EUR",
        "10: the line is no CSV: unexpected end of data",
        "11: the level “wizard” is none of beginner, intermediate, advanced, mixed",
        "11: the link “javascript:x” is no web address; it begins with https://",
        "8: the id “sql” stands in row 4 already",
        "4: “Knitting”, which it needs, is no course of the catalogue",
        "6: these courses would need each other, so that nobody could begin: Rust → Rust",
    ]
    found = await catalogue_of(sqlite_database, community)
    git, sql = found["git"], found["sql"]
    assert (git.title, git.price, git.currency, git.link) == (
        "Git & teams",
        129900,
        "EUR",
        "https://example.com/git",
    )
    assert (sql.title, sql.level, sql.price, sql.link, sql.needs) == ("SQL from zero", 2, 0, None, (git.id,))
    assert found["rust"].needs == (sql.id,)
    async with sqlite_database.read() as store:
        lessons = await store.courses.lessons(git.id)
    assert [(each.title, each.kind, each.minutes) for each in lessons] == [
        ("Commits", "video", 12), ("Branches", "live", 90), ("Merging", "article", None),
    ]  # fmt: skip


async def test_what_a_file_does_not_tell_stays_and_what_it_does_not_have_goes_only_when_asked(
    database, tmp_path
):
    _, community = await set_up(database)
    await bring(database, write(tmp_path / "a.json", [
        {"id": "a", "title": "A", "price": "49 EUR", "tags": ["x"], "lessons": ["One", {"title": "Two", "minutes": 5}]},
        {"id": "b", "title": "B", "needs": ["a"]},
    ]), community)  # fmt: skip

    more = write(
        tmp_path / "b.jsonl",
        b'{"id": "A", "level": "beginner", "price": "-", "lessons": [{"title": "two", "minutes": 6}]}\n',
    )
    changed, _, refused = await bring(database, more, community)
    found = await catalogue_of(database, community)
    assert (changed.courses, changed.lessons, refused) == (
        {"added": 0, "changed": 1, "known": 0},
        {"added": 0, "changed": 1, "known": 0},
        [],
    )
    assert (found["a"].title, found["a"].price, found["a"].tags, found["a"].level) == ("A", None, ("x",), 1)
    assert found["b"].needs == (found["a"].id,)

    gone, _, _ = await bring(database, more, community, archive_missing=True)
    assert (gone.archived, gone.removed) == (1, 1)
    assert (await catalogue_of(database, community))["b"].state == "archived"
    both = write(tmp_path / "c.json", [{"id": "a", "lessons": ["One"]}, {"id": "b"}])
    still, _, _ = await bring(database, both, community)
    assert (await catalogue_of(database, community))["b"].state == "archived"
    back, _, _ = await bring(database, both, community, archive_missing=True)
    assert (still.courses["known"], back.courses["changed"]) == (2, 2)
    assert (await catalogue_of(database, community))["b"].state == "published"
    with pytest.raises(ImportProblem, match="nothing is archived"):
        await bring(database, write(tmp_path / "d.csv", b"id,title\n"), community, archive_missing=True)


async def test_a_circle_is_named_left_out_and_the_others_go_in_whatever_the_order(sqlite_database, tmp_path):
    _, community = await set_up(sqlite_database)
    rows = [{"id": each, "title": each.upper(), "needs": need} for each, need in
            (("a", "c"), ("b", "a"), ("c", "b; d"), ("d", ""), ("e", "a; nowhere"))]  # fmt: skip

    for order in (rows, rows[::-1]):
        _, reading, refused = await bring(sqlite_database, write(tmp_path / "c.json", order), community)
        found = await catalogue_of(sqlite_database, community)
        names = {each.id: key for key, each in found.items()}
        assert {key: [names[need] for need in each.needs] for key, each in found.items()} == {
            "a": [], "b": [], "c": ["d"], "d": [], "e": ["a"],
        }  # fmt: skip
        assert reading.spoilt == 4
        assert any("nobody could begin: A → C → B → A" in each for each in refused)


async def test_two_languages_of_one_course_are_two_courses_in_any_order(sqlite_database, tmp_path):
    _, community = await set_up(sqlite_database)
    pair = [{"id": "x", "lang": "en", "title": "Git"}, {"id": "x", "lang": "zh-CN", "title": "Git 入门"}]

    for order in (pair, pair[::-1], pair):
        brought, _, refused = await bring(sqlite_database, write(tmp_path / "c.json", order), community)
        assert refused == []
        assert {key: each.language for key, each in (await catalogue_of(sqlite_database, community)).items()} == {
            "x": "en", "x.zh": "zh",
        }  # fmt: skip
    assert brought.courses["known"] == 2


@pytest.mark.parametrize(
    "content",
    [
        b"", b"hello\n", b"name,town\na,b\n", "id,title\na,A".encode("utf-16"), b"\x00\x01", b"[1,2", b"{}", b"[}", b'{"id": 1',
        b'[{"id": {"deep": []}, "title": ["x"]}]', b'[{"title": "A", "lessons": 5, "price": {}, "level": []}]', b"id,title\n\xff\xfe,x\n",
        b'[{"title": "A", "lessons": [null, 1, [], {"minutes": "x"}], "tags": [{"name": "t"}, {"x": 1}]}]', b"title\n" + b"x" * 1_100_000,
    ],
)  # fmt: skip
async def test_a_wrong_file_is_told_in_sentences(sqlite_database, tmp_path, content):
    _, community = await set_up(sqlite_database)
    try:
        _, _, refused = await bring(sqlite_database, write(tmp_path / "c.csv", content), community)
    except ImportProblem as problem:
        refused = [problem.sentence]
    assert all("\n" not in each for each in refused)


@pytest.mark.parametrize(
    ("content", "is_one"),
    [
        (b"id,title,level\n", True), ("课程名;价格\n".encode(), True), (b'[{"id": 1, "title": "x", "lessons": [{"email": 1}]}]', True),
        (b'{"title": "x"}\n', True), (b"email,course\n", False), (b"id,name,points\n", False), (b'{"platform": "x", "space": "y"}', False),
        (b'{"name": "G", "id": 1, "messages": []}', False), (b"", False), (b'[{"id": 1, "karma": 2}]', False),
    ],
)  # fmt: skip
def test_a_catalogue_is_told_from_buyers_and_from_history(tmp_path, content, is_one):
    assert has_courses(write(tmp_path / "f", content), "f") is is_one


@pytest.mark.skipif(not CATALOGUES.is_dir(), reason="the real catalogues lie beside the project, not in it")
async def test_four_real_catalogues_are_taken_as_they_lie_there_twice(sqlite_database):
    _, community = await set_up(sqlite_database)
    sizes = {"csdiy": 200, "carpentries": 8, "ossu": 63, "coursera": 891}

    for name, size in sizes.items():
        path = CATALOGUES / f"{name}-courses.jsonl"
        first, reading, refused = await bring(sqlite_database, path, community)
        again, _, once_more = await bring(sqlite_database, path, community)
        assert (first.courses["added"], again.courses["known"], reading.refused) == (size, size, 0)
        assert (again.lessons["added"], again.lessons["changed"], again.needs) == (0, 0, 0)
        assert refused == once_more
        assert has_courses(path, path.name)

    found = await catalogue_of(sqlite_database, community)
    assert len(found) == sum(sizes.values())
    shell = found["carp-shell-novice"]
    async with sqlite_database.read() as store:
        lessons = await store.courses.lessons(shell.id)
    assert (len(lessons), lessons[1].title, lessons[1].minutes) == (7, "Navigating Files and Directories", 40)
    by_title = {each.title: each for each in found.values() if each.key.startswith("ossu")}
    assert by_title["Class-based Program Design"].needs == (by_title["Systematic Program Design"].id,)
    assert by_title["Introduction to Computer Science and Programming using Python"].minutes == 14 * 8 * 60
    pairs = [key for key in found if key.startswith("csdiy") and key.endswith((".en", ".zh"))]
    assert len(pairs) == 85
    assert {each.link for each in found.values() if each.link and "coursepages" in each.link} == set()
    assert json.dumps(sorted({each.language for each in found.values()})) == '["", "en", "zh"]'


async def test_the_command_line_reports_and_lists_what_it_left_out(sqlite_database, tmp_path, monkeypatch):
    await set_up(sqlite_database)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "课程.csv").write_text(
        "编号,课程名,难度,价格,语言,先修课程\na,机器学习入门,入门,¥199,中文,\nb,深度学习,高级,很贵,中文,机器学习入门\n,,,,,\nb,又一次,,,,\n"
    )
    url = sqlite_database.engine.url.render_as_string()

    def run(*words):
        return CliRunner().invoke(app, ["courses", "课程.csv", "--database", url, *words])

    looked = await asyncio.to_thread(run, "--dry-run")
    assert (looked.exit_code, "Nothing was stored." in looked.stderr) == (0, True)
    done = await asyncio.to_thread(run, "--json", "--report", "bad.jsonl")

    found = json.loads(done.stdout)
    assert {key: found[key] for key in ("read", "added", "needs_changed", "refused", "facts_left_out")} == {
        "read": 3, "added": 2, "needs_changed": 1, "refused": 1, "facts_left_out": 1,
    }  # fmt: skip
    bad = [json.loads(line) for line in (tmp_path / "bad.jsonl").read_text().splitlines()]
    assert [(each["row"], each["reason"][:16]) for each in bad] == [
        (3, "the price “很贵” c"),
        (5, "the id “b” stand"),
    ]
