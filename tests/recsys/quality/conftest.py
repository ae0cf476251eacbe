"""The judge as it is shipped and its encoder, loaded once; posts looked at in a line."""

from collections.abc import Callable, Iterator

import pytest
from threadpoolctl import threadpool_limits

from recsys.encoders import Encoder, load_encoder
from recsys.quality.judge import Judge, Score, score
from recsys.quality.looks import Looks, look
from recsys.quality.saved import shipped


@pytest.fixture(scope="session", autouse=True)
def one_thread() -> Iterator[None]:
    """As in the bot: two threads of linear algebra on a busy machine wait for each other, spinning."""
    with threadpool_limits(1):
        yield


@pytest.fixture(scope="session")
def encoder() -> Encoder:
    return load_encoder()


@pytest.fixture(scope="session")
def judge() -> Judge:
    return shipped()


@pytest.fixture(scope="session")
def looks(encoder) -> Callable[..., Looks]:
    return lambda *texts: look(texts, encoder)


@pytest.fixture(scope="session")
def judged(judge, looks) -> Callable[..., list[Score]]:
    return lambda *texts: score(judge, texts, looks(*texts))
