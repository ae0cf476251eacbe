"""What the bot does: the explicit, ordered list of features."""

from handlers.admin import (
    connect,
    corrections,
    deliveries,
    doctor,
    history,
    preset,
    settings,
    setup,
    speech,
    status,
    today,
    undo,
)
from handlers.base import Feature
from handlers.people import (
    claim,
    community,
    greeting,
    help,
    language,
    link,
    match,
    requests,
    roles,
    roster,
    start,
)
from handlers.taking_part import (
    leaderboard,
    levels,
    my_points,
    points,
    rank,
    reactions,
    replies,
    thanks,
    voice,
    why,
)

FEATURES: tuple[Feature, ...] = (
    # How members earn, then where they stand.
    points.feature,
    replies.feature,
    reactions.feature,
    thanks.feature,
    voice.feature,
    levels.feature,
    leaderboard.feature,
    rank.feature,
    my_points.feature,
    why.feature,
    # Members themselves.
    start.feature,
    help.feature,
    language.feature,
    link.feature,
    community.feature,
    roles.feature,
    greeting.feature,
    claim.feature,
    # Those who run it.
    today.feature,
    status.feature,
    doctor.feature,
    deliveries.feature,
    roster.feature,
    match.feature,
    requests.feature,
    setup.feature,
    settings.feature,
    preset.feature,
    speech.feature,
    connect.feature,
    corrections.feature,
    undo.feature,
    history.feature,
)
"""The order in which menus and /help name them."""
