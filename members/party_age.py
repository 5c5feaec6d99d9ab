"""Party age: from which date it counts, and how many full years it makes (article 6.1)."""

from dataclasses import dataclass
from datetime import date, timedelta

from members.models import Member

# No probation existed from the constitution of 14 April 1969 until that of 18 August 1977 brought it back.
NO_PROBATION_FROM = date(1969, 4, 14)
NO_PROBATION_UNTIL = date(1977, 8, 18)


@dataclass(frozen=True)
class PartyAge:
    """From which date party age counts, suspension added; `counts_from` is None when it cannot be reckoned."""

    counts_from: date | None
    basis: str

    def years_on(self, day: date) -> int | None:
        """Full years of party age on a civil day; None when it cannot be reckoned, never negative."""
        if self.counts_from is None:
            return None
        start = self.counts_from
        return max(0, day.year - start.year - ((day.month, day.day) < (start.month, start.day)))


def reckon(*, joined_on: date, full_on: date | None, suspended_days: int = 0) -> PartyAge:
    """Where party age begins.

    From becoming a full member; from joining for those who joined while no probation existed; unknown for
    anybody else without a date of becoming a full member.  Days of suspended membership do not count.
    """
    if NO_PROBATION_FROM <= joined_on < NO_PROBATION_UNTIL:
        start, basis = joined_on, Member.AgeBasis.NO_PROBATION
    elif full_on is not None:
        start, basis = full_on, Member.AgeBasis.FULL_MEMBERSHIP
    else:
        return PartyAge(None, Member.AgeBasis.UNKNOWN)
    return PartyAge(start + timedelta(days=suspended_days), basis.value)


def apply(member: Member) -> None:
    """Write the result into the member's own columns (not saved)."""
    age = reckon(joined_on=member.joined_on, full_on=member.full_on, suspended_days=member.suspended_days)
    member.party_age_from, member.party_age_basis = age.counts_from, age.basis


def of(member: Member) -> PartyAge:
    return PartyAge(member.party_age_from, member.party_age_basis)
