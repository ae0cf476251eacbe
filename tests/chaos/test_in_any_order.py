"""Link, unlink, connect, disconnect, claim, forget and return, in any order, with posts in between."""

import asyncio

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from bot.batch import House
from bot.settings_book import SettingsBook
from bot.texts import load_texts
from handlers import FEATURES
from storage.database import Database
from tests.chaos.in_any_order import InAnyOrder
from tests.conftest import KEY

CLAIM = "link, connect, claim, forget and return in any order"


def play(url: str, *, examples: int, steps: int, derandomize: bool = False) -> int:
    """Examples that were played."""
    house = House(FEATURES, SettingsBook(FEATURES, {}), load_texts(), "en")
    played = 0

    def begin() -> InAnyOrder:
        nonlocal played
        played += 1
        return InAnyOrder(runner, database, house)

    with asyncio.Runner() as runner:
        database = runner.run(Database.open(url, key=KEY))
        try:
            run_state_machine_as_test(
                begin,
                settings=settings(
                    max_examples=examples,
                    stateful_step_count=steps,
                    deadline=None,
                    database=None,
                    suppress_health_check=list(HealthCheck),
                    phases=(Phase.generate,),  # to make a long story short takes minutes
                    derandomize=derandomize,
                ),
            )
        finally:
            runner.run(database.close())
    return played


def test_points_and_rights_stay_with_whom_they_belong_to(database_url):
    play(database_url, examples=5 if database_url.startswith("sqlite") else 2, steps=10, derandomize=True)


@pytest.mark.prove
@pytest.mark.timeout(7200)
def test_points_and_rights_stay_with_whom_they_belong_to_however_long_one_tries(database_url, proofs):
    on_sqlite = database_url.startswith("sqlite")

    played = play(database_url, examples=400 if on_sqlite else 60, steps=40)

    proofs.record(
        "issue 4, 3",
        f"{CLAIM}, on {'SQLite' if on_sqlite else 'PostgreSQL'}",
        figure=f"{played} stories of up to 40 steps: no difference, no point twice or lost, no right gained",
        target="none",
        met=True,
    )
