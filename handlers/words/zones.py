"""Time zones as people name them."""

from difflib import get_close_matches
from functools import lru_cache
from zoneinfo import available_timezones

from babel.core import get_global

from handlers.base import Texts, UserError

_ALSO = {
    "北京": "Asia/Shanghai", "上海": "Asia/Shanghai", "beijing": "Asia/Shanghai", "香港": "Asia/Hong_Kong",
    "台北": "Asia/Taipei", "新加坡": "Asia/Singapore", "东京": "Asia/Tokyo", "伦敦": "Europe/London",
    "柏林": "Europe/Berlin", "纽约": "America/New_York", "gmt": "UTC",
}  # fmt: skip


@lru_cache(maxsize=1)
def zones() -> dict[str, str]:
    """Folded name -> IANA name of every zone that can be chosen."""
    names = (name for name in available_timezones() if "/" in name or name == "UTC")
    return {name.casefold(): name for name in sorted(names) if not name.startswith(("Etc/", "SystemV/"))}


def common_zones(t: Texts) -> list[str]:
    """The zones that speakers of a language live in, as its catalogue lists them."""
    listed = t.c(
        "time zones that are offered first, commas between",
        "UTC, Europe/London, Europe/Berlin, Europe/Istanbul, Africa/Lagos, Africa/Nairobi, Asia/Dubai,"
        " Asia/Kolkata, Asia/Singapore, Asia/Shanghai, Asia/Tokyo, Australia/Sydney, America/New_York,"
        " America/Chicago, America/Denver, America/Los_Angeles, America/Sao_Paulo",
    )
    return [zone for name in listed.split(",") if (zone := zones().get(name.strip().casefold()))]


_MAIN = {
    "AR": "America/Argentina/Buenos_Aires", "AU": "Australia/Sydney", "BR": "America/Sao_Paulo",
    "CA": "America/Toronto", "CD": "Africa/Kinshasa", "CL": "America/Santiago", "CN": "Asia/Shanghai",
    "CY": "Asia/Nicosia", "DE": "Europe/Berlin", "EC": "America/Guayaquil", "ES": "Europe/Madrid",
    "ID": "Asia/Jakarta", "KZ": "Asia/Almaty", "MN": "Asia/Ulaanbaatar", "MX": "America/Mexico_City",
    "MY": "Asia/Kuala_Lumpur", "NZ": "Pacific/Auckland", "PT": "Europe/Lisbon", "RU": "Europe/Moscow",
    "UA": "Europe/Kiev", "US": "America/New_York", "UZ": "Asia/Tashkent",
}  # fmt: skip
"""Where most people live, in countries of several zones."""


def guess_zone(locale: str, language: str) -> str | None:
    """The likeliest zone of somebody whose platform says "de" or "pt-BR", and who chose a language.

    English without a country is spoken everywhere and says nothing.
    """
    for code in (locale, language):
        parts = code.replace("-", "_").split("_")
        territory = parts[-1].upper() if len(parts) > 1 and len(parts[-1]) == 2 else ""
        if not territory and parts[0].casefold() != "en" and not parts[-1].isdigit():
            likely = get_global("likely_subtags")
            key = "_".join([parts[0].lower(), *(part.title() for part in parts[1:])])
            territory = (likely.get(key) or likely.get(parts[0].lower()) or "").rpartition("_")[2]
        known = get_global("territory_zones").get(territory) or ()
        name = _MAIN.get(territory) or next(iter(known), "")
        if found := zones().get(name.casefold()):
            return found
    return None


@lru_cache(maxsize=1)
def _cities() -> dict[str, str]:
    return {folded.rpartition("/")[2]: name for folded, name in zones().items()}


def read_zone(word: str, t: Texts) -> str:
    """An IANA zone by its name, or by its city alone. Raises UserError with the nearest one."""
    folded = word.strip().replace(" ", "_").casefold()
    found = zones().get(folded) or _ALSO.get(folded) or _cities().get(folded)
    if found:
        return found
    near = get_close_matches(folded, [*zones(), *_cities()], n=1, cutoff=0.7)
    name = (zones().get(near[0]) or _cities()[near[0]]) if near else "Europe/Berlin"
    raise UserError(
        t(
            "I do not know the time zone “{word}”. Name one by its city, such as {zone}.",
            word=word[:40],
            zone=name,
        )
    )


def offer_zones(typed: str, t: Texts) -> list[tuple[str, str]]:
    """At most 25 zones that go on from what was typed; the common ones of the language first."""
    folded = typed.strip().replace(" ", "_").casefold()
    common = common_zones(t)
    ordered = [*common, *(name for name in zones().values() if name not in common)]
    return [(name, name.replace("_", " ")) for name in ordered if folded in name.casefold()][:25]
