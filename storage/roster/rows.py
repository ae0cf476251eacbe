"""Rows: what the roster knows of a person who was sold something, and the code by which they claim it."""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import Enum
from hashlib import sha256
from typing import Any, Final, Literal

from storage.codes import SIGNS
from storage.tables import purchases, roster

State = Literal["active", "refunded", "expired"]
STATES: Final[tuple[State, ...]] = ("active", "refunded", "expired")
How = Literal["link", "code", "match", "import"]
"""By what a row was claimed: its own join link, its code, an admin's word, the account's id in the file."""

SECRET = 8
"""Signs of a code that nobody can know; the row's number follows them."""
NUMBER = 3
"""Signs of the number at least, so that no code of another kind looks like one."""


@dataclass(frozen=True, slots=True)
class Purchase:
    """One course that was bought; "" stands for the membership itself. Dates are the community's days."""

    course: str
    state: State | None = None
    """None: the file does not tell, and what is known stays."""
    bought_on: date | None = None
    paid_until: date | None = None
    """The last day that is paid."""

    @property
    def key(self) -> str:
        """By which two are the same."""
        return " ".join(self.course.casefold().split())

    def after(self, known: "Purchase") -> "Purchase":
        """What is true when this is told of a purchase that is known: of two, the one bought later."""
        if self.bought_on is not None and known.bought_on is not None and self.bought_on < known.bought_on:
            return known
        return Purchase(
            known.course,
            self.state or known.state,
            self.bought_on or known.bought_on,
            self.paid_until or known.paid_until,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class NewRow:
    """A person as a file tells them: by e-mail, by the seller's own number, or by an account."""

    email: str | None = None
    customer: str | None = None
    name: str = ""
    platform: str | None = None
    external_id: str | None = None
    handle: str | None = None
    purchases: tuple[Purchase, ...] = ()


@dataclass(frozen=True, slots=True)
class RosterRow:
    """A row of the roster. It is pending until it has an account."""

    id: int
    community_id: int
    email: str | None
    customer: str | None
    name: str
    platform: str | None
    external_id: str | None
    handle: str | None
    turn: int
    link: str | None
    space_id: int | None
    """Whose link it is."""
    imported_at: datetime
    account_id: int | None
    claimed_at: datetime | None
    claimed_how: How | None

    def telling(self, new: NewRow) -> "RosterRow":
        """The same with what a file tells besides. An e-mail stays as it was written first."""
        return replace(
            self,
            email=self.email or new.email,
            customer=self.customer or new.customer,
            name=new.name or self.name,
            platform=new.platform or self.platform if new.external_id or new.handle else self.platform,
            external_id=new.external_id or self.external_id,
            handle=folded_handle(new.handle) or self.handle,
        )


class Claim(Enum):
    """What came of claiming a row."""

    DONE = "done"
    OWN = "own"
    """It was this person's already."""
    TAKEN = "taken"
    """It is somebody else's."""
    REFUSED = "refused"
    """An admin said that it is not theirs."""
    UNKNOWN = "unknown"
    """There is no such row here."""


def folded_email(email: str | None) -> str | None:
    """By which two e-mails are the same."""
    return email.strip().casefold() or None if email else None


def folded_handle(handle: str | None) -> str | None:
    """A handle as it is compared: platforms do not tell large from small letters."""
    return handle.strip().removeprefix("@").casefold() or None if handle else None


def code_of(key: bytes, row_id: int, turn: int) -> str:
    """A row's code, as one person is told it. It is not kept: it follows from a key outside the database."""
    signs = _secret(key, row_id, turn) + _in_signs(row_id)
    return "-".join(signs[at : at + 4] for at in range(0, len(signs), 4))


def row_of_code(text: str) -> int | None:
    """The row that a code is for, to be proven by `code_of`; None where it is no code of a row."""
    signs = _plain(text)
    if not SECRET + NUMBER <= len(signs) <= SECRET + 12 or any(sign not in SIGNS for sign in signs):
        return None
    number = 0
    for sign in signs[SECRET:]:
        number = number * len(SIGNS) + SIGNS.index(sign)
    return number


def is_code(text: str, key: bytes, row_id: int, turn: int) -> bool:
    """Whether it is the row's code. Takes as long for a wrong one as for the right one."""
    return hmac.compare_digest(_plain(text).encode(), _plain(code_of(key, row_id, turn)).encode())


def _plain(text: str) -> str:
    """Small letters, spaces and the like do not matter."""
    return "".join(sign for sign in text[:80].upper() if sign.isascii() and sign.isalnum())


def _secret(key: bytes, row_id: int, turn: int) -> str:
    digest = hmac.new(key, f"claim:{row_id}:{turn}".encode(), sha256).digest()
    number = int.from_bytes(digest[:16])
    return "".join(SIGNS[number // len(SIGNS) ** place % len(SIGNS)] for place in range(SECRET))


def _in_signs(number: int) -> str:
    signs = ""
    while number:
        number, rest = divmod(number, len(SIGNS))
        signs = SIGNS[rest] + signs
    return signs.rjust(NUMBER, SIGNS[0])


ROW = (
    roster.c.id,
    roster.c.community_id,
    roster.c.email,
    roster.c.customer,
    roster.c.name,
    roster.c.platform,
    roster.c.external_id,
    roster.c.handle,
    roster.c.turn,
    roster.c.link,
    roster.c.space_id,
    roster.c.imported_at,
    roster.c.account_id,
    roster.c.claimed_at,
    roster.c.claimed_how,
)

PURCHASE = (purchases.c.course, purchases.c.state, purchases.c.bought_on, purchases.c.paid_until)


def row_from(found: Any) -> RosterRow:
    """A row from the columns ROW."""
    return RosterRow(*found[: len(ROW)])


def hints_of(row: RosterRow) -> Mapping[str, Any]:
    """What of a row a file may tell anew."""
    return {
        "email": row.email,
        "email_key": folded_email(row.email),
        "customer": row.customer,
        "name": row.name,
        "platform": row.platform,
        "external_id": row.external_id,
        "handle": row.handle,
    }
