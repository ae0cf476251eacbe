"""The encoder's thread: loaded late, asked in turns, let go when idle, broken in a sentence."""

import asyncio
import threading
from collections.abc import AsyncIterator, Sequence

import numpy as np
import pytest
import pytest_asyncio

from bot.encoding import AT_ONCE, Encoding
from recsys.encoders import EncoderError
from recsys.suggestions.interactions import Floats


class Lengths:
    """An encoder as quick as a test wants it: a text's vector is its length. It notes what came together."""

    name, size = "lengths", 1

    def __init__(self) -> None:
        self.together: list[list[str]] = []
        self.go_on = threading.Event()
        self.go_on.set()

    def encode(self, texts: Sequence[str]) -> Floats:
        self.go_on.wait(5)
        self.together.append(list(texts))
        return np.array([[len(text)] for text in texts], np.float32).reshape(-1, 1)


@pytest.fixture
def encoder() -> Lengths:
    return Lengths()


@pytest_asyncio.fixture
async def encoding(encoder: Lengths) -> AsyncIterator[Encoding]:
    made = Encoding("lengths", load=lambda name: encoder, idle_seconds=0.05)
    yield made
    await made.stop()


async def test_it_is_loaded_when_first_asked_and_let_go_when_idle(encoding):
    before = encoding.loaded
    found = await encoding.encode(["one", "three"])
    asked = encoding.loaded
    await asyncio.sleep(0.15)

    assert (before, found.tolist(), asked, encoding.loaded) == (False, [[3], [5]], True, False)
    assert (await encoding.encode(["four"])).tolist() == [[4]]


async def test_what_piled_up_is_encoded_together_and_each_gets_its_own(encoding, encoder):
    encoder.go_on.clear()
    first = asyncio.ensure_future(encoding.encode(["a"]))
    await asyncio.sleep(0.01)
    others = [asyncio.ensure_future(encoding.encode(["b" * n, ""])) for n in range(2, 5)]
    await asyncio.sleep(0)
    encoder.go_on.set()

    found = await asyncio.gather(first, *others)

    assert [each.tolist() for each in found] == [[[1]], [[2], [0]], [[3], [0]], [[4], [0]]]
    assert [len(texts) for texts in encoder.together] == [1, 6]


async def test_a_question_waits_for_one_share_of_a_long_list_not_for_all_of_it(encoding, encoder):
    encoder.go_on.clear()
    long = asyncio.ensure_future(encoding.encode(["x" * (AT_ONCE // 4)] * 40))
    await asyncio.sleep(0.01)
    question = asyncio.ensure_future(encoding.encode(["what?"]))
    await asyncio.sleep(0)
    encoder.go_on.set()

    await question

    assert not long.done()
    assert (await long).shape == (40, 1)
    assert "what?" in encoder.together[1]


async def test_what_cannot_be_loaded_is_said_and_not_tried_again():
    tried = []

    def load(name: str) -> Lengths:
        tried.append(name)
        raise EncoderError("There is none.")

    encoding = Encoding("none", load=load)
    for _ in range(2):
        with pytest.raises(EncoderError, match="There is none"):
            await encoding.encode(["a"])

    assert (tried, encoding.broken) == (["none"], "There is none.")
    await encoding.stop()


async def test_who_gave_up_keeps_nobody_waiting_and_a_stop_ends_it(encoding, encoder):
    encoder.go_on.clear()
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(encoding.encode(["a"]), 0.02)
    waiting = asyncio.ensure_future(encoding.encode(["b"]))
    await asyncio.sleep(0.01)

    await encoding.stop()

    with pytest.raises(EncoderError):
        await waiting
    encoder.go_on.set()
