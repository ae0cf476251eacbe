"""Deciding: what follows from what experts said of a post, and from taking it back.

Cards, appeals and undo use it. The outcome is settled in `storage.cases`; here it becomes effects: points,
the post itself, a word to its author.
"""

from handlers.base import (
    Award,
    Button,
    Context,
    Effect,
    Place,
    Remove,
    Reply,
    Restore,
    TakeBack,
    TakeBackPost,
    Text,
    source_of_post,
)
from handlers.learning.letters import letter, reader_of
from handlers.quality.rules import Settings
from handlers.words.ills import READS, quoted
from handlers.words.names import shown
from storage.cases import TAKEN, Case, Decided, Outcome, removal_key
from storage.outbox import NOT_WANTED

RULE = "excellent"
HARMFUL = ("advert", "abuse")
"""What is removed once experts found it, where an admin wants that."""


async def settle(ctx: Context, case_id: int, outcome: Outcome) -> tuple[Case, list[Effect]] | None:
    """Settle an open case, and all posts of its flood: how it is now, and the effects to return.

    None: there is none, or somebody was quicker. Whether enough experts said so is the caller's to know.
    """
    case = await ctx.store.cases.get(ctx.community.id, case_id)
    if case is None:
        return None
    remove = ctx.settings(Settings).remove_confirmed and outcome in HARMFUL
    settled: list[Decided] = []
    for number in [case_id, *await ctx.store.cases.companions(case)]:
        each = await ctx.store.cases.decide(ctx.community.id, number, outcome, ctx.now, remove=remove)
        if each is None and number == case_id:
            return None
        if each is not None:
            settled.append(each)
    effects = [effect for each in settled for effect in await _effects(ctx, each)]
    return settled[0].case, effects + await _word(ctx, settled[0])


async def take_back(ctx: Context, case_id: int) -> tuple[Case, list[Effect]] | None:
    """A decision never was: how the case is now, and the effects to return; None: it is not decided."""
    found = await ctx.store.cases.reopen(ctx.community.id, case_id, ctx.now)
    return None if found is None else (found.case, await _effects(ctx, found))


async def _effects(ctx: Context, found: Decided) -> list[Effect]:
    case, place = found.case, place_of(found.case)
    source = source_of_post(place, case.message)
    effects: list[Effect] = []
    if found.take_back:
        effects.append(TakeBackPost(space=case.space_id, message=case.message, at=ctx.now, note=TAKEN))
    effects += [
        Award(
            rule=entry.rule,
            source=entry.source,
            points=-entry.points,
            community=entry.community_id,
            member=entry.member_id,
            account=entry.account_id,
            space=entry.space_id,
            at=entry.happened_at,
            channel=entry.channel_id,
            actor=entry.actor_account_id,
            message=entry.message,
        )
        for entry in found.give_back
    ]
    effects += _praise(ctx, found, source)
    if found.removal is not None:
        effects += [
            Remove(key=removal_key(case.space_id, message), place=place, message=message)
            for message in (found.removal, *await ctx.store.cases.parts(case))
        ]
    if found.restoring and await _is_away(ctx, case):
        effects.append(_restored(ctx, case, place))
    return effects


def _praise(ctx: Context, found: Decided, source: str) -> list[Effect]:
    """What an excellent post earns, once."""
    case, points = found.case, ctx.settings(Settings).excellent
    if found.not_excellent:
        return [TakeBack(rule=RULE, source=source, at=ctx.now)]
    if not found.excellent or not points or case.member_id is None:
        return []
    return [
        Award(
            rule=RULE,
            source=source,
            points=points,
            community=case.community_id,
            member=case.member_id,
            account=case.account_id,
            space=case.space_id,
            at=ctx.now,
            channel=case.channel_id,
            message=case.message,
        )
    ]


async def _is_away(ctx: Context, case: Case) -> bool:
    """Whether the post was really taken away. What still waits to go stays; what could not go is there."""
    parcel = await ctx.store.outbox.get(removal_key(case.space_id, case.message))
    if parcel is not None and parcel.state in ("sending", "sent"):
        return True
    if parcel is not None and parcel.state == "pending":
        await ctx.store.outbox.fail(parcel.id, NOT_WANTED, ctx.now)
    await ctx.store.cases.keep_no_copy(case.id)
    return False


def _restored(ctx: Context, case: Case, place: Place) -> Restore:
    t = ctx.texts(ctx.community.language)
    name = shown(t, case.author_name, case.account_id)
    text = case.text or ""
    return Restore(
        key=f"restore:{case.space_id}:{case.message}",
        place=place,
        case=case.id,
        account=case.author,
        name=name,
        text=text,
        reply=Reply(t("{name} wrote:", name=name), text),
    )


async def _word(ctx: Context, found: Decided) -> list[Effect]:
    """What its author is told, alone, where something is held against it or they were told before."""
    case, before = found.case, found.before
    knew = before.action != "none" or before.appealed_at is not None
    if case.member_id is None or not (case.bad or knew or case.outcome == RULE):
        return []
    own = await reader_of(ctx, case.member_id, case.account_id)
    if own is None:
        return []
    t, room = own.t, case.channel_title or case.space_title
    lines: list[Text] = []
    buttons: list[Button] = []
    if case.bad:
        lines += [t("Our experts looked at your post in {room}: it earns no points.", room=room)]
        lines += [t(READS[case.outcome or case.kind])]
        if found.removal is not None:
            lines.append(t("I have taken it away. You can write it again without that."))
        if before.appealed_at is None:
            lines.append(t("If you see it otherwise, tell me why, and others will look at it."))
            buttons = [Button(t("Let others look"), "appeal", (str(case.id),))]
        else:
            lines.append(t("Others have looked at it, too, so it stays so. Your next post starts afresh."))
    elif case.outcome == RULE:
        lines += [t("Our experts found your post in {room} excellent. Thank you for it.", room=room)]
        lines += [t("/why, as an answer to it, shows what it earned.")]
    else:
        lines += [t("Our experts looked at your post in {room}: it is fine.", room=room)]
        lines += [t("It stands as it was, with its points. Thank you for your patience.")]
    if case.text:
        lines.insert(1, quoted(t, case.text))
    key = f"verdict:{case.id}:{ctx.now.timestamp():.0f}"
    return [await letter(own, key, Reply(*lines, buttons=buttons))]


def place_of(case: Case) -> Place:
    """Where the post stands, or stood."""
    return Place(case.platform, case.space, case.channel)
