"""History: reads once what happened before, as far as the rules of a batch may ask."""

from collections import deque
from datetime import datetime, timedelta

from bot.gather.found import Gathered, Noted
from bot.gather.named import messages_of
from handlers.base import (
    Author,
    Deleted,
    Edited,
    Posted,
    PostSeen,
    Reacted,
    ReactionsCleared,
    ReactionsSeen,
    VoiceChanged,
    VoiceState,
    shape_of,
)
from handlers.base.shape import normalise
from storage.batches import BatchRepository

REPEAT_WINDOW = timedelta(hours=24)
ONE_DAY = timedelta(days=1)


async def gather_history(found: Gathered, batches: BatchRepository) -> None:
    """Posts, payments, texts, reactions and voice, a query each; none where no event asks."""
    await _posts(found, batches)
    await _payments(found, batches)
    await _texts(found, batches)
    await _reactions(found, batches)
    await _voice(found, batches)
    await _gone(found, batches)
    await _fellows(found, batches)


async def _posts(found: Gathered, batches: BatchRepository) -> None:
    """The posts that events are, answer, edit, react to or delete."""
    facts = found.facts
    messages: set[str] = set()
    answered: set[str] = set()
    spaces: set[int] = set()
    albums: set[str] = set()
    edited = False
    for note in found.noted:
        event = note.event
        named = messages_of(event)
        if not named:
            continue
        spaces.add(note.space.id)
        messages.update(named)
        edited = edited or isinstance(event, Edited)
        if not isinstance(event, Posted):
            answered.update(named)
            continue
        if event.reply_to is not None:
            answered.add(event.reply_to.message)
        if event.author is Author.CHANNEL:
            answered.add(event.message)  # a post that we wrote again through a webhook: known as a part
        if event.album:
            albums.add(event.album)
            answered.add(event.message)  # an export names albums otherwise: it may be known as a part
    if messages:
        facts.posts = await batches.posts(spaces, messages)
    unknown = answered - {message for _, message in facts.posts}
    if unknown:
        facts.posts |= await batches.album_parts(spaces, unknown)
    if edited:
        found.edits = await batches.edit_marks(spaces, messages)
    if albums:
        found.albums = await batches.albums(spaces, albums)
    await _know_authors(found, batches)


async def _know_authors(found: Gathered, batches: BatchRepository) -> None:
    """Authors of posts that are answered or reacted to, as far as the events did not name them."""
    facts = found.facts
    unknown = {
        post.account_id
        for post in [*facts.posts.values(), *found.albums.values()]
        if post.account_id is not None and post.account_id not in facts.account_by_id
    }
    if unknown:
        await _know(found, batches, unknown)


async def _know(found: Gathered, batches: BatchRepository, accounts: set[int]) -> None:
    facts = found.facts
    for account in await batches.accounts_by_id(accounts):
        facts.account_by_id[account.id] = account
        facts.accounts[account.platform, account.external_id] = account
    facts.members |= await batches.members(found.communities, accounts)


async def _fellows(found: Gathered, batches: BatchRepository) -> None:
    """The other accounts of people who have several."""
    facts = found.facts
    unknown = {account for _, account in facts.members} - facts.account_by_id.keys()
    for account in await batches.accounts_by_id(unknown) if unknown else ():
        facts.account_by_id[account.id] = account
        facts.accounts[account.platform, account.external_id] = account


async def _payments(found: Gathered, batches: BatchRepository) -> None:
    """What the members of the batch were paid around its days, and what they have in all."""
    facts = found.facts
    active = [note for note in found.noted if note.set_up]
    members = {member.id for member in facts.members.values()}
    if not active or not members:
        return
    days = {note.day for note in active}
    days |= {day - ONE_DAY for day in days}
    facts.tallies, facts.pair_tallies = await batches.tallies(members, days)
    facts.totals = await batches.totals(members)
    facts.grants = await batches.grants(members)
    late = _late_members(found, active)
    if late:
        facts.times = await batches.times(late, days | {day + ONE_DAY for day in days})


