"""Card: what waits for an admin, the most important first, each thing with what can be done about it."""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2s

from handlers.base import Bold, Button, Context, Reply, Task, Text
from handlers.base.feature import PressSpec
from handlers.base.roles import may

MOST = 5


@dataclass(frozen=True, slots=True)
class Waiting:
    """The tasks of one admin."""

    now: Sequence[Task]
    """What waits, the most important first."""
    later: Sequence[Task]
    """What they put off."""

    def named(self, mark: str) -> Task | None:
        """The task of a mark, as a button brings it; None: it is done, or forged."""
        return next((each for each in (*self.now, *self.later) if mark_of(each) == mark), None)


def mark_of(task: Task) -> str:
    """Names a task in a button, however long its key is."""
    return blake2s(task.key.encode(), digest_size=5).hexdigest()


async def waiting_for(ctx: Context) -> Waiting:
    """Ask every feature that is on here."""
    found: list[Task] = []
    for feature in ctx.features:
        if feature.tasks and ctx.settings_of(feature.settings).enabled:
            for find in feature.tasks:
                found += await find(ctx)
    found = [each for each in found if (spec := spec_of(ctx, each.action)) and may(ctx.roles, spec.needs)]
    found.sort(key=lambda each: -each.weight)
    keys: set[str] = set()
    if ctx.account is not None:
        keys = await ctx.store.today.put_off_keys(ctx.community.id, ctx.account.id, ctx.now)
    return Waiting(
        [each for each in found if each.key not in keys], [each for each in found if each.key in keys]
    )


def spec_of(ctx: Context, button: Button) -> PressSpec | None:
    """What a button calls."""
    return next((each for f in ctx.features for each in f.presses if each.name == button.press), None)


def card(
    ctx: Context,
    waiting: Waiting,
    said: Sequence[Text] = (),
    below: Sequence[Button] = (),
    *,
    edit: bool = False,
) -> Reply:
    """At most five tasks, a row of buttons each; `said` stands above, what was done just now."""
    t, shown = ctx.t, waiting.now[:MOST]
    lines: list[Text] = [*said]
    rows: list[Sequence[Button]] = []
    if shown:
        lines.append(Bold(t.n("{n} thing needs you", "{n} things need you", len(waiting.now))))
    else:
        lines.append(Bold(t("Nothing needs you today.")))
    for number, task in enumerate(shown, 1):
        lines.append(_numbered(number, task.words))
        rows.append(_row(ctx, number, task))
    if len(waiting.now) > MOST:
        lines.append(
            t.n("{n} more comes after these.", "{n} more come after these.", len(waiting.now) - MOST)
        )
    if waiting.later:
        lines.append(t.n("You put off {n} thing.", "You put off {n} things.", len(waiting.later)))
    if below and len(rows) < MOST:
        rows.append(below)
    return Reply(*lines, buttons=rows, private=True, edit=edit)


def _numbered(number: int, words: Text) -> Text:
    match words:
        case str():
            return f"{number}. {words}"
        case tuple():
            return (f"{number}. ", *words)
        case _:
            return (f"{number}. ", words)


def _row(ctx: Context, number: int, task: Task) -> list[Button]:
    t, mark, owner = ctx.t, mark_of(task), ctx.account.id if ctx.account else None
    spec = spec_of(ctx, task.action)
    do = "today_check" if spec is not None and spec.asks_condition else "today_do"
    label = t.c(
        "a button of the card: which task, what to do",
        "{number} · {action}",
        number=number,
        action=task.action.label,
    )
    row = [Button(label, do, (mark,), owner=owner)]
    if task.other is not None:
        row.append(Button(task.other.label, "today_other", (mark,), owner=owner))
    row.append(Button(t("Later"), "today_later", (mark,), owner=owner))
    return row
