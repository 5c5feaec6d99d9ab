"""The duty ledger: every duty of an organization that falls due in a period, and what became of it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from django.db.models import QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from carehelp.reports.numbers import short_number
from carehelp.reports.periods import Period
from members.models import Organization
from members.roles import EXPORT
from visits import compliance, planner
from visits.giving import reason_label
from visits.models import CareAction, Duty
from visits.rules import catalogue

if TYPE_CHECKING:
    from carehelp.accounts.models import User

COLUMNS = (
    "organization__name",
    "member__name",
    "article",
    "rule_code",
    "opens",
    "due",
    "grace_until",
    "status",
    "ended_on",
    "fulfilled_by__kind",
    "fulfilled_by__who_went",
    "end_reason",
    "pk",
    "fulfilled_by_id",
)
OUTCOMES: dict[str, Promise] = {
    "in-time": gettext_lazy("done in time"),
    "late": gettext_lazy("done late"),
    "overdue": gettext_lazy("overdue, not done"),
    "running": gettext_lazy("open"),
    "coming": gettext_lazy("not open yet"),
    "waived": gettext_lazy("waived"),
    "void": gettext_lazy("void"),
}


@dataclass(frozen=True, kw_only=True)
class Told:
    """One duty as reports tell it."""

    article: str
    title: str
    opens: date
    due: date
    grace_until: date
    outcome: str  # A key of OUTCOMES.
    ended_on: date | None
    reason: str
    duty_number: str
    action_number: str

    @property
    def outcome_words(self) -> str:
        return str(OUTCOMES[self.outcome])

    @property
    def duty_words(self) -> str:
        return duty_words(self.article, self.title)

    @property
    def window(self) -> str:
        return window(self.opens, self.grace_until)


@dataclass(frozen=True, kw_only=True)
class Row(Told):
    """One duty as the ledger tells it: of whom, where, and by what it was done."""

    number: int
    branch: str
    person: str
    kind: str
    who_went: str


@dataclass(frozen=True)
class Line:
    """The figures of one rule in the summary."""

    article: str
    title: str
    tally: compliance.Tally


@dataclass(frozen=True)
class Ledger:
    """The whole report before it takes a form; `rows()` reads the database as it goes."""

    organization: Organization
    period: Period
    today: date
    planned_through: date | None
    lines: list[Line]
    total: compliance.Tally
    months: list[compliance.MonthRow]
    duties: "QuerySet[Duty]"

    @property
    def is_behind(self) -> bool:
        """Whether duties are missing because planning has not reached the end of the period, or today."""
        needed = min(self.period.last, self.today)
        return self.planned_through is None or self.planned_through < needed

    @property
    def percentage(self) -> int | None:
        """Duties met in time, in percent of those that could be judged; None when that would say too much."""
        if self.is_behind:
            return None
        return compliance.percentage(self.total, planned_through=self.planned_through, today=self.today)

    @property
    def count(self) -> int:
        return self.total.given + self.total.void

    def rows(self) -> Iterator[Row]:
        found = self.duties.order_by("organization__path", "due", "rule_code", "pk").values_list(*COLUMNS)
        kinds, titles = dict(CareAction.Kind.choices), _Titles()
        for number, values in enumerate(found.iterator(chunk_size=2000), 1):
            yield _row(number, values, self.today, kinds, titles)


class _Titles(dict[str, str]):
    def __missing__(self, code: str) -> str:
        self[code] = catalogue.title_of(code)
        return self[code]


def gather(organization: Organization, period: Period, *, by: "User | None", today: date) -> Ledger:
    """The ledger of an organization with everything below it.

    `by` is the person who exports (rows come through the one door), or None for the system's own commands.
    """
    rows = Duty.objects.visible_to(by, EXPORT) if by else Duty.objects.all()
    rules = compliance.tally_by_rule(organization, period.ends, today)
    return Ledger(
        organization=organization,
        period=period,
        today=today,
        planned_through=planner.planned_through(),
        lines=[Line(rule.article, catalogue.title_of(rule.rule_code), rule.tally) for rule in rules],
        total=compliance.total(rules),
        months=compliance.months(organization, today),
        duties=rows.under(organization).filter(due__range=period.ends),
    )


def outcome_of(*, status: str, opens: date, grace_until: date, ended_on: date | None, today: date) -> str:
    """What became of a duty by `today`, as a key of `OUTCOMES`."""
    if status == Duty.Status.DONE:
        return "in-time" if ended_on is not None and ended_on <= grace_until else "late"
    if status != Duty.Status.OPEN:
        return status
    if grace_until < today:
        return "overdue"
    return "coming" if opens > today else "running"


def duty_words(article: str, title: str) -> str:
    """The article and what it asks for: 「第6.2条 政治生日」."""
    return _("Article %(article)s: %(duty)s") % {"article": article, "duty": title} if article else title


def window(opens: date, grace_until: date) -> str:
    """The first and the last day in time, as short as it stays clear: `2026-06-24—07-08`."""
    last = f"{grace_until:%m-%d}" if grace_until.year == opens.year else f"{grace_until:%Y-%m-%d}"
    return f"{opens:%Y-%m-%d}—{last}"


def _row(number: int, values: tuple[Any, ...], today: date, kinds: dict[str, Any], titles: _Titles) -> Row:
    (branch, person, article, rule, opens, due, grace_until, status, ended_on, kind, who_went, reason, duty, action) = (
        values
    )
    return Row(
        number=number,
        branch=branch,
        person=person or _("(the organization)"),
        article=article,
        title=titles[rule],
        opens=opens,
        due=due,
        grace_until=grace_until,
        outcome=outcome_of(status=status, opens=opens, grace_until=grace_until, ended_on=ended_on, today=today),
        ended_on=ended_on,
        kind=str(kinds.get(kind, "")),
        who_went=who_went or "",
        reason=reason_label(reason),
        duty_number=short_number(duty),
        action_number=short_number(action) if action else "",
    )
