"""What day it is for the product.  Everything below views, tasks and commands takes the day as an argument."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.conf import settings

SHANGHAI = ZoneInfo("Asia/Shanghai")


def today() -> date:
    """The civil date in Asia/Shanghai; in demo and test mode CAREHELP_TODAY overrides it."""
    pinned: date | None = settings.CAREHELP_TODAY
    return pinned or datetime.now(SHANGHAI).date()


def now() -> datetime:
    """The moment of writing something down, with time zone; never used to decide what is due."""
    return datetime.now(SHANGHAI)
