"""The secretary's page: what is due, late and coming, the next duties, what was done last."""

from dataclasses import dataclass
from datetime import date

from members.models import Organization
from visits import compliance, due_list, planner
from visits.due_list import Section
from visits.models import CareAction, Duty
from visits.models.action import ActionQuerySet
from visits.models.duty import DutyQuerySet

NEXT = 6
LAST = 5


@dataclass(frozen=True)
class BranchPage:
    """`year` counts this calendar year's duties; `percentage` is None while nothing can be said."""

    sections: list[Section]
    next_duties: list[Duty]
    last_actions: list[CareAction]
    year: compliance.Tally
    percentage: int | None
    planned_through: date | None
    is_behind: bool

    @property
    def loggable(self) -> set[object]:
        return {duty.pk for duty in self.next_duties}


def page(places: list[Organization], duties: DutyQuerySet, actions: ActionQuerySet, today: date) -> BranchPage:
    """The page for the given organizations; `duties` and `actions` are those that the person may act on."""
    sections = due_list.all_sections(duties, today)
    between = (date(today.year, 1, 1), date(today.year, 12, 31))
    year = sum((compliance.tally(place, between, today) for place in places), compliance.Tally())
    through = planner.planned_through()
    return BranchPage(
        sections=sections,
        # Late and possible now; what only opens later cannot be done yet.
        next_duties=[duty for section in sections[:2] for duty in section.rows][:NEXT],
        last_actions=list(actions.standing().select_related("member").order_by("-on", "-created_at")[:LAST]),
        year=year,
        percentage=compliance.percentage(year, planned_through=through, today=today),
        planned_through=through,
        is_behind=compliance.is_behind(through, today),
    )