def _late_members(found: Gathered, active: list[Noted]) -> set[int]:
    """Members with a post from before their last payment, or out of order within the batch."""
    facts = found.facts
    newest: dict[int, datetime] = {}
    for (paid, rule, _), tally in facts.tallies.items():
        if rule == "post" and tally.last_at is not None:
            newest[paid] = max(tally.last_at, newest.get(paid, tally.last_at))
    late: set[int] = set()
    for note in active:
        account = found.account_of(note.event.place, note.actor) if isinstance(note.event, Posted) else None
        member = facts.members.get((note.community.id, account.id)) if account is not None else None
        if member is not None:
            latest = newest.get(member.id)
            if latest is not None and note.event.at < latest:
                late.add(member.id)
            else:
                newest[member.id] = note.event.at
    return late


async def _texts(found: Gathered, batches: BatchRepository) -> None:
    """The last posts of those who write, and where the same texts stood within a day."""
    facts = found.facts
    writers: set[int] = set()
    prints: set[int] = set()
    spaces: set[int] = set()
    times: list[datetime] = []
    for note in found.noted:
        event = note.event
        if not note.set_up or not isinstance(event, Posted):
            continue
        known = facts.posts.get((note.space.id, event.message))
        if known is not None and not known.stub:
            continue
        account = found.account_of(event.place, note.actor)
        if account is not None and (member := facts.members.get((note.community.id, account.id))):
            writers.add(member.id)
        shape = shape_of(event.text)
        if shape.fingerprint is not None:
            prints.add(shape.fingerprint)
            spaces.add(note.space.id)
            times.append(event.at)
    if writers:
        facts.recent = {
            member: deque(
                (PostSeen(at, normalise(text), (space, channel)) for at, text, space, channel in posts),
                maxlen=posts.maxlen,
            )
            for member, posts in (await batches.recent_posts(writers)).items()
        }
    if prints:
        since, until = min(times) - REPEAT_WINDOW, max(times) + REPEAT_WINDOW
        for space, fingerprint, at in await batches.same_texts(spaces, prints, since, until):
            facts.fingerprints[space, fingerprint].append(at)


async def _reactions(found: Gathered, batches: BatchRepository) -> None:
    """What those who react hold; where a whole message is read or cleared, what everybody holds."""
    facts = found.facts
    spaces: set[int] = set()
    mine: set[str] = set()
    whole: set[str] = set()
    actors: set[int] = set()
    for note in found.noted:
        event = note.event
        if isinstance(event, Reacted):
            account = found.account_of(event.place, event.person)
            if account is not None:
                actors.add(account.id)
                mine.add(event.message)
                spaces.add(note.space.id)
        elif isinstance(event, ReactionsCleared | ReactionsSeen):
            whole.add(event.message)
            spaces.add(note.space.id)
            actors |= {a.id for person in note.people if (a := found.account_of(event.place, person))}
    if mine:
        facts.reactions = await batches.reactions(spaces, mine, actors)
    if whole:
        facts.reactions |= await batches.reactions(spaces, whole, None)
        unknown = {account for _, _, account in facts.reactions} - facts.account_by_id.keys()
        if unknown:
            await _know(found, batches, unknown)
    if actors:
        people = {member for (_, account), member in facts.members.items() if account in actors}
        fellows = {account for (_, account), member in facts.members.items() if member in people}
        facts.writers = await batches.writers(actors | fellows)


async def _voice(found: Gathered, batches: BatchRepository) -> None:
    """Who is in voice where somebody's voice state changed, and what they were paid."""
    notes = [note for note in found.noted if isinstance(note.event, VoiceChanged)]
    if not notes:
        return
    facts = found.facts
    for row in await batches.voice({note.space.id for note in notes}):
        facts.voice[row.space_id, row.account_id] = VoiceState(
            row.account_id, row.channel, row.counts, row.since, row.seconds
        )
    unknown = {account for _, account in facts.voice} - facts.account_by_id.keys()
    if unknown:
        await _know(found, batches, unknown)
        await _payments(found, batches)


async def _gone(found: Gathered, batches: BatchRepository) -> None:
    """Of deleted replies that were their author's only one to a post: the source they stood for."""
    spaces: set[int] = set()
    messages: set[str] = set()
    for note in found.noted:
        if isinstance(note.event, Deleted):
            spaces.add(note.space.id)
            messages.update(note.event.messages)
    if messages:
        for reply in await batches.only_replies(spaces, messages):
            source = f"{reply.platform}:{reply.reply_to}:{reply.external_id}"
            found.facts.gone[reply.space_id, reply.message] = source
