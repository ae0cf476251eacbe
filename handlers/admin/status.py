"""Status: how the installation is, in a few lines."""

from datetime import datetime, timedelta

from handlers.base import (
    ADMIN,
    N_,
    Bold,
    Button,
    Command,
    Context,
    Feature,
    Judging,
    PlatformCondition,
    Pressed,
    Reply,
    Task,
    Text,
    Texts,
)
from handlers.words.dates import moment_in_words
from handlers.words.durations import duration
from handlers.words.findings import matters

SHOWN = timedelta(days=7)
"""Deliveries that failed longer ago are no news."""

READS = "quality"
"""The feature that has posts read."""

feature = Feature("status")


@feature.command(
    "status", needs=ADMIN, before_setup=True, help=N_("How I am: connections, deliveries, database, backup")
)
async def status(ctx: Context, command: Command) -> Reply:
    return await card(ctx)


@feature.press("status", needs=ADMIN, before_setup=True)
async def again(ctx: Context, pressed: Pressed) -> Reply:
    reply = await card(ctx)
    reply.edit = True
    return reply


async def card(ctx: Context) -> Reply:
    """Everything on one screen; what needs a hand is one press away."""
    t = ctx.t
    lines: list[Text] = [Bold(_running(ctx))]
    if ctx.condition is not None:
        lines += [_platform(t, each) for each in ctx.condition.platforms()]
        if ctx.condition.backlog:
            lines.append(
                t.n("{n} event waits to be stored.", "{n} events wait to be stored.", ctx.condition.backlog)
            )
        lines += [await _reach(ctx, each.platform) for each in ctx.condition.platforms() if each.must_start]
        lines.append(_judging(ctx, ctx.condition.judging))
    lines.append(await _deliveries(ctx))
    if dead := await ctx.store.troubles.dead_count():
        lines.append(
            t.n(
                "{n} event could not be understood, and is kept.",
                "{n} events could not be understood, and are kept.",
                dead,
            )
        )
    lines += [await _database(ctx), await _backup(ctx)]
    wrong = sum(matters(each.kind) for each in await ctx.store.condition.findings(ctx.community.id))
    if wrong:
        lines.append(t.n("⚠ {n} thing needs a hand.", "⚠ {n} things need a hand.", wrong))
    return Reply(
        *(line for line in lines if line),
        buttons=[Button(t("Check everything"), "doctor"), Button(t("Refresh"), "status")],
    )


def _running(ctx: Context) -> str:
    if ctx.condition is None:
        return ctx.t("Homeroom {version}", version=ctx.version)
    return ctx.t(
        "Homeroom {version} has been running for {time}",
        version=ctx.version,
        time=roughly(ctx.t, ctx.now - ctx.condition.started_at),
    )


def roughly(t: Texts, length: timedelta) -> str:
    """A length of time in its two largest units: whole minutes of an hour, whole hours of a day."""
    unit = timedelta(hours=1) if length >= timedelta(days=1) else timedelta(minutes=1)
    if length < timedelta(minutes=1):
        unit = timedelta(seconds=1)
    return duration(t, max(length, timedelta(0)) // unit * unit)


def _platform(t: Texts, platform: PlatformCondition) -> str:
    name = platform.platform.capitalize()
    if not platform.connected:
        return t("✗ {platform}: not connected", platform=name)
    ago = roughly(t, timedelta(seconds=platform.silent_seconds or 0))
    return t("✔ {platform}: connected, last heard {time} ago", platform=name, time=ago)


def _judging(ctx: Context, judging: Judging) -> str:
    t, wanted = (
        ctx.t,
        any(each.name == READS and ctx.settings_of(each.settings).enabled for each in ctx.features),
    )
    match judging if wanted else "off":
        case "reads":
            return t("✔ Posts are read for how good they are")
        case "loading":
            return t("Posts are read in a moment: what reads them is being loaded")
        case "broken":
            return t("✗ Posts are not read: what reads them could not be loaded")
        case "off":
            return t("Posts are not read for how good they are: /set quality.enabled on")


async def _reach(ctx: Context, platform: str) -> str:
    reached, there = await ctx.store.condition.reach(ctx.community.id, platform)
    if not there:
        return ""
    return ctx.t(
        "In private I can write to {reached} of {there} members on {platform}: those who pressed Start.",
        reached=ctx.t.number(reached),
        there=ctx.t.number(there),
        platform=platform.capitalize(),
    )


async def _deliveries(ctx: Context) -> str:
    t, counts = ctx.t, await ctx.store.outbox.counts_of(ctx.community.id, ctx.now - SHOWN)
    waiting = counts.get("pending", 0) + counts.get("sending", 0)
    parts = []
    if waiting:
        oldest = await ctx.store.outbox.oldest(ctx.community.id)
        age = roughly(t, ctx.now - (oldest or ctx.now))
        parts.append(t.n("{n} waits (for {time})", "{n} wait (the oldest for {time})", waiting, time=age))
    if failed := counts.get("failed", 0):
        parts.append(t.n("{n} failed", "{n} failed", failed))
    if uncertain := counts.get("uncertain", 0):
        parts.append(t.n("{n} may not have arrived", "{n} may not have arrived", uncertain))
    if not parts:
        return t("Deliveries: all arrived in the last 7 days")
    return t("Deliveries in the last 7 days: {counts}", counts=t.c("list", ", ").join(parts))


async def _database(ctx: Context) -> str:
    kind = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}[ctx.store.connection.dialect.name]
    size = await ctx.store.condition.bytes() / 2**20
    shown = f"{size:.1f}" if size < 100 else ctx.t.number(round(size))
    return ctx.t("Database: {kind}, {size} MB", kind=kind, size=shown)


async def _backup(ctx: Context) -> str:
    t, last = ctx.t, await ctx.store.cursors.get("backup", "last")
    if ctx.condition is not None and not ctx.condition.backs_up:
        return t("Backups are switched off")
    if not last:
        return t("No backup yet: the first one is made tonight")
    when = moment_in_words(t, datetime.fromisoformat(last), ctx.community.calendar)
    return t("Last backup: {when}", when=when)


# What waits for an admin

SEEN = "dead events"
AGAIN, MANY = timedelta(days=7), 10


@feature.task
async def set_aside(ctx: Context) -> list[Task]:
    """Events that nobody understood. Told again after a week with new ones, or sooner if they grow."""
    seen, at = await _seen(ctx)
    new = await ctx.store.troubles.dead_count(seen)
    if not new or (at is not None and ctx.now - at < AGAIN and new < MANY):
        return []
    words = ctx.t.n(
        "{n} event could not be understood and was set aside. Please report it: homeroom check",
        "{n} events could not be understood and were set aside. Please report them: homeroom check",
        new,
    )
    return [Task(key=f"dead:{seen}", words=words, action=Button(ctx.t("Seen"), "status_seen"), weight=30)]


@feature.press("status_seen", needs=ADMIN)
async def seen(ctx: Context, pressed: Pressed) -> Reply:
    last = await ctx.store.troubles.dead(1)
    mark = f"{last[0].id if last else 0} {ctx.now.isoformat()}"
    await ctx.store.cursors.set(SEEN, str(ctx.community.id), mark)
    return Reply(ctx.t("I tell you again when there are more."))


async def _seen(ctx: Context) -> tuple[int, datetime | None]:
    """Up to which event an admin has seen that there are some, and when."""
    mark = await ctx.store.cursors.get(SEEN, str(ctx.community.id))
    if not mark:
        return 0, None
    number, _, at = mark.partition(" ")
    return int(number), datetime.fromisoformat(at)
