"""From where somebody signs in: the address that can be believed, and a few words about the device."""

import ipaddress

from django.conf import settings
from django.http import HttpRequest

SYSTEMS = (
    ("HarmonyOS", "HarmonyOS"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS", "macOS"),
    ("Linux", "Linux"),
)
# The first that fits: most browsers also name the ones they descend from.
BROWSERS = (
    ("MicroMessenger", "WeChat"),
    ("DingTalk", "DingTalk"),
    ("HuaweiBrowser", "Huawei Browser"),
    ("MiuiBrowser", "Mi Browser"),
    ("UCBrowser", "UC Browser"),
    ("QQBrowser", "QQ Browser"),
    ("Edg", "Edge"),
    ("Firefox", "Firefox"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)


def address(request: HttpRequest) -> str | None:
    """The client's address; a forwarded one only as far as our own proxies wrote it (TRUSTED_PROXIES).

    Each proxy appends the address that it saw, so the entry written by the outermost of ours is counted from the
    right; everything left of it is the client's own invention.
    """
    proxies: int = settings.TRUSTED_PROXIES
    given = request.META.get("REMOTE_ADDR", "")
    if proxies:
        hops = [hop.strip() for hop in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if hop.strip()]
        if len(hops) >= proxies:
            given = hops[-proxies]
    try:
        return str(ipaddress.ip_address(given))
    except ValueError:
        return None  # A server on a socket sees no address.


def device(request: HttpRequest) -> str:
    """`Android · Chrome`; empty for a device that says nothing we know."""
    agent = request.META.get("HTTP_USER_AGENT", "")
    found = (next((name for mark, name in table if mark in agent), "") for table in (SYSTEMS, BROWSERS))
    return " · ".join(name for name in found if name)
