"""Speaking: the places where the bot may write of its own accord, as /setup asks and tells them."""

from collections.abc import Sequence

from handlers.admin.changes import Change, Scope, present_value, setting_named, usual_value
from handlers.admin.setup.draft import ANSWERS, EVERYWHERE
from handlers.base import Context, Texts, UserError
from storage.values import MISSING, Channel, SettingRow

KEY = "speech.enabled"


async def channels(ctx: Context) -> list[Channel]:
    """The channels of this space that can be chosen, the one we are in first; threads come and go."""
    if ctx.space is None:
        return []
    here = ctx.channel.id if ctx.channel else None
    found = [each for each in await ctx.store.communities.channels(ctx.space.id) if each.parent_id is None]
    return sorted(found, key=lambda each: each.id != here)


def channel_name(t: Texts, channel: Channel) -> str:
    """What a channel is called."""
    return channel.title or t("channel {number}", number=channel.external_id)


async def checked(ctx: Context, speech: str) -> str:
    """The choice: "everywhere", "answers" or a channel of this community. Raises UserError."""
    if speech in (EVERYWHERE, ANSWERS):
        return speech
    number = int(speech) if speech.isascii() and speech.isdigit() and len(speech) < 19 else 0
    channel = await ctx.store.communities.channel_by_id(number)
    space = await ctx.store.communities.space_by_id(channel.space_id) if channel else None
    if space is None or space.community_id != ctx.community.id:
        raise UserError(ctx.t("I do not find this channel any more. Please choose another one."))
    return speech


async def changes_to(ctx: Context, rows: Sequence[SettingRow], speech: str) -> list[Change]:
    """What is to be written for a choice. With one channel chosen, other groups and servers keep theirs."""
    channel = await ctx.store.communities.channel_by_id(int(speech)) if speech.isdigit() else None
    setting = setting_named(ctx, KEY)
    wanted = speech == EVERYWHERE
    changes = [
        Change(KEY, MISSING, Scope(row.space_id, row.channel_id))
        for row in rows
        if row.key == KEY
        and row.space_id is not None
        and (channel is None or row.space_id == channel.space_id)
        and (channel is None or row.channel_id != channel.id)
    ]
    if present_value(ctx, setting, rows, Scope()) != wanted:
        changes.append(Change(KEY, MISSING if wanted == usual_value(ctx, setting) else wanted))
    if channel is not None:
        scope = Scope(channel.space_id, channel.id)
        if present_value(ctx, setting, rows, scope) is not True or wanted is not True:
            changes.append(Change(KEY, True, scope))
    return changes


async def in_words(ctx: Context, t: Texts, rows: Sequence[SettingRow]) -> str:
    """Where the bot writes without being asked, in a sentence."""
    everywhere = present_value(ctx, setting_named(ctx, KEY), rows, Scope())
    own = [row for row in rows if row.key == KEY and row.space_id is not None]
    if everywhere:
        if all(row.value for row in own):
            return t("Without being asked I may write everywhere.")
        return t("Without being asked I may write nearly everywhere: /settings speech shows where not.")
    names = []
    for row in own:
        if row.value and row.channel_id is not None:
            channel = await ctx.store.communities.channel_by_id(row.channel_id)
            names += [channel_name(t, channel)] if channel else []
        elif row.value:
            space = await ctx.store.communities.space_by_id(row.space_id or 0)
            names += [space.title] if space else []
    if not names:
        return t("I only answer, and write nothing without being asked.")
    return t("Without being asked I write only in {channels}.", channels=t.c("list", ", ").join(names))
