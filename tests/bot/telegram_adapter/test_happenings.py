"""What people do on the played Telegram, heard through the real library: who stands behind it, and where."""

import pytest

from handlers.base import (
    Author,
    BotStanding,
    ChannelSeen,
    Command,
    Edited,
    Ignored,
    JoinAsked,
    Joined,
    Left,
    Migrated,
    Posted,
    Pressed,
    ReachChanged,
    Reacted,
    RolesChanged,
    Standing,
)
from tests.bot.telegram_adapter.conftest import eventually


@pytest.fixture
async def adapter(tg, started):
    """One that has already named the kinds it wants to hear of."""
    made = await started()
    await eventually(lambda: tg.delivery.polls)
    return made


@pytest.fixture(autouse=True)
def _running(adapter):
    pass


async def heard(taken, count):
    return await taken.until(count)


async def test_a_channel_that_speaks_is_a_channel_and_never_the_account_it_lends(tg, taken, group, ann):
    """FIELD_LOG 36: posts in a channel's name were pinned on a shared stand-in."""
    channels = [tg.channel("One"), tg.channel("Two")]
    for channel in channels:
        await ann.say(group, "hello", as_channel=channel)
    posts = await heard(taken, 2)
    assert [(p.author, p.person.id) for p in posts] == [(Author.CHANNEL, str(c.id)) for c in channels]


async def test_what_the_linked_channel_forwards_is_the_channels(tg, taken, group):
    """FIELD_LOG 37: it comes from the account 777000."""
    channel = tg.channel("News", linked_to=group)
    await channel.post("Lesson 4 is out")
    (post,) = await heard(taken, 1)
    assert (post.author, post.person.id, post.forwarded) == (Author.CHANNEL, str(channel.id), True)


async def test_an_anonymous_admin_commands_and_speaks_as_the_group(taken, group, ann):
    await ann.say(group, "/top", anonymous=True)
    await ann.say(group, "well done", anonymous=True)
    command, post = await heard(taken, 2)
    assert (type(command), command.author, command.person.id) == (
        Command,
        Author.ANONYMOUS_ADMIN,
        str(group.id),
    )
    assert post.author == Author.ANONYMOUS_ADMIN


async def test_other_bots_are_bots(tg, taken, group):
    tg.world.sees_bots = True
    other = tg.user("Other", is_bot=True)
    await other.say(group, "/top")
    (post,) = await heard(taken, 1)
    assert (type(post), post.author) == (Posted, Author.BOT)


async def test_an_album_is_several_messages_of_one_name(tg, taken, group, ann):
    await ann.sends_album(group, 3, "my homework")
    await ann.sends_album(group, 2)
    posts = await heard(taken, 5)
    assert len({post.album for post in posts[:3]}) == 1
    assert len({post.album for post in posts}) == 2
    assert [post.text for post in posts[:2]] == ["my homework", ""]


async def test_an_edit_is_told_as_an_edit(tg, taken, group, ann):
    """FIELD_LOG 38."""
    said = await ann.say(group, "hello")
    await ann.edits(said, "hello!")
    post, edit = await heard(taken, 2)
    assert (type(edit), edit.message, edit.text) == (Edited, post.message, "hello!")


async def test_a_reaction_is_what_changed(tg, taken, group, ann):
    said = await ann.say(group, "hello")
    for emoji in (("👍",), ("👍", "🎉"), ()):
        await ann.reacts(said, *emoji)
    _, *reactions = await heard(taken, 4)
    assert all(isinstance(r, Reacted) for r in reactions)
    assert [(r.added, r.removed) for r in reactions] == [(("👍",), ()), (("🎉",), ()), ((), ("👍", "🎉"))]


async def test_who_reacts_as_the_group_is_nobody(tg, taken, group, ann):
    said = await ann.say(group, "hello")
    await ann.reacts(said, "👍", anonymous=True)
    _, reaction = await heard(taken, 2)
    assert isinstance(reaction, Ignored)


