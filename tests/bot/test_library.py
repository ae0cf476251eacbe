"""The library: looked up as the catalogue stands now, by words at once and by meaning soon after."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from bot.encoding import Encoding
from bot.library import Librarian
from recsys.encoders import EncoderError
from storage.database import Database
from tests.encoders import SharedWords, shared_words
from tests.storage.making import NOW, School, a_course, a_lesson, a_school


class Slow(SharedWords):
    """Gives nothing until it may."""

    def __init__(self) -> None:
        import threading

        self.may = threading.Event()

    def encode(self, texts):
        self.may.wait(5)
        return super().encode(texts)


@pytest_asyncio.fixture
async def school(sqlite_database: Database) -> School:
    async with sqlite_database.write() as store:
        made = await a_school(store)
        git = await a_course(store, made, "git", title="Version control with Git")
        await a_lesson(
            store, git, "undo", title="Undoing things", text="Revert takes back a commit. It is safe."
        )
        await a_lesson(store, git, "branch", title="Branches", text="A branch is a line of work.")
        await a_course(store, made, "bread", title="Baking bread", text="Sourdough needs a night to rest.")
        await a_course(store, made, "draft", title="Reverting history", state="draft")
    return made


@pytest_asyncio.fixture
async def encoding() -> AsyncIterator[Encoding]:
    made = Encoding("words", load=shared_words)
    yield made
    await made.stop()


async def looked_up(library: Librarian, school: School, question: str) -> list[tuple[bool, str]]:
    await library.look_up(school.community.id, question)
    return [(hit.lesson_id is not None, hit.sentence) for hit in library.found(school.community.id, question)]


async def test_the_lesson_and_the_sentence_are_found_and_given_out_once(sqlite_database, school, encoding):
    library = Librarian(sqlite_database, encoding)

    first = await looked_up(library, school, "how to revert a commit")

    assert first[0] == (True, "Revert takes back a commit.")
    assert library.found(school.community.id, "how to revert a commit") == ()
    assert await looked_up(library, school, "quantum chromodynamics") == []
    assert await looked_up(library, school, " ") == []
    await library.stop()


async def test_a_change_of_the_catalogue_is_seen_at_once(sqlite_database, school, encoding):
    library = Librarian(sqlite_database, encoding)
    before = await looked_up(library, school, "what is a merge conflict")
    async with sqlite_database.write() as store:
        [git] = [c for c in await store.courses.all(school.community.id) if c.key == "git"]
        await a_lesson(store, git.id, "merge", title="Merge conflict", text="A conflict is solved by hand.")

    after = await looked_up(library, school, "what is a merge conflict")

    assert (before, after[0]) == ([], (True, "A conflict is solved by hand."))
    await library.stop()


async def test_words_go_on_alone_while_meanings_are_made_and_where_there_is_no_encoder(
    sqlite_database, school
):
    slow = Slow()
    waiting = Encoding("slow", load=lambda name: slow)
    library = Librarian(sqlite_database, waiting, patience=0.01)

    def none(name: str) -> SharedWords:
        raise EncoderError("There is none.")

    without = Librarian(sqlite_database, Encoding("none", load=none))

    for each in (library, without):
        for _ in range(2):
            assert (await looked_up(each, school, "revert a commit"))[0][0]
    slow.may.set()
    await asyncio.sleep(0.1)
    assert (await looked_up(library, school, "revert a commit"))[0][0]
    await library.stop()
    await without.stop()
    await waiting.stop()


async def test_of_another_community_nothing_is_found(sqlite_database, school, encoding):
    async with sqlite_database.write() as store:
        other = await a_school(store)
    library = Librarian(sqlite_database, encoding)

    assert await looked_up(library, other, "revert a commit") == []
    await library.stop()


async def test_the_catalogue_that_was_asked_for_longest_ago_makes_room(
    sqlite_database, school, encoding, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("bot.library.MOST_IN_ALL", 3)
    async with sqlite_database.write() as store:
        other = await a_school(store)
        await a_course(store, other, "tea", title="Tea", text="Green tea is steeped.", made_at=NOW)
    library = Librarian(sqlite_database, encoding)

    assert await looked_up(library, school, "revert a commit")
    assert await looked_up(library, other, "how is green tea steeped")
    assert list(library._shelves) == [other.community.id]
    await library.stop()
