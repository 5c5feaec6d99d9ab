"""The page about one organization: its duties by organization below, by article and by month."""

from dataclasses import dataclass
from datetime import date

from django.core.paginator import Page, Paginator
from django.db.models import Count
from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from carehelp.dashboard.period import Period
from carehelp.lib import charts
from members.models import Organization
from members.models.organization import OrganizationQuerySet
from visits import compliance, planner
from visits.compliance import ChildRow, MonthRow, RuleRow, Tally

CHILDREN = 100  # Rows of a page.
# In the order in which they are read; each leads to its rows.
FIGURES: dict[str, Promise] = {
    "overdue": _("Overdue"),
    "open": _("Not ended"),
    "done_in_time": _("Done in time"),
    "done_late": _("Done late"),
    "waived": _("Waived"),
    "void": _("Void"),
    "done": _("Done"),
    "given": _("Given"),
}
SHOWN = ("overdue", "open", "done_in_time", "done_late", "waived", "given")


@dataclass(frozen=True)
class Figure:
    name: str
    label: Promise
    count: int


@dataclass(frozen=True)
class Overview:
    """`percentage` is None while nothing can be judged or planning is behind."""

    organization: Organization
    period: Period
    total: Tally
    members: int
    last_action_on: date | None
    children: Page[ChildRow]
    rules: list[RuleRow]
    months: list[MonthRow]
    percentage: int | None
    planned_through: date | None
    is_behind: bool

    @property
    def figures(self) -> list[Figure]:
        return [Figure(name, FIGURES[name], getattr(self.total, name)) for name in SHOWN]

    @property
    def chart(self) -> SafeString:
        return charts.months_chart(self.months)

    @property
    def has_children(self) -> bool:
        return any(not row.own for row in self.children.paginator.object_list)


def overview(
    organization: Organization, period: Period, today: date, *, page: str = "", cares: bool = True
) -> Overview:
    """Everything on the page; the number of queries does not depend on how many organizations lie below.

    Without `cares` (rosters only) the organizations come in the order of the tree: the other order tells of duties.
    """
    rows = compliance.tally_by_child(organization, period.between, today)
    total = compliance.total(rows)
    through = planner.planned_through()
    return Overview(
        organization=organization,
        period=period,
        total=total,
        members=sum(row.members for row in rows),
        last_action_on=max((row.last_action_on for row in rows if row.last_action_on), default=None),
        children=Paginator(compliance.by_attention(rows) if cares else rows, CHILDREN).get_page(page),
        rules=compliance.tally_by_rule(organization, period.between, today),
        months=compliance.months(organization, today),
        percentage=compliance.percentage(total, planned_through=through, today=today),
        planned_through=through,
        is_behind=compliance.is_behind(through, today),
    )


@dataclass(frozen=True)
class Place:
    """One of several organizations for which somebody answers."""

    organization: Organization
    members: int
    total: Tally


def places(organizations: list[Organization], period: Period, today: date) -> list[Place]:
    """What several topmost organizations have, one by one."""
    found = []
    for organization in organizations:
        rows = compliance.tally_by_child(organization, period.between, today)
        found.append(Place(organization, sum(row.members for row in rows), compliance.total(rows)))
    return found


def kinds(visible: OrganizationQuerySet, organization: Organization) -> list[tuple[str, int]]:
    """How many open organizations of each kind lie in the subtree, itself included, from the top of the tree down."""
    counted = visible.under(organization).open().values_list("kind").annotate(Count("pk")).order_by()
    found = dict(counted)
    return [(str(kind.label), found[kind]) for kind in Organization.Kind if kind in found]
