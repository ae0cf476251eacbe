"""Connect: a second group or server becomes part of this community, and can leave with all that is its own.

An admin of one side is given a code, one of the other types it; a look at what would change; one press.
"""

from dataclasses import replace
from typing import Annotated

from handlers.admin.changes import Scope, all_settings, present_value, said
from handlers.base import (
    ADMIN,
    N_,
    Action,
    Bold,
    Button,
    Code,
    Command,
    Context,
    DirectMessage,
    Feature,
    Help,
    Pressed,
    Reply,
    Rest,
    Text,
    UserError,
    Way,
)
from handlers.base.settling import settle
from handlers.words.codes import refusal_in_words
from storage.codes import CONNECT, LASTS
from storage.codes import Code as OneTimeCode
from storage.joining import Connection, Size
from storage.values import AuditRow, Community

NAMED = 4
"""So many settings that differ, or spaces, are named one by one."""

feature = Feature("connect")

Typed = Annotated[Rest | None, Help(N_("The code that an admin of the other side was given"))]


@feature.command(
    "connect",
    needs=ADMIN,
    before_setup=True,
    help=N_("Make a second group or server part of this community"),
    examples=("connect", "connect 7KQM-4FXQA9"),
)
async def connect(ctx: Context, command: Command, code: Typed = None) -> Reply:
    if code is None:
        return await give_code(ctx, command)
    if ctx.space is None:
        raise UserError(ctx.t("Write this in the group or server that is to become part of the other one."))
    if ctx.account is None:
        raise UserError(ctx.t("I cannot see who you are here. Write as yourself, not as the group."))
    found = await ctx.store.codes.prove(CONNECT, str(code), ctx.account.id, now=ctx.now)
    if not isinstance(found, OneTimeCode):  # returned, not raised: wrong codes are counted
        return Reply(refusal_in_words(ctx.t, found, "/connect"))
    host = await ctx.store.communities.get(found.community_id)
    if host is None or host.id == ctx.community.id:
        return Reply(
            ctx.t(
                "This group is part of {community} already. Type the code in the one that is to join it.",
                community=ctx.community.name,
            )
        )
    return await preview(ctx, host, found)


