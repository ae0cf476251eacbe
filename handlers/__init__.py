"""What the bot does: the explicit, ordered list of features."""

from handlers.admin import (
    audit,
    connect,
    corrections,
    deliveries,
    doctor,
    history,
    preset,
    settings,
    setup,
    simulate,
    speech,
    status,
    today,
    undo,
)
from handlers.base import Feature
from handlers.learning import (
    courses,
)
from handlers.people import (
    claim,
    community,
    forget,
    greeting,
    help,
    language,
    link,
    match,
    my_data,
    opt_out,
    privacy,
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
    # What they learn.
    courses.feature,
    # Members themselves.
    start.feature,
    help.feature,
    language.feature,
    link.feature,
    community.feature,
    privacy.feature,
    my_data.feature,
    opt_out.feature,
    forget.feature,
    roles.feature,
    greeting.feature,
    claim.feature,
    # Those who run it.
    today.feature,
    status.feature,
    doctor.feature,
    deliveries.feature,
    setup.feature,
    settings.feature,
    preset.feature,
    simulate.feature,
    speech.feature,
    connect.feature,
    roster.feature,
    match.feature,
    requests.feature,
    corrections.feature,
    undo.feature,
    audit.feature,
    history.feature,
)
"""The order in which menus and /help name them."""
