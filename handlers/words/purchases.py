"""Purchases in words, and no more of an e-mail than is needed."""

from collections.abc import Iterable
from datetime import date

from handlers.base import Texts
from handlers.base.names import clean_name
from handlers.words.dates import day_in_words
from storage.roster import Purchase, RosterRow


def masked(email: str) -> str:
    """ "a•••@example.com": whoever knows it recognises it."""
    local, at, domain = email.strip().rpartition("@")
    return f"{local[:1]}•••{at}{domain}"[:80]


def buyer(t: Texts, row: RosterRow) -> str:
    """A row of the roster as admins see it: "Ann Li (a•••@example.com)"."""
    name, known = clean_name(row.name), masked(row.email) if row.email else clean_name(row.customer or "")
    if name and known:
        return t("{name} ({known})", name=name, known=known)
    handle = f"@{row.handle}" if row.handle else clean_name(row.external_id or "")
    return name or known or handle or t("row {number}", number=row.id)


def purchase_in_words(t: Texts, purchase: Purchase, today: date) -> str:
    """ "SQL from zero, paid until Mon 1 Mar 2027"."""
    course = clean_name(purchase.course) or t("Membership")
    if purchase.state == "refunded":
        return t("{course} (refunded)", course=course)
    if purchase.state == "expired":
        return t("{course} (ended)", course=course)
    if purchase.paid_until is None:
        return course
    day = day_in_words(t, purchase.paid_until, today)
    if purchase.paid_until < today:
        return t("{course}, was paid until {day}", course=course, day=day)
    return t("{course}, paid until {day}", course=course, day=day)


def purchases_in_words(t: Texts, purchases: Iterable[Purchase], today: date, *, most: int = 8) -> list[str]:
    """A line each; what is too much is counted."""
    lines = [f"• {purchase_in_words(t, each, today)}" for each in purchases]
    if len(lines) <= most:
        return lines
    return [*lines[: most - 1], t.n("… and {n} more", "… and {n} more", len(lines) - most + 1)]
