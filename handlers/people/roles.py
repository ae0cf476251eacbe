"""Roles of people: who may do what here, read from the platform or granted by an admin."""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Annotated, Any

from pydantic import Field

from handlers.base import (
    ADMIN,
    ADMIN_ROLE,
    ANYONE,
    EXPERT,
    HELPER,
    MUTED,
    N_,
    NEWCOMER,
    OWNER,
    OWNER_ROLE,
    TEACHER,
    Bold,
    Button,
    Command,
    Context,
    Feature,
    FeatureSettings,
    Help,
    NotAllowed,
    Parsed,
    Reply,
    Role,
    Someone,
    Text,
    Texts,
    UserError,
)
from handlers.base.roles import GRANTED
from handlers.words.commands import spelled
from handlers.words.dates import moment_in_words
from handlers.words.durations import read_duration
from handlers.words.members import member_target, member_targeted, name_targeted
from handlers.words.names import shown
from handlers.words.roles import ROLES, read_role, role_in_words
from storage.values import AuditRow, Grant, Member

LONGEST = timedelta(days=3_650)
MOST = 40
"""So many people /roles names."""
_NAME = re.compile(r"\w+")


class Settings(FeatureSettings):
    """Who counts as what."""

    newcomer_days: int = Field(
        default=7, ge=0, le=365, description=N_("For how many days somebody is a newcomer.")
    )
    expert_roles: str = Field(
        default="", max_length=500, description=N_("Roles on Discord whose holders are experts, by number.")
    )
    teacher_roles: str = Field(
        default="", max_length=500, description=N_("Roles on Discord whose holders are teachers, by number.")
    )
    helper_roles: str = Field(
        default="", max_length=500, description=N_("Roles on Discord whose holders are helpers, by number.")
    )

    @property
    def named(self) -> dict[str, Role]:
        """Platform role -> what its holders are here; where two name one, the first counts."""
        chosen = {EXPERT: self.expert_roles, TEACHER: self.teacher_roles, HELPER: self.helper_roles}
        found: dict[str, Role] = {}
        for role, names in chosen.items():
            for name in _NAME.findall(names):
                found.setdefault(name, role)
        return found


feature = Feature("roles", Settings)


def read_granted(word: str, t: Texts) -> Role:
    """A role that can be granted. Raises UserError."""
    role = read_role(word, t)
    if role is OWNER:
        raise UserError(t("The owner is whoever owns the group or server: the platform says who."))
    if role is NEWCOMER:
        raise UserError(t("Everybody is a newcomer at first. Make somebody a member, and it is over."))
    return role


def read_length(word: str, t: Texts) -> timedelta:
    """For how long; none is for good. Raises UserError."""
    length = read_duration(word, t)
    if length > LONGEST:
        raise UserError(t("That is too long. Leave it out, and it is for good."))
    return length


Granted = Annotated[
    Role,
    Parsed(read_granted, choices=tuple((role.value, ROLES[role]) for role in GRANTED)),
    Help(N_("What they are to be: admin, expert, teacher, helper, member or muted")),
]
Length = Annotated[timedelta, Parsed(read_length), Help(N_("For how long, such as 2d; without it for good"))]


@feature.command(
    "grant",
    needs=ADMIN,
    help=N_("Give somebody a role, for good or for a while"),
    examples=("grant @bob expert", "grant @bob muted 2d"),
)
async def grant(
    ctx: Context, command: Command, member: Someone, role: Granted, time: Length | None = None
) -> Reply:
    found = await ctx.find(member)
    await refuse(ctx, found, role)
    if role is MUTED and await runs_it(ctx, found):
        name = _name(ctx, found)
        raise UserError(
            ctx.t("{name} is an admin, and admins cannot be muted. Take that back first.", name=name)
        )
    accounts = await ctx.store.people.accounts_of(found.id)
    account = await ctx.store.people.account_in(found.id, command.place.platform) or accounts[0]
    if account.is_bot:
        raise UserError(ctx.t("{name} is a bot, and bots have no roles here.", name=_name(ctx, found)))
    before = [each for each in await ctx.store.grants.of(found.id, ctx.now) if each.role == role]
    until = ctx.now + time if time else None
    if before and until is None and before[0].until is None:
        raise UserError(_already(ctx, found, role))

    given = await ctx.store.grants.give(
        ctx.community.id, found.id, account.id, role, by=_own(ctx), now=ctx.now, until=until
    )
    await settle(ctx)
    number = await _log(ctx, "grant", given, ended=before)
    lines: list[Text] = [_now(ctx, found, role)]
    if until is not None:
        lines.append(ctx.t("It ends by itself on {when}.", when=_when(ctx, until)))
    if role is ADMIN and any(
        each.platform == "discord" for each in await ctx.store.communities.spaces(ctx.community.id)
    ):
        lines.append(
            ctx.t(
                "Discord shows admin commands to those who may manage the server."
                " To show them to {name}, too: Server settings → Integrations.",
                name=_name(ctx, found),
            )
        )
    return Reply(*lines, buttons=[Button(ctx.t("Undo"), "undo", (f"A{number}",))])


