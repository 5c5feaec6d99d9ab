"""The rows behind a figure: the same conditions, so that they count to it."""

from dataclasses import dataclass
from datetime import date
from urllib.parse import urlencode

from django.core.paginator import Page, Paginator
from django.utils.functional import Promise

from carehelp.dashboard.overview import FIGURES
from carehelp.dashboard.period import Period
from members.models import Organization
from visits import compliance
from visits.compliance import ChildRow
from visits.models import Duty
from visits.models.duty import DutyQuerySet

ROWS = 50
# Beyond it the organizations below are offered instead: nobody reads ten thousand rows.
MOST_ROWS = 10_000


@dataclass(frozen=True)
class Asked:
    """Which figure: of one rule only if `rule_code` is given, without the organizations below if `own`."""

    organization: Organization
    figure: str
    period: Period
    rule_code: str = ""
    own: bool = False

    @property
    def label(self) -> Promise:
        return FIGURES[self.figure]

    @property
    def query(self) -> str:
        """The address of the same figure for another organization or page, after its question mark."""
        return urlencode({"period": self.period.key} | ({"rule": self.rule_code} if self.rule_code else {}))


@dataclass(frozen=True)
class Behind:
    """A page of rows, or what each organization below has when there are too many."""

    asked: Asked
    rows: Page[Duty] | None
    children: list[tuple[ChildRow, int]]


def duties(visible: DutyQuerySet, asked: Asked, today: date) -> DutyQuerySet:
    """Those of the visible duties that the figure counts."""
    place = visible.filter(organization=asked.organization) if asked.own else visible.under(asked.organization)
    rows = place.filter(compliance.behind(asked.figure, today), due__range=asked.period.between)
    return rows.filter(rule_code=asked.rule_code) if asked.rule_code else rows


def behind(visible: DutyQuerySet, asked: Asked, today: date, *, page: str = "") -> Behind:
    """What to show for a figure, earliest due day first."""
    rows = duties(visible, asked, today)
    if not asked.own and rows[: MOST_ROWS + 1].count() > MOST_ROWS:
        counted = compliance.tally_by_child(asked.organization, asked.period.between, today, rule_code=asked.rule_code)
        parts = ((row, getattr(row.tally, asked.figure)) for row in counted)
        return Behind(asked, None, [(row, count) for row, count in parts if count])
    ordered = rows.select_related("member", "organization", "fulfilled_by").order_by("due", "id")
    return Behind(asked, Paginator(ordered, ROWS).get_page(page), [])
