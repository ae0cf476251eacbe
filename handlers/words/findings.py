"""Findings: what the bot lacks, in a sentence, and what to press to mend it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from handlers.base import N_, Texts, Words


@dataclass(frozen=True, slots=True)
class Kind:
    """Both sentences of one kind of finding."""

    says: str
    mend: str
    weight: int = 90
    """How much it matters, as a task's; 0: worth knowing, and nothing that anybody must do."""
    place: str = ""
    """The platform it can be found on; nothing: the installation itself."""


TELEGRAM, DISCORD = "telegram", "discord"

KINDS: Mapping[str, Kind] = {
    # The installation.
    "silent": Kind(
        N_("I have no connection to {platform}."),
        N_("It comes back by itself when {platform} can be reached again. If it stays so: homeroom check"),
    ),
    "disk": Kind(
        N_("The disk is nearly full: {free} MB are left."),
        N_("Make room on the server, or nothing can be stored."),
    ),
    "backup": Kind(
        N_("The last backup failed."),
        N_("Look whether the backup folder can be written to and the disk has room, then try again."),
        85,
    ),
    "clock": Kind(
        N_("The server's clock is wrong by {seconds} seconds."),
        N_("On the server, switch on the time synchronisation: timedatectl set-ntp true"),
        60,
    ),
    "judge": Kind(
        N_("I cannot read how good posts are: {reason}"),
        N_(
            "Points are given as if nobody read them. Mend it, then start me again;"
            " or: /set quality.enabled off"
        ),
        50,
    ),
    # Telegram as a whole.
    "telegram_privacy": Kind(
        N_("Privacy mode is on, so I only see commands in groups where I am no admin."),
        N_(
            "In BotFather: /setprivacy, choose me, Disable. Then remove me from the group and add me again;"
            " or make me an admin."
        ),
        place=TELEGRAM,
    ),
    "telegram_no_groups": Kind(
        N_("I cannot be added to groups."),
        N_("In BotFather: /setjoingroups, choose me, Enable."),
        0,
        TELEGRAM,
    ),
    "telegram_kinds": Kind(
        N_("Telegram does not send me everything I need: {kinds} are missing."),
        N_("Another program changed what I receive with this token. Stop it, then start me again."),
        place=TELEGRAM,
    ),
    "telegram_two": Kind(
        N_("Another program reads my messages with the same token."),
        N_(
            "Stop one of the two. If you do not know the other: in BotFather, /revoke, and give me the new"
            " token."
        ),
        place=TELEGRAM,
    ),
    # A group on Telegram.
    "telegram_gone": Kind(
        N_("I am not in “{space}” any more."), N_("Add me to the group again."), place=TELEGRAM
    ),
    "telegram_no_admin": Kind(
        N_("I see no reactions and nobody leaving in “{space}”: I am not an admin there."),
        N_("Group settings → Administrators → Add Admin → me."),
        place=TELEGRAM,
    ),
    "telegram_mute": Kind(
        N_("I may not write in “{space}”."),
        N_("Group settings → Permissions → Exceptions → me: allow messages. Or make me an admin."),
        place=TELEGRAM,
    ),
    "telegram_no_delete": Kind(
        N_("In “{space}” I may not delete messages of others."),
        N_("Only if I should: Group settings → Administrators → me → Delete Messages."),
        0,
        TELEGRAM,
    ),
    "telegram_no_invite": Kind(
        N_("In “{space}” I may not make invite links, so nobody gets a personal one."),
        N_("Only if I should: Group settings → Administrators → me → Invite Users via Link."),
        0,
        TELEGRAM,
    ),
    # Discord as a whole.
    "discord_no_content": Kind(
        N_("I see messages without their text: Message Content Intent is off."),
        N_(
            "discord.com/developers → your application → Bot → Privileged Gateway Intents: switch on Message"
            " Content Intent, save, and start me again."
        ),
        place=DISCORD,
    ),
    "discord_no_members": Kind(
        N_("I do not see who comes and goes: Server Members Intent is off."),
        N_(
            "discord.com/developers → your application → Bot → Privileged Gateway Intents: switch on Server"
            " Members Intent, save, and start me again."
        ),
        place=DISCORD,
    ),
    # A server on Discord.
    "discord_gone": Kind(
        N_("I am not in “{space}” any more."), N_("Invite me to the server again."), place=DISCORD
    ),
    "discord_view": Kind(
        N_("In “{space}” I no longer see channels in which I gave points: {channels}."),
        N_("Edit channel → Permissions → my role: View Channel."),
        place=DISCORD,
    ),
    "discord_hidden": Kind(
        N_("In “{space}” I do not see {channels}, so nothing counts there."),
        N_("Only if I should: Edit channel → Permissions → my role: View Channel."),
        0,
        DISCORD,
    ),
    "discord_mute": Kind(
        N_("I may not write anywhere in “{space}”."),
        N_("Server settings → Roles → my role: View Channels and Send Messages."),
        place=DISCORD,
    ),
    "discord_send": Kind(
        N_("In “{space}” I may not write in {channels}."),
        N_("Only if I should: Edit channel → Permissions → my role: Send Messages."),
        0,
        DISCORD,
    ),
    "discord_embed": Kind(
        N_("In “{space}” I may not embed links in {channels}, so boards come as plain text."),
        N_("Server settings → Roles → my role: Embed Links. Or, in the channel: Edit channel → Permissions."),
        40,
        DISCORD,
    ),
    "discord_files": Kind(
        N_("In “{space}” I may not attach files in {channels}, so no pictures and no exports arrive there."),
        N_(
            "Server settings → Roles → my role: Attach Files. Or, in the channel: Edit channel → Permissions."
        ),
        40,
        DISCORD,
    ),
    "discord_history": Kind(
        N_(
            "In “{space}” I may not read what was said before in {channels}: after a pause, posts are missing"
            " there."
        ),
        N_(
            "Server settings → Roles → my role: Read Message History."
            " Or, in the channel: Edit channel → Permissions."
        ),
        60,
        DISCORD,
    ),
    "discord_react": Kind(
        N_("In “{space}” I may not add reactions in {channels}, so I cannot acknowledge a thanks there."),
        N_(
            "Server settings → Roles → my role: Add Reactions."
            " Or, in the channel: Edit channel → Permissions."
        ),
        40,
        DISCORD,
    ),
    # Any space.
    "unreachable": Kind(
        N_("“{space}” did not take my last message. It said: {reason}"),
        N_("Let me write there again, or tell me to write elsewhere: /settings"),
        80,
    ),
}


