"""Metrics: what was counted, in Prometheus's text format: kinds, platforms, numbers, and nothing of anybody.

The work counts in plain numbers (bot/meters.py); a text is made of them when somebody asks. This module is
imported then, and the library with it.
"""

import asyncio
import math
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    InfoMetricFamily,
    Metric,
)
from prometheus_client.process_collector import ProcessCollector

from bot.meters import Meter
from bot.web.asked import ASK_SECONDS
from storage.errors import StorageError

if TYPE_CHECKING:
    from bot.app import App

STATES = ("pending", "sending", "sent", "failed", "uncertain")


@dataclass(frozen=True, slots=True)
class Stored:
    """What only the database knows."""

    answers: bool = False
    outbox: dict[str, int] = field(default_factory=dict)
    dead: int = 0
    bytes: int = 0


async def stored(app: "App") -> Stored:
    """Ask the database, for a moment; a scrape must not fail with it."""
    try:
        async with asyncio.timeout(ASK_SECONDS), app.database.read() as store:
            return Stored(
                True,
                await store.outbox.counts(),
                await store.troubles.dead_count(),
                await store.condition.bytes(),
            )
    except (StorageError, TimeoutError):
        return Stored()


class Numbers:
    """Satisfies the library's Collector."""

    def __init__(self, app: "App", known: Stored) -> None:
        self._app = app
        self._known = known

    def collect(self) -> Iterator[Metric]:
        """Every family, once."""
        yield from self._intake()
        yield from self._judging()
        yield from self._deliveries()
        yield from self._platforms()
        yield from self._database()

    def _intake(self) -> Iterator[Metric]:
        counts, commands = self._app.dispatcher.counts, self._app.commands
        yield InfoMetricFamily("homeroom", "What runs", {"version": self._app.version})
        events = CounterMetricFamily("homeroom_events", "Events taken, by kind", labels=["kind"])
        for kind, number in sorted(counts.kinds.items(), key=lambda each: each[0].__name__):
            events.add_metric([kind.__name__], number)
        yield events
        yield CounterMetricFamily("homeroom_posts", "Posts that were new", counts.posts)
        yield CounterMetricFamily("homeroom_events_set_aside", "Events nobody understood", counts.set_aside)
        yield GaugeMetricFamily(
            "homeroom_backlog", "Events that wait to be stored", self._app.dispatcher.backlog
        )
        yield _histogram("homeroom_batch_seconds", "Seconds a batch took", counts.seconds)
        yield _histogram("homeroom_batch_size", "Events in a batch", counts.sizes)
        yield _histogram(
            "homeroom_command_seconds", "Seconds from a command's turn to its answer", commands.seconds
        )
        yield CounterMetricFamily(
            "homeroom_commands_failed", "Commands that broke on our side", commands.failed
        )

    def _judging(self) -> Iterator[Metric]:
        counts = self._app.judging.counts
        yield CounterMetricFamily("homeroom_posts_read", "Posts that the judge read", counts.read)
        yield CounterMetricFamily(
            "homeroom_posts_unread", "Posts that went on unread, as it took too long", counts.unread
        )
        flagged = CounterMetricFamily(
            "homeroom_posts_flagged", "Posts over their kind's line, by kind", labels=["kind"]
        )
        for kind, number in sorted(counts.flagged.items()):
            flagged.add_metric([kind], number)
        yield flagged
        yield _histogram("homeroom_reading_seconds", "Seconds a batch was read for", counts.seconds)

    def _deliveries(self) -> Iterator[Metric]:
        tried = CounterMetricFamily(
            "homeroom_deliveries", "Tries to deliver, by how they ended", labels=["platform", "result"]
        )
        for (platform, result), number in sorted(self._app.outbox.results.items()):
            tried.add_metric([platform, result], number)
        yield tried
        if self._known.answers:
            waiting = GaugeMetricFamily("homeroom_outbox", "Deliveries, by state", labels=["state"])
            for state in STATES:
                waiting.add_metric([state], self._known.outbox.get(state, 0))
            yield waiting

    def _platforms(self) -> Iterator[Metric]:
        connected = GaugeMetricFamily("homeroom_connected", "Whether a platform is", labels=["platform"])
        heard = GaugeMetricFamily(
            "homeroom_last_contact_timestamp_seconds", "When a platform was last heard", labels=["platform"]
        )
        now = time.time() - time.monotonic()
        for name, adapter in sorted(self._app.adapters.items()):
            connected.add_metric([name], adapter.health.connected)
            if adapter.health.last_contact:
                heard.add_metric([name], now + adapter.health.last_contact)
        yield connected
        yield heard

    def _database(self) -> Iterator[Metric]:
        yield GaugeMetricFamily("homeroom_database_up", "Whether the database answers", self._known.answers)
        if self._known.answers:
            yield GaugeMetricFamily("homeroom_database_bytes", "How large the database is", self._known.bytes)
            yield GaugeMetricFamily(
                "homeroom_dead_events", "Events kept because nobody understood them", self._known.dead
            )


def _histogram(name: str, about: str, meter: Meter) -> Metric:
    buckets = [("+Inf" if bound == math.inf else str(bound), number) for bound, number in meter.up_to()]
    return HistogramMetricFamily(name, about, buckets=buckets, sum_value=meter.sum)


async def text_of(app: "App") -> bytes:
    """Everything, as it is scraped; the process's memory and time among it."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(Numbers(app, await stored(app)))
    ProcessCollector(registry=registry)
    return generate_latest(registry)
