"""Counting duties: the one place where a figure about care work is made, for pages, reports and charts alike.

A figure always speaks of an organization with everything below it, of the duties that fall due in a period
(`between`, first and last civil day, both included) and of the state of things on `today`.

| figure         | counts                                                                                     |
|----------------|--------------------------------------------------------------------------------------------|
| `given`        | everything owed: all duties but void ones                                                  |
| `done`         | ended by a care action, in time or late                                                    |
| `done_in_time` | of these, ended on or before the last day of grace                                         |
| `done_late`    | of these, ended after it                                                                   |
| `waived`       | ended without care, with a reason                                                          |
| `open`         | nobody has ended it, whether its window is still to come, open or over                     |
| `overdue`      | of the open ones, those whose last day of grace lies before `today`                        |
| `void`         | its ground fell away (moved, died, left): shown, but owed by nobody and in no percentage   |
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db.models import CharField, Count, F, Max, Q
from django.db.models.functions import Left, TruncMonth

from members.models import Member, Organization
from members.models.organization import STEP
from visits.models import CareAction, Duty

Between = tuple[date, date]
FIGURES = ("given", "done", "done_in_time", "done_late", "waived", "void", "open", "overdue")


@dataclass(frozen=True)
class Tally:
    """How many duties stand where; sums of tallies are tallies."""

    done_in_time: int = 0
    done_late: int = 0
    waived: int = 0
    void: int = 0
    open: int = 0
    overdue: int = 0  # A part of `open`.

    @property
    def done(self) -> int:
        return self.done_in_time + self.done_late

    @property
    def given(self) -> int:
        return self.done + self.waived + self.open

    @property
    def judged(self) -> int:
        """Duties of which it is known by now whether they were met in time."""
        return self.done + self.waived + self.overdue

    @property
    def not_yet_due(self) -> int:
        """Open and still within the time given for it."""
        return self.open - self.overdue

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(*(getattr(self, part) + getattr(other, part) for part in PARTS))

    def __sub__(self, other: "Tally") -> "Tally":
        return Tally(*(getattr(self, part) - getattr(other, part) for part in PARTS))

    def __bool__(self) -> bool:
        return any(getattr(self, part) for part in PARTS)


PARTS = tuple(Tally.__dataclass_fields__)


@dataclass(frozen=True)
class ChildRow:
    """One organization right below with its whole subtree, or the organization itself with what hangs on it alone."""

    organization: Organization
    own: bool  # Whether the row is the organization itself, without those below.
    members: int  # On the roster today.
    last_action_on: date | None  # Day of the latest care action that was not cancelled.
    tally: Tally


@dataclass(frozen=True)
class RuleRow:
    rule_code: str
    article: str
    tally: Tally


@dataclass(frozen=True)
class MonthRow:
    """The duties due in one calendar month, told by its first day."""

    first: date
    tally: Tally


@dataclass
class Overview:
    """Everything that a page about one organization shows."""

    total: Tally
    children: list[ChildRow] = field(default_factory=list)

    @property
    def members(self) -> int:
        return sum(row.members for row in self.children)

    @property
    def last_action_on(self) -> date | None:
        return max((row.last_action_on for row in self.children if row.last_action_on), default=None)


def behind(figure: str, today: date) -> Q:
    """The condition for the rows that a figure counts; raises `KeyError` for a figure that does not exist."""
    status = Duty.Status
    done, opened = Q(status=status.DONE), Q(status=status.OPEN)
    return {
        "given": ~Q(status=status.VOID),
        "done": done,
        "done_in_time": done & Q(ended_on__lte=F("grace_until")),
        "done_late": done & Q(ended_on__gt=F("grace_until")),
        "waived": Q(status=status.WAIVED),
        "void": Q(status=status.VOID),
        "open": opened,
        "overdue": opened & Q(grace_until__lt=today),
    }[figure]


def tally(organization: Organization, between: Between, today: date) -> Tally:
    """The duties of an organization's whole subtree."""
    return total(tally_by_child(organization, between, today))


