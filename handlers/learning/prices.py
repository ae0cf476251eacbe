"""Prices as people, shops and spreadsheets write them: "49 EUR", "¥199", "1.299,00 €", "free"."""

import re
import unicodedata
from decimal import Decimal
from functools import cache
from typing import NamedTuple

from babel.numbers import get_currency_precision, list_currencies

from handlers.base import N_
from handlers.learning.misread import Misread

MOST = 2**31 - 1
FREE = {
    "free", "free of charge", "gratis", "gratuit", "kostenlos", "no charge", "complimentary",
    "免费", "免費", "无", "бесплатно", "無料",
}  # fmt: skip
SIGNS = {
    "r$": "BRL", "a$": "AUD", "au$": "AUD", "c$": "CAD", "ca$": "CAD", "hk$": "HKD", "nt$": "TWD",
    "s$": "SGD", "us$": "USD", "mx$": "MXN", "jp¥": "JPY", "cn¥": "CNY", "$": "USD", "€": "EUR", "£": "GBP",
    "¥": "CNY", "₹": "INR", "₽": "RUB", "₩": "KRW", "₴": "UAH", "₺": "TRY", "฿": "THB", "₫": "VND",
    "₪": "ILS", "₱": "PHP", "zł": "PLN", "元": "CNY", "人民币": "CNY", "rmb": "CNY", "yuan": "CNY",
    "円": "JPY", "euro": "EUR", "euros": "EUR", "dollars": "USD", "руб": "RUB", "руб.": "RUB",
}  # fmt: skip
"""A sign or a word -> the currency it is taken for. The yen's sign is the yuan's too: that is meant here."""
_PARTS = re.compile(
    r"(?P<before>[^\d.,'\-\s]*)\s*(?P<amount>\d[\d.,' ]*)\s*(?P<after>[^\d,'\-\s]*)", re.DOTALL
)
_WHOLE = re.compile(r"\d{1,12}|\d{1,3}(?P<by>[.,' ])(?:\d{2,3}(?P=by))*\d{3}")
_LONGEST = 60


class Price(NamedTuple):
    """An amount in the currency's smallest unit; nothing is nobody's currency."""

    amount: int
    currency: str | None


def price_of(text: str, currency: str = "") -> Price:
    """The price that is meant; `currency` is told beside, where the text names none. Raises Misread."""
    said = " ".join(unicodedata.normalize("NFKC", text).split()).casefold()
    if said in FREE:
        return Price(0, None)
    found = _PARTS.fullmatch(said) if len(said) <= _LONGEST else None
    if found is None:
        raise Misread(N_("the price “{text}” cannot be read; write it like 49 EUR, or free"), text=text[:40])
    named = [each for each in (found["before"], found["after"]) if each]
    codes = {_currency(each, text) for each in named}
    if not codes and currency.strip():
        codes = {_currency(currency.strip().casefold(), currency)}
    if len(codes) > 1:
        raise Misread(N_("the price “{text}” names two currencies"), text=text[:40])
    code = codes.pop() if codes else None
    amount = _amount(found["amount"].strip(), code, text)
    if amount == 0:
        return Price(0, None)
    if code is None:
        raise Misread(N_("the price “{text}” names no currency; write it like 49 EUR"), text=text[:40])
    smallest = amount.scaleb(get_currency_precision(code))
    if smallest != smallest.to_integral_value():
        raise Misread(N_("the price “{text}” has too many digits after the point"), text=text[:40])
    if smallest > MOST:
        raise Misread(N_("the price “{text}” is too high to be true"), text=text[:40])
    return Price(int(smallest), code)


def _currency(word: str, text: str) -> str:
    if word in SIGNS:
        return SIGNS[word]
    code = word.upper()
    if code in _codes():
        return code
    raise Misread(
        N_("the price “{text}” is in no currency that I know; write it like 49 EUR"), text=text[:40]
    )


@cache
def _codes() -> frozenset[str]:
    return frozenset(list_currencies())


def _amount(written: str, code: str | None, text: str) -> Decimal:
    """ "1.299,00", "1,299.00", "1 299", "1'299.50": the last sign is the point where it stands alone."""
    digits = 2 if code is None else get_currency_precision(code)
    last = max(written.rfind("."), written.rfind(","))
    whole, cents = written, ""
    if last >= 0:
        sign, after = written[last], written[last + 1 :]
        alone = written.count(sign) == 1
        # "1.299": three digits after the only sign are thousands, but for currencies that have three.
        if alone and (len(after) != 3 or digits == 3 or written[:last] == "0"):
            whole, cents = written[:last], after
    if not _WHOLE.fullmatch(whole) or (cents and not cents.isdigit()):
        raise Misread(N_("the price “{text}” cannot be read; write it like 49 EUR, or free"), text=text[:40])
    return Decimal(f"{re.sub(r'[^0-9]', '', whole)}.{cents or '0'}")
