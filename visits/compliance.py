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

Whole months are read from the sums that the database keeps (`visits.models.tally`), any other period from the duties
themselves; both ways give the same.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Literal

from django.db import connection
from django.db.models import CharField, Count, DateField, F, Q, Value
from django.db.models.functions import Cast, Concat, Left, TruncMonth

from members.access import AFTER_ANY_STEP
from members.models import Organization
from members.models.organization import STEP
from visits.models import Duty

Between = tuple[date, date]
Key = Literal["node", "rule", "month"]
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
    return sum(_count(organization, between, today, "node").values(), Tally())


def total(rows: Iterable[ChildRow | RuleRow | MonthRow]) -> Tally:
    return sum((row.tally for row in rows), Tally())


def percentage(counted: Tally, *, planned_through: date | None, today: date) -> int | None:
    """Duties met in time, in whole percent (rounded down) of those that could be judged by today.

    None when there is nothing to judge, or when duties have not been planned through today: a share of what
    was planned would look better than the work is.
    """
    if not counted.judged or is_behind(planned_through, today):
        return None
    return counted.done_in_time * 100 // counted.judged


def is_behind(planned_through: date | None, today: date) -> bool:
    """Whether duties have not been planned through today, so that figures tell less than is owed."""
    return planned_through is None or planned_through < today


def tally_by_child(organization: Organization, between: Between, today: date, *, rule_code: str = "") -> list[ChildRow]:
    """One row for each organization right below (in the order of the tree), and one for what hangs on itself alone.

    Closed organizations appear while they still have something to show.  The rows add up to the whole.  With a
    `rule_code` only the duties of that rule are counted.
    """
    tallies = _count(organization, between, today, "node", rule_code)
    rosters = _rosters(organization)
    rows = []
    for node in (organization, *organization.children.order_by("path")):
        counted, (members, last_action_on) = tallies.get(node.path, Tally()), rosters.get(node.path, (0, None))
        own = node.pk == organization.pk
        if counted or members or (node.is_open and not own):
            rows.append(ChildRow(node, own, members, last_action_on, counted))
    return rows


def tally_by_rule(organization: Organization, between: Between, today: date) -> list[RuleRow]:
    """One row for each rule that gave duties, in the order of the articles."""
    found = _count(organization, between, today, "rule")
    rows = [RuleRow(*_rule_and_article(key), counted) for key, counted in found.items() if counted]
    return sorted(rows, key=lambda row: (_article_order(row.article), row.rule_code))


def months(organization: Organization, today: date) -> list[MonthRow]:
    """The last twelve calendar months, that of `today` included, oldest first."""
    firsts = last_months(today, 12)
    found = _count(organization, (firsts[0], month_end(today)), today, "month")
    return [MonthRow(first, found.get(first.isoformat(), Tally())) for first in firsts]


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


def _count(organization: Organization, between: Between, today: date, by: Key, rule_code: str = "") -> dict[str, Tally]:
    first, last = between
    whole_months = first.day == 1 and last == month_end(last)
    return (_from_sums if whole_months else _from_duties)(organization, between, today, by, rule_code)


def _from_duties(
    organization: Organization, between: Between, today: date, by: Key, rule_code: str = ""
) -> dict[str, Tally]:
    key = {
        "node": Left("organization__path", len(organization.path) + STEP),
        "rule": Concat("rule_code", Value(" "), "article"),
        "month": Cast(Cast(TruncMonth("due"), DateField()), CharField()),
    }[by]
    found = (
        Duty.objects.under(organization)
        .filter(Q(rule_code=rule_code) if rule_code else Q(), due__range=between)
        .values_list(Cast(key, CharField()))
        .order_by()
        .annotate(**{f"n_{part}": Count("pk", filter=behind(part, today)) for part in PARTS})
    )
    return {row[0]: Tally(*row[1:]) for row in found}


