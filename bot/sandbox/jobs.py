"""Jobs: what the features do by the clock, done by the sandbox's clock, which can be moved."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bot.clock import Clock
from bot.schedule import Schedule, cron_trigger
from handlers.base import Feature
from storage.database import Database


class Jobs:
    """The features' jobs by a clock that jumps."""

    def __init__(
        self, database: Database, schedule: Schedule, features: Sequence[Feature], clock: Clock
    ) -> None:
        self._database = database
        self._schedule = schedule
        self._specs = [spec for feature in features for spec in feature.jobs]
        self._clock = clock
        self._last: dict[str, datetime] = {}

    async def due(self) -> None:
        """Run what became due since this was last called, each once. Safe to call twice."""
        now = self._clock()
        async with self._database.read() as store:
            communities = [each for each in await store.communities.all() if each.set_up_at is not None]
        for community in communities:
            for spec in self._specs:
                name = f"{spec.feature.name}.{spec.name}:{community.id}"
                after = self._last.setdefault(name, now)
                self._last[name] = now
                trigger = cron_trigger(spec.cron, ZoneInfo(community.calendar.zone))
                fires = trigger.get_next_fire_time(None, after + timedelta(microseconds=1))
                if fires is not None and fires <= now:
                    await self._schedule.run_job(spec, community.id)
