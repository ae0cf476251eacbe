"""Codes: one-time codes that prove a thing on another platform: who one is, or what one runs."""

import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from hashlib import sha256
from typing import Any, Final

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.insert import insert_into, insert_new
from storage.tables import code_tries, codes

LINK: Final = "link"
CONNECT: Final = "connect"
CLAIM: Final = "claim"

LASTS = timedelta(minutes=10)
TRIES = 5
"""Wrong secrets after which a code is dead, and wrong codes after which an account has to wait."""
PAUSE = timedelta(minutes=10)
"""How long an account has to wait then."""

SIGNS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
"""What a code is written in: nothing that is mistaken for something else."""
LABEL, SECRET = 4, 6


class Refused(Enum):
    """Why a code does nothing."""

    UNKNOWN = "unknown"
    """There is no such code, or it was mistyped."""
    EXPIRED = "expired"
    USED = "used"
    OTHER_KIND = "other kind"
    """It is for something else."""
    DEAD = "dead"
    """It was tried wrongly too often."""
    WAIT = "wait"
    """The account tried too many wrong ones."""


@dataclass(frozen=True, slots=True)
class Code:
    """What a code stands for."""

    id: int
    kind: str
    community_id: int
    account_id: int | None
    """Who asked for it."""
    subject: str
    """What it is about, in words of its kind: a space, a row of the roster."""
    expires_at: datetime


class CodeRepository:
    """Codes are told once, to whoever asked; what is kept here cannot be turned back into one."""

    __slots__ = ("_key", "connection")

    def __init__(self, connection: AsyncConnection, key: bytes) -> None:
        self.connection = connection
        self._key = key

    async def issue(
        self,
        kind: str,
        community_id: int,
        account_id: int | None,
        subject: str,
        *,
        now: datetime,
        lasts: timedelta = LASTS,
    ) -> str:
        """A new code, to be told to one person. An earlier one of this kind and subject is void."""
        await self.connection.execute(
            delete(codes).where(codes.c.kind == kind, codes.c.subject == subject, codes.c.used_at.is_(None))
        )
        while True:
            label, secret = (
                "".join(secrets.choice(SIGNS) for _ in range(length)) for length in (LABEL, SECRET)
            )
            row = {
                "kind": kind,
                "community_id": community_id,
                "account_id": account_id,
                "subject": subject,
                "label": label,
                "digest": self._digest(label, secret),
                "tries": 0,
                "made_at": now,
                "expires_at": now + lasts,
            }
            if await insert_new(self.connection, codes, [row], returning=[codes.c.id]):
                return f"{label}-{secret}"

    async def redeem(self, kind: str, text: str, account_id: int, *, now: datetime) -> Code | Refused:
        """Use a code up. Counts what is wrong, so return what you say then: an error would take it back."""
        found = await self.prove(kind, text, account_id, now=now)
        if isinstance(found, Code) and not await self.use(found.id, account_id, now=now):
            return Refused.USED
        return found

    async def prove(self, kind: str, text: str, account_id: int, *, now: datetime) -> Code | Refused:
        """Show that one has a code, which `use` uses up later: from then on it is of use to nobody else.

        Counts what is wrong, as `redeem` does.
        """
        if await self._waits(account_id, now):
            return Refused.WAIT
        label, secret = parts(text)
        row = (await self.connection.execute(select(codes).where(codes.c.label == label))).first()
        # Whether there is such a label or not, the same work is done.
        digest = self._digest(label, secret)
        same = hmac.compare_digest(digest, row.digest if row is not None else "0" * len(digest))
        if row is None or not same:
            await self._count(account_id, None if row is None else row.id, now)
            return Refused.UNKNOWN
        if refused := _refusal(row, kind, now):
            return refused
        if row.proven_by not in (None, account_id):  # it may have been typed where others read it
            return Refused.USED
        await self.connection.execute(update(codes).where(codes.c.id == row.id).values(proven_by=account_id))
        return _code(row)

    async def use(self, id: int, account_id: int, *, now: datetime) -> bool:
        """Use up what this account proved to have; False where that is not so, too late, or done before."""
        used = await self.connection.execute(
            update(codes)
            .where(
                codes.c.id == id,
                codes.c.proven_by == account_id,
                codes.c.used_at.is_(None),
                codes.c.expires_at > now,
            )
            .values(used_at=now)
        )
        return used.rowcount == 1

    async def proven(self, id: int, account_id: int, *, now: datetime) -> Code | None:
        """What this account proved to have and has not used yet."""
        row = (
            await self.connection.execute(
                select(codes).where(
                    codes.c.id == id,
                    codes.c.proven_by == account_id,
                    codes.c.used_at.is_(None),
                    codes.c.expires_at > now,
                )
            )
        ).first()
        return None if row is None else _code(row)

    async def waits(self, account_id: int, *, now: datetime) -> bool:
        """Whether an account typed too many wrong codes lately, of whatever kind."""
        return await self._waits(account_id, now)

    async def count_wrong(self, account_id: int, *, now: datetime) -> None:
        """An account typed a wrong code of a kind that is not kept here."""
        await self._count(account_id, None, now)

    async def sweep(self, now: datetime) -> int:
        """Forget codes that ran out an hour ago, and old wrong tries; says how many codes."""
        # For an hour longer one is told that it ran out, not that there is no such code.
        swept = await self.connection.execute(
            delete(codes).where(codes.c.expires_at < now - timedelta(hours=1))
        )
        await self.connection.execute(delete(code_tries).where(code_tries.c.since < now - PAUSE))
        return swept.rowcount

    def _digest(self, label: str, secret: str) -> str:
        return hmac.new(self._key, f"code:{label}:{secret}".encode(), sha256).hexdigest()

    async def _waits(self, account_id: int, now: datetime) -> bool:
        found = await self.connection.execute(
            select(code_tries.c.tries).where(
                code_tries.c.account_id == account_id, code_tries.c.since > now - PAUSE
            )
        )
        return (found.scalar_one_or_none() or 0) >= TRIES

    async def _count(self, account_id: int, code_id: int | None, now: datetime) -> None:
        await self.connection.execute(
            delete(code_tries).where(code_tries.c.account_id == account_id, code_tries.c.since <= now - PAUSE)
        )
        await self.connection.execute(
            insert_into(self.connection, code_tries)
            .values(account_id=account_id, since=now, tries=1)
            .on_conflict_do_update(
                index_elements=[code_tries.c.account_id], set_={"tries": code_tries.c.tries + 1}
            )
        )
        if code_id is not None:
            await self.connection.execute(
                update(codes).where(codes.c.id == code_id).values(tries=codes.c.tries + 1)
            )


def parts(text: str) -> tuple[str, str]:
    """Label and secret of what somebody typed: small letters, spaces and the like do not matter."""
    signs = "".join(sign for sign in text.upper() if sign.isascii() and sign.isalnum())
    return signs[:LABEL], signs[LABEL : LABEL + SECRET + 1]


def _refusal(row: Any, kind: str, now: datetime) -> Refused | None:
    if row.tries >= TRIES:
        return Refused.DEAD
    if row.used_at is not None:
        return Refused.USED
    if row.expires_at <= now:
        return Refused.EXPIRED
    return None if row.kind == kind else Refused.OTHER_KIND


def _code(row: Any) -> Code:
    return Code(row.id, row.kind, row.community_id, row.account_id, row.subject, row.expires_at)
