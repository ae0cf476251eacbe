"""An intake that remembers, and a feature small enough to be read at once."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from typing import Annotated, Any

from handlers.base import (
    ADMIN,
    Between,
    Bold,
    Button,
    Command,
    Event,
    Feature,
    Field,
    Form,
    Help,
    MessageRef,
    Pressed,
    Reply,
    Rest,
    Select,
    Someone,
    Suggest,
)
from handlers.base.feature import Result
from storage.values import Gap, NewDeadEvent

Handler = Callable[[Command | Pressed], Awaitable[None]]


class Taken:
    """Commits by keeping; a post is kept once, as the store would."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.dead: list[tuple[str, str, str]] = []
        self.cursors: dict[str, str] = {}
        self.open_gaps: dict[int, Gap] = {}
        self.closed: list[Gap] = []
        self.held: dict[str, set[str]] = {}
        self.offers: list[tuple[str, str]] = []
        self.asked: list[tuple[str, str, str]] = []
        self.handler: Handler | None = None
        self.failures: list[Exception] = []
        self.slow = 0.0
        self._numbers = 0

    # -- what the adapter calls

    async def take(self, events: Sequence[Event]) -> None:
        await asyncio.sleep(self.slow)
        if self.failures:
            raise self.failures.pop(0)
        for event in events:
            self.events.append(event)
            if type(event).__name__ == "Posted":
                self.held.setdefault(event.place.channel or "", set()).add(event.message)
            if type(event).__name__ == "Deleted":
                self.held.get(event.place.channel or "", set()).difference_update(event.messages)
            if isinstance(event, Command | Pressed) and self.handler is not None:
                await self.handler(event)

    async def set_aside(self, dead: Sequence[NewDeadEvent]) -> None:
        self.dead += [(each.key, each.reason, each.payload) for each in dead]

    async def suggest(self, command: Command, option: str, typed: str) -> list[tuple[str, str]]:
        self.asked.append((command.name, option, typed))
        return [(value, label) for value, label in self.offers if typed.lower() in label.lower()]

    async def cursor(self, platform: str, name: str) -> str | None:
        return self.cursors.get(name)

    async def move_cursor(self, platform: str, name: str, value: str) -> None:
        self.cursors[name] = value

    async def gaps(self, platform: str) -> list[Gap]:
        return list(self.open_gaps.values())

    async def add_gap(self, platform: str, space: str, channel: str, after: str, before: str | None) -> int:
        for gap in self.open_gaps.values():
            if (gap.channel, gap.after) == (channel, after):
                return gap.id
        self._numbers += 1
        self.open_gaps[self._numbers] = Gap(self._numbers, platform, space, channel, after, before)
        return self._numbers

    async def narrow_gap(self, gap: int, after: str) -> None:
        known = self.open_gaps[gap]
        self.open_gaps[gap] = Gap(known.id, known.platform, known.space, known.channel, after, known.before)

    async def close_gap(self, gap: int) -> None:
        self.closed.append(self.open_gaps.pop(gap))

    async def known(self, platform: str, channel: str, after: str, before: str) -> list[str]:
        return sorted(m for m in self.held.get(channel, ()) if int(after) < int(m) < int(before))

    # -- what tests ask

    def of(self, *kinds: type[Event]) -> list[Any]:
        return [event for event in self.events if isinstance(event, kinds)]

    def kinds(self) -> Counter[str]:
        return Counter(type(event).__name__ for event in self.events)

    def texts(self) -> list[str]:
        return [event.text for event in self.events if type(event).__name__ == "Posted"]


def toy() -> Feature:
    """Every kind of answer and option, as a feature declares them."""
    feature = Feature("toy")

    async def courses(ctx: object, typed: str) -> list[tuple[str, str]]:
        return []

    @feature.command(
        "top", answer="public", help="The most active members of a period", aliases=["leaderboard"]
    )
    async def top(
        ctx: Any, command: Command, page: Annotated[int, Between(1, 9), Help("Which page")] = 1
    ) -> Result:
        return Reply(
            Bold("This week"), "1. Ann", buttons=[Button("Next", "next", ("2",)), Button("Tell", "tell")]
        )

    @feature.command("me", help="Your own points")
    async def me(ctx: Any, command: Command) -> Result:
        return Reply("12th with 41.")

    @feature.command("why", help="Why a post earned what it did", menu="Why these points")
    async def why(ctx: Any, command: Command, post: MessageRef) -> Result:
        return Reply(f"post {post.message}")

    @feature.command("points", help="Somebody's points")
    async def points(ctx: Any, command: Command, member: Someone | None = None) -> Result:
        return Reply("points")

    @feature.command("points add", needs=ADMIN, help="Give points")
    async def add(
        ctx: Any, command: Command, member: Someone, points: int, reason: Rest | None = None
    ) -> Result:
        return Reply("given")

    @feature.command("setup", needs=ADMIN, help="Set Homeroom up", where="space")
    async def setup(ctx: Any, command: Command, quiet: bool = False) -> Result:
        return Reply("done")

    @feature.command("course", help="A course", where="anywhere")
    async def course(ctx: Any, command: Command, name: Annotated[str, Suggest(courses)]) -> Result:
        return Reply("course")

    @feature.command("feedback", answer="form", help="Tell us")
    async def feedback(ctx: Any, command: Command) -> Result:
        return Form("Feedback", "sent", (Field("text", "What should we know?", long=True),))

    @feature.press("next", answer="public")
    async def next_page(ctx: Any, pressed: Pressed, page: int) -> Result:
        return Reply(f"page {page}", edit=True)

    @feature.press("tell")
    async def tell(ctx: Any, pressed: Pressed) -> Result:
        return Reply("only you", select=Select("Choose", "chosen", (("py", "Python"), ("sql", "SQL"))))

    @feature.press("chosen")
    async def chosen(ctx: Any, pressed: Pressed, choice: str) -> Result:
        return Reply(f"chose {choice}", edit=True)

    @feature.press("sent")
    async def sent(ctx: Any, pressed: Pressed, text: str) -> Result:
        return Reply(f"thanks for: {text}")

    return feature
