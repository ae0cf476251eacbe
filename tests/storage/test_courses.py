"""The catalogue: searched, written one by one, and never in a circle."""

from datetime import timedelta
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from storage.courses import NewCourse, NewLesson, Search
from storage.courses.circles import knots, untied, way
from tests.storage.making import NOW, a_course, a_school

needs_of_eight = st.dictionaries(
    st.integers(0, 7), st.lists(st.integers(0, 7), max_size=3, unique=True), max_size=8
)


async def test_a_search_goes_by_words_tags_level_language_and_price(store):
    school = await a_school(store)
    here = school.community.id
    await a_course(
        store, school, "git", title="Git für Teams", teacher="Åsa", tags=["Tools", "100%"], level=1, price=0
    )
    await a_course(
        store, school, "sql", title="SQL 入门", language="zh", tags=["data tools"], level=2, price=4900
    )
    pinned = await a_course(store, school, "old", title="Git inside", pinned_until=NOW + timedelta(days=1))
    await a_course(store, school, "gone", title="Git of old", state="archived")

    async def found(**wanted):
        count, rows = await store.courses.search(here, Search(**wanted), now=NOW, rows=10)
        assert count == len(rows)
        return [each.key for each in rows]

    assert await found() == ["old", "git", "sql"]
    assert await found(text="TEAMS git") == ["git"]
    assert await found(text="åsa") == ["git"]
    assert await found(text="入门") == ["sql"]
    assert await found(text="100%") == ["git"]
    assert await found(text="%") == ["git"]
    assert await found(text="#tool") == ["git"]
    assert await found(tag="Data Tools") == ["sql"]
    assert await found(level=2) == await found(language="zh") == ["sql"]
    assert await found(free=True) == ["git"]
    assert await found(text="git", states=("archived",)) == ["gone"]
    assert (await store.courses.search(here, Search(), now=NOW, rows=2, page=2))[0] == 3
    assert await store.courses.tags(here) == [("100%", 1), ("data tools", 1), ("Tools", 1)]
    assert (await store.courses.by_key(here, "OLD")).id == pinned


async def test_keys_are_free_and_changes_say_what_stood_before(store):
    school = await a_school(store)
    here = school.community.id
    ids = [await store.courses.add(here, NewCourse("Git", {"title": "Git"}), now=NOW) for _ in range(3)]
    assert [(await store.courses.get(here, each)).key for each in ids] == ["git", "git-2", "git-3"]

    before = await store.courses.change(here, ids[0], {"title": "Rust", "level": 2, "teacher": ""}, now=NOW)
    assert before == {"title": "Git", "level": None}
    assert [
        each.id for each in (await store.courses.search(here, Search(text="rust"), now=NOW, rows=5))[1]
    ] == ids[:1]

    lessons = [await store.courses.add_lesson(ids[0], NewLesson("One", {"title": f"L{n}"})) for n in range(3)]
    assert await store.courses.order_lessons(ids[0], lessons[::-1]) == lessons
    await store.courses.remove_lesson(lessons[1], now=NOW)
    assert [each.title for each in await store.courses.lessons(ids[0])] == ["L2", "L0"]
    assert await store.courses.set_cover(ids[0], b"a") is False
    assert await store.courses.set_cover(ids[0], b"b") is True
    assert await store.courses.cover(ids[0]) == b"b"


async def test_one_here_comes_before_one_of_the_same_key_that_was_brought_along(store):
    host, guest = await a_school(store), await a_school(store)
    theirs, ours = await a_course(store, guest, "git"), await a_course(store, host, "git")
    await store.joining.connect(host.community.id, guest.community.id, by=None, now=NOW)

    assert (await store.courses.by_key(host.community.id, "git")).id == ours
    [taken] = await store.courses.take_in(host.community.id, [NewCourse("git", {"title": "Git"})], now=NOW)
    assert (taken.id, taken.what) == (ours, "known")
    assert theirs != ours


@given(needs_of_eight, needs_of_eight)
@settings(max_examples=60)
def test_what_is_kept_has_no_circle_and_only_what_was_in_one_is_left_out(standing, told):
    standing, _ = untied({}, standing)
    assert knots(standing) == []

    kept, circles = untied(standing, told)

    whole = {**standing, **told}
    assert knots({**standing, **kept}) == []
    for course, needs in told.items():
        gone = set(needs) - set(kept[course])
        assert all(course in (need, *way(whole, need, course)) for need in gone)
        assert (course in circles) == bool(gone)
        if gone:
            circle = circles[course]
            assert (circle[0], circle[-1]) == (course, course)
            assert all(after in whole[each] for each, after in pairwise(circle))


def test_a_long_chain_and_a_large_knot_are_looked_through_once():
    chain = {n: [n + 1] for n in range(20_000)}
    assert knots(chain) == []
    kept, circles = untied({}, {**chain, 20_000: [0]})
    assert len(circles) == 20_001
    assert not any(kept.values())
