"""Party age: from which date it counts, and how many full years it makes (article 6.1)."""

from dataclasses import dataclass
from datetime import date, timedelta

from django.utils.translation import gettext as _

from members import dates
from members.models import Member

# No probation existed from the constitution of 14 April 1969 until that of 18 August 1977 brought it back.
NO_PROBATION_FROM = date(1969, 4, 14)
NO_PROBATION_UNTIL = date(1977, 8, 18)


@dataclass(frozen=True)
class PartyAge:
    """From which date party age counts, suspension added; `counts_from` is None when it cannot be reckoned.

    `paused_on` is the first day of a suspension that still lasts: from then on nothing is added.
    """

    counts_from: date | None
    basis: str
    paused_on: date | None = None

    def years_on(self, day: date) -> int | None:
        """Full years of party age on a civil day; None when it cannot be reckoned, never negative."""
        if self.counts_from is None:
            return None
        return max(0, dates.full_years(self.counts_from, min(day, self.paused_on or day)))


def reckon(
    *, joined_on: date, full_on: date | None, suspended_days: int = 0, joined_precision: str = "day"
) -> PartyAge:
    """Where party age begins.

    From becoming a full member; from joining for those who joined while no probation existed; unknown for
    anybody else without a date of becoming a full member.  Days of suspended membership do not count.
    A file that names only April 1969 or August 1977 does not say on which side of the border joining lay.
    """
    if _without_probation(joined_on, joined_precision):
        start, basis = joined_on, Member.AgeBasis.NO_PROBATION
    elif full_on is not None:
        start, basis = full_on, Member.AgeBasis.FULL_MEMBERSHIP
    else:
        return PartyAge(None, Member.AgeBasis.UNKNOWN)
    return PartyAge(start + timedelta(days=suspended_days), basis.value)


def apply(member: Member) -> None:
    """Write the result into the member's own columns (not saved)."""
    age = reckon(
        joined_on=member.joined_on,
        full_on=member.full_on,
        suspended_days=member.suspended_days,
        joined_precision=member.joined_precision,
    )
    member.party_age_from, member.party_age_basis = age.counts_from, age.basis


def of(member: Member) -> PartyAge:
    paused = member.suspended_on if member.party_status == Member.PartyStatus.SUSPENDED else None
    return PartyAge(member.party_age_from, member.party_age_basis, paused)


def sentence(member: Member, *, today: date) -> str:
    """Party age with the basis of its calculation: 党龄 52 年：1974年5月起算，无预备期时期入党。"""
    years = of(member).years_on(today)
    if years is None:
        if member.category == Member.Category.PROBATIONARY:
            return _("Party age begins with becoming a full member.")
        return _("Party age cannot be reckoned: the date of becoming a full member is missing.")
    if member.party_age_basis == Member.AgeBasis.NO_PROBATION:
        start, exact = member.joined_on, member.joined_precision
        text = _("Party age %(years)s years: counts from %(start)s, joined while no probation existed.")
    else:
        start, exact = member.full_on or member.joined_on, member.full_precision
        text = _("Party age %(years)s years: counts from %(start)s, when full membership began.")
    parts = [text % {"years": years, "start": dates.in_words(start, exact)}]
    if member.suspended_days:
        parts.append(_("%(days)s days of suspended membership do not count.") % {"days": member.suspended_days})
    if member.party_status == Member.PartyStatus.SUSPENDED:
        parts.append(_("While membership is suspended, nothing is added."))
    return " ".join(parts)


def _without_probation(joined_on: date, precision: str) -> bool:
    last_possible = dates.month_end(joined_on) if precision == "month" else joined_on
    return joined_on >= NO_PROBATION_FROM and last_possible < NO_PROBATION_UNTIL