async def give_code(ctx: Context, command: Command) -> Reply:
    """A code for this community, told to nobody else. Raises UserError where others would read it."""
    if not ctx.community.id:
        raise UserError(ctx.t("I cannot tell which community you mean. Choose it first: /community"))
    if ctx.community.set_up_at is None:
        raise UserError(
            ctx.t("I am not set up here yet. First /setup here; what joins later needs none of its own.")
        )
    if command.way is Way.TEXT and not ctx.private:
        raise UserError(
            ctx.t("Write me /connect in our private chat: what I tell you there nobody else reads.")
        )
    account = ctx.account.id if ctx.account else None
    code = await ctx.store.codes.issue(
        CONNECT, ctx.community.id, account, f"community:{ctx.community.id}", now=ctx.now
    )
    return Reply(
        Code(code),
        ctx.t(
            "Write this in the group or server that is to become part of {community};"
            " you must be an admin there: {example}",
            community=ctx.community.name,
            example=f"/connect {code}",
        ),
        ctx.t(
            "It works once, for {minutes} minutes. You will see what would change before anything does.",
            minutes=ctx.t.number(int(LASTS.total_seconds() // 60)),
        ),
    )


async def preview(ctx: Context, host: Community, code: OneTimeCode) -> Reply:
    """What would come, and whose rules would hold."""
    t, store = ctx.t, ctx.store
    guest = await store.joining.size(ctx.community.id, beside=host.id)
    lines: list[Text] = [
        Bold(t("{guest} becomes part of {host}?", guest=ctx.community.name, host=host.name)),
        *_coming(ctx, guest),
        t(
            "Language, time zone and rules are those of {host} from then on."
            " What is set for single groups and channels stays as it is.",
            host=host.name,
        ),
        *await _differing(ctx, host),
    ]
    if guest.granted:
        lines.append(
            t.n(
                "{n} role that was given with /grant holds in all of {host}.",
                "{n} roles that were given with /grant hold in all of {host}.",
                guest.granted,
                host=host.name,
            )
        )
    lines += [
        t("Admins of either side can then change the whole community."),
        t("/disconnect gives each side back what is its own."),
    ]
    owner = ctx.account.id if ctx.account else None
    return Reply(
        *lines,
        buttons=[
            Button(t("Connect"), "connect_now", (str(code.id),), owner=owner),
            Button(t("Cancel"), "connect_not", (), owner=owner),
        ],
    )


def _coming(ctx: Context, guest: Size) -> list[Text]:
    t = ctx.t
    lines: list[Text] = [
        t.n("{n} member comes along.", "{n} members come along.", guest.members),
        t.n("{n} point comes along.", "{n} points come along.", guest.points),
    ]
    if guest.shared:
        lines.append(
            t.n(
                "{n} of them is in both; the points are added up.",
                "{n} of them are in both; their points are added up.",
                guest.shared,
            )
        )
    if len(guest.spaces) > 1:
        names = t.c("list", ", ").join(guest.spaces[:NAMED])
        lines.append(
            t.n(
                "All of its {n} group or server comes along: {names}",
                "All of its {n} groups and servers come along: {names}",
                len(guest.spaces),
                names=names,
            )
        )
    return lines


async def _differing(ctx: Context, host: Community) -> list[Text]:
    """Settings of the whole community that would be others than now."""
    if ctx.community.set_up_at is None:
        return []
    sides = [
        (replace(ctx, community=each), await ctx.store.settings.of(each.id)) for each in (ctx.community, host)
    ]
    changed: list[Text] = []
    for setting in all_settings(ctx.features).values():
        now, then = [
            said(ctx.t, setting, present_value(side, setting, rows, Scope())) for side, rows in sides
        ]
        if now != then:
            changed.append((Code(setting.key), ctx.t(": {new} instead of {old}", new=then, old=now)))
    more = len(changed) - NAMED
    if more > 0:
        changed = [
            *changed[:NAMED],
            ctx.t.n("And {n} setting more differs.", "And {n} settings more differ.", more),
        ]
    return changed


@feature.press("connect_now", needs=ADMIN, before_setup=True)
async def connect_now(ctx: Context, pressed: Pressed, number: int) -> list[Action]:
    """Carry out what was shown, once."""
    assert ctx.account is not None
    code = await ctx.store.codes.proven(number, ctx.account.id, now=ctx.now)
    host = await ctx.store.communities.get(code.community_id) if code else None
    if code is None or host is None or host.id == ctx.community.id:
        raise UserError(
            ctx.t("This code has run out or was used. Ask for a new one: {again}", again="/connect")
        )
    await ctx.store.codes.use(code.id, ctx.account.id, now=ctx.now)
    guest = ctx.community
    made = await ctx.store.joining.connect(host.id, guest.id, by=ctx.account.id, now=ctx.now)
    await settle(ctx, host)
    action = await ctx.store.audit.add(
        host.id, ctx.account.id, "connect", guest.name, None, {"connection": made.id}, ctx.now
    )
    reply = Reply(
        ctx.t("Done: {guest} is part of {host} now.", guest=guest.name, host=host.name),
        ctx.t("To part them again, whenever you like: {command}", command="/disconnect"),
        buttons=[Button(ctx.t("Undo"), "undo", (f"A{action}",))],
        edit=True,
    )
    return [reply, *await _tell(ctx, host, guest, code)]


@feature.press("connect_not", before_setup=True)
async def connect_not(ctx: Context, pressed: Pressed) -> Reply:
    return Reply(ctx.t("Nothing was changed."), edit=True)


async def _tell(ctx: Context, host: Community, guest: Community, code: OneTimeCode) -> list[Action]:
    """The admin who had asked for the code."""
    maker = await ctx.store.people.account_by_id(code.account_id) if code.account_id else None
    if maker is None or (ctx.account is not None and maker.id == ctx.account.id):
        return []
    member = await ctx.store.people.member(host.id, maker.id)
    t = ctx.texts((member.language if member else None) or host.language)
    reply = Reply(
        t("{guest} is part of {host} now, by the code that you asked for.", guest=guest.name, host=host.name),
        t("To part them again, whenever you like: {command}", command="/disconnect"),
    )
    key = f"connect:{code.id}"
    return [
        DirectMessage(key=key, platform=maker.platform, account=maker.external_id, reply=reply, priority=2)
    ]


@feature.command(
    "disconnect",
    needs=ADMIN,
    help=N_("Part what was connected; each side keeps what is its own"),
)
async def disconnect(ctx: Context, command: Command) -> Reply:
    joining = ctx.store.joining
    own = await joining.connection_of(ctx.space.id) if ctx.space else None
    found = [own] if own else await joining.guests(ctx.community.id)
    if not found:
        raise UserError(
            ctx.t("Nothing is connected here. To connect a group or server: {command}", command="/connect")
        )
    if len(found) > 1:
        return Reply(
            ctx.t("Which one shall leave {community}?", community=ctx.community.name),
            buttons=[
                [Button((await _guest(ctx, each)).name[:60], "disconnect", (str(each.id),))] for each in found
            ],
        )
    return await _sure(ctx, found[0])


@feature.press("disconnect", needs=ADMIN)
async def chosen(ctx: Context, pressed: Pressed, number: int) -> Reply:
    reply = await _sure(ctx, await _connection(ctx, number))
    reply.edit = True
    return reply


async def _sure(ctx: Context, found: Connection) -> Reply:
    guest = await _guest(ctx, found)
    return Reply(
        Bold(ctx.t("{guest} leaves {host}?", guest=guest.name, host=ctx.community.name)),
        ctx.t(
            "It takes along its groups and channels, what was earned there, before and since, and its own"
            " rules and roles. Nothing is lost; points of those who are in both are counted apart again."
        ),
        buttons=[
            Button(ctx.t("Part them"), "disconnect_now", (str(found.id),)),
            Button(ctx.t("Cancel"), "connect_not"),
        ],
    )


@feature.press("disconnect_now", needs=ADMIN)
async def disconnect_now(ctx: Context, pressed: Pressed, number: int) -> Reply:
    reply = await _part(ctx, await _connection(ctx, number))
    reply.edit = True
    return reply


@feature.undo("connect")
async def connect_back(ctx: Context, row: AuditRow) -> Reply:
    return await _part(ctx, await _connection(ctx, int(row.after["connection"])))


async def _part(ctx: Context, found: Connection) -> Reply:
    host = await ctx.store.communities.get(found.host_id)
    assert host is not None
    await ctx.store.joining.disconnect(found.id, now=ctx.now)
    guest = await _guest(ctx, found)
    for each in (host, guest):
        await settle(ctx, each)
    account = ctx.account.id if ctx.account else None
    for here, there in ((host, guest), (guest, host)):
        await ctx.store.audit.add(here.id, account, "disconnect", there.name, None, {}, ctx.now)
    lines = [ctx.t("Done: {guest} and {host} are two communities again.", guest=guest.name, host=host.name)]
    if guest.set_up_at is None:
        lines.append(
            ctx.t("{guest} was never set up by itself: /setup there, or I stay silent.", guest=guest.name)
        )
    return Reply(*lines)


async def _connection(ctx: Context, number: int) -> Connection:
    """A connection of this community. Raises UserError where it is there no more."""
    found = await ctx.store.joining.connection_in(ctx.community.id, number)
    if found is None:
        raise UserError(ctx.t("They are parted already."))
    return found


async def _guest(ctx: Context, found: Connection) -> Community:
    guest = await ctx.store.communities.get(found.guest_id)
    assert guest is not None
    return guest
