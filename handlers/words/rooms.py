"""Rooms: where a feature lives under handlers/, in words and in the order in which people look for it."""

from collections.abc import Iterator

from handlers.base import N_, Feature

RUNNING = "admin"
ROOMS = {
    "taking_part": N_("Taking part"),
    "learning": N_("Learning"),
    "people": N_("You and me"),
    "quality": N_("Quality"),
    "broadcasts": N_("News"),
    RUNNING: N_("Running the community"),
}


def room_of(feature: Feature) -> str:
    """The room that a feature lives in."""
    for module in _modules(feature):
        top, _, rest = module.partition(".")
        room = rest.partition(".")[0]
        if top == "handlers" and room in ROOMS:
            return room
    raise ValueError(f"{feature.name} lives in no room of handlers/")


def _modules(feature: Feature) -> Iterator[str]:
    """Wherever anything of it was written."""
    for command in feature.commands:
        yield command.handler.__module__
    for press in feature.presses:
        yield press.handler.__module__
    for _, listener in feature.listeners:
        yield listener.__module__
    for job in feature.jobs:
        yield job.run.__module__
    yield feature.settings.__module__
