"""Commands as they are written where the person is."""

from handlers.base import Context
from handlers.base.events import Command, Way


def spelled(ctx: Context, line: str) -> str:
    """ "points add @bob 50" as it is written here: typed names have underscores, native ones spaces."""
    line = line.removeprefix("/")
    if isinstance(ctx.event, Command) and ctx.event.way is Way.INTERACTION:
        return f"/{line}"
    names = [spec.name for feature in ctx.features for spec in feature.commands]
    name = max((name for name in names if f"{line} ".startswith(f"{name} ")), key=len, default="")
    return f"/{name.replace(' ', '_')}{line.removeprefix(name)}"


def pressable(ctx: Context, press: str) -> bool:
    """Whether a feature that is switched on has that press, so that a button for it may be shown."""
    return any(
        ctx.settings(feature.settings).enabled and any(spec.name == press for spec in feature.presses)
        for feature in ctx.features
    )