@feature.command(
    "revoke", needs=ADMIN, help=N_("Take a role from somebody"), examples=("revoke @bob expert",)
)
async def revoke(ctx: Context, command: Command, member: Someone, role: Granted) -> Reply:
    found = await ctx.find(member)
    if found != ctx.member:
        await refuse(ctx, found, role)
    ended = await ctx.store.grants.end(found.id, role, ctx.now)
    if not ended:
        name = _name(ctx, found)
        if role is ADMIN and await runs_it(ctx, found):
            raise UserError(
                ctx.t("{name} is an admin by the platform's word, not by mine. Change it there.", name=name)
            )
        raise UserError(ctx.t("I gave {name} no such role.", name=name))
    await settle(ctx)
    number = await _log(ctx, "revoke", ended[-1], ended=ended)
    return Reply(_no_more(ctx, found, role), buttons=[Button(ctx.t("Undo"), "undo", (f"A{number}",))])


@feature.command(
    "roles",
    needs=ANYONE,
    asks_role=True,
    help=N_("Who holds which role, and from where"),
    examples=("roles", "roles @bob"),
)
async def roles(ctx: Context, command: Command, member: Someone | None = None) -> Reply:
    if member is None and ctx.may(ADMIN):
        return await everybody(ctx)
    found = await ctx.find(member) if member else ctx.myself
    if found == ctx.member:
        return Reply(Bold(ctx.t("What you are here")), *await _held(ctx, found, ctx.roles))
    if not ctx.may(ADMIN):
        raise NotAllowed(ctx.t("What others are is for admins to see. Your own: {command}", command="/roles"))
    return Reply(Bold(_name(ctx, found)), *await _held(ctx, found, await told(ctx, found)))


async def everybody(ctx: Context) -> Reply:
    """Who holds more, or less, than a member: by role, from the platforms or granted."""
    t, by_role = ctx.t, dict[Role, list[Text]]()
    for member, names in await ctx.store.grants.told_members(ctx.community.id, (OWNER_ROLE, ADMIN_ROLE)):
        role = OWNER if OWNER_ROLE in names else ADMIN
        by_role.setdefault(role, []).append(
            t("{name}, by the platform", name=shown(t, member.name, member.id))
        )
    for each in await ctx.store.grants.all(ctx.community.id, ctx.now):
        holder = await ctx.store.people.member_by_id(each.member_id)
        assert holder is not None
        by_role.setdefault(Role(each.role), []).append(await _granted(ctx, each, holder))
    lines: list[Text] = []
    for role in (OWNER, *GRANTED):
        if role in by_role:
            lines += [Bold(t(ROLES[role])), *by_role[role]]
    if len(lines) > MOST:
        lines = [*lines[:MOST], t("There are more than I can show here.")]
    return Reply(
        *(lines or [t("Nobody holds a role that I know of.")]),
        t("To give one: {example}", example=spelled(ctx, "grant @bob expert")),
    )


@feature.undo("grant")
async def grant_back(ctx: Context, row: AuditRow) -> Reply:
    member, role = await _of(ctx, row)
    await refuse(ctx, member, role)
    if not await ctx.store.grants.end(member.id, role, ctx.now):
        raise UserError(ctx.t("I gave {name} no such role.", name=_name(ctx, member)))
    ended = await _given_back(ctx, row)
    await settle(ctx)
    return Reply(_now(ctx, member, role) if ended else _no_more(ctx, member, role))


@feature.undo("revoke")
async def revoke_back(ctx: Context, row: AuditRow) -> Reply:
    member, role = await _of(ctx, row)
    await refuse(ctx, member, role)
    if role is MUTED and await runs_it(ctx, member):
        raise UserError(ctx.t("{name} is an admin by now.", name=_name(ctx, member)))
    if not await _given_back(ctx, row):
        raise UserError(ctx.t("It would have ended by now."))
    await settle(ctx)
    return Reply(_now(ctx, member, role))


@feature.tell("grant")
async def tell_grant(ctx: Context, row: AuditRow, who: str) -> str:
    until, name = row.after["until"], await name_targeted(ctx, row.target)
    said = {"who": who, "name": name, "role": role_in_words(ctx.t, row.after["role"])}
    if until is None:
        return ctx.t("{who} gave {name} the role “{role}”.", **said)
    when = _when(ctx, datetime.fromisoformat(until))
    return ctx.t("{who} gave {name} the role “{role}” until {when}.", **said, when=when)


@feature.tell("revoke")
async def tell_revoke(ctx: Context, row: AuditRow, who: str) -> str:
    name = await name_targeted(ctx, row.target)
    said = {"who": who, "name": name, "role": role_in_words(ctx.t, row.after["role"])}
    return ctx.t("{who} took the role “{role}” from {name}.", **said)


