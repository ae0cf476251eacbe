"""A simulated committee: posts arrive, experts judge them as people do, and the judge learns; all of it real but
the people. Experts err, forget a card, press at the same time, and the process ends in between."""

import asyncio
import random
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from bot.batch import House, run_batch
from bot.encoding import Encoding
from bot.judging import JudgingDesk, LearningDesk
from bot.judging.asking import ask_experts
from bot.settings_book import SettingsBook
from bot.texts import load_texts
from handlers import FEATURES
from handlers.base import EXPERT, Person, Place, Posted
from handlers.quality.choosing import in_turn, settled
from handlers.quality.looking import AGAIN_WITHIN, votes
from recsys.encoders import Encoder
from storage.database import Database
from storage.values import Community, Space
from tests.conftest import NOW

PLACE = Place(platform="telegram", space="-1001", space_title="Data School")
OUTCOMES = ("fine", "advert", "abuse", "low_effort", "off_topic")
CLAIM = timedelta(minutes=10)


@dataclass
class Expert:
    """Somebody who errs so often; 1: always."""

    account: int
    errs: float
    answered: int = 0


@dataclass
class Committee:
    """A group with its experts."""

    database: Database
    folder: Path
    encoder: Encoder
    rng: random.Random
    space: Space
    community: Community
    experts: list[Expert]
    now: datetime = NOW
    truth: dict[str, str] = field(default_factory=dict)
    outcomes: Counter[int] = field(default_factory=Counter)
    """Case -> how often it was decided."""
    forgotten: int = 0
    at_once: int = 0
    house: House = field(
        default_factory=lambda: House(FEATURES, SettingsBook(FEATURES, {}), load_texts(), "en")
    )
    desk: JudgingDesk = field(init=False)
    learning: LearningDesk = field(init=False)

    async def begin(self) -> None:
        """As after a start of the process."""
        self.desk = JudgingDesk(
            self.database,
            self.house,
            self.folder,
            encoding=Encoding(load=lambda _: self.encoder),
            load=lambda _: self.encoder,
            bring=lambda community: self.learning.bring(community),
            patience=600,
            fresh=0,
        )
        self.learning = LearningDesk(
            self.database, self.house, self.folder, self.desk, clock=lambda: self.now
        )
        self.desk.start()
        async with asyncio.timeout(60):
            while self.desk.state in ("off", "loading"):
                await asyncio.sleep(0.005)

    async def end(self) -> None:
        await self.learning.stop()
        await self.desk.stop()

    async def restart(self) -> None:
        await self.end()
        await self.begin()

    async def arrive(self, rows: Sequence[tuple[str, str]]) -> None:
        """Posts (text, outcome that is right), each by somebody else, are read and written."""
        events = []
        for text, right in rows:
            number = len(self.truth) + 1
            self.truth[f"-1001/{number}"] = right
            self.now += timedelta(minutes=1)
            person = Person(id=str(10_000 + number), name=f"Member {number}")
            events.append(
                Posted(key=f"p{number}", at=self.now, place=PLACE, message=f"-1001/{number}", person=person, text=text)
            )  # fmt: skip
        for begin in range(0, len(events), 50):
            some = events[begin : begin + 50]
            readings = await self.desk.read(some)
            async with self.database.write() as store:
                await run_batch(self.house, store, some, self.now, readings)

    async def ask(self) -> int:
        """What the judge is unsure of comes before the experts."""
        return await ask_experts(self.database, self.house, self.desk, self.now)

    async def work(self, cards: int) -> None:
        """So many cards are looked at; one in five by two experts at once, one in ten is forgotten."""
        for _ in range(cards):
            self.now += timedelta(seconds=40)
            one, other = self.rng.sample(self.experts, 2)
            case = await self._card(one)
            if case is None:
                continue
            if self.rng.random() < 0.1:
                self.forgotten += 1
                self.now += CLAIM
            elif self.rng.random() < 0.2:
                self.at_once += 1
                await asyncio.gather(self._press(one, case), self._press(other, case))
            else:
                await self._press(one, case)

    async def _card(self, who: Expert) -> int | None:
        async with self.database.write() as store:
            committee, mine = store.committee, (who.account,)
            waiting = await committee.waiting(self.community.id, mine, self.now)
            second = await committee.second_looks(
                self.community.id, mine, self.now, percent=20, since=self.now - AGAIN_WITHIN
            )
            for each in in_turn(waiting, second, who.answered, self.now):
                case = await store.cases.get(self.community.id, each.id)
                assert case is not None
                until = self.now + CLAIM
                if case.state == "decided" or await store.cases.claim(
                    self.community.id, case.id, who.account, until, self.now
                ):
                    return case.id
        return None

    async def _press(self, who: Expert, number: int) -> None:
        async with self.database.write() as store:
            case = await store.cases.get(self.community.id, number)
            assert case is not None
            right = self.truth[case.message]
            others = [each for each in OUTCOMES if each != right]
            said = self.rng.choice(others) if self.rng.random() < who.errs else right
            again = case.state == "decided"
            if not await store.cases.add_verdict(case, who.account, said, self.now, again=again):
                return
            who.answered += 1
            verdicts = await store.cases.verdicts(case)
            outcome = settled([each.outcome for each in votes(case, verdicts)], case.wanted)
            if outcome is not None and not again:
                done = await store.cases.decide(self.community.id, number, outcome, self.now)
                self.outcomes[number] += done is not None

    async def open_cases(self) -> int:
        async with self.database.read() as store:
            return await store.cases.count_open(self.community.id)

    async def decided(self) -> int:
        async with self.database.read() as store:
            return await store.scores.decided(self.community.id)


async def committee(
    database: Database,
    folder: Path,
    encoder: Encoder,
    errs: Sequence[float],
    *,
    seed: int = 0,
    settings: Mapping[str, object] = {},
) -> Committee:
    """A group that is set up, with an expert for each of the errors."""
    async with database.write() as store:
        space, community = await store.communities.add_space(
            "telegram", "-1001", "Data School", language="en", now=NOW
        )
        await store.communities.finish_setup(community.id, language="en", zone="UTC", week_start=0, now=NOW)
        for key, value in settings.items():
            await store.settings.set(community.id, key, value, by=None, now=NOW)
        experts = []
        for place, each in enumerate(errs):
            account = await store.people.see("telegram", str(place + 1), f"Expert {place + 1}", None, now=NOW)
            member = await store.people.ensure_member(community.id, account.id, now=NOW)
            await store.people.join(account.id, space.id, NOW)
            await store.grants.give(community.id, member.id, account.id, EXPERT, by=None, now=NOW)
            experts.append(Expert(account.id, each))
    made = Committee(database, folder, encoder, random.Random(seed), space, community, experts)
    await made.begin()
    return made
