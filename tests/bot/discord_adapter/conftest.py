import gettext
from datetime import UTC, datetime

import pytest

from handlers.base import Texts
from tests.bot.discord_adapter.toys import Taken


@pytest.fixture
def translator():
    return lambda code: Texts(code, gettext.NullTranslations())


@pytest.fixture
def taken():
    return Taken()


@pytest.fixture
def now():
    return datetime(2025, 9, 1, 2, 0, tzinfo=UTC)
