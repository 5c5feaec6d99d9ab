"""What the menu offers to whom.  A menu entry opens nothing: each page still asks the one door."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from members import roles
from members.access import powers_of


@dataclass(frozen=True)
class Entry:
    """One place to go: URL name, words, icon of the installed set, permission that it needs (none: everybody)."""

    url_name: str
    label: Promise
    icon: str
    perm: str = ""

    @property
    def href(self) -> str:
        return reverse(self.url_name)


# The four tabs at the bottom of the phone.
TABS = (
    Entry("visits:due", _("Due"), "calendar-check", roles.LOG_CARE),
    Entry("visits:start", _("Log a visit"), "pencil-square", roles.LOG_CARE),
    Entry("members:list", _("People"), "people", roles.VIEW_PEOPLE),
    Entry("accounts:me", _("Me"), "person-circle"),
)
SIDE = (
    Entry("dashboard:home", _("Overview"), "speedometer2"),
    Entry("visits:due", _("Due"), "calendar-check", roles.VIEW_PEOPLE),
    Entry("visits:start", _("Log a visit"), "pencil-square", roles.LOG_CARE),
    Entry("members:list", _("People"), "people", roles.VIEW_PEOPLE),
    Entry("members:organizations", _("Organizations"), "diagram-3", roles.VIEW_ORGANIZATIONS),
    Entry("members:imports", _("Roster import"), "file-earmark-arrow-up", roles.IMPORT_PEOPLE),
    Entry("visits:rules", _("Rules"), "journal-text"),
    Entry("reports:index", _("Reports"), "file-earmark-pdf", roles.EXPORT),
    Entry("audit:list", _("Access log"), "shield-check", roles.VIEW_AUDIT),
    Entry("members:accounts", _("Accounts"), "person-badge", roles.MANAGE_ACCOUNTS),
    Entry("members:appointments", _("Appointments"), "person-check", roles.MANAGE_POWERS),
)


@dataclass(frozen=True)
class Shown:
    """An entry as this page shows it; `current` is "page" on the entry's own page, "true" on a page below it."""

    entry: Entry
    href: str
    current: str


def navigation(request: HttpRequest) -> dict[str, object]:
    """Context processor: the entries that this person has a use for."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {"tabs": (), "side": ()}
    held = powers_of(user).permissions()
    return {"tabs": _shown(TABS, held, request.path), "side": _shown(SIDE, held, request.path)}


def _shown(entries: Iterable[Entry], held: frozenset[str], path: str) -> list[Shown]:
    mine = [(entry, entry.href) for entry in entries if not entry.perm or entry.perm in held]
    above = max((href for _entry, href in mine if path.startswith(href) and href != "/"), key=len, default="")
    return [Shown(entry, href, _current(href, path, above)) for entry, href in mine]


def _current(href: str, path: str, above: str) -> str:
    if href == path:
        return "page"
    return "true" if href == above else ""
