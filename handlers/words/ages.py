"""Ages: how long ago something was, as exactly as it matters."""

from datetime import datetime, timedelta

from handlers.base import Texts


def ago(t: Texts, at: datetime, now: datetime) -> str:
    """ "just now", "3 minutes ago", "2 hours ago", "5 days ago"."""
    age = max(now - at, timedelta())
    minutes, hours, days = age // timedelta(minutes=1), age // timedelta(hours=1), age.days
    if days:
        return t.n("{n} day ago", "{n} days ago", days)
    if hours:
        return t.n("{n} hour ago", "{n} hours ago", hours)
    if minutes:
        return t.n("{n} minute ago", "{n} minutes ago", minutes)
    return t("just now")