def total(rows: Iterable[ChildRow | RuleRow | MonthRow]) -> Tally:
    return sum((row.tally for row in rows), Tally())


def percentage(counted: Tally, *, planned_through: date | None, today: date) -> int | None:
    """Duties met in time, in whole percent (rounded down) of those that could be judged by today.

    None when there is nothing to judge, or when duties have not been planned through today: a share of what
    was planned would look better than the work is.
    """
    if not counted.judged or planned_through is None or planned_through < today:
        return None
    return counted.done_in_time * 100 // counted.judged


def tally_by_child(organization: Organization, between: Between, today: date) -> list[ChildRow]:
    """One row for each organization right below (in the order of the tree), and one for what hangs on itself alone.

    Closed organizations appear while they still have something to show.  The rows add up to the whole.
    """
    width = len(organization.path) + STEP
    tallies = _from_duties(organization, between, today, node=Left("organization__path", width))
    rosters = dict(
        Member.objects.in_place()
        .under(organization)
        .values_list(Left("organization__path", width, output_field=CharField()))
        .annotate(Count("pk"))
        .order_by()
    )
    last = dict(
        CareAction.objects.standing()
        .under(organization)
        .values_list(Left("organization__path", width, output_field=CharField()))
        .annotate(Max("on"))
        .order_by()
    )
    rows = []
    for node in (organization, *organization.children.order_by("path")):
        counted, members = tallies.get((node.path,), Tally()), rosters.get(node.path, 0)
        own = node.pk == organization.pk
        if counted or members or (node.is_open and not own):
            rows.append(ChildRow(node, own, members, last.get(node.path), counted))
    return rows


def tally_by_rule(organization: Organization, between: Between, today: date) -> list[RuleRow]:
    """One row for each rule that gave duties, in the order of the articles."""
    found = _from_duties(organization, between, today, rule=F("rule_code"), by_article=F("article"))
    rows = [RuleRow(rule, article, counted) for (rule, article), counted in found.items()]
    return sorted(rows, key=lambda row: (_article_order(row.article), row.rule_code))


def months(organization: Organization, today: date) -> list[MonthRow]:
    """The last twelve calendar months, that of `today` included, oldest first."""
    firsts = last_months(today, 12)
    found = _from_duties(organization, (firsts[0], month_end(today)), today, month=TruncMonth("due"))
    return [MonthRow(first, found.get((first,), Tally())) for first in firsts]


def by_attention(rows: Iterable[ChildRow]) -> list[ChildRow]:
    """What needs looking after first: most overdue, then open duties and longest without any action."""

    def order(row: ChildRow) -> tuple[int, bool, date, str]:
        return (-row.tally.overdue, not row.tally.open, row.last_action_on or date.min, row.organization.path)

    return sorted(rows, key=order)


def last_months(today: date, count: int) -> list[date]:
    """First days of the last `count` calendar months, oldest first."""
    number = today.year * 12 + today.month - 1
    return [date(n // 12, n % 12 + 1, 1) for n in range(number - count + 1, number + 1)]


def month_end(day: date) -> date:
    number = day.year * 12 + day.month
    return date.fromordinal(date(number // 12, number % 12 + 1, 1).toordinal() - 1)


def _from_duties(organization: Organization, between: Between, today: date, **keys: Any) -> dict[tuple, Tally]:
    found = (
        Duty.objects.under(organization)
        .filter(due__range=between)
        .values_list(*keys.values())
        .order_by()
        .annotate(**{f"n_{part}": Count("pk", filter=behind(part, today)) for part in PARTS})
    )
    return {row[: len(keys)]: Tally(*row[len(keys) :]) for row in found}


def _article_order(article: str) -> list[int]:
    return [int(step) if step.isdigit() else 0 for step in article.split(".")]
