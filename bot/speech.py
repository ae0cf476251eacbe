"""Speech: what a feature posts of its own accord is posted where an admin allows it, or not at all."""

from collections.abc import Sequence
from dataclasses import replace

from bot.settings_book import SettingsBook
from handlers.admin import speech
from handlers.base import Effect, Place, Post
from storage.store import Store
from storage.values import Community, SettingRow


async def staged_all(
    store: Store,
    effects: Sequence[Effect],
    community: Community,
    rows: Sequence[SettingRow],
    book: SettingsBook,
) -> list[Effect]:
    """Effects of which every post is staged; the rest is left as it is."""
    found: list[Effect] = []
    for effect in effects:
        kept = await staged(store, effect, community, rows, book) if isinstance(effect, Post) else effect
        if kept is not None:
            found.append(kept)
    return found


async def staged(
    store: Store, post: Post, community: Community, rows: Sequence[SettingRow], book: SettingsBook
) -> Post | None:
    """The post as it may be sent: where it was meant for, else in the channel chosen there; None: nowhere.

    Before /setup nobody has decided, and the one greeting is all there is.
    """
    if community.set_up_at is None:
        return post
    place = post.place
    found = await store.communities.space(place.platform, place.space)
    if found is None:
        return post
    space = found[0]
    channel = await store.communities.channel(space.id, place.channel) if place.channel else None
    chain = [id for id in (channel.parent_id, channel.id) if id is not None] if channel else []
    if speech.may_speak(rows, book.defaults.get("speech"), space.id, chain):
        return post
    chosen_id = speech.chosen_channel(rows, space.id)
    chosen = await store.communities.channel_by_id(chosen_id) if chosen_id is not None else None
    if chosen is None:
        return None
    return replace(post, place=Place(place.platform, space.external_id, chosen.external_id))
