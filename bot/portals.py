"""Portals: asks a platform, with a token, who we are there and whether its switches are as we need them."""

from dataclasses import dataclass, field

import httpx

from bot.texts import load_texts
from handlers.base import Finding
from handlers.words.findings import both

SECONDS = 15.0
MEMBERS, CONTENT = (1 << 14) | (1 << 15), (1 << 18) | (1 << 19)
"""Flags of a Discord application: the switch, or its form for bots in few servers."""

# View, send, embed, attach, read the history, react, send in threads.
PERMISSIONS = (1 << 10) | (1 << 11) | (1 << 14) | (1 << 15) | (1 << 16) | (1 << 6) | (1 << 38)


class PortalError(Exception):
    """A platform could not be asked, or does not know the token; says so in a sentence."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Who we are on a platform, how to invite us, and what is not as it must be."""

    name: str
    invite: str
    problems: list[Finding] = field(default_factory=list)


def in_english(found: Finding) -> str:
    """A problem and its remedy, as the command line says them."""
    return both(load_texts()("en"), found.kind, found.words)


async def ask_telegram(token: str, base_url: str, proxy: str | None) -> Standing:
    """Ask Telegram. Raises PortalError."""
    status, found = await _get(f"{base_url.rstrip('/')}/bot{token}/getMe", {}, proxy, "Telegram")
    if status in (401, 404):
        raise PortalError("Telegram does not know this token. Ask @BotFather for the right one: /mybots")
    me = found.get("result")
    if status != 200 or not isinstance(me, dict):
        raise PortalError(f"Telegram answered with an error ({status}). Try again in a while.")
    problems = []
    if not me.get("can_read_all_group_messages"):
        problems.append(Finding(kind="telegram_privacy"))
    if me.get("can_join_groups") is False:
        problems.append(Finding(kind="telegram_no_groups"))
    username = str(me.get("username", ""))
    return Standing(f"@{username}", f"https://t.me/{username}?startgroup=hi&admin=delete_messages", problems)


async def ask_discord(token: str, base_url: str, proxy: str | None) -> Standing:
    """Ask Discord. Raises PortalError."""
    api = base_url.rstrip("/")
    api = api if api.rpartition("/")[2].startswith("v") else f"{api}/v10"
    headers = {"Authorization": f"Bot {token}", "User-Agent": "DiscordBot (Homeroom, 0.1)"}
    status, me = await _get(f"{api}/users/@me", headers, proxy, "Discord")
    if status == 401:
        raise PortalError(
            "Discord does not accept this token. discord.com/developers, your application, Bot: Reset Token."
        )
    if status == 200:
        status, application = await _get(f"{api}/oauth2/applications/@me", headers, proxy, "Discord")
    else:
        application = {}
    if status != 200:
        raise PortalError(f"Discord answered with an error ({status}). Try again in a while.")
    told = application.get("flags")
    flags = told if isinstance(told, int) else 0
    switches = (("discord_no_members", MEMBERS), ("discord_no_content", CONTENT))
    problems = [Finding(kind=kind) for kind, wanted in switches if not flags & wanted]
    id = application.get("id", me.get("id"))
    invite = (
        f"https://discord.com/oauth2/authorize?client_id={id}"
        f"&scope=bot+applications.commands&permissions={PERMISSIONS}"
    )
    return Standing(str(me.get("username", "")), invite, problems)


async def _get(
    url: str, headers: dict[str, str], proxy: str | None, platform: str
) -> tuple[int, dict[str, object]]:
    """Status and body. What goes wrong is said without the address, which may hold the token."""
    try:
        async with httpx.AsyncClient(proxy=proxy, timeout=SECONDS, trust_env=proxy is None) as client:
            answer = await client.get(url, headers=headers)
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
        raise PortalError(
            f"{platform} cannot be reached ({type(error).__name__})."
            f" Is there a connection? Where {platform} is blocked, set {platform.lower()}.proxy."
        ) from None
    try:
        body = answer.json()
    except ValueError:
        body = {}
    return answer.status_code, body if isinstance(body, dict) else {}