async def refuse(ctx: Context, member: Member, role: Role) -> None:
    """Raises NotAllowed where somebody would give or take more than they hold themselves.

    A granted admin is one in every space of the community, and on every account: an admin of one group could
    otherwise hand out more than that group gave them.
    """
    if role is ADMIN and not ctx.may(OWNER):
        raise NotAllowed(
            ctx.t("Only the owner makes and unmakes admins: they are admins in every group and server here.")
        )
    if role is MUTED and member == ctx.member:
        raise UserError(ctx.t("You cannot change that for yourself."))


async def runs_it(ctx: Context, member: Member) -> bool:
    """Whether a member is an admin or the owner, as far as is known."""
    held = await told(ctx, member)
    return ADMIN in held or OWNER in held


async def told(ctx: Context, member: Member) -> frozenset[Role]:
    """What a member is by what was granted, and by what the platforms told last."""
    names = set[str]()
    for account in await ctx.store.people.accounts_of(member.id):
        names |= await ctx.store.grants.told(ctx.community.id, account.id)
    return frozenset(
        {Role(grant.role) for grant in await ctx.store.grants.of(member.id, ctx.now)}
        | ({OWNER} if OWNER_ROLE in names else set())
        | ({ADMIN} if ADMIN_ROLE in names else set())
    )


async def settle(ctx: Context) -> None:
    """Features bring what they keep into line with who is what now (boards: who is staff)."""
    for each in ctx.features:
        for hook in each.hooks:
            await hook(ctx, ctx.settings_of(each.settings))


async def _held(ctx: Context, member: Member, held: frozenset[Role]) -> Sequence[Text]:
    """A line a role: what it is, and where it comes from."""
    granted = await ctx.store.grants.of(member.id, ctx.now)
    lines: list[Text] = [await _granted(ctx, each, None) for each in granted]
    given = {each.role for each in granted}
    lines += [
        ctx.t("{name}, by the platform", name=role_in_words(ctx.t, role))
        for role in (OWNER, ADMIN, EXPERT, TEACHER, HELPER, MUTED)
        if role in held and role not in given
    ]
    return lines or [role_in_words(ctx.t, NEWCOMER if NEWCOMER in held else Role.MEMBER)]


async def _granted(ctx: Context, each: Grant, holder: Member | None) -> str:
    """Who holds it (or which role it is), by whom, since when, until when."""
    t = ctx.t
    what = shown(t, holder.name, holder.id) if holder else role_in_words(t, each.role)
    by = await ctx.store.people.account_by_id(each.granted_by) if each.granted_by else None
    said: dict[str, Any] = {
        "what": what,
        "who": shown(t, by.name, by.id) if by else t("an anonymous admin"),
        "since": _when(ctx, each.at),
    }
    if each.until is None:
        return t("{what}, given by {who} on {since}", **said)
    return t("{what}, given by {who} on {since}, until {until}", **said, until=_when(ctx, each.until))


async def _of(ctx: Context, row: AuditRow) -> tuple[Member, Role]:
    member = await member_targeted(ctx, row.target)
    return member, Role(row.after["role"])


async def _given_back(ctx: Context, row: AuditRow) -> list[Grant]:
    """What ended by the action is given anew, as far as it would hold today."""
    given = []
    for number, lasted in row.after["ended"].items():
        ended = await ctx.store.grants.get(ctx.community.id, int(number))
        until = datetime.fromisoformat(lasted) if lasted else None
        if ended is not None and (until is None or until > ctx.now):
            given.append(await ctx.store.grants.give_back(ended, until, ctx.now))
    return given


async def _log(ctx: Context, action: str, what: Grant, *, ended: Sequence[Grant]) -> int:
    after = {
        "role": what.role,
        "until": what.until.isoformat() if what.until else None,
        "ended": {str(each.id): each.until.isoformat() if each.until else None for each in ended},
    }
    return await ctx.store.audit.add(
        ctx.community.id, _own(ctx), action, member_target(what.member_id), None, after, ctx.now
    )


def _now(ctx: Context, member: Member, role: Role) -> str:
    name = _name(ctx, member)
    if role is MUTED:
        return ctx.t("{name} is muted now: they earn nothing, and I take no commands from them.", name=name)
    return ctx.t("{name} now has the role “{role}”.", name=name, role=role_in_words(ctx.t, role))


def _no_more(ctx: Context, member: Member, role: Role) -> str:
    name = _name(ctx, member)
    if role is MUTED:
        return ctx.t("{name} is muted no longer.", name=name)
    return ctx.t("{name} no longer has the role “{role}”.", name=name, role=role_in_words(ctx.t, role))


def _already(ctx: Context, member: Member, role: Role) -> str:
    name = _name(ctx, member)
    if role is MUTED:
        return ctx.t("{name} is muted already.", name=name)
    return ctx.t("{name} has the role “{role}” already.", name=name, role=role_in_words(ctx.t, role))


def _name(ctx: Context, member: Member) -> str:
    return shown(ctx.t, member.name, member.id)


def _when(ctx: Context, at: datetime) -> str:
    return moment_in_words(ctx.t, at, ctx.community.calendar)


def _own(ctx: Context) -> int | None:
    return ctx.account.id if ctx.account else None