# One statement, so that a fold that commits meanwhile is seen whole or not at all.  `nodes` gives each child's sums
# to the child and takes them from the organization, which is left with what hangs on it alone.
_NODES = """
    SELECT id, path AS node, 1 AS sign FROM members_organization WHERE id = %(id)s OR parent_id = %(id)s
    UNION ALL
    SELECT id, %(path)s, -1 FROM members_organization WHERE parent_id = %(id)s
"""
_WHOLE = "SELECT %(id)s::bigint AS id, 1 AS sign"
_KEYS = {
    "node": (_NODES, "node", "left(o.path, %(width)s)"),
    "rule": (_WHOLE, "c.rule_code || ' ' || c.article", "c.rule_code || ' ' || c.article"),
    "month": (_WHOLE, "c.due_month::text", "date_trunc('month', c.due_month::timestamp)::date::text"),
}
_SUMS = """
WITH nodes AS ({nodes}), cells AS (
    SELECT {sum_key} AS key, sign, done_in_time, done_late, waived, void, open,
           CASE WHEN grace_month < %(this_month)s THEN open ELSE 0 END AS overdue
    FROM visits_dutytally c JOIN nodes ON nodes.id = c.organization_id
    WHERE due_month BETWEEN %(first)s AND %(last)s AND (%(rule)s = '' OR rule_code = %(rule)s)
    UNION ALL
    SELECT {row_key}, 1, done_in_time, done_late, waived, void, open,
           CASE WHEN grace_month < %(this_month)s THEN open ELSE 0 END
    FROM visits_dutytallydelta c JOIN members_organization o ON o.id = c.organization_id
    WHERE o.path >= %(path)s AND o.path < %(end)s AND due_month BETWEEN %(first)s AND %(last)s
      AND (%(rule)s = '' OR rule_code = %(rule)s)
    UNION ALL
    -- The sums know the month in which a last day of grace lies, not the day: this month's are looked at one by one.
    SELECT {row_key}, 1, 0, 0, 0, 0, 0, 1
    FROM (SELECT organization_id, rule_code, article, due AS due_month FROM visits_duty
          WHERE status = 'open' AND grace_until >= %(this_month)s AND grace_until < %(today)s
            AND due BETWEEN %(first)s AND %(last)s AND (%(rule)s = '' OR rule_code = %(rule)s)) c
    JOIN members_organization o ON o.id = c.organization_id
    WHERE o.path >= %(path)s AND o.path < %(end)s
)
SELECT key, sum(sign * done_in_time), sum(sign * done_late), sum(sign * waived), sum(sign * void), sum(sign * open),
       sum(sign * overdue)
FROM cells GROUP BY key
"""


def _from_sums(
    organization: Organization, between: Between, today: date, by: Key, rule_code: str = ""
) -> dict[str, Tally]:
    nodes, sum_key, row_key = _KEYS[by]
    first, last = between
    with connection.cursor() as cursor:
        cursor.execute(
            _SUMS.format(nodes=nodes, sum_key=sum_key, row_key=row_key),
            _place(organization)
            | {"first": first, "last": last, "today": today, "this_month": today.replace(day=1), "rule": rule_code},
        )
        return {key: Tally(*map(int, counts)) for key, *counts in cursor.fetchall()}


_ROSTERS = """
SELECT left(o.path, %(width)s), coalesce(sum(members), 0), max("on")
FROM (
    SELECT organization_id, members, NULL::date AS "on" FROM visits_headcount
    UNION ALL
    SELECT organization_id, 0, "on" FROM visits_lastaction
) c
JOIN members_organization o ON o.id = c.organization_id
WHERE o.path >= %(path)s AND o.path < %(end)s
GROUP BY 1
"""


def _rosters(organization: Organization) -> dict[str, tuple[int, date | None]]:
    """Members in place and day of the last action, by path of the child (or of the organization itself)."""
    with connection.cursor() as cursor:
        cursor.execute(_ROSTERS, _place(organization))
        return {path: (int(members), last) for path, members, last in cursor.fetchall()}


def _place(organization: Organization) -> dict[str, int | str | date]:
    path = organization.path
    return {"id": organization.pk, "path": path, "end": path + AFTER_ANY_STEP, "width": len(path) + STEP}


def _rule_and_article(key: str) -> tuple[str, str]:
    rule_code, _space, article = key.partition(" ")
    return rule_code, article


def _article_order(article: str) -> list[int]:
    return [int(step) if step.isdigit() else 0 for step in article.split(".")]
