"""Settling: other people are in a community now; what features keep of them is brought in line."""

from dataclasses import replace

from handlers.base.context import Context
from handlers.base.overrides import effective
from storage.values import Community


async def settle(ctx: Context, community: Community) -> None:
    """Let each feature do what it does when its settings change: here the people changed."""
    rows = await ctx.store.settings.of(community.id)
    there = replace(ctx, community=community)
    for feature in ctx.features:
        for hook in feature.hooks:
            await hook(there, effective(feature, rows, base=ctx.defaults.get(feature.name)))
