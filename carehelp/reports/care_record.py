"""The care record of one person: who they are, what was owed to them, what was done for them."""

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from carehelp.lib.crypto import CannotUnseal
from carehelp.reports.duty_ledger import Told, outcome_of
from carehelp.reports.numbers import short_number
from carehelp.reports.periods import Period
from members import dates, masking, organizations, party_age, profile
from members.models import Member, Organization
from members.roles import EXPORT
from visits import planner, record
from visits.giving import reason_label
from visits.models import CareAction, Duty
from visits.rules import catalogue

if TYPE_CHECKING:
    from carehelp.accounts.models import User


@dataclass(frozen=True)
class Fact:
    """One line about the person; a long one takes the whole width."""

    label: str
    text: str
    wide: bool = False


@dataclass(frozen=True)
class Given:
    """One care action with its text opened."""

    on: date
    kind: str
    who_went: str
    branch: str
    found: str
    done: str
    next_step: str
    next_on: date | None
    recorded_by: str
    cancelled: str  # The reason, empty for an action that stands.
    action_number: str


@dataclass(frozen=True)
class CareRecord:
    """The whole report before it takes a form."""

    member: Member
    organization: Organization
    period: Period
    today: date
    planned_through: date | None
    facts: list[Fact]
    duties: list[Told]
    actions: list[Given]

    @property
    def is_behind(self) -> bool:
        needed = min(self.period.last, self.today)
        return self.planned_through is None or self.planned_through < needed

    @property
    def count(self) -> int:
        return len(self.duties) + len(self.actions)


def gather(member: Member, period: Period, *, by: "User | None", today: date) -> CareRecord:
    """The record of a person whom `by` may export (None: the system's own commands).

    Sensitive facts stay masked; the text of the actions is opened, which is why the caller must write the export
    to the evidence chain under the person's id.  Duties belong to the period by their due day, actions by theirs.
    """
    return CareRecord(
        member=member,
        organization=member.organization,
        period=period,
        today=today,
        planned_through=planner.planned_through(),
        facts=_facts(member, today),
        duties=_duties(member, period, by, today),
        actions=_actions(member, period, by),
    )


def _facts(member: Member, today: date) -> list[Fact]:
    day = member.died_on or today
    chain = [*organizations.chain(member.organization), member.organization]
    age = _("%(years)s years old") % {"years": member.age_on(day)}
    full_on = dates.in_words(member.full_on, member.full_precision) if member.full_on else ""
    facts = [
        Fact(_("name"), member.name),
        Fact(_("sex"), member.get_sex_display()),
        Fact(_("date of birth"), f"{dates.in_words(member.birth_on, 'day')}（{age}）"),
        Fact(_("ethnicity"), member.ethnicity),
        Fact(_("education"), member.education),
        Fact(_("occupation"), member.occupation),
        Fact(_("category"), member.get_category_display()),
        Fact(_("state"), profile.state(member)),
        Fact(_("date of joining"), dates.in_words(member.joined_on, member.joined_precision)),
        Fact(_("date of becoming a full member"), full_on),
        Fact(_("party age"), party_age.sentence(member, today=day), wide=True),
        Fact(_("Party organization"), " / ".join(node.name for node in chain), wide=True),
    ]
    for group in masking.GROUPS:
        facts += [Fact(fact.label, fact.text, wide=group == "address") for fact in masking.masked(member, group)]
    return facts


def _duties(member: Member, period: Period, by: "User | None", today: date) -> list[Told]:
    rows = Duty.objects.visible_to(by, EXPORT) if by else Duty.objects.all()
    return [
        Told(
            article=duty.article,
            title=catalogue.title_of(duty.rule_code),
            opens=duty.opens,
            due=duty.due,
            grace_until=duty.grace_until,
            outcome=outcome_of(
                status=duty.status,
                opens=duty.opens,
                grace_until=duty.grace_until,
                ended_on=duty.ended_on,
                today=today,
            ),
            ended_on=duty.ended_on,
            reason=reason_label(duty.end_reason),
            duty_number=short_number(duty.pk),
            action_number=short_number(duty.fulfilled_by_id) if duty.fulfilled_by_id else "",
        )
        for duty in rows.filter(member=member, due__range=period.ends).order_by("due", "rule_code", "pk")
    ]


def _actions(member: Member, period: Period, by: "User | None") -> list[Given]:
    rows = CareAction.objects.visible_to(by, EXPORT) if by else CareAction.objects.all()
    found = rows.filter(member=member, on__range=period.ends).select_related("organization", "created_by")
    return [_given(action) for action in found.order_by("on", "pk")]


def _given(action: CareAction) -> Given:
    try:
        texts = record.texts(action)
    except CannotUnseal:
        # One text whose key is gone must not keep the rest of the record from the reader.
        texts = dict.fromkeys(("found", "done", "next_step"), _("(cannot be read)"))
    return Given(
        on=action.on,
        kind=action.get_kind_display(),
        who_went=action.who_went,
        branch=action.organization.name,
        found=texts["found"],
        done=texts["done"],
        next_step=texts["next_step"],
        next_on=action.next_on,
        recorded_by=str(action.created_by),
        cancelled=action.cancel_reason if action.cancelled_at else "",
        action_number=short_number(action.pk),
    )