async def test_a_topic_is_a_channel_and_a_thread_of_replies_is_none(tg, taken, group, ann):
    topic = await group.topic("Questions")
    await group.rename_topic(topic, "Answers")
    asked = await ann.say(group, "why?", thread=topic)
    await ann.say(group, "because", reply_to=asked)
    await ann.say(group, "in General")
    seen, renamed, first, second, general = await heard(taken, 5)
    assert [type(seen), seen.place.channel_title] == [ChannelSeen, "Questions"]
    assert renamed.place.channel_title == "Answers"
    assert [p.place.channel for p in (first, second, general)] == [str(topic), str(topic), None]
    assert (first.reply_to, second.reply_to.message) == (None, first.message)


async def test_who_joins_asks_or_leaves_is_told_with_the_invite(tg, taken, ann):
    group = tg.group("Big", bot="admin")
    group.quiet_joins = True
    link = {"invite_link": "https://t.me/+abc", "creator": tg.world.bot, "creates_join_request": False, "is_primary": False, "is_revoked": False}  # fmt: skip
    group.links[link["invite_link"]] = link
    bob = tg.user("Bob")
    await bob.asks_to_join(group, invite_link=link["invite_link"])
    await ann.joins(group, invite_link=link["invite_link"])
    await ann.leaves(group)
    asked, joined, left = await heard(taken, 3)
    assert [type(e) for e in (asked, joined, left)] == [JoinAsked, Joined, Left]
    assert [asked.invite, joined.invite] == ["https://t.me/+abc"] * 2


async def test_the_bots_own_standing_is_told(tg, taken, ann):
    group = tg.group("New", bot=None)
    await group.add_bot()
    await group.promote_bot()
    await group.demote_bot()
    await group.remove_bot()
    await eventually(lambda: len(taken.events) >= 5)
    standings = [e.standing for e in taken.events if isinstance(e, BotStanding)]
    assert standings == [Standing.MEMBER, Standing.ADMIN, Standing.MEMBER, Standing.REMOVED]


async def test_a_promotion_is_a_change_of_roles(tg, taken, group, ann):
    group.members[ann.id] = {"status": "member"}
    await group.promote(ann)
    await group.demote(ann)
    up, down = await heard(taken, 2)
    assert [(type(e), e.person.roles) for e in (up, down)] == [(RolesChanged, ("admin",)), (RolesChanged, ())]


async def test_a_migration_is_told_by_either_message_in_the_same_words(tg, taken, ann):
    old = tg.group("Basic", kind="group", bot="admin")
    new = await old.migrate()
    one, other = await heard(taken, 2)
    assert [type(one), type(other)] == [Migrated, Migrated]
    assert [(e.old_space, e.place.space) for e in (one, other)] == [(str(old.id), str(new.id))] * 2


async def test_start_block_and_unblock_say_who_can_be_written_to(tg, taken, ann):
    await ann.starts("ref_7")
    await ann.blocks()
    await ann.unblocks()
    reach, command, blocked, unblocked = await heard(taken, 4)
    assert [e.reachable for e in (reach, blocked, unblocked)] == [True, False, True]
    assert all(isinstance(e, ReachChanged) for e in (reach, blocked, unblocked))
    assert (command.name, command.text) == ("start", "ref_7")


async def test_ids_of_fifty_two_bits_go_in_and_out(tg, adapter, taken):
    """PLATFORM_LIMITS: user ids have up to 52 significant bits."""
    big = tg.user("Big", user_id=2**52 - 1)
    await big.tells("/top")
    (command,) = await heard(taken, 1)
    assert command.person.id == str(2**52 - 1)
    assert await adapter.standing_of(command.place, command.person) == frozenset()


async def test_a_press_is_its_persons_own_wherever_the_button_was(tg, taken, group, ann):
    bob = tg.user("Bob")
    board = tg.world.write(
        group,
        {"from": tg.world.bot},
        {"text": "x", "reply_markup": {"inline_keyboard": [[{"text": "Go", "callback_data": "go||1"}]]}},
    )
    await ann.presses(board, "Go")
    await bob.presses(board, "Go")
    presses = await heard(taken, 2)
    assert all(isinstance(p, Pressed) for p in presses)
    assert [p.person.id for p in presses] == [str(ann.id), str(bob.id)]
    assert len({p.key for p in presses}) == 2