NAMED = 5
"""As many channels are named; of the others the number."""


def say(t: Texts, kind: str, words: Words) -> str:
    """What is wrong."""
    return t(KINDS[kind].says, **_filled(t, words))


def mend(t: Texts, kind: str, words: Words) -> str:
    """What to press."""
    return t(KINDS[kind].mend, **_filled(t, words))


def both(t: Texts, kind: str, words: Words) -> str:
    """The one and the other."""
    return t("{problem} {remedy}", problem=say(t, kind, words), remedy=mend(t, kind, words))


def _filled(t: Texts, words: Words) -> dict[str, str]:
    return {name: said if isinstance(said, str) else _listed(t, said) for name, said in words.items()}


def _listed(t: Texts, names: Sequence[str]) -> str:
    first = t.c("list", ", ").join(names[:NAMED])
    more = len(names) - NAMED
    return first if more <= 0 else t.n("{first} and {n} more", "{first} and {n} more", more, first=first)


def matters(kind: str) -> bool:
    """Whether somebody has to do something about it, in the words that this version has."""
    return kind in KINDS and KINDS[kind].weight > 0


def looked_for(platforms: Iterable[str]) -> int:
    """How many things are looked at for spaces on these platforms, one each."""
    of = [kind.place for kind in KINDS.values() if kind.weight]
    return of.count("") + sum(of.count(platform) for platform in platforms)
